"""Recompute every balance from what made it, and say where the book first differs.

The tables checked here are written by other statements than those that sum them, so a wrong
statement shows. `verify` reads only; what it finds is for a person.
"""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from io import BufferedReader
from pathlib import Path
from sqlite3 import Connection

from oms_edi.store.journal import archived, is_settings
from oms_edi.store.outbox import CALL

#: Each query returns a row for each divergence: (what, stored, computed).
#: Kind of a file above `intake.max_file_bytes`: the archive has its first bytes only.
_TOO_LARGE = "too_large"
_BALANCES = {
    "settled orders have nothing live": """
        SELECT 'order ' || o.order_id, 0, sum(l.open + l.allocated + l.backordered + l.released)
        FROM orders o JOIN order_lines l ON l.order_id = o.order_id
        WHERE o.settled = 1 GROUP BY o.order_id
        HAVING sum(l.open + l.allocated + l.backordered + l.released) > 0""",
    "line quantities add up": """
        SELECT 'line ' || line_id, ordered,
               cancelled + open + allocated + backordered + released + shipped
        FROM order_lines
        WHERE ordered <> cancelled + open + allocated + backordered + released + shipped
           OR min(cancelled, open, allocated, backordered, released, shipped) < 0""",
    "line quantities are the sum of the line ledger": """
        WITH moved AS (
            SELECT g.source, g.target, json_extract(m.value, '$[0]') AS line_id,
                   json_extract(m.value, '$[1]') AS units
            FROM line_ledger g, json_each(g.moves) m),
        quantity (name) AS (
            VALUES ('cancelled'), ('open'), ('allocated'), ('backordered'), ('released'),
                   ('shipped')),
        folded AS (
            SELECT m.line_id, q.name,
                   sum(CASE q.name WHEN m.target THEN m.units ELSE 0 END)
                   - sum(CASE q.name WHEN m.source THEN m.units ELSE 0 END) AS units
            FROM moved m JOIN quantity q ON q.name IN (m.source, m.target)
            GROUP BY m.line_id, q.name),
        stored AS (
            SELECT line_id, name, CASE name
                       WHEN 'cancelled' THEN cancelled WHEN 'open' THEN open
                       WHEN 'allocated' THEN allocated WHEN 'backordered' THEN backordered
                       WHEN 'released' THEN released ELSE shipped END AS units
            FROM order_lines, quantity)
        SELECT 'line ' || line_id || ' ' || name,
               coalesce(sum(units) FILTER (WHERE is_stored), 'no such line'),
               coalesce(sum(units) FILTER (WHERE NOT is_stored), 0)
        FROM (SELECT line_id, name, units, 1 AS is_stored FROM stored
              UNION ALL SELECT line_id, name, units, 0 FROM folded)
        GROUP BY line_id, name
        HAVING coalesce(sum(units) FILTER (WHERE is_stored), -1)
               <> coalesce(sum(units) FILTER (WHERE NOT is_stored), 0)""",
    "allocated is what unreleased allocations say": """
        SELECT 'line ' || l.line_id, l.allocated, coalesce(sum(a.quantity), 0)
        FROM order_lines l
        LEFT JOIN allocations a ON a.line_id = l.line_id AND a.shipment_id IS NULL
        GROUP BY l.line_id HAVING l.allocated <> coalesce(sum(a.quantity), 0)""",
    "released is what shipments still owe": """
        SELECT 'line ' || l.line_id, l.released,
               coalesce(sum(a.quantity - a.shipped - a.short), 0)
        FROM order_lines l
        LEFT JOIN allocations a ON a.line_id = l.line_id AND a.shipment_id IS NOT NULL
        GROUP BY l.line_id
        HAVING l.released <> coalesce(sum(a.quantity - a.shipped - a.short), 0)""",
    "shipped is what 945s said": """
        SELECT 'line ' || l.line_id, l.shipped, coalesce(sum(a.shipped), 0)
        FROM order_lines l LEFT JOIN allocations a ON a.line_id = l.line_id
        GROUP BY l.line_id HAVING l.shipped <> coalesce(sum(a.shipped), 0)""",
    "shipped units are in cartons": """
        SELECT 'allocation ' || a.allocation_id, a.shipped, coalesce(sum(p.quantity), 0)
        FROM allocations a LEFT JOIN package_lines p ON p.allocation_id = a.allocation_id
        GROUP BY a.allocation_id HAVING a.shipped <> coalesce(sum(p.quantity), 0)""",
    "on hand is the sum of the ledger": """
        SELECT s.item || ' at ' || s.node, s.on_hand, coalesce(sum(l.on_hand_delta), 0)
        FROM stock_levels s LEFT JOIN stock_ledger l ON l.item = s.item AND l.node = s.node
        GROUP BY s.item, s.node HAVING s.on_hand <> coalesce(sum(l.on_hand_delta), 0)""",
    "reserved is the sum of the ledger": """
        SELECT s.item || ' at ' || s.node, s.reserved, coalesce(sum(l.reserved_delta), 0)
        FROM stock_levels s LEFT JOIN stock_ledger l ON l.item = s.item AND l.node = s.node
        GROUP BY s.item, s.node HAVING s.reserved <> coalesce(sum(l.reserved_delta), 0)""",
    "oversold is the sum of the ledger": """
        SELECT s.item || ' at ' || s.node, s.oversold, coalesce(sum(l.oversold_delta), 0)
        FROM stock_levels s LEFT JOIN stock_ledger l ON l.item = s.item AND l.node = s.node
        GROUP BY s.item, s.node HAVING s.oversold <> coalesce(sum(l.oversold_delta), 0)""",
    "held is the sum of the ledger": """
        SELECT s.item || ' at ' || s.node, s.held, coalesce(sum(l.held_delta), 0)
        FROM stock_levels s LEFT JOIN stock_ledger l ON l.item = s.item AND l.node = s.node
        GROUP BY s.item, s.node HAVING s.held <> coalesce(sum(l.held_delta), 0)""",
    "doubted is the sum of the ledger": """
        SELECT s.item || ' at ' || s.node, s.doubted, coalesce(sum(l.doubted_delta), 0)
        FROM stock_levels s LEFT JOIN stock_ledger l ON l.item = s.item AND l.node = s.node
        GROUP BY s.item, s.node HAVING s.doubted <> coalesce(sum(l.doubted_delta), 0)""",
    "the last count differs from the ledger by its drift": """
        SELECT item || ' at ' || node, drift, counted - on_hand + after
        FROM (SELECT c.item, c.node, c.drift, c.counted, s.on_hand,
                     (SELECT coalesce(sum(l.on_hand_delta), 0) FROM stock_ledger l
                      WHERE l.item = c.item AND l.node = c.node AND l.kind <> 'snapshot'
                        AND (l.moved_at > c.as_of
                             OR (l.moved_at = c.as_of AND l.entry_id > c.entry_id))) AS after
              FROM stock_counts c JOIN stock_levels s ON s.item = c.item AND s.node = c.node
              WHERE c.as_of <= c.at)
        WHERE drift <> counted - on_hand + after""",
    "doubted is what the last count misses": """
        SELECT s.item || ' at ' || s.node, s.doubted,
               CASE WHEN c.is_final THEN 0 ELSE max(0, -c.drift) END
        FROM stock_levels s JOIN stock_counts c ON c.item = s.item AND c.node = s.node
        WHERE s.doubted <> CASE WHEN c.is_final THEN 0 ELSE max(0, -c.drift) END""",
    "no document moved an item twice for one reason": """
        SELECT 'document ' || document_id || ' ' || item || ': ' || note, 1, count(*)
        FROM stock_ledger WHERE document_id IS NOT NULL AND kind IN ('receipt', 'status')
        GROUP BY document_id, item, node, note HAVING count(*) > 1""",
    "what came of inbound goods is what documents said": """
        SELECT 'inbound ' || i.inbound_id || ' ' || i.reference || ' ' || i.item,
               i.advised + i.received + i.missing, coalesce(sum(m.units), 0)
        FROM inbound i LEFT JOIN inbound_moves m ON m.inbound_id = i.inbound_id
        GROUP BY i.inbound_id
        HAVING i.advised <> coalesce(sum(m.units) FILTER (WHERE m.kind = 'advised'), 0)
            OR i.received <> coalesce(sum(m.units) FILTER (WHERE m.kind = 'received'), 0)
            OR i.missing <> coalesce(sum(m.units) FILTER (WHERE m.kind = 'missing'), 0)""",
    "goods received are on the shelf": """
        SELECT 'document ' || m.document_id || ' ' || i.item || ' at ' || i.node, sum(m.units),
               (SELECT coalesce(sum(l.on_hand_delta), 0) FROM stock_ledger l
                WHERE l.document_id = m.document_id AND l.item = i.item AND l.node = i.node)
        FROM inbound_moves m JOIN inbound i ON i.inbound_id = m.inbound_id
        WHERE m.kind = 'received' AND m.document_id IS NOT NULL
        GROUP BY m.document_id, i.item, i.node
        HAVING sum(m.units) > (SELECT coalesce(sum(l.on_hand_delta), 0) FROM stock_ledger l
                WHERE l.document_id = m.document_id AND l.item = i.item AND l.node = i.node)""",
    "only what waits has a promise": """
        SELECT 'line ' || p.line_id, p.ship_on, 'nothing of it waits'
        FROM promises p JOIN order_lines l ON l.line_id = p.line_id WHERE l.backordered = 0""",
    "reserved is what allocations hold": """
        SELECT s.item || ' at ' || s.node, s.reserved,
               coalesce(sum(a.quantity - a.shipped - a.short), 0)
        FROM stock_levels s
        LEFT JOIN order_lines l ON l.item = s.item
        LEFT JOIN allocations a ON a.line_id = l.line_id AND a.node = s.node
        GROUP BY s.item, s.node
        HAVING s.reserved <> coalesce(sum(a.quantity - a.shipped - a.short), 0)""",
    "a line holds what the ledger reserved for it": """
        SELECT 'line ' || l.line_id, l.allocated + l.released, coalesce(sum(g.reserved_delta), 0)
        FROM order_lines l LEFT JOIN stock_ledger g ON g.line_id = l.line_id
        GROUP BY l.line_id
        HAVING l.allocated + l.released <> coalesce(sum(g.reserved_delta), 0)""",
    "a line shipped what left the ledger for it": """
        SELECT 'line ' || l.line_id, l.shipped, -coalesce(sum(g.on_hand_delta), 0)
        FROM order_lines l
        LEFT JOIN stock_ledger g ON g.line_id = l.line_id AND g.kind = 'shipment'
        GROUP BY l.line_id HAVING l.shipped <> -coalesce(sum(g.on_hand_delta), 0)""",
    "a shipment ships lines of its order from its node": """
        SELECT 'shipment ' || s.depositor_order, s.order_id || ' from ' || s.node,
               l.order_id || ' from ' || a.node
        FROM shipments s JOIN allocations a ON a.shipment_id = s.shipment_id
        JOIN order_lines l ON l.line_id = a.line_id
        WHERE (s.order_id, s.node, s.destination) <> (l.order_id, a.node, l.destination)""",
    "every allocation has stock behind it": """
        SELECT 'allocation ' || a.allocation_id, a.quantity, 'no stock level of ' || l.item
        FROM allocations a JOIN order_lines l ON l.line_id = a.line_id
        LEFT JOIN stock_levels s ON s.item = l.item AND s.node = a.node
        WHERE s.item IS NULL""",
    "the ledger never promised what it did not know": """
        SELECT item || ' at ' || node || ' entry ' || entry_id, reserved,
               max(0, on_hand - held - doubted) + oversold
        FROM (SELECT item, node, entry_id,
                     sum(on_hand_delta) OVER w AS on_hand,
                     sum(held_delta) OVER w AS held,
                     sum(doubted_delta) OVER w AS doubted,
                     sum(reserved_delta) OVER w AS reserved,
                     sum(oversold_delta) OVER w AS oversold
              FROM stock_ledger
              WINDOW w AS (PARTITION BY item, node ORDER BY entry_id))
        WHERE reserved > max(0, on_hand - held - doubted) + oversold OR reserved < 0
           OR on_hand < 0 OR held < 0 OR held > on_hand""",
    "closed shipments owe nothing": """
        SELECT 'shipment ' || s.depositor_order, s.state, sum(a.quantity - a.shipped - a.short)
        FROM shipments s JOIN allocations a ON a.shipment_id = s.shipment_id
        GROUP BY s.shipment_id
        HAVING (s.state = 'closed') <> (sum(a.quantity - a.shipped - a.short) = 0)""",
    "every shipment was ordered by one 940 or 850, and each change asked for by another": """
        SELECT 'shipment ' || s.depositor_order, 1 + (SELECT count(*) FROM requests r
                   WHERE r.shipment_id = s.shipment_id
                     AND r.told NOT IN ('', 'none', 'next')) AS asked,
               count(d.document_id) AS told
        FROM shipments s
        LEFT JOIN documents d ON d.shipment_id = s.shipment_id
             AND d.direction = 'out' AND d.set_id IN ('940', '850')
             AND d.outbox_id NOT IN (SELECT outbox_id FROM outbox WHERE reissue_of IS NOT NULL)
        GROUP BY s.shipment_id HAVING asked <> told""",
    "node records are what loads say": """
        SELECT 'node ' || n.node, coalesce(r.shipped, 0) || ', late ' || coalesce(r.late, 0),
               coalesce(s.shipped, 0) || ', late ' || coalesce(s.late, 0)
        FROM (SELECT node FROM node_records UNION SELECT node FROM shipments) n
        LEFT JOIN node_records r ON r.node = n.node
        LEFT JOIN (SELECT p.node, count(*) AS shipped,
                          sum(d.shipped_on > coalesce(p.ship_on, '9999')) AS late
                   FROM dispatches d JOIN shipments p ON p.shipment_id = d.shipment_id
                   GROUP BY p.node) s ON s.node = n.node
        WHERE coalesce(r.shipped, 0) <> coalesce(s.shipped, 0)
           OR coalesce(r.late, 0) <> coalesce(s.late, 0)""",
    "no warehouse is asked to stop more than it was to ship": """
        SELECT 'allocation ' || a.allocation_id, a.quantity - a.short,
               sum(p.units - p.stopped)
        FROM stops p JOIN requests r ON r.request_id = p.request_id AND r.state = 'requested'
        JOIN allocations a ON a.allocation_id = p.allocation_id
        GROUP BY a.allocation_id
        HAVING sum(p.units - p.stopped) > a.quantity - a.short""",
    "a change is settled when all of it is": """
        SELECT 'change ' || c.change_id, c.state, count(l.number)
        FROM changes c LEFT JOIN change_lines l
             ON l.change_id = c.change_id AND l.outcome = 'pending'
        WHERE c.state <> 'waiting'
        GROUP BY c.change_id HAVING (c.state = 'settled') <> (count(l.number) = 0)""",
    "no control number was used twice": """
        SELECT partner || ' ' || isa_control, 1, count(*) FROM outbox
        GROUP BY partner, isa_control HAVING count(*) > 1""",
    "counters are at or above every number used": """
        SELECT c.name, c.value, max(CAST(o.isa_control AS INTEGER))
        FROM counters c JOIN outbox o ON c.name = 'isa:' || o.partner
        GROUP BY c.name HAVING c.value < max(CAST(o.isa_control AS INTEGER))""",
    "every file has a final state": """
        SELECT 'file ' || file_id, state, kind FROM files
        WHERE kind = '' OR (state = 'repeat') <> (repeat_of IS NOT NULL)""",
}


def divergences(connection: Connection, *, archive: Path, work: Path) -> Iterator[tuple[str, str]]:
    """Yield (check, what differs) for everything that does not agree."""
    for name, sql in _BALANCES.items():
        for what, stored, computed in connection.execute(sql):
            yield name, f"{what}: stored {stored}, computed {computed}"
    yield from _outgoing(connection)
    yield from _archived(connection, archive)
    yield from _inputs(connection, archive)
    yield from _unknown(connection, archive, work)
    for (fault,) in connection.execute("PRAGMA quick_check"):
        if fault != "ok":
            yield "the database file is whole", str(fault)
    for table, rowid, parent, _ in connection.execute("PRAGMA foreign_key_check"):
        yield "every reference leads somewhere", f"{table} row {rowid} to {parent}"


def _outgoing(connection: Connection) -> Iterator[tuple[str, str]]:
    yield from _documents_out(connection)
    for partner, name, sha256, content in connection.execute(
        "SELECT partner, file_name, sha256, content FROM outbox"
    ):
        if hashlib.sha256(content).hexdigest() != sha256:
            yield "outgoing bytes are as they were written", f"{partner}/{name}"


def _documents_out(connection: Connection) -> Iterator[tuple[str, str]]:
    """Yield documents that do not stand where the book says in the bytes that went out."""
    for document, set_id, control, part in connection.execute(
        "SELECT d.document_id, d.set_id, d.st_control,"
        " substr(o.content, d.start_byte + 1, d.size_bytes)"
        " FROM documents d JOIN outbox o ON o.outbox_id = d.outbox_id"
    ):
        start = part[2:3].join((b"ST", set_id.encode(), control.encode()))
        if set_id == CALL:
            start = b'{"event":"' + control.encode() + b'"'
        if not part.startswith(start):
            yield "every document stands in its file", f"document {document}: {set_id} {control}"


def _archived(connection: Connection, archive: Path) -> Iterator[tuple[str, str]]:
    for file_id, size, sha256, kind in connection.execute(
        "SELECT file_id, size_bytes, sha256, kind FROM files"
    ):
        path = archive / sha256[:2] / sha256
        if not path.exists():
            yield "every file received is in the archive", f"file {file_id}: {sha256} is missing"
            continue
        with open(path, "rb") as stream:
            whole = _sha256(stream) == sha256
            if not whole or (stream.tell() != size and kind != _TOO_LARGE):
                yield "archived bytes are as they came", f"file {file_id}: {sha256}"


def _unknown(connection: Connection, archive: Path, work: Path) -> Iterator[tuple[str, str]]:
    """Yield archived bytes no file accounts for: an older copy of the book was restored.

    Read in this order, because a file is archived before it is committed and leaves `work` after.
    """
    kept = {path.name for path in archive.glob("??/*") if not path.name.startswith(".")}
    for path in work.glob("*"):
        with suppress(FileNotFoundError), open(path, "rb") as stream:
            kept.discard(_sha256(stream))
    kept -= {sha256 for (sha256,) in connection.execute("SELECT sha256 FROM files")}
    for sha256 in sorted(kept - archived(connection)):
        if is_settings((archive / sha256[:2] / sha256).read_bytes()):
            continue
        told = f"{sha256} is not; have it sent, or imported, again"
        yield "every archived file is in the book", told


def _inputs(connection: Connection, archive: Path) -> Iterator[tuple[str, str]]:
    """Yield what a replay would miss of imports and settings."""
    for sha256 in sorted(archived(connection)):
        path = archive / sha256[:2] / sha256
        if not path.exists():
            yield "every import and setting is in the archive", f"{sha256} is missing"
            continue
        with open(path, "rb") as stream:
            if _sha256(stream) != sha256:
                yield "archived bytes are as they came", sha256


def _sha256(stream: BufferedReader) -> str:
    return hashlib.file_digest(stream, "sha256").hexdigest()
