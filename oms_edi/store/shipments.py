"""Allocations and shipments: what nodes are to ship, and the 940s that tell them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from sqlite3 import Connection
from typing import NamedTuple

from oms_edi.store.book import new_id, new_ids, waiting_row, write_later
from oms_edi.store.json_text import json_text


class Allocation(NamedTuple):
    """What a node is to ship of a line; `shipment_id` None until a 940 says so."""

    allocation_id: int
    line_id: int
    node: str
    quantity: int
    ship_on: str | None
    deliver_on: str | None
    shipment_id: int | None = None
    number: int | None = None
    shipped: int = 0
    short: int = 0
    #: Instant before which no 940 may say so; None = none.
    release_at: str | None = None
    #: Decimal text of what a base unit costs as the 850 says; None = it is not bought.
    cost: str | None = None
    #: Units a supplier said it will ship.
    confirmed: int = 0


_COLUMNS = (
    "allocation_id, line_id, node, quantity, ship_on, deliver_on, shipment_id, number, shipped,"
    " short, release_at, cost, confirmed"
)


def put_allocations(
    connection: Connection,
    rows: Iterable[tuple[int, str, int, str | None, str | None, str | None]],
) -> list[Allocation]:
    """Add allocations (line id, node, units, ship on, deliver on, release at); return them."""
    found = list(rows)
    ids = new_ids(connection, "allocations", len(found))
    allocations = [
        Allocation(new, *row[:5], release_at=row[5]) for new, row in zip(ids, found, strict=True)
    ]
    waiting = [[None, None, one.release_at, *one[:6]] for one in allocations]
    write_later(
        connection,
        "INSERT INTO allocations (shipment_id, number, release_at, allocation_id, line_id, node,"
        " quantity, ship_on, deliver_on) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        waiting,
        stage=1,
        named={("allocation", new): row for new, row in zip(ids, waiting, strict=True)},
    )
    return allocations


def allocations_of_orders(
    connection: Connection, order_ids: Sequence[int]
) -> dict[int, list[Allocation]]:
    """Return every allocation of these orders' lines, oldest first."""
    found: dict[int, list[Allocation]] = {order_id: [] for order_id in order_ids}
    for order_id, *row in connection.execute(
        f"SELECT l.order_id, {', '.join(f'a.{name}' for name in Allocation._fields)}"
        " FROM order_lines l JOIN allocations a ON a.line_id = l.line_id"
        f" WHERE l.order_id IN ({', '.join('?' * len(order_ids))}) ORDER BY a.allocation_id",
        order_ids,
    ):
        found[order_id].append(Allocation(*row))
    return found


def allocations_of_lines(connection: Connection, line_ids: Sequence[int]) -> list[Allocation]:
    """Return every allocation of these lines, oldest first."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM allocations WHERE line_id IN ({', '.join('?' * len(line_ids))})"
        " ORDER BY allocation_id",
        line_ids,
    )
    return [Allocation(*row) for row in rows]


def ship_dates(connection: Connection, order_id: int) -> dict[int, date]:
    """Return the latest day each line of an order ships, as planned; lines without are left out."""
    return {
        line_id: date.fromisoformat(ship_on)
        for line_id, ship_on in connection.execute(
            "SELECT a.line_id, max(a.ship_on) FROM order_lines l"
            " JOIN allocations a ON a.line_id = l.line_id"
            " WHERE l.order_id = ? AND a.ship_on IS NOT NULL AND a.short < a.quantity"
            " GROUP BY a.line_id",
            (order_id,),
        )
    }


def allocations_of_shipment(connection: Connection, shipment_id: int) -> list[Allocation]:
    """Return what a shipment is to carry, by its line numbers."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM allocations WHERE shipment_id = ? ORDER BY number",
        (shipment_id,),
    ).fetchall()
    return [Allocation(*row) for row in rows]


def ordered_units(
    connection: Connection, item: str, node: str, *, by: str, acknowledged: bool
) -> int:
    """Return units a node knew by that instant it was to ship, and had not shipped by then.

    With `acknowledged` it knew of a 940 when it had answered it by a 997, else when it was
    released.
    """
    known = (
        "EXISTS (SELECT 1 FROM documents d WHERE d.order_id = s.order_id AND d.direction = 'out'"
        " AND d.shipment_id = s.shipment_id AND d.set_id IN ('940', '850') AND d.answered_at <= ?)"
        if acknowledged
        else "s.released_at < ?"
    )
    (owed,) = connection.execute(
        "SELECT coalesce(sum(a.quantity - a.shipped - a.short), 0) FROM shipments s"
        " JOIN allocations a ON a.shipment_id = s.shipment_id"
        " JOIN order_lines l ON l.line_id = a.line_id"
        f" WHERE s.state = 'released' AND s.node = ? AND l.item = ? AND {known}",
        (node, item, by),
    ).fetchone()
    (left_since,) = connection.execute(
        "SELECT coalesce(-sum(g.on_hand_delta), 0) FROM stock_ledger g"
        " WHERE g.item = ? AND g.node = ? AND g.kind = 'shipment' AND g.moved_at > ? AND EXISTS"
        " (SELECT 1 FROM allocations a JOIN shipments s ON s.shipment_id = a.shipment_id"
        f" WHERE a.line_id = g.line_id AND s.node = g.node AND {known})",
        (item, node, by, by),
    ).fetchone()
    return int(owed) + int(left_since)


def drop_allocation(connection: Connection, allocation_id: int) -> None:
    """Forget an allocation that was not released."""
    connection.execute(
        "DELETE FROM allocations WHERE allocation_id = ? AND shipment_id IS NULL", (allocation_id,)
    )


def cut_allocation(connection: Connection, allocation_id: int, units: int) -> None:
    """Take units off an allocation that was not released; not all of them."""
    connection.execute(
        "UPDATE allocations SET quantity = quantity - ?"
        " WHERE allocation_id = ? AND shipment_id IS NULL",
        (units, allocation_id),
    )


def put_decision(
    connection: Connection, order_id: int, destination: int, decision: object, *, at: str
) -> None:
    """Keep why lines ship from where they do."""
    write_later(
        connection,
        "INSERT INTO decisions (order_id, destination, at, decision) VALUES (?, ?, ?, ?)",
        [(order_id, destination, at, json_text(decision))],
    )


def rejections(
    connection: Connection, order_ids: Sequence[int]
) -> dict[int, frozenset[tuple[int, str]]]:
    """Return (line id, node) pairs that must not be tried again, by order."""
    found: dict[int, frozenset[tuple[int, str]]] = {}
    for order_id, line_id, node in connection.execute(
        "SELECT l.order_id, r.line_id, r.node FROM rejections r"
        " JOIN order_lines l ON l.line_id = r.line_id"
        f" WHERE l.order_id IN ({', '.join('?' * len(order_ids))})",
        order_ids,
    ):
        found[order_id] = found.get(order_id, frozenset()) | {(line_id, node)}
    return found


def put_rejection(connection: Connection, line_id: int, node: str, reason: str) -> None:
    """Remember that a node did not ship a line."""
    connection.execute(
        "INSERT INTO rejections (line_id, node, reason) VALUES (?, ?, ?)"
        " ON CONFLICT (line_id, node) DO UPDATE SET reason = excluded.reason",
        (line_id, node, reason),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    """One 940: an order's goods from one node to one destination."""

    shipment_id: int
    order_id: int
    destination: int
    node: str
    depositor_order: str
    state: str
    ship_on: str | None
    deliver_on: str | None


_SHIPMENT = (
    "SELECT shipment_id, order_id, destination, node, depositor_order, state, ship_on, deliver_on"
    " FROM shipments "
)


def _shipment(row: tuple[int, int, int, str, str, str, str, str]) -> Shipment:
    return Shipment(
        shipment_id=row[0],
        order_id=row[1],
        destination=row[2],
        node=row[3],
        depositor_order=row[4],
        state=row[5],
        ship_on=row[6],
        deliver_on=row[7],
    )


def put_shipment(
    connection: Connection,
    *,
    order_id: int,
    destination: int,
    node: str,
    depositor_order: str,
    allocations: Sequence[Allocation],
    at: str,
) -> int:
    """Release allocations as one shipment; their line numbers are their order from 1."""
    shipment_id = new_id(connection, "shipments")
    ship_on = max((a.ship_on for a in allocations if a.ship_on), default=None)
    deliver_on = max((a.deliver_on for a in allocations if a.deliver_on), default=None)
    write_later(
        connection,
        "INSERT INTO shipments (shipment_id, order_id, destination, node, depositor_order, state,"
        " ship_on, deliver_on, released_at) VALUES (?, ?, ?, ?, ?, 'released', ?, ?, ?)",
        [(shipment_id, order_id, destination, node, depositor_order, ship_on, deliver_on, at)],
    )
    written = []
    for number, one in enumerate(allocations, start=1):
        row = waiting_row(connection, ("allocation", one.allocation_id))
        if row is None:
            written.append((shipment_id, number, one.allocation_id))
        else:  # allocated in this transaction: it is written as released
            row[:2] = shipment_id, number
    if written:
        write_later(
            connection,
            "UPDATE allocations SET shipment_id = ?, number = ? WHERE allocation_id = ?",
            written,
            stage=1,
        )
    return shipment_id


def find_shipment(connection: Connection, depositor_order: str) -> Shipment | None:
    """Return the shipment with this depositor order number (W0502, W0602)."""
    row = connection.execute(_SHIPMENT + "WHERE depositor_order = ?", (depositor_order,)).fetchone()
    return _shipment(row) if row else None


def find_released_by_po(connection: Connection, node: str, po_number: str) -> list[Shipment]:
    """Return released shipments of a node for a PO number: for a 945 without our number."""
    rows = connection.execute(
        _SHIPMENT + "WHERE state = 'released' AND node = ? AND order_id IN"
        " (SELECT order_id FROM orders WHERE po_number = ?) ORDER BY shipment_id",
        (node, po_number),
    ).fetchall()
    return [_shipment(row) for row in rows]


def released_until(connection: Connection, ship_on: str) -> list[Shipment]:
    """Return shipments that were to leave on that day or before and are not reported in full."""
    rows = connection.execute(
        _SHIPMENT + "WHERE state = 'released' AND ship_on <= ? ORDER BY +shipment_id", (ship_on,)
    ).fetchall()
    return [_shipment(row) for row in rows]


def read_shipment(connection: Connection, shipment_id: int) -> Shipment:
    """Return one shipment."""
    return _shipment(
        connection.execute(_SHIPMENT + "WHERE shipment_id = ?", (shipment_id,)).fetchone()
    )


def shipments_of_order(connection: Connection, order_id: int) -> list[Shipment]:
    """Return an order's shipments, oldest first."""
    rows = connection.execute(
        _SHIPMENT + "WHERE order_id = ? ORDER BY shipment_id", (order_id,)
    ).fetchall()
    return [_shipment(row) for row in rows]


def close_shipment(connection: Connection, shipment_id: int) -> None:
    """Note that nothing more will come of a shipment."""
    connection.execute(
        "UPDATE shipments SET state = 'closed' WHERE shipment_id = ?", (shipment_id,)
    )


def set_shipment_terms(
    connection: Connection,
    shipment_id: int,
    *,
    destination: int,
    ship_on: str | None,
    deliver_on: str | None,
) -> None:
    """Note that the warehouse ships elsewhere, or on another day."""
    connection.execute(
        "UPDATE shipments SET destination = ?, ship_on = ?, deliver_on = ? WHERE shipment_id = ?",
        (destination, ship_on, deliver_on, shipment_id),
    )


def add_shipped(connection: Connection, allocation_id: int, *, shipped: int, short: int) -> None:
    """Book what a 945 says of an allocation."""
    connection.execute(
        "UPDATE allocations SET shipped = shipped + ?, short = short + ? WHERE allocation_id = ?",
        (shipped, short, allocation_id),
    )
