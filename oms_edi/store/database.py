"""Open the order book and write to it: one connection, one writer, one transaction a step.

Its schema is made and migrated by `oms_edi.store.migrations`.
Measured pitfalls this module exists for: `Database.atomic()` begins deferred (writers collide),
`execute("... RETURNING")` leaves a transaction open, a misspelt table name creates a table.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from oms_edi.errors import ConfigurationError, NotFound, OmsError, StopDaemon, TransientError
from oms_edi.store.book import Book, forget_waiting, write_waiting
from oms_edi.store.journal import Turn
from oms_edi.store.migrations import VERSION, migrate, schema_version

#: Before it, two connections of which one checkpoints can corrupt a WAL database (fixed in 3.51.3).
SAFE_WAL_VERSION = (3, 51, 3)

#: Seconds to wait for somebody else who writes, and between two looks of who is no owner.
_WAIT_S = 30
_ASK_S = 0.003
#: Result codes after which the storage cannot be trusted, whatever the configuration.
_BROKEN = {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_FULL}
#: Result codes where it is the user who may not.
_NO_ACCESS = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}
#: Result codes that end the process in the middle of its work. What SQLite could not open for
#: writing, for whatever reason, it opens for reading.
_FATAL = _BROKEN | _NO_ACCESS | {sqlite3.SQLITE_NOTADB}


def create(path: Path) -> sqlite3.Connection:
    """Open the order book at `path` as its owner, make or migrate it; the lock is the caller's.

    An older one is copied to `oms.db.version-N` beside it before it is migrated.

    Raises:
        ConfigurationError: a later version of this program made it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = _connect(path, checkpoint=True)
    migrate(connection, path)
    return connection


def attach(path: Path) -> sqlite3.Connection:
    """Open an order book that exists, beside its owner: never checkpoints.

    Raises:
        NotFound: there is none yet.
        ConfigurationError: another version of this program made it.
    """
    if not path.exists():
        raise NotFound(f"no order book at {path} yet; it is made by the first run or import")
    connection = _connect(path, checkpoint=False)
    connection.is_guest = True
    if schema_version(connection) < VERSION:
        raise ConfigurationError(
            f"{path} was made by an older version; stop that one, and start this one: it makes a"
            " copy and brings the order book up to date"
        )
    return connection


def _connect(path: Path, *, checkpoint: bool) -> Book:
    try:
        connection = sqlite3.connect(
            path, isolation_level=None, timeout=_WAIT_S, cached_statements=512, factory=Book
        )
        (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        if mode != "wal":  # silently another one where the file system has no shared memory
            raise ConfigurationError(
                f"{path}: its file system takes no write-ahead log; move folders.var to a disk"
                " of this machine"
            )
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA cache_size = -32768")
        connection.execute("PRAGMA temp_store = MEMORY")
        if not checkpoint:
            connection.execute("PRAGMA wal_autocheckpoint = 0")
        found = schema_version(connection)
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in _BROKEN:
            raise StopDaemon(f"{path}: {error}") from error
        raise ConfigurationError(f"{path}: {_unusable(error)}") from error
    if found > VERSION:
        raise ConfigurationError(
            f"{path} has schema version {found}, and this program knows up to {VERSION}:"
            " a later version made it; install that one again, or restore a backup made before"
        )
    return connection


def _unusable(error: sqlite3.DatabaseError) -> str:
    """Say why an order book cannot be opened, and what helps where it is only the user."""
    if getattr(error, "sqlite_errorcode", 0) & 0xFF in _NO_ACCESS:
        return f"not writable, which reading needs, too ({error}); run as the user of the daemon"
    return f"not a usable order book: {error}"


def copy_book(source: Path, target: Path) -> None:
    """Copy an order book that may be in use."""
    with closing(attach(source)) as reader, closing(sqlite3.connect(target)) as writer:
        reader.backup(writer)


@contextmanager
def savepoint(connection: sqlite3.Connection, name: str) -> Iterator[None]:
    """Undo what is written inside if it fails; the transaction around it goes on.

    Raises:
        StopDaemon: the storage failed; that is the fault of nothing inside.
    """
    with _told():
        yield from _savepoint(connection, name)


def _savepoint(connection: sqlite3.Connection, name: str) -> Iterator[None]:
    connection.execute(f"SAVEPOINT {name}")  # what waits is written first, and no part of it
    had_lost = isinstance(connection, Book) and connection.has_lost
    before = connection.total_changes
    try:
        yield
        write_waiting(connection)
    except BaseException:
        forget_waiting(connection)
        if isinstance(connection, Book):
            connection.has_lost = had_lost
        if connection.in_transaction:  # a full disk ends the whole transaction
            connection.execute(f"ROLLBACK TO {name}")
            connection.execute(f"RELEASE {name}")
        turn = _turn_of(connection)
        if turn:
            turn.undone += connection.total_changes - before
        raise
    connection.execute(f"RELEASE {name}")


def _turn_of(connection: sqlite3.Connection) -> Turn | None:
    """Return what is being done through a connection."""
    return connection.turn if isinstance(connection, Book) else None


@contextmanager
def write_tx(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Run one step: everything in it is committed together with its row in the journal, or nothing.

    Inside an act of a person it is part of the one transaction of the act.

    Raises:
        StopDaemon: the storage failed (I/O error, disk full, corruption).
        TransientError: another process held the order book for too long, or wrote to it since the
            step began to read.
        OmsError: something was changed outside of a turn; a replay would miss it.
    """
    turn = _turn_of(connection)
    if turn and turn.is_one and connection.in_transaction:
        yield connection
        return
    with _transaction(connection, is_begun=bool(turn and turn.is_begun)):
        if turn:
            turn.is_begun = False
            turn.check(connection)
            turn.undone = 0
        before = connection.total_changes
        yield connection
        write_waiting(connection)
        if connection.total_changes - before > (turn.undone if turn else 0):
            if turn is None:
                raise OmsError(
                    "the order book was changed outside of a turn; make the function an act"
                    " (pipeline.frame.turns.act) or a step (pipeline.steps)"
                )
            turn.note(connection)


def begin(connection: sqlite3.Connection) -> None:
    """Begin the transaction the next `write_tx` will end; nobody else writes until then."""
    with _told():
        connection.execute("BEGIN IMMEDIATE")


@contextmanager
def scratch_tx(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Write what is about this process and no part of the book, such as how often it crashed."""
    with _transaction(connection, is_begun=False):
        yield connection


@contextmanager
def joined(connection: sqlite3.Connection) -> Iterator[None]:
    """Commit the transactions made inside together: one fsync, and hot pages are written once.

    One that fails is undone by itself and its error goes on; those before it are committed all the
    same, unless the storage failed. Nothing may rest on any of them before this ends.

    Raises:
        StopDaemon: the storage failed; none of them is there.
    """
    assert isinstance(connection, Book)
    fault: Exception | None = None
    with _transaction(connection, is_begun=False):
        connection.is_joined = True
        try:
            yield
        except StopDaemon:
            raise
        except Exception as error:
            fault = error
        finally:
            connection.is_joined = False
    if fault:
        raise fault


@contextmanager
def _transaction(connection: sqlite3.Connection, *, is_begun: bool) -> Iterator[None]:
    if isinstance(connection, Book) and connection.is_joined:
        with savepoint(connection, "joined"):
            yield
        return
    with _told():
        if not is_begun:
            _begin(connection)
        try:
            yield
            write_waiting(connection)
        except BaseException:
            connection.rollback()
            raise
        connection.commit()


def _begin(connection: sqlite3.Connection) -> None:
    """Begin to write.

    Who is beside the owner asks every few milliseconds: SQLite asks ever more seldom, and an owner
    that writes all the time leaves gaps too short to be met so.
    """
    if not (isinstance(connection, Book) and connection.is_guest):
        connection.execute("BEGIN IMMEDIATE")
        return
    (wait_ms,) = connection.execute("PRAGMA busy_timeout").fetchone()
    until = time.monotonic() + wait_ms / 1000
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        while True:
            try:
                connection.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                code = error.sqlite_errorcode & 0xFF
                if code != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                    raise
            time.sleep(_ASK_S)
    finally:
        connection.execute(f"PRAGMA busy_timeout = {wait_ms}")


@contextmanager
def _told() -> Iterator[None]:
    """Say what a fault of the storage means for the caller."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in _FATAL:
            raise StopDaemon(f"the order book cannot be written: {error}") from error
        if code == sqlite3.SQLITE_BUSY:
            raise TransientError("somebody else is writing to the order book; try again") from error
        raise
