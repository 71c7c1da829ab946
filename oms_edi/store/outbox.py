"""Documents owed to partners: control numbers, rendered bytes, delivery state."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from sqlite3 import Connection
from typing import Any, NamedTuple

from oms_edi.store.book import new_ids


def draw(connection: Connection, name: str, *, limit: int = 999_999_999) -> int:
    """Draw the next number of a counter inside the caller's transaction; after `limit` comes 1."""
    row = connection.execute(
        "INSERT INTO counters (name, value) VALUES (?, 1)"
        " ON CONFLICT (name) DO UPDATE SET value = CASE WHEN value >= ? THEN 1 ELSE value + 1 END"
        " RETURNING value",
        (name, limit),
    ).fetchall()
    return int(row[0][0])


#: Begins the number of a file that is no interchange; those begin with a digit.
TABLE = "T"
#: What is in a file that leaves as a call of the partner's server.
CALL = "webhook"


class OutDocument(NamedTuple):
    """One transaction set inside an outgoing file."""

    st_control: str
    start_byte: int
    size_bytes: int
    order_id: int | None
    shipment_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutFile:
    """One outgoing file."""

    partner: str
    set_id: str
    isa_control: str
    gs_control: str
    file_name: str
    content: bytes
    documents: Sequence[OutDocument]


def put_file(
    connection: Connection, file: OutFile, *, at: str, reissue_of: int | None = None
) -> int:
    """Owe a partner this file; its name and bytes never change again.

    `reissue_of` is the file that said the same under other numbers.
    """
    cursor = connection.execute(
        "INSERT INTO outbox (partner, set_id, isa_control, gs_control, file_name, content, sha256,"
        " state, created_at, reissue_of) VALUES (?, ?, ?, ?, ?, ?, ?, 'pending', ?, ?)",
        (
            file.partner,
            file.set_id,
            file.isa_control,
            file.gs_control,
            file.file_name,
            file.content,
            hashlib.sha256(file.content).hexdigest(),
            at,
            reissue_of,
        ),
    )
    outbox_id = cursor.lastrowid or 0
    ids = new_ids(connection, "documents", len(file.documents))
    connection.executemany(
        "INSERT INTO documents (document_id, direction, set_id, partner, isa_control, gs_control,"
        " st_control, outbox_id, start_byte, size_bytes, verdict, order_id, shipment_id, at)"
        " VALUES (?, 'out', ?, ?, ?, ?, ?, ?, ?, ?, 'owed', ?, ?, ?)",
        [
            (
                document_id,
                file.set_id,
                file.partner,
                file.isa_control,
                file.gs_control,
                document.st_control,
                outbox_id,
                document.start_byte,
                document.size_bytes,
                document.order_id,
                document.shipment_id,
                at,
            )
            for document_id, document in zip(ids, file.documents, strict=True)
        ],
    )
    return outbox_id


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingFile:
    """A file that was not delivered yet, without its bytes."""

    outbox_id: int
    partner: str
    set_id: str
    isa_control: str
    file_name: str
    sha256: str
    #: True after a try over the network whose end is not known.
    is_unclear: bool

    @property
    def is_interchange(self) -> bool:
        """True if it has a control number its partner keeps count of."""
        return not self.isa_control.startswith(TABLE)

    @property
    def is_call(self) -> bool:
        """True if it leaves as a call of the partner's server, where there is one."""
        return self.set_id == CALL


_PENDING = (
    "SELECT outbox_id, partner, set_id, isa_control, file_name, sha256, state = 'sending'"
    " FROM outbox WHERE state <> 'sent'"
)


def pending(connection: Connection, *, called: Sequence[str] = ()) -> list[PendingFile]:
    """Return what is still to be delivered, oldest first.

    Without the calls of the partners in `called`: who does not answer for days may have very many.
    """
    marks = ", ".join("?" * len(called))
    rest = f" AND NOT (set_id = '{CALL}' AND partner IN ({marks}))" if called else ""
    rows = connection.execute(f"{_PENDING}{rest} ORDER BY outbox_id", tuple(called))
    return [_pending(row) for row in rows.fetchall()]


def pending_files(connection: Connection, outbox_ids: Iterable[int]) -> dict[int, PendingFile]:
    """Return those of these files that are still to be delivered, by id."""
    found = {}
    for outbox_id in outbox_ids:
        row = connection.execute(f"{_PENDING} AND outbox_id = ?", (outbox_id,)).fetchone()
        if row:
            found[outbox_id] = _pending(row)
    return found


def _pending(row: tuple[Any, ...]) -> PendingFile:
    return PendingFile(
        outbox_id=row[0],
        partner=row[1],
        set_id=row[2],
        isa_control=row[3],
        file_name=row[4],
        sha256=row[5],
        is_unclear=bool(row[6]),
    )


class PendingCall(NamedTuple):
    """A call of a partner's server that is owed."""

    outbox_id: int
    file_name: str
    #: Names the event, the same however often it is sent.
    event_id: str
    content: bytes
    sha256: str


def pending_calls(connection: Connection, partner: str, *, limit: int) -> list[PendingCall]:
    """Return the calls a partner is owed, oldest first."""
    rows = connection.execute(
        "SELECT o.outbox_id, o.file_name, d.st_control, o.content, o.sha256 FROM outbox o"
        " JOIN documents d ON d.outbox_id = o.outbox_id"
        " WHERE o.state <> 'sent' AND o.set_id = ? AND o.partner = ? ORDER BY o.outbox_id LIMIT ?",
        (CALL, partner, limit),
    ).fetchall()
    return [PendingCall(*row) for row in rows]


class CallState(NamedTuple):
    """How the calls of a partner's server stand."""

    #: Events that were not taken yet.
    pending: int
    #: When the oldest of them happened; None if there is none.
    oldest_at: str | None
    #: When the last one was taken; None if none ever was.
    taken_at: str | None


def call_state(connection: Connection, partner: str) -> CallState:
    """Return how the calls of a partner's server stand."""
    pending, oldest_at = connection.execute(
        "SELECT count(*), min(created_at) FROM outbox"
        " WHERE state <> 'sent' AND set_id = ? AND partner = ?",
        (CALL, partner),
    ).fetchone()
    row = connection.execute(
        "SELECT sent_at FROM outbox WHERE partner = ? AND set_id = ? AND state = 'sent'"
        " ORDER BY outbox_id DESC LIMIT 1",
        (partner, CALL),
    ).fetchone()
    return CallState(pending, oldest_at, row[0] if row else None)


def content(connection: Connection, outbox_id: int) -> bytes:
    """Return the bytes of an outgoing file."""
    row = connection.execute(
        "SELECT content FROM outbox WHERE outbox_id = ?", (outbox_id,)
    ).fetchone()
    return bytes(row[0])


def set_sending(connection: Connection, outbox_ids: Sequence[int]) -> None:
    """Note, before the first byte leaves, that the network has these files."""
    connection.executemany(
        "UPDATE outbox SET state = 'sending' WHERE outbox_id = ?", [(i,) for i in outbox_ids]
    )


def set_pending(connection: Connection, outbox_ids: Sequence[int]) -> None:
    """Note that these files are surely not at their partners yet."""
    connection.executemany(
        "UPDATE outbox SET state = 'pending' WHERE outbox_id = ?", [(i,) for i in outbox_ids]
    )


def set_sent(
    connection: Connection, outbox_ids: Sequence[int], *, is_answer_due: bool, at: str
) -> None:
    """Note that these files lie at their partners, who acknowledge them or never do."""
    verdict = "sent" if is_answer_due else "sent, no answer due"
    connection.executemany(
        "UPDATE outbox SET state = 'sent', sent_at = ? WHERE outbox_id = ?",
        [(at, outbox_id) for outbox_id in outbox_ids],
    )
    connection.executemany(
        "UPDATE documents SET verdict = CASE WHEN set_id IN ('997', '999', 'webhook')"
        " THEN 'sent, no answer due'"
        " ELSE ? END WHERE outbox_id = ? AND verdict = 'owed'",
        [(verdict, outbox_id) for outbox_id in outbox_ids],
    )


class SentSet(NamedTuple):
    """One set we sent, as its answer finds it."""

    document_id: int
    outbox_id: int
    set_id: str
    st_control: str
    #: What its partner said of it; "" if nothing yet.
    answer: str
    order_id: int | None


_SENT_SET = (
    "SELECT document_id, outbox_id, set_id, st_control,"
    " CASE WHEN verdict IN ('accepted', 'accepted with errors', 'rejected')"
    " THEN verdict ELSE '' END, order_id FROM documents"
)


def sent_group(connection: Connection, *, partner: str, gs_control: str) -> list[SentSet]:
    """Return the sets of a group we sent; of the newest, where numbers began anew."""
    rows = connection.execute(
        f"{_SENT_SET} WHERE outbox_id ="
        " (SELECT max(outbox_id) FROM outbox WHERE partner = ? AND gs_control = ?)"
        " ORDER BY document_id",
        (partner, gs_control),
    ).fetchall()
    return [SentSet(*row) for row in rows]


def sent_interchange(connection: Connection, *, partner: str, isa_control: str) -> int | None:
    """Return the id of a file we sent, by its control number; None if we sent none."""
    row = connection.execute(
        "SELECT outbox_id FROM outbox WHERE partner = ? AND isa_control = ?", (partner, isa_control)
    ).fetchone()
    return int(row[0]) if row else None


def file_name_of(connection: Connection, outbox_id: int) -> str:
    """Return the name of a file we sent."""
    row = connection.execute(
        "SELECT file_name FROM outbox WHERE outbox_id = ?", (outbox_id,)
    ).fetchone()
    return str(row[0])


def sets_of(connection: Connection, outbox_id: int) -> list[SentSet]:
    """Return the sets of a file we sent."""
    rows = connection.execute(
        f"{_SENT_SET} WHERE outbox_id = ? ORDER BY document_id", (outbox_id,)
    ).fetchall()
    return [SentSet(*row) for row in rows]


def set_answers(
    connection: Connection, answers: Sequence[tuple[int, str]], *, outbox_id: int, at: str
) -> None:
    """Note verdicts by document. A file that was answered has arrived: it is not sent again."""
    connection.executemany(
        "UPDATE documents SET verdict = ?, answered_at = ? WHERE document_id = ?",
        [(verdict, at, document_id) for document_id, verdict in answers],
    )
    connection.execute(
        "UPDATE outbox SET state = 'sent', sent_at = ? WHERE outbox_id = ? AND state = 'pending'",
        (at, outbox_id),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SentFile:
    """A file of ours, as somebody asks for it by name."""

    outbox_id: int
    set_id: str
    file_name: str
    #: pending, sending or sent.
    state: str
    is_interchange: bool
    #: True if its partner has accepted a set of it.
    is_accepted: bool


def find_sent(connection: Connection, partner: str, name: str) -> SentFile | None:
    """Return the file with this name or control number, None if there is none."""
    row = connection.execute(
        "SELECT outbox_id, set_id, file_name, state, isa_control, EXISTS (SELECT 1 FROM documents d"
        " WHERE d.outbox_id = o.outbox_id AND d.verdict IN ('accepted', 'accepted with errors'))"
        " FROM outbox o WHERE partner = ? AND (file_name = ? OR isa_control = ?)",
        (partner, name, f"{name:0>9}"),
    ).fetchone()
    if row is None:
        return None
    return SentFile(
        outbox_id=row[0],
        set_id=row[1],
        file_name=row[2],
        state=row[3],
        is_interchange=not row[4].startswith(TABLE),
        is_accepted=bool(row[5]),
    )


def moved_documents(connection: Connection, outbox_id: int, *, by: int) -> list[OutDocument]:
    """Return the sets of a file as those of another, in which they stand so many bytes later."""
    rows = connection.execute(
        "SELECT st_control, start_byte + ?, size_bytes, order_id, shipment_id FROM documents"
        " WHERE outbox_id = ? ORDER BY document_id",
        (by, outbox_id),
    ).fetchall()
    return [OutDocument(*row) for row in rows]


def set_reissued(connection: Connection, outbox_id: int) -> None:
    """Note that another file stands for this one: nobody waits for its 997 any more."""
    connection.execute(
        "UPDATE documents SET verdict = 'reissued' WHERE outbox_id = ? AND verdict = 'sent'",
        (outbox_id,),
    )


class Unanswered(NamedTuple):
    """A file we sent that its partner has not acknowledged."""

    outbox_id: int
    partner: str
    set_id: str
    file_name: str
    sent_at: str


def unanswered(connection: Connection, before: str) -> list[Unanswered]:
    """Return files sent until `before` of which no set was acknowledged, oldest first.

    Sets that expect no answer are left out.
    """
    rows = connection.execute(
        "SELECT o.outbox_id, o.partner, o.set_id, o.file_name, o.sent_at FROM outbox o"
        " WHERE o.outbox_id IN (SELECT outbox_id FROM documents WHERE direction = 'out'"
        " AND verdict = 'sent') AND o.sent_at <= ? ORDER BY o.outbox_id",
        (before,),
    ).fetchall()
    return [Unanswered(*row) for row in rows]


def last_drawn(connection: Connection, name: str) -> int:
    """Return the last number drawn from a counter, 0 if none was."""
    row = connection.execute("SELECT value FROM counters WHERE name = ?", (name,)).fetchone()
    return int(row[0]) if row else 0
