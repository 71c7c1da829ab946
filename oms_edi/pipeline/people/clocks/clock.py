"""What a clock is: a kind of exception, and how to find everything it is about right now."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from oms_edi.domain.exceptions import Queue, Severity
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.people.clocks.pending import Pending
from oms_edi.pipeline.people.clocks.usual import Usual


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that should be by now and is not; fields as `frame.attention` takes them."""

    subject: str
    #: Must change only when there is something new to say.
    text: str
    action: str = ""
    severity: Severity | None = None
    queue: Queue | None = None
    partner: str = ""
    node: str = ""
    order_id: int | None = None
    due: datetime | None = None
    risk_cents: int | None = None


class Memory:
    """What a process need not read twice; a look without it finds the same, and takes longer."""

    def __init__(self) -> None:
        self.pending = Pending()
        self.usual = Usual()


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """One kind of exception that time opens and closes."""

    kind: str
    #: Returns everything that is so now; what is open and not among it is over.
    find: Callable[[Step, Memory], Iterable[Finding]]
