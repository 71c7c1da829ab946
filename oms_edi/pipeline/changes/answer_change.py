"""Answer changes: an 865 where the partner takes it, else an 855 or nothing, once all is known.

A line tells how it stands now; its answers add up to what is ordered of it. Nobody is told that
something is cancelled while a warehouse may still ship it.
"""

from oms_edi.domain.documents import ChangeAnswer
from oms_edi.domain.order import BookOrder
from oms_edi.errors import Unsendable
from oms_edi.partners.profile import PartnerProfile
from oms_edi.pipeline.changes.change_answers import (
    change_answer,
    check_answer,
    rest_sha,
    told_references,
)
from oms_edi.pipeline.frame.attention import attention
from oms_edi.pipeline.frame.each_order import Batch, Job, each_order
from oms_edi.pipeline.frame.outgoing import Outgoing
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.replies import answers
from oms_edi.store import changes, orders, owed, shipments
from oms_edi.store.changes import StoredChange
from oms_edi.store.database import write_tx
from oms_edi.store.timeline import add_event
from oms_edi.transactions import t855_acknowledgment, t865_change_acknowledgment


def answer_changes(step: Step) -> int:
    """Answer every change whose outcome is known; return how many were."""
    jobs: list[Job] = []
    for stored in changes.to_answer(step.connection):
        profile = step.partners.find(stored.partner)
        if profile is None or stored.state == "waiting" or not _is_due(stored, profile):
            continue
        if stored.order_id is None:
            _answer_unknown(step, stored, profile)
        else:
            jobs.append(Job(stored.order_id, stored.change_id))
    return each_order(step, jobs, {"change answer": _answer})


def _is_due(stored: StoredChange, profile: PartnerProfile) -> bool:
    """True if the outcome is known, or the partner wants to hear that it is not."""
    if stored.state == "settled":
        return True
    return _takes_865(profile) and profile.orders.changes.answer_pending and not stored.answers


def _takes_865(profile: PartnerProfile) -> bool:
    return profile.x12 is not None and "865" in profile.orders.documents


def _answer_unknown(step: Step, stored: StoredChange, profile: PartnerProfile) -> None:
    """Refuse a change of an order we do not have."""
    with write_tx(step.connection):
        changes.set_answered(
            step.connection, stored.change_id, written=int(_takes_865(profile)), due=False
        )
        if not _takes_865(profile) or profile.x12 is None:
            return
        value = ChangeAnswer(
            purpose="00",
            kind="RJ",
            po_number=stored.change.po_number,
            release_number=stored.change.release_number,
            sequence=stored.change.sequence,
            ordered_on=stored.change.ordered_on or step.now.date(),
            order_id="",
            answered_on=step.now.date(),
            changed_on=stored.change.changed_on,
            references=told_references(stored.change),
        )
        body = t865_change_acknowledgment.write(value, version=profile.x12.version)
        outgoing = Outgoing(step)
        try:
            outgoing.add(profile, "865", body)
        except Unsendable as error:
            attention(
                step,
                "document_refused",
                f"865 {stored.partner} {stored.change.po_number}",
                f"the change of PO {stored.change.po_number} was not refused in writing: {error}",
                "tell the partner by hand that we do not have the order",
                file_id=stored.file_id,
            )
            return
        outgoing.flush()


def _answer(batch: Batch, job: Job) -> None:
    """Answer one change of an order we have."""
    step = batch.step
    stored = changes.read_change(step.connection, job.part)
    order = orders.read_order(step.connection, job.order_id)
    profile = step.partners.by_id(order.partner)
    is_settled = stored.state == "settled"
    if profile.x12 is None or not _takes_865(profile):
        changes.set_answered(step.connection, stored.change_id, written=0, due=False)
        if profile.orders.changes.without_865 == "855":
            owed.forget_answer(step.connection, order.order_id)
        elif order.answers:
            _know(batch, order, profile)
        return
    value = change_answer(
        stored,
        order,
        changes.read_lines(step.connection, stored.change_id),
        ship_dates=shipments.ship_dates(step.connection, order.order_id),
        promised=batch.promised,
        method=profile.orders.quantity_method,
        on=step.now.date(),
    )
    problem = check_answer(value)
    if problem:
        raise Unsendable(f"865 for {profile.id}: {problem}")
    body = t865_change_acknowledgment.write(value, version=profile.x12.version)
    batch.outgoing.add(profile, "865", body, order_id=order.order_id)
    changes.set_answered(step.connection, stored.change_id, written=1, due=not is_settled)
    if order.answers and is_settled:
        rest = rest_sha(
            stored.change,
            order,
            ship_dates=shipments.ship_dates(step.connection, order.order_id),
            method=profile.orders.quantity_method,
        )
        if rest == stored.rest_sha:
            _know(batch, order, profile)
        else:  # something else of the order changed meanwhile: an 855 tells that, too
            owed.set_answer_due(step.connection, order.order_id)
    add_event(
        step.connection,
        "change.answered",
        f"865 {value.kind} to {profile.id}",
        at=step.at,
        order_id=order.order_id,
    )


def _know(batch: Batch, order: BookOrder, profile: PartnerProfile) -> None:
    """Note that the buyer knows how the order stands, so that no 855 tells it again."""
    value = answers.acknowledgment(
        order,
        ship_dates=shipments.ship_dates(batch.step.connection, order.order_id),
        promised=batch.promised,
        method=profile.orders.quantity_method,
        on=batch.step.now.date(),
    )
    version = profile.x12.version if profile.x12 else "004010"
    body = t855_acknowledgment.write(value, version=version)
    sha = answers.content_sha(value.kind, body)
    owed.set_known(batch.step.connection, order.order_id, sha)
