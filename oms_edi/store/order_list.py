"""Orders as a list shows them: derived status, summed quantities, places, exceptions. Reads only.

Many at a time; one with all there is about it is `oms_edi.store.queries.order`, pages of a list are
made by `oms_edi.store.order_page`.
"""

from collections.abc import Collection
from sqlite3 import Connection

from oms_edi.domain.lifecycle import (
    Quantities,
    Status,
    line_status,
    order_name,
    order_status,
)
from oms_edi.store.queries import Row, rows

_QUANTITIES = Quantities._fields


def summaries(connection: Connection, order_ids: Collection[int]) -> list[Row]:
    """Return orders with derived status, summed quantities and nodes, newest first."""
    ids = tuple(order_ids)
    if not ids:
        return []
    marks = ", ".join("?" * len(ids))
    lines = _lines(connection, ids, marks)
    nodes = _nodes(connection, ids, marks)
    told = _exceptions(connection, ids, marks)
    found = rows(
        connection,
        "SELECT o.order_id, o.partner, o.channel, o.po_number, o.release_number, o.tier,"
        " o.ordered_on, o.ship_on, o.deliver_by, o.not_after, o.cancel_after, o.received_at,"
        " d.name AS to_name, d.city AS to_city, d.state AS to_state,"
        " (SELECT count(*) FROM destinations m"
        "  WHERE m.order_id = o.order_id) AS places FROM orders o"
        " LEFT JOIN destinations d ON d.order_id = o.order_id AND d.destination = 0"
        f" WHERE o.order_id IN ({marks}) ORDER BY o.order_id DESC",
        ids,
    )
    for order in found:
        order_id = order["order_id"]
        mine = lines.get(order_id, [])
        order["order"] = order_name(order_id)
        order["status"] = order_status(status for status, _ in mine).value
        order["lines"] = len(mine)
        for at, name in enumerate(_QUANTITIES):
            order[name] = sum(quantities[at] for _, quantities in mine)
        order["nodes"] = nodes.get(order_id, [])
        order["exceptions"], order["risk_cents"] = told.get(order_id, (0, 0))
    return found


def _lines(
    connection: Connection, ids: tuple[int, ...], marks: str
) -> dict[int, list[tuple[Status, Quantities]]]:
    held = set(
        connection.execute(
            "SELECT order_id, line_id FROM holds"
            f" WHERE closed_at IS NULL AND order_id IN ({marks})",
            ids,
        )
    )
    stopping = dict(
        connection.execute(
            "SELECT a.line_id, sum(p.units - p.stopped) FROM shipments s"
            " JOIN requests r ON r.shipment_id = s.shipment_id AND r.state = 'requested'"
            " JOIN stops p ON p.request_id = r.request_id"
            " JOIN allocations a ON a.allocation_id = p.allocation_id"
            f" WHERE s.order_id IN ({marks}) GROUP BY a.line_id",
            ids,
        )
    )
    found: dict[int, list[tuple[Status, Quantities]]] = {}
    for order_id, line_id, *numbers in connection.execute(
        f"SELECT order_id, line_id, {', '.join(_QUANTITIES)} FROM order_lines"
        f" WHERE order_id IN ({marks})",
        ids,
    ):
        quantities = Quantities(*numbers)
        is_held = (order_id, line_id) in held or (order_id, None) in held
        status = line_status(quantities, held=is_held, stopping=stopping.get(line_id, 0))
        found.setdefault(order_id, []).append((status, quantities))
    return found


def _nodes(connection: Connection, ids: tuple[int, ...], marks: str) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for order_id, node in connection.execute(
        "SELECT DISTINCT l.order_id, a.node FROM order_lines l"
        " JOIN allocations a ON a.line_id = l.line_id AND a.quantity > a.short"
        f" WHERE l.order_id IN ({marks}) ORDER BY l.order_id, a.node",
        ids,
    ):
        found.setdefault(order_id, []).append(node)
    return found


def _exceptions(
    connection: Connection, ids: tuple[int, ...], marks: str
) -> dict[int, tuple[int, int]]:
    """Return count and money of the open exceptions of each order that has some."""
    return {
        order_id: (count, risk_cents)
        for order_id, count, risk_cents in connection.execute(
            "SELECT order_id, count(*), sum(risk_cents) FROM exceptions"
            f" WHERE closed_at IS NULL AND order_id IN ({marks}) GROUP BY order_id",
            ids,
        )
    }
