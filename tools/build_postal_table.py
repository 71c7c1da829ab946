"""Build `postal_prefixes.csv` from a list of postal codes with coordinates.

    python tools/build_postal_table.py GAZETTEER oms_edi/routing/postal_prefixes.csv

GAZETTEER is the ZCTA gazetteer of the US Census Bureau (public domain, tab separated, columns
GEOID, INTPTLAT, INTPTLONG) or any CSV or TSV with columns zip, lat, lon. Each prefix becomes the
mean of its codes; prefixes that GAZETTEER lacks stay as they are in the table, as do states and
places. A prefix that is new to the table has no state and no place: they are to be filled in.
"""

import csv
import sys
from pathlib import Path

#: Names under which the columns are known, ours first.
COLUMNS = {
    "zip": ("zip", "GEOID", "zip_code", "zipcode"),
    "lat": ("lat", "INTPTLAT", "latitude"),
    "lon": ("lon", "INTPTLONG", "lng", "longitude"),
}
HEADER = ("prefix", "lat", "lon", "state", "place")


def read_points(path: Path) -> dict[str, list[tuple[float, float]]]:
    """Return the coordinates of each prefix's codes."""
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    delimiter = "\t" if "\t" in lines[0] else ","
    reader = csv.reader(lines, delimiter=delimiter)
    header = [name.strip() for name in next(reader)]
    at = {
        ours: next(header.index(name) for name in names if name in header)
        for ours, names in COLUMNS.items()
    }
    points: dict[str, list[tuple[float, float]]] = {}
    for row in reader:
        if not row:
            continue
        point = float(row[at["lat"]]), float(row[at["lon"]])
        points.setdefault(row[at["zip"]].strip().zfill(5)[:3], []).append(point)
    return points


def build(points: dict[str, list[tuple[float, float]]], table: Path) -> list[dict[str, str]]:
    """Return the rows of the table with the means of `points`."""
    rows: dict[str, dict[str, str]] = {}
    if table.exists():
        with table.open(encoding="utf-8", newline="") as file:
            rows = {row["prefix"]: row for row in csv.DictReader(file)}
    for prefix, found in points.items():
        row = rows.setdefault(prefix, {"prefix": prefix, "state": "", "place": ""})
        row["lat"] = f"{sum(lat for lat, _ in found) / len(found):.2f}"
        row["lon"] = f"{sum(lon for _, lon in found) / len(found):.2f}"
    return [rows[prefix] for prefix in sorted(rows)]


def main() -> None:
    """Rewrite the table named second from the list named first."""
    source, table = map(Path, sys.argv[1:3])
    points = read_points(source)
    rows = build(points, table)
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, HEADER, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"{table}: {len(rows)} prefixes, {len(points)} of them from {source}")


if __name__ == "__main__":
    main()
