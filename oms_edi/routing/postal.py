"""Miles between two US postal codes, by the centers of their three-digit prefixes.

The table is `postal_prefixes.csv` beside this file (see `docs/routing.md` for its source).
"""

import csv
from functools import cache, lru_cache
from importlib.resources import files
from math import asin, cos, radians, sin, sqrt
from types import MappingProxyType

#: Mean radius of the earth, IUGG.
EARTH_MILES = 3958.8

Point = tuple[float, float]


@cache
def prefixes() -> MappingProxyType[str, Point]:
    """Return latitude and longitude by three-digit prefix."""
    return MappingProxyType({row["prefix"]: _point(row) for row in _rows()})


@cache
def states() -> MappingProxyType[str, Point]:
    """Return the mean of a state's prefixes by its two-letter code."""
    found: dict[str, list[Point]] = {}
    for row in _rows():
        found.setdefault(row["state"], []).append(_point(row))
    return MappingProxyType({state: _mean(points) for state, points in found.items()})


def distance_miles(
    postal_a: str, postal_b: str, *, state_a: str = "", state_b: str = ""
) -> int | None:
    """Return whole miles as the crow flies, None if a place is unknown.

    A code whose prefix is not in the table counts as the middle of its state, if that is given.
    """
    return _miles(postal_a[:3], postal_b[:3], state_a, state_b)


@lru_cache(maxsize=8192)
def _miles(prefix_a: str, prefix_b: str, state_a: str, state_b: str) -> int | None:
    a = prefixes().get(prefix_a) or states().get(state_a)
    b = prefixes().get(prefix_b) or states().get(state_b)
    return round(_haversine_miles(a, b)) if a and b else None


def _haversine_miles(a: Point, b: Point) -> float:
    """Return the great-circle distance of two points in degrees."""
    lat_a, lon_a, lat_b, lon_b = map(radians, (*a, *b))
    half = sin((lat_b - lat_a) / 2) ** 2
    half += cos(lat_a) * cos(lat_b) * sin((lon_b - lon_a) / 2) ** 2
    return 2 * EARTH_MILES * asin(sqrt(min(1.0, half)))


def _rows() -> list[dict[str, str]]:
    text = files("oms_edi.routing").joinpath("postal_prefixes.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def _mean(points: list[Point]) -> Point:
    count = len(points)
    return sum(lat for lat, _ in points) / count, sum(lon for _, lon in points) / count


def _point(row: dict[str, str]) -> Point:
    return float(row["lat"]), float(row["lon"])
