"""What an order book says, as one hash, and where two of them first differ.

The hash is SHA-256 over every table in the order of names: a line `= table column column ...`,
then a line a row in the order of its primary key, which is Python's `repr` of the tuple of its
values (whole numbers, text in quotes, bytes, None). A new table is part of it without further ado;
what is left out stands here with its reason.
"""

import hashlib
from collections.abc import Iterator
from itertools import zip_longest
from sqlite3 import Connection

#: Tables that say nothing of what happened.
_LEFT_OUT = {
    "crashes": "how often this process ended, not what became of a file; that is in `files`",
    "notifications": "whom we told, which a replay must not do again; the exceptions are in",
    "journal": "what was done; the rest of the book is what came of it",
}
#: Columns that say nothing of what happened.
_COLUMNS_LEFT_OUT = {
    ("files", "claim_id"): "random: it tells two arrivals apart, and nothing follows from it",
}
_SHOWN = 120


def content_hash(connection: Connection) -> str:
    """Hash the whole order book: equal hashes mean the same things happened."""
    digest = hashlib.sha256()
    for table, columns, order in _tables(connection):
        digest.update(f"= {table} {' '.join(columns)}\n".encode())
        for row in _rows(connection, table, columns, order):
            digest.update(f"{row!r}\n".encode())
    return digest.hexdigest()


def first_difference(ours: Connection, theirs: Connection) -> str | None:
    """Return the first table and row in which two order books differ, None if they do not."""
    for table, columns, order in _tables(ours):
        for one, other in zip_longest(
            _rows(ours, table, columns, order), _rows(theirs, table, columns, order)
        ):
            if one == other:
                continue
            if one is None or other is None:
                row, where = (other or one), ("only here" if other is None else "not here")
                return f"{table} has {_told(row)} {where}"
            names = [
                f"{name} {_told(a)} here, {_told(b)} there"
                for name, a, b in zip(columns, one, other, strict=True)
                if a != b
            ]
            return f"{table} {_told(one[: len(order)])}: {'; '.join(names)}"
    return None


def _told(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _tables(connection: Connection) -> Iterator[tuple[str, list[str], list[str]]]:
    """Yield (table, columns, columns to order by)."""
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    for (table,) in names.fetchall():
        if table in _LEFT_OUT or table.startswith(("_", "sqlite_")):
            continue
        info = connection.execute(f"PRAGMA table_info({table})").fetchall()
        keys = sorted((row[5], row[1]) for row in info if row[5])
        order = [name for _, name in keys] or [row[1] for row in info]
        columns = [row[1] for row in info if (table, row[1]) not in _COLUMNS_LEFT_OUT]
        columns.sort(key=lambda name: order.index(name) if name in order else len(order))
        yield table, columns, order


def _rows(
    connection: Connection, table: str, columns: list[str], order: list[str]
) -> Iterator[tuple[object, ...]]:
    return connection.execute(
        f"SELECT {', '.join(columns)} FROM {table} ORDER BY {', '.join(order)}"
    )
