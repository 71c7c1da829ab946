"""Copies of an order book: made beside its owner, whole, and durable."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from oms_edi.errors import StopDaemon
from oms_edi.store import numbers
from oms_edi.store.database import attach
from oms_edi.store.integrity import integrity_faults
from oms_edi.store.journal import archived


def copy_durably(source: Path, target: Path) -> list[str]:
    """Copy an order book that may be in use, as one file; return what is wrong with the copy.

    SQLite's backup reads one snapshot: writers go on, and nothing is checkpointed. The caller
    syncs the folder of `target`.

    Raises:
        StopDaemon: it cannot be read, or the copy cannot be written.
    """
    try:
        with closing(attach(source)) as reader, closing(sqlite3.connect(target)) as writer:
            writer.execute("PRAGMA synchronous = FULL")
            reader.backup(writer)
            writer.execute("PRAGMA journal_mode = DELETE")  # no -wal beside it, wherever opened
            return integrity_faults(writer)
    except sqlite3.DatabaseError as error:
        raise StopDaemon(f"{source} cannot be copied to {target.parent}: {error}") from error


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a copy that nobody writes to; nothing beside it is made."""
    uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
    with closing(sqlite3.connect(uri, uri=True)) as connection:
        yield connection


def what_is_archived(connection: sqlite3.Connection) -> set[str]:
    """Return the SHA-256 of everything in the archive that an order book accounts for."""
    files = {sha256 for (sha256,) in connection.execute("SELECT sha256 FROM files")}
    return files | archived(connection)


@dataclass(slots=True)
class Salvaged:
    """What an order book that may be damaged still tells."""

    counters: dict[str, int] = field(default_factory=dict)
    last_order: int = 0
    #: What came in: partner and name by SHA-256; of imports the name only.
    files: dict[str, tuple[str, str]] = field(default_factory=dict)
    #: Why it could not be read to its end; "" if it could.
    fault: str = ""


def salvage(path: Path) -> Salvaged:
    """Read what can be read of an order book that is to be replaced; nothing is no fault."""
    found = Salvaged()
    if not path.exists():
        return found
    try:
        with closing(sqlite3.connect(path)) as book:
            _read(book, found)
    except sqlite3.DatabaseError as error:
        found.fault = str(error)
    return found


def _read(book: sqlite3.Connection, found: Salvaged) -> None:
    found.counters = numbers.counters(book)
    found.last_order = numbers.last_order(book)
    rows = book.execute(
        "SELECT json_extract(j.value, '$.archived'), '', json_extract(j.value, '$.name')"
        " FROM journal, json_each(body) j WHERE kind = 'act' AND j.type = 'object'"
        " UNION ALL SELECT sha256, partner, name FROM files"
    )
    found.files = {sha256: (partner, name) for sha256, partner, name in rows if sha256}
