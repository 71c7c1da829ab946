"""Orders that break a rule of the operator: one indexed statement a kind of rule."""

from collections.abc import Sequence
from sqlite3 import Connection
from typing import NamedTuple

from oms_edi.store.unreleased import ALLOCATED_ORDERS


class Broken(NamedTuple):
    """An order that breaks a rule."""

    order_id: int
    po_number: str
    partner: str
    #: The day or instant it is measured by, as it stands in the book.
    since: str
    #: What more is known of it, such as the kinds of its holds.
    what: str


#: Days of an order by their names in the configuration.
DAYS = {
    "ordered_on": "o.ordered_on",
    "received": "substr(o.received_at, 1, 10)",
    "not_before": "o.not_before",
    "ship_by": "coalesce(o.not_after, o.ship_on)",
    "deliver_by": "o.deliver_by",
    "cancel_after": "o.cancel_after",
}
#: Units that have not reached a milestone.
_SHORT_OF = {
    "routed": "open + backordered",
    "released": "open + backordered + allocated",
    "shipped": "open + backordered + allocated + released",
}
_UNDONE = "EXISTS (SELECT 1 FROM order_lines l WHERE l.order_id = o.order_id AND {units} > 0)"
#: Orders of which something is with nobody yet, from partial indexes; and with a warehouse.
_PENDING = (
    "SELECT order_id FROM order_lines WHERE open > 0"
    f" UNION {ALLOCATED_ORDERS}"
    " UNION SELECT order_id FROM order_lines WHERE backordered > 0"
)
_RELEASED = "SELECT order_id FROM shipments WHERE state = 'released'"
_ANSWER_DUE = "SELECT order_id FROM orders WHERE answer_due = 1"
#: The event that says a milestone was reached.
_EVENTS = {
    "answered": "order.answered",
    "routed": "order.decided",
    "released": "shipment.released",
    "shipped": "shipment.shipped",
}


def _candidates(milestone: str) -> str:
    if milestone == "answered":
        return _ANSWER_DUE
    return f"{_PENDING} UNION {_RELEASED}" if milestone == "shipped" else _PENDING


def _missed(milestone: str) -> str:
    if milestone == "answered":
        return "o.answers = 0"
    return _UNDONE.format(units=_SHORT_OF[milestone])


def not_reached(connection: Connection, milestone: str, day: str, until: str) -> list[Broken]:
    """Return orders short of a milestone of which `day` is no later than `until`."""
    return _read(
        connection,
        f"SELECT o.order_id, o.po_number, o.partner, {DAYS[day]}, '' FROM orders o"
        f" WHERE o.order_id IN ({_candidates(milestone)}) AND {DAYS[day]} <= ?"
        f" AND {_missed(milestone)} ORDER BY o.order_id",
        (until,),
    )


def not_reached_after(
    connection: Connection, milestone: str, since: str, until: str
) -> list[Broken]:
    """Return orders short of a milestone that reached another one no later than `until`."""
    return _read(
        connection,
        "SELECT o.order_id, o.po_number, o.partner, min(e.at), '' FROM orders o"
        " JOIN events e ON e.order_id = o.order_id AND e.name = ?"
        f" WHERE o.order_id IN ({_candidates(milestone)}) AND {_missed(milestone)}"
        " GROUP BY o.order_id HAVING min(e.at) <= ? ORDER BY o.order_id",
        (_EVENTS[since], until),
    )


def reached_early(connection: Connection, milestone: str, day: str, hours: float) -> list[Broken]:
    """Return orders, alive or of the last events, whose milestone came long before `day`."""
    return _read(
        connection,
        f"SELECT o.order_id, o.po_number, o.partner, min(e.at), {DAYS[day]} FROM orders o"
        " JOIN events e ON e.order_id = o.order_id AND e.name = ?"
        f" WHERE o.order_id IN ({_PENDING} UNION {_RELEASED}) AND {DAYS[day]} IS NOT NULL"
        f" GROUP BY o.order_id HAVING (julianday({DAYS[day]}) - julianday(min(e.at))) * 24 > ?"
        " ORDER BY o.order_id",
        (_EVENTS[milestone], hours),
    )


def date_before_date(connection: Connection, day: str, other: str) -> list[Broken]:
    """Return orders not shipped yet of which one day lies before another."""
    return _read(
        connection,
        f"SELECT o.order_id, o.po_number, o.partner, {DAYS[day]}, {DAYS[other]} FROM orders o"
        f" WHERE o.order_id IN ({_PENDING} UNION {_RELEASED}) AND {DAYS[day]} < {DAYS[other]}"
        " ORDER BY o.order_id",
        (),
    )


def in_hold(connection: Connection, kinds: Sequence[str], until: str) -> list[Broken]:
    """Return orders held (by one of these kinds, if any are named) since `until` or longer."""
    among = f" AND h.kind IN ({', '.join('?' * len(kinds))})" if kinds else ""
    return _read(
        connection,
        "SELECT o.order_id, o.po_number, o.partner, min(h.created_at),"
        " group_concat(DISTINCT h.kind) FROM holds h JOIN orders o ON o.order_id = h.order_id"
        f" WHERE h.closed_at IS NULL AND h.created_at <= ?{among}"
        " GROUP BY o.order_id ORDER BY o.order_id",
        (until, *kinds),
    )


def hold_before_date(
    connection: Connection, kinds: Sequence[str], day: str, until: str
) -> list[Broken]:
    """Return held orders of which `day` is no later than `until`."""
    among = f" AND h.kind IN ({', '.join('?' * len(kinds))})" if kinds else ""
    return _read(
        connection,
        f"SELECT o.order_id, o.po_number, o.partner, {DAYS[day]}, group_concat(DISTINCT h.kind)"
        " FROM holds h JOIN orders o ON o.order_id = h.order_id"
        f" WHERE h.closed_at IS NULL AND {DAYS[day]} <= ?{among}"
        " GROUP BY o.order_id ORDER BY o.order_id",
        (until, *kinds),
    )


_IN_STATUS = {
    "held": (
        "SELECT o.order_id, o.po_number, o.partner, min(h.created_at) AS since, ''"
        " FROM holds h JOIN orders o ON o.order_id = h.order_id WHERE h.closed_at IS NULL"
        " GROUP BY o.order_id"
    ),
    "backordered": (
        "SELECT o.order_id, o.po_number, o.partner, min(e.opened_at) AS since, ''"
        " FROM exceptions e JOIN orders o ON o.order_id = e.order_id"
        " WHERE e.kind = 'backordered' AND e.closed_at IS NULL GROUP BY o.order_id"
    ),
    "allocated": (
        "SELECT o.order_id, o.po_number, o.partner,"
        " (SELECT max(e.at) FROM events e WHERE e.order_id = o.order_id"
        "  AND e.name = 'order.decided') AS since, ''"
        " FROM orders o WHERE o.order_id IN"
        f" ({ALLOCATED_ORDERS})"
    ),
    "released": (
        "SELECT o.order_id, o.po_number, o.partner, min(s.released_at) AS since, ''"
        " FROM shipments s JOIN orders o ON o.order_id = s.order_id WHERE s.state = 'released'"
        " GROUP BY o.order_id"
    ),
}


def in_status(connection: Connection, status: str, until: str) -> list[Broken]:
    """Return orders that are in a status since `until` or longer."""
    return _read(
        connection,
        f"SELECT * FROM ({_IN_STATUS[status]}) WHERE since <= ? ORDER BY order_id",
        (until,),
    )


def _read(connection: Connection, sql: str, values: tuple[object, ...]) -> list[Broken]:
    return [Broken(*row) for row in connection.execute(sql, values)]
