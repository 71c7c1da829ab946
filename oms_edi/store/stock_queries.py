"""What people ask of stock: levels, the ledger with its balance and causes, the past, what comes.

Plain rows; reads only.
"""

from sqlite3 import Connection

from oms_edi.domain.lifecycle import order_name
from oms_edi.store.queries import Row, rows


def levels(connection: Connection, *, item: str | None, node: str | None) -> list[Row]:
    """Return stock levels with free units."""
    return rows(
        connection,
        "SELECT s.item, i.description, s.node, s.on_hand, s.held, s.doubted,"
        " s.reserved, max(0, s.on_hand - s.held - s.doubted) - s.reserved AS free, s.oversold,"
        " s.as_of FROM stock_levels s JOIN items i ON i.item = s.item"
        " WHERE (? IS NULL OR s.item = ?) AND (? IS NULL OR s.node = ?)"
        " ORDER BY s.item, s.node",
        (item, item, node, node),
    )


def ledger(connection: Connection, item: str, *, node: str | None) -> list[Row]:
    """Return every movement of an item with the balance after it and what caused it."""
    found = rows(
        connection,
        "SELECT g.entry_id, g.at, g.moved_at, g.node, g.kind, g.on_hand_delta, g.held_delta,"
        " g.doubted_delta, g.reserved_delta, g.oversold_delta,"
        " sum(g.on_hand_delta) OVER w AS on_hand, sum(g.held_delta) OVER w AS held,"
        " sum(g.doubted_delta) OVER w AS doubted, sum(g.reserved_delta) OVER w AS reserved,"
        " g.line_id, l.order_id, l.buyer_line, d.set_id, d.isa_control, f.name AS file, g.note"
        " FROM stock_ledger g LEFT JOIN order_lines l ON l.line_id = g.line_id"
        " LEFT JOIN documents d ON d.document_id = g.document_id"
        " LEFT JOIN files f ON f.file_id = coalesce(g.file_id, d.file_id)"
        " WHERE g.item = ? AND (? IS NULL OR g.node = ?)"
        " WINDOW w AS (PARTITION BY g.node ORDER BY g.entry_id) ORDER BY g.entry_id",
        (item, node, node),
    )
    for row in found:
        row["cause"] = _cause(row)
    return found


def _cause(row: Row) -> str:
    order_id, buyer_line = row.pop("order_id"), row.pop("buyer_line")
    set_id, isa_control = row.pop("set_id"), row.pop("isa_control")
    parts = [f"{order_name(order_id)} line {buyer_line}"] if order_id is not None else []
    if set_id and not row["note"].startswith(set_id):
        parts.append(f"{set_id} {isa_control}")
    if row["note"]:
        parts.append(row["note"])
    if row["file"]:
        parts.append(f"({row['file']})")
    return " ".join(parts)


def position_at(connection: Connection, item: str, *, node: str | None, at: str) -> list[Row]:
    """Return the position at an instant, from the ledger alone.

    `on_hand` is what the book knew then; `hindsight` what is known of then by now, with documents
    that came later.
    """
    return rows(
        connection,
        "SELECT node, sum(on_hand_delta) FILTER (WHERE at <= ?1) AS on_hand,"
        " sum(held_delta) FILTER (WHERE at <= ?1) AS held,"
        " sum(doubted_delta) FILTER (WHERE at <= ?1) AS doubted,"
        " sum(reserved_delta) FILTER (WHERE at <= ?1) AS reserved,"
        " sum(oversold_delta) FILTER (WHERE at <= ?1) AS oversold,"
        " max(0, sum(on_hand_delta - held_delta - doubted_delta) FILTER (WHERE at <= ?1))"
        " - sum(reserved_delta) FILTER (WHERE at <= ?1) AS free,"
        " coalesce(sum(on_hand_delta) FILTER (WHERE moved_at <= ?1), 0) AS hindsight"
        " FROM stock_ledger WHERE item = ?2 AND (?3 IS NULL OR node = ?3)"
        " GROUP BY node HAVING min(at) <= ?1 ORDER BY node",
        (at, item, node),
    )


def to_come(connection: Connection, *, item: str | None, node: str | None) -> list[Row]:
    """Return goods that are to come, the soonest first."""
    return rows(
        connection,
        "SELECT item, node, reference, delivery, source, due_on, expected, advised, received,"
        " missing, expected - advised - received - missing AS still_to_come, held AS blocked"
        " FROM inbound WHERE expected > advised + received + missing"
        " AND (? IS NULL OR item = ?) AND (? IS NULL OR node = ?)"
        " ORDER BY due_on, item, node, inbound_id",
        (item, item, node, node),
    )
