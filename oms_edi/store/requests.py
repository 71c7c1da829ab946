"""What warehouses are asked about shipments they have already, and what they answered."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from sqlite3 import Connection
from typing import Any, NamedTuple

#: A date before and after a change; None = none was told.
Pair = tuple[str | None, str]
#: Dates of a change by field of the order, or by line id.
Before = dict[str, Pair]


class NewStop(NamedTuple):
    """Units of an allocation a warehouse is asked not to ship."""

    allocation_id: int
    #: Of the line of the change.
    number: int
    units: int
    #: `Place` its units go to: cancelled or outside.
    target: str


def put_request(
    connection: Connection,
    change_id: int,
    shipment_id: int,
    *,
    stops: Sequence[NewStop],
    terms: dict[str, Any],
    before: Before,
    at: str,
) -> int:
    """Add something a warehouse is asked about a shipment; return its id."""
    told = (json.dumps(terms, sort_keys=True), json.dumps(before, sort_keys=True))
    cursor = connection.execute(
        "INSERT INTO requests (change_id, shipment_id, terms, before, state, since)"
        " VALUES (?, ?, ?, ?, 'requested', ?)",
        (change_id, shipment_id, *told, at),
    )
    request_id = cursor.lastrowid or 0
    connection.executemany(
        "INSERT INTO stops (request_id, allocation_id, number, units, target)"
        " VALUES (?, ?, ?, ?, ?)",
        [(request_id, *stop) for stop in stops],
    )
    return request_id


class Stop(NamedTuple):
    """A stop as it stands."""

    request_id: int
    change_id: int
    allocation_id: int
    number: int
    units: int
    stopped: int
    target: str
    #: Units the buyer wants again since, which were put up for decision anew.
    again: int
    #: Of its request.
    state: str


_STOP = (
    "SELECT p.request_id, r.change_id, p.allocation_id, p.number, p.units, p.stopped, p.target,"
    " p.again, r.state FROM stops p JOIN requests r ON r.request_id = p.request_id "
)


def stops_of_shipment(connection: Connection, shipment_id: int) -> list[Stop]:
    """Return what is asked of a shipment and not answered, oldest first."""
    rows = connection.execute(
        _STOP + "WHERE r.shipment_id = ? AND r.state = 'requested'"
        " ORDER BY p.request_id, p.allocation_id",
        (shipment_id,),
    ).fetchall()
    return [Stop(*row) for row in rows]


def stops_of_change(connection: Connection, change_id: int) -> list[Stop]:
    """Return every stop of a change."""
    rows = connection.execute(
        _STOP + "WHERE r.change_id = ? ORDER BY p.request_id, p.allocation_id", (change_id,)
    ).fetchall()
    return [Stop(*row) for row in rows]


def stopping_units(connection: Connection, order_id: int) -> dict[int, int]:
    """Return units by allocation of an order that a warehouse is asked not to ship."""
    return dict(
        connection.execute(
            "SELECT p.allocation_id, sum(p.units - p.stopped) FROM order_lines l"
            " JOIN allocations a ON a.line_id = l.line_id"
            " JOIN stops p ON p.allocation_id = a.allocation_id"
            " JOIN requests r ON r.request_id = p.request_id"
            " WHERE l.order_id = ? AND r.state = 'requested' GROUP BY p.allocation_id",
            (order_id,),
        ).fetchall()
    )


def stopping_lines(connection: Connection, order_id: int) -> dict[int, int]:
    """Return units by line of an order that a warehouse is asked not to ship."""
    return dict(
        connection.execute(
            "SELECT l.line_id, sum(p.units - p.stopped) FROM order_lines l"
            " JOIN allocations a ON a.line_id = l.line_id"
            " JOIN stops p ON p.allocation_id = a.allocation_id"
            " JOIN requests r ON r.request_id = p.request_id"
            " WHERE l.order_id = ? AND r.state = 'requested' GROUP BY l.line_id",
            (order_id,),
        ).fetchall()
    )


def stopping_change(connection: Connection, line_ids: Sequence[int]) -> int | None:
    """Return the newest change by which units of these lines are to be stopped."""
    marks = ", ".join("?" * len(line_ids))
    (change_id,) = connection.execute(
        "SELECT max(r.change_id) FROM allocations a"
        " JOIN stops p ON p.allocation_id = a.allocation_id AND p.units > p.stopped"
        " JOIN requests r ON r.request_id = p.request_id"
        f" WHERE a.line_id IN ({marks}) AND r.state = 'requested'",
        line_ids,
    ).fetchone()
    return None if change_id is None else int(change_id)


def want_again(connection: Connection, line_id: int, units: int) -> None:
    """Note that the buyer wants units of a line again that a warehouse is asked not to ship."""
    rows = connection.execute(
        _STOP + "JOIN allocations a ON a.allocation_id = p.allocation_id"
        " WHERE a.line_id = ? AND r.state = 'requested' AND p.target = 'outside'"
        " ORDER BY p.request_id DESC, p.allocation_id",
        (line_id,),
    ).fetchall()
    for stop in (Stop(*row) for row in rows):
        take = min(units, stop.units - stop.again)
        connection.execute(
            "UPDATE stops SET again = again + ? WHERE request_id = ? AND allocation_id = ?",
            (take, stop.request_id, stop.allocation_id),
        )
        units -= take


def add_stopped(connection: Connection, stop: Stop, units: int) -> None:
    """Note units a warehouse did stop."""
    connection.execute(
        "UPDATE stops SET stopped = stopped + ? WHERE request_id = ? AND allocation_id = ?",
        (units, stop.request_id, stop.allocation_id),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Something a warehouse is asked about a shipment."""

    request_id: int
    change_id: int
    shipment_id: int
    order_id: int
    depositor_order: str
    #: Other ship-to or dates wanted; empty = units only.
    terms: dict[str, Any]
    before: Before
    state: str
    since: str
    #: W0501 of the 940 that asks; "" = not asked yet, "next" = by that of the shipment's next
    #: request, "none" = a person asks.
    told: str
    #: True if it asks not to ship units.
    has_stops: bool


_REQUEST = (
    "SELECT r.request_id, r.change_id, r.shipment_id, s.order_id, s.depositor_order, r.terms,"
    " r.state, r.since, r.told, EXISTS (SELECT 1 FROM stops p WHERE p.request_id = r.request_id),"
    " r.before FROM requests r"
    " JOIN shipments s ON s.shipment_id = r.shipment_id "
)


def _request(row: tuple[Any, ...]) -> Request:
    return Request(
        request_id=row[0],
        change_id=row[1],
        shipment_id=row[2],
        order_id=row[3],
        depositor_order=row[4],
        terms=json.loads(row[5]),
        state=row[6],
        since=row[7],
        told=row[8],
        has_stops=bool(row[9]),
        before=json.loads(row[10]),
    )


def read_request(connection: Connection, request_id: int) -> Request:
    """Return one request."""
    row = connection.execute(_REQUEST + "WHERE r.request_id = ?", (request_id,)).fetchone()
    return _request(row)


def open_requests(connection: Connection, shipment_id: int) -> list[Request]:
    """Return what a warehouse has not answered yet about a shipment, oldest first."""
    rows = connection.execute(
        _REQUEST + "WHERE r.shipment_id = ? AND r.state = 'requested' ORDER BY r.request_id",
        (shipment_id,),
    ).fetchall()
    return [_request(row) for row in rows]


def requests_of_change(connection: Connection, change_id: int) -> list[Request]:
    """Return all that warehouses are or were asked for a change."""
    rows = connection.execute(
        _REQUEST + "WHERE r.change_id = ? ORDER BY r.request_id", (change_id,)
    ).fetchall()
    return [_request(row) for row in rows]


def untold_requests(connection: Connection) -> list[Request]:
    """Return what no 940 asks yet, oldest first."""
    rows = connection.execute(
        _REQUEST + "WHERE r.told = '' AND r.state = 'requested' ORDER BY r.request_id"
    ).fetchall()
    return [_request(row) for row in rows]


def set_told(connection: Connection, request_id: int, told: str) -> None:
    """Note by which 940 a warehouse is asked, as `Request.told`."""
    connection.execute("UPDATE requests SET told = ? WHERE request_id = ?", (told, request_id))


def settle_request(connection: Connection, request_id: int, state: str, *, at: str) -> None:
    """Note a warehouse's answer: agreed or refused."""
    connection.execute(
        "UPDATE requests SET state = ?, settled_at = ? WHERE request_id = ?",
        (state, at, request_id),
    )
