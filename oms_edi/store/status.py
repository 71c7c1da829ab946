"""What customers were told of their orders, and what happened to those since."""

from collections.abc import Collection, Iterable, Sequence
from sqlite3 import Connection
from typing import NamedTuple

from oms_edi.store.json_text import json_text
from oms_edi.store.unreleased import ALLOCATED_ORDERS

#: Our own events say nothing new of an order.
_NO_NEWS = "('status.told')"


class Feed(NamedTuple):
    """A customer that hears of changes."""

    partner: str
    #: Its orders were looked through up to this event.
    last_event: int
    told_at: str


def feeds(connection: Connection) -> list[Feed]:
    """Return every customer that hears of changes."""
    rows = connection.execute("SELECT partner, last_event, told_at FROM status_feeds").fetchall()
    return [Feed(*row) for row in rows]


def last_event(connection: Connection) -> int:
    """Return the id of the newest event, 0 if there is none."""
    (found,) = connection.execute("SELECT coalesce(max(event_id), 0) FROM events").fetchone()
    return int(found)


def begin_feeds(
    connection: Connection, partners: Iterable[str], *, last_event: int, at: str
) -> None:
    """Tell these customers of what happens from an event on."""
    connection.executemany(
        "INSERT INTO status_feeds (partner, last_event, told_at) VALUES (?, ?, ?)",
        [(partner, last_event, at) for partner in partners],
    )


def end_feeds(connection: Connection, partners: Iterable[str]) -> None:
    """Tell these customers no more."""
    for partner in partners:
        connection.execute("DELETE FROM status_feeds WHERE partner = ?", (partner,))
        connection.execute("DELETE FROM status_due WHERE partner = ?", (partner,))


def happened(connection: Connection, *, after: int) -> list[tuple[str, int]]:
    """Return (partner, order id) of orders with events their customers' feeds did not see."""
    return connection.execute(
        "SELECT DISTINCT o.partner, o.order_id FROM events e"
        " JOIN orders o ON o.order_id = e.order_id JOIN status_feeds f ON f.partner = o.partner"
        f" WHERE e.event_id > ? AND e.event_id > f.last_event AND e.name NOT IN {_NO_NEWS}"
        " ORDER BY 1, 2",
        (after,),
    ).fetchall()


def set_seen(connection: Connection, event_id: int) -> None:
    """Note that the orders of every feed were looked through up to an event."""
    connection.execute(
        "UPDATE status_feeds SET last_event = ? WHERE last_event < ?", (event_id, event_id)
    )


def set_due(connection: Connection, rows: Iterable[tuple[str, int]]) -> None:
    """Note (partner, order id) of which the customer may have to hear."""
    connection.executemany(
        "INSERT OR IGNORE INTO status_due (partner, order_id) VALUES (?, ?)", rows
    )


def due(connection: Connection, partner: str, *, after: int, limit: int) -> list[int]:
    """Return orders of a customer something happened to, from `after` on."""
    rows = connection.execute(
        "SELECT order_id FROM status_due WHERE partner = ? AND order_id > ?"
        " ORDER BY order_id LIMIT ?",
        (partner, after, limit),
    ).fetchall()
    return [order_id for (order_id,) in rows]


def clear_due(connection: Connection, partner: str, order_ids: Iterable[int]) -> None:
    """Note that there is nothing more to tell of these orders."""
    connection.executemany(
        "DELETE FROM status_due WHERE partner = ? AND order_id = ?",
        [(partner, order_id) for order_id in order_ids],
    )


def set_told_at(connection: Connection, partner: str, *, at: str) -> None:
    """Note when a daily report was due that is settled now."""
    connection.execute("UPDATE status_feeds SET told_at = ? WHERE partner = ?", (at, partner))


class Told(NamedTuple):
    """What a customer knows of an order."""

    sha: str
    at: str


def told(connection: Connection, order_ids: Sequence[int]) -> dict[int, Told]:
    """Return what the customer knows, by order; those never told of are left out."""
    rows = connection.execute(
        f"SELECT order_id, sha, at FROM status_told WHERE order_id IN {_marks(order_ids)}",
        tuple(order_ids),
    ).fetchall()
    return {order_id: Told(sha, at) for order_id, sha, at in rows}


def set_told(connection: Connection, rows: Iterable[tuple[int, str]], *, at: str) -> None:
    """Note (order id, hash) of what a customer knows now."""
    connection.executemany(
        "INSERT INTO status_told (order_id, sha, at) VALUES (?, ?, ?)"
        " ON CONFLICT (order_id) DO UPDATE SET sha = excluded.sha, at = excluded.at",
        [(order_id, sha, at) for order_id, sha in rows],
    )


def answered_at(connection: Connection, order_id: int) -> str:
    """Return when the last 855 of an order was written, "" if none was."""
    (at,) = connection.execute(
        "SELECT max(at) FROM documents WHERE order_id = ? AND direction = 'out' AND set_id = '855'",
        (order_id,),
    ).fetchone()
    return at or ""


def was_held_when_answered(connection: Connection, order_id: int) -> bool:
    """True if something of an order was on hold when its last 855 went."""
    row = connection.execute(
        "SELECT EXISTS (SELECT 1 FROM holds WHERE order_id = ?1 AND created_at <= d.at"
        " AND (closed_at IS NULL OR closed_at >= d.at)) FROM (SELECT max(at) AS at FROM documents"
        " WHERE order_id = ?1 AND direction = 'out' AND set_id = '855') AS d",
        (order_id,),
    ).fetchone()
    return bool(row[0])


class Inquiry(NamedTuple):
    """An 869 that is to be answered."""

    inquiry_id: int
    partner: str
    #: As JSON.
    inquiry: str


def put_inquiry(connection: Connection, *, partner: str, document_id: int, inquiry: object) -> None:
    """Keep an 869 until it is answered."""
    connection.execute(
        "INSERT INTO status_inquiries (partner, document_id, inquiry) VALUES (?, ?, ?)",
        (partner, document_id, json_text(inquiry)),
    )


def open_inquiries(connection: Connection) -> list[Inquiry]:
    """Return inquiries nobody answered yet, oldest first."""
    rows = connection.execute(
        "SELECT inquiry_id, partner, inquiry FROM status_inquiries WHERE answered_at IS NULL"
        " ORDER BY inquiry_id"
    ).fetchall()
    return [Inquiry(*row) for row in rows]


def set_answered(connection: Connection, inquiry_id: int, *, answers: int, at: str) -> None:
    """Note that an inquiry was answered, with so many 870s."""
    connection.execute(
        "UPDATE status_inquiries SET answered_at = ?, answers = ? WHERE inquiry_id = ?",
        (at, answers, inquiry_id),
    )


def orders_named(
    connection: Connection, partner: str, po_number: str, release_number: str
) -> list[int]:
    """Return a customer's orders with this PO; of every release where none is named."""
    rows = connection.execute(
        "SELECT order_id FROM orders WHERE po_number = ? AND partner = ?"
        " AND (? = '' OR release_number = ?) ORDER BY order_id",
        (po_number, partner, release_number, release_number),
    ).fetchall()
    return [order_id for (order_id,) in rows]


def live_orders(connection: Connection, partner: str) -> list[int]:
    """Return a customer's orders of which something is still to ship.

    Found from what is live of everybody, by its indexes: most orders of a book are over.
    """
    rows = connection.execute(
        "SELECT o.order_id FROM orders o WHERE +o.partner = ? AND o.order_id IN"
        " (SELECT order_id FROM order_lines WHERE open > 0"
        f" UNION {ALLOCATED_ORDERS}"
        " UNION SELECT order_id FROM order_lines WHERE backordered > 0"
        " UNION SELECT order_id FROM shipments WHERE state = 'released') ORDER BY o.order_id",
        (partner,),
    ).fetchall()
    return [order_id for (order_id,) in rows]


class Going(NamedTuple):
    """Units of a line a node is to ship."""

    line_id: int
    units: int
    ship_on: str | None
    deliver_on: str | None
    is_released: bool


class Left(NamedTuple):
    """Units of a line that left with one load."""

    line_id: int
    units: int
    shipped_on: str
    deliver_on: str | None
    carrier_name: str
    scac: str
    #: Of its parcels, or of the load.
    tracking: tuple[str, ...]


def going(connection: Connection, order_ids: Sequence[int]) -> list[Going]:
    """Return what is to ship of these orders, by day."""
    rows = connection.execute(
        "SELECT a.line_id, sum(a.quantity - a.shipped - a.short), a.ship_on, a.deliver_on,"
        " a.shipment_id IS NOT NULL FROM order_lines l JOIN allocations a ON a.line_id = l.line_id"
        f" WHERE l.order_id IN {_marks(order_ids)} AND a.quantity > a.shipped + a.short"
        " GROUP BY 1, 3, 4, 5 ORDER BY a.line_id, coalesce(a.ship_on, '9999'), 4, 5",
        tuple(order_ids),
    ).fetchall()
    return [Going(row[0], row[1], row[2], row[3], bool(row[4])) for row in rows]


def left(connection: Connection, order_ids: Sequence[int]) -> list[Left]:
    """Return what left of these orders, load by load."""
    rows = connection.execute(
        "SELECT a.line_id, p.quantity, d.shipped_on, d.expected_on, d.carrier_name, d.scac,"
        " c.tracking, d.tracking, d.dispatch_id FROM shipments s"
        " JOIN dispatches d ON d.shipment_id = s.shipment_id"
        " JOIN packages c ON c.dispatch_id = d.dispatch_id"
        " JOIN package_lines p ON p.package_id = c.package_id"
        " JOIN allocations a ON a.allocation_id = p.allocation_id"
        f" WHERE s.order_id IN {_marks(order_ids)}"
        " ORDER BY a.line_id, d.shipped_on, d.dispatch_id, c.package_id",
        tuple(order_ids),
    ).fetchall()
    found: dict[tuple[int, int], Left] = {}
    for line_id, units, shipped_on, deliver_on, name, scac, parcel, load, dispatch_id in rows:
        before = found.get((line_id, dispatch_id))
        numbers = before.tracking if before else ()
        fresh = parcel or load
        if fresh and fresh not in numbers:
            numbers = (*numbers, fresh)
        total = units + (before.units if before else 0)
        found[line_id, dispatch_id] = Left(
            line_id, total, shipped_on, deliver_on, name, scac, numbers
        )
    return list(found.values())


def open_holds(
    connection: Connection, order_ids: Sequence[int]
) -> dict[int, list[tuple[int | None, str]]]:
    """Return (line id or None, kind) of the holds in force, by order."""
    found: dict[int, list[tuple[int | None, str]]] = {}
    for order_id, line_id, kind in connection.execute(
        "SELECT order_id, line_id, kind FROM holds WHERE closed_at IS NULL"
        f" AND order_id IN {_marks(order_ids)} ORDER BY hold_id",
        tuple(order_ids),
    ):
        found.setdefault(order_id, []).append((line_id, kind))
    return found


def open_exceptions(connection: Connection, order_id: int) -> list[str]:
    """Return the kinds of the exceptions of an order nobody settled yet, oldest first."""
    rows = connection.execute(
        "SELECT kind FROM exceptions WHERE order_id = ? AND closed_at IS NULL"
        " GROUP BY kind ORDER BY min(exception_id)",
        (order_id,),
    ).fetchall()
    return [kind for (kind,) in rows]


def _marks(values: Collection[object]) -> str:
    return f"({', '.join('?' * len(values))})"
