"""What money is at risk: units of open exceptions and their value, and how nodes kept their days.

Reads and writes by the set, never by the exception: an order book may have a hundred thousand.
"""

from collections.abc import Iterable, Sequence
from sqlite3 import Connection
from typing import NamedTuple


class Stake(NamedTuple):
    """What the units of an open exception are worth now, in cents, by what may happen to them."""

    exception_id: int
    kind: str
    partner: str
    node: str
    #: As it stands in the book.
    risk_cents: int
    valued: str
    severity: str
    open_cents: int
    unreleased_cents: int
    waiting_cents: int
    released_cents: int


#: A price is for one unit of the buyer, quantities are base units.
_CENTS = (
    "coalesce(CAST(round(sum(({units}) * 100.0 * CAST(coalesce(l.price, l.buyer_price, 0) AS REAL)"
    " / l.unit_factor)) AS INTEGER), 0)"
)
_STAKES = (
    "SELECT e.exception_id, e.kind, e.partner, e.node, e.risk_cents, e.valued, e.severity,"
    f" {_CENTS.format(units='l.open + l.allocated + l.backordered + l.released')},"
    f" {_CENTS.format(units='l.open + l.allocated + l.backordered')},"
    f" {_CENTS.format(units='l.backordered')}, {_CENTS.format(units='l.released')}"
    " FROM exceptions e LEFT JOIN order_lines l ON l.order_id = e.order_id"
    " AND (e.buyer_line = '' OR l.buyer_line = e.buyer_line)"
    " WHERE e.closed_at IS NULL AND {which} GROUP BY e.exception_id"
)


def unvalued(connection: Connection) -> list[Stake]:
    """Return the stakes of open exceptions nobody valued yet."""
    return [Stake(*row) for row in connection.execute(_STAKES.format(which="e.valued = 'no'"))]


def stakes_of_kinds(connection: Connection, kinds: Sequence[str]) -> list[Stake]:
    """Return the stakes of what is open of these kinds."""
    which = f"e.valued <> 'given' AND e.kind IN ({', '.join('?' * len(kinds))})"
    return [Stake(*row) for row in connection.execute(_STAKES.format(which=which), tuple(kinds))]


def all_stakes(connection: Connection) -> list[Stake]:
    """Return the stakes of every open exception that is valued by units."""
    which = (
        "e.valued <> 'given'"
        " AND e.exception_id IN (SELECT exception_id FROM exceptions WHERE closed_at IS NULL)"
    )
    return [Stake(*row) for row in connection.execute(_STAKES.format(which=which))]


def stakes_of_orders(connection: Connection, order_ids: Sequence[int]) -> list[Stake]:
    """Return the stakes of what is open about these orders."""
    found = []
    for start in range(0, len(order_ids), 500):
        some = order_ids[start : start + 500]
        which = f"e.valued <> 'given' AND e.order_id IN ({', '.join('?' * len(some))})"
        found += [
            Stake(*row) for row in connection.execute(_STAKES.format(which=which), tuple(some))
        ]
    return found


def set_risks(connection: Connection, risks: Iterable[tuple[int, int]]) -> None:
    """Note the money at risk (cents, exception id)."""
    connection.executemany(
        "UPDATE exceptions SET risk_cents = ?, valued = 'yes' WHERE exception_id = ?", risks
    )


def late_shares(connection: Connection) -> dict[str, float]:
    """Return by node how likely its next load leaves late: (late + 1) / (loads + 2)."""
    rows = connection.execute("SELECT node, shipped, late FROM node_records").fetchall()
    return {node: (late + 1) / (shipped + 2) for node, shipped, late in rows}


class Until(NamedTuple):
    """How far the book was read when everything open was valued; zeros: it never was."""

    #: The last event.
    events: int
    #: Loads all nodes had reported.
    loads: int


def valued_until(connection: Connection) -> Until:
    """Return how far the book was read for the figures that stand in it."""
    found = dict(connection.execute("SELECT what, value FROM valued_until").fetchall())
    return Until(found.get("events", 0), found.get("loads", 0))


def read_until(connection: Connection) -> Until:
    """Return how far the book can be read now."""
    row = connection.execute("SELECT coalesce(sum(shipped), 0) FROM node_records").fetchone()
    return Until(last_event(connection), int(row[0]))


def set_valued_until(connection: Connection, until: Until) -> None:
    """Note how far the book was read."""
    connection.executemany(
        "INSERT INTO valued_until (what, value) VALUES (?, ?)"
        " ON CONFLICT (what) DO UPDATE SET value = excluded.value",
        (("events", until.events), ("loads", until.loads)),
    )


def value_again(connection: Connection) -> None:
    """Have everything open valued again: what figures follow from was changed."""
    connection.execute("DELETE FROM valued_until")


def last_event(connection: Connection) -> int:
    """Return the number of the newest event, 0 if there is none."""
    row = connection.execute("SELECT coalesce(max(event_id), 0) FROM events").fetchone()
    return int(row[0])


def touched_orders(connection: Connection, after: int) -> list[int]:
    """Return the orders something happened to after an event."""
    # with the plus, because the index of events that have an order has all there ever were
    rows = connection.execute(
        "SELECT DISTINCT order_id FROM events WHERE event_id > ? AND +order_id IS NOT NULL",
        (after,),
    ).fetchall()
    return [order_id for (order_id,) in rows]


def list_price_cents(connection: Connection, items: Sequence[str]) -> dict[str, int]:
    """Return the list price of one base unit of these items; those without are left out."""
    rows = connection.execute(
        "SELECT item, CAST(round(100.0 * CAST(price AS REAL)) AS INTEGER) FROM prices"
        f" WHERE partner = '' AND item IN ({', '.join('?' * len(items))})",
        tuple(items),
    ).fetchall()
    return dict(rows)
