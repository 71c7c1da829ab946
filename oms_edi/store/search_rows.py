"""What an order is found by: words of its places and items, numbers of its loads. Reads only.

`oms_edi.store.search_index` keeps it, `oms_edi.store.search` finds by it.
"""

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

_WORD = re.compile(r"[^\W_]+")


class Indexed(NamedTuple):
    """What one order is found by."""

    text: str
    #: As `plain_number` writes them, and the PO `backwards`.
    numbers: frozenset[str]


def read_indexed(book: sqlite3.Connection, order_ids: Sequence[int]) -> dict[int, Indexed]:
    """Return what these orders are found by: words of places and items; numbers of shipments."""
    marks = ", ".join("?" * len(order_ids))
    texts: dict[int, list[str]] = {}
    numbers: dict[int, set[str]] = {}
    for order_id, partner, po_number in book.execute(
        f"SELECT order_id, partner, po_number FROM orders WHERE order_id IN ({marks})", order_ids
    ):
        texts[order_id], numbers[order_id] = [partner_word(partner)], {backwards(po_number)}
    for order_id, *parts in book.execute(
        "SELECT order_id, name, id_code, city, state, postal_code FROM destinations"
        f" WHERE order_id IN ({marks}) ORDER BY order_id, destination",
        order_ids,
    ):
        texts[order_id] += parts
    for order_id, item, theirs, description in book.execute(
        "SELECT DISTINCT order_id, coalesce(item, ''), items, description FROM order_lines"
        f" WHERE order_id IN ({marks})",
        order_ids,
    ):
        codes = (code for _, code in json.loads(theirs))
        texts[order_id] += (item, description, *codes)
    for order_id, told in _shipped_numbers(book, order_ids):
        numbers[order_id] |= {told} - {""}
    return {
        order_id: Indexed(" ".join(sorted(words_of(parts))), frozenset(numbers[order_id]))
        for order_id, parts in texts.items()
    }


def _shipped_numbers(
    book: sqlite3.Connection, order_ids: Sequence[int]
) -> Iterator[tuple[int, str]]:
    """Yield (order, number) of what carriers and warehouses call its loads and packages."""
    marks = ", ".join("?" * len(order_ids))
    rows = book.execute(
        "SELECT s.order_id, d.dispatch_id, d.tracking, d.bill_of_lading, d.warehouse_shipment"
        " FROM shipments s JOIN dispatches d ON d.shipment_id = s.shipment_id"
        f" WHERE s.order_id IN ({marks})",
        order_ids,
    ).fetchall()
    for order_id, _, *told in rows:
        yield from ((order_id, plain_number(number)) for number in told)
    loads = {dispatch_id: order_id for order_id, dispatch_id, *_ in rows}
    if not loads:
        return
    marks = ", ".join("?" * len(loads))
    for dispatch_id, tracking in book.execute(
        f"SELECT dispatch_id, tracking FROM packages WHERE dispatch_id IN ({marks})", tuple(loads)
    ):
        yield loads[dispatch_id], plain_number(tracking)


def plain_number(text: str) -> str:
    """Return a number as it is compared: letters and digits only, capitals."""
    return "".join(_WORD.findall(text)).upper()


def backwards(text: str) -> str:
    """Return a number from its end, under a sign no number has: how it ends is how this begins."""
    return f"<{plain_number(text)[::-1]}"


def partner_word(partner: str) -> str:
    """Return the word all orders of a partner have, and no text."""
    return f"zqp{plain_number(partner)}"


def words_of(parts: Iterable[str]) -> set[str]:
    """Return the words of some texts: each, and `HP-1001` as HP1001, too."""
    found: set[str] = set()
    for part in parts:
        for word in part.casefold().split():
            pieces = _WORD.findall(word)
            found.update(pieces)
            if 1 < len(pieces) <= 4:
                found.add("".join(pieces))
    return found
