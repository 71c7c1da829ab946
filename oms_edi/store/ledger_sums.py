"""What the stock ledger adds up to by item, so that no page adds up all of it: beside the book.

Part of the file of `oms_edi.store.search_index`: sums of whole blocks of entries as they were
booked, and of days as things were so at the node. What is newer than the last block is read in the
book, so a balance is exact whatever is in here. Nothing here is the way of an order.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from sqlite3 import Connection

from oms_edi.store.queries import Row
from oms_edi.store.stock_page import LedgerKey

#: Entries summed at a time. As many are read from the ledger itself, in its order.
BLOCK = 10_000
#: So many blocks behind the ledger of the item is read instead.
_MOST_BEHIND = 30
SCHEMA = """\
CREATE TABLE booked_blocks (               -- entries of the ledger by number, BLOCK at a time
    item     TEXT NOT NULL,
    block    INTEGER NOT NULL,
    node     TEXT NOT NULL,
    on_hand  INTEGER NOT NULL,
    held     INTEGER NOT NULL,
    doubted  INTEGER NOT NULL,
    reserved INTEGER NOT NULL,
    oversold INTEGER NOT NULL,
    PRIMARY KEY (item, block, node)
) STRICT, WITHOUT ROWID;
CREATE TABLE moved_days (                  -- the same entries by the day it was so at the node
    item     TEXT NOT NULL,
    node     TEXT NOT NULL,
    day      TEXT NOT NULL,
    on_hand  INTEGER NOT NULL,
    reserved INTEGER NOT NULL,
    PRIMARY KEY (item, node, day)
) STRICT, WITHOUT ROWID;
CREATE TABLE summed (
    blocks INTEGER NOT NULL                -- blocks below it are in both
) STRICT"""
_UNITS = ("on_hand", "held", "doubted", "reserved", "oversold")
TABLES = ("booked_blocks", "moved_days", "summed")


def blocks(index: Connection) -> int:
    """Return how many blocks are summed."""
    row = index.execute("SELECT blocks FROM summed").fetchone()
    return int(row[0]) if row else 0


def is_behind(book: Connection, index: Connection) -> bool:
    """True if there is a whole block that is not summed yet."""
    return _last_entry(book) >= (blocks(index) + 1) * BLOCK - 1


def take_block(book: Connection, index: Connection) -> None:
    """Sum one more block; inside a transaction of the caller's."""
    block = blocks(index)
    span = (block * BLOCK, (block + 1) * BLOCK)
    booked = book.execute(
        "SELECT item, node, sum(on_hand_delta), sum(held_delta), sum(doubted_delta),"
        " sum(reserved_delta), sum(oversold_delta) FROM stock_ledger NOT INDEXED"
        " WHERE entry_id >= ? AND entry_id < ? GROUP BY item, node",
        span,
    ).fetchall()
    index.executemany(
        "INSERT INTO booked_blocks (block, item, node, on_hand, held, doubted, reserved, oversold)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [(block, *row) for row in booked],
    )
    moved = book.execute(
        "SELECT item, node, substr(moved_at, 1, 10), sum(on_hand_delta), sum(reserved_delta)"
        " FROM stock_ledger NOT INDEXED WHERE entry_id >= ? AND entry_id < ? GROUP BY 1, 2, 3",
        span,
    ).fetchall()
    index.executemany(
        "INSERT INTO moved_days (item, node, day, on_hand, reserved) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (item, node, day) DO UPDATE SET on_hand = on_hand + excluded.on_hand,"
        " reserved = reserved + excluded.reserved",
        moved,
    )
    index.execute("DELETE FROM summed")
    index.execute("INSERT INTO summed (blocks) VALUES (?)", (block + 1,))


@contextmanager
def _one_state(book: Connection, index: Connection) -> Iterator[int | None]:
    """Yield how many blocks are summed, in one state of the index; None if they do not fit.

    They may be far behind the book, or before the state of it that a page sees.
    """
    index.execute("BEGIN")
    try:
        summed, last = blocks(index), _last_entry(book)
        is_near = summed * BLOCK <= last + 1 < (summed + _MOST_BEHIND) * BLOCK
        yield summed if is_near else None
    finally:
        index.rollback()


def _last_entry(book: Connection) -> int:
    (last,) = book.execute("SELECT coalesce(max(entry_id), 0) FROM stock_ledger").fetchone()
    return int(last)


def position_at(book: Connection, index: Connection, item: str, *, at: str) -> list[Row] | None:
    """Return what `stock_queries.position_at` does of all nodes of an item; None: not summed.

    Entries are numbered as they are booked, so those up to an instant are those up to a number.
    """
    with _one_state(book, index) as summed:
        if summed is None:
            return None
        end = _first_after(book, at)
        found = _booked(book, index, item, summed, end)
        hindsight = _moved_until(book, index, item, summed, sorted(found), at)
    return [
        {
            "node": node,
            **dict(zip(_UNITS, units, strict=True)),
            "free": max(0, units[0] - units[1] - units[2]) - units[3],
            "hindsight": hindsight.get(node, 0),
        }
        for node, units in sorted(found.items())
    ]


def _booked(
    book: Connection, index: Connection, item: str, summed: int, end: int
) -> dict[str, list[int]]:
    """Return what entries below a number add up to by node."""
    block = min(end // BLOCK, summed)
    sums = ", ".join(f"sum({name})" for name in _UNITS)
    deltas = ", ".join(f"sum({name}_delta)" for name in _UNITS)
    found: dict[str, list[int]] = {}
    for node, *units in (
        *index.execute(
            f"SELECT node, {sums} FROM booked_blocks WHERE item = ? AND block < ? GROUP BY node",
            (item, block),
        ),
        *book.execute(
            f"SELECT node, {deltas} FROM stock_ledger NOT INDEXED"
            " WHERE entry_id >= ? AND entry_id < ? AND item = ? GROUP BY node",
            (block * BLOCK, end, item),
        ),
    ):
        before = found.get(node, [0] * len(_UNITS))
        found[node] = [one + more for one, more in zip(before, units, strict=True)]
    return found


def _first_after(book: Connection, at: str) -> int:
    """Return the first entry booked after an instant, one after the last if there is none."""
    low, high = 1, _last_entry(book) + 1
    while low < high:
        middle = (low + high) // 2
        row = book.execute(
            "SELECT entry_id, at FROM stock_ledger WHERE entry_id >= ? ORDER BY entry_id LIMIT 1",
            (middle,),
        ).fetchone()
        if row is None or row[1] > at:
            high = middle
        else:
            low = row[0] + 1
    return low


def _moved_until(
    book: Connection, index: Connection, item: str, summed: int, nodes: Sequence[str], at: str
) -> dict[str, int]:
    """Return what is known by now to have lain at each node at an instant."""
    day, first = at[:10], summed * BLOCK
    found: dict[str, int] = {}
    for node in nodes:
        (before,) = index.execute(
            "SELECT coalesce(sum(on_hand), 0) FROM moved_days"
            " WHERE item = ? AND node = ? AND day < ?",
            (item, node, day),
        ).fetchone()
        (that_day,) = book.execute(
            "SELECT coalesce(sum(on_hand_delta), 0) FROM stock_ledger WHERE item = ? AND node = ?"
            " AND moved_at >= ? AND moved_at <= ? AND entry_id < ?",
            (item, node, day, at, first),
        ).fetchone()
        found[node] = before + that_day
    for node, units in book.execute(
        "SELECT node, sum(on_hand_delta) FROM stock_ledger NOT INDEXED"
        " WHERE entry_id >= ? AND item = ? AND moved_at <= ? GROUP BY node",
        (first, item, at),
    ):
        found[node] = found.get(node, 0) + units
    return found


def newer(
    book: Connection, index: Connection, item: str, node: str, key: LedgerKey
) -> tuple[int, int] | None:
    """Return (on hand, reserved) that movements from one on have moved; None: not summed."""
    day = key.moved_at[:10]
    deltas = "SELECT coalesce(sum(on_hand_delta), 0), coalesce(sum(reserved_delta), 0)"
    since = "(moved_at > ? OR moved_at = ? AND entry_id >= ?)"
    with _one_state(book, index) as summed:
        if summed is None:
            return None
        first = summed * BLOCK
        later_days = index.execute(
            "SELECT coalesce(sum(on_hand), 0), coalesce(sum(reserved), 0) FROM moved_days"
            " WHERE item = ? AND node = ? AND day > ?",
            (item, node, day),
        ).fetchone()
        that_day = book.execute(
            f"{deltas} FROM stock_ledger WHERE item = ? AND node = ? AND moved_at >= ?"
            f" AND moved_at < ? AND entry_id < ? AND {since}",
            (item, node, key.moved_at, f"{day}U", first, key.moved_at, *key),
        ).fetchone()
        not_summed = book.execute(
            f"{deltas} FROM stock_ledger NOT INDEXED"
            f" WHERE entry_id >= ? AND item = ? AND node = ? AND {since}",
            (first, item, node, key.moved_at, *key),
        ).fetchone()
    parts = (later_days, that_day, not_summed)
    return sum(part[0] for part in parts), sum(part[1] for part in parts)
