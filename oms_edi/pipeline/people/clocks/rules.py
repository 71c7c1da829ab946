"""The clock of the operator's own rules about orders (`watch.rules`)."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from oms_edi.config.watch import Rule
from oms_edi.domain.lifecycle import order_name
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.people.clocks.clock import Clock, Finding, Memory
from oms_edi.store import rules
from oms_edi.store.rules import Broken
from oms_edi.store.timeline import stamp


def _not_reached(step: Step, rule: Rule) -> list[Broken]:
    day = (step.now + timedelta(hours=rule.hours)).date().isoformat()
    return rules.not_reached(step.connection, rule.milestone, rule.date, day)


def _not_reached_after(step: Step, rule: Rule) -> list[Broken]:
    return rules.not_reached_after(
        step.connection, rule.milestone, rule.since, _ago(step.now, rule)
    )


def _reached_early(step: Step, rule: Rule) -> list[Broken]:
    return rules.reached_early(step.connection, rule.milestone, rule.date, rule.hours)


def _date_before_date(step: Step, rule: Rule) -> list[Broken]:
    return rules.date_before_date(step.connection, rule.date, rule.other)


def _in_status(step: Step, rule: Rule) -> list[Broken]:
    return rules.in_status(step.connection, rule.status, _ago(step.now, rule))


def _in_hold(step: Step, rule: Rule) -> list[Broken]:
    return rules.in_hold(step.connection, rule.holds, _ago(step.now, rule))


def _hold_before_date(step: Step, rule: Rule) -> list[Broken]:
    day = (step.now + timedelta(hours=rule.hours)).date().isoformat()
    return rules.hold_before_date(step.connection, rule.holds, rule.date, day)


def _ago(now: datetime, rule: Rule) -> str:
    return stamp(now - timedelta(hours=rule.hours))


_FIND: dict[str, Callable[[Step, Rule], list[Broken]]] = {
    "not_reached": _not_reached,
    "not_reached_after": _not_reached_after,
    "reached_early": _reached_early,
    "date_before_date": _date_before_date,
    "in_status": _in_status,
    "in_hold": _in_hold,
    "hold_before_date": _hold_before_date,
}
_SAYS: dict[str, str] = {
    "not_reached": "is not {rule.milestone}, and {rule.date} is {broken.since}",
    "not_reached_after": "is not {rule.milestone}, and was {rule.since} {broken.since}",
    "reached_early": "was {rule.milestone} {broken.since}, long before {rule.date} {broken.what}",
    "date_before_date": "has {rule.date} {broken.since} before {rule.other} {broken.what}",
    "in_status": "is {rule.status} since {broken.since}",
    "in_hold": "is held ({broken.what}) since {broken.since}",
    "hold_before_date": "is held ({broken.what}), and {rule.date} is {broken.since}",
}


def _find(step: Step, memory: Memory) -> Iterator[Finding]:
    for rule in step.config.watch.rules:
        for broken in _FIND[rule.when](step, rule):
            if rule.partners and broken.partner not in rule.partners:
                continue
            said = _SAYS[rule.when].format(rule=rule, broken=broken)
            yield Finding(
                subject=f"{order_name(broken.order_id)} {rule.name}",
                text=f"PO {broken.po_number} {said} (rule {rule.name})",
                severity=rule.severity,
                queue=rule.queue,
                partner=broken.partner,
                order_id=broken.order_id,
            )


RULES = Clock(kind="rule", find=_find)
