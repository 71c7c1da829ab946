"""Exceptions as they open and close: one is open for a kind and subject at a time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from sqlite3 import Connection
from typing import Literal, NamedTuple

#: How one ended: its cause went away, a person ended it, or another one took its place.
How = Literal["itself", "person", "superseded"]

#: Names in `closed_by` and as actors of events that are no person's.
NOBODY = frozenset({"daemon", "partner", "warehouse"})


@dataclass(frozen=True, slots=True, kw_only=True)
class NewException:
    """Something a person should look at."""

    kind: str
    queue: str
    severity: str
    subject: str
    text: str
    action: str
    #: "": that of the order or file.
    partner: str = ""
    node: str = ""
    order_id: int | None = None
    #: "": the whole order.
    buyer_line: str = ""
    file_id: int | None = None
    #: By when something must be done.
    due_at: str | None = None
    #: None: to be valued from the units it is about.
    risk_cents: int | None = None


def open_exception(connection: Connection, exception: NewException, *, at: str) -> None:
    """Open it, or refresh what the open one says; the same again changes nothing."""
    e = exception
    connection.execute(
        "INSERT INTO exceptions (kind, queue, severity, subject, text, action, partner, node,"
        " order_id, buyer_line, file_id, due_at, risk_cents, valued, opened_at, told_at)"
        " VALUES (?, ?, ?, ?, ?, ?, coalesce(nullif(?, ''),"
        " (SELECT partner FROM orders WHERE order_id = ?),"
        " (SELECT partner FROM files WHERE file_id = ?), ''), ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (kind, subject) WHERE closed_at IS NULL DO UPDATE SET"
        " text = excluded.text, action = excluded.action, due_at = excluded.due_at,"
        " severity = CASE level WHEN 0 THEN excluded.severity ELSE severity END,"
        " risk_cents = CASE excluded.valued WHEN 'given' THEN excluded.risk_cents"
        "  ELSE risk_cents END,"
        " valued = excluded.valued"
        " WHERE (text, action, due_at) IS NOT (excluded.text, excluded.action, excluded.due_at)"
        " OR (level = 0 AND severity <> excluded.severity)"
        " OR (excluded.valued = 'given' AND"
        "  (valued <> 'given' OR risk_cents <> excluded.risk_cents))",
        (
            e.kind,
            e.queue,
            e.severity,
            e.subject,
            e.text,
            e.action,
            e.partner,
            e.order_id,
            e.file_id,
            e.node,
            e.order_id,
            e.buyer_line,
            e.file_id,
            e.due_at,
            e.risk_cents or 0,
            "no" if e.risk_cents is None else "given",
            at,
            at,
        ),
    )


def close_exception(
    connection: Connection,
    kind: str,
    subject: str,
    *,
    at: str,
    by: str = "daemon",
    why: str = "",
    how: How | None = None,
) -> None:
    """Close it if it is open: its cause is gone, or `by` is a person who ended it."""
    connection.execute(
        "UPDATE exceptions SET closed_at = ?, closed_how = ?, closed_by = ?, closed_why = ?"
        " WHERE kind = ? AND subject = ? AND closed_at IS NULL",
        (at, how or _how(by), by, why, kind, subject),
    )


def close_exceptions(
    connection: Connection, kind: str, subjects: Iterable[str], *, at: str
) -> None:
    """Close those of a kind that are open: their causes are gone."""
    connection.executemany(
        "UPDATE exceptions SET closed_at = ?, closed_how = 'itself', closed_by = 'daemon'"
        " WHERE kind = ? AND subject = ? AND closed_at IS NULL",
        [(at, kind, subject) for subject in subjects],
    )


def _how(by: str) -> How:
    return "itself" if by in NOBODY else "person"


def open_subjects(connection: Connection, kind: str) -> set[str]:
    """Return the subjects of the open exceptions of a kind."""
    rows = connection.execute(
        "SELECT subject FROM exceptions WHERE kind = ? AND closed_at IS NULL", (kind,)
    ).fetchall()
    return {subject for (subject,) in rows}


def has_open_exceptions(
    connection: Connection, kinds: Sequence[str], *, partner: str | None = None
) -> bool:
    """True if an exception of one of these kinds is open, of a partner or of anybody."""
    marks = ", ".join("?" * len(kinds))
    of = " AND partner = ?" if partner else ""
    row = connection.execute(
        f"SELECT 1 FROM exceptions WHERE kind IN ({marks}) AND closed_at IS NULL{of} LIMIT 1",
        (*kinds, *((partner,) if partner else ())),
    ).fetchone()
    return row is not None


def orders_with_open(
    connection: Connection, kinds: Sequence[str], order_ids: Sequence[int]
) -> set[int]:
    """Return those of some orders of which an exception of one of these kinds is open."""
    found: set[int] = set()
    if not has_open_exceptions(connection, kinds):
        return found
    for start in range(0, len(order_ids), 500):
        some = order_ids[start : start + 500]
        rows = connection.execute(
            "SELECT order_id FROM exceptions WHERE closed_at IS NULL"
            f" AND order_id IN ({', '.join('?' * len(some))})"
            f" AND +kind IN ({', '.join('?' * len(kinds))})",
            (*some, *kinds),
        ).fetchall()
        found.update(order_id for (order_id,) in rows)
    return found


def close_order_exceptions(connection: Connection, order_id: int, subject: str, *, at: str) -> None:
    """Close what is open under `subject` about an order, of whatever kind: its cause is gone."""
    connection.execute(
        "UPDATE exceptions SET closed_at = ?, closed_how = 'itself', closed_by = 'daemon'"
        " WHERE order_id = ? AND subject = ? AND closed_at IS NULL",
        (at, order_id, subject),
    )


def close_exceptions_of(
    connection: Connection, kind: str, order_id: int, *, at: str, by: str = "daemon", why: str = ""
) -> None:
    """Close what is open of a kind about an order, whatever its subject."""
    connection.execute(
        "UPDATE exceptions SET closed_at = ?, closed_how = ?, closed_by = ?, closed_why = ?"
        " WHERE order_id = ? AND kind = ? AND closed_at IS NULL",
        (at, _how(by), by, why, order_id, kind),
    )


class OpenException(NamedTuple):
    """An exception that is open, as an act of a person sees it."""

    exception_id: int
    kind: str
    subject: str
    order_id: int | None
    owner: str
    snoozed_until: str | None


def read_open(connection: Connection, exception_id: int) -> OpenException | None:
    """Return an open exception; None if it is not open."""
    row = connection.execute(
        "SELECT exception_id, kind, subject, order_id, owner, snoozed_until FROM exceptions"
        " WHERE exception_id = ? AND closed_at IS NULL",
        (exception_id,),
    ).fetchone()
    return OpenException(*row) if row else None


def resolve(connection: Connection, exception_id: int, *, by: str, why: str, at: str) -> None:
    """Close an exception because a person says it is seen to."""
    connection.execute(
        "UPDATE exceptions SET closed_at = ?, closed_how = 'person', closed_by = ?, closed_why = ?"
        " WHERE exception_id = ?",
        (at, by, why, exception_id),
    )


def assign(connection: Connection, exception_id: int, owner: str) -> None:
    """Note who sees to an exception; "" is nobody."""
    connection.execute(
        "UPDATE exceptions SET owner = ? WHERE exception_id = ?", (owner, exception_id)
    )


def snooze(connection: Connection, exception_id: int, until: str | None) -> None:
    """Note until when nobody wants to hear of an exception."""
    connection.execute(
        "UPDATE exceptions SET snoozed_until = ? WHERE exception_id = ?", (until, exception_id)
    )


class Told(NamedTuple):
    """What a clock said of a subject, and is still open."""

    kind: str
    subject: str
    text: str


def open_of_kinds(connection: Connection, kinds: Sequence[str]) -> list[Told]:
    """Return what is open of these kinds."""
    marks = ", ".join("?" * len(kinds))
    rows = connection.execute(
        f"SELECT kind, subject, text FROM exceptions WHERE kind IN ({marks}) AND closed_at IS NULL",
        tuple(kinds),
    ).fetchall()
    return [Told(*row) for row in rows]


class Standing(NamedTuple):
    """How an open exception stands."""

    exception_id: int
    queue: str
    severity: str


def find_open(connection: Connection, kind: str, subject: str) -> Standing:
    """Return the open exception of a kind and subject, which there is."""
    row = connection.execute(
        "SELECT exception_id, queue, severity FROM exceptions"
        " WHERE kind = ? AND subject = ? AND closed_at IS NULL",
        (kind, subject),
    ).fetchone()
    return Standing(*row)


def standing(connection: Connection, exception_ids: Sequence[int]) -> list[Standing]:
    """Return how these exceptions stand."""
    found = []
    for start in range(0, len(exception_ids), 500):
        some = exception_ids[start : start + 500]
        rows = connection.execute(
            "SELECT exception_id, queue, severity FROM exceptions"
            f" WHERE exception_id IN ({', '.join('?' * len(some))}) ORDER BY exception_id",
            tuple(some),
        ).fetchall()
        found += [Standing(*row) for row in rows]
    return found
