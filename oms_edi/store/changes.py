"""Changes and cancels of orders, and what came of them; `requests` is what warehouses are asked."""

from collections.abc import Iterable
from dataclasses import dataclass
from sqlite3 import Connection
from typing import Any, NamedTuple

from pydantic import TypeAdapter

from oms_edi.domain.change import OrderChange, Outcome, Source

_CHANGE = TypeAdapter(OrderChange)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewChange:
    """A change about to enter the book."""

    partner: str
    #: None while no order has its PO.
    order_id: int | None
    source: Source
    change: OrderChange
    #: To know it again; "" where nobody sent it.
    content_sha: str = ""
    file_id: int | None = None
    #: True if the partner is told how it ended.
    answer_due: bool = False


def put_change(connection: Connection, new: NewChange, *, at: str) -> int:
    """Add a change: waiting where there is no order, requested otherwise; return its id."""
    cursor = connection.execute(
        "INSERT INTO changes (partner, po_number, release_number, order_id, source, kind, sequence,"
        " content_sha, message, file_id, state, since, answer_due)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            new.partner,
            new.change.po_number,
            new.change.release_number,
            new.order_id,
            new.source,
            new.change.purpose.value,
            new.change.sequence,
            new.content_sha,
            _CHANGE.dump_json(new.change).decode(),
            new.file_id,
            "waiting" if new.order_id is None else "requested",
            at,
            int(new.answer_due),
        ),
    )
    return cursor.lastrowid or 0


class StoredChange(NamedTuple):
    """A change of the book."""

    change_id: int
    partner: str
    order_id: int | None
    source: Source
    state: str
    reason: str
    since: str
    answer_due: bool
    #: 865s written.
    answers: int
    content_sha: str
    file_id: int | None
    #: Hash of what the buyer knew of the order's other lines when it came; "" = not all of it.
    rest_sha: str
    change: OrderChange


_STORED = (
    "SELECT change_id, partner, order_id, source, state, reason, since, answer_due, answers,"
    " content_sha, file_id, rest_sha, message FROM changes "
)


def _stored(row: tuple[Any, ...]) -> StoredChange:
    return StoredChange(
        change_id=row[0],
        partner=row[1],
        order_id=row[2],
        source=row[3],
        state=row[4],
        reason=row[5],
        since=row[6],
        answer_due=bool(row[7]),
        answers=row[8],
        content_sha=row[9],
        file_id=row[10],
        rest_sha=row[11],
        change=_CHANGE.validate_json(row[12]),
    )


def read_change(connection: Connection, change_id: int) -> StoredChange:
    """Return one change."""
    row = connection.execute(_STORED + "WHERE change_id = ?", (change_id,)).fetchone()
    return _stored(row)


def last_received(
    connection: Connection, partner: str, po_number: str, release_number: str
) -> StoredChange | None:
    """Return the newest change a partner sent of this PO, None if it sent none."""
    row = connection.execute(
        _STORED + "WHERE po_number = ? AND partner = ? AND release_number = ?"
        " AND source IN ('860', '850', 'api') ORDER BY change_id DESC LIMIT 1",
        (po_number, partner, release_number),
    ).fetchone()
    return _stored(row) if row else None


def in_state(connection: Connection, state: str) -> list[StoredChange]:
    """Return the changes in this state, oldest first."""
    rows = connection.execute(
        _STORED + "WHERE state = ? AND state <> 'settled' ORDER BY +change_id", (state,)
    ).fetchall()
    return [_stored(row) for row in rows]


def to_answer(connection: Connection) -> list[StoredChange]:
    """Return the changes whose partner is still to be told, oldest first."""
    rows = connection.execute(_STORED + "WHERE answer_due = 1 ORDER BY +change_id").fetchall()
    return [_stored(row) for row in rows]


def orders_being_changed(connection: Connection) -> set[int]:
    """Return the orders of changes whose partner is still to be told."""
    rows = connection.execute(
        "SELECT order_id FROM changes WHERE answer_due = 1 AND order_id IS NOT NULL"
    ).fetchall()
    return {order_id for (order_id,) in rows}


def found_order(connection: Connection, change_id: int, order_id: int) -> None:
    """Note that the order a change waited for has come."""
    connection.execute(
        "UPDATE changes SET order_id = ?, state = 'requested' WHERE change_id = ?",
        (order_id, change_id),
    )


def set_rest(connection: Connection, change_id: int, rest_sha: str) -> None:
    """Note what the buyer knows of the lines that a change is not about."""
    connection.execute("UPDATE changes SET rest_sha = ? WHERE change_id = ?", (rest_sha, change_id))


def settle(connection: Connection, change_id: int, *, reason: str = "", at: str) -> None:
    """Note that it is known what became of a change."""
    connection.execute(
        "UPDATE changes SET state = 'settled', settled_at = ?, reason = ? WHERE change_id = ?",
        (at, reason, change_id),
    )


def set_answered(connection: Connection, change_id: int, *, written: int, due: bool) -> None:
    """Note that so many 865s were written, and whether the partner is still to be told."""
    connection.execute(
        "UPDATE changes SET answers = answers + ?, answer_due = ? WHERE change_id = ?",
        (written, int(due), change_id),
    )


class ChangeLine(NamedTuple):
    """What became of a line of a change; number 0 is the header."""

    number: int
    line_id: int | None
    what: str
    outcome: Outcome
    reason: str
    #: Of what waits: why not all of it is done, whatever becomes of the rest.
    refused: str = ""


def put_lines(connection: Connection, change_id: int, lines: Iterable[ChangeLine]) -> None:
    """Add what became of the lines of a change."""
    connection.executemany(
        "INSERT INTO change_lines (change_id, number, line_id, what, outcome, reason, refused)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(change_id, *line[:3], str(line.outcome), *line[4:]) for line in lines],
    )


def read_lines(connection: Connection, change_id: int) -> list[ChangeLine]:
    """Return the lines of a change by their numbers."""
    rows = connection.execute(
        "SELECT number, line_id, what, outcome, reason, refused FROM change_lines"
        " WHERE change_id = ? ORDER BY number",
        (change_id,),
    ).fetchall()
    return [ChangeLine._make((*row[:3], Outcome(row[3]), *row[4:])) for row in rows]


def set_outcome(
    connection: Connection, change_id: int, number: int, outcome: Outcome, reason: str
) -> None:
    """Note what became of a line of a change."""
    connection.execute(
        "UPDATE change_lines SET outcome = ?, reason = ? WHERE change_id = ? AND number = ?",
        (str(outcome), reason, change_id, number),
    )
