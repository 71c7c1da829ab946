"""The schema of the order book, from nothing to this version, one transaction a migration.

A migration sets `user_version`, by which a program knows an order book that a later one made.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from importlib import resources
from pathlib import Path

from sqlite_utils import Database, Migrations

from oms_edi.errors import StopDaemon
from oms_edi.store.integrity import integrity_faults

#: The `user_version` this program reads and writes: how many migrations there are.
VERSION = 1

migrations = Migrations("oms_edi")


@migrations()
def m001_order_book(db: Database) -> None:
    """Create the order book of version 0.1."""
    for statement in _statements(resources.files(__package__).joinpath("schema.sql").read_text()):
        db.conn.execute(statement)
    db.conn.execute("PRAGMA user_version = 1")


def _statements(script: str) -> Iterator[str]:
    """Split a script into complete statements; executescript() would commit the migration."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def schema_version(connection: sqlite3.Connection) -> int:
    """Return the schema version of an order book, 0 for a new one."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Bring an order book to this version; the lock is the caller's.

    One that was used before is first copied to `oms.db.version-N` beside it.

    Raises:
        StopDaemon: it is damaged; nothing was changed.
    """
    database = Database(connection, execute_plugins=False)
    if not migrations.pending(database):
        return
    if migrations.applied(database):
        _copy_before(connection, path)
    migrations.apply(database)


def _copy_before(connection: sqlite3.Connection, path: Path) -> None:
    """Keep the order book as it is; the copy of a try that was killed is replaced."""
    kept = path.with_name(f"{path.name}.version-{schema_version(connection)}")
    making = path.with_name(f".oms-edi-{kept.name}")
    making.unlink(missing_ok=True)
    with closing(sqlite3.connect(making)) as writer:
        writer.execute("PRAGMA synchronous = FULL")
        connection.backup(writer)
        writer.execute("PRAGMA journal_mode = DELETE")
        faults = integrity_faults(writer)
    if faults:
        raise StopDaemon(f"{path} is damaged and was not migrated: {faults[0]}; restore a backup")
    making.rename(kept)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
