"""The postal table is rebuilt from a gazetteer without losing what the gazetteer lacks."""

import importlib.util
from pathlib import Path

TOOL = Path(__file__).parents[2] / "tools" / "build_postal_table.py"


def test_a_prefix_becomes_the_mean_of_its_codes_and_the_others_stay(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("build_postal_table", TOOL)
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    gazetteer = tmp_path / "gazetteer.txt"
    gazetteer.write_text(
        "GEOID\tALAND\tINTPTLAT\tINTPTLONG   \n75201\t1\t32.70\t-96.80\n75202\t1\t32.80\t-96.90\n"
        "00501\t1\t40.80\t-73.00\n"
    )
    table = tmp_path / "table.csv"
    table.write_text(
        "prefix,lat,lon,state,place\n100,40.76,-73.98,NY,New York\n752,1,1,TX,Dallas\n"
    )
    rows = tool.build(tool.read_points(gazetteer), table)
    assert [tuple(row[name] for name in tool.HEADER) for row in rows] == [
        ("005", "40.80", "-73.00", "", ""),
        ("100", "40.76", "-73.98", "NY", "New York"),
        ("752", "32.75", "-96.85", "TX", "Dallas"),
    ]
