"""Connections to the order book: for each thread one to read and one to act through.

A book that was put in the place of another (a restore), or brought to another version, is opened
anew, or refused.
"""

import threading
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from sqlite3 import Connection, ProgrammingError

from oms_edi.errors import ConfigurationError, NotFound
from oms_edi.store.database import attach
from oms_edi.store.migrations import VERSION, schema_version
from oms_edi.store.timeline import newest_at, stamp

#: A clock that is so far behind the order book is not believed.
_BEHIND = timedelta(days=1)


class _Opened:
    """A connection, closed when its thread ends."""

    def __init__(self, path: Path) -> None:
        self.inode = path.stat().st_ino if path.exists() else 0
        self.connection = attach(path)

    def is_good(self, path: Path) -> bool:
        """True while the book that lies there is the one that was opened, and of this version."""
        is_same = path.exists() and path.stat().st_ino == self.inode
        return is_same and schema_version(self.connection) == VERSION

    def __del__(self) -> None:
        connection = getattr(self, "connection", None)
        if connection is not None:
            with suppress(ProgrammingError):  # of another thread, when the whole process ends
                connection.close()


class Books:
    """What this process has open."""

    def __init__(self) -> None:
        self._mine = threading.local()

    def reading(self, path: Path) -> Connection:
        """Return this thread's connection that cannot write; it sees one state until `let_go`.

        Raises:
            NotFound: there is no order book yet.
        """
        connection = self._opened("reading", path)
        if not connection.in_transaction:
            connection.execute("BEGIN")
        return connection

    def for_others(self, path: Path, *, acts_at: datetime | None = None) -> Connection:
        """Return it for a customer or their program, to whom "not found" would be their order.

        Raises:
            ConfigurationError: there is no order book now, as in the middle of a restore.
        """
        try:
            return self.acting(path, now=acts_at) if acts_at else self.reading(path)
        except NotFound as error:
            raise ConfigurationError(str(error)) from error

    def let_go(self) -> None:
        """End what this thread reads: no page keeps an old state of the book longer than itself."""
        opened: _Opened | None = getattr(self._mine, "reading", None)
        if opened is not None and opened.connection.in_transaction:
            opened.connection.rollback()

    def acting(self, path: Path, *, now: datetime) -> Connection:
        """Return this thread's connection for acts.

        Raises:
            ConfigurationError: the clock is behind the book, as the daemon's is then: every day
                that follows from `now` would be wrong.
        """
        connection = self._opened("acting", path)
        newest = newest_at(connection)
        if newest > stamp(now + _BEHIND):
            raise ConfigurationError(
                f"it is {stamp(now)} here, and the order book has an event of {newest}: nothing is"
                " done until the clock is set right"
            )
        return connection

    def memory(self) -> dict[str, object]:
        """Return what this thread need not read twice in its steps."""
        known: dict[str, object] | None = getattr(self._mine, "memory", None)
        if known is None:
            known = self._mine.memory = {}
        return known

    def _opened(self, name: str, path: Path) -> Connection:
        opened: _Opened | None = getattr(self._mine, name, None)
        if opened is None or not opened.is_good(path):
            opened = _Opened(path)
            if name == "reading":
                opened.connection.execute("PRAGMA query_only = ON")
            else:
                self._mine.memory = {}  # of the book before
            setattr(self._mine, name, opened)
        return opened.connection
