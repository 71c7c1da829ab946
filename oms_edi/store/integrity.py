"""What SQLite itself finds wrong with a database."""

import sqlite3


def integrity_faults(connection: sqlite3.Connection) -> list[str]:
    """Return what is wrong with a whole database: reads every page and every index."""
    return _asked(connection, "PRAGMA integrity_check")


def broken_parts(connection: sqlite3.Connection) -> list[str]:
    """Return what a quick look finds wrong, and rows that name rows that are not there."""
    found = _asked(connection, "PRAGMA quick_check")
    if found:
        return found
    return [
        f"{table} row {rowid} names a row of {parent} that is not there"
        for table, rowid, parent, _ in connection.execute("PRAGMA foreign_key_check")
    ]


def _asked(connection: sqlite3.Connection, pragma: str) -> list[str]:
    try:
        found = [str(row[0]) for row in connection.execute(pragma)]
    except sqlite3.DatabaseError as error:
        return [str(error)]
    return [fault for fault in found if fault != "ok"]
