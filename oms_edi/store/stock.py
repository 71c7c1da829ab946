"""Stock levels and their ledger. A level changes only together with a ledger row."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from sqlite3 import Connection
from typing import NamedTuple

from oms_edi.domain.stock import Keep, sellable
from oms_edi.errors import Refused
from oms_edi.store.book import Row, write_later
from oms_edi.store.json_text import json_text

_LEDGER = (
    "INSERT INTO stock_ledger (at, moved_at, item, node, kind, on_hand_delta, held_delta,"
    " doubted_delta, reserved_delta, oversold_delta, line_id, file_id, document_id, note)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
#: What may be promised or is, of a row of stock_levels.
SELLABLE = "max(0, on_hand - held - doubted)"
_RESERVE = (
    "UPDATE stock_levels SET reserved = reserved + ?1"
    f" WHERE item = ?2 AND node = ?3 AND {SELLABLE} - reserved - ?4 >= ?1"
)
#: The hot path: a reservation moves nothing.
_RESERVED = (
    "INSERT INTO stock_ledger (at, moved_at, item, node, kind, on_hand_delta, reserved_delta,"
    " line_id) VALUES (?1, ?1, ?2, ?3, 'reservation', 0, ?4, ?5)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """Stock of one item at one node."""

    item: str
    node: str
    #: All that lies there.
    on_hand: int
    #: Of it, what must not ship.
    held: int
    #: Of it, what the last count did not find and nobody has explained.
    doubted: int
    reserved: int
    oversold: int
    as_of: str

    @property
    def free(self) -> int:
        """Units nobody was promised; negative: so many too many were."""
        return sellable(on_hand=self.on_hand, held=self.held, doubted=self.doubted) - self.reserved


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """A change of one level, and why."""

    item: str
    node: str
    #: As `stock_ledger.kind`.
    kind: str
    at: str
    #: When it was so at the node; "" = when it is booked.
    moved_at: str = ""
    on_hand: int = 0
    held: int = 0
    doubted: int = 0
    reserved: int = 0
    line_id: int | None = None
    file_id: int | None = None
    document_id: int | None = None
    note: str = ""


class Reservation(NamedTuple):
    """Units of an item at a node for an order line."""

    item: str
    node: str
    units: int
    line_id: int


def _one_row_a_level(rows: Sequence[Row]) -> list[Row]:
    """Reserve at once what many lines take of a level: all of it is there, or none."""
    taken: dict[tuple[str, str, int], int] = {}
    for units, item, node, keep in rows:
        taken[item, node, keep] = taken.get((item, node, keep), 0) + units
    return [(units, *level) for level, units in taken.items()]


class Shelf:
    """What can be promised, as one write transaction knows it: nobody else writes meanwhile.

    Begin with a new one in every transaction, and after a rollback to a savepoint.
    """

    def __init__(self, connection: Connection, *, keep: Keep, likely: Iterable[str] = ()) -> None:
        """`likely` are items that will be asked for; they are looked up with the first one."""
        self._connection = connection
        self._keep = keep
        self._likely = likely
        self._supply: dict[tuple[str, str], int] = {}
        self._known: set[str] = set()

    def supply(self, items: Iterable[str]) -> dict[tuple[str, str], int]:
        """Return units by (item, node) that may be promised, what must be kept taken off.

        Other items may be in it, too; an item and node that is not in it has none. Not to be
        changed.
        """
        unknown = [item for item in items if item not in self._known]
        if unknown:
            likely, self._likely = self._likely, ()
            for item in {**dict.fromkeys(unknown), **dict.fromkeys(likely)}:
                self._known.add(item)
                for node, units in self._connection.execute(
                    f"SELECT node, {SELLABLE} - reserved FROM stock_levels WHERE item = ?", (item,)
                ):
                    self._supply[item, node] = max(0, units - self._keep.units(item, node))
        return self._supply

    def reserve(self, wanted: Sequence[Reservation], *, at: str) -> None:
        """Reserve all that is wanted, each only if it leaves what must be kept.

        Raises:
            Refused: one of them is not there; undo the transaction or savepoint.
        """
        supply = self.supply([w.item for w in wanted])
        for w in wanted:
            free = supply.get((w.item, w.node), 0)
            if w.units > free:
                raise Refused(f"the stock of {w.item} at {w.node} is not there any more")
            supply[w.item, w.node] = free - w.units
        keep = self._keep.units
        write_later(
            self._connection,
            _RESERVE,
            [(w.units, w.item, w.node, keep(w.item, w.node)) for w in wanted],
            gather=_one_row_a_level,
        )
        write_later(
            self._connection,
            _RESERVED,
            [(at, w.item, w.node, w.units, w.line_id) for w in wanted],
        )

    def return_units(self, given: Sequence[Reservation], *, note: str, at: str) -> None:
        """Free reserved units for others; they are offered to those who wait, too."""
        for r in given:
            give_back(
                self._connection, r.item, r.node, r.units, line_id=r.line_id, note=note, at=at
            )
            self._known.discard(r.item)

    def with_returned(self, given: Sequence[Reservation]) -> dict[tuple[str, str], int]:
        """Return the supply of these items as if those units were not reserved.

        Never less than they are: what is reserved can stay, whatever an event took away.
        """
        supply = dict(self.supply([r.item for r in given]))
        units: dict[tuple[str, str], int] = {}
        for r in given:
            units[r.item, r.node] = units.get((r.item, r.node), 0) + r.units
        for (item, node), own in units.items():
            (free,) = self._connection.execute(
                f"SELECT {SELLABLE} - reserved FROM stock_levels WHERE item = ? AND node = ?",
                (item, node),
            ).fetchone()
            supply[item, node] = max(own, own + free - self._keep.units(item, node))
        return supply


def give_back(
    connection: Connection, item: str, node: str, units: int, *, line_id: int, note: str, at: str
) -> None:
    """Free reserved units: a cancel, or a node that did not ship what it was told to."""
    book(
        connection,
        Movement(
            item=item,
            node=node,
            kind="release_back",
            at=at,
            reserved=-units,
            line_id=line_id,
            note=note,
        ),
    )
    offer_again(connection, item)


def ship(
    connection: Connection,
    item: str,
    node: str,
    units: int,
    *,
    line_id: int,
    at: str,
    moved_at: str = "",
    document_id: int | None = None,
) -> None:
    """Take shipped units off the shelf and off the reservation."""
    row = _level_row(connection, item, node)
    on_hand = row[0] if row else 0
    shipment = Movement(
        item=item,
        node=node,
        kind="shipment",
        at=at,
        moved_at=moved_at,
        on_hand=-units,
        reserved=-units,
        line_id=line_id,
        document_id=document_id,
    )
    if units > on_hand:  # it shipped what we did not know it had
        note = "shipped more than was known to be there"
        found = units - on_hand
        book(
            connection,
            replace(shipment, kind="adjustment", on_hand=found, reserved=0, note=note),
        )
    book(connection, shipment)


def receive(connection: Connection, movement: Movement) -> None:
    """Add units to the shelf and offer them to those who wait."""
    _ensure(connection, movement.item, movement.node)
    book(connection, movement)
    offer_again(connection, movement.item)


class Free(NamedTuple):
    """Stock of an item over all nodes that ship."""

    #: Units that may be promised, what must be kept at each node taken off.
    units: int
    on_hand: int


def free_units(
    connection: Connection, items: Sequence[str], *, nodes: Collection[str], keep: Keep
) -> dict[str, Free]:
    """Return what there is of these items at these nodes, what must be kept taken off."""
    marks = ", ".join("?" * len(items))
    found = dict.fromkeys(items, Free(0, 0))
    for item, node, on_hand, units in connection.execute(
        f"SELECT item, node, on_hand, {SELLABLE} - reserved FROM stock_levels"
        f" WHERE item IN ({marks})",
        tuple(items),
    ):
        if node in nodes:
            free = max(0, units - keep.units(item, node))
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


def lose(
    connection: Connection,
    movement: Movement,
) -> int:
    """Take `-on_hand` units off the shelf, as far as we knew of them; return the others."""
    known = read_level(connection, movement.item, movement.node).on_hand
    gone = min(-movement.on_hand, known)
    if gone:
        book(connection, replace(movement, on_hand=-gone))
    return -movement.on_hand - gone


def oversold(connection: Connection) -> list[tuple[str, str, int, int]]:
    """Return (item, node, sellable, reserved) where more is promised than is there."""
    return connection.execute(
        f"SELECT item, node, {SELLABLE}, reserved FROM stock_levels WHERE oversold > 0"
        " ORDER BY item, node"
    ).fetchall()


def offer_again(connection: Connection, item: str) -> None:
    """Have the item offered to everybody who waits for it."""
    connection.execute(
        "INSERT INTO restocked (item) VALUES (?) ON CONFLICT (item) DO UPDATE SET passed = '[]'",
        (item,),
    )


def _ensure(connection: Connection, item: str, node: str) -> None:
    connection.execute(
        "INSERT INTO stock_levels (item, node, on_hand, as_of) VALUES (?, ?, 0, '')"
        " ON CONFLICT (item, node) DO NOTHING",
        (item, node),
    )


_Row = tuple[int, int, int, int, int, str]


def _level_row(connection: Connection, item: str, node: str) -> _Row | None:
    row: _Row | None = connection.execute(
        "SELECT on_hand, held, doubted, reserved, oversold, as_of FROM stock_levels"
        " WHERE item = ? AND node = ?",
        (item, node),
    ).fetchone()
    return row


def read_level(connection: Connection, item: str, node: str) -> Level:
    """Return the level of an item at a node; zero where nothing is known."""
    row = _level_row(connection, item, node) or (0, 0, 0, 0, 0, "")
    return Level(
        item=item,
        node=node,
        on_hand=row[0],
        held=row[1],
        doubted=row[2],
        reserved=row[3],
        oversold=row[4],
        as_of=row[5],
    )


def book(connection: Connection, movement: Movement) -> None:
    """Apply a movement; units promised beyond what is there are named `oversold`, never hidden.

    What is held is part of what lies there: it goes with the last units.
    """
    m = movement
    row = _level_row(connection, m.item, m.node)
    if row is None:
        _ensure(connection, m.item, m.node)
        row = (0, 0, 0, 0, 0, "")
    on_hand, doubted, reserved = row[0] + m.on_hand, row[2] + m.doubted, row[3] + m.reserved
    held = max(0, min(row[1] + m.held, on_hand))
    oversold = max(0, reserved - max(0, on_hand - held - doubted))
    connection.execute(
        "UPDATE stock_levels SET on_hand = ?, held = ?, doubted = ?, reserved = ?, oversold = ?"
        " WHERE item = ? AND node = ?",
        (on_hand, held, doubted, reserved, oversold, m.item, m.node),
    )
    connection.execute(
        _LEDGER,
        (
            m.at,
            m.moved_at or m.at,
            m.item,
            m.node,
            m.kind,
            m.on_hand,
            held - row[1],
            m.doubted,
            m.reserved,
            oversold - row[4],
            m.line_id,
            m.file_id,
            m.document_id,
            m.note,
        ),
    )
