"""Put something in front of a person: one open exception for a kind and subject."""

from collections.abc import Iterable
from datetime import datetime

from oms_edi.domain.exceptions import KINDS, Queue, Severity
from oms_edi.pipeline.frame.step import Step
from oms_edi.store import notifications
from oms_edi.store.exceptions import NewException, Standing, find_open, open_exception
from oms_edi.store.timeline import stamp

#: Kinds that say a step could not be done for an order; they close when it can.
FAILED = ("document_refused", "order_stuck")


def attention(
    step: Step,
    kind: str,
    subject: str,
    text: str,
    action: str = "",
    *,
    severity: Severity | None = None,
    queue: Queue | None = None,
    partner: str = "",
    node: str = "",
    order_id: int | None = None,
    buyer_line: str = "",
    file_id: int | None = None,
    due: datetime | None = None,
    risk_cents: int | None = None,
) -> None:
    """Open an exception of a kind of the registry, or refresh the one that is open.

    `action` is what a person can do where that is not what the kind says; `severity` and `queue`
    likewise.
    `partner` may be left out where an order or file names it. `risk_cents` is for what is at risk
    where no units of an order are: those are valued by the clocks.

    Raises:
        KeyError: the registry (`domain.exceptions`) has no such kind.
    """
    row = KINDS[kind]
    open_exception(
        step.connection,
        NewException(
            kind=row.name,
            queue=queue or row.queue,
            severity=severity or row.severity,
            subject=subject,
            text=text,
            action=action or row.cure,
            partner=partner,
            node=node,
            order_id=order_id,
            buyer_line=buyer_line,
            file_id=file_id,
            due_at=stamp(due) if due else None,
            risk_cents=risk_cents,
        ),
        at=step.at,
    )
    channels = step.config.notify.channels
    if channels:
        owe(step, [find_open(step.connection, kind, subject)])


def owe(step: Step, exceptions: Iterable[Standing]) -> None:
    """Owe every channel that wants them the news of these exceptions as they stand."""
    found = list(exceptions)
    for channel in step.config.notify.channels:
        wanted = [one.exception_id for one in found if channel.wants(one.queue, one.severity)]
        if wanted:
            notifications.owe(step.connection, channel.name, wanted, at=step.at)
