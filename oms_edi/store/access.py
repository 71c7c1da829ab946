"""`access.db`: users, sessions, tries that failed, and who did what of it.

A database of its own: secrets have no place in an order book that is replayed, simulated and sent
around, and a log-in must not wait for its writer. It has a rollback journal, not a write-ahead log:
several processes may open it, and it is small.
"""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import resources
from pathlib import Path
from typing import NamedTuple

from oms_edi.errors import ConfigurationError, StopDaemon, TransientError

#: The `user_version` this program reads and writes.
_VERSION = 1
_WAIT_S = 10
#: Milliseconds for what is only nice to know.
_PASSING_MS = 100


class User(NamedTuple):
    """Who may log in."""

    name: str
    role: str
    #: argon2 hash; "" for one who comes by single sign-on only.
    password: str
    created_at: str
    #: None: may log in.
    locked_at: str | None


class Entry(NamedTuple):
    """What somebody did, or tried."""

    at: str
    event: str
    user: str
    actor: str
    address: str
    text: str


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open it for one question or change; made, readable by its owner alone, where it is missing.

    Raises:
        ConfigurationError: another version of this program made it, or this user may not read it.
        TransientError: somebody else has it for too long, or its disk is full or failed.
        StopDaemon: it is damaged.
    """
    try:
        connection = _connect(path)
    except sqlite3.DatabaseError as error:
        raise _told(path, error) from error
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}; run as the user of the daemon") from (
            error
        )
    try:
        yield connection
    except sqlite3.DatabaseError as error:
        if type(error) not in (sqlite3.OperationalError, sqlite3.DatabaseError):
            raise
        raise _told(path, error) from error
    finally:
        connection.close()


def _connect(path: Path) -> sqlite3.Connection:
    if not path.exists():
        path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    connection = sqlite3.connect(path, isolation_level=None, timeout=_WAIT_S)
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version == 0:
            _make(connection)
        elif version != _VERSION:
            raise ConfigurationError(f"{path} was made by another version of this program")
    except BaseException:
        connection.close()
        raise
    return connection


def _make(connection: sqlite3.Connection) -> None:
    script = resources.files(__package__).joinpath("access.sql").read_text()
    with changed(connection):
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version:  # another process was quicker
            return
        statement = ""
        for line in script.splitlines(keepends=True):
            statement += line
            if sqlite3.complete_statement(statement):
                connection.execute(statement)
                statement = ""
        connection.execute(f"PRAGMA user_version = {_VERSION}")


def _told(path: Path, error: sqlite3.DatabaseError) -> Exception:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return TransientError(f"{path} is in use by somebody else; try again")
    if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
        return ConfigurationError(f"{path}: {error}; run as the user of the daemon")
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
        return TransientError(f"{path} cannot be written: {error}; make room on its disk")
    return StopDaemon(f"{path} cannot be used: {error}; restore a backup of it")


@contextmanager
def changed(connection: sqlite3.Connection) -> Iterator[None]:
    """Change something: all of it, or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


def note_in_passing(connection: sqlite3.Connection, statement: str, values: Sequence[str]) -> None:
    """Write what is nice to know; a file that is busy, full or read-only keeps nobody out."""
    connection.execute(f"PRAGMA busy_timeout = {_PASSING_MS}")
    with suppress(sqlite3.OperationalError):
        connection.execute(statement, values)


def copy(source: Path, target: Path) -> None:
    """Copy it while it may be in use, durably and without sessions: nobody is logged in there."""
    with opened(source) as reader:
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        writer = sqlite3.connect(target, isolation_level=None)
        try:
            reader.backup(writer)
            writer.execute("PRAGMA synchronous = FULL")
            writer.execute("DELETE FROM sessions")
        finally:
            writer.close()


def users(connection: sqlite3.Connection) -> list[User]:
    """Return everybody, by name."""
    rows = connection.execute(
        "SELECT name, role, password, created_at, locked_at FROM users ORDER BY name"
    )
    return [User(*row) for row in rows]


def user(connection: sqlite3.Connection, name: str) -> User | None:
    """Return one, None if there is none."""
    row = connection.execute(
        "SELECT name, role, password, created_at, locked_at FROM users WHERE name = ?", (name,)
    ).fetchone()
    return User(*row) if row else None


def has_users(connection: sqlite3.Connection) -> bool:
    """True once anybody was added, and not removed."""
    return connection.execute("SELECT 1 FROM users LIMIT 1").fetchone() is not None


def add_user(connection: sqlite3.Connection, added: User) -> None:
    """Add somebody whose name is free."""
    connection.execute(
        "INSERT INTO users (name, role, password, created_at, locked_at) VALUES (?, ?, ?, ?, ?)",
        added,
    )


def set_role(connection: sqlite3.Connection, name: str, role: str) -> None:
    """Give another role."""
    connection.execute("UPDATE users SET role = ? WHERE name = ?", (role, name))


def set_password(connection: sqlite3.Connection, name: str, password: str) -> None:
    """Give another password; `password` is its hash."""
    connection.execute("UPDATE users SET password = ? WHERE name = ?", (password, name))


def set_locked(connection: sqlite3.Connection, name: str, at: str | None) -> None:
    """Lock somebody out, or let them in again."""
    connection.execute("UPDATE users SET locked_at = ? WHERE name = ?", (at, name))


def remove_user(connection: sqlite3.Connection, name: str) -> None:
    """Remove somebody, with their sessions; what they did stays on timelines."""
    connection.execute("DELETE FROM users WHERE name = ?", (name,))


def note(connection: sqlite3.Connection, entry: Entry) -> None:
    """Keep what somebody did, or tried."""
    connection.execute(
        "INSERT INTO access_log (at, event, user, actor, address, text) VALUES (?, ?, ?, ?, ?, ?)",
        entry,
    )


def entries(connection: sqlite3.Connection, *, limit: int, user: str = "") -> list[Entry]:
    """Return the newest of what was kept, newest first."""
    rows = connection.execute(
        "SELECT at, event, user, actor, address, text FROM access_log"
        + (" WHERE user = :user" if user else "")
        + " ORDER BY entry_id DESC LIMIT :limit",
        {"user": user, "limit": limit},
    )
    return [Entry(*row) for row in rows]
