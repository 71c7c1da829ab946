"""Allocations no 940 asks for yet: what an event may still take back."""

from sqlite3 import Connection
from typing import NamedTuple

#: Orders with allocated units, by the index of what is not released.
ALLOCATED_ORDERS = (
    "SELECT l.order_id FROM allocations a JOIN order_lines l ON l.line_id = a.line_id"
    " WHERE a.shipment_id IS NULL"
)


def reduce(connection: Connection, allocation_id: int, units: int) -> None:
    """Take units from an allocation that was not released; the last ones end it."""
    cursor = connection.execute(
        "DELETE FROM allocations WHERE allocation_id = ? AND shipment_id IS NULL AND quantity = ?",
        (allocation_id, units),
    )
    if not cursor.rowcount:
        connection.execute(
            "UPDATE allocations SET quantity = quantity - ?"
            " WHERE allocation_id = ? AND shipment_id IS NULL",
            (units, allocation_id),
        )


class Unreleased(NamedTuple):
    """Units promised from a node that no 940 asks for yet."""

    allocation_id: int
    line_id: int
    order_id: int
    partner: str
    item: str
    node: str
    quantity: int
    unit_factor: int


_UNRELEASED = (
    "SELECT a.allocation_id, a.line_id, l.order_id, o.partner, l.item, a.node, a.quantity,"
    " l.unit_factor FROM allocations a JOIN order_lines l ON l.line_id = a.line_id"
    " JOIN orders o ON o.order_id = l.order_id"
    " WHERE a.shipment_id IS NULL AND "
)


def at_node(connection: Connection, item: str, node: str) -> list[Unreleased]:
    """Return what is promised of an item at a node and not released, the lowest ranked first."""
    rows = connection.execute(
        _UNRELEASED + "l.item = ? AND +a.node = ? ORDER BY o.tier DESC,"
        " coalesce(o.not_after, o.cancel_after, o.deliver_by, '9999') DESC, o.order_id DESC,"
        " a.allocation_id DESC",
        (item, node),
    ).fetchall()
    return [Unreleased(*row) for row in rows]


def of_order(connection: Connection, order_id: int) -> list[Unreleased]:
    """Return what an order is promised and no 940 asks for yet."""
    rows = connection.execute(
        _UNRELEASED + "l.order_id = ? ORDER BY a.allocation_id", (order_id,)
    ).fetchall()
    return [Unreleased(*row) for row in rows]
