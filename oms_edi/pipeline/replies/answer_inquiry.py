"""Answer 869s with 870s: one for each order that is asked for, known to us or not."""

from collections.abc import Iterator

from pydantic import TypeAdapter

from oms_edi.domain.order_status import (
    AskedLine,
    AskedOrder,
    OrderStatus,
    StatusInquiry,
    StatusReport,
)
from oms_edi.domain.vocabulary import NOTHING, UNKNOWN, Words
from oms_edi.partners.profile import PartnerProfile
from oms_edi.pipeline.frame.outgoing import Outgoing
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.replies.inquired import asked_lines
from oms_edi.pipeline.replies.read_status import read_statuses
from oms_edi.pipeline.replies.told_status import only, told_sha
from oms_edi.pipeline.replies.write_status import owe_status
from oms_edi.store import status
from oms_edi.store.database import write_tx
from oms_edi.store.status import Inquiry, Told
from oms_edi.store.timeline import add_event

_INQUIRY = TypeAdapter(StatusInquiry)
#: Orders read together.
_TOGETHER = 500
_NO_LIMIT = -1
#: BSR01.
_ANSWER = "1"
#: Scopes (element 847) of which the answer tells all of an order.
_WHOLE = frozenset(("CA", "AO", "PA"))
_NEVER = Told("", "")


def answer_inquiries(step: Step) -> int:
    """Answer every open 869; return how many were."""
    inquiries = status.open_inquiries(step.connection)
    for inquiry in inquiries:
        profile = step.partners.find(inquiry.partner)
        with write_tx(step.connection):
            answers = 0
            if profile is not None and profile.x12 is not None:
                answers = _answer(step, profile, inquiry)
            status.set_answered(step.connection, inquiry.inquiry_id, answers=answers, at=step.at)
            text = f"an 869 of {inquiry.partner} with {answers} 870s"
            add_event(step.connection, "inquiry.answered", text, at=step.at)
    return len(inquiries)


def _answer(step: Step, profile: PartnerProfile, stored: Inquiry) -> int:
    """Owe the answers to one inquiry; return how many 870s that is."""
    inquiry = _INQUIRY.validate_json(stored.inquiry)
    asked: list[tuple[int, tuple[AskedLine, ...]]] = []
    unknown: list[OrderStatus] = []
    if inquiry.is_of_all:
        asked = [(order_id, inquiry.lines) for order_id in _all(step, profile, inquiry)]
    for one in () if inquiry.is_of_all else inquiry.orders:
        ids = status.orders_named(step.connection, profile.id, one.po_number, one.release_number)
        asked += [(order_id, one.lines) for order_id in ids]
        if not ids:
            unknown.append(_nothing(one, UNKNOWN))
    outgoing = Outgoing(step)
    written = 0
    told: list[tuple[int, str]] = []
    found = False
    for start in range(0, len(asked), _TOGETHER):
        outgoing.flush()  # an interchange of all orders of a large customer would fill the memory
        for order_id, now, whole in _statuses(step, inquiry, asked[start : start + _TOGETHER]):
            found = True
            report = _report(step, inquiry, now)
            if not owe_status(step, outgoing, profile, report, order_id=order_id):
                continue
            written += 1
            _note(step, profile, inquiry, order_id, now)
            if inquiry.scope in _WHOLE and now == whole:
                told.append((order_id, told_sha(whole)))
    status.set_told(step.connection, told, at=step.at)
    if not found and not unknown:
        unknown.append(_nothing(AskedOrder("", ""), NOTHING))
    for now in unknown:
        written += owe_status(step, outgoing, profile, _report(step, inquiry, now))
    outgoing.flush()
    return written


def _note(
    step: Step, profile: PartnerProfile, inquiry: StatusInquiry, order_id: int, now: OrderStatus
) -> None:
    add_event(
        step.connection,
        "status.told",
        f"answer to {inquiry.reference} of {profile.id}: {now.word}",
        at=step.at,
        order_id=order_id,
    )


def _all(step: Step, profile: PartnerProfile, inquiry: StatusInquiry) -> list[int]:
    """Return the orders an inquiry about all of them is about: those with something to ship."""
    live = status.live_orders(step.connection, profile.id)
    if inquiry.scope != "AO":
        return live
    due = status.due(step.connection, profile.id, after=0, limit=_NO_LIMIT)
    return sorted({*live, *due})


def _statuses(
    step: Step, inquiry: StatusInquiry, asked: list[tuple[int, tuple[AskedLine, ...]]]
) -> Iterator[tuple[int, OrderStatus, OrderStatus]]:
    """Yield (order id, how it stands as far as it is asked for, how all of it stands)."""
    ids = list(dict.fromkeys(order_id for order_id, _ in asked))
    found = read_statuses(step, ids)
    before = status.told(step.connection, ids) if inquiry.scope == "AO" else {}
    for order_id, lines in asked:
        order, now = found[order_id]
        if inquiry.scope == "AO" and before.get(order_id, _NEVER).sha == told_sha(now):
            continue
        if wanted := asked_lines(inquiry, order, now, lines):
            yield order_id, only(now, wanted), now


def _nothing(asked: AskedOrder, words: Words) -> OrderStatus:
    return OrderStatus(
        po_number=asked.po_number,
        release_number=asked.release_number,
        ordered_on=None,
        order="",
        code=words.code,
        word=words.customer,
        lines=(),
    )


def _report(step: Step, inquiry: StatusInquiry, now: OrderStatus) -> StatusReport:
    return StatusReport(
        kind=_ANSWER, scope=inquiry.scope, number=inquiry.reference, at=step.now, status=now
    )
