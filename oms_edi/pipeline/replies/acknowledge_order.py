"""Owe the buyer an 855 about an order that was decided."""

from collections.abc import Mapping
from datetime import date

from oms_edi.domain.order import BookOrder
from oms_edi.errors import Unsendable
from oms_edi.partners.profile import PartnerProfile
from oms_edi.pipeline.frame.each_order import Batch, Job
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.replies import answers
from oms_edi.store import status
from oms_edi.transactions import t855_acknowledgment


def answer_unless_promised(batch: Batch, job: Job) -> None:
    """Answer at once, unless goods for what waits are to come: then with the day they ship."""
    order = batch.orders[job.order_id]
    if any(one.quantities.backordered and one.item in batch.items_to_come for one in order.lines):
        return
    answer(batch, job)


def answer(batch: Batch, job: Job) -> None:
    """Owe the buyer an 855 if one is due and this partner takes them.

    Raises:
        Unsendable: an 855 has no room for what it would say.
    """
    step = batch.step
    order = batch.orders[job.order_id]
    if not order.answer_due:
        return
    if order.answers and order.order_id in batch.changing:
        return  # the answer to the change tells it, once its outcome is known
    profile = step.partners.by_id(order.partner)
    if profile.orders.status.when != "never":
        batch.news.add((profile.id, order.order_id))
    settings = profile.x12 if "855" in profile.orders.documents else None
    if settings is None or _is_told_by_870(step, order, profile):
        _owe_nothing(batch, order)
        return
    value = answers.acknowledgment(
        order,
        ship_dates=_ship_dates(batch, order),
        method=profile.orders.quantity_method,
        on=step.now.date(),
        promised=_promised(batch, order),
    )
    problem = answers.check(value)
    if problem:
        raise Unsendable(f"855 for {profile.id}: {problem}")
    body = t855_acknowledgment.write(value, version=settings.version)
    sha = answers.content_sha(value.kind, body)
    if sha == order.answer_sha:  # they know it all: an 855 that says nothing new confuses
        _owe_nothing(batch, order)
        return
    batch.outgoing.add(profile, "855", body, order_id=order.order_id)
    batch.answered[order.order_id] = sha
    batch.owing.discard(order.order_id)


def _owe_nothing(batch: Batch, order: BookOrder) -> None:
    batch.quiet.add(order.order_id)
    batch.owing.discard(order.order_id)


def _is_told_by_870(step: Step, order: BookOrder, profile: PartnerProfile) -> bool:
    """True if an 870 tells what is new of an order: all of it was accepted or not by an 855.

    What was on hold then, or is changed by the buyer, is still to be answered by one.
    """
    return (
        profile.orders.status.tells_moves
        and order.answers > 0
        and order.answer_sha != ""
        and not status.was_held_when_answered(step.connection, order.order_id)
    )


def _promised(batch: Batch, order: BookOrder) -> Mapping[int, date]:
    """Return the day by line id on which what waits will ship, where that is certain."""
    if any(line.quantities.backordered for line in order.lines):
        return batch.promised
    return {}


def _ship_dates(batch: Batch, order: BookOrder) -> dict[int, date]:
    """Return the last day each line ships, as planned, by line id; what never will tells none."""
    days: dict[int, str] = {}
    for one in batch.allocations[order.order_id]:
        if one.ship_on and one.short < one.quantity:
            days[one.line_id] = max(one.ship_on, days.get(one.line_id, ""))
    return answers.days(days)
