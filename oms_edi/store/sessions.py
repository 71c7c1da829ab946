"""Sessions of users, and tries to log in that failed in a row; both in `access.db`."""

import hashlib
from sqlite3 import Connection
from typing import NamedTuple

from oms_edi.store.access import note_in_passing


class Session(NamedTuple):
    """Somebody who is logged in."""

    token_sha: str
    user: str
    #: password, sso.
    how: str
    created_at: str
    seen_at: str
    address: str


class Failures(NamedTuple):
    """Tries that failed in a row."""

    tries: int
    last_at: str
    #: "" while nothing is waited for.
    wait_until: str


def token_sha(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def add_session(connection: Connection, session: Session) -> None:
    """Begin one."""
    connection.execute(
        "INSERT INTO sessions (token_sha, user, how, created_at, seen_at, address)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        session,
    )


def session(connection: Connection, token: str) -> Session | None:
    """Return the session of a token, however old; None if there is none."""
    row = connection.execute(
        "SELECT token_sha, user, how, created_at, seen_at, address FROM sessions"
        " WHERE token_sha = ?",
        (token_sha(token),),
    ).fetchone()
    return Session(*row) if row else None


def sessions(connection: Connection, *, limit: int) -> list[Session]:
    """Return those that were seen last."""
    rows = connection.execute(
        "SELECT token_sha, user, how, created_at, seen_at, address FROM sessions"
        " ORDER BY seen_at DESC LIMIT ?",
        (limit,),
    )
    return [Session(*row) for row in rows]


def see(connection: Connection, found: Session, at: str) -> None:
    """Note that a session was used."""
    statement = "UPDATE sessions SET seen_at = ? WHERE token_sha = ?"
    note_in_passing(connection, statement, (at, found.token_sha))


def end_session(connection: Connection, found: Session) -> None:
    """End one."""
    connection.execute("DELETE FROM sessions WHERE token_sha = ?", (found.token_sha,))


def end_sessions_of(connection: Connection, user: str) -> int:
    """End all of somebody; return how many there were."""
    return connection.execute("DELETE FROM sessions WHERE user = ?", (user,)).rowcount


def count_old(connection: Connection, *, before: str) -> int:
    """Return how many sessions, and entries of the log, are older than an instant."""
    (count,) = connection.execute(
        "SELECT (SELECT count(*) FROM sessions WHERE seen_at < :at)"
        " + (SELECT count(*) FROM access_log WHERE at < :at)",
        {"at": before},
    ).fetchone()
    return int(count)


def remove_old(connection: Connection, *, before: str) -> None:
    """Remove them."""
    connection.execute("DELETE FROM sessions WHERE seen_at < ?", (before,))
    connection.execute("DELETE FROM access_log WHERE at < ?", (before,))


def failures(connection: Connection, subject: str) -> Failures:
    """Return the tries that failed in a row."""
    row = connection.execute(
        "SELECT tries, last_at, wait_until FROM failures WHERE subject = ?", (subject,)
    ).fetchone()
    return Failures(*row) if row else Failures(0, "", "")


def set_failures(connection: Connection, subject: str, found: Failures) -> None:
    """Keep them."""
    connection.execute(
        "INSERT INTO failures (subject, tries, last_at, wait_until) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (subject) DO UPDATE SET tries = excluded.tries, last_at = excluded.last_at,"
        " wait_until = excluded.wait_until",
        (subject, *found),
    )


def forget_failures(connection: Connection, subjects: tuple[str, ...]) -> None:
    """Begin to count anew."""
    for subject in subjects:
        connection.execute("DELETE FROM failures WHERE subject = ?", (subject,))


def forget_old_failures(connection: Connection, *, before: str) -> None:
    """Forget what nobody tried again."""
    connection.execute("DELETE FROM failures WHERE last_at < ?", (before,))
