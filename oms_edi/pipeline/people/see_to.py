"""What a person does about an exception: resolve, assign, snooze. Each is one transaction.

Who and why is on the timeline, and on that of the order it is about.
"""

from datetime import datetime

from oms_edi.domain.holds import HoldKind
from oms_edi.errors import NotFound, Refused
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.frame.turns import act
from oms_edi.store import exceptions
from oms_edi.store.database import write_tx
from oms_edi.store.exceptions import OpenException
from oms_edi.store.timeline import add_event, stamp

#: Kinds that end with their hold, not by themselves.
HOLDS = frozenset(HoldKind)


@act
def resolve(step: Step, exception_id: int, *, actor: str, reason: str) -> str:
    """Close an exception that is seen to; it opens again if its cause comes back.

    Raises:
        NotFound: no exception with this number is open.
        Refused: it stands for a hold, or for a cause that still is and ends by itself.
    """
    with write_tx(step.connection):
        found = _open(step, exception_id)
        if found.kind in HOLDS:
            raise Refused(
                f"exception {exception_id} is a {found.kind} hold: release it, or cancel the order"
                " or line"
            )
        exceptions.resolve(step.connection, exception_id, by=actor, why=reason, at=step.at)
        return _tell(step, found, "exception.resolved", reason, actor)


@act
def assign(step: Step, exception_id: int, owner: str, *, actor: str, reason: str) -> str:
    """Say who sees to an exception; an empty owner gives it back to its queue.

    Raises:
        NotFound: no exception with this number is open.
        Refused: it is theirs already.
    """
    with write_tx(step.connection):
        found = _open(step, exception_id)
        if found.owner == owner:
            raise Refused(f"exception {exception_id} is with {owner or 'nobody'} already")
        exceptions.assign(step.connection, exception_id, owner)
        to = f"to {owner}" if owner else "back to its queue"
        return _tell(step, found, "exception.assigned", f"{to}: {reason}", actor)


@act
def snooze(
    step: Step, exception_id: int, until: datetime | None, *, actor: str, reason: str
) -> str:
    """Keep an exception out of sight until an instant; None wakes it now.

    Raises:
        NotFound: no exception with this number is open.
        Refused: the instant is not in the future, or it does not sleep.
    """
    with write_tx(step.connection):
        found = _open(step, exception_id)
        if until is not None and until <= step.now:
            raise Refused(f"{stamp(until)} is not in the future; it is {step.at}")
        if until is None and (found.snoozed_until is None or found.snoozed_until <= step.at):
            raise Refused(f"exception {exception_id} does not sleep")
        at = stamp(until) if until else None
        exceptions.snooze(step.connection, exception_id, at)
        text = f"until {at}: {reason}" if at else f"awake again: {reason}"
        return _tell(step, found, "exception.snoozed", text, actor)


def _open(step: Step, exception_id: int) -> OpenException:
    found = exceptions.read_open(step.connection, exception_id)
    if found is None:
        raise NotFound(f"no open exception {exception_id}; `exceptions` lists them")
    return found


def _tell(step: Step, found: OpenException, name: str, text: str, actor: str) -> str:
    told = f"{found.kind} {found.subject}"
    add_event(
        step.connection,
        name,
        f"{told}: {text}",
        at=step.at,
        actor=actor,
        order_id=found.order_id,
    )
    return told
