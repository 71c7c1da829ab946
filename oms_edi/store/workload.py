"""What nodes have to do by day, how punctual they were, and what waits to be released."""

from collections.abc import Collection, Sequence
from datetime import date
from sqlite3 import Connection

from oms_edi.domain.workload import Used

#: Allocations `a` whose node is told later; a comparison, because that is read from the index.
_LATER = "a.release_at > '' AND a.shipment_id IS NULL"


def to_leave(
    connection: Connection, nodes: Sequence[str], *, since: str
) -> dict[tuple[str, date], Used]:
    """Return what is promised to leave these nodes from a day on, by node and day."""
    return {
        (node, date.fromisoformat(day)): Used(orders, lines, units)
        for node, day, orders, lines, units in connection.execute(
            "SELECT a.node, a.ship_on, count(DISTINCT l.order_id), count(*),"
            " sum(a.quantity - a.short) FROM allocations a"
            " JOIN order_lines l ON l.line_id = a.line_id"
            f" WHERE a.node IN ({_marks(nodes)}) AND a.ship_on >= ? AND a.quantity > a.short"
            " GROUP BY a.node, a.ship_on",
            (*nodes, since),
        )
    }


def behind(
    connection: Connection, nodes: Sequence[str], *, until: str
) -> dict[tuple[str, date], Used]:
    """Return what these nodes were told to ship before a day and have not, by node and day."""
    return {
        (node, date.fromisoformat(day)): Used(orders, lines, units)
        for node, day, orders, lines, units in connection.execute(
            "SELECT s.node, s.ship_on, count(DISTINCT s.order_id), count(*),"
            " sum(a.quantity - a.shipped - a.short) FROM shipments s"
            " JOIN allocations a ON a.shipment_id = s.shipment_id"
            f" WHERE s.state = 'released' AND s.ship_on < ? AND s.node IN ({_marks(nodes)})"
            " AND a.quantity > a.shipped + a.short GROUP BY s.node, s.ship_on",
            (until, *nodes),
        )
    }


def punctuality(connection: Connection) -> dict[str, tuple[int, int]]:
    """Return (late, all) loads by node."""
    rows = connection.execute("SELECT node, late, shipped FROM node_records").fetchall()
    return {node: (late, shipped) for node, late, shipped in rows}


def note_restocked(connection: Connection, items: Collection[str]) -> None:
    """Have orders that are allocated some of these items, and not released, looked at again."""
    if not items:
        return
    rows = connection.execute(
        "SELECT DISTINCT l.item FROM allocations a JOIN order_lines l ON l.line_id = a.line_id"
        f" WHERE {_LATER}"
    ).fetchall()
    connection.executemany(
        "INSERT INTO reconsider (item, after_order) VALUES (?, 0)"
        " ON CONFLICT (item) DO UPDATE SET after_order = 0",
        [row for row in rows if row[0] in items],
    )


def note_order(connection: Connection, order_id: int) -> None:
    """Have an order looked at again: while it was held it was passed by."""
    connection.execute(
        "INSERT INTO reconsider (item, after_order) SELECT DISTINCT l.item, l.order_id - 1"
        " FROM order_lines l JOIN allocations a ON a.line_id = l.line_id"
        f" WHERE l.order_id = ? AND {_LATER}"
        " ON CONFLICT (item) DO UPDATE SET after_order = min(after_order, excluded.after_order)",
        (order_id,),
    )


def note_everything(connection: Connection) -> None:
    """Have every order that is allocated and not released looked at again."""
    connection.execute(
        "INSERT INTO reconsider (item, after_order) SELECT DISTINCT l.item, 0 FROM allocations a"
        f" JOIN order_lines l ON l.line_id = a.line_id WHERE {_LATER}"
        " ON CONFLICT (item) DO UPDATE SET after_order = 0"
    )


def to_reconsider(connection: Connection, *, limit: int) -> list[int]:
    """Return the next orders to look at again: allocated, not released, and nothing holds them."""
    rows = connection.execute(
        "SELECT DISTINCT l.order_id FROM allocations a JOIN order_lines l ON l.line_id = a.line_id"
        " JOIN reconsider r ON r.item = l.item"
        f" WHERE {_LATER} AND l.order_id > r.after_order AND NOT EXISTS"
        " (SELECT 1 FROM holds h WHERE h.order_id = l.order_id AND h.closed_at IS NULL)"
        " ORDER BY l.order_id LIMIT ?",
        (limit,),
    ).fetchall()
    return [order_id for (order_id,) in rows]


def is_to_reconsider(connection: Connection) -> bool:
    """True if there are items that came since orders allocated some of them were looked at."""
    return connection.execute("SELECT 1 FROM reconsider LIMIT 1").fetchone() is not None


def set_reconsidered(connection: Connection, *, until: int | None) -> None:
    """Note that orders up to this one were looked at again; None: all were."""
    if until is None:
        connection.execute("DELETE FROM reconsider")
    else:
        connection.execute(
            "UPDATE reconsider SET after_order = ? WHERE after_order < ?", (until, until)
        )


def _marks(values: Sequence[str]) -> str:
    return ", ".join("?" * len(values))
