"""Lines of orders, read: as the book keeps them, of whole orders and some of one again."""

import json
from bisect import bisect_left
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter
from sqlite3 import Connection
from typing import Any

from oms_edi.domain.lifecycle import Quantities
from oms_edi.domain.order import BookLine, BookOrder

#: What `line_of` reads.
LINES = (
    "SELECT order_id, line_id, buyer_line, destination, item, items, description,"
    " buyer_quantity, buyer_unit, unit_factor, buyer_price, price, price_basis, requested_on,"
    " ordered, cancelled, open, allocated, backordered, released, shipped FROM order_lines"
)

_parse_day = lru_cache(maxsize=4096)(date.fromisoformat)
_decimal: Callable[[str], Decimal] = lru_cache(maxsize=4096)(Decimal)
_line_id = attrgetter("line_id")


def read_date(value: str | None) -> date | None:
    """Return a day as the store keeps it."""
    return _parse_day(value) if value else None


@lru_cache(maxsize=4096)
def read_pairs(text: str) -> tuple[tuple[str, str], ...]:
    """Return pairs of a qualifier and a value as the store keeps them."""
    return tuple((pair[0], pair[1]) for pair in json.loads(text))


def line_of(row: tuple[Any, ...], held: set[int | None]) -> BookLine:
    """Return a line; `held` are the lines of its order that are held, None for all."""
    return BookLine(
        line_id=row[1],
        buyer_line=row[2],
        destination=row[3],
        item=row[4],
        items=read_pairs(row[5]),
        description=row[6],
        buyer_quantity=_decimal(row[7]),
        buyer_unit=row[8],
        unit_factor=row[9],
        buyer_price=None if row[10] is None else _decimal(row[10]),
        price=None if row[11] is None else _decimal(row[11]),
        price_basis=row[12],
        requested_on=read_date(row[13]),
        quantities=Quantities(*row[14:21]),
        held=row[1] in held or None in held,
    )


def place_of(lines: Sequence[BookLine], line_id: int) -> int:
    """Return where a line stands among the lines of an order, or would."""
    return bisect_left(lines, line_id, key=_line_id)


def reread_lines(connection: Connection, order: BookOrder, line_ids: Sequence[int]) -> BookOrder:
    """Return an order with these of its lines as they stand now, new ones among them.

    Everything else is taken to be as it was: holds of the whole order, too.
    """
    marks = ", ".join("?" * len(line_ids))
    held: set[int | None] = {
        line_id
        for (line_id,) in connection.execute(
            "SELECT line_id FROM holds WHERE closed_at IS NULL AND order_id = ?"
            f" AND (line_id IS NULL OR line_id IN ({marks}))",
            (order.order_id, *line_ids),
        )
    }
    lines = list(order.lines)
    for row in connection.execute(f"{LINES} WHERE line_id IN ({marks}) ORDER BY line_id", line_ids):
        at = place_of(lines, row[1])
        is_known = at < len(lines) and lines[at].line_id == row[1]
        lines[at : at + is_known] = [line_of(row, held)]
    return order._replace(lines=tuple(lines))
