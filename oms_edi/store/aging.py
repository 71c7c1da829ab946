"""Exceptions that stay open: which are old enough to be told again or to climb."""

from collections.abc import Sequence
from sqlite3 import Connection
from typing import NamedTuple

_AWAKE = "(snoozed_until IS NULL OR snoozed_until <= :now)"


class Aged(NamedTuple):
    """An open exception that is old."""

    exception_id: int
    kind: str
    subject: str
    queue: str
    severity: str
    owner: str
    order_id: int | None


def older_than(connection: Connection, until: str, *, below: int, now: str) -> list[Aged]:
    """Return what is open since `until` or longer, awake, and was raised less than to `below`."""
    found = []
    for level in range(below):
        rows = connection.execute(
            "SELECT exception_id, kind, subject, queue, severity, owner, order_id FROM exceptions"
            " WHERE closed_at IS NULL AND level = :level AND opened_at <= :until"
            f" AND severity <> 'info' AND {_AWAKE} ORDER BY +exception_id",
            {"level": level, "until": until, "now": now},
        ).fetchall()
        found += [Aged(*row) for row in rows]
    return found


def told_before(connection: Connection, until: str, *, now: str) -> list[int]:
    """Return what is open, awake, no info, and was told last at `until` or earlier."""
    rows = connection.execute(
        "SELECT exception_id FROM exceptions WHERE closed_at IS NULL AND severity <> 'info'"
        f" AND told_at <= :until AND {_AWAKE} ORDER BY +exception_id",
        {"until": until, "now": now},
    ).fetchall()
    return [exception_id for (exception_id,) in rows]


def tell_again(connection: Connection, exception_ids: Sequence[int], *, at: str) -> None:
    """Count that these are told once more."""
    connection.executemany(
        "UPDATE exceptions SET repeats = repeats + 1, told_at = ? WHERE exception_id = ?",
        [(at, exception_id) for exception_id in exception_ids],
    )


def raise_to(
    connection: Connection,
    exception_id: int,
    *,
    level: int,
    severity: str,
    queue: str,
    owner: str,
    at: str,
) -> None:
    """Lift an exception one or more levels."""
    connection.execute(
        "UPDATE exceptions SET level = ?, severity = ?, queue = ?, owner = ?, told_at = ?"
        " WHERE exception_id = ?",
        (level, severity, queue, owner, at, exception_id),
    )
