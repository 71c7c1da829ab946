"""Who had the units that were missing when an order was decided, for who asks why. Reads only."""

from sqlite3 import Connection
from typing import NamedTuple

from oms_edi.store.queries import Row

#: Movements of an item looked at, of each node: an item may have moved for years.
_MOVEMENTS = 300
#: Lines looked up at a time.
_AT_ONCE = 500


class PromisedBefore(NamedTuple):
    """Who had units of an item when a decision was made."""

    #: With `order_id`, `partner`, `tier`, `units`; best tier first.
    orders: list[Row]
    #: False if only the newest movements were looked at, so that there may be others.
    is_all: bool


def promised_before(
    connection: Connection, item: str, decision_id: int, *, most: int = _MOVEMENTS
) -> PromisedBefore:
    """Return which orders had units of an item reserved when a decision was made.

    Orders decided later, or whose goods had left by then, are not among them. At each node the
    `most` newest movements until then are looked at.
    """
    decided_by, at = connection.execute(
        "SELECT order_id, at FROM decisions WHERE decision_id = ?", (decision_id,)
    ).fetchone()
    held, is_all = _held_at(connection, item, at, most)
    lines = [line_id for line_id, units in held.items() if units > 0]
    found: dict[int, Row] = {}
    for start in range(0, len(lines), _AT_ONCE):
        some = lines[start : start + _AT_ONCE]
        for line_id, order_id, partner, tier in connection.execute(
            "SELECT l.line_id, o.order_id, o.partner, o.tier FROM order_lines l"
            " JOIN orders o ON o.order_id = l.order_id"
            f" WHERE l.line_id IN ({', '.join('?' * len(some))}) AND o.order_id <> ? AND EXISTS"
            " (SELECT 1 FROM decisions b WHERE b.order_id = o.order_id AND b.decision_id < ?)",
            (*some, decided_by, decision_id),
        ):
            names = {"order_id": order_id, "partner": partner, "tier": tier, "units": 0}
            row = found.setdefault(order_id, names)
            row["units"] += held[line_id]
    best = sorted(found.values(), key=lambda row: (row["tier"], row["order_id"]))
    return PromisedBefore(best, is_all)


def _held_at(connection: Connection, item: str, at: str, most: int) -> tuple[dict[int, int], bool]:
    """Return the units reserved by line at an instant, and whether all movements were seen."""
    held: dict[int, int] = {}
    is_all = True
    for (node,) in connection.execute(
        "SELECT node FROM stock_levels WHERE item = ?", (item,)
    ).fetchall():
        # What was booked by then was so at the node by then.
        seen = connection.execute(
            "SELECT line_id, reserved_delta, at FROM stock_ledger"
            " WHERE item = ? AND node = ? AND moved_at <= ? ORDER BY moved_at DESC LIMIT ?",
            (item, node, at, most),
        ).fetchall()
        is_all = is_all and len(seen) < most
        for line_id, units, booked_at in seen:
            if line_id is not None and booked_at <= at:
                held[line_id] = held.get(line_id, 0) + units
    return held, is_all
