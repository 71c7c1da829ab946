"""What must be true of a site whatever happened to it, from its files and its order book."""

import json
from collections import Counter, defaultdict
from contextlib import closing
from pathlib import Path
from typing import Any

from oms_edi.pipeline.frame.step import Places
from oms_edi.store import database
from oms_edi.store.content import content_hash
from oms_edi.store.verify import divergences
from tests.support.edi import segments


def facts(site: Path) -> dict[str, Any]:
    """Return everything that must not depend on the faults a site went through.

    `broken` lists what must never be, whatever an undisturbed run does.
    """
    places = Places(var=site / "var")
    sent = _sent(site)
    with closing(database.attach(places.database)) as connection:
        broken = [
            f"{name}: {what}"
            for name, what in divergences(connection, archive=places.archive, work=places.work)
        ]
        orders = connection.execute(
            "SELECT o.partner, o.po_number, l.buyer_line, l.ordered, l.cancelled, l.open,"
            " l.allocated, l.backordered, l.released, l.shipped FROM orders o"
            " JOIN order_lines l USING (order_id)"
        ).fetchall()
        stock = connection.execute(
            "SELECT item, node, on_hand, reserved FROM stock_levels ORDER BY item, node"
        ).fetchall()
        owed = connection.execute("SELECT partner, file_name, content FROM outbox").fetchall()
        content = content_hash(connection)
    broken += _doubled("order", Counter((row[0], row[1], row[2]) for row in orders))
    broken += _control_numbers(sent)
    for partner, name, data in owed:
        if sent.get(f"{partner}/{name}") != data:
            broken.append(f"{partner}/{name} is not what lies in the outbox")
    broken += [f"{name} is nobody's" for name in sent.keys() - {f"{p}/{n}" for p, n, _ in owed}]
    broken += [f"{path.name} lies in work/" for path in places.work.iterdir()]
    return {
        "broken": broken,
        "orders": sorted(repr(row[:4]) for row in orders),
        "on hand": [row[:3] for row in stock],
        "answered": _answered(sent),
        "content": content,
        "files": {name: data.hex() for name, data in sent.items()},
    }


def _sent(site: Path) -> dict[str, bytes]:
    outbox = site / "outbox"
    return {
        str(path.relative_to(outbox)): path.read_bytes()
        for path in sorted(outbox.glob("*/*"))
        if not path.name.startswith(".")
    }


def _doubled(what: str, counted: Counter[Any]) -> list[str]:
    return [f"{what} {key} is there {n} times" for key, n in counted.items() if n > 1]


def _control_numbers(sent: dict[str, bytes]) -> list[str]:
    """No control number with two contents."""
    seen: dict[tuple[str, str], set[bytes]] = defaultdict(set)
    broken = []
    for name, data in sent.items():
        if not data.startswith(b"ISA"):
            continue
        if not data.rstrip().endswith(data[105:106]):
            broken.append(f"{name} is cut off")
        seen[name.split("/")[0], data[90:99].decode()].add(data)
    return broken + [f"control number {key} has two contents" for key in seen if len(seen[key]) > 1]


def _answered(sent: dict[str, bytes]) -> list[str]:
    """Every group that was answered, with its verdict; twice if it was answered twice."""
    found = []
    for name, data in sent.items():
        if "/997" not in name and "/999" not in name:
            continue
        element, terminator = chr(data[3]), chr(data[105])
        rows = segments(data, element + terminator)
        group = [row for row in rows if row[0] in ("AK1", "AK9")]
        found += [json.dumps([name.split("/")[0], *row]) for row in group]
    return sorted(found)


def differences(found: dict[str, Any], wanted: dict[str, Any], *, killed: bool) -> list[str]:
    """Return what is wrong of a site that went through a fault.

    A kill must leave no trace at all. After an error a file may have waited for its turn, so that
    others drew numbers, and scarce stock, before it: then every order, what lies in stock and every
    answer must be the same, and all balances right.
    """
    names = ("content", "files") if killed else ("orders", "on hand", "answered")
    broken: list[str] = found["broken"]
    return broken + [name for name in names if found[name] != wanted[name]]
