"""Pages about stock: items with their totals, the ledger of an item at a node, who waits, drift.

By key, and with a limit; the whole of an item is `oms_edi.store.stock_queries`. Plain rows; reads
only.
"""

from collections.abc import Callable, Sequence
from sqlite3 import Connection
from typing import NamedTuple

from oms_edi.domain.lifecycle import order_name
from oms_edi.store.queries import Row, rows

#: Which items a list may be narrowed to, and where they are read from: partial indexes.
WHICH = {
    "": "",
    "waited for": "item IN (SELECT item FROM order_lines WHERE backordered > 0)",
    "to come": "item IN (SELECT item FROM inbound WHERE expected > advised + received + missing)",
    "drifting": "item IN (SELECT item FROM stock_counts WHERE drift <> 0)",
    "oversold": "item IN (SELECT item FROM stock_levels WHERE oversold > 0)",
}


def items(connection: Connection, words: str, *, which: str, after: str, limit: int) -> list[Row]:
    """Return items by number, those after one, with their stock by node and in all."""
    asked = [word for word in words.split() if word]
    likes = [_like(word) for word in asked]
    conditions = ["item > ?", *["(item || ' ' || description) LIKE ? ESCAPE '!'" for _ in asked]]
    if WHICH.get(which):
        conditions.append(WHICH[which])
    found = rows(
        connection,
        f"SELECT item, description, unit FROM items WHERE {' AND '.join(conditions)}"
        " ORDER BY item LIMIT ?",
        (after, *likes, limit),
    )
    levels = _levels(connection, [row["item"] for row in found])
    for row in found:
        row["levels"] = levels.get(row["item"], [])
        for name in ("on_hand", "reserved", "free", "oversold"):
            row[name] = sum(level[name] for level in row["levels"])
    return found


def _like(word: str) -> str:
    return "%" + word.replace("!", "!!").replace("%", "!%").replace("_", "!_") + "%"


def _levels(connection: Connection, numbers: Sequence[str]) -> dict[str, list[Row]]:
    if not numbers:
        return {}
    found: dict[str, list[Row]] = {}
    for row in rows(
        connection,
        "SELECT item, node, on_hand, held, doubted, reserved, oversold,"
        " max(0, on_hand - held - doubted) - reserved AS free FROM stock_levels"
        f" WHERE item IN ({', '.join('?' * len(numbers))}) ORDER BY item, node",
        tuple(numbers),
    ):
        found.setdefault(row["item"], []).append(row)
    return found


class LedgerKey(NamedTuple):
    """Where a page of a ledger ends: older movements come before it."""

    moved_at: str
    entry_id: int


#: Units (on hand, reserved) that a movement and all newer ones have moved, None: not known.
Newer = Callable[[LedgerKey], tuple[int, int] | None]


def ledger(
    connection: Connection,
    item: str,
    node: str,
    *,
    before: LedgerKey | None,
    limit: int,
    newer: Newer | None = None,
) -> list[Row]:
    """Return movements of an item at a node, the newest first, with what was there after each.

    By when it was so at the node, so that the balances are those known by now. `newer` may know
    what all movements from one on have moved without adding it up.
    """
    older = " AND g.moved_at <= ? AND (g.moved_at < ? OR g.entry_id < ?)" if before else ""
    key = (before.moved_at, before.moved_at, before.entry_id) if before else ()
    found = rows(
        connection,
        "SELECT g.entry_id, g.at, g.moved_at, g.kind, g.on_hand_delta, g.held_delta,"
        " g.doubted_delta, g.reserved_delta, g.note, l.order_id, l.buyer_line, d.set_id,"
        " d.isa_control, f.file_id, f.name AS file FROM stock_ledger g"
        " LEFT JOIN order_lines l ON l.line_id = g.line_id"
        " LEFT JOIN documents d ON d.document_id = g.document_id"
        " LEFT JOIN files f ON f.file_id = coalesce(g.file_id, d.file_id)"
        f" WHERE g.item = ? AND g.node = ?{older}"
        " ORDER BY g.moved_at DESC, g.entry_id DESC LIMIT ?",
        (item, node, *key, limit),
    )
    on_hand, reserved = _level(connection, item, node)
    if before is not None:
        told = newer(before) if newer else None
        told = told or _newer(connection, item, node, before)
        on_hand, reserved = on_hand - told[0], reserved - told[1]
    for row in found:
        row["on_hand"], row["reserved"] = on_hand, reserved
        on_hand -= row["on_hand_delta"]
        reserved -= row["reserved_delta"]
        row["order"] = order_name(row["order_id"]) if row["order_id"] else ""
    return found


def _level(connection: Connection, item: str, node: str) -> tuple[int, int]:
    """Return (on hand, reserved) of now."""
    found = connection.execute(
        "SELECT on_hand, reserved FROM stock_levels WHERE item = ? AND node = ?", (item, node)
    ).fetchone()
    return found or (0, 0)


def _newer(connection: Connection, item: str, node: str, key: LedgerKey) -> tuple[int, int]:
    """Return (on hand, reserved) that the movements from one on have moved."""
    (on_hand, reserved) = connection.execute(
        "SELECT coalesce(sum(on_hand_delta), 0), coalesce(sum(reserved_delta), 0)"
        " FROM stock_ledger WHERE item = ? AND node = ? AND moved_at >= ?"
        " AND (moved_at > ? OR entry_id >= ?)",
        (item, node, key.moved_at, key.moved_at, key.entry_id),
    ).fetchone()
    return on_hand, reserved


def counts(connection: Connection, item: str) -> list[Row]:
    """Return the last count of an item at each node, beside what documents say."""
    return rows(
        connection,
        "SELECT c.node, c.as_of, c.at, c.told, c.basis, c.counted, c.drift, c.booked, c.is_final,"
        " c.file_id, f.name AS file FROM stock_counts c LEFT JOIN files f ON f.file_id = c.file_id"
        " WHERE c.item = ? ORDER BY c.node",
        (item,),
    )


def waiting(connection: Connection, item: str, *, limit: int) -> list[Row]:
    """Return lines that wait for an item, the oldest order first, with what they were promised."""
    found = rows(
        connection,
        "SELECT l.order_id, l.buyer_line, l.backordered, o.partner, o.tier, o.po_number,"
        " o.received_at, p.ship_on, p.is_certain FROM order_lines l"
        " JOIN orders o ON o.order_id = l.order_id"
        " LEFT JOIN promises p ON p.line_id = l.line_id"
        " WHERE l.item = ? AND l.backordered > 0 ORDER BY l.line_id LIMIT ?",
        (item, limit),
    )
    for row in found:
        row["order"] = order_name(row["order_id"])
    return found
