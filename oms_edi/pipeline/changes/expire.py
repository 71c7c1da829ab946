"""The end of the cancel-after day: what has not shipped by then is cancelled.

The day ends where the goods are: in the zones of the nodes that are to ship the order, or of all
nodes while none is; when it has ended in the last of them.
"""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from oms_edi.domain.holds import HoldKind
from oms_edi.pipeline.changes.cancel import cancel_order
from oms_edi.pipeline.frame.step import Step
from oms_edi.store import orders, shipments
from oms_edi.store.database import write_tx
from oms_edi.store.timeline import open_holds, was_released

#: A day is over somewhere on Earth so long before it is over in UTC.
_FIRST_MIDNIGHT = timedelta(hours=14)


def expire(step: Step) -> int:
    """Cancel what is left of orders whose last day is over; return how many were looked at.

    Not where a person let the order go on past a date, or has to decide about one.
    """
    done = 0
    soonest = (step.now + _FIRST_MIDNIGHT).date().isoformat()
    for order_id, day in orders.expiring(step.connection, soonest):
        if not _is_over(step, order_id, date.fromisoformat(day)):
            continue
        with write_tx(step.connection):
            orders.set_expired(step.connection, order_id)
            if _is_to_cancel(step, order_id):
                cancel_order(
                    step,
                    order_id,
                    source="calendar",
                    actor="daemon",
                    reason=f"its cancel-after day, {day}, is over",
                )
        done += 1
    return done


def _is_over(step: Step, order_id: int, day: date) -> bool:
    parts = shipments.allocations_of_orders(step.connection, [order_id])[order_id]
    used = {part.node for part in parts if part.quantity > part.shipped + part.short}
    nodes = [node for node in step.config.nodes if not used or node.id in used]
    ends = [
        datetime.combine(day + timedelta(days=1), time.min, tzinfo=ZoneInfo(node.timezone))
        for node in nodes or step.config.nodes
    ]
    return step.now >= max(ends)


def _is_to_cancel(step: Step, order_id: int) -> bool:
    order = orders.read_order(step.connection, order_id)
    profile = step.partners.find(order.partner)
    if profile is None or profile.orders.changes.cancel_after == "none":
        return False
    if was_released(step.connection, order_id, HoldKind.DATE):
        return False
    if any(hold.kind == HoldKind.DATE for hold in open_holds(step.connection, order_id)):
        return False
    units = (q.ordered - q.cancelled - q.shipped for q in (line.quantities for line in order.lines))
    return any(units)
