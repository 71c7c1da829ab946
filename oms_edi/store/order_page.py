"""Pages of a list of orders, the newest first, by key; which there are is asked of the index.

The index knows how orders stood a moment ago (`oms_edi.store.search_index`), so what it names is
looked at in the book, and what stands otherwise by now is left out. Reads only.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from sqlite3 import Connection
from typing import NamedTuple

from oms_edi.store.order_list import summaries
from oms_edi.store.queries import Row

#: Orders looked at for a page, at most.
_LOOK = 600
#: Orders of a partner, or of a node, walked through for them at a time, at most.
_OWN_WALK, _NODE_WALK = 1000, 5000
#: Orders counted of one status, at most.
COUNTED = 1000
_ALL = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedOrders:
    """Which orders are asked for; an empty text is any."""

    partner: str = ""
    status: str = ""
    #: Something of it ships, or shipped, from there.
    node: str = ""
    #: Only with an open exception.
    has_exception: bool = False
    #: Received at this instant or later, and earlier than that one; "" = any.
    since: str = ""
    until: str = ""


class OrderPage(NamedTuple):
    """Some orders of a list."""

    #: Newest first.
    orders: list[Row]
    #: Older ones have smaller ids than this; None = there are none.
    before: int | None


class _Range(NamedTuple):
    """Orders from one id on, below another, so many."""

    first: int
    below: int
    most: int


def order_page(
    book: Connection,
    index: Connection,
    wanted: WantedOrders,
    *,
    before: int | None = None,
    limit: int,
) -> OrderPage:
    """Return a page of the orders asked for, newest first, those below `before`.

    Where few fit it may come back short with `before` set: the next page goes on there.
    """
    first = _first_since(book, wanted.since) if wanted.since else 0
    last = _first_since(book, wanted.until) if wanted.until else _ALL
    below = last if before is None else min(before, last)
    found: list[Row] = []
    looked = 0
    while looked < _LOOK:
        ids, rest = _candidates(book, index, wanted, _Range(first, below, limit + 1))
        for order in pick(book, ids, wanted):
            if len(found) == limit:
                return OrderPage(found, found[-1]["order_id"])
            found.append(order)
        if rest is None:
            return OrderPage(found, None)
        looked += max(len(ids), limit)
        below = rest
    return OrderPage(found, below)


def pick(book: Connection, order_ids: Sequence[int], wanted: WantedOrders) -> list[Row]:
    """Return those of some orders that are asked for, in their order."""
    found = {order["order_id"]: order for order in summaries(book, order_ids)}
    return [
        found[order_id]
        for order_id in order_ids
        if order_id in found and _fits(found[order_id], wanted)
    ]


def _fits(order: Row, wanted: WantedOrders) -> bool:
    return (
        wanted.status in ("", order["status"])
        and wanted.partner in ("", order["partner"])
        and (not wanted.node or wanted.node in order["nodes"])
        and (not wanted.has_exception or bool(order["exceptions"]))
        and (not wanted.since or order["received_at"] >= wanted.since)
        and (not wanted.until or order["received_at"] < wanted.until)
    )


def _first_since(book: Connection, at: str) -> int:
    """Return the first order received at an instant or later: orders are numbered as they come.

    One after the last if there is none. By halving: no index knows when orders came.
    """
    (high,) = book.execute("SELECT coalesce(max(order_id), 0) + 1 FROM orders").fetchone()
    low = 1
    while low < high:
        middle = (low + high) // 2
        row = book.execute(
            "SELECT order_id, received_at FROM orders WHERE order_id >= ?"
            " ORDER BY order_id LIMIT 1",
            (middle,),
        ).fetchone()
        if row is None or row[1] >= at:
            high = middle
        else:
            low = row[0] + 1
    return low


def _candidates(
    book: Connection, index: Connection, wanted: WantedOrders, some: _Range
) -> tuple[list[int], int | None]:
    """Return the newest orders of a range that may be asked for, and below which the next are."""
    if wanted.has_exception:
        return _all_of(
            book.execute(
                "SELECT DISTINCT order_id FROM exceptions WHERE closed_at IS NULL"
                " AND order_id >= ? AND order_id < ? ORDER BY order_id DESC LIMIT ?",
                some,
            ),
            some,
        )
    if wanted.node:
        return _of_node(book, index, wanted, some)
    if wanted.status:
        of = "partner = ? AND" if wanted.partner else ""
        values = (wanted.status, *((wanted.partner,) if wanted.partner else ()), *some)
        return _all_of(
            index.execute(
                f"SELECT order_id FROM listed WHERE node = '' AND status = ? AND {of}"
                " order_id >= ? AND order_id < ? ORDER BY order_id DESC LIMIT ?",
                values,
            ),
            some,
        )
    of = "partner = ? AND" if wanted.partner else ""
    return _all_of(
        book.execute(
            f"SELECT order_id FROM orders WHERE {of} order_id >= ? AND order_id < ?"
            " ORDER BY order_id DESC LIMIT ?",
            (*((wanted.partner,) if wanted.partner else ()), *some),
        ),
        some,
    )


def _all_of(rows: Iterable[tuple[int]], some: _Range) -> tuple[list[int], int | None]:
    ids = [order_id for (order_id,) in rows]
    return ids, (ids[-1] if len(ids) == some.most else None)


def _of_node(
    book: Connection, index: Connection, wanted: WantedOrders, some: _Range
) -> tuple[list[int], int | None]:
    """Return orders that ship from a node; those of one partner are looked for from both ends."""
    if wanted.partner and not _is_rare(index, wanted.node):
        own, rest = _candidates(
            book, index, replace(wanted, node=""), some._replace(most=_OWN_WALK)
        )
        here = index.execute(
            "SELECT order_id FROM listed WHERE node = ?"
            f" AND order_id IN ({', '.join('?' * len(own))})",
            (wanted.node, *own),
        )
        ids = sorted((order_id for (order_id,) in here), reverse=True)[: some.most]
        return ids, (ids[-1] if len(ids) == some.most else rest)
    so = "status = ? AND" if wanted.status else ""
    rows = index.execute(
        "SELECT order_id, partner FROM listed WHERE node = ? AND node <> ''"
        f" AND {so} order_id >= ? AND order_id < ? ORDER BY order_id DESC LIMIT ?",
        (wanted.node, *((wanted.status,) if so else ()), some.first, some.below, _NODE_WALK),
    )
    ids = []
    walked, last = 0, some.below
    for order_id, partner in rows:
        walked, last = walked + 1, order_id
        if wanted.partner in ("", partner):
            ids.append(order_id)
            if len(ids) == some.most:
                return ids, order_id
    return ids, (last if walked == _NODE_WALK else None)


def _is_rare(index: Connection, node: str) -> bool:
    """True if few orders ship from a node."""
    (count,) = index.execute(
        "SELECT count(*) FROM (SELECT 1 FROM listed WHERE node = ? AND node <> '' LIMIT ?)",
        (node, _NODE_WALK),
    ).fetchone()
    return int(count) < _NODE_WALK


def count_status(index: Connection, status: str) -> int:
    """Return how many orders have a status, counted up to `COUNTED`."""
    (count,) = index.execute(
        "SELECT count(*) FROM (SELECT 1 FROM listed WHERE node = '' AND status = ? LIMIT ?)",
        (status, COUNTED),
    ).fetchone()
    return int(count)
