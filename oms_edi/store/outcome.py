"""What came of an order book, under names that two books have in common.

Numbers of ours depend on the order of things, so orders are named by partner, PO, release and which
of them it is; their shipments by node and lines; documents by partner, set and order.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from sqlite3 import Connection
from typing import NamedTuple

from oms_edi.store.outbox import CALL


class OrderKey(NamedTuple):
    """One order in either book."""

    partner: str
    po_number: str
    release_number: str
    #: Which one of those with this PO, from 1.
    nth: int

    def __str__(self) -> str:
        again = f" ({self.nth})" if self.nth > 1 else ""
        release = f"/{self.release_number}" if self.release_number else ""
        return f"{self.partner} PO {self.po_number}{release}{again}"


class ShipmentKey(NamedTuple):
    """A shipment by what is in it: where from, and (buyer's line, item, units)."""

    order: OrderKey
    node: str
    lines: tuple[tuple[str, str, int], ...]


class Placed(NamedTuple):
    """What a line of an order got."""

    ordered: int
    cancelled: int
    #: Units allocated, released or shipped, by node.
    nodes: tuple[tuple[str, int], ...]
    waiting: int
    #: Units that arrive, or leave, after the last day the order allows.
    late: int


class OutDocumentKey(NamedTuple):
    """A document that went out."""

    partner: str
    set_id: str
    #: None for what is about no order: a 997.
    order: OrderKey | None
    nth: int


class OutDocument(NamedTuple):
    """Where a document that went out stands."""

    document_id: int
    outbox_id: int
    start_byte: int
    size_bytes: int


def _order_keys(connection: Connection) -> dict[int, OrderKey]:
    """Return the key of every order by its id."""
    seen: Counter[tuple[str, str, str]] = Counter()
    keys: dict[int, OrderKey] = {}
    for order_id, *name in connection.execute(
        "SELECT order_id, partner, po_number, release_number FROM orders ORDER BY order_id"
    ):
        partner, po_number, release_number = name
        seen[partner, po_number, release_number] += 1
        nth = seen[partner, po_number, release_number]
        keys[order_id] = OrderKey(partner, po_number, release_number, nth)
    return keys


def order_key(connection: Connection, order_id: int) -> OrderKey:
    """Return the key of one order."""
    row = connection.execute(
        "SELECT o.partner, o.po_number, o.release_number, (SELECT count(*) FROM orders b"
        " WHERE b.partner = o.partner AND b.po_number = o.po_number"
        " AND b.release_number = o.release_number AND b.order_id <= o.order_id)"
        " FROM orders o WHERE o.order_id = ?",
        (order_id,),
    ).fetchone()
    return OrderKey(*row)


def find_order(connection: Connection, key: OrderKey) -> int | None:
    """Return the id of the order with this key."""
    rows = connection.execute(
        "SELECT order_id FROM orders WHERE po_number = ? AND partner = ? AND release_number = ?"
        " ORDER BY order_id",
        (key.po_number, key.partner, key.release_number),
    ).fetchall()
    return int(rows[key.nth - 1][0]) if len(rows) >= key.nth else None


class Told(NamedTuple):
    """A shipment as its 940 told it."""

    depositor_order: str
    shipment_id: int
    order_id: int
    state: str
    node: str


def shipment_key(connection: Connection, told: Told) -> ShipmentKey:
    """Return what is in a shipment."""
    rows = connection.execute(
        "SELECT l.buyer_line, coalesce(l.item, ''), a.quantity FROM allocations a"
        " JOIN order_lines l ON l.line_id = a.line_id WHERE a.shipment_id = ? ORDER BY 1, 2, 3",
        (told.shipment_id,),
    ).fetchall()
    return ShipmentKey(order_key(connection, told.order_id), told.node, tuple(map(tuple, rows)))


_TOLD = "SELECT depositor_order, shipment_id, order_id, state, node FROM shipments "


def all_shipments(connection: Connection) -> Iterator[Told]:
    """Yield every shipment."""
    for row in connection.execute(_TOLD + "ORDER BY shipment_id").fetchall():
        yield Told(*row)


def shipments_of(connection: Connection, order_id: int) -> list[Told]:
    """Return the shipments of an order."""
    rows = connection.execute(_TOLD + "WHERE order_id = ? ORDER BY shipment_id", (order_id,))
    return [Told(*row) for row in rows]


def released_before(connection: Connection, day: str) -> list[Told]:
    """Return shipments no warehouse has reported whose day was before `day`."""
    rows = connection.execute(
        _TOLD + "WHERE state = 'released' AND ship_on < ? ORDER BY shipment_id", (day,)
    )
    return [Told(*row) for row in rows]


def shipped_units(
    connection: Connection, item: str, node: str, *, until: str, before_document: int | None = None
) -> int:
    """Return units that left a node up to an instant; only those told before a document, if any."""
    (units,) = connection.execute(
        "SELECT coalesce(-sum(on_hand_delta), 0) FROM stock_ledger"
        " WHERE item = ?1 AND node = ?2 AND kind = 'shipment' AND at <= ?3"
        " AND (?4 IS NULL OR document_id IS NULL OR document_id < ?4)",
        (item, node, until, before_document),
    ).fetchone()
    return int(units)


def first_document(connection: Connection, claim_id: str) -> int | None:
    """Return the first document of a file, or of those after it; None where there is none."""
    row = connection.execute(
        "SELECT d.document_id FROM documents d"
        " WHERE d.file_id >= (SELECT file_id FROM files WHERE claim_id = ?)"
        " ORDER BY d.file_id, d.document_id LIMIT 1",
        (claim_id,),
    ).fetchone()
    return int(row[0]) if row else None


def shipping_order_of(connection: Connection, shipment_id: int) -> bytes:
    """Return the interchange in which a shipment was ordered last."""
    row = connection.execute(
        "SELECT o.content FROM documents d JOIN outbox o ON o.outbox_id = d.outbox_id"
        " WHERE d.shipment_id = ? AND d.set_id IN ('940', '850')"
        " ORDER BY d.document_id DESC LIMIT 1",
        (shipment_id,),
    ).fetchone()
    return bytes(row[0])


def placed_lines(connection: Connection) -> dict[tuple[OrderKey, str, str], Placed]:
    """Return what every line got, by order, buyer's line and item; shares of a line together."""
    keys = _order_keys(connection)
    nodes: dict[int, Counter[str]] = {}
    late: Counter[int] = Counter()
    for line_id, node, units, is_late in connection.execute(
        "SELECT a.line_id, a.node, a.quantity - a.short,"
        " coalesce(a.deliver_on > coalesce(l.requested_on, o.deliver_by), 0)"
        " OR coalesce(a.ship_on > o.not_after, 0)"
        " FROM allocations a JOIN order_lines l ON l.line_id = a.line_id"
        " JOIN orders o ON o.order_id = l.order_id"
    ):
        nodes.setdefault(line_id, Counter())[node] += units
        late[line_id] += units if is_late else 0
    found: dict[tuple[OrderKey, str, str], Placed] = {}
    for line_id, order_id, buyer_line, item, ordered, cancelled, waiting in connection.execute(
        "SELECT line_id, order_id, buyer_line, coalesce(item, ''), ordered, cancelled,"
        " open + backordered FROM order_lines ORDER BY line_id"
    ):
        key = (keys[order_id], buyer_line, item)
        before = found.get(key, Placed(0, 0, (), 0, 0))
        took = Counter(dict(before.nodes)) + nodes.get(line_id, Counter())
        found[key] = Placed(
            before.ordered + ordered,
            before.cancelled + cancelled,
            tuple(sorted((node, units) for node, units in took.items() if units)),
            before.waiting + waiting,
            before.late + late[line_id],
        )
    return found


def shipments_by_order(connection: Connection) -> Counter[OrderKey]:
    """Return how many shipments each order became, planned ones with them."""
    keys = _order_keys(connection)
    rows = connection.execute(
        "SELECT order_id, count(*) FROM (SELECT DISTINCT l.order_id, l.destination, a.node,"
        " coalesce(a.shipment_id, 0) FROM allocations a"
        " JOIN order_lines l ON l.line_id = a.line_id WHERE a.quantity > a.short)"
        " GROUP BY order_id"
    )
    return Counter({keys[order_id]: count for order_id, count in rows})


def decisions(connection: Connection) -> Iterator[tuple[OrderKey, int, str]]:
    """Yield (order, destination, decision as JSON), oldest first."""
    keys = _order_keys(connection)
    for order_id, destination, text in connection.execute(
        "SELECT order_id, destination, decision FROM decisions ORDER BY decision_id"
    ):
        yield keys[order_id], destination, text


def sent_documents(connection: Connection) -> dict[OutDocumentKey, OutDocument]:
    """Return every document that went out, and where it stands."""
    keys = _order_keys(connection)
    seen: Counter[tuple[str, str, OrderKey | None]] = Counter()
    found: dict[OutDocumentKey, OutDocument] = {}
    for document_id, partner, set_id, order_id, outbox_id, start, size in connection.execute(
        "SELECT document_id, partner, set_id, order_id, outbox_id, start_byte, size_bytes"
        " FROM documents WHERE direction = 'out' ORDER BY document_id"
    ):
        order = keys.get(order_id)
        seen[partner, set_id, order] += 1
        key = OutDocumentKey(partner, set_id, order, seen[partner, set_id, order])
        found[key] = OutDocument(document_id, outbox_id, start, size)
    return found


def exceptions(connection: Connection) -> Counter[tuple[str, str]]:
    """Return how often each exception was opened, by kind and order or subject."""
    keys = _order_keys(connection)
    rows = connection.execute("SELECT kind, subject, order_id FROM exceptions")
    return Counter((kind, str(keys.get(order, subject))) for kind, subject, order in rows)


def exception_by_id(connection: Connection, exception_id: int) -> tuple[str, str] | None:
    """Return kind and subject of an exception."""
    row = connection.execute(
        "SELECT kind, subject FROM exceptions WHERE exception_id = ?", (exception_id,)
    ).fetchone()
    return (row[0], row[1]) if row else None


def open_exception_id(connection: Connection, kind: str, subject: str) -> int | None:
    """Return the id of the exception that is open for a kind and subject."""
    row = connection.execute(
        "SELECT exception_id FROM exceptions WHERE kind = ? AND subject = ? AND closed_at IS NULL",
        (kind, subject),
    ).fetchone()
    return int(row[0]) if row else None


def sent_ids(connection: Connection, partner: str, set_id: str, order_id: int) -> list[int]:
    """Return the documents of a kind that went to a partner about an order, oldest first."""
    rows = connection.execute(
        "SELECT document_id FROM documents WHERE order_id = ? AND direction = 'out'"
        " AND partner = ? AND set_id = ? ORDER BY document_id",
        (order_id, partner, set_id),
    ).fetchall()
    return [document_id for (document_id,) in rows]


def partner_of(connection: Connection, outbox_id: int) -> str:
    """Return who an outgoing file is for."""
    row = connection.execute(
        "SELECT partner FROM outbox WHERE outbox_id = ?", (outbox_id,)
    ).fetchone()
    return str(row[0])


def set_verdict(connection: Connection, document_id: int, verdict: str) -> None:
    """Note what a partner said of a document that waits for it."""
    connection.execute(
        "UPDATE documents SET verdict = ? WHERE document_id = ? AND verdict IN ('owed', 'sent')",
        (verdict, document_id),
    )


def warehouse_of(connection: Connection, shipment_id: int) -> str:
    """Return the partner that was told to ship a shipment."""
    row = connection.execute(
        "SELECT partner FROM documents WHERE shipment_id = ? AND set_id = '940' LIMIT 1",
        (shipment_id,),
    ).fetchone()
    return str(row[0])


def called_partners(connection: Connection) -> set[str]:
    """Return the partners whose servers are owed, or got, calls."""
    rows = connection.execute("SELECT DISTINCT partner FROM outbox WHERE set_id = ?", (CALL,))
    return {partner for (partner,) in rows}


def file_names(connection: Connection, outbox_ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Return partner and file name of what was owed, by outbox id."""
    found = {}
    for outbox_id in outbox_ids:
        row = connection.execute(
            "SELECT partner, file_name FROM outbox WHERE outbox_id = ?", (outbox_id,)
        ).fetchone()
        if row:
            found[outbox_id] = (row[0], row[1])
    return found
