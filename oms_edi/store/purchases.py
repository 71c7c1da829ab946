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
        " sum(max(0, a.quantity - a.short - max(a.confirmed, a.shipped)))"
        " FROM shipments s JOIN allocations a ON a.shipment_id = s.shipment_id"
        f" WHERE s.state = 'released' AND s.node IN ({', '.join('?' * len(nodes))})"
        " AND s.released_at <= ? GROUP BY s.shipment_id"
        " HAVING sum(max(0, a.quantity - a.short - max(a.confirmed, a.shipped))) > 0"
        " ORDER BY s.shipment_id",
        (*nodes, before),
    ).fetchall()
    return [Unconfirmed(*row) for row in rows]


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
        " sum(a.quantity - a.short), sum(a.confirmed), sum(a.shipped)"
        " FROM shipments s JOIN allocations a ON a.shipment_id = s.shipment_id"
        " JOIN orders o ON o.order_id = s.order_id"
        f" WHERE s.state = 'released' AND s.node IN ({', '.join('?' * len(nodes))})"
        " GROUP BY s.shipment_id ORDER BY coalesce(s.ship_on, '9999'), s.shipment_id",
        tuple(nodes),
    ).fetchall()
    return [OpenPurchase(*row) for row in rows]
