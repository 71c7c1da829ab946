"""Receipts, adjustments and transfers that were booked: what comes again is known again."""

from sqlite3 import Connection
from typing import NamedTuple


class Booked(NamedTuple):
    """A document that was booked under its number."""

    #: The inbound document its ledger rows name.
    document_id: int
    sha256: str
    at: str


def find(connection: Connection, set_id: str, partner: str, number: str) -> Booked | None:
    """Return what this partner sent before under this number."""
    row = connection.execute(
        "SELECT document_id, sha256, at FROM stock_documents"
        " WHERE set_id = ? AND partner = ? AND number = ?",
        (set_id, partner, number),
    ).fetchone()
    return Booked(*row) if row else None


def put(
    connection: Connection,
    set_id: str,
    partner: str,
    number: str,
    *,
    sha256: str,
    document_id: int,
    node: str,
    is_whole: bool,
    at: str,
) -> None:
    """Note that a document is booked, wholly or in part; one that replaces another takes over."""
    connection.execute(
        "INSERT INTO stock_documents (set_id, partner, number, sha256, document_id, node, is_whole,"
        " at) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (set_id, partner, number) DO UPDATE SET"
        " sha256 = excluded.sha256, document_id = excluded.document_id,"
        " is_whole = excluded.is_whole, at = excluded.at",
        (set_id, partner, number, sha256, document_id, node, int(is_whole), at),
    )


def rows_booked(connection: Connection, document_id: int) -> set[tuple[str, str]]:
    """Return (item, note) of what was booked for a document."""
    return set(
        connection.execute(
            "SELECT item, note FROM stock_ledger WHERE document_id = ?", (document_id,)
        ).fetchall()
    )


def sums_booked(connection: Connection, document_id: int) -> list[tuple[str, str, int, int, str]]:
    """Return (item, node, on hand, held, moved at) a document changed in all."""
    return connection.execute(
        "SELECT item, node, sum(on_hand_delta), sum(held_delta), max(moved_at) FROM stock_ledger"
        " WHERE document_id = ? GROUP BY item, node ORDER BY item, node",
        (document_id,),
    ).fetchall()
