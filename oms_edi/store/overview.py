"""How the whole stands, for the first page: by state and age, by hour, by partner. Reads only.

Ages are told by numbers: an order, file or document with a higher number came later, so the first
one after an instant is found by halving, and what is older is a comparison inside an index.
"""

import itertools
from collections.abc import Sequence
from datetime import datetime, timedelta
from sqlite3 import Connection
from typing import NamedTuple

from oms_edi.store.queries import Row, rows
from oms_edi.store.timeline import stamp
from oms_edi.store.unreleased import ALLOCATED_ORDERS

#: Documents looked at for a chart of hours, at most: the newest.
_DOCUMENTS = 500_000


class Waiting(NamedTuple):
    """Orders that wait for one thing."""

    #: held, open, backordered, allocated, released: where units of them are.
    what: str
    #: How many by age, the youngest first, as the days asked for part them.
    by_age: tuple[int, ...]

    @property
    def orders(self) -> int:
        """All of them."""
        return sum(self.by_age)


class Now(NamedTuple):
    """A few figures at the top of the first page."""

    #: Orders of the last 24 hours.
    orders: int
    #: Files in quarantine that wait for a person.
    quarantined: int
    #: Files that wait to be delivered.
    undelivered: int
    #: Files sent whose partner owes us a 997.
    unanswered: int


def now_figures(connection: Connection, *, now: datetime) -> Now:
    """Count what the first page begins with; indexes of what is open alone are read."""
    since = stamp(now - timedelta(days=1))
    first = _first_since(connection, "orders", "order_id", "received_at", since)
    return Now(
        *(
            connection.execute(query, values).fetchone()[0]
            for query, values in (
                ("SELECT count(*) FROM orders WHERE order_id >= ?", (first,)),
                (
                    "SELECT count(*) FROM exceptions WHERE closed_at IS NULL"
                    " AND kind = 'file_quarantined'",
                    (),
                ),
                ("SELECT count(*) FROM outbox WHERE state <> 'sent'", ()),
                (
                    "SELECT count(DISTINCT outbox_id) FROM documents WHERE direction = 'out'"
                    " AND verdict = 'sent'",
                    (),
                ),
            )
        )
    )


_WAITING = {
    "held": "SELECT order_id FROM holds WHERE closed_at IS NULL",
    "open": "SELECT order_id FROM order_lines INDEXED BY lines_open WHERE open > 0"
    " AND order_id NOT IN (SELECT order_id FROM holds WHERE closed_at IS NULL)",
    "backordered": "SELECT order_id FROM order_lines INDEXED BY lines_waiting"
    " WHERE backordered > 0",
    "allocated": ALLOCATED_ORDERS,
    "released": "SELECT order_id FROM shipments INDEXED BY shipments_released"
    " WHERE state = 'released'",
}


def waiting_orders(connection: Connection, *, now: datetime, days: Sequence[int]) -> list[Waiting]:
    """Return how many orders wait for what, by age; an order may wait for several things."""
    since = [stamp(now - timedelta(days=day)) for day in days]
    bounds = [_first_since(connection, "orders", "order_id", "received_at", at) for at in since]
    sums = ["sum(order_id >= ?)"]
    sums += ["sum(order_id < ? AND order_id >= ?)"] * (len(bounds) - 1)
    sums.append("sum(order_id < ?)")
    values = [bounds[0]]
    for younger, older in itertools.pairwise(bounds):
        values += [younger, older]
    values.append(bounds[-1])
    found = []
    for what, query in _WAITING.items():
        row = connection.execute(
            f"SELECT {', '.join(sums)} FROM (SELECT DISTINCT order_id FROM ({query}))", values
        ).fetchone()
        found.append(Waiting(what, tuple(count or 0 for count in row)))
    return found


def _first_since(connection: Connection, table: str, key: str, at: str, since: str) -> int:
    """Return the lowest number whose row was made at an instant or later."""
    (high,) = connection.execute(f"SELECT coalesce(max({key}), 0) + 1 FROM {table}").fetchone()
    low = 0
    while low < high:
        middle = (low + high) // 2
        row = connection.execute(
            f"SELECT {key}, {at} FROM {table} WHERE {key} >= ? ORDER BY {key} LIMIT 1", (middle,)
        ).fetchone()
        if row is None or row[1] >= since:
            high = middle
        else:
            low = row[0] + 1
    return low


def documents_by_hour(
    connection: Connection, *, now: datetime, hours: int
) -> dict[tuple[str, str], int]:
    """Return how many sets came and went by (direction, hour as `2026-03-02T15`)."""
    since = stamp(now - timedelta(hours=hours))
    first = _first_since(connection, "documents", "document_id", "at", since)
    (last,) = connection.execute("SELECT coalesce(max(document_id), 0) FROM documents").fetchone()
    return {
        (direction, hour): count
        for direction, hour, count in connection.execute(
            "SELECT direction, substr(at, 1, 13), count(*) FROM documents WHERE document_id >= ?"
            " GROUP BY 1, 2",
            (max(first, last - _DOCUMENTS),),
        )
    }


def files_by_partner(connection: Connection, *, since: str) -> dict[str, Row]:
    """Return of each partner the last file since an instant, how many, and how many failed."""
    found = rows(
        connection,
        "SELECT partner, max(received_at) AS last_at, count(*) AS files,"
        " sum(state IN ('rejected', 'quarantined', 'partly')) AS bad FROM files"
        " WHERE received_at >= ? GROUP BY partner",
        (since,),
    )
    return {row["partner"]: row for row in found}


def waiting_by_partner(connection: Connection) -> dict[str, Row]:
    """Return of each partner how many files wait to be delivered, and since when."""
    found = rows(
        connection,
        "SELECT partner, count(*) AS files, min(created_at) AS since FROM outbox"
        " WHERE state <> 'sent' GROUP BY +partner",
    )
    return {row["partner"]: row for row in found}


def exceptions_by_partner(connection: Connection) -> dict[str, Row]:
    """Return of each partner how many exceptions are open, their money, and overdue 997s."""
    found = rows(
        connection,
        "SELECT partner, count(*) AS open, sum(risk_cents) AS risk_cents,"
        " sum(kind = 'ack_overdue') AS overdue, sum(kind = 'silence') AS silent FROM exceptions"
        " INDEXED BY exceptions_worst WHERE closed_at IS NULL AND severity <> 'info'"
        " GROUP BY partner",
    )
    return {row["partner"]: row for row in found}
