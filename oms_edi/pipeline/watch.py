"""Step 7: clocks. What should have happened by now and has not is put in front of a person."""

from datetime import datetime, timedelta

from oms_edi.pipeline.attention import attention
from oms_edi.pipeline.step import Step
from oms_edi.store import outbox
from oms_edi.store.database import write_tx
from oms_edi.store.outbox import Unanswered
from oms_edi.store.timeline import (
    close_exception,
    open_subjects,
)


def watch(step: Step) -> None:
    """Open and close what the clock says: acknowledgments that are overdue."""
    waiting = outbox.unanswered(step.connection)
    late = {_subject(file): file for file in waiting if _is_late(step, file)}
    known = open_subjects(step.connection, "ack_overdue")
    if known == late.keys():
        return
    with write_tx(step.connection):
        for subject in sorted(known - late.keys()):
            close_exception(step.connection, "ack_overdue", subject, at=step.at)
        for subject in sorted(late.keys() - known):
            file = late[subject]
            attention(
                step,
                "ack_overdue",
                subject,
                f"{file.file_name}, sent to {file.partner} {file.sent_at}, has no 997 yet",
                "ask the partner whether it arrived; it closes with their 997",
            )


def _subject(file: Unanswered) -> str:
    return f"{file.partner}/{file.file_name}"


def _is_late(step: Step, file: Unanswered) -> bool:
    profile = step.partners.find(file.partner)
    if profile is None or profile.x12 is None or not profile.x12.acknowledged_within_h:
        return False
    due = datetime.fromisoformat(file.sent_at) + timedelta(hours=profile.x12.acknowledged_within_h)
    return step.now > due
