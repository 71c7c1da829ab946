"""The clock of what must be released soon: amber while it still can be, red when it is too late."""

from collections.abc import Iterator

from oms_edi.domain.exceptions import Severity
from oms_edi.domain.lifecycle import order_name
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.people.clocks.clock import Clock, Finding, Memory
from oms_edi.pipeline.people.clocks.pending import Need
from oms_edi.store.timeline import stamp

_ENDS = {
    "held": "release or cancel what holds it (`order` names it)",
    "backordered": "receive stock, or ask the customer to take less or later",
    "allocated": "the next run releases it; see why the last one did not",
    "open": "see on its timeline why it is not decided",
}


def _find(step: Step, memory: Memory) -> Iterator[Finding]:
    for need in memory.pending.due(step):
        yield _finding(step, need)


def _finding(step: Step, need: Need) -> Finding:
    end = need.deadline
    name = order_name(need.order_id)
    is_red = end.release_at < step.now
    place = f"{end.node}{'' if need.is_allocated else ', which has most time'}"
    text = (
        f"PO {need.po_number} ({need.because}) {'had' if is_red else 'has'} to be released to"
        f" {place}, by {stamp(end.release_at)} to leave on {end.ship_on}"
    )
    action = f"{_ENDS[need.because]}; it is in time until {stamp(end.release_at)}"
    if is_red:
        action = "too late for its date: agree another one with the customer, or cancel"
        other = need.other
        if other is not None and other.release_at >= step.now:
            action = (
                f"{other.node} would still make it, until {stamp(other.release_at)}: have it"
                " routed there; else agree another date with the customer"
            )
    return Finding(
        subject=name,
        text=text,
        action=action,
        severity=Severity.ERROR if is_red else Severity.WARNING,
        partner=need.partner,
        node=end.node,
        order_id=need.order_id,
        due=end.release_at,
    )


SHIP_DATE = Clock(kind="ship_date_at_risk", find=_find)
