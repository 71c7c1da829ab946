"""Cancel an order or some of its lines: the one way, whoever wants it.

The partner (850 BEG01 01, 860 BCH01 01), a person, or the calendar (cancel-after). By stage: what
no warehouse knows of is cancelled at once; what one has is asked for; what shipped is refused.
"""

from collections.abc import Collection
from typing import NamedTuple

from oms_edi.domain.change import OrderChange, Outcome, Source
from oms_edi.domain.counted import counted
from oms_edi.domain.lifecycle import Place, order_name
from oms_edi.domain.message import Purpose
from oms_edi.domain.order import BookLine, BookOrder
from oms_edi.pipeline.changes.withdraw import asking, withdraw
from oms_edi.pipeline.frame.attention import FAILED
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.orders.holding import end_holds
from oms_edi.store import changes, orders, owed
from oms_edi.store.changes import ChangeLine, NewChange
from oms_edi.store.exceptions import close_exception, close_exceptions_of
from oms_edi.store.timeline import add_event, open_holds


class Cancelled(NamedTuple):
    """What a cancel did."""

    #: Units cancelled at once.
    now: int
    #: Units a warehouse is asked not to ship.
    requested: int


def cancel_order(
    step: Step,
    order_id: int,
    *,
    source: Source,
    actor: str,
    reason: str,
    line_ids: Collection[int] | None = None,
    change_id: int | None = None,
) -> Cancelled:
    """Cancel what can be; ask warehouses for the rest. In the caller's transaction.

    Holds on what was cancelled end, and the buyer is told. `line_ids` limits it to some lines;
    `change_id` is the change that asks for it where a partner sent one.
    """
    order = orders.read_order(step.connection, order_id)
    lines = [line for line in order.lines if line_ids is None or line.line_id in line_ids]
    if change_id is None:
        change_id = _own_change(step, order, source)
    asked = asking(step, order, change_id, reason)
    now = requested = 0
    rows: list[ChangeLine] = []
    for number, line in enumerate(lines, start=1):
        q = line.quantities
        units = q.ordered - q.cancelled - q.shipped
        gone = withdraw(asked, line, units, target=Place.CANCELLED, number=number)
        now, requested = now + gone.now, requested + gone.requested
        rows.append(_outcome(line, number, requested=gone.requested + gone.left))
    asked.write()
    changes.put_lines(step.connection, change_id, rows)
    if all(row.outcome is not Outcome.PENDING for row in rows):
        changes.settle(step.connection, change_id, at=step.at)
    add_event(
        step.connection,
        "order.cancelled",
        f"{counted(now, 'unit')}: {reason}",
        at=step.at,
        actor=actor,
        order_id=order_id,
    )
    _tidy(step, order, lines, actor=actor, reason=reason)
    return Cancelled(now, requested)


def _own_change(step: Step, order: BookOrder, source: Source) -> int:
    """Record a cancel nobody sent a document for."""
    change = OrderChange(
        purpose=Purpose.CANCEL, po_number=order.po_number, release_number=order.release_number
    )
    new = NewChange(partner=order.partner, order_id=order.order_id, source=source, change=change)
    return changes.put_change(step.connection, new, at=step.at)


def _outcome(line: BookLine, number: int, *, requested: int) -> ChangeLine:
    """Return what became of the cancel of one line; `requested` units wait for a warehouse."""
    what = f"line {line.buyer_line}: cancel"
    shipped = line.quantities.shipped
    told = f"{shipped} units have shipped" if shipped else ""
    if requested:
        outcome = Outcome.PENDING
    elif shipped and shipped + line.quantities.cancelled == line.quantities.ordered:
        outcome = Outcome.REJECTED
    else:
        outcome = Outcome.PARTLY if shipped else Outcome.ACCEPTED
    return ChangeLine(number, line.line_id, what, outcome, told)


def _tidy(step: Step, order: BookOrder, lines: list[BookLine], *, actor: str, reason: str) -> None:
    """End holds and exceptions about what is not wanted any more."""
    order_id = order.order_id
    ids = {line.line_id for line in lines}
    is_whole = len(ids) == len(order.lines)
    ended = [
        hold for hold in open_holds(step.connection, order_id) if is_whole or hold.line_id in ids
    ]
    end_holds(step, order_id, ended, outcome="rejected", actor=actor, reason=reason)
    if not any(line.quantities.backordered for line in order.lines if line.line_id not in ids):
        subject = order_name(order_id)
        close_exception(step.connection, "backordered", subject, at=step.at, by=actor, why=reason)
    same_po = orders.orders_with_po(
        step.connection, order.partner, order.po_number, order.release_number
    )
    if not order.answers and same_po[0].order_id < order_id:
        # A copy of a PO nobody was told of: an 855 that refuses it would refuse the first one, too.
        owed.clear_answer_due(step.connection, [order_id])
    if all(line.quantities.released + line.quantities.shipped == 0 for line in order.lines):
        for kind in FAILED:  # what could not be done for it need not be done any more
            close_exceptions_of(step.connection, kind, order_id, at=step.at, by=actor, why=reason)
