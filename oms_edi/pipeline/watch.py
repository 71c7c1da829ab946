"""Step 7: clocks. What should have happened by now and has not is put in front of a person."""

from datetime import datetime, timedelta

from oms_edi.pipeline.attention import attention
from oms_edi.pipeline.step import Step
from oms_edi.store import outbox, stock
from oms_edi.store.database import write_tx
from oms_edi.store.outbox import Unanswered
from oms_edi.store.timeline import (
    close_exception,
    open_subjects,
)


def watch(step: Step) -> None:
    """Open and close what the clock and the levels say."""
    _watch_answers(step)
    _watch_levels(step)


def _watch_levels(step: Step) -> None:
    """More is promised than is there, whatever event took it away, until it is there again."""
    found = {
        f"{node} {item}": (node, item, *level)
        for item, node, *level in stock.oversold(step.connection)
    }
    known = open_subjects(step.connection, "oversold")
    if known == found.keys():
        return
    with write_tx(step.connection):
        for subject in sorted(known - found.keys()):
            close_exception(step.connection, "oversold", subject, at=step.at)
        for subject in sorted(found.keys() - known):
            node, item, on_hand, reserved = found[subject]
            attention(
                step,
                "oversold",
                subject,
                f"{node} has {on_hand} {item}, but {reserved} are promised",
                "find the missing document, or cancel a promise",
            )


def _watch_answers(step: Step) -> None:
    """Acknowledgments that are overdue."""
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
