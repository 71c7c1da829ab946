"""One order as a portal, a form or a clerk writes it: the fields, their limits, what is wrong.

`order_json`, `order_xlsx` and the phone end here; `mappings/order.schema.json` is written from
these models. Everything is as the customer names it; `_to_message` makes it an `OrderMessage`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema

from oms_edi.channels.document_values import (
    DAY_SCHEMA,
    ID_SCHEMA,
    PO_SCHEMA,
    PRICE_SCHEMA,
    QUANTITY_SCHEMA,
    found_class,
    read_day,
    read_id,
    read_po,
    read_price,
    read_quantity,
    read_text,
    said,
)
from oms_edi.domain.issue import Issue, Level, Severity
from oms_edi.domain.message import Destination, LineMessage, OrderMessage, Purpose
from oms_edi.domain.party import Party
from oms_edi.partners.documents import DocumentSettings

Id = Annotated[str, BeforeValidator(read_id), WithJsonSchema(ID_SCHEMA)]
PoNumber = Annotated[str, BeforeValidator(read_po), WithJsonSchema(PO_SCHEMA)]
Text = Annotated[str, BeforeValidator(read_text), Field(max_length=80)]
Release = Annotated[str, BeforeValidator(read_text), Field(max_length=30)]
Note = Annotated[str, BeforeValidator(read_text), Field(max_length=500)]
Code = Annotated[str, BeforeValidator(read_text), Field(max_length=3)]
Day = Annotated[date, BeforeValidator(read_day), WithJsonSchema(DAY_SCHEMA)]
Quantity = Annotated[Decimal, BeforeValidator(read_quantity), WithJsonSchema(QUANTITY_SCHEMA)]
Price = Annotated[Decimal, BeforeValidator(read_price), WithJsonSchema(PRICE_SCHEMA)]


#: Faults told of one order; who has more has not read the schema.
MAX_FAULTS = 50


class Part(BaseModel):
    """An object of a document: known fields only, and no value of theirs in an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Place(Part):
    """Where goods go: a code the customer's master data has, an address, or both."""

    code: Id | None = Field(None, description="The customer's code of the store or site.")
    name: Text = Field("", description="Who lives there.")
    street: Text = ""
    city: Text = ""
    state: Text = Field("", description="Two letters.")
    postal_code: Text = Field("", description="Decides distance and freight zone.")
    country: Text = Field("US", description="Two letters.")


class Reference(Part):
    """A number that goes along: a department (DP), a vendor number (IA)."""

    qualifier: Code = Field(description="X12 element 128.")
    value: Text


class Line(Part):
    """One order line."""

    line: Id | None = Field(None, description="The customer's number of it; none: our count.")
    item: Id = Field(description="The item, as the customer or we call it.")
    item_qualifier: Code = Field(
        "",
        description="Whose number that is (X12 element 235, such as VN, UP, IN); empty: as the "
        "mapping says.",
    )
    quantity: Quantity = Field(description="More than 0, in `unit`.")
    unit: Code = Field("", description="Such as EA or CA; empty: as the mapping says.")
    unit_price: Price | None = Field(None, description="For one `unit`; none: ours.")
    description: Text = ""
    ship_to: Place | None = Field(None, description="Where it differs from the order's.")
    deliver_by: Day | None = Field(None, description="Where it differs from the order's.")
    notes: tuple[Note, ...] = Field((), max_length=20)


class OrderDocument(Part):
    """One purchase order."""

    po_number: PoNumber = Field(
        description="The customer's order number; the same twice is one order."
    )
    release_number: Release = Field("", description="Release of a blanket order.")
    ordered_on: Day | None = None
    ship_on: Day | None = Field(None, description="The day it must leave.")
    not_before: Day | None = Field(None, description="It must not leave before.")
    not_after: Day | None = Field(None, description="It must not leave later.")
    deliver_by: Day | None = Field(None, description="It must arrive by then.")
    cancel_after: Day | None = Field(None, description="Worthless after that day.")
    currency: Code = ""
    ship_to: Place | None = Field(None, description="Where all lines go that name no other place.")
    references: tuple[Reference, ...] = Field((), max_length=50)
    routing: Text = Field("", description="How it is to travel, in words.")
    notes: tuple[Note, ...] = Field((), max_length=20)
    lines: tuple[Line, ...] = Field(min_length=1)


Document = TypeVar("Document", bound=Part)
#: Says where a field stands, from its path: a JSON pointer, a cell.
Locate = Callable[[Sequence[str | int]], str]


def read_document(
    value: object, settings: DocumentSettings, *, locate: Locate, max_lines: int
) -> tuple[OrderMessage | None, list[Issue]]:
    """Return the order in `value`, decoded JSON or a form, or every fault of it."""
    document, issues = validated(OrderDocument, value, locate=locate)
    if document is None:
        return None, issues
    issues += _line_faults(document, locate, max_lines)
    return (None if issues else _to_message(document, settings)), issues


def validated(
    model: type[Document], value: object, *, locate: Locate
) -> tuple[Document | None, list[Issue]]:
    """Return decoded JSON as this kind of document, or every fault of it."""
    try:
        return model.model_validate(_without_nulls(value)), []
    except ValidationError as error:
        # A list of which every element is at fault is "too short" as well: say so only if it is.
        faults = [f for f in error.errors() if f["type"] != "too_short" or not f["input"]]
        return None, [_issue(fault, locate) for fault in faults[:MAX_FAULTS]]


def _without_nulls(value: object) -> object:
    """Return `value` without keys that say null: portals write those for what is absent."""
    if not isinstance(value, Mapping):
        return value
    kept = {key: inner for key, inner in value.items() if inner is not None}
    lines = kept.get("lines")
    if isinstance(lines, list):
        kept["lines"] = [_without_nulls(line) for line in lines]
    for key in ("ship_to",):
        if isinstance(kept.get(key), Mapping):
            kept[key] = _without_nulls(kept[key])
    return kept


def _issue(fault: Any, locate: Locate) -> Issue:
    path = tuple(fault["loc"])
    missing = fault["type"] == "missing"
    return refusal(
        said(fault),
        place=locate(path),
        level=Level.COLUMN,
        found="" if missing else found_class(fault.get("input")),
    )


def refusal(message: str, *, place: str, level: Level = Level.ROW, found: str = "") -> Issue:
    """Return an issue that refuses one order."""
    text = f"{message}; found {found}" if found else message
    return Issue(level=level, severity=Severity.REJECT, message=text, place=place, found=found)


def _line_faults(document: OrderDocument, locate: Locate, max_lines: int) -> Iterable[Issue]:
    if len(document.lines) > max_lines:
        message = f"{len(document.lines)} lines; {max_lines} are allowed (intake.max_order_lines)"
        yield refusal(message, place=locate(("lines",)))
    seen: dict[str, int] = {}
    for number, line in enumerate(document.lines):
        if line.line is None:
            continue
        if line.line in seen:
            first = locate(("lines", seen[line.line], "line"))
            message = f"the same line number stands at {first}"
            yield refusal(message, place=locate(("lines", number, "line")), level=Level.COLUMN)
        seen.setdefault(line.line, number)


def _to_message(document: OrderDocument, settings: DocumentSettings) -> OrderMessage:
    """Return the document as every other channel would have brought it."""
    place = party_of(document.ship_to, settings)
    days = [line.deliver_by for line in document.lines if line.deliver_by]
    return OrderMessage(
        purpose=Purpose.ORIGINAL,
        po_number=document.po_number,
        release_number=document.release_number,
        ordered_on=document.ordered_on,
        currency=document.currency,
        parties=(place,) if place else (),
        ship_on=document.ship_on,
        not_before=document.not_before,
        not_after=document.not_after,
        deliver_by=max((*days, *filter(None, (document.deliver_by,))), default=None),
        cancel_after=document.cancel_after,
        references=tuple((one.qualifier, one.value) for one in document.references),
        routing=document.routing,
        notes=document.notes,
        lines=tuple(_line(line, settings) for line in document.lines),
    )


def _line(line: Line, settings: DocumentSettings) -> LineMessage:
    place = party_of(line.ship_to, settings)
    shares: tuple[Destination, ...] = ()
    if place or line.deliver_by:
        shares = (Destination(line.quantity, place, line.deliver_by),)
    return LineMessage(
        buyer_line=line.line or "",
        quantity=line.quantity,
        unit=(line.unit or settings.default_unit).upper(),
        unit_price=line.unit_price,
        items=((line.item_qualifier or settings.qualifier, line.item),),
        description=line.description,
        destinations=shares,
        notes=line.notes,
    )


def party_of(place: Place | None, settings: DocumentSettings) -> Party | None:
    """Return a place as the ship-to a document of any other channel would name."""
    if place is None:
        return None
    return Party(
        role="ST",
        name=place.name,
        id_qualifier=settings.ship_to_qualifier if place.code else "",
        id_code=place.code or "",
        street=(place.street,) if place.street else (),
        city=place.city,
        state=place.state,
        postal_code=place.postal_code,
        country=place.country,
    )
