"""What stays open is told again, and climbs: another severity, queue or owner."""

from datetime import timedelta

from oms_edi.config.watch import Escalation
from oms_edi.pipeline.frame.attention import owe
from oms_edi.pipeline.frame.step import Step
from oms_edi.store import aging, exceptions
from oms_edi.store.aging import Aged
from oms_edi.store.database import write_tx
from oms_edi.store.timeline import add_event, stamp


def escalate(step: Step) -> int:
    """Tell again and raise what is open too long, unless it sleeps; return how many."""
    watch = step.config.watch
    steps = sorted(watch.escalations, key=lambda one: one.after_h)
    raised: dict[int, tuple[Aged, int, Escalation]] = {}
    for level, one in enumerate(steps, start=1):
        until = stamp(step.now - timedelta(hours=one.after_h))
        for aged in aging.older_than(step.connection, until, below=level, now=step.at):
            if _fits(one, aged):
                raised[aged.exception_id] = (aged, level, one)
    until = stamp(step.now - timedelta(hours=watch.repeat_h))
    again = aging.told_before(step.connection, until, now=step.at)
    if not (raised or again):
        return 0
    with write_tx(step.connection):
        for aged, level, one in raised.values():
            _raise(step, aged, level, one)
        aging.tell_again(step.connection, again, at=step.at)
        if step.config.notify.channels:
            told = sorted(raised.keys() | set(again))
            owe(step, exceptions.standing(step.connection, told))
    return len(raised.keys() | set(again))


def _fits(one: Escalation, aged: Aged) -> bool:
    return (not one.queues or aged.queue in one.queues) and aged.severity in one.severities


def _raise(step: Step, aged: Aged, level: int, one: Escalation) -> None:
    queue = one.to_queue or aged.queue
    severity = one.to_severity or aged.severity
    owner = one.to_owner or aged.owner
    aging.raise_to(
        step.connection,
        aged.exception_id,
        level=level,
        severity=severity,
        queue=queue,
        owner=owner,
        at=step.at,
    )
    to = f", to {owner}" if owner else ""
    add_event(
        step.connection,
        "exception.escalated",
        f"{aged.kind} {aged.subject}: open for {one.after_h:g} h, now {severity} in {queue}{to}",
        at=step.at,
        order_id=aged.order_id,
    )
