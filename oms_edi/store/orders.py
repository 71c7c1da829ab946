"""The order book: orders, lines, destinations. What a step needs to write and to read back."""

import json
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from sqlite3 import Connection
from typing import NamedTuple

from oms_edi.domain.lifecycle import MOVES, Place
from oms_edi.domain.order import BookLine, BookOrder, NewLine, NewOrder
from oms_edi.domain.party import Party
from oms_edi.errors import Refused
from oms_edi.store.book import ask, new_id, new_ids, write_later, write_waiting
from oms_edi.store.json_text import json_text
from oms_edi.store.order_lines import LINES, line_of, read_date, read_pairs

_LEDGER = "INSERT INTO line_ledger (source, target, moves) VALUES (?, ?, ?)"
_NEW_ORDER = (
    "INSERT INTO orders (order_id, partner, channel, po_number, release_number, order_type,"
    " ordered_on, ship_on, not_before, not_after, deliver_by, cancel_after, expires_on, tier,"
    " currency, routing, refs, notes, parties, kept, content_sha, received_at, answer_due)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)"
)


@lru_cache(maxsize=4096)
def _items_json(items: tuple[tuple[str, str], ...]) -> str:
    return json_text(items)


def _json(values: Sequence[object]) -> str:
    return json_text(values) if values else "[]"


def day_of(value: date | None) -> str | None:
    """Write a day as the store keeps it."""
    return value.isoformat() if value else None


def text_of(value: Decimal | None) -> str | None:
    """Write a number as the store keeps it, without an exponent."""
    if value is None:
        return None
    return format(value, "f") if "E" in (text := str(value)) else text


def put_order(
    connection: Connection, order: NewOrder, *, partner: str, channel: str, at: str
) -> tuple[int, list[int]]:
    """Add an order with its lines, all units open. Return its id and the ids of its lines."""
    message = order.message
    parties = [
        [p.role, p.name, p.id_qualifier, p.id_code, p.street, p.city, p.state, p.postal_code]
        for p in message.parties
    ]
    order_id = new_id(connection, "orders")
    row = (
        order_id,
        partner,
        channel,
        message.po_number,
        message.release_number,
        message.order_type,
        day_of(message.ordered_on),
        day_of(message.ship_on),
        day_of(message.not_before),
        day_of(message.not_after),
        day_of(message.deliver_by),
        day_of(message.cancel_after),
        day_of(message.cancel_after),
        order.tier,
        message.currency,
        message.routing,
        json_text(message.references),
        _json(message.notes),
        json_text(parties),
        _json([*message.kept, *(kept for line in message.lines for kept in line.kept)]),
        order.content_sha,
        at,
    )
    write_later(connection, _NEW_ORDER, [row], about=("po", message.po_number))
    write_later(
        connection,
        "INSERT INTO destinations (order_id, destination, name, id_qualifier, id_code, street,"
        " city, state, postal_code, country) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [destination_row(order_id, n, party) for n, party in enumerate(order.destinations)],
        stage=1,
    )
    return order_id, _put_lines(connection, order_id, order.lines)


def destination_row(order_id: int, number: int, party: Party) -> tuple[object, ...]:
    """Return a row of `destinations`."""
    return (
        order_id,
        number,
        party.name,
        party.id_qualifier,
        party.id_code,
        json_text(party.street),
        party.city,
        party.state,
        party.postal_code,
        party.country,
    )


def _put_lines(connection: Connection, order_id: int, lines: Sequence[NewLine]) -> list[int]:
    ids = new_ids(connection, "order_lines", len(lines))
    write_later(
        connection,
        "INSERT INTO order_lines (line_id, order_id, buyer_line, destination, item, items,"
        " description, buyer_quantity, buyer_unit, unit_factor, buyer_price, price, price_basis,"
        " requested_on, notes, ordered, open)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                line_id,
                order_id,
                line.buyer_line,
                line.destination,
                line.item,
                _items_json(line.items),
                line.description,
                text_of(line.buyer_quantity),
                line.buyer_unit,
                line.unit_factor,
                text_of(line.buyer_price),
                text_of(line.price),
                line.price_basis,
                day_of(line.requested_on),
                _json(line.notes),
                line.quantity,
                line.quantity,
            )
            for line_id, line in zip(ids, lines, strict=True)
        ],
        stage=1,
    )
    moves = [(line_id, line.quantity) for line_id, line in zip(ids, lines, strict=True)]
    note_moves(connection, "", "open", moves)
    return list(ids)


def note_moves(
    connection: Connection, source: str, target: str, moves: Sequence[tuple[int, int]]
) -> None:
    """Put moves (line id, units) in the ledger that `store.verify` sums; "" is outside the line."""
    write_later(connection, _LEDGER, [(source, target, json_text(moves))])


class KnownOrder(NamedTuple):
    """An order of the book that a new document may be about."""

    order_id: int
    content_sha: str
    #: False if every unit of it was cancelled.
    is_alive: bool


def orders_with_po(
    connection: Connection, partner: str, po_number: str, release_number: str
) -> list[KnownOrder]:
    """Return the orders with this PO, oldest first."""
    rows = ask(
        connection,
        "SELECT order_id, content_sha, EXISTS (SELECT 1 FROM order_lines l"
        " WHERE l.order_id = o.order_id AND l.cancelled < l.ordered) FROM orders o"
        " WHERE po_number = ? AND partner = ? AND release_number = ? ORDER BY order_id",
        (po_number, partner, release_number),
        about=("po", po_number),
    ).fetchall()
    return [KnownOrder(order_id, sha, bool(alive)) for order_id, sha, alive in rows]


def read_order(connection: Connection, order_id: int) -> BookOrder:
    """Return one order of the book."""
    return read_orders(connection, [order_id])[order_id]


def read_orders(connection: Connection, order_ids: Sequence[int]) -> dict[int, BookOrder]:
    """Return orders by their ids; four queries, however many they are."""
    among = f"IN ({', '.join('?' * len(order_ids))})"
    held: dict[int, set[int | None]] = {}
    for order_id, line_id in connection.execute(
        f"SELECT order_id, line_id FROM holds WHERE closed_at IS NULL AND order_id {among}",
        order_ids,
    ):
        held.setdefault(order_id, set()).add(line_id)
    destinations: dict[int, list[Party]] = {}
    for order_id, *row in connection.execute(
        "SELECT order_id, name, id_qualifier, id_code, street, city, state, postal_code, country"
        f" FROM destinations WHERE order_id {among} ORDER BY order_id, destination",
        order_ids,
    ):
        destinations.setdefault(order_id, []).append(_party(tuple(row)))
    lines: dict[int, list[BookLine]] = {}
    for row in connection.execute(
        f"{LINES} WHERE order_id {among} ORDER BY order_id, line_id", order_ids
    ):
        order_id = row[0]
        lines.setdefault(order_id, []).append(line_of(row, held.get(order_id, _NOT_HELD)))
    return {
        row[0]: BookOrder(
            order_id=row[0],
            partner=row[1],
            po_number=row[2],
            release_number=row[3],
            ordered_on=read_date(row[4]),
            ship_on=read_date(row[5]),
            not_before=read_date(row[6]),
            not_after=read_date(row[7]),
            deliver_by=read_date(row[8]),
            cancel_after=read_date(row[9]),
            tier=row[10],
            routing=row[11],
            references=read_pairs(row[12]),
            notes=tuple(json.loads(row[13])) if row[13] != "[]" else (),
            received_at=row[14],
            answer_due=bool(row[15]),
            answers=row[16],
            answer_sha=row[17],
            destinations=tuple(destinations.get(row[0], ())),
            lines=tuple(lines.get(row[0], ())),
        )
        for row in connection.execute(
            "SELECT order_id, partner, po_number, release_number, ordered_on, ship_on,"
            " not_before, not_after, deliver_by, cancel_after, tier, routing, refs, notes,"
            f" received_at, answer_due, answers, answer_sha FROM orders WHERE order_id {among}",
            order_ids,
        )
    }


_NOT_HELD: set[int | None] = set()


@lru_cache(maxsize=4096)
def _party(row: tuple[str, ...]) -> Party:
    name, id_qualifier, id_code, street, city, state, postal_code, country = row
    return Party(
        role="ST",
        name=name,
        id_qualifier=id_qualifier,
        id_code=id_code,
        street=tuple(json.loads(street)),
        city=city,
        state=state,
        postal_code=postal_code,
        country=country,
    )


#: Column that holds the units of a place; those outside the line are in none.
_MINUS: dict[Place, str] = {
    place: f"{place} = {place} - ?1" for place in Place if place != Place.OUTSIDE
}
_PLUS: dict[Place, str] = {
    place: f"{place} = {place} + ?1" for place in Place if place != Place.OUTSIDE
}
_MINUS[Place.OUTSIDE] = "ordered = ordered + ?1"
_PLUS[Place.OUTSIDE] = "ordered = ordered - ?1"
_STAGES = {place: stage for stage, place in enumerate(Place)}
#: The statement of each move, its stage, and what the ledger calls its two places.
_MOVES: dict[tuple[str, str], tuple[str, int, str, str]] = {
    (source, target): (
        f"UPDATE order_lines SET {_MINUS[source]}, {_PLUS[target]} WHERE line_id = ?2",
        _STAGES[target],
        "" if source is Place.OUTSIDE else source,
        "" if target is Place.OUTSIDE else target,
    )
    for source, target in MOVES
}


def move(
    connection: Connection, source: str, target: str, moves: Iterable[tuple[int, int]]
) -> None:
    """Move units of lines from one `Place` to another; `moves` are (line id, units).

    Raises:
        Refused: no document causes such a move (`domain.lifecycle.MOVES`).
    """
    write_waiting(connection)
    move_later(connection, source, target, moves)
    write_waiting(connection)


def move_later(
    connection: Connection, source: str, target: str, moves: Iterable[tuple[int, int]]
) -> None:
    """Move units as `move` does, together with those of other orders (`store.book.write_later`).

    Units go forward only until these are written, in the order of `Place`.

    Raises:
        Refused: no document causes such a move (`domain.lifecycle.MOVES`).
    """
    rows = list(moves)
    known = _MOVES.get((source, target))
    if known is None:
        raise Refused(f"units never go from {source} to {target}")
    if rows:
        statement, stage, left, entered = known
        units_first = [(units, line_id) for line_id, units in rows]
        write_later(connection, statement, units_first, stage=stage)
        note_moves(connection, left, entered, rows)


def add_lines(connection: Connection, order_id: int, lines: Sequence[NewLine]) -> list[int]:
    """Add lines to an order of the book, all units open; return their ids."""
    connection.execute("UPDATE orders SET settled = 0 WHERE order_id = ?", (order_id,))
    return _put_lines(connection, order_id, lines)


def expiring(connection: Connection, before: str) -> list[tuple[int, str]]:
    """Return (order id, day) of orders whose cancel-after day is before that one, unseen so far."""
    return connection.execute(
        "SELECT order_id, expires_on FROM orders WHERE expires_on < ? ORDER BY +order_id", (before,)
    ).fetchall()


def set_expired(connection: Connection, order_id: int) -> None:
    """Note that the end of an order's last day was seen to."""
    connection.execute("UPDATE orders SET expires_on = NULL WHERE order_id = ?", (order_id,))


def partner_of(connection: Connection, order_id: int) -> str:
    """Return whose order it is; "" if there is none."""
    row = connection.execute(
        "SELECT partner FROM orders WHERE order_id = ?", (order_id,)
    ).fetchone()
    return str(row[0]) if row else ""


def exists(connection: Connection, order_id: int) -> bool:
    """True if the book has this order."""
    row = connection.execute("SELECT 1 FROM orders WHERE order_id = ?", (order_id,)).fetchone()
    return row is not None


def units_waiting(connection: Connection, order_id: int) -> int:
    """Return units of an order that are not decided yet, or wait for stock."""
    (units,) = connection.execute(
        "SELECT coalesce(sum(open + backordered), 0) FROM order_lines WHERE order_id = ?",
        (order_id,),
    ).fetchone()
    return int(units)


def find_by_po(connection: Connection, po_number: str) -> list[int]:
    """Return the orders with this PO number of any partner, oldest first."""
    rows = connection.execute(
        "SELECT order_id FROM orders WHERE po_number = ? ORDER BY order_id", (po_number,)
    ).fetchall()
    return [order_id for (order_id,) in rows]
