"""Lines no warehouse was told to ship yet, with what their time limits follow from."""

from collections.abc import Iterable, Sequence
from sqlite3 import Connection
from typing import Any, NamedTuple


class PendingLine(NamedTuple):
    """A line with units that are open, allocated or backordered, of an order with a date."""

    order_id: int
    po_number: str
    partner: str
    #: The last day it may leave, as text YYYY-MM-DD.
    ship_by: str | None
    deliver_by: str | None
    postal_code: str
    state: str
    country: str
    backordered: int
    #: The node its units are allocated at, "" if none are.
    node: str
    held: int


_NEVER = "9999-12-31"
#: An order held for its dates is told as that; a copy held as one may be nobody's order.
_DATED = (
    "coalesce(o.not_after, o.ship_on, o.cancel_after, o.deliver_by, l.requested_on) IS NOT NULL"
    " AND NOT EXISTS (SELECT 1 FROM holds h WHERE h.order_id = o.order_id"
    " AND h.closed_at IS NULL AND h.line_id IS NULL AND h.kind IN ('date', 'duplicate'))"
)
_SELECT = (
    "SELECT l.order_id, o.po_number, o.partner,"
    f" min(coalesce(o.not_after, o.ship_on, '{_NEVER}'), coalesce(o.cancel_after, '{_NEVER}')),"
    f" min(coalesce(o.deliver_by, '{_NEVER}'), coalesce(l.requested_on, '{_NEVER}')),"
    " d.postal_code, d.state, d.country, l.backordered,"
    " coalesce((SELECT min(a.node) FROM allocations a"
    "  WHERE a.line_id = l.line_id AND a.shipment_id IS NULL), ''),"
    " EXISTS (SELECT 1 FROM holds h WHERE h.order_id = l.order_id AND h.closed_at IS NULL"
    "  AND (h.line_id IS NULL OR h.line_id = l.line_id))"
    " FROM order_lines l JOIN orders o ON o.order_id = l.order_id"
    " JOIN destinations d ON d.order_id = l.order_id AND d.destination = l.destination"
)


def pending_lines(
    connection: Connection, *, ship_before: str, deliver_before: str
) -> list[PendingLine]:
    """Return every such line that must leave before one day, or arrive before the other."""
    return _rows(
        connection.execute(
            f"{_SELECT} WHERE l.line_id IN (SELECT line_id FROM order_lines WHERE open > 0"
            " UNION SELECT line_id FROM allocations WHERE shipment_id IS NULL"
            " UNION SELECT line_id FROM order_lines WHERE backordered > 0)"
            f" AND (o.not_after < ? OR o.not_after IS NULL AND o.ship_on < ?"
            " OR o.cancel_after < ? OR o.deliver_by < ? OR l.requested_on < ?)"
            f" AND {_DATED}",
            (ship_before, ship_before, ship_before, deliver_before, deliver_before),
        )
    )


def pending_lines_of(connection: Connection, order_ids: Sequence[int]) -> list[PendingLine]:
    """Return such lines of these orders."""
    found = []
    for start in range(0, len(order_ids), 500):
        some = order_ids[start : start + 500]
        found += _rows(
            connection.execute(
                f"{_SELECT} WHERE l.order_id IN ({', '.join('?' * len(some))})"
                f" AND l.open + l.allocated + l.backordered > 0 AND {_DATED}",
                tuple(some),
            )
        )
    return found


def _rows(rows: Iterable[tuple[Any, ...]]) -> list[PendingLine]:
    return [
        PendingLine(
            order_id=row[0],
            po_number=row[1],
            partner=row[2],
            ship_by=None if row[3] == _NEVER else row[3],
            deliver_by=None if row[4] == _NEVER else row[4],
            postal_code=row[5],
            state=row[6],
            country=row[7],
            backordered=row[8],
            node=row[9],
            held=row[10],
        )
        for row in rows
    ]


def promised_units(connection: Connection) -> dict[str, int]:
    """Return the units each node owes: allocated there, or released and not shipped."""
    return dict(
        connection.execute("SELECT node, sum(reserved) FROM stock_levels GROUP BY node").fetchall()
    )
