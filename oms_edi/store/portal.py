"""What a partner asks of its own orders: by key, never more than a page, nobody else's."""

from collections.abc import Sequence
from sqlite3 import Connection
from typing import NamedTuple

from oms_edi.domain.vocabulary import EXCEPTIONS


class OwnOrder(NamedTuple):
    """One order of a list."""

    order_id: int
    received_at: str


class OwnPage(NamedTuple):
    """Some orders, newest first."""

    orders: list[OwnOrder]
    #: True if there are older ones.
    has_more: bool


#: Lines of a page, beyond which it ends early: how they stand is worked out for each.
MOST_LINES = 20_000


def own_orders(
    connection: Connection,
    partner: str,
    *,
    before: int | None,
    limit: int,
    po_number: str | None = None,
) -> OwnPage:
    """Return the newest orders of a partner, those below `before`, of one PO number or all.

    At most `limit`, and fewer where they have many lines.
    """
    where, values = "partner = ?", [partner]
    if po_number is not None:
        where, values = f"po_number = ? AND {where}", [po_number, partner]
    if before is not None:
        where += " AND order_id < ?"
    rows = connection.execute(
        "SELECT order_id, received_at,"
        " (SELECT count(*) FROM order_lines l WHERE l.order_id = orders.order_id)"
        f" FROM orders WHERE {where} ORDER BY order_id DESC LIMIT ?",
        (*values, *([] if before is None else [before]), limit + 1),
    )
    found: list[OwnOrder] = []
    lines = 0
    for order_id, received_at, count in rows:
        lines += count
        if len(found) == limit or (found and lines > MOST_LINES):
            return OwnPage(found, has_more=True)
        found.append(OwnOrder(order_id, received_at))
    return OwnPage(found, has_more=False)


def own_order(connection: Connection, partner: str, order_id: int) -> OwnOrder | None:
    """Return an order if it is this partner's."""
    row = connection.execute(
        "SELECT order_id, received_at FROM orders WHERE order_id = ? AND partner = ?",
        (order_id, partner),
    ).fetchone()
    return OwnOrder(*row) if row else None


class OwnException(NamedTuple):
    """Something open about an order, of a kind its customer may know."""

    exception_id: int
    kind: str
    order_id: int
    po_number: str
    buyer_line: str
    opened_at: str


def own_exceptions(
    connection: Connection, partner: str, *, after: int, limit: int
) -> list[OwnException]:
    """Return the oldest open exceptions about a partner's orders, those above `after`."""
    kinds = sorted(EXCEPTIONS)
    rows = connection.execute(
        "SELECT e.exception_id, e.kind, e.order_id, o.po_number, e.buyer_line, e.opened_at FROM"
        # All that is asked of the open ones stands in one index: no other row is read.
        " (SELECT exception_id FROM exceptions INDEXED BY exceptions_worst WHERE closed_at IS NULL"
        f" AND partner = ? AND kind IN ({_marks(kinds)}) AND exception_id > ?"
        " ORDER BY exception_id LIMIT ?) AS page"
        " CROSS JOIN exceptions e ON e.exception_id = page.exception_id"
        " CROSS JOIN orders o ON o.order_id = e.order_id WHERE o.partner = e.partner"
        " ORDER BY e.exception_id",
        (partner, *kinds, after, limit),
    )
    return [OwnException(*row) for row in rows]


class OwnChange(NamedTuple):
    """A change or cancel of an order."""

    change_id: int
    kind: str
    state: str
    reason: str
    since: str
    settled_at: str | None
    #: What brought it; None: a person here, or the calendar.
    file_id: int | None
    #: Among those of its order, from 1.
    number: int


def changes_of(
    connection: Connection,
    order_id: int,
    *,
    limit: int,
    file_id: int | None = None,
    change_id: int | None = None,
) -> list[OwnChange]:
    """Return the changes of an order, oldest first; only those of one file, or one of them."""
    rows = connection.execute(
        "SELECT * FROM (SELECT change_id, kind, state, reason, since, settled_at, file_id,"
        " row_number() OVER (ORDER BY change_id) FROM changes WHERE order_id = ?1)"
        " WHERE (?2 IS NULL OR file_id = ?2) AND (?3 IS NULL OR change_id = ?3)"
        " ORDER BY change_id LIMIT ?4",
        (order_id, file_id, change_id, limit),
    )
    return [OwnChange(*row) for row in rows]


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))
