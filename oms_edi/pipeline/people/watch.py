"""Step 7: clocks. What should be by now and is not is put in front of a person.

One look goes over all clocks by the set and writes only what changed.
"""

from oms_edi.pipeline.frame.attention import attention
from oms_edi.pipeline.frame.feeds import watch_feeds
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.people.clocks import CLOCKS
from oms_edi.pipeline.people.clocks.clock import Finding, Memory
from oms_edi.pipeline.people.escalate import escalate
from oms_edi.pipeline.people.value import value
from oms_edi.pipeline.stock.expect import watch_inbound
from oms_edi.pipeline.stock.take_back import watch_taken_back
from oms_edi.store import exceptions
from oms_edi.store.database import write_tx
from oms_edi.store.exceptions import close_exception

_KINDS = tuple(clock.kind for clock in CLOCKS)


def watch(step: Step) -> None:
    """Open and close what the clocks say, value what is open, tell again what waits."""
    memory = step.memory.setdefault("watch", Memory())
    assert isinstance(memory, Memory)
    watch_feeds(step)
    watch_inbound(step)
    watch_taken_back(step)
    _open_and_close(step, memory)
    escalate(step)
    value(step)


def _open_and_close(step: Step, memory: Memory) -> None:
    found = {
        (clock.kind, finding.subject): finding
        for clock in CLOCKS
        for finding in clock.find(step, memory)
    }
    known = {
        (told.kind, told.subject): told.text
        for told in exceptions.open_of_kinds(step.connection, _KINDS)
    }
    over = sorted(known.keys() - found.keys())
    news = [key for key, finding in found.items() if known.get(key) != finding.text]
    if not (over or news):
        return
    with write_tx(step.connection):
        for kind, subject in over:
            close_exception(step.connection, kind, subject, at=step.at)
        for key in news:
            _put(step, key[0], found[key])


def _put(step: Step, kind: str, finding: Finding) -> None:
    attention(
        step,
        kind,
        finding.subject,
        finding.text,
        finding.action,
        severity=finding.severity,
        queue=finding.queue,
        partner=finding.partner,
        node=finding.node,
        order_id=finding.order_id,
        due=finding.due,
        risk_cents=finding.risk_cents,
    )
