"""What a page about one order shows beside `queries.order`: loads, plans, open exceptions, bytes.

Plain rows; reads only.
"""

from sqlite3 import Connection

from oms_edi.store.queries import Row, rows


def loads(connection: Connection, order_id: int) -> list[Row]:
    """Return what left, a row a load, with the numbers of its packages, oldest first."""
    found = rows(
        connection,
        "SELECT d.dispatch_id, s.depositor_order, s.node, s.ship_on, d.expected_on, d.shipped_on,"
        " d.carrier_name, d.scac, d.tracking, d.bill_of_lading, x.at AS told_at"
        " FROM shipments s JOIN dispatches d ON d.shipment_id = s.shipment_id"
        " JOIN documents x ON x.document_id = d.document_id"
        " WHERE s.order_id = ? ORDER BY d.shipped_on, d.dispatch_id",
        (order_id,),
    )
    for load in found:
        load["packages"] = rows(
            connection,
            "SELECT sscc, tracking FROM packages WHERE dispatch_id = ? ORDER BY package_id",
            (load.pop("dispatch_id"),),
        )
    return found


def plans(connection: Connection, order_id: int) -> list[Row]:
    """Return what each node is to ship of each line, oldest first; `told_at` is None before.

    `stopped` of what is short was not wanted any more.
    """
    return rows(
        connection,
        "SELECT l.line_id, l.buyer_line, l.item, a.node, a.quantity, a.shipped, a.short,"
        " a.ship_on, a.deliver_on, a.release_at, s.depositor_order, s.released_at AS told_at,"
        " (SELECT coalesce(sum(t.stopped), 0) FROM stops t"
        " WHERE t.allocation_id = a.allocation_id) AS stopped"
        " FROM order_lines l JOIN allocations a ON a.line_id = l.line_id"
        " LEFT JOIN shipments s ON s.shipment_id = a.shipment_id"
        " WHERE l.order_id = ? ORDER BY l.line_id, a.allocation_id",
        (order_id,),
    )


def source(connection: Connection, order_id: int) -> Row | None:
    """Return the file an order came in, None if it is not known."""
    found = rows(
        connection,
        "SELECT f.file_id, f.partner, f.name, f.kind, f.received_at FROM documents d"
        " JOIN files f ON f.file_id = d.file_id WHERE d.order_id = ? AND d.direction = 'in'"
        " ORDER BY d.document_id LIMIT 1",
        (order_id,),
    )
    return found[0] if found else None


def documents(connection: Connection, order_id: int) -> list[Row]:
    """Return its documents, oldest first: those of its own, and reports on its shipments."""
    return rows(
        connection,
        "SELECT d.document_id, d.direction, d.set_id, d.partner, d.isa_control, d.st_control,"
        " d.verdict, d.at, d.answered_at, d.file_id, d.outbox_id,"
        " coalesce(f.name, o.file_name) AS file, o.state AS sent_state, s.depositor_order"
        " FROM documents d LEFT JOIN files f ON f.file_id = d.file_id"
        " LEFT JOIN outbox o ON o.outbox_id = d.outbox_id"
        " LEFT JOIN shipments s ON s.shipment_id = d.shipment_id"
        " WHERE d.order_id = ? ORDER BY d.document_id",
        (order_id,),
    )


def document(connection: Connection, document_id: int) -> Row | None:
    """Return one document with where its bytes lie, None if there is none."""
    found = rows(
        connection,
        "SELECT d.document_id, d.direction, d.set_id, d.partner, d.isa_control, d.gs_control,"
        " d.st_control, d.verdict, d.at, d.answered_at, d.file_id, d.outbox_id, d.order_id,"
        " d.start_byte, d.size_bytes, d.issues, f.sha256 AS file_sha256, f.kind AS file_kind,"
        " coalesce(f.name, o.file_name) AS file"
        " FROM documents d LEFT JOIN files f ON f.file_id = d.file_id"
        " LEFT JOIN outbox o ON o.outbox_id = d.outbox_id WHERE d.document_id = ?",
        (document_id,),
    )
    return found[0] if found else None
