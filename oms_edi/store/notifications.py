"""What people are owed to hear of exceptions, and what became of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from sqlite3 import Connection
from typing import Any, Literal, NamedTuple

State = Literal["sent", "failed", "dropped"]


def owe(connection: Connection, channel: str, exception_ids: Iterable[int], *, at: str) -> None:
    """Owe a channel the news of exceptions as they stand; what it was owed once it is not again."""
    connection.executemany(
        "INSERT INTO notifications (channel, exception_id, severity, level, repeats, owed_at,"
        " next_at) SELECT ?, exception_id, severity, level, repeats, ?, ? FROM exceptions"
        " WHERE exception_id = ? ON CONFLICT DO NOTHING",
        [(channel, at, at, exception_id) for exception_id in exception_ids],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """News that are owed, with the exception as it stands now."""

    notification_id: int
    severity: str
    level: int
    repeats: int
    attempts: int
    owed_at: str
    exception: dict[str, Any]

    @property
    def key(self) -> str:
        """The same for the same news, however often they are sent."""
        number = self.exception["exception_id"]
        return f"{number}.{self.severity}.{self.level}.{self.repeats}"


_EXCEPTION = [
    "exception_id",
    "kind",
    "queue",
    "severity",
    "subject",
    "text",
    "action",
    "partner",
    "node",
    "order_id",
    "due_at",
    "risk_cents",
    "owner",
    "snoozed_until",
    "level",
    "opened_at",
    "closed_at",
]


def owed(connection: Connection, channel: str, *, now: str, limit: int = 1000) -> list[Owed]:
    """Return what a channel is owed and may be tried now, oldest first."""
    rows = connection.execute(
        "SELECT n.notification_id, n.severity, n.level, n.repeats, n.attempts, n.owed_at,"
        f" {', '.join(f'e.{name}' for name in _EXCEPTION)} FROM notifications n"
        " JOIN exceptions e ON e.exception_id = n.exception_id"
        " WHERE n.state = 'owed' AND n.channel = ? AND n.next_at <= ?"
        " ORDER BY n.notification_id LIMIT ?",
        (channel, now, limit),
    ).fetchall()
    return [
        Owed(
            notification_id=row[0],
            severity=row[1],
            level=row[2],
            repeats=row[3],
            attempts=row[4],
            owed_at=row[5],
            exception=dict(zip(_EXCEPTION, row[6:], strict=True)),
        )
        for row in rows
    ]


def settle(
    connection: Connection,
    notification_ids: Sequence[int],
    state: State,
    *,
    message: str = "",
    reason: str = "",
    at: str,
) -> None:
    """Note that these are told, given up, or not worth telling any more."""
    connection.executemany(
        "UPDATE notifications SET state = ?, message = ?, reason = ?, settled_at = ?,"
        " attempts = attempts + (? <> 'dropped') WHERE notification_id = ?",
        [(state, message, reason, at, state, one) for one in notification_ids],
    )


def postpone(
    connection: Connection, channel: str, tried: Sequence[int], *, reason: str, until: str
) -> None:
    """Note that a channel failed: what was tried counts an attempt, and all of it waits."""
    connection.executemany(
        "UPDATE notifications SET attempts = attempts + 1, reason = ? WHERE notification_id = ?",
        [(reason, one) for one in tried],
    )
    connection.execute(
        "UPDATE notifications SET next_at = ? WHERE state = 'owed' AND channel = ? AND next_at < ?",
        (until, channel, until),
    )


def messages_since(connection: Connection, channel: str, since: str) -> int:
    """Return how many messages a channel got since an instant."""
    row = connection.execute(
        "SELECT count(DISTINCT message) FROM notifications"
        " WHERE state = 'sent' AND channel = ? AND settled_at > ?",
        (channel, since),
    ).fetchone()
    return int(row[0])


class Listed(NamedTuple):
    """One row of the list."""

    notification_id: int
    channel: str
    state: str
    exception_id: int
    kind: str
    subject: str
    attempts: int
    owed_at: str
    next_at: str
    settled_at: str | None
    reason: str


def listed(
    connection: Connection, *, state: str | None, channel: str | None, limit: int
) -> list[Listed]:
    """Return the newest notifications, oldest first."""
    rows = connection.execute(
        "SELECT n.notification_id, n.channel, n.state, n.exception_id, e.kind, e.subject,"
        " n.attempts, n.owed_at, n.next_at, n.settled_at, n.reason FROM notifications n"
        " JOIN exceptions e ON e.exception_id = n.exception_id"
        " WHERE (? IS NULL OR n.state = ?) AND (? IS NULL OR n.channel = ?)"
        " ORDER BY n.notification_id DESC LIMIT ?",
        (state, state, channel, channel, limit),
    ).fetchall()
    return [Listed(*row) for row in reversed(rows)]


#: News that are settled, of exceptions that are closed: neither is ever told, nor owed, again.
_OVER = (
    "FROM notifications n JOIN exceptions e ON e.exception_id = n.exception_id"
    " WHERE n.state <> 'owed' AND n.settled_at < :before AND e.closed_at < :before"
)


def count_over(connection: Connection, *, before: str) -> int:
    """Count the news that were done with before an instant."""
    (count,) = connection.execute(f"SELECT count(*) {_OVER}", {"before": before}).fetchone()
    return int(count)


def remove_over(connection: Connection, *, before: str, limit: int) -> int:
    """Remove up to `limit` of them; return how many went."""
    cursor = connection.execute(
        "DELETE FROM notifications WHERE notification_id IN"
        f" (SELECT n.notification_id {_OVER} LIMIT :limit)",
        {"before": before, "limit": limit},
    )
    return cursor.rowcount
