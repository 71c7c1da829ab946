"""How things stand, in numbers: for checks every minute, so each query goes by an index."""

from dataclasses import dataclass
from sqlite3 import Connection

from oms_edi.store.timeline import newest_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The order book in numbers."""

    #: Files that came in, by state.
    files: dict[str, int]
    #: Orders there ever were.
    orders: int
    #: Base units by where they are: open, allocated, backordered, released.
    units: dict[str, int]
    #: Open exceptions by (queue, severity).
    exceptions: dict[tuple[str, str], int]
    #: Files that wait to be delivered, by partner, and since when the oldest does; "" for none.
    outbox: dict[str, int]
    outbox_since: str
    #: Files sent whose partner owes us a 997.
    unanswered: int
    #: Visits that failed in a row, by partner with a server.
    endpoints: dict[str, int]
    #: When the newest event was written; "" for none.
    newest_event: str
    #: News of exceptions that could not be told.
    untold: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliveries:
    """What waits to leave."""

    #: Files by partner.
    files: dict[str, int]
    #: Since when the oldest does; "" for none.
    since: str


def read_deliveries(connection: Connection) -> Deliveries:
    """Count what waits to leave."""
    (since,) = connection.execute(
        "SELECT coalesce(min(created_at), '') FROM outbox WHERE state <> 'sent'"
    ).fetchone()
    files = connection.execute(
        "SELECT partner, count(*) FROM outbox WHERE state <> 'sent' GROUP BY +partner"
    )
    return Deliveries(files=dict(files), since=since)


def open_errors(connection: Connection) -> dict[str, int]:
    """Count the open exceptions of severity error, by queue."""
    return dict(
        connection.execute(
            # All that is asked stands in this index: no row is read.
            "SELECT queue, count(*) FROM exceptions INDEXED BY exceptions_worst"
            " WHERE closed_at IS NULL AND severity = 'error' GROUP BY queue ORDER BY queue"
        )
    )


def read_figures(connection: Connection) -> Figures:
    """Count everything; who wants less asks for less, since the units of a large book take long."""
    deliveries = read_deliveries(connection)
    (orders,) = connection.execute("SELECT count(*) FROM orders").fetchone()
    (unanswered,) = connection.execute(
        "SELECT count(DISTINCT outbox_id) FROM documents WHERE direction = 'out'"
        " AND verdict = 'sent'"
    ).fetchone()
    (untold,) = connection.execute(
        "SELECT count(*) FROM notifications WHERE state = 'failed'"
    ).fetchone()
    return Figures(
        files=dict(connection.execute("SELECT state, count(*) FROM files GROUP BY state")),
        orders=orders,
        units=_units(connection),
        exceptions={
            (queue, severity): count
            for queue, severity, count in connection.execute(
                "SELECT queue, severity, count(*) FROM exceptions WHERE closed_at IS NULL"
                " GROUP BY queue, severity"
            )
        },
        outbox=deliveries.files,
        outbox_since=deliveries.since,
        unanswered=unanswered,
        endpoints=dict(connection.execute("SELECT partner, failures FROM endpoints")),
        newest_event=newest_at(connection),
        untold=untold,
    )


#: Each from an index of what is so, which is little, and never from all lines there ever were.
_UNITS = {
    "open": "SELECT sum(open) FROM order_lines WHERE open > 0",
    "allocated": "SELECT sum(quantity) FROM allocations WHERE shipment_id IS NULL",
    "backordered": "SELECT sum(backordered) FROM order_lines WHERE backordered > 0",
    "released": "SELECT sum(a.quantity - a.shipped - a.short)"
    " FROM shipments s INDEXED BY shipments_released"
    " JOIN allocations a ON a.shipment_id = s.shipment_id WHERE s.state = 'released'",
}


def _units(connection: Connection) -> dict[str, int]:
    return {where: connection.execute(query).fetchone()[0] or 0 for where, query in _UNITS.items()}
