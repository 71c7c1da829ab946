"""What a portal wants otherwise of an order it placed, as JSON says it: the fields, their limits.

A line is named by the customer's number of it: one the order has is changed, one it has not is
added, quantity 0 cancels it. What is not named stays. `to_change` makes it an `OrderChange`.
"""

from collections.abc import Collection, Iterable
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

from oms_edi.channels.document_values import NEW_QUANTITY_SCHEMA, read_quantity_or_none
from oms_edi.channels.order_document import (
    Code,
    Day,
    Id,
    Locate,
    Note,
    Part,
    Place,
    Price,
    Reference,
    Text,
    party_of,
    refusal,
)
from oms_edi.domain.change import ADD, LineChange, OrderChange
from oms_edi.domain.issue import Issue
from oms_edi.domain.message import Purpose
from oms_edi.partners.documents import DocumentSettings

#: POC02: whatever is given, and a whole line taken away.
_GIVEN, _GONE = "CA", "DI"

NewQuantity = Annotated[
    Decimal, BeforeValidator(read_quantity_or_none), WithJsonSchema(NEW_QUANTITY_SCHEMA)
]


class ChangedLine(Part):
    """One line of the order, or one to be added."""

    line: Id = Field(description="The customer's number of the line.")
    quantity: NewQuantity | None = Field(
        None, description="What is ordered of it from now on, in `unit`; 0 cancels the line."
    )
    item: Id | None = Field(None, description="Of a line that is added.")
    item_qualifier: Code = Field("", description="As in a new order.")
    unit: Code = Field("", description="The unit the line has, or of one that is added.")
    unit_price: Price | None = Field(None, description="For one `unit`.")
    description: Text = ""
    ship_to: Place | None = None
    deliver_by: Day | None = None


class ChangeDocument(Part):
    """What is to be otherwise; what is not named stays."""

    ship_on: Day | None = Field(None, description="The day it must leave.")
    not_before: Day | None = Field(None, description="It must not leave before.")
    not_after: Day | None = Field(None, description="It must not leave later.")
    deliver_by: Day | None = Field(None, description="It must arrive by then.")
    cancel_after: Day | None = Field(None, description="Worthless after that day.")
    ship_to: Place | None = Field(None, description="Where the order goes from now on.")
    references: tuple[Reference, ...] = Field((), max_length=50)
    lines: tuple[ChangedLine, ...] = ()


class CancelDocument(Part):
    """What is not wanted any more."""

    lines: tuple[Id, ...] = Field(
        (), max_length=1000, description="The customer's line numbers; none: the whole order."
    )
    reason: Note = Field("", description="For people.")


def faults_of(change: ChangeDocument, locate: Locate, max_lines: int) -> Iterable[Issue]:
    """Yield what no line alone can be blamed for."""
    if not any(value for _, value in change):
        yield refusal("changes nothing", place=locate(()))
    if len(change.lines) > max_lines:
        message = f"{len(change.lines)} lines; {max_lines} are allowed (intake.max_order_lines)"
        yield refusal(message, place=locate(("lines",)))
    seen: dict[str, int] = {}
    for number, line in enumerate(change.lines):
        if line.line in seen:
            first = locate(("lines", seen[line.line], "line"))
            message = f"the same line number stands at {first}"
            yield refusal(message, place=locate(("lines", number, "line")))
        seen.setdefault(line.line, number)


def to_change(
    document: ChangeDocument,
    settings: DocumentSettings,
    *,
    po_number: str,
    release_number: str,
    live: Collection[str],
    locate: Locate,
) -> tuple[OrderChange, list[Issue]]:
    """Return the document as a change; `live` are the numbers of lines that can be changed.

    An added line without an item or a quantity is an issue.
    """
    issues = []
    lines = []
    for number, line in enumerate(document.lines):
        is_new = line.line not in live and bool(line.quantity or line.item)
        for name in ("item", "quantity"):
            if is_new and not getattr(line, name):
                place = locate(("lines", number, name))
                issues.append(refusal("is missing: the order has no such line yet", place=place))
        lines.append(_line(line, settings, is_new=is_new))
    change = OrderChange(
        purpose=Purpose.CHANGE,
        po_number=po_number,
        release_number=release_number,
        ship_to=party_of(document.ship_to, settings),
        ship_on=document.ship_on,
        not_before=document.not_before,
        not_after=document.not_after,
        deliver_by=document.deliver_by,
        cancel_after=document.cancel_after,
        references=tuple((one.qualifier, one.value) for one in document.references),
        lines=tuple(lines),
    )
    return change, issues


def _line(line: ChangedLine, settings: DocumentSettings, *, is_new: bool) -> LineChange:
    gone = line.quantity is not None and not line.quantity
    unit = line.unit or (settings.default_unit if is_new else "")
    return LineChange(
        buyer_line=line.line,
        code=ADD if is_new else _GONE if gone else _GIVEN,
        quantity=line.quantity,
        left=line.quantity,
        unit=unit.upper(),
        unit_price=line.unit_price,
        items=((line.item_qualifier or settings.qualifier, line.item),) if line.item else (),
        description=line.description,
        ship_to=party_of(line.ship_to, settings),
        requested_on=line.deliver_by,
    )
