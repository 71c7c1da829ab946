"""Find orders by what people have in hand: a number of any kind, an item, a customer, a name.

Numbers of ours and POs are found in the book itself, everything else in the index beside it
(`oms_edi.store.search_index`). Reads only.
"""

from collections.abc import Iterator, Mapping
from sqlite3 import Connection
from typing import NamedTuple

from oms_edi.domain.lifecycle import parse_order_name
from oms_edi.store.search_rows import backwards, partner_word, plain_number, words_of

#: Orders one number is the beginning of, at most.
_BY_NUMBER = 50
#: Words of a search; more make it no narrower.
_WORDS = 8
#: A word of fewer letters must be whole.
_PREFIX = 2
#: Words of the index one is the beginning of, each looked up by itself.
_TERMS = 200
#: Characters from which on a PO is found by how it ends.
_END = 4
#: Greater than any character of a number.
_LAST = "\U0010ffff"


class Found(NamedTuple):
    """Orders a search fits."""

    #: A number of theirs begins so: whole numbers first, then the newest; on the first page only.
    by_number: tuple[int, ...]
    #: They have all the words, the newest first.
    by_words: tuple[int, ...]


def find(
    book: Connection,
    index: Connection,
    words: str,
    *,
    partners: Mapping[str, str],
    before: int | None,
    limit: int,
) -> Found:
    """Return orders of which a number begins so, and those that have all these words.

    `partners` are names by id. `before` is the last order of the page before, None on the first.
    """
    text = words.strip()
    numbers = () if before is not None else tuple(_find_numbers(book, index, text))
    found = _find_words(index, text, partners=partners, before=before, limit=limit)
    return Found(numbers, tuple(found))


def _find_numbers(book: Connection, index: Connection, text: str) -> list[int]:
    """Return orders whose PO, own, shipment, package or tracking number begins so, or PO ends so.

    Whole numbers first, then the newest.
    """
    if not text:
        return []
    whole = dict.fromkeys(_whole(book, text))
    begins = dict.fromkeys(_begins(book, index, text))
    found = [*sorted(whole, reverse=True), *sorted(begins.keys() - whole.keys(), reverse=True)]
    return found[:_BY_NUMBER]


def _whole(book: Connection, text: str) -> Iterator[int]:
    own = parse_order_name(text)
    if own is not None and 0 < own < 2**63:
        yield from _ids(book, "SELECT order_id FROM orders WHERE order_id = ?", own)
    yield from _ids(book, "SELECT order_id FROM orders WHERE po_number = ?", text)
    yield from _ids(book, "SELECT order_id FROM shipments WHERE depositor_order = ?", text.upper())
    yield from _ids(
        book,
        "SELECT s.order_id FROM packages p JOIN dispatches d ON d.dispatch_id = p.dispatch_id"
        " JOIN shipments s ON s.shipment_id = d.shipment_id WHERE p.sscc IN (?, ?)",
        text,
        plain_number(text).removeprefix("00"),
    )


def _begins(book: Connection, index: Connection, text: str) -> Iterator[int]:
    yield from _ids(
        book,
        "SELECT order_id FROM orders WHERE po_number >= ? AND po_number < ? LIMIT ?",
        text,
        text + _LAST,
        _BY_NUMBER,
    )
    number = plain_number(text)
    ends = [backwards(number)] if len(number) >= _END else []
    for begin in (number, *ends) if number else ():
        yield from _ids(
            index,
            "SELECT order_id FROM numbers WHERE number >= ? AND number < ? LIMIT ?",
            begin,
            begin + _LAST,
            _BY_NUMBER,
        )


def _ids(connection: Connection, sql: str, *values: object) -> list[int]:
    return [order_id for (order_id,) in connection.execute(sql, values)]


def _find_words(
    index: Connection,
    text: str,
    *,
    partners: Mapping[str, str],
    before: int | None,
    limit: int,
) -> list[int]:
    """Return orders that have all these words among their items, places and customer's name."""
    wanted = _query_of(index, text, partners=partners)
    if not wanted:
        return []
    below = 2**62 if before is None else before
    return _ids(
        index,
        "SELECT rowid FROM words WHERE words MATCH ? AND rowid < ? ORDER BY rowid DESC LIMIT ?",
        wanted,
        below,
        limit,
    )


def _query_of(index: Connection, text: str, *, partners: Mapping[str, str]) -> str:
    """Return what the index is asked: every word, or a customer whose name has it; "" if nothing.

    `HP-1001` is one word, so that it is not found as HP and 1001 in two places.
    """
    words = ["".join(sorted(words_of([word]), key=len)[-1:]) for word in text.split()]
    asked = [word for word in words if word][:_WORDS]
    return " AND ".join(_alternatives(index, word, partners) for word in asked)


def _alternatives(index: Connection, word: str, partners: Mapping[str, str]) -> str:
    """Return the words of the index one begins, each by itself: they are read newest first.

    Beyond some the index has to gather all their orders, which takes a while.
    """
    begun = [word]
    if len(word) >= _PREFIX:
        begun = [
            term
            for (term,) in index.execute(
                "SELECT term FROM terms WHERE term >= ? AND term < ? LIMIT ?",
                (word, word + _LAST, _TERMS + 1),
            )
        ]
    if len(begun) > _TERMS:
        return f'("{word}"*)'
    named = [
        partner_word(partner)
        for partner, name in partners.items()
        if any(one.startswith(word) for one in words_of([partner, name]))
    ]
    found = sorted({*begun, *named}) or [word]
    return "(" + " OR ".join(f'"{one}"' for one in found) + ")"
