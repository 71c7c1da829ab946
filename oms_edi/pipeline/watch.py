"""Step 7: clocks and levels. What should be by now and is not is put in front of a person."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from oms_edi.pipeline.attention import attention
from oms_edi.pipeline.expect import watch_inbound
from oms_edi.pipeline.feeds import watch_feeds
from oms_edi.pipeline.step import Step
from oms_edi.pipeline.take_back import watch_taken_back
from oms_edi.store import outbox, shipments, stock
from oms_edi.store.database import write_tx
from oms_edi.store.exceptions import close_exception, open_subjects
from oms_edi.store.outbox import Unanswered
from oms_edi.store.shipments import Shipment

#: A day is over somewhere on Earth so long after it began in UTC.
_FIRST_MIDNIGHT = timedelta(hours=10)


def watch(step: Step) -> None:
    """Open and close what the clock and the levels say."""
    _watch_answers(step)
    _watch_shipments(step)
    _watch_levels(step)
    watch_feeds(step)
    watch_inbound(step)
    watch_taken_back(step)


def _watch_shipments(step: Step) -> None:
    """Shipments whose day is over and of which no 945, or not the last one, has come."""
    hours = [node.reports_within_h for node in step.config.nodes if node.reports_within_h]
    soonest = step.now - timedelta(hours=min(hours, default=0)) - _FIRST_MIDNIGHT
    late = {
        shipment.depositor_order: shipment
        for shipment in shipments.released_until(step.connection, soonest.date().isoformat())
        if _is_unreported(step, shipment)
    }
    known = open_subjects(step.connection, "shipment_overdue")
    if known == late.keys():
        return
    with write_tx(step.connection):
        for subject in sorted(known - late.keys()):
            close_exception(step.connection, "shipment_overdue", subject, at=step.at)
        for subject in sorted(late.keys() - known):
            shipment = late[subject]
            attention(
                step,
                "shipment_overdue",
                subject,
                f"{subject} was to leave {shipment.node} on {shipment.ship_on};"
                " the warehouse has not reported all of it",
                node=shipment.node,
                order_id=shipment.order_id,
            )


def _is_unreported(step: Step, shipment: Shipment) -> bool:
    node = step.config.node(shipment.node)
    if node is None or not node.reports_within_h or not shipment.ship_on:
        return False
    day = date.fromisoformat(shipment.ship_on) + timedelta(days=1)
    over = datetime.combine(day, time.min, tzinfo=ZoneInfo(node.timezone))
    return step.now > over + timedelta(hours=node.reports_within_h)


def _watch_levels(step: Step) -> None:
    """More is promised than is there, whatever event took it away, until it is there again."""
    found = {f"{row[1]} {row[0]}": row for row in stock.oversold(step.connection)}
    known = open_subjects(step.connection, "oversold")
    if known == found.keys():
        return
    with write_tx(step.connection):
        for subject in sorted(known - found.keys()):
            close_exception(step.connection, "oversold", subject, at=step.at)
        for subject in sorted(found.keys() - known):
            item, node, on_hand, reserved = found[subject]
            attention(
                step,
                "oversold",
                subject,
                f"{node} has {on_hand} {item}, but {reserved} are promised",
                node=node,
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
                partner=file.partner,
            )


def _subject(file: Unanswered) -> str:
    return f"{file.partner}/{file.file_name}"


def _is_late(step: Step, file: Unanswered) -> bool:
    profile = step.partners.find(file.partner)
    if profile is None or profile.x12 is None or not profile.x12.acknowledged_within_h:
        return False
    due = datetime.fromisoformat(file.sent_at) + timedelta(hours=profile.x12.acknowledged_within_h)
    return step.now > due
