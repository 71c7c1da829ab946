"""Goods on their way to a node: announced by a 943, an 856 or an import, used up by 944s."""

from collections.abc import Collection, Sequence
from sqlite3 import Connection
from typing import NamedTuple


class Inbound(NamedTuple):
    """One item of one delivery; `expected` = what came or will not + what is still to come."""

    inbound_id: int
    item: str
    node: str
    #: 943, 856 or import.
    source: str
    reference: str
    delivery: str
    due_on: str
    expected: int
    #: 1: it will be blocked on arrival.
    held: int
    advised: int
    received: int
    missing: int

    @property
    def left(self) -> int:
        """Units still to come."""
        return self.expected - self.advised - self.received - self.missing


_COLUMNS = ", ".join(Inbound._fields)
_OPEN = "expected > advised + received + missing"


def read(
    connection: Connection, *, node: str, item: str, reference: str, delivery: str, source: str
) -> Inbound | None:
    """Return one item of one delivery."""
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM inbound WHERE node = ? AND item = ? AND reference = ?"
        " AND delivery = ? AND source = ?",
        (node, item, reference, delivery, source),
    ).fetchone()
    return Inbound(*row) if row else None


def put(
    connection: Connection,
    *,
    node: str,
    item: str,
    reference: str,
    delivery: str,
    source: str,
    due_on: str,
    expected: int,
    held: bool = False,
) -> int:
    """Announce units, or change what was announced; never below what came already."""
    rows = connection.execute(
        "INSERT INTO inbound (item, node, source, reference, delivery, due_on, expected, held)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (node, item, reference, delivery, source)"
        " DO UPDATE SET due_on = excluded.due_on, held = excluded.held,"
        " expected = max(excluded.expected, advised + received + missing) RETURNING inbound_id",
        (item, node, source, reference, delivery, due_on, expected, int(held)),
    ).fetchall()
    return int(rows[0][0])


def matching(
    connection: Connection, *, node: str, item: str, references: Collection[str]
) -> list[Inbound]:
    """Return deliveries of an item a document may be about, the soonest first, closed ones too."""
    marks = ", ".join("?" * len(references))
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM inbound WHERE node = ? AND item = ? AND (reference IN ({marks})"
        f" OR delivery IN ({marks})) ORDER BY source, due_on, inbound_id",
        (node, item, *references, *references),
    ).fetchall()
    return [Inbound(*row) for row in rows]


def move(
    connection: Connection,
    inbound_id: int,
    kind: str,
    units: int,
    *,
    document_id: int | None,
    note: str,
    at: str,
) -> None:
    """Use up units of a delivery: received, missing, or told by a document that stands for them."""
    connection.execute(
        f"UPDATE inbound SET {kind} = {kind} + ? WHERE inbound_id = ?", (units, inbound_id)
    )
    connection.execute(
        "INSERT INTO inbound_moves (inbound_id, at, kind, units, document_id, note)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (inbound_id, at, kind, units, document_id, note),
    )


def still_to_come(connection: Connection, items: Sequence[str] | None = None) -> list[Inbound]:
    """Return what is still to come, of all items or some, the soonest first."""
    some = "" if items is None else f" AND item IN ({', '.join('?' * len(items))})"
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM inbound WHERE {_OPEN}{some} ORDER BY due_on, inbound_id",
        tuple(items or ()),
    ).fetchall()
    return [Inbound(*row) for row in rows]


def of_source(connection: Connection, source: str) -> dict[tuple[str, str, str, str], Inbound]:
    """Return deliveries of a source by node, item, reference and delivery."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM inbound WHERE source = ?", (source,)
    ).fetchall()
    found = [Inbound(*row) for row in rows]
    return {(one.node, one.item, one.reference, one.delivery): one for one in found}


def items_to_come(connection: Connection) -> set[str]:
    """Return the items of which something is still to come."""
    rows = connection.execute(f"SELECT DISTINCT item FROM inbound WHERE {_OPEN}").fetchall()
    return {item for (item,) in rows}
