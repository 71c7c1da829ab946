"""Put something in front of a person: one open exception for a kind and subject."""

from oms_edi.pipeline.step import Step
from oms_edi.store.timeline import NewException, open_exception

#: Kinds that say a step could not be done for an order; they close when it can.
FAILED = ("document_refused", "order_stuck")


def attention(
    step: Step,
    kind: str,
    subject: str,
    text: str,
    action: str,
    *,
    severity: str = "warning",
    order_id: int | None = None,
    file_id: int | None = None,
) -> None:
    """Open an exception, or refresh the one that is open; `action` is what a person can do."""
    open_exception(
        step.connection,
        NewException(
            kind=kind,
            severity=severity,
            subject=subject,
            text=text,
            action=action,
            order_id=order_id,
            file_id=file_id,
        ),
        at=step.at,
    )
