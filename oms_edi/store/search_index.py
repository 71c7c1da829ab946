"""The index orders are found in: a file beside the order book, made of it, in no backup.

It has no place in the book, because the way of an order must not pay for it: who searches brings it
up to date, from the newest order down to the oldest the first time, then by the timeline, which has
a row for every change of an order. A lost or damaged one is made again. It holds words and numbers
(`oms_edi.store.search`), and how each order stood when it was looked at last, which is derived, so
that the book cannot be asked for it (`oms_edi.store.order_page`).
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from oms_edi.errors import TransientError
from oms_edi.store import ledger_sums
from oms_edi.store.database import attach
from oms_edi.store.order_list import summaries
from oms_edi.store.search_rows import read_indexed

#: Raised with every change of what is indexed: an older file is made again.
VERSION = 5
#: Orders read at a time.
CHUNK = 200
#: Events looked through at a time.
EVENTS = 2000
#: Seconds a page waits for somebody else who is at it.
_WAIT_S = 0.05
_SCHEMA = """\
CREATE VIRTUAL TABLE words USING fts5 (text, detail = none, columnsize = 0);
CREATE TABLE terms (
    term TEXT PRIMARY KEY                  -- every word there is
) STRICT, WITHOUT ROWID;
CREATE TABLE numbers (
    number   TEXT NOT NULL,                -- without blanks and signs, capitals; "<" = backwards
    order_id INTEGER NOT NULL,
    PRIMARY KEY (number, order_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX numbers_by_order ON numbers (order_id);
CREATE TABLE listed (                      -- a row for each node of an order, and one with none
    order_id INTEGER NOT NULL,
    node     TEXT NOT NULL,                -- '' = the order
    partner  TEXT NOT NULL,
    status   TEXT NOT NULL,
    PRIMARY KEY (order_id, node)
) STRICT, WITHOUT ROWID;
CREATE INDEX listed_by_status ON listed (node, status, order_id);
CREATE INDEX listed_by_partner ON listed (partner, status, order_id) WHERE node = '';
CREATE INDEX listed_by_node ON listed (node, order_id, partner) WHERE node <> '';
CREATE TABLE promised (                    -- what orders were promised of an item and is owed
    item     TEXT NOT NULL,
    order_id INTEGER NOT NULL,
    node     TEXT NOT NULL,
    ship_on  TEXT NOT NULL,                -- '' = no day
    units    INTEGER NOT NULL,
    PRIMARY KEY (item, order_id, node, ship_on)
) STRICT, WITHOUT ROWID;
CREATE INDEX promised_by_order ON promised (order_id);
CREATE TABLE progress (
    last_event INTEGER NOT NULL,           -- changes up to it are in the index
    last_at    TEXT NOT NULL,              -- of that event: to know the book again
    next_order INTEGER NOT NULL            -- orders above it are in the index
) STRICT"""


_TABLES = ("words", "terms", "numbers", "listed", "promised", "progress")


class Progress(NamedTuple):
    """How much of the book is in the index."""

    last_event: int
    last_at: str
    #: Orders above it are; 0 = all of them.
    next_order: int


def open_index(path: Path, *, wait_s: float = _WAIT_S) -> sqlite3.Connection:
    """Open the index at `path`; make it, or make it again where it is old or damaged.

    `wait_s` is how long to wait for somebody else who is at it.

    Raises:
        TransientError: somebody else is making it, or it cannot be written now.
    """
    try:
        return _open(path, wait_s)
    except sqlite3.DatabaseError as error:
        if _is_busy(error):
            raise TransientError("the index of orders is being made; try again") from error
        if not is_damaged(error):
            raise TransientError(f"the index of orders cannot be written: {error}") from error
    remove_index(path)
    return _open(path, wait_s)


def remove_index(path: Path) -> None:
    """Remove the index, its log first: one left behind would be taken for that of the next."""
    for end in ("-wal", "-shm", ""):
        path.with_name(f"{path.name}{end}").unlink(missing_ok=True)


def is_damaged(error: sqlite3.DatabaseError) -> bool:
    """True if an error is about what stands in a file, not about who may write to it."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_NOTADB)
    return code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def is_sound(index: sqlite3.Connection) -> bool:
    """True if the whole index can be read."""
    try:
        (told,) = index.execute("PRAGMA quick_check(1)").fetchone()
        index.execute("INSERT INTO words (words) VALUES ('integrity-check')")
    except sqlite3.DatabaseError as error:
        return not is_damaged(error)
    return bool(told == "ok")


def _open(path: Path, wait_s: float) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, timeout=wait_s)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version not in (0, VERSION):
            raise sqlite3.DatabaseError(f"{path} has version {version}")
        if not version:
            _make(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _make(connection: sqlite3.Connection) -> None:
    with _written(connection):
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version:  # somebody made it meanwhile
            return
        for statement in (*_SCHEMA.split(";\n"), *ledger_sums.SCHEMA.split(";\n")):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")


def _is_busy(error: sqlite3.DatabaseError) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY


@contextmanager
def _written(index: sqlite3.Connection) -> Iterator[None]:
    index.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        index.rollback()
        raise
    index.commit()


def read_progress(index: sqlite3.Connection) -> Progress | None:
    """Return how much of the book is in the index, None if nothing is."""
    row = index.execute("SELECT last_event, last_at, next_order FROM progress").fetchone()
    return Progress(*row) if row else None


def bring_up(
    book: sqlite3.Connection,
    index: sqlite3.Connection,
    *,
    events: int = EVENTS,
    blocks: int = 1,
) -> bool:
    """Take some more of the book into the index; return whether there is more to take.

    What happened since the last time comes first, `events` of it, then `blocks` of the stock
    ledger, then a chunk of older orders. Somebody else who is at it is left to it, and so is an
    index that is ahead of the state of the book a page sees.
    """
    try:
        with _written(index):
            done = read_progress(index)
            if done is not None and not _is_of(book, done):
                if _is_ahead(book, done):
                    return False
                done = None
            if done is None:
                done = _begin(book, index)
            is_more = _go_on(book, index, done, events)
            for _ in range(blocks):
                if ledger_sums.is_behind(book, index):
                    ledger_sums.take_block(book, index)
            return is_more or ledger_sums.is_behind(book, index)
    except sqlite3.OperationalError as error:
        if _is_busy(error):
            return False
        raise


def _is_of(book: sqlite3.Connection, done: Progress) -> bool:
    """True if the index was made of this book; a restored one may have lost what is in it."""
    row = book.execute("SELECT at FROM events WHERE event_id = ?", (done.last_event,)).fetchone()
    return (row[0] if row else "") == done.last_at


def _is_ahead(book: sqlite3.Connection, done: Progress) -> bool:
    """True if the index was made of this book as it is by now, past what this connection sees."""
    _, _, path = book.execute("PRAGMA database_list").fetchone()
    with closing(attach(Path(path))) as newest:
        return _is_of(newest, done)


def _begin(book: sqlite3.Connection, index: sqlite3.Connection) -> Progress:
    for table in (*_TABLES, *ledger_sums.TABLES):
        index.execute(f"DELETE FROM {table}")
    row = book.execute("SELECT event_id, at FROM events ORDER BY event_id DESC LIMIT 1").fetchone()
    (newest,) = book.execute("SELECT coalesce(max(order_id), 0) FROM orders").fetchone()
    last_event, last_at = row or (0, "")
    done = Progress(last_event, last_at, newest)
    index.execute("INSERT INTO progress (last_event, last_at, next_order) VALUES (?, ?, ?)", done)
    return done


def _go_on(book: sqlite3.Connection, index: sqlite3.Connection, done: Progress, limit: int) -> bool:
    events = book.execute(
        "SELECT event_id, at, order_id FROM events WHERE event_id > ? ORDER BY event_id LIMIT ?",
        (done.last_event, limit),
    ).fetchall()
    changed = sorted({order_id for _, _, order_id in events if order_id is not None})
    for start in range(0, len(changed), CHUNK):
        _take(book, index, changed[start : start + CHUNK])
    last = events[-1][:2] if events else done[:2]
    below = done.next_order
    if below and len(changed) < CHUNK:
        older = book.execute(
            "SELECT order_id FROM orders WHERE order_id <= ? ORDER BY order_id DESC LIMIT ?",
            (below, CHUNK),
        ).fetchall()
        _take(book, index, [order_id for (order_id,) in older])
        below = older[-1][0] - 1 if len(older) == CHUNK else 0
    index.execute("UPDATE progress SET last_event = ?, last_at = ?, next_order = ?", (*last, below))
    return bool(below) or len(events) == limit


def _take(book: sqlite3.Connection, index: sqlite3.Connection, order_ids: Sequence[int]) -> None:
    """Index these orders as they are now; what is in the index so already is left alone."""
    if not order_ids:
        return
    marks = ", ".join("?" * len(order_ids))
    _take_words(book, index, order_ids, marks)
    _take_promised(book, index, order_ids, marks)
    known: dict[int, set[tuple[int, str, str, str]]] = {}
    for row in index.execute(
        f"SELECT order_id, node, partner, status FROM listed WHERE order_id IN ({marks})",
        order_ids,
    ):
        known.setdefault(row[0], set()).add(row)
    for order in summaries(book, order_ids):
        order_id = order["order_id"]
        fresh = {
            (order_id, node, order["partner"], order["status"]) for node in ("", *order["nodes"])
        }
        before = known.get(order_id, set())
        index.executemany(
            "DELETE FROM listed WHERE order_id = ? AND node = ?",
            [row[:2] for row in before - fresh],
        )
        index.executemany(
            "INSERT INTO listed (order_id, node, partner, status) VALUES (?, ?, ?, ?)",
            sorted(fresh - before),
        )


def _take_promised(
    book: sqlite3.Connection, index: sqlite3.Connection, order_ids: Sequence[int], marks: str
) -> None:
    fresh = set(
        book.execute(
            "SELECT l.item, l.order_id, a.node, coalesce(a.ship_on, ''),"
            " sum(a.quantity - a.shipped - a.short) FROM order_lines l"
            " JOIN allocations a ON a.line_id = l.line_id"
            f" WHERE l.order_id IN ({marks}) AND l.allocated + l.released > 0"
            " AND l.item IS NOT NULL AND a.quantity > a.shipped + a.short GROUP BY 1, 2, 3, 4",
            order_ids,
        )
    )
    known = set(
        index.execute(
            "SELECT item, order_id, node, ship_on, units FROM promised"
            f" WHERE order_id IN ({marks})",
            order_ids,
        )
    )
    index.executemany(
        "DELETE FROM promised WHERE item = ? AND order_id = ? AND node = ? AND ship_on = ?",
        [row[:4] for row in sorted(known - fresh)],
    )
    index.executemany(
        "INSERT INTO promised (item, order_id, node, ship_on, units) VALUES (?, ?, ?, ?, ?)",
        sorted(fresh - known),
    )


def promised(index: sqlite3.Connection, item: str) -> list[tuple[str, str, str, int]]:
    """Return what `promises.committed` does of an item, as of a moment ago."""
    return index.execute(
        "SELECT item, node, ship_on, sum(units) FROM promised WHERE item = ?"
        " GROUP BY item, node, ship_on",
        (item,),
    ).fetchall()


def _take_words(
    book: sqlite3.Connection, index: sqlite3.Connection, order_ids: Sequence[int], marks: str
) -> None:
    known = dict(
        index.execute(f"SELECT rowid, text FROM words WHERE rowid IN ({marks})", order_ids)
    )
    numbers: dict[int, set[str]] = {}
    for order_id, number in index.execute(
        f"SELECT order_id, number FROM numbers WHERE order_id IN ({marks})", order_ids
    ):
        numbers.setdefault(order_id, set()).add(number)
    terms: set[str] = set()
    for order_id, found in read_indexed(book, order_ids).items():
        if known.get(order_id) != found.text:
            terms.update(found.text.split())
            index.execute(
                "INSERT OR REPLACE INTO words (rowid, text) VALUES (?, ?)", (order_id, found.text)
            )
        fresh = found.numbers - numbers.get(order_id, set())
        index.executemany(
            "INSERT INTO numbers (number, order_id) VALUES (?, ?)",
            [(number, order_id) for number in sorted(fresh)],
        )
    index.executemany(
        "INSERT INTO terms (term) VALUES (?) ON CONFLICT DO NOTHING",
        [(term,) for term in sorted(terms)],
    )
