"""What is left to do: orders to decide, to answer and to release, lines that ask and that wait."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from sqlite3 import Connection
from typing import NamedTuple

from oms_edi.store.json_text import json_text

_NO_ORDER_HOLD = (
    "NOT EXISTS (SELECT 1 FROM holds h WHERE h.order_id = o.order_id"
    " AND h.line_id IS NULL AND h.closed_at IS NULL)"
)
_NO_LINE_HOLD = (
    "NOT EXISTS (SELECT 1 FROM holds h WHERE h.line_id = l.line_id AND h.closed_at IS NULL)"
)

_DUE = (
    "SELECT l.order_id FROM allocations a JOIN order_lines l ON l.line_id = a.line_id"
    f" WHERE a.shipment_id IS NULL AND {{when}} AND {_NO_LINE_HOLD}"
)


def orders_to_decide(connection: Connection, *, whole: Sequence[str]) -> list[int]:
    """Return orders with open units nothing holds: by tier, then most urgent, then first come.

    An order of a partner in `whole` waits until none of its lines is held.
    """
    rows = connection.execute(
        "SELECT o.order_id FROM orders o WHERE o.order_id IN"
        f" (SELECT l.order_id FROM order_lines l WHERE l.open > 0 AND {_NO_LINE_HOLD})"
        f" AND {_NO_ORDER_HOLD} AND {_not_half_held(whole)}"
        " ORDER BY o.tier, coalesce(o.not_after, o.cancel_after, o.deliver_by, '9999'), o.order_id",
        whole,
    ).fetchall()
    return [order_id for (order_id,) in rows]


def orders_to_answer(connection: Connection, *, whole: Sequence[str]) -> list[int]:
    """Return orders that owe an 855 though none of their open units can be decided.

    Not those that may be no order of their own, a repeated or changed PO, nor those with a change
    that is to be answered: its answer tells how the order stands.
    """
    rows = connection.execute(
        "SELECT o.order_id FROM orders o WHERE o.answer_due = 1"
        " AND (o.answers = 0 OR NOT EXISTS (SELECT 1 FROM changes c WHERE c.order_id = o.order_id"
        " AND c.answer_due = 1))"
        " AND NOT EXISTS (SELECT 1 FROM holds h WHERE h.order_id = o.order_id"
        " AND h.closed_at IS NULL AND h.kind IN ('duplicate', 'amendment'))"
        " AND NOT EXISTS (SELECT 1 FROM order_lines l WHERE l.order_id = o.order_id"
        f" AND l.open > 0 AND {_NO_LINE_HOLD} AND {_NO_ORDER_HOLD} AND {_not_half_held(whole)})"
        " ORDER BY o.order_id",
        whole,
    ).fetchall()
    return [order_id for (order_id,) in rows]


def _not_half_held(whole: Sequence[str]) -> str:
    """Return the condition that an order of these partners has no held line."""
    return (
        f"(o.partner NOT IN ({_marks(whole)}) OR NOT EXISTS (SELECT 1 FROM holds h"
        " WHERE h.order_id = o.order_id AND h.closed_at IS NULL))"
    )


def orders_to_release(connection: Connection, *, at: str) -> list[int]:
    """Return orders with allocated units that may go by now and nothing holds, first come first."""
    rows = connection.execute(
        "SELECT o.order_id FROM orders o WHERE o.order_id IN"
        f" ({_DUE.format(when='a.release_at IS NULL')}"
        f" UNION {_DUE.format(when='a.release_at <= ?')})"
        f" AND {_NO_ORDER_HOLD} ORDER BY o.order_id",
        (at,),
    ).fetchall()
    return [order_id for (order_id,) in rows]


class Asked(NamedTuple):
    """A line that asks for stock of its item."""

    line_id: int
    order_id: int
    item: str
    partner: str
    tier: int
    #: Base units: open, or waiting.
    units: int
    unit_factor: int
    #: The last day it is of use; "9999" where none was told.
    last_day: str


_ASKED = (
    "SELECT l.line_id, l.order_id, l.item, o.partner, o.tier, l.{column}, l.unit_factor,"
    " coalesce(o.not_after, o.cancel_after, o.deliver_by, '9999')"
    " FROM order_lines l JOIN orders o ON o.order_id = l.order_id WHERE l.{column} > 0"
)


def asked_units(connection: Connection) -> dict[str, int]:
    """Return open units by item, held ones with them."""
    return dict(
        connection.execute(
            "SELECT item, sum(open) FROM order_lines WHERE open > 0 AND item IS NOT NULL"
            " GROUP BY item"
        ).fetchall()
    )


def asking(connection: Connection, items: Sequence[str], *, whole: Sequence[str]) -> list[Asked]:
    """Return the lines with open units of these items that nothing holds, as `orders_to_decide`."""
    rows = connection.execute(
        _ASKED.format(column="open")
        + f" AND l.item IN ({_marks(items)}) AND {_NO_LINE_HOLD} AND {_NO_ORDER_HOLD}"
        f" AND {_not_half_held(whole)} ORDER BY +l.line_id",
        (*items, *whole),
    ).fetchall()
    return [Asked(*row) for row in rows]


def waiting(connection: Connection, items: Sequence[str], *, whole: Sequence[str]) -> list[Asked]:
    """Return the lines that wait for these items.

    For partners in `whole` all lines of such an order: they are wanted together or not at all.
    """
    rows = connection.execute(
        _ASKED.format(column="backordered")
        + f" AND {_NO_ORDER_HOLD} AND (l.item IN ({_marks(items)})"
        f" OR o.partner IN ({_marks(whole)}) AND EXISTS (SELECT 1 FROM order_lines other"
        " WHERE other.order_id = l.order_id AND other.backordered > 0"
        f" AND other.item IN ({_marks(items)}))) ORDER BY +l.line_id",
        (*items, *whole, *items),
    ).fetchall()
    return [Asked(*row) for row in rows]


def restocked(connection: Connection) -> dict[str, set[int]]:
    """Return the items to be offered to those who wait, with the lines that could not use them."""
    rows = connection.execute("SELECT item, passed FROM restocked ORDER BY item").fetchall()
    return {item: set(json.loads(passed)) for item, passed in rows}


def set_offered(connection: Connection, items: Iterable[str]) -> None:
    """Note that those who wait for these items were offered them."""
    connection.executemany("DELETE FROM restocked WHERE item = ?", [(item,) for item in items])


def restock(connection: Connection, left: Mapping[str, Collection[int]]) -> None:
    """Have these items offered to those who wait for them, but not to these lines."""
    connection.executemany(
        "INSERT INTO restocked (item, passed) VALUES (?, ?)"
        " ON CONFLICT (item) DO UPDATE SET passed = excluded.passed",
        [(item, json_text(sorted(passed))) for item, passed in left.items()],
    )


def promised_to(
    connection: Connection, items: Sequence[str], partners: Sequence[str]
) -> dict[str, int]:
    """Return units by item that these partners were promised and that have not left."""
    return dict(
        connection.execute(
            "SELECT l.item, sum(l.allocated + l.released) FROM order_lines l"
            " JOIN orders o ON o.order_id = l.order_id"
            f" WHERE l.item IN ({_marks(items)}) AND o.partner IN ({_marks(partners)})"
            " AND l.allocated + l.released > 0 GROUP BY l.item",
            (*items, *partners),
        ).fetchall()
    )


def _marks(values: Sequence[str]) -> str:
    return ", ".join("?" * len(values))


def restock_waiting(connection: Connection) -> int:
    """Offer every item that lines wait for again; return how many items that are."""
    cursor = connection.execute(
        "INSERT INTO restocked (item) SELECT DISTINCT item FROM order_lines"
        " WHERE backordered > 0 AND item IS NOT NULL"
        " ON CONFLICT (item) DO UPDATE SET passed = '[]'"
    )
    return cursor.rowcount


def restock_order(connection: Connection, order_id: int) -> None:
    """Offer the items an order waits for again: while it was held they passed it by."""
    connection.execute(
        "INSERT INTO restocked (item) SELECT DISTINCT item FROM order_lines"
        " WHERE order_id = ? AND backordered > 0 AND item IS NOT NULL"
        " ON CONFLICT (item) DO UPDATE SET passed = '[]'",
        (order_id,),
    )


def settings_mark(connection: Connection) -> str:
    """Return the mark of the settings orders were last decided by; "" before the first."""
    row = connection.execute("SELECT mark FROM decided_by").fetchone()
    return str(row[0]) if row else ""


def set_settings_mark(connection: Connection, mark: str) -> None:
    """Note the settings orders are decided by from now on."""
    connection.execute("DELETE FROM decided_by")
    connection.execute("INSERT INTO decided_by (mark) VALUES (?)", (mark,))
