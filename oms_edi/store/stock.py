"""Stock levels and their ledger. A level changes only together with a ledger row."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from sqlite3 import Connection
from typing import NamedTuple

from oms_edi.errors import Refused
from oms_edi.store.json_text import json_text

#: Written by everything that changes a level, summed by `store.verify`.
_LEDGER = (
    "INSERT INTO stock_ledger (at, item, node, kind, on_hand_delta, reserved_delta,"
    " oversold_delta, line_id, file_id, note) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """Stock of one item at one node."""

    item: str
    node: str
    on_hand: int
    reserved: int
    oversold: int
    as_of: str


class Reservation(NamedTuple):
    """Units of an item at a node for an order line."""

    item: str
    node: str
    units: int
    line_id: int


class Shelf:
    """What can be promised, as one write transaction knows it: nobody else writes meanwhile.

    Begin with a new one in every transaction, and after a rollback to a savepoint.
    """

    def __init__(self, connection: Connection, *, keep: Mapping[str, int]) -> None:
        self._connection = connection
        self._keep = keep
        self._supply: dict[tuple[str, str], int] = {}
        self._known: set[str] = set()

    def supply(self, items: Iterable[str]) -> dict[tuple[str, str], int]:
        """Return units by (item, node) that may be promised, what must be kept taken off.

        Other items may be in it, too; an item and node that is not in it has none. Not to be
        changed.
        """
        for item in items:
            if item not in self._known:
                self._known.add(item)
                for node, units in self._connection.execute(
                    "SELECT node, on_hand - reserved FROM stock_levels WHERE item = ?", (item,)
                ):
                    self._supply[item, node] = max(0, units - self._keep.get(node, 0))
        return self._supply

    def reserve(self, wanted: Sequence[Reservation], *, at: str) -> None:
        """Reserve all that is wanted, each only if it leaves what must be kept.

        Raises:
            Refused: one of them is not there; undo the transaction or savepoint.
        """
        cursor = self._connection.executemany(
            "UPDATE stock_levels SET reserved = reserved + ?"
            " WHERE item = ? AND node = ? AND on_hand - reserved - ? >= ?",
            [(w.units, w.item, w.node, self._keep.get(w.node, 0), w.units) for w in wanted],
        )
        if cursor.rowcount != len(wanted):
            items = ", ".join(sorted({w.item for w in wanted}))
            raise Refused(f"the stock of {items} is not there any more")
        self._connection.executemany(
            _LEDGER,
            [
                (at, w.item, w.node, "reservation", 0, w.units, 0, w.line_id, None, "")
                for w in wanted
            ],
        )
        for w in wanted:
            if (w.item, w.node) in self._supply:
                self._supply[w.item, w.node] -= w.units


def give_back(
    connection: Connection, item: str, node: str, units: int, *, line_id: int, note: str, at: str
) -> None:
    """Free reserved units: a cancel, or a node that did not ship what it was told to."""
    _change(connection, item, node, "release_back", 0, -units, line_id, None, note, at)
    _offer_again(connection, item)


def ship(
    connection: Connection, item: str, node: str, units: int, *, line_id: int, at: str
) -> None:
    """Take shipped units off the shelf and off the reservation."""
    row = _level_row(connection, item, node)
    on_hand = row[0] if row else 0
    if units > on_hand:  # it shipped what we did not know it had
        _change(
            connection,
            item,
            node,
            "adjustment",
            units - on_hand,
            0,
            line_id,
            None,
            "shipped more than was known to be there",
            at,
        )
    _change(connection, item, node, "shipment", -units, -units, line_id, None, "", at)


def receive(
    connection: Connection, item: str, node: str, units: int, *, note: str, at: str
) -> None:
    """Add units to the shelf."""
    _ensure(connection, item, node, at)
    _change(connection, item, node, "receipt", units, 0, None, None, note, at)
    _offer_again(connection, item)


class Free(NamedTuple):
    """Stock of an item over all nodes that ship."""

    #: Units that may be promised, what must be kept at each node taken off.
    units: int
    on_hand: int


def free_units(
    connection: Connection, items: Sequence[str], *, keep: Mapping[str, int]
) -> dict[str, Free]:
    """Return what there is of these items at the nodes in `keep`, which says what each keeps."""
    marks = ", ".join("?" * len(items))
    found = dict.fromkeys(items, Free(0, 0))
    for item, node, on_hand, reserved in connection.execute(
        f"SELECT item, node, on_hand, reserved FROM stock_levels WHERE item IN ({marks})",
        tuple(items),
    ):
        if node in keep:
            free = max(0, on_hand - reserved - keep[node])
            found[item] = Free(found[item].units + free, found[item].on_hand + on_hand)
    return found


def shipped_units(
    connection: Connection, items: Sequence[str], *, since: str
) -> dict[tuple[str, str], int]:
    """Return units by (item, partner) that left since that instant."""
    marks = ", ".join("?" * len(items))
    return {
        (item, partner): units
        for item, partner, units in connection.execute(
            "SELECT g.item, o.partner, -sum(g.on_hand_delta) FROM stock_ledger g"
            " JOIN order_lines l ON l.line_id = g.line_id JOIN orders o ON o.order_id = l.order_id"
            f" WHERE g.item IN ({marks}) AND g.kind = 'shipment' AND g.at >= ?"
            " GROUP BY g.item, o.partner",
            (*items, since),
        )
    }


def put_shares(
    connection: Connection,
    rows: Iterable[tuple[str, str, int, object, object]],
    *,
    at: str,
) -> None:
    """Keep how scarce items were shared: item, method, supply, kept, claims."""
    connection.executemany(
        "INSERT INTO shares (at, item, method, supply, kept, claims) VALUES (?, ?, ?, ?, ?, ?)",
        [
            (at, item, method, supply, json_text(kept), json_text(claims))
            for item, method, supply, kept, claims in rows
        ],
    )


def lose(connection: Connection, item: str, node: str, units: int, *, note: str, at: str) -> None:
    """Take units off the shelf that left without an order, as far as we knew of them."""
    gone = min(units, read_level(connection, item, node).on_hand)
    if gone:
        _change(connection, item, node, "adjustment", -gone, 0, None, None, note, at)


def oversold(connection: Connection) -> list[tuple[str, str, int, int]]:
    """Return (item, node, on hand, reserved) where more is promised than is there."""
    return connection.execute(
        "SELECT item, node, on_hand, reserved FROM stock_levels WHERE oversold > 0"
        " ORDER BY item, node"
    ).fetchall()


def snapshot(
    connection: Connection,
    item: str,
    node: str,
    counted: int,
    *,
    as_of: str,
    file_id: int | None,
    note: str,
    at: str,
) -> bool:
    """Take a count made at `as_of`; what moved since then is kept. Promises are never touched.

    Returns False if a newer count is known already.
    """
    _ensure(connection, item, node, "")
    level = read_level(connection, item, node)
    if as_of < level.as_of <= at:  # a count later than now was made by a wrong clock
        return False
    (moved,) = connection.execute(
        "SELECT coalesce(sum(on_hand_delta), 0) FROM stock_ledger"
        " WHERE item = ? AND node = ? AND at > ? AND kind <> 'snapshot'",
        (item, node, as_of),
    ).fetchone()
    on_hand = max(0, counted + moved)
    _change(connection, item, node, "snapshot", on_hand - level.on_hand, 0, None, file_id, note, at)
    connection.execute(
        "UPDATE stock_levels SET as_of = ? WHERE item = ? AND node = ?", (as_of, item, node)
    )
    if on_hand > level.on_hand:
        _offer_again(connection, item)
    return True


def _offer_again(connection: Connection, item: str) -> None:
    """Have the item offered to everybody who waits for it."""
    connection.execute(
        "INSERT INTO restocked (item) VALUES (?) ON CONFLICT (item) DO UPDATE SET passed = '[]'",
        (item,),
    )


def _ensure(connection: Connection, item: str, node: str, as_of: str) -> None:
    connection.execute(
        "INSERT INTO stock_levels (item, node, on_hand, as_of) VALUES (?, ?, 0, ?)"
        " ON CONFLICT (item, node) DO NOTHING",
        (item, node, as_of),
    )


def _level_row(connection: Connection, item: str, node: str) -> tuple[int, int, int, str] | None:
    row: tuple[int, int, int, str] | None = connection.execute(
        "SELECT on_hand, reserved, oversold, as_of FROM stock_levels WHERE item = ? AND node = ?",
        (item, node),
    ).fetchone()
    return row


def read_level(connection: Connection, item: str, node: str) -> Level:
    """Return the level of an item at a node; zero where nothing is known."""
    row = _level_row(connection, item, node) or (0, 0, 0, "")
    return Level(
        item=item, node=node, on_hand=row[0], reserved=row[1], oversold=row[2], as_of=row[3]
    )


def _change(
    connection: Connection,
    item: str,
    node: str,
    kind: str,
    on_hand: int,
    reserved: int,
    line_id: int | None,
    file_id: int | None,
    note: str,
    at: str,
) -> None:
    """Apply deltas; units promised beyond what is there are named `oversold`, never hidden."""
    before = read_level(connection, item, node)
    oversold = max(0, before.reserved + reserved - before.on_hand - on_hand)
    connection.execute(
        "UPDATE stock_levels SET on_hand = on_hand + ?, reserved = reserved + ?, oversold = ?"
        " WHERE item = ? AND node = ?",
        (on_hand, reserved, oversold, item, node),
    )
    connection.execute(
        _LEDGER,
        (
            at,
            item,
            node,
            kind,
            on_hand,
            reserved,
            oversold - before.oversold,
            line_id,
            file_id,
            note,
        ),
    )
