"""Shipments of an order as the warehouse sees them: what it is to ship, was asked, and told."""

from sqlite3 import Connection

from oms_edi.store.queries import Row, rows


def shipments(connection: Connection, order_id: int) -> list[Row]:
    """Return every shipment of an order with its lines, loads and documents, oldest first."""
    found = rows(
        connection,
        "SELECT s.shipment_id, s.depositor_order, s.node, s.state, s.ship_on, s.deliver_on,"
        " s.released_at, d.name AS ship_to, d.city, d.state AS ship_to_state, d.postal_code,"
        " (SELECT min(r.since) FROM requests r WHERE r.shipment_id = s.shipment_id"
        "  AND r.state = 'requested') AS asked_since,"
        " (SELECT coalesce(sum(p.units - p.stopped), 0) FROM requests r"
        "  JOIN stops p ON p.request_id = r.request_id WHERE r.shipment_id = s.shipment_id"
        "  AND r.state = 'requested') AS stopping"
        " FROM shipments s JOIN destinations d ON d.order_id = s.order_id"
        " AND d.destination = s.destination WHERE s.order_id = ? ORDER BY s.shipment_id",
        (order_id,),
    )
    for shipment in found:
        key = (shipment.pop("shipment_id"),)
        shipment["lines"] = rows(
            connection,
            "SELECT a.number, l.item, l.description, a.quantity AS units, a.shipped, a.short"
            " FROM allocations a JOIN order_lines l ON l.line_id = a.line_id"
            " WHERE a.shipment_id = ? ORDER BY a.number, a.allocation_id",
            key,
        )
        shipment["loads"] = rows(
            connection,
            "SELECT d.warehouse_shipment, d.shipped_on, d.carrier_name, d.scac, d.bill_of_lading,"
            " d.tracking, x.set_id, x.isa_control FROM dispatches d"
            " JOIN documents x ON x.document_id = d.document_id WHERE d.shipment_id = ?"
            " ORDER BY d.dispatch_id",
            key,
        )
        shipment["documents"] = rows(
            connection,
            "SELECT set_id, isa_control, st_control, verdict, at FROM documents"
            " WHERE order_id = ? AND shipment_id = ? AND direction = 'out'"
            " AND set_id IN ('940', '850') ORDER BY document_id",
            (order_id, *key),
        )
    return found
