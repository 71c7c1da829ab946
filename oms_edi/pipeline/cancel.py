"""Take back what no warehouse was told to ship yet; the stock goes back on offer."""

from collections.abc import Collection

from oms_edi.domain.lifecycle import order_name
from oms_edi.domain.order import BookLine
from oms_edi.pipeline.attention import FAILED, attention
from oms_edi.pipeline.holding import end_holds
from oms_edi.pipeline.step import Step
from oms_edi.store import orders, shipments, stock
from oms_edi.store.exceptions import close_exception, close_exceptions_of
from oms_edi.store.timeline import add_event, open_holds


def cancel_unreleased(
    step: Step,
    order_id: int,
    *,
    actor: str,
    reason: str,
    line_ids: Collection[int] | None = None,
) -> int:
    """Cancel open, backordered and allocated units; return units that are released already.

    Holds on what was cancelled end, and the buyer is told. `line_ids` limits it to some lines.
    """
    order = orders.read_order(step.connection, order_id)
    lines = [line for line in order.lines if line_ids is None or line.line_id in line_ids]
    wanted = {line.line_id: line for line in lines}
    for allocation in shipments.allocations_of_orders(step.connection, [order_id])[order_id]:
        line = wanted.get(allocation.line_id)
        if line is None or allocation.shipment_id is not None:
            continue
        stock.give_back(
            step.connection,
            line.item or "",
            allocation.node,
            allocation.quantity,
            line_id=line.line_id,
            note=reason,
            at=step.at,
        )
        shipments.drop_allocation(step.connection, allocation.allocation_id)
    for source in ("open", "backordered", "allocated"):
        moves = [(line.line_id, units) for line in lines if (units := _units(line, source))]
        orders.move(step.connection, source, "cancelled", moves)
    cancelled = sum(
        line.quantities.open + line.quantities.backordered + line.quantities.allocated
        for line in lines
    )
    add_event(
        step.connection,
        "order.cancelled",
        f"{cancelled} units: {reason}",
        at=step.at,
        actor=actor,
        order_id=order_id,
    )
    ended = [
        hold
        for hold in open_holds(step.connection, order_id)
        if line_ids is None or hold.line_id in line_ids
    ]
    end_holds(step, order_id, ended, outcome="rejected", actor=actor, reason=reason)
    if not any(line.quantities.backordered for line in order.lines if line.line_id not in wanted):
        subject = order_name(order_id)
        close_exception(step.connection, "backordered", subject, at=step.at, by=actor, why=reason)
    same_po = orders.orders_with_po(
        step.connection, order.partner, order.po_number, order.release_number
    )
    if not order.answers and same_po[0].order_id < order_id:
        # A copy of a PO nobody was told of: an 855 that refuses it would refuse the first one, too.
        orders.clear_answer_due(step.connection, [order_id])
    if all(line.quantities.released + line.quantities.shipped == 0 for line in order.lines):
        for kind in FAILED:  # what could not be done for it need not be done any more
            close_exceptions_of(step.connection, kind, order_id, at=step.at, by=actor, why=reason)
    for line in lines:
        if line.quantities.released:
            _ask_to_stop(step, order_id, line, reason)
    return sum(line.quantities.released for line in lines)


def _ask_to_stop(step: Step, order_id: int, line: BookLine, reason: str) -> None:
    """Remember that released units are not wanted: what does not ship of them is cancelled."""
    name = line_name(order_id, line)
    attention(
        step,
        "cancel_requested",
        name,
        f"{name}: {reason}, and a warehouse has {line.quantities.released} units to ship",
        order_id=order_id,
        buyer_line=line.buyer_line,
    )


def line_name(order_id: int, line: BookLine) -> str:
    """Return what a line is called in exceptions."""
    return f"{order_name(order_id)} line {line.buyer_line}"


def _units(line: BookLine, source: str) -> int:
    units: int = getattr(line.quantities, source)
    return units
