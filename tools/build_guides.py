"""Build the guide files of `oms_edi/x12/guides` from JSON tables of facts of the standard.

Usage: python tools/build_guides.py FOLDER_OF_TABLES

The tables are `elements.json`, `codes.json`, `segments-<version>.json`, `sets-<version>.json`.
What is written is meant to be read and edited by people: one line a segment, indented loops.
"""

import json
import sys
from pathlib import Path
from typing import Any

VERSIONS = ("004010", "004030", "005010")
TARGET = Path(__file__).parent.parent / "oms_edi" / "x12" / "guides"


def write_codes(tables: Path) -> None:
    """Write the complete code lists: `element code code ...`, and the open ones after `+`."""
    codes = json.loads((tables / "codes.json").read_text())
    lines = ["# Code lists: element, = complete or + open, then code:meaning separated by |"]
    for element, entry in codes.items():
        kind = "=" if entry["complete"] else "+"
        only = set(entry.get("only_005010", ()))
        parts = [
            f"{code}{'^' if code in only else ''}:{meaning.replace('|', '/')}"
            for code, meaning in entry["codes"].items()
        ]
        lines.append(f"{element} {kind} {'|'.join(parts)}")
    (TARGET / "codes.txt").write_text("\n".join(lines) + "\n")


def write_elements(tables: Path) -> None:
    """Write the names of data elements."""
    elements = json.loads((tables / "elements.json").read_text())
    lines = ["# Data elements: number, name"]
    lines += [f"{number} {entry['name']}" for number, entry in elements.items()]
    (TARGET / "elements.txt").write_text("\n".join(lines) + "\n")


def write_composites(tables: Path, version: str) -> None:
    """Write composites: `C001 355:ID:2:2:M ...`, a component each."""
    elements = json.loads((tables / "elements.json").read_text())
    lines = ["# Composites: name, then element:type:min:max:requirement of each component"]
    for number, entry in elements.items():
        components = entry.get(version, {}).get("components") or entry.get("components")
        if components:
            lines.append(f"{number} {' '.join(_element(c) for c in components)}")
    (TARGET / f"composites-{version}.txt").write_text("\n".join(lines) + "\n")


def write_segments(tables: Path, version: str) -> None:
    """Write one line a segment: `PO1 order line ; C0302 ... ; 350:AN:1:20:O ...`."""
    segments = json.loads((tables / f"segments-{version}.json").read_text())
    lines = ["# id, name ; conditions (? unsure, ~ disputed) ; element:type:min:max:req[:repeat]"]
    for name, entry in segments.items():
        marks = [("~" if c in entry["disputed"] else "") + c for c in entry["conditions"]] + [
            "?" + c for c in entry["unsure"]
        ]
        lines.append(
            f"{name} {entry['name']} ; {' '.join(marks)} ; "
            + " ".join(_element(element) for element in entry["elements"])
        )
    (TARGET / f"segments-{version}.txt").write_text("\n".join(lines) + "\n")


def _element(element: dict[str, Any]) -> str:
    low = "" if element.get("min") is None else element["min"]
    high = "" if element.get("max") is None else element["max"]
    text = f"{element['element']}:{element['type']}:{low}:{high}:{element['req']}"
    return text + (f":{element['repeat']}" if element.get("repeat", 1) != 1 else "")


def write_sets(tables: Path, version: str) -> None:
    """Write one file a set: `PO1* M >1` begins a loop, what is indented below is in it."""
    sets = json.loads((tables / f"sets-{version}.json").read_text())
    for number, entry in sets.items():
        lines = [f"# {number} {entry['name']} ; {entry['gs01']}"]
        _structure(entry["structure"], 0, lines)
        (TARGET / f"{number}-{version}.txt").write_text("\n".join(lines) + "\n")


def _structure(nodes: list[dict[str, Any]], depth: int, lines: list[str]) -> None:
    for node in nodes:
        indent = "  " * depth
        if "loop" in node:
            leader = node["children"][0]["segment"]
            count = node["repeat"] or ">1"
            lines.append(f"{indent}{leader} {node['req']} 1 loop {node['loop']} {count}")
            _structure(node["children"][1:], depth + 1, lines)
        else:
            lines.append(f"{indent}{node['segment']} {node['req']} {node['max'] or '>1'}")


def main() -> None:
    """Write every guide file."""
    tables = Path(sys.argv[1])
    TARGET.mkdir(exist_ok=True)
    write_codes(tables)
    write_elements(tables)
    for version in VERSIONS:
        write_composites(tables, version)
        write_segments(tables, version)
        write_sets(tables, version)
    print(f"wrote {len(list(TARGET.iterdir()))} files to {TARGET}")


if __name__ == "__main__":
    main()
