"""Units of a line move only as the table of legal moves says, whoever writes."""

import sqlite3
from collections.abc import Iterator
from itertools import product

import pytest

from oms_edi.domain.lifecycle import MOVES, Place
from oms_edi.errors import Refused
from oms_edi.store import orders
from tests.support.edi import interchange, x850
from tests.support.site import Site

ILLEGAL = [pair for pair in product(Place, Place) if pair not in MOVES and pair[0] != pair[1]]
#: What brings a line to have units in a place.
PATHS: dict[Place, list[tuple[Place, Place]]] = {
    Place.OUTSIDE: [],
    Place.OPEN: [],
    Place.ALLOCATED: [(Place.OPEN, Place.ALLOCATED)],
    Place.BACKORDERED: [(Place.OPEN, Place.BACKORDERED)],
    Place.RELEASED: [(Place.OPEN, Place.ALLOCATED), (Place.ALLOCATED, Place.RELEASED)],
    Place.CANCELLED: [(Place.OPEN, Place.CANCELLED)],
    Place.SHIPPED: [
        (Place.OPEN, Place.ALLOCATED),
        (Place.ALLOCATED, Place.RELEASED),
        (Place.RELEASED, Place.SHIPPED),
    ],
}


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> sqlite3.Connection:
    """An order book with one line of ten open units."""
    site = Site(tmp_path_factory.mktemp("moves"))
    site.send("buyer", interchange(x850("PO1", "1*10*EA*9.99**VN*A1")))
    return site.step().connection


@pytest.fixture
def held(book: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """The book within a transaction that is undone."""
    book.execute("BEGIN")
    yield book
    book.rollback()


def bring(connection: sqlite3.Connection, place: Place) -> None:
    for source, target in PATHS[place]:
        orders.move(connection, source, target, [(1, 10)])


def change(place: Place, units: int) -> str:
    column = "ordered" if place is Place.OUTSIDE else place.value
    sign = -units if place is Place.OUTSIDE else units
    return f"{column} = {column} + {sign}"


def units_in(connection: sqlite3.Connection, place: Place) -> int:
    column = "ordered" if place is Place.OUTSIDE else place.value
    row = connection.execute(f"SELECT {column} FROM order_lines WHERE line_id = 1").fetchone()
    return int(row[0])


def test_every_legal_move_can_be_written(held: sqlite3.Connection) -> None:
    for source, target in MOVES:
        held.execute("SAVEPOINT one")
        bring(held, source)
        before = units_in(held, target)
        orders.move(held, source, target, [(1, 4)])
        moved = -4 if target is Place.OUTSIDE else 4  # the line is so much smaller
        assert units_in(held, target) - before == moved
        held.execute("ROLLBACK TO one")


@pytest.mark.parametrize(("source", "target"), ILLEGAL)
def test_no_illegal_move_can_be_written(
    held: sqlite3.Connection, source: Place, target: Place
) -> None:
    bring(held, source)
    with pytest.raises(Refused, match=f"never go from {source} to {target}"):
        orders.move(held, source, target, [(1, 4)])
    sql = f"UPDATE order_lines SET {change(source, -4)}, {change(target, 4)} WHERE line_id = 1"
    with pytest.raises(sqlite3.IntegrityError, match="units of a line never move so"):
        held.execute(sql)
