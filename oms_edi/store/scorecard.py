"""How well it goes with one partner, from the newest of what was exchanged. Reads only."""

from sqlite3 import Connection

from oms_edi.domain.lifecycle import order_name
from oms_edi.store.queries import Row, rows

#: Rows each figure is made from, at most: the newest.
NEWEST = 2000


def sets(connection: Connection, partner: str) -> list[Row]:
    """Return by direction, set and verdict how many of the newest sets there are."""
    return rows(
        connection,
        "SELECT direction, set_id, verdict, count(*) AS count FROM (SELECT direction, set_id,"
        " verdict FROM documents WHERE partner = ? ORDER BY document_id DESC LIMIT ?)"
        " GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
        (partner, NEWEST),
    )


def answer_hours(connection: Connection, partner: str) -> list[float]:
    """Return after how many hours the partner answered each of the newest sets we sent."""
    found = connection.execute(
        "SELECT round((julianday(answered_at) - julianday(at)) * 24, 2) FROM (SELECT at,"
        " answered_at FROM documents WHERE partner = ? ORDER BY document_id DESC LIMIT ?)"
        " WHERE answered_at IS NOT NULL ORDER BY 1",
        (partner, NEWEST),
    )
    return [hours for (hours,) in found]


def loads(connection: Connection, partner: str) -> Row:
    """Return how many loads of its newest orders left, and how many too late for what it asked.

    A load is as long on the road as was planned for it.
    """
    (row,) = rows(
        connection,
        "SELECT count(*) AS loads, coalesce(sum(d.shipped_on > coalesce(o.not_after, '9999')"
        " OR julianday(d.shipped_on) + coalesce(julianday(s.deliver_on) - julianday(s.ship_on), 0)"
        " > julianday(coalesce(o.deliver_by, '9999-01-01'))), 0) AS late"
        " FROM (SELECT order_id, not_after, deliver_by FROM orders WHERE partner = ?"
        " ORDER BY order_id DESC LIMIT ?) o"
        " JOIN shipments s ON s.order_id = o.order_id"
        " JOIN dispatches d ON d.shipment_id = s.shipment_id",
        (partner, NEWEST),
    )
    return row


def node_record(connection: Connection, nodes: list[str]) -> Row:
    """Return how many loads these nodes ever reported, and how many were late."""
    marks = ", ".join("?" * len(nodes))
    (row,) = rows(
        connection,
        "SELECT coalesce(sum(shipped), 0) AS loads, coalesce(sum(late), 0) AS late"
        f" FROM node_records WHERE node IN ({marks})",
        tuple(nodes),
    )
    return row


def exceptions_by_kind(connection: Connection, partner: str, *, since: str) -> list[Row]:
    """Return by kind how many exceptions were opened since, or still are open."""
    return rows(
        connection,
        "SELECT kind, count(*) AS count, sum(is_open) AS open, sum(risk) AS risk_cents FROM ("
        " SELECT kind, 1 AS is_open, risk_cents AS risk FROM exceptions"
        "  INDEXED BY exceptions_worst WHERE closed_at IS NULL AND partner = :partner"
        " UNION ALL SELECT kind, 0, 0 FROM exceptions"
        "  WHERE closed_at IS NOT NULL AND partner = :partner AND closed_at >= :since"
        "  AND opened_at >= :since) GROUP BY kind ORDER BY 2 DESC, 1",
        {"partner": partner, "since": since},
    )


def newest_orders(connection: Connection, partner: str, *, limit: int) -> list[Row]:
    """Return the newest orders of a customer."""
    found = rows(
        connection,
        "SELECT order_id, po_number, channel, received_at FROM orders WHERE partner = ?"
        " ORDER BY order_id DESC LIMIT ?",
        (partner, limit),
    )
    for row in found:
        row["order"] = order_name(row["order_id"])
    return found
