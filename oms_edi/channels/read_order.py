"""What a reader of orders other than X12 returns, order by order."""

from dataclasses import dataclass

from oms_edi.domain.issue import Issue
from oms_edi.domain.message import OrderMessage

#: The place of an order that is all of its file.
WHOLE = "the file"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOrder:
    """One order of a file, or why it is none."""

    #: "" where it could not be read.
    po_number: str
    message: OrderMessage | None
    #: Where it stands in the file: `row 2`.
    place: str
    issues: tuple[Issue, ...]
    #: The rows of a table it stands in.
    rows: tuple[int, ...] = ()
