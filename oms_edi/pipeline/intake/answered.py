"""What partners say of our documents: 997, 999 and TA1, matched by control number, set by set.

The first verdict on a set counts; a later one that differs is put in front of a person.
"""

from collections.abc import Sequence

from oms_edi.domain.documents import GroupAnswer, SetAnswer
from oms_edi.domain.lifecycle import order_name
from oms_edi.partners.profile import PartnerProfile
from oms_edi.pipeline.frame.attention import attention
from oms_edi.pipeline.frame.outgoing import FUNCTIONAL_ID
from oms_edi.pipeline.frame.step import Step
from oms_edi.store import outbox
from oms_edi.store.outbox import SentSet
from oms_edi.transactions.t997_answer import read_ta1
from oms_edi.x12.dictionary import code_meaning
from oms_edi.x12.envelope import Segment

#: AK501 and AK901 in words; of a group that is partly accepted, the sets it does not name are.
_VERDICTS = {"A": "accepted", "E": "accepted with errors", "P": "accepted"}
_REJECTED = "rejected"
#: So many documents, and faults of them, are named.
_NAMED = 3


def book_answer(step: Step, answer: GroupAnswer, profile: PartnerProfile) -> None:
    """Book a 997 or 999: the verdict on the sets of a group we sent."""
    group = f"{profile.id} {answer.group_control}"
    sent = outbox.sent_group(step.connection, partner=profile.id, gs_control=answer.group_control)
    kinds = {FUNCTIONAL_ID.get(one.set_id, "") for one in sent}
    if not sent or answer.functional_id not in kinds:
        what = f"{answer.functional_id or 'no'} group {answer.group_control}"
        _unmatched(step, group, f"{profile.id} answers {what}, which we never sent", profile)
        return
    named = {_key(one.set_control): one for one in answer.sets}
    verdicts = {one: _verdict(one, named, answer.code) for one in sent}
    if not any(verdicts.values()):
        text = f"{profile.id} names group {answer.group_control}, but no verdict"
        _unmatched(step, group, text, profile)
        return
    _settle(step, verdicts, group, profile)
    ours = {_key(one.st_control) for one in sent}
    for control, stranger in named.items():
        if control not in ours:
            text = f"{profile.id} answers set {stranger.set_control} of group"
            text += f" {answer.group_control}, which has none of this number"
            _unmatched(step, f"{group} {stranger.set_control}", text, profile)
    refused = [one for one, verdict in verdicts.items() if verdict == _REJECTED]
    if refused:
        faults = [f for one in refused for f in _faults_of(named.get(_key(one.st_control)))]
        file_name = outbox.file_name_of(step.connection, sent[0].outbox_id)
        told = _told(answer, len(refused), len(sent))
        text = f"{_what(profile.id, refused)} ({file_name}, {told})"
        _rejected(step, group, text + _few(faults, ": "), profile, refused)


def _key(control: str) -> str:
    """Return a control number without the zeros that some systems drop."""
    return control.lstrip("0")


def _verdict(sent: SentSet, named: dict[str, SetAnswer], group_code: str) -> str:
    """Return the verdict on a set, "" if the answer says nothing of it."""
    own = named.get(_key(sent.st_control))
    code = own.code if own else group_code
    return _VERDICTS.get(code, _REJECTED) if code else ""


def _settle(
    step: Step, verdicts: dict[SentSet, str], subject: str, profile: PartnerProfile
) -> None:
    """Write each first verdict; name a later one that differs."""
    outbox.set_answers(
        step.connection,
        [
            (one.document_id, verdict)
            for one, verdict in verdicts.items()
            if verdict and not one.answer
        ],
        outbox_id=next(iter(verdicts)).outbox_id,
        at=step.at,
    )
    changed = [
        f"{one.set_id} {one.st_control} was {one.answer}, now {verdict}"
        for one, verdict in verdicts.items()
        if one.answer and verdict and verdict != one.answer
    ]
    if changed:
        attention(
            step,
            "answer_changed",
            subject,
            f"{subject}: {'; '.join(changed[:5])}; the first verdict stands",
            partner=profile.id,
        )


def _faults_of(answer: SetAnswer | None) -> tuple[str, ...]:
    return answer.faults if answer else ()


def _what(partner: str, refused: Sequence[SentSet]) -> str:
    names = dict.fromkeys(
        f"{one.set_id} of {order_name(one.order_id)}" if one.order_id else one.set_id
        for one in refused
    )
    return f"{partner} rejected{_few(list(names), ' ')}"


def _few(words: Sequence[str], before: str) -> str:
    """Join the first of some words, and say how many more there are; "" for none."""
    more = f" and {len(words) - _NAMED} more" if len(words) > _NAMED else ""
    return before + ", ".join(words[:_NAMED]) + more if words else ""


def _told(answer: GroupAnswer, refused: int, sent: int) -> str:
    codes = sorted(
        {code for one in answer.sets for code in one.error_codes} | {*answer.error_codes}
    )
    told = f", codes {', '.join(codes)}" if codes else ""
    many = "" if refused == sent else f"; {refused} of {sent} sets"
    return f"group {answer.group_control}, AK9 {answer.code or 'missing'}{told}{many}"


def _rejected(
    step: Step, subject: str, text: str, profile: PartnerProfile, refused: Sequence[SentSet]
) -> None:
    orders = {one.order_id for one in refused}
    attention(
        step,
        "document_rejected",
        subject,
        text,
        partner=profile.id,
        order_id=orders.pop() if len(orders) == 1 else None,
    )


def _unmatched(step: Step, subject: str, text: str, profile: PartnerProfile) -> None:
    attention(step, "unmatched_997", subject, text, partner=profile.id)


def book_interchange_answer(step: Step, ta1: Segment, profile: PartnerProfile) -> None:
    """Book a TA1: the verdict on an interchange we sent."""
    answer = read_ta1(ta1)
    subject = f"{profile.id} interchange {answer.interchange_control}"
    outbox_id = outbox.sent_interchange(
        step.connection, partner=profile.id, isa_control=answer.interchange_control
    )
    if outbox_id is None or answer.code not in ("A", "E", "R"):
        verb = "rejects" if answer.code == "R" else f"answers (TA1 {answer.code or 'without code'})"
        text = f"{profile.id} {verb} interchange {answer.interchange_control}"
        known = (
            ", and says neither A, E nor R" if outbox_id is not None else ", which we never sent"
        )
        _unmatched(step, subject, text + known, profile)
        return
    if answer.code != "R":
        return  # the sets in it are answered by their 997
    sent = outbox.sets_of(step.connection, outbox_id)
    if sent:
        _settle(step, dict.fromkeys(sent, _REJECTED), subject, profile)
    note = f"{answer.note} {code_meaning('I18', answer.note)}".rstrip()
    text = f"{profile.id} rejected interchange {answer.interchange_control} (TA1 {note})"
    _rejected(step, subject, text, profile, sent)
