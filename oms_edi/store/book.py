"""A connection to the order book, and rows that may wait until many are written at once."""

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from oms_edi.errors import Refused
from oms_edi.store.journal import Turn

Row = Sequence[Any]
#: Makes of all rows that wait for a statement those that are written.
Gather = Callable[[Sequence[Row]], Sequence[Row]]


class Book(sqlite3.Connection):
    """A connection to an order book: what is being done through it, and what it still has to write.

    Rows given to `write_later` are written before anything else is asked or written through the
    connection and before it commits, so nobody sees the book without them.
    """

    turn: Turn | None = None
    #: True for who works beside the owner of the book.
    is_guest: bool = False
    #: True while the transactions made are parts of a larger one.
    is_joined: bool = False
    #: True once rows that waited could not be written, until what they belong to is undone.
    has_lost: bool = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._waiting: dict[tuple[int, str], list[Row]] = {}
        #: How rows of a statement are made one, where they are.
        self._gather: dict[str, Gather] = {}
        #: Rows that wait and may change until they are written, by name.
        self._named: dict[object, list[Any]] = {}
        #: What the rows that wait are about, where somebody may ask for it.
        self._about: set[object] = set()
        #: The next id to be given out in this transaction, by table.
        self._ids: dict[str, int] = {}

    def write_later(self, statement: str, rows: Iterable[Row], stage: int, about: object) -> None:
        """Have `statement` executed for each of these rows, together with those that wait."""
        waiting = self._waiting.get((stage, statement))
        if waiting is None:
            self._waiting[stage, statement] = list(rows)
        else:
            waiting += rows
        if about is not None:
            self._about.add(about)

    def gather_by(self, statement: str, gather: Gather) -> None:
        """Have what `gather` makes of all rows that wait for a statement written in their place."""
        self._gather[statement] = gather

    def name_waiting(self, named: Mapping[object, list[Any]]) -> None:
        """Let rows that wait be found by their names, and changed, until they are written."""
        self._named.update(named)

    def waiting_row(self, name: object) -> list[Any] | None:
        """Return the row of this name; None if it does not wait."""
        return self._named.get(name)

    def write_waiting(self) -> None:
        """Write the rows that wait, a stage after the other.

        Raises:
            Refused: a row did not change what it was to change, now or before; whoever went on
                after that fault cannot commit without the row.
        """
        if self.has_lost:
            raise Refused("rows that waited could not be written before")
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, {}
        self._about.clear()
        self._named.clear()
        self.has_lost = True
        for (_, statement), rows in sorted(waiting.items(), key=lambda item: item[0][0]):
            gather = self._gather.get(statement)
            written = gather(rows) if gather else rows
            changed = super().executemany(statement, written).rowcount
            if changed != len(written):
                raise Refused(f"{changed} of {len(written)} rows could be written: {statement}")
        self.has_lost = False

    def forget_waiting(self) -> None:
        """Forget the rows that wait, and ids given out: what they belong to is undone."""
        self._waiting.clear()
        self._about.clear()
        self._named.clear()
        self._ids.clear()

    def ask(self, sql: str, parameters: Sequence[Any], about: object) -> sqlite3.Cursor:
        """Execute a query; what waits is written first only where it is about the same."""
        if about in self._about:
            self.write_waiting()
        return super().execute(sql, parameters)

    def new_ids(self, table: str, count: int) -> range:
        """Return ids for new rows of a table; what is undone gives its ids back."""
        first = self._ids.get(table, 0) or last_id(self, table) + 1
        self._ids[table] = first + count
        return range(first, first + count)

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        """Execute a statement, after what waits."""
        if self._waiting:
            self.write_waiting()
        return super().execute(sql, parameters)

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> sqlite3.Cursor:
        """Execute a statement for many rows, after what waits."""
        if self._waiting:
            self.write_waiting()
        return super().executemany(sql, parameters)

    def commit(self) -> None:
        """Commit what was written, after what waits."""
        self.write_waiting()
        self._ids.clear()
        super().commit()

    def rollback(self) -> None:
        """Undo the transaction; what waits is part of it."""
        self.forget_waiting()
        self.has_lost = False
        super().rollback()


#: The highest id a table has or, where ids are never used again, had.
_LAST_ID = (
    "SELECT max(coalesce((SELECT max(rowid) FROM {0}), 0),"
    " coalesce((SELECT seq FROM sqlite_sequence WHERE name = ?), 0))"
)


def write_later(
    connection: sqlite3.Connection,
    statement: str,
    rows: Iterable[Row],
    *,
    stage: int = 0,
    about: object = None,
    gather: Gather | None = None,
    named: Mapping[object, list[Any]] | None = None,
) -> None:
    """Write rows at the latest before anything else is done with the connection.

    Every row must change one row of the book. What many orders write is written a statement at a
    time: what a row needs is written before it, or has an earlier stage. `ask` finds them by what
    they are `about`, `waiting_row` those that are `named`; `gather` makes fewer rows of all that
    wait for the statement, and is the same for all of them.
    """
    if isinstance(connection, Book):
        if gather is not None:
            connection.gather_by(statement, gather)
        if named is not None:
            connection.name_waiting(named)
        connection.write_later(statement, rows, stage, about)
    else:
        found = list(rows)
        connection.executemany(statement, gather(found) if gather else found)


def waiting_row(connection: sqlite3.Connection, name: object) -> list[Any] | None:
    """Return a row that was given this name and is not written yet, to be changed."""
    return connection.waiting_row(name) if isinstance(connection, Book) else None


def write_waiting(connection: sqlite3.Connection) -> None:
    """Write the rows that wait, where a fault in them must show now."""
    if isinstance(connection, Book):
        connection.write_waiting()


def forget_waiting(connection: sqlite3.Connection) -> None:
    """Forget the rows that wait: what they belong to is undone."""
    if isinstance(connection, Book):
        connection.forget_waiting()


def ask(
    connection: sqlite3.Connection, sql: str, parameters: Sequence[Any], *, about: object
) -> sqlite3.Cursor:
    """Execute a query for which only waiting rows `about` this matter."""
    if isinstance(connection, Book):
        return connection.ask(sql, parameters, about)
    return connection.execute(sql, parameters)


def new_ids(connection: sqlite3.Connection, table: str, count: int) -> range:
    """Return ids for rows of `table` that are written later; every writer of it asks here."""
    if isinstance(connection, Book):
        return connection.new_ids(table, count)
    first = last_id(connection, table) + 1
    return range(first, first + count)


def new_id(connection: sqlite3.Connection, table: str) -> int:
    """Return the id for one row, likewise."""
    return new_ids(connection, table, 1)[0]


def last_id(connection: sqlite3.Connection, table: str) -> int:
    """Return the highest id that was written to a table or, of orders, ever was; 0 if none was."""
    query = _LAST_ID.format(table)
    (last,) = sqlite3.Connection.execute(connection, query, (table,)).fetchone()
    return int(last)
