"""Counts of stock against the ledger: the last one of each item and node, and what it left open.

`on_hand(t) = H(T) + everything that moved after T`; the drift is H(T) less what the ledger says of
T, with all that is known by now. A document that comes later and is about before T changes it.
"""

from dataclasses import dataclass
from sqlite3 import Connection
from typing import NamedTuple

from oms_edi.domain.stock import Tolerance
from oms_edi.store.stock import Movement, book, offer_again, read_level


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """What a node has of an item, as counted."""

    item: str
    node: str
    #: When it was true.
    as_of: str
    #: As the document says, in base units.
    told: int
    #: `on_hand` or `available`.
    basis: str
    #: What that means on hand.
    counted: int
    #: Units that must not ship; None = the document does not say.
    held: int | None = None
    file_id: int | None = None
    note: str = ""


#: After every entry there is.
_NONE = 2**62


class Settled(NamedTuple):
    """How a count stands to the ledger."""

    as_of: str
    counted: int
    #: On hand at that instant by the ledger, before anything was booked for the count.
    expected: int
    #: Units booked to agree with it.
    booked: int
    #: What is left unexplained: counted less expected; 0 = they agree.
    drift: int


def take_count(
    connection: Connection, count: Count, *, tolerance: Tolerance | None, at: str
) -> Settled | None:
    """Take a count; what moved since is kept, promises are never touched.

    With a `tolerance`, a count beyond it is not booked: the lower figure holds until it is
    explained. The first count of an item is believed, it is where the ledger begins. Returns None
    if a newer count is known already.
    """
    level = read_level(connection, count.item, count.node)
    if count.as_of < level.as_of <= at:  # a count later than now was made by a wrong clock
        return None
    connection.execute(
        "INSERT INTO stock_levels (item, node, on_hand, as_of) VALUES (?, ?, 0, ?)"
        " ON CONFLICT (item, node) DO UPDATE SET as_of = excluded.as_of",
        (count.item, count.node, count.as_of),
    )
    is_final = tolerance is None or not level.as_of
    connection.execute(
        "INSERT INTO stock_counts (item, node, as_of, at, told, basis, counted, drift, booked,"
        " entry_id, is_final, file_id) VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0,"
        " (SELECT coalesce(max(entry_id), 0) FROM stock_ledger), ?, ?)"
        " ON CONFLICT (item, node) DO UPDATE SET as_of = excluded.as_of, at = excluded.at,"
        " told = excluded.told, basis = excluded.basis,"
        " counted = excluded.counted, booked = 0, entry_id = excluded.entry_id,"
        " is_final = excluded.is_final,"
        " file_id = excluded.file_id",
        (
            count.item,
            count.node,
            count.as_of,
            at,
            count.told,
            count.basis,
            count.counted,
            int(is_final),
            count.file_id,
        ),
    )
    settled = settle(
        connection, count.item, count.node, tolerance=tolerance, at=at, note=count.note
    )
    if not level.as_of:  # where the ledger begins there is nothing to explain
        connection.execute(
            "UPDATE stock_counts SET booked = 0 WHERE item = ? AND node = ?",
            (count.item, count.node),
        )
    if count.held is not None:
        _set_held(connection, count, count.held, at=at)
    return settled


def settle(
    connection: Connection,
    item: str,
    node: str,
    *,
    tolerance: Tolerance | None,
    at: str,
    note: str = "",
) -> Settled | None:
    """Compare the last count with the ledger as it is now, book or doubt the difference.

    Returns None if the item was never counted there.
    """
    row = connection.execute(
        "SELECT as_of, counted, entry_id, is_final, file_id FROM stock_counts"
        " WHERE item = ? AND node = ?",
        (item, node),
    ).fetchone()
    if row is None:
        return None
    as_of, counted, entry_id, is_final, file_id = row
    level = read_level(connection, item, node)
    expected = level.on_hand - _moved_after(
        connection, item, node, as_of, entry_id, "on_hand_delta"
    )
    drift = counted - expected
    booked = doubted = 0
    if is_final or tolerance is None or tolerance.allows(drift, expected=expected):
        booked = max(drift, -level.on_hand)
    else:
        doubted = max(0, -drift)
    if booked or doubted != level.doubted:
        book(
            connection,
            Movement(
                item=item,
                node=node,
                kind="snapshot" if booked else "doubt",
                at=at,
                moved_at=as_of,
                on_hand=booked,
                doubted=doubted - level.doubted,
                file_id=file_id,
                note=note or f"counted {counted} as of {as_of}, expected {expected}",
            ),
        )
        if booked > 0 or doubted < level.doubted:
            offer_again(connection, item)
    connection.execute(
        "UPDATE stock_counts SET drift = ?, booked = booked + ? WHERE item = ? AND node = ?",
        (drift - booked, booked, item, node),
    )
    return Settled(as_of, counted, expected, booked, drift - booked)


def believe(connection: Connection, item: str, node: str, *, note: str, at: str) -> Settled | None:
    """Book whatever the last count says; None if there is nothing to explain."""
    cursor = connection.execute(
        "UPDATE stock_counts SET is_final = 1 WHERE item = ? AND node = ? AND drift <> 0",
        (item, node),
    )
    if not cursor.rowcount:
        return None
    return settle(connection, item, node, tolerance=None, at=at, note=note)


def _set_held(connection: Connection, count: Count, told: int, *, at: str) -> None:
    """Hold what the count says is blocked, and what was blocked since."""
    level = read_level(connection, count.item, count.node)
    since = _moved_after(connection, count.item, count.node, count.as_of, _NONE, "held_delta")
    held = max(0, min(told + since, level.on_hand))
    if held != level.held:
        book(
            connection,
            Movement(
                item=count.item,
                node=count.node,
                kind="status",
                at=at,
                moved_at=count.as_of,
                held=held - level.held,
                file_id=count.file_id,
                note=f"counted {told} blocked as of {count.as_of}",
            ),
        )
        if held < level.held:
            offer_again(connection, count.item)


def _moved_after(
    connection: Connection, item: str, node: str, as_of: str, entry_id: int, column: str
) -> int:
    """Return what moved after a count; in its very second, what was booked after it."""
    (units,) = connection.execute(
        f"SELECT coalesce(sum({column}), 0) FROM stock_ledger WHERE item = ? AND node = ?"
        " AND (moved_at > ? OR (moved_at = ? AND entry_id > ?)) AND kind <> 'snapshot'",
        (item, node, as_of, as_of, entry_id),
    ).fetchone()
    return int(units)


class OpenDrift(NamedTuple):
    """A last count that documents do not explain."""

    item: str
    node: str
    as_of: str
    counted: int
    #: Counted less expected.
    drift: int
    #: What was booked to agree with the count.
    booked: int


def last_drift(connection: Connection, item: str, node: str) -> OpenDrift | None:
    """Return the last count of an item at a node with what is unexplained of it."""
    row = connection.execute(
        "SELECT item, node, as_of, counted, drift, booked FROM stock_counts"
        " WHERE item = ? AND node = ?",
        (item, node),
    ).fetchone()
    return OpenDrift(*row) if row else None


def put_feed(connection: Connection, node: str, *, as_of: str, at: str) -> None:
    """Note that a node told its stock as of that instant."""
    connection.execute(
        "INSERT INTO node_feeds (node, as_of, at) VALUES (?, ?, ?) ON CONFLICT (node) DO UPDATE"
        " SET as_of = excluded.as_of, at = excluded.at WHERE excluded.as_of >= as_of OR as_of > ?",
        (node, as_of, at, at),
    )


def feeds(connection: Connection) -> dict[str, str]:
    """Return the instant each node last told its stock of."""
    return dict(connection.execute("SELECT node, as_of FROM node_feeds").fetchall())
