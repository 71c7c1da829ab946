"""Place holds and end them: each is on the timeline and in front of a person while it lasts."""

from collections.abc import Iterable

from oms_edi.domain.holds import HoldKind
from oms_edi.domain.lifecycle import order_name
from oms_edi.pipeline.frame.attention import attention
from oms_edi.pipeline.frame.step import Step
from oms_edi.store import backlog, owed, workload
from oms_edi.store.exceptions import close_exception
from oms_edi.store.timeline import OpenHold, add_event, add_hold, close_holds, open_holds


def place_hold(
    step: Step,
    order_id: int,
    line_id: int | None,
    kind: HoldKind,
    reason: str,
    *,
    po_number: str,
    buyer_line: str = "",
) -> None:
    """Place a hold on a line, or with `line_id` None on the whole order."""
    add_hold(step.connection, order_id, line_id, kind, reason, at=step.at)
    add_event(
        step.connection,
        "order.held",
        f"{kind}: {reason}",
        at=step.at,
        order_id=order_id,
        line_id=line_id,
    )
    attention(
        step,
        kind,
        _subject(order_id, buyer_line),
        f"PO {po_number}: {reason}",
        order_id=order_id,
        buyer_line=buyer_line,
    )


def end_holds(
    step: Step,
    order_id: int,
    holds: Iterable[OpenHold],
    *,
    outcome: str,
    actor: str,
    reason: str,
) -> None:
    """End holds as 'released' or 'rejected'; the buyer is told how the order stands."""
    ended = list(holds)
    close_holds(step.connection, [hold.hold_id for hold in ended], outcome, at=step.at)
    # Lines of one buyer line share an exception: it goes with the last of their holds.
    left = {(hold.kind, hold.buyer_line) for hold in open_holds(step.connection, order_id)}
    for hold in ended:
        if (hold.kind, hold.buyer_line) not in left:
            subject = _subject(order_id, hold.buyer_line)
            close_exception(step.connection, hold.kind, subject, at=step.at, by=actor, why=reason)
        add_event(
            step.connection,
            f"hold.{outcome}",
            f"{hold.kind}: {reason}",
            at=step.at,
            actor=actor,
            order_id=order_id,
            line_id=hold.line_id,
        )
    if ended and outcome == "released":
        backlog.restock_order(step.connection, order_id)
        workload.note_order(step.connection, order_id)
    owed.set_answer_due(step.connection, order_id)


def _subject(order_id: int, buyer_line: str) -> str:
    return order_name(order_id) + (f" line {buyer_line}" if buyer_line else "")
