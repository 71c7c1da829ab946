"""Clocks of documents: a 997 due from a partner, an 855 and an 856 due from us, deliveries."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from oms_edi.domain.lifecycle import order_name
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.people.clocks.clock import Clock, Finding, Memory
from oms_edi.pipeline.people.value import fine
from oms_edi.store import due, outbox
from oms_edi.store.timeline import stamp


def _unacknowledged(step: Step, memory: Memory) -> Iterator[Finding]:
    """Files of ours, 940s among them, that a partner has not answered in its time."""
    limits = {
        profile.id: profile.x12.acknowledged_within_h
        for profile in step.partners
        if profile.x12 and profile.x12.acknowledged_within_h
    }
    soonest = step.now - timedelta(hours=min(limits.values(), default=0))
    for file in outbox.unanswered(step.connection, stamp(soonest)):
        hours = limits.get(file.partner)
        end = datetime.fromisoformat(file.sent_at) + timedelta(hours=hours or 0)
        if hours and step.now > end:
            yield Finding(
                subject=f"{file.partner}/{file.file_name}",
                text=f"{file.file_name}, sent to {file.partner} {file.sent_at}, has no 997 yet",
                partner=file.partner,
                due=end,
            )


def _unanswered(step: Step, memory: Memory) -> Iterator[Finding]:
    """Orders whose 855 is owed for longer than the partner allows."""
    limits = {
        profile.id: timedelta(hours=profile.orders.answer_within_h)
        for profile in step.partners
        if profile.x12 and "855" in profile.orders.documents
    }
    soonest = step.now - min(limits.values(), default=timedelta(0))
    for order in due.unanswered_orders(step.connection, stamp(soonest)):
        limit = limits.get(order.partner)
        if limit is None or step.now <= (end := datetime.fromisoformat(order.received_at) + limit):
            continue
        yield Finding(
            subject=order_name(order.order_id),
            text=f"PO {order.po_number}, received {order.received_at}, was to be answered by an 855"
            f" until {stamp(end)}",
            action=f"release or cancel it ({order.held}): its 855 waits for that"
            if order.held
            else "",
            partner=order.partner,
            order_id=order.order_id,
            due=end,
        )


def _unnoticed(step: Step, memory: Memory) -> Iterator[Finding]:
    """Loads the customer should have heard of by now."""
    limits = {
        profile.id: timedelta(minutes=profile.orders.notice_within_min)
        for profile in step.partners
        if profile.x12 and "856" in profile.orders.documents
    }
    soonest = step.now - min(limits.values(), default=timedelta(0))
    for load in due.unnoticed_loads(step.connection, stamp(soonest)):
        limit = limits.get(load.partner)
        if limit is None or step.now <= (end := datetime.fromisoformat(load.reported_at) + limit):
            continue
        yield Finding(
            subject=load.depositor_order,
            text=f"{load.depositor_order} of PO {load.po_number} left, and its 856 was due"
            f" {stamp(end)}",
            partner=load.partner,
            order_id=load.order_id,
            due=end,
        )


def _undelivered(step: Step, memory: Memory) -> Iterator[Finding]:
    """Files that lie here although they should be with the partner."""
    limit = timedelta(hours=step.config.watch.delivery_within_h)
    for found in due.undelivered(step.connection, stamp(step.now - limit)):
        late = fine(step, found.partner, "late_855")
        yield Finding(
            subject=found.partner,
            text=f"{found.files} files for {found.partner} are not delivered, the oldest of"
            f" {found.oldest_at}",
            partner=found.partner,
            due=datetime.fromisoformat(found.oldest_at) + limit,
            risk_cents=found.files * late.cents if late else 0,
        )


DOCUMENTS = (
    Clock(kind="ack_overdue", find=_unacknowledged),
    Clock(kind="answer_overdue", find=_unanswered),
    Clock(kind="notice_overdue", find=_unnoticed),
    Clock(kind="delivery_overdue", find=_undelivered),
)
