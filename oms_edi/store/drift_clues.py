"""What the book knows that may explain a count: reads only."""

from sqlite3 import Connection


def unreported(
    connection: Connection, item: str, node: str, *, by: str
) -> list[tuple[str, int, str | None]]:
    """Return (number, units, ship on) of shipments released by then and not reported, by day."""
    return connection.execute(
        "SELECT s.depositor_order, sum(a.quantity - a.shipped - a.short) AS units, s.ship_on"
        " FROM shipments s JOIN allocations a ON a.shipment_id = s.shipment_id"
        " JOIN order_lines l ON l.line_id = a.line_id"
        " WHERE s.state = 'released' AND s.node = ? AND l.item = ? AND s.released_at <= ?"
        " GROUP BY s.shipment_id HAVING units > 0 ORDER BY s.ship_on, s.shipment_id",
        (node, item, by),
    ).fetchall()


def unmatched_advices(connection: Connection, partner: str) -> list[str]:
    """Return the 945s of a warehouse that fit no shipment."""
    rows = connection.execute(
        "SELECT subject FROM exceptions WHERE kind = 'unmatched_945' AND closed_at IS NULL"
        " AND subject LIKE ? || ' %' ORDER BY exception_id",
        (partner,),
    ).fetchall()
    return [subject for (subject,) in rows]


def twin_receipts(connection: Connection, item: str, node: str) -> list[tuple[str, str, int]]:
    """Return (first, second, units) of different receipts that brought the same units."""
    return connection.execute(
        "SELECT a.note, b.note, a.on_hand_delta FROM stock_ledger a JOIN stock_ledger b"
        " ON b.item = a.item AND b.node = a.node AND b.kind = 'receipt' AND a.kind = 'receipt'"
        " AND b.on_hand_delta = a.on_hand_delta AND b.note <> a.note AND b.entry_id > a.entry_id"
        " AND b.document_id IS NOT NULL AND a.document_id IS NOT NULL"
        " WHERE a.item = ? AND a.node = ? AND a.on_hand_delta > 0"
        " ORDER BY b.entry_id DESC LIMIT 3",
        (item, node),
    ).fetchall()


def left_after(
    connection: Connection, item: str, node: str, *, since: str
) -> list[tuple[str, int]]:
    """Return (number, units) of shipments that left within a day after a count, as told."""
    return connection.execute(
        "SELECT s.depositor_order, -sum(g.on_hand_delta) FROM stock_ledger g"
        " JOIN documents d ON d.document_id = g.document_id"
        " JOIN shipments s ON s.shipment_id = d.shipment_id"
        " WHERE g.item = ?1 AND g.node = ?2 AND g.kind = 'shipment' AND g.moved_at > ?3"
        " AND g.moved_at < strftime('%Y-%m-%dT%H:%M:%SZ', ?3, '+1 day')"
        " GROUP BY s.shipment_id ORDER BY s.shipment_id",
        (item, node, since),
    ).fetchall()
