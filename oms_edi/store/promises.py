"""When what waits will ship, from goods that are to come."""

import json
from collections.abc import Collection, Iterable, Sequence
from sqlite3 import Connection
from typing import NamedTuple


class WaitingLine(NamedTuple):
    """A line that waits, with what says when and from where it may ship."""

    line_id: int
    order_id: int
    item: str
    partner: str
    tier: int
    units: int
    last_day: str
    not_before: str | None
    state: str
    needs: tuple[str, ...]
    #: Nodes that refused it.
    rejected: frozenset[str]


def waiting_lines(connection: Connection, items: Collection[str]) -> list[WaitingLine]:
    """Return all lines that wait for these items, and the other waiting lines of their orders."""
    marks = ", ".join("?" * len(items))
    rows = connection.execute(
        "SELECT l.line_id, l.order_id, l.item, o.partner, o.tier, l.backordered,"
        " coalesce(o.not_after, o.cancel_after, o.deliver_by, '9999'), o.not_before, d.state,"
        " i.needs, (SELECT json_group_array(r.node) FROM rejections r WHERE r.line_id = l.line_id)"
        " FROM order_lines l JOIN orders o ON o.order_id = l.order_id"
        " JOIN destinations d ON d.order_id = l.order_id AND d.destination = l.destination"
        " JOIN items i ON i.item = l.item"
        " WHERE l.backordered > 0 AND l.order_id IN (SELECT w.order_id FROM order_lines w"
        f" WHERE w.backordered > 0 AND w.item IN ({marks})) ORDER BY l.line_id",
        tuple(items),
    ).fetchall()
    return [
        WaitingLine._make((*row[:9], tuple(_listed(row[9])), frozenset(_listed(row[10]))))
        for row in rows
    ]


def _listed(text: str) -> list[str]:
    """Return a list of texts; nearly all are empty, and thousands may wait."""
    return list(json.loads(text)) if text != "[]" else []


def waiting_units(connection: Connection, items: Collection[str]) -> dict[str, int]:
    """Return the units that wait for each of these items, where any do."""
    marks = ", ".join("?" * len(items))
    rows = connection.execute(
        "SELECT item, sum(backordered) FROM order_lines WHERE backordered > 0"
        f" AND item IN ({marks}) GROUP BY item",
        tuple(items),
    )
    return dict(rows.fetchall())


def promised_items(connection: Connection) -> set[str]:
    """Return the items lines have a promise of."""
    rows = connection.execute(
        "SELECT DISTINCT l.item FROM promises p JOIN order_lines l ON l.line_id = p.line_id"
    ).fetchall()
    return {item for (item,) in rows}


def read_all(connection: Connection) -> dict[int, tuple[str, bool]]:
    """Return (ship on, is certain) by line id."""
    rows = connection.execute("SELECT line_id, ship_on, is_certain FROM promises").fetchall()
    return {line_id: (ship_on, bool(is_certain)) for line_id, ship_on, is_certain in rows}


def of_order(connection: Connection, order_id: int) -> dict[int, tuple[str, bool]]:
    """Return (ship on, is certain) by line id, of one order."""
    rows = connection.execute(
        "SELECT p.line_id, p.ship_on, p.is_certain FROM order_lines l JOIN promises p"
        " ON p.line_id = l.line_id WHERE l.order_id = ?",
        (order_id,),
    ).fetchall()
    return {line_id: (ship_on, bool(is_certain)) for line_id, ship_on, is_certain in rows}


def certain(connection: Connection, order_ids: Sequence[int]) -> dict[int, str]:
    """Return the day by line id of what is promised for certain, of these orders."""
    marks = ", ".join("?" * len(order_ids))
    return dict(
        connection.execute(
            "SELECT p.line_id, p.ship_on FROM promises p JOIN order_lines l"
            " ON l.line_id = p.line_id WHERE p.is_certain = 1"
            f" AND l.order_id IN ({marks})",
            tuple(order_ids),
        ).fetchall()
    )


def put(connection: Connection, rows: Iterable[tuple[int, str, bool]]) -> None:
    """Promise lines: line id, day, whether it is certain."""
    connection.executemany(
        "INSERT INTO promises (line_id, ship_on, is_certain) VALUES (?, ?, ?)"
        " ON CONFLICT (line_id) DO UPDATE SET ship_on = excluded.ship_on,"
        " is_certain = excluded.is_certain",
        [(line_id, ship_on, int(is_certain)) for line_id, ship_on, is_certain in rows],
    )


def drop(connection: Connection, line_ids: Iterable[int]) -> None:
    """Promise these lines nothing any more."""
    connection.executemany(
        "DELETE FROM promises WHERE line_id = ?", [(line_id,) for line_id in line_ids]
    )


def levels(connection: Connection, items: Sequence[str]) -> list[tuple[str, str, int, int]]:
    """Return (item, node, units that may be promised or are, those that are) of these items."""
    marks = ", ".join("?" * len(items))
    return connection.execute(
        "SELECT item, node, max(0, on_hand - held - doubted), reserved FROM stock_levels"
        f" WHERE item IN ({marks})",
        tuple(items),
    ).fetchall()


def committed(connection: Connection, items: Sequence[str]) -> list[tuple[str, str, str, int]]:
    """Return (item, node, ship on, units) that are promised and have not left; reads every line."""
    marks = ", ".join("?" * len(items))
    return connection.execute(
        "SELECT l.item, a.node, coalesce(a.ship_on, ''), sum(a.quantity - a.shipped - a.short)"
        " FROM order_lines l JOIN allocations a ON a.line_id = l.line_id"
        f" WHERE l.item IN ({marks}) AND l.allocated + l.released > 0"
        " AND a.quantity > a.shipped + a.short GROUP BY 1, 2, 3",
        tuple(items),
    ).fetchall()
