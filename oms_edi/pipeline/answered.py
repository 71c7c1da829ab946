"""What partners say of our documents: 997, 999 and TA1, matched by control number."""

from oms_edi.partners.profile import PartnerProfile
from oms_edi.pipeline.attention import attention
from oms_edi.pipeline.step import Step
from oms_edi.store import outbox
from oms_edi.x12.envelope import Segment

_ANSWERS = {"A": "accepted", "E": "accepted with errors", "P": "accepted", "R": "rejected"}


def book_answer(step: Step, segments: list[Segment], profile: PartnerProfile) -> None:
    """Book a 997 or 999: the verdict on a group we sent, and on its sets."""
    group = ""
    current = ""
    named: list[tuple[str, str]] = []
    for segment in segments:
        if segment[0] == "AK1" and len(segment) > 2:
            group = str(int(segment[2])) if segment[2].isdecimal() else segment[2]
        elif segment[0] == "AK2" and len(segment) > 2:
            current = segment[2]
        elif segment[0] in ("AK5", "IK5") and len(segment) > 1:
            named.append((current, segment[1]))
        elif segment[0] == "AK9" and len(segment) > 1:
            _book_group(step, profile, group, segment[1], named)


def _book_group(
    step: Step, profile: PartnerProfile, group: str, code: str, named: list[tuple[str, str]]
) -> None:
    found = outbox.set_answer(
        step.connection,
        partner=profile.id,
        gs_control=group,
        st_control=None,
        verdict=_ANSWERS.get(code, "rejected"),
    )
    for control, own in named:
        outbox.set_answer(
            step.connection,
            partner=profile.id,
            gs_control=group,
            st_control=control,
            verdict=_ANSWERS.get(own, "rejected"),
        )
    if not found:
        text = f"{profile.id} answers group {group}, which we never sent"
        attention(step, "unmatched_997", f"{profile.id} {group}", text, partner=profile.id)
    elif code not in ("A", "E"):
        text = f"{profile.id} rejected group {group} (AK9 {code})"
        attention(
            step,
            "document_rejected",
            f"{profile.id} {group}",
            text,
            partner=profile.id,
        )


def book_interchange_answer(step: Step, ta1: Segment, profile: PartnerProfile) -> None:
    """Book a TA1: the verdict on an interchange we sent."""
    control = ta1[1] if len(ta1) > 1 else ""
    code, note = (ta1[4] if len(ta1) > 4 else ""), (ta1[5] if len(ta1) > 5 else "")
    if code not in ("A", "E", "R"):
        return
    isa_control = control.zfill(9)
    subject = f"{profile.id} interchange {isa_control}"
    if code != "R":
        return  # the sets in it are answered by their 997
    found = outbox.set_interchange_answer(
        step.connection, partner=profile.id, isa_control=isa_control, verdict="rejected"
    )
    if found:
        attention(
            step,
            "document_rejected",
            subject,
            f"{profile.id} rejected interchange {isa_control} (TA1 {note})",
            partner=profile.id,
        )
    else:
        text = f"{profile.id} rejects interchange {isa_control}, which we never sent"
        attention(step, "unmatched_997", subject, text, partner=profile.id)
