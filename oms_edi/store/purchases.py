"""What is bought of suppliers: what it costs, what they confirmed, when it ships."""

from collections.abc import Iterable, Sequence
from sqlite3 import Connection
from typing import NamedTuple


def set_costs(connection: Connection, costs: Iterable[tuple[int, str]]) -> None:
    """Note what base units of allocations (allocation id, decimal text) are bought at."""
    connection.executemany(
        "UPDATE allocations SET cost = ? WHERE allocation_id = ?",
        [(cost, allocation_id) for allocation_id, cost in costs],
    )


def add_confirmed(connection: Connection, allocation_id: int, units: int) -> None:
    """Note how many units of an allocation its supplier said will ship."""
    connection.execute(
        "UPDATE allocations SET confirmed = ? WHERE allocation_id = ?", (units, allocation_id)
    )


def move_days(
    connection: Connection, allocation_id: int, *, ship_on: str, deliver_on: str | None
) -> None:
    """Note that an allocation ships, and arrives, on other days; its shipment does so with it."""
    connection.execute(
        "UPDATE allocations SET ship_on = ?, deliver_on = ? WHERE allocation_id = ?",
        (ship_on, deliver_on, allocation_id),
    )
    connection.execute(
        "UPDATE shipments SET (ship_on, deliver_on) = (SELECT max(a.ship_on), max(a.deliver_on)"
        " FROM allocations a WHERE a.shipment_id = shipments.shipment_id"
        " AND a.short < a.quantity)"
        " WHERE shipment_id = (SELECT shipment_id FROM allocations WHERE allocation_id = ?)",
        (allocation_id,),
    )


class Unconfirmed(NamedTuple):
    """A shipment its supplier has not confirmed in full."""

    depositor_order: str
    node: str
    order_id: int
    released_at: str
    units: int


def unconfirmed(connection: Connection, nodes: Sequence[str], before: str) -> list[Unconfirmed]:
    """Return shipments of these nodes, released until `before`, with units nobody confirmed."""
    rows = connection.execute(
        "SELECT s.depositor_order, s.node, s.order_id, s.released_at,"
        " (SELECT sum(max(0, a.quantity - a.short - max(a.confirmed, a.shipped)))"
        "  FROM allocations a WHERE a.shipment_id = s.shipment_id)"
        " FROM shipments s"
        f" WHERE s.state = 'released' AND s.node IN ({', '.join('?' * len(nodes))})"
        " AND s.released_at <= ? ORDER BY s.ship_on, s.shipment_id",
        (*nodes, before),
    ).fetchall()
    return [found for row in rows if (found := Unconfirmed(*row)).units]


class OpenPurchase(NamedTuple):
    """An 850 of which something is to come."""

    depositor_order: str
    node: str
    order_id: int
    po_number: str
    released_at: str
    ship_on: str | None
    #: Bought, less what was refused or will not come.
    units: int
    confirmed: int
    shipped: int


def open_purchases(connection: Connection, nodes: Sequence[str]) -> list[OpenPurchase]:
    """Return shipments of these nodes that are not made in full, the first due first."""
    rows = connection.execute(
        "SELECT s.depositor_order, s.node, s.order_id, o.po_number, s.released_at, s.ship_on,"
        " (SELECT sum(a.quantity - a.short) FROM allocations a"
        "  WHERE a.shipment_id = s.shipment_id),"
        " (SELECT sum(a.confirmed) FROM allocations a WHERE a.shipment_id = s.shipment_id),"
        " (SELECT sum(a.shipped) FROM allocations a WHERE a.shipment_id = s.shipment_id)"
        " FROM shipments s JOIN orders o ON o.order_id = s.order_id"
        f" WHERE s.state = 'released' AND s.node IN ({', '.join('?' * len(nodes))})"
        " ORDER BY s.ship_on, s.shipment_id",
        tuple(nodes),
    ).fetchall()
    return [OpenPurchase(*row) for row in rows]


def was_dispatched(
    connection: Connection, depositor_order: str, *, partner: str, sha256: str
) -> bool:
    """True if a set of these bytes was booked to this shipment before, under whatever envelope."""
    row = connection.execute(
        "SELECT 1 FROM documents d JOIN dispatches p ON p.document_id = d.document_id"
        " JOIN shipments s ON s.shipment_id = p.shipment_id"
        " WHERE d.direction = 'in' AND d.set_id IN ('945', '855', '856') AND d.set_id = '856'"
        " AND d.sha256 = ? AND d.partner = ? AND s.depositor_order = ? LIMIT 1",
        (sha256, partner, depositor_order),
    ).fetchone()
    return row is not None
