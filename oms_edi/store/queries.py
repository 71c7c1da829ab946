"""What people ask the order book: lists and details as plain rows. Reads only."""

from sqlite3 import Connection
from typing import Any

from oms_edi.domain.lifecycle import Quantities, Status, line_status, order_name, order_status
from oms_edi.store import promises
from oms_edi.store.requests import stopping_lines
from oms_edi.store.unreleased import ALLOCATED_ORDERS

Row = dict[str, Any]


def rows(
    connection: Connection,
    sql: str,
    parameters: tuple[object, ...] | dict[str, object] = (),
) -> list[Row]:
    """Return what a query finds, by column."""
    cursor = connection.execute(sql, parameters)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _where(*conditions: tuple[str, object]) -> tuple[str, tuple[object, ...]]:
    """Return the WHERE of those conditions that have a value, and their values.

    What is not asked for must not be in the statement: no index could serve it.
    """
    asked = [(sql, value) for sql, value in conditions if value is not None]
    sql = " AND ".join(sql for sql, _ in asked)
    return (f" WHERE {sql}" if asked else ""), tuple(value for _, value in asked)


_QUANTITIES = ("ordered", "cancelled", "open", "allocated", "backordered", "released", "shipped")
#: Orders worked out at a time: a status is derived, so no query can ask for it.
_PAGE = 100
_WITH_WAREHOUSE = "SELECT order_id FROM shipments WHERE state = 'released'"
_WITH_NOBODY = (
    "SELECT order_id FROM order_lines WHERE open > 0"
    f" UNION {ALLOCATED_ORDERS}"
    " UNION SELECT order_id FROM order_lines WHERE backordered > 0"
)
_ASKED_TO_STOP = (
    "SELECT s.order_id FROM requests r JOIN shipments s ON s.shipment_id = r.shipment_id"
    " WHERE r.state = 'requested'"
)
#: But from partial indexes: which orders may have a status. What was shipped is in none of them.
_AMONG = {
    Status.HELD: "SELECT order_id FROM holds WHERE closed_at IS NULL",
    Status.OPEN: "SELECT l.order_id FROM order_lines l WHERE l.open > 0 AND NOT EXISTS"
    " (SELECT 1 FROM holds h WHERE h.order_id = l.order_id AND h.closed_at IS NULL"
    " AND (h.line_id IS NULL OR h.line_id = l.line_id))",
    Status.BACKORDERED: "SELECT order_id FROM order_lines WHERE backordered > 0",
    Status.ALLOCATED: ALLOCATED_ORDERS,
    Status.RELEASED: _WITH_WAREHOUSE,
    Status.PARTLY_RELEASED: f"{_WITH_WAREHOUSE} AND order_id IN ({_WITH_NOBODY})",
    Status.CHANGE_REQUESTED: _ASKED_TO_STOP,
    Status.CANCEL_REQUESTED: _ASKED_TO_STOP,
    Status.PARTLY_SHIPPED: f"SELECT u.order_id FROM ({_WITH_NOBODY} UNION {_WITH_WAREHOUSE}) u"
    " JOIN order_lines l ON l.order_id = u.order_id AND l.shipped > 0",
    Status.CANCELLED: "SELECT order_id FROM order_lines WHERE cancelled = ordered",
}


def orders(
    connection: Connection, *, partner: str | None, limit: int, status: str | None = None
) -> list[Row]:
    """Return the newest orders with derived status and summed quantities, oldest first."""
    found: list[Row] = []
    before: int | None = None
    while len(found) < limit:
        page = _orders(connection, partner, status, before)
        if not page:
            break
        before = page[-1]["order_id"]
        found += [order for order in page if status in (None, order["status"])]
    return found[:limit][::-1]


def _orders(
    connection: Connection, partner: str | None, status: str | None, before: int | None
) -> list[Row]:
    """Return a page of orders that may have a status, newest first; those below `before`."""
    where, values = _where(("partner = ?", partner), ("order_id < ?", before))
    if status:
        among = _AMONG.get(Status(status))
        which = f"IN ({among})" if among else f"NOT IN ({_WITH_NOBODY} UNION {_WITH_WAREHOUSE})"
        where += f"{' AND' if where else ' WHERE'} order_id {which}"
    found = rows(
        connection,
        "SELECT order_id, partner, channel, po_number, release_number, tier, ordered_on,"
        f" deliver_by, received_at FROM orders{where} ORDER BY order_id DESC LIMIT ?",
        (*values, _PAGE),
    )
    for order in found:
        lines = _lines(connection, order["order_id"])
        order["order"] = order_name(order["order_id"])
        order["status"] = order_status(line["status"] for line in lines).value
        order["lines"] = len(lines)
        for name in _QUANTITIES:
            order[name] = sum(line[name] for line in lines)
        order["nodes"] = sorted({node for line in lines for node in line["nodes"]})
    return found


def _lines(connection: Connection, order_id: int) -> list[Row]:
    held = {
        line_id
        for (line_id,) in connection.execute(
            "SELECT line_id FROM holds WHERE order_id = ? AND closed_at IS NULL", (order_id,)
        )
    }
    nodes: dict[int, list[str]] = {}
    for line_id, node in connection.execute(
        "SELECT DISTINCT a.line_id, a.node FROM allocations a JOIN order_lines l"
        " ON l.line_id = a.line_id WHERE l.order_id = ? AND a.quantity > a.short"
        " ORDER BY a.line_id, a.node",
        (order_id,),
    ):
        nodes.setdefault(line_id, []).append(node)
    promised = promises.of_order(connection, order_id)
    lines = rows(
        connection,
        "SELECT line_id, buyer_line, destination, item, items, description, buyer_quantity,"
        " buyer_unit, buyer_price, price, ordered, cancelled, open, allocated, backordered,"
        " released, shipped FROM order_lines WHERE order_id = ? ORDER BY line_id",
        (order_id,),
    )
    stopping = stopping_lines(connection, order_id) if any(ln["released"] for ln in lines) else {}
    for line in lines:
        quantities = Quantities(**{name: line[name] for name in _QUANTITIES})
        is_held = line["line_id"] in held or None in held
        line["stopping"] = stopping.get(line["line_id"], 0)
        line["status"] = line_status(quantities, held=is_held, stopping=line["stopping"])
        line["nodes"] = nodes.get(line["line_id"], [])
        line["promised_on"], line["promise_is_certain"] = promised.get(
            line["line_id"], (None, False)
        )
    return lines


def order(connection: Connection, order_id: int) -> Row:
    """Return everything about one order: lines, holds, shipments, documents, timeline."""
    (found,) = rows(
        connection,
        "SELECT order_id, partner, channel, po_number, release_number, order_type, ordered_on,"
        " ship_on, not_before, not_after, deliver_by, cancel_after, tier, currency, routing,"
        " received_at, answers FROM orders WHERE order_id = ?",
        (order_id,),
    )
    found["order"] = order_name(order_id)
    found["lines"] = _lines(connection, order_id)
    found["status"] = order_status(line["status"] for line in found["lines"]).value
    found["destinations"] = rows(
        connection,
        "SELECT destination, name, id_code, street, city, state, postal_code, country"
        " FROM destinations WHERE order_id = ? ORDER BY destination",
        (order_id,),
    )
    found["holds"] = rows(
        connection,
        "SELECT hold_id, line_id, kind, reason, created_at, closed_at, outcome FROM holds"
        " WHERE order_id = ? ORDER BY hold_id",
        (order_id,),
    )
    found["changes"] = changes(connection, order_id=order_id, is_open=False, limit=1000)
    found["shipments"] = _shipments(connection, order_id)
    found["documents"] = documents(connection, order_id=order_id, partner=None, limit=1000)
    found["timeline"] = rows(
        connection,
        "SELECT at, name, actor, text, line_id FROM events WHERE order_id = ? ORDER BY event_id",
        (order_id,),
    )
    return found


_OPEN_CHANGE = (
    "change_id IN (SELECT change_id FROM changes WHERE state <> 'settled'"
    " UNION SELECT change_id FROM changes WHERE answer_due = 1)"
)


def changes(
    connection: Connection, *, order_id: int | None, is_open: bool, limit: int
) -> list[Row]:
    """Return changes and cancels, oldest first, with their lines and what warehouses are asked.

    The newest `limit` of them; `is_open` leaves out what is settled and answered.
    """
    where, values = _where(("order_id = ?", order_id))
    if is_open:
        where += f"{' AND' if where else ' WHERE'} {_OPEN_CHANGE}"
    found = rows(
        connection,
        "SELECT change_id, partner, po_number, order_id, source, kind, sequence, state, reason,"
        f" since, settled_at, answer_due, answers FROM changes{where}"
        " ORDER BY change_id DESC LIMIT ?",
        (*values, limit),
    )
    for change in found:
        change["lines"] = rows(
            connection,
            "SELECT number, line_id, what, outcome, reason FROM change_lines"
            " WHERE change_id = ? ORDER BY number",
            (change["change_id"],),
        )
        change["requests"] = rows(
            connection,
            "SELECT s.depositor_order, s.node, r.state, r.since, r.settled_at, r.told, r.terms,"
            " coalesce(sum(p.units), 0) AS units, coalesce(sum(p.stopped), 0) AS stopped"
            " FROM requests r JOIN shipments s ON s.shipment_id = r.shipment_id"
            " LEFT JOIN stops p ON p.request_id = r.request_id WHERE r.change_id = ?"
            " GROUP BY r.request_id ORDER BY r.request_id",
            (change["change_id"],),
        )
    return found[::-1]


def _shipments(connection: Connection, order_id: int) -> list[Row]:
    return rows(
        connection,
        "SELECT s.depositor_order, s.node, s.destination, s.state, s.ship_on, s.deliver_on,"
        " sum(a.quantity) AS units, sum(a.shipped) AS shipped, sum(a.short) AS short,"
        " CASE WHEN max(a.cost) IS NOT NULL THEN sum(a.confirmed) END AS confirmed,"
        " (SELECT group_concat(d.scac || ' ' || d.tracking, ', ') FROM dispatches d"
        "  WHERE d.shipment_id = s.shipment_id) AS carriers,"
        " (SELECT max(d.expected_on) FROM dispatches d"
        "  WHERE d.shipment_id = s.shipment_id) AS expected_on"
        " FROM shipments s JOIN allocations a ON a.shipment_id = s.shipment_id"
        " WHERE s.order_id = ? GROUP BY s.shipment_id ORDER BY s.shipment_id",
        (order_id,),
    )


def decisions(connection: Connection, order_id: int) -> list[Row]:
    """Return the stored decisions of an order, oldest first."""
    return rows(
        connection,
        "SELECT decision_id, destination, at, decision FROM decisions"
        " WHERE order_id = ? ORDER BY decision_id",
        (order_id,),
    )


def documents(
    connection: Connection, *, order_id: int | None, partner: str | None, limit: int
) -> list[Row]:
    """Return documents in and out, oldest first: the newest `limit` of them."""
    where, values = _where(("d.order_id = ?", order_id), ("d.partner = ?", partner))
    found = rows(
        connection,
        "SELECT d.document_id, d.direction, d.set_id, d.partner, d.isa_control, d.gs_control,"
        " d.st_control, d.verdict, d.order_id, d.at, coalesce(f.name, o.file_name) AS file,"
        " d.issues FROM documents d LEFT JOIN files f ON f.file_id = d.file_id"
        f" LEFT JOIN outbox o ON o.outbox_id = d.outbox_id{where}"
        " ORDER BY d.document_id DESC LIMIT ?",
        (*values, limit),
    )
    return found[::-1]


def files(connection: Connection, *, state: str | None, limit: int) -> list[Row]:
    """Return files that came in, oldest first: the newest `limit` of them."""
    where, values = _where(("state = ?", state))
    found = rows(
        connection,
        "SELECT file_id, partner, name, kind, state, reason, size_bytes, sha256, repeat_of,"
        f" received_at, issues FROM files{where} ORDER BY file_id DESC LIMIT ?",
        (*values, limit),
    )
    return found[::-1]


def outgoing(
    connection: Connection,
    *,
    limit: int,
    partner: str | None = None,
    order_id: int | None = None,
) -> list[Row]:
    """Return files that went out or wait to, oldest first: the newest `limit` of them."""
    where, values = _where(
        ("partner = ?", partner),
        ("outbox_id IN (SELECT outbox_id FROM documents WHERE order_id = ?)", order_id),
    )
    found = rows(
        connection,
        "SELECT outbox_id, partner, set_id, file_name, state, length(content) AS bytes,"
        f" sha256, created_at, sent_at FROM outbox{where} ORDER BY outbox_id DESC LIMIT ?",
        (*values, limit),
    )
    return found[::-1]


def partner_counts(connection: Connection) -> list[Row]:
    """Return how many orders, files and files to deliver each partner has."""
    return rows(
        connection,
        "SELECT partner, sum(orders) AS orders, sum(files) AS files, sum(sent) AS sent FROM ("
        " SELECT partner, count(*) AS orders, 0 AS files, 0 AS sent FROM orders GROUP BY partner"
        " UNION ALL SELECT partner, 0, count(*), 0 FROM files GROUP BY partner"
        " UNION ALL SELECT partner, 0, 0, count(*) FROM outbox GROUP BY partner)"
        " GROUP BY partner ORDER BY partner",
    )


def events_after(connection: Connection, event_id: int) -> list[Row]:
    """Return the timeline of the whole book after an event."""
    return rows(
        connection,
        "SELECT event_id, at, name, order_id, actor, text FROM events WHERE event_id > ?"
        " ORDER BY event_id",
        (event_id,),
    )
