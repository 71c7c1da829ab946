"""What is owed and late: answers to orders and changes, ship notices, deliveries; by index only."""

from sqlite3 import Connection
from typing import NamedTuple


class Unanswered(NamedTuple):
    """An order whose first 855 is owed."""

    order_id: int
    po_number: str
    partner: str
    received_at: str
    #: Kinds of holds in force on the whole order, with commas.
    held: str


def unanswered_orders(connection: Connection, before: str) -> list[Unanswered]:
    """Return orders received until `before` that were never answered and are owed an answer."""
    rows = connection.execute(
        "SELECT order_id, po_number, partner, received_at, coalesce((SELECT"
        " group_concat(DISTINCT h.kind) FROM holds h WHERE h.order_id = orders.order_id"
        " AND h.closed_at IS NULL AND h.line_id IS NULL), '') FROM orders"
        " WHERE answer_due = 1 AND answers = 0 AND received_at <= ? ORDER BY order_id",
        (before,),
    ).fetchall()
    return [Unanswered(*row) for row in rows]


class Unnoticed(NamedTuple):
    """A load of which the customer was not told."""

    order_id: int
    po_number: str
    partner: str
    depositor_order: str
    #: When its 945 came.
    reported_at: str


def unnoticed_loads(connection: Connection, before: str) -> list[Unnoticed]:
    """Return loads reported until `before` whose 856 is owed."""
    rows = connection.execute(
        "SELECT o.order_id, o.po_number, o.partner, s.depositor_order, d.at"
        " FROM dispatches p JOIN documents d ON d.document_id = p.document_id"
        " JOIN shipments s ON s.shipment_id = p.shipment_id"
        " JOIN orders o ON o.order_id = s.order_id"
        " WHERE p.notice_due = 1 AND d.at <= ? ORDER BY p.dispatch_id",
        (before,),
    ).fetchall()
    return [Unnoticed(*row) for row in rows]


class UnansweredRequest(NamedTuple):
    """A shipment of which a warehouse is asked something."""

    depositor_order: str
    node: str
    order_id: int
    #: When it was asked first.
    since: str


def unanswered_requests(connection: Connection, before: str) -> list[UnansweredRequest]:
    """Return what warehouses were asked until `before` and have not answered, by shipment."""
    rows = connection.execute(
        "SELECT s.depositor_order, s.node, s.order_id, min(r.since)"
        " FROM requests r JOIN shipments s ON s.shipment_id = r.shipment_id"
        " WHERE r.state = 'requested' AND r.since <= ?"
        " GROUP BY s.shipment_id, s.depositor_order, s.node, s.order_id ORDER BY s.shipment_id",
        (before,),
    ).fetchall()
    return [UnansweredRequest(*row) for row in rows]


class Undelivered(NamedTuple):
    """Files for a partner that still lie here."""

    partner: str
    files: int
    oldest_at: str


def undelivered(connection: Connection, before: str) -> list[Undelivered]:
    """Return by partner what was written until `before` and is not delivered."""
    rows = connection.execute(
        "SELECT partner, count(*), min(created_at) FROM outbox"
        " WHERE state = 'pending' AND state <> 'sent' AND created_at <= ?"
        " GROUP BY +partner ORDER BY +partner",
        (before,),
    ).fetchall()
    return [Undelivered(*row) for row in rows]


class Moment(NamedTuple):
    """When files of a partner came: one hour of one day, and how many."""

    partner: str
    #: The hour they came in, as YYYY-MM-DDTHH.
    hour: str
    files: int


def arrivals(connection: Connection, since: str, *, after: int = 0) -> list[Moment]:
    """Return the files of every partner since an instant, by the hour, oldest first.

    `after` is the last file that is known already.
    """
    rows = connection.execute(
        "SELECT partner, substr(received_at, 1, 13), count(*) FROM files"
        " WHERE received_at >= ? AND file_id > ? AND partner <> '' AND state <> 'quarantined'"
        " GROUP BY 1, 2 ORDER BY 1, 2",
        (since, after),
    ).fetchall()
    return [Moment(*row) for row in rows]


def newest_file(connection: Connection) -> int:
    """Return the number of the newest file, 0 if there is none."""
    row = connection.execute("SELECT coalesce(max(file_id), 0) FROM files").fetchone()
    return int(row[0])
