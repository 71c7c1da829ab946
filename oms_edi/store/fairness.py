"""What customers asked of items that were short, and got: a report, it reads every line."""

from sqlite3 import Connection
from typing import NamedTuple


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


def fairness(connection: Connection, *, item: str | None) -> list[Fairness]:
    """Return how each customer fared with what was short, of one item or of all."""
    rows = connection.execute(
        "SELECT l.item, o.partner, count(DISTINCT o.order_id), sum(l.ordered - l.cancelled),"
        " sum(l.allocated + l.released + l.shipped), sum(l.open + l.backordered),"
        " sum(CASE WHEN p.is_certain = 1 THEN l.backordered ELSE 0 END),"
        " coalesce(max(CASE WHEN p.is_certain = 1 THEN p.ship_on END), '')"
        " FROM order_lines l JOIN orders o ON o.order_id = l.order_id"
        " LEFT JOIN promises p ON p.line_id = l.line_id"
        " WHERE l.item IN (SELECT item FROM shares WHERE ? IS NULL OR item = ?)"
        " GROUP BY l.item, o.partner HAVING sum(l.ordered - l.cancelled) > 0"
        " ORDER BY l.item, o.partner",
        (item, item),
    ).fetchall()
    return [Fairness(*row) for row in rows]
