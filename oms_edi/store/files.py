"""What came in: files, interchanges, inbound transaction sets, crash counts."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from sqlite3 import Connection
from typing import NamedTuple

from oms_edi.domain.issue import Issue
from oms_edi.store.book import new_id, write_later


def issues_json(issues: Sequence[Issue]) -> str:
    """Write issues compactly: only what is set."""
    if not issues:
        return "[]"
    return json.dumps(
        [
            {key: value for key, value in asdict(issue).items() if value not in ("", 0, -1)}
            for issue in issues
        ],
        separators=(",", ":"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    """A file that was claimed and archived."""

    claim_id: str
    partner: str
    name: str
    size_bytes: int
    sha256: str


def is_committed(connection: Connection, claim_id: str) -> bool:
    """True if this arrival was dealt with."""
    row = connection.execute("SELECT 1 FROM files WHERE claim_id = ?", (claim_id,)).fetchone()
    return row is not None


class TakenRequest(NamedTuple):
    """A request of a portal that was done."""

    file_id: int
    #: What it asked for, as the list of files calls it.
    kind: str
    sha256: str
    order_id: int


def request_taken(connection: Connection, claim_id: str) -> TakenRequest | None:
    """Return what was done under a claim id that is no random one, None if nothing was."""
    row = connection.execute(
        "SELECT f.file_id, f.kind, f.sha256, d.order_id FROM files f"
        " JOIN documents d ON d.file_id = f.file_id WHERE f.claim_id = ?",
        (claim_id,),
    ).fetchone()
    return TakenRequest(*row) if row else None


def add_crash(connection: Connection, claim_id: str) -> int:
    """Count a start of work on an arrival; return how often it was started."""
    rows = connection.execute(
        "INSERT INTO crashes (claim_id, count) VALUES (?, 1)"
        " ON CONFLICT (claim_id) DO UPDATE SET count = count + 1 RETURNING count",
        (claim_id,),
    ).fetchall()
    return int(rows[0][0])


#: Reports that are read again whenever they come: a count is true at its time however often it is
#: told, a 945, 855 or 856 that found no shipment may find it now, and of a 943, 944 or 947 that
#: named an item nobody knew the rest may be booked now.
_AGAIN = (
    "(d.set_id = '846' OR (d.set_id IN ('945', '855', '856') AND d.shipment_id IS NULL)"
    " OR (d.set_id IN ('943', '944', '947') AND NOT EXISTS (SELECT 1 FROM stock_documents s"
    " WHERE s.document_id = d.document_id AND s.is_whole = 1)))"
)


def taken_before(connection: Connection, partner: str, sha256: str, *, file_id: int) -> int | None:
    """Return the file that brought these bytes before if there is nothing more to take from them.

    A file of which something was refused is read again: its parts know what they are.
    """
    row = connection.execute(
        "SELECT file_id FROM files f WHERE sha256 = ? AND partner = ? AND file_id < ?"
        " AND state = 'accepted' AND kind <> 'stock_csv' AND NOT EXISTS"
        f" (SELECT 1 FROM documents d WHERE d.file_id = f.file_id AND {_AGAIN})"
        " ORDER BY file_id LIMIT 1",
        (sha256, partner, file_id),
    ).fetchone()
    return int(row[0]) if row else None


def earlier_copies(connection: Connection, file_id: int) -> list[int]:
    """Return the files that brought the same bytes from the same partner before this one."""
    rows = connection.execute(
        "SELECT f.file_id FROM files f JOIN files me ON me.sha256 = f.sha256"
        " AND me.partner = f.partner WHERE me.file_id = ? AND f.file_id < me.file_id",
        (file_id,),
    ).fetchall()
    return [earlier for (earlier,) in rows]


def order_taken_before(connection: Connection, po_number: str, copies: Sequence[int]) -> int | None:
    """Return the order that one of these files, which are no X12, brought under this PO number."""
    marks = ", ".join("?" * len(copies))
    row = connection.execute(
        "SELECT order_id FROM documents WHERE direction = 'in' AND st_control = ?"
        f" AND file_id IN ({marks}) AND verdict = 'A' AND order_id IS NOT NULL LIMIT 1",
        (po_number, *copies),
    ).fetchone()
    return int(row[0]) if row else None


def put_file(connection: Connection, file: NewFile, *, at: str) -> int:
    """Add a file; `finish_file` says later what became of it in the same transaction."""
    cursor = connection.execute(
        "INSERT INTO files (claim_id, partner, name, size_bytes, sha256, kind, state, received_at)"
        " VALUES (?, ?, ?, ?, ?, '', 'accepted', ?)",
        (file.claim_id, file.partner, file.name, file.size_bytes, file.sha256, at),
    )
    connection.execute("DELETE FROM crashes WHERE claim_id = ?", (file.claim_id,))
    return cursor.lastrowid or 0


def finish_file(
    connection: Connection,
    file_id: int,
    *,
    kind: str,
    state: str,
    reason: str = "",
    repeat_of: int | None = None,
    issues: Sequence[Issue] = (),
) -> None:
    """Say what became of a file."""
    connection.execute(
        "UPDATE files SET kind = ?, state = ?, reason = ?, repeat_of = ?, issues = ?"
        " WHERE file_id = ?",
        (kind, state, reason, repeat_of, issues_json(issues), file_id),
    )


def order_of(connection: Connection, file_id: int) -> int | None:
    """Return the order that a file of one order is about."""
    row = connection.execute(
        "SELECT order_id FROM documents WHERE file_id = ? AND order_id IS NOT NULL", (file_id,)
    ).fetchone()
    return int(row[0]) if row else None


def put_interchange(
    connection: Connection,
    *,
    partner: str,
    isa_control: str,
    file_id: int,
    position: int,
    verdict: str,
    issues: Sequence[Issue],
) -> None:
    """Record an interchange and our verdict."""
    connection.execute(
        "INSERT INTO interchanges (partner, isa_control, file_id, position, verdict, issues)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (partner, isa_control, file_id, position, verdict, issues_json(issues)),
    )


def has_interchange(connection: Connection, partner: str, isa_control: str) -> bool:
    """True if an interchange with this number was taken from this partner."""
    row = connection.execute(
        "SELECT 1 FROM interchanges WHERE partner = ? AND isa_control = ? AND verdict <> 'R'"
        " LIMIT 1",
        (partner, isa_control),
    ).fetchone()
    return row is not None


class InDocument(NamedTuple):
    """One inbound transaction set, or one order of a CSV."""

    set_id: str
    partner: str
    isa_control: str
    gs_control: str
    st_control: str
    file_id: int
    start_byte: int
    size_bytes: int
    sha256: str
    verdict: str
    order_id: int | None = None
    shipment_id: int | None = None
    issues: Sequence[Issue] = ()


def put_document(connection: Connection, document: InDocument, *, at: str) -> int:
    """Record an inbound transaction set and our verdict."""
    d = document
    document_id = new_id(connection, "documents")
    row = (
        document_id,
        d.set_id,
        d.partner,
        d.isa_control,
        d.gs_control,
        d.st_control,
        d.file_id,
        d.start_byte,
        d.size_bytes,
        d.sha256,
        d.verdict,
        d.order_id,
        d.shipment_id,
        issues_json(d.issues),
        at,
    )
    write_later(
        connection,
        "INSERT INTO documents (document_id, direction, set_id, partner, isa_control, gs_control,"
        " st_control, file_id, start_byte, size_bytes, sha256, verdict, order_id, shipment_id,"
        " issues, at) VALUES (?, 'in', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [row],
        stage=1,
    )
    return document_id


def same_set_before(connection: Connection, document: InDocument) -> int | None:
    """Return the document that brought this very set under the same numbers before."""
    d = document
    row = connection.execute(
        "SELECT document_id FROM documents d WHERE direction = 'in' AND partner = ?"
        " AND isa_control = ? AND gs_control = ? AND st_control = ? AND sha256 = ?"
        f" AND verdict IN ('A', 'E') AND NOT {_AGAIN} LIMIT 1",
        (d.partner, d.isa_control, d.gs_control, d.st_control, d.sha256),
    ).fetchone()
    return int(row[0]) if row else None


def same_advice_before(connection: Connection, document: InDocument) -> bool:
    """True if this 945, 855 or 856 was booked to a shipment before, under whatever envelope."""
    row = connection.execute(
        "SELECT 1 FROM documents WHERE direction = 'in' AND set_id IN ('945', '855', '856')"
        " AND set_id = ? AND sha256 = ? AND partner = ? AND shipment_id IS NOT NULL LIMIT 1",
        (document.set_id, document.sha256, document.partner),
    ).fetchone()
    return row is not None


def link_document(
    connection: Connection, document_id: int, *, order_id: int, shipment_id: int
) -> None:
    """Say which order and shipment an inbound document turned out to be about."""
    connection.execute(
        "UPDATE documents SET order_id = ?, shipment_id = ? WHERE document_id = ?",
        (order_id, shipment_id, document_id),
    )
