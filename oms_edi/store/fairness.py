"""How scarce items were shared, and what customers asked of them and got."""

import json
from sqlite3 import Connection
from typing import NamedTuple

from oms_edi.store.queries import Row, rows


class Fairness(NamedTuple):
    """How one customer fared with one item that was short at least once."""

    item: str
    customer: str
    #: Orders with this item.
    orders: int
    #: Base units ordered and not cancelled.
    asked: int
    #: Of these, reserved, at a warehouse, or shipped.
    got: int
    #: Of these, waiting for stock.
    waits: int
    #: Of what waits, units with a day they are promised for.
    promised: int
    #: The last of these days; "" without one.
    promised_for: str


#: Lines that ask for it, wait for it, or got or shipped some of it since; each from its index.
_CONCERNED = """
    WITH short (item) AS MATERIALIZED (
        SELECT DISTINCT item FROM shares WHERE at >= :since AND item = coalesce(:item, item)
    ), concerned (line_id) AS (
        SELECT l.line_id FROM order_lines l WHERE l.open > 0
        UNION SELECT l.line_id FROM short s JOIN order_lines l ON l.item = s.item
            AND l.backordered > 0
        UNION SELECT g.line_id FROM short s JOIN stock_levels v ON v.item = s.item
            JOIN stock_ledger g ON g.item = v.item AND g.node = v.node AND g.moved_at >= :since
            WHERE g.line_id IS NOT NULL
    )"""


def fairness(connection: Connection, *, item: str | None, since: str) -> list[Fairness]:
    """Return how each customer fared with what was short since then, of one item or of all.

    Counted are lines that wait, and those that got or shipped something since.
    """
    rows = connection.execute(
        f"{_CONCERNED} SELECT l.item, o.partner, count(DISTINCT o.order_id),"
        " sum(l.ordered - l.cancelled), sum(l.allocated + l.released + l.shipped),"
        " sum(l.open + l.backordered),"
        " sum(CASE WHEN p.is_certain = 1 THEN l.backordered ELSE 0 END),"
        " coalesce(max(CASE WHEN p.is_certain = 1 THEN p.ship_on END), '')"
        " FROM concerned c JOIN order_lines l ON l.line_id = c.line_id"
        " JOIN orders o ON o.order_id = l.order_id"
        " LEFT JOIN promises p ON p.line_id = l.line_id"
        " WHERE l.item IN (SELECT item FROM short)"
        " GROUP BY l.item, o.partner HAVING sum(l.ordered - l.cancelled) > 0"
        " ORDER BY l.item, o.partner",
        {"item": item, "since": since},
    ).fetchall()
    return [Fairness(*row) for row in rows]


def shares(connection: Connection, *, item: str | None, limit: int) -> list[Row]:
    """Return how scarce items were shared, oldest first: the newest `limit` rounds."""
    found = rows(
        connection,
        "SELECT at, item, method, supply, kept, claims FROM shares"
        " WHERE ? IS NULL OR item = ? ORDER BY share_id DESC LIMIT ?",
        (item, item, limit),
    )
    for row in found:
        row["kept"] = [{"pool": name, "units": units} for name, units in json.loads(row["kept"])]
        names = ("customer", "tier", "weight", "lines", "asked", "given")
        row["claims"] = [dict(zip(names, one, strict=True)) for one in json.loads(row["claims"])]
    return found[::-1]
