"""What the API answers: the customer's words, and nothing of ours behind them."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Quantity = Annotated[
    str, Field(pattern=r"^[0-9]+(\.[0-9]+)?$", description="A number as text.", examples=["24"])
]
Price = Annotated[
    str, Field(pattern=r"^[0-9]+(\.[0-9]+)?$", description="Money as text.", examples=["10.80"])
]
OrderName = Annotated[str, Field(description="Our number of the order.", examples=["SO100001"])]
PoNumber = Annotated[str, Field(description="The customer's number.", examples=["WEB-10422"])]
Instant = Annotated[str, Field(description="UTC, ISO 8601.", examples=["2026-03-02T15:00:00Z"])]
Word = Annotated[str, Field(description="For people.", examples=["in process"])]
Code = Annotated[str, Field(description="X12 element 368.", examples=["PS"])]


class Answer(BaseModel):
    """An answer has these fields and no others."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Tracking(Answer):
    """Where to follow a load or parcel."""

    number: str
    link: str = Field(description='The carrier\'s page; "" for a carrier we know none of.')


class Part(Answer):
    """Some of a line that stands alike; the parts of a line add up to what is ordered."""

    status: Word
    code: Code
    quantity: Quantity = Field(description="A number as text, in the line's `unit`.")
    ships_on: date | None = Field(description="The day it leaves, where that is certain.")
    shipped_on: date | None = Field(description="The day it left.")
    arrives_on: date | None = Field(description="The day it should arrive.")
    carrier: str
    tracking: list[Tracking]


class ItemId(Answer):
    """A number of the item."""

    qualifier: str = Field(description="Whose number it is (X12 element 235).")
    code: str


class OrderLine(Answer):
    """A line of an order."""

    line: str = Field(description="The customer's number of it.")
    items: list[ItemId]
    description: str
    ordered: Quantity = Field(
        description="In `unit`: more than was asked for where less, or no whole pack, is not sold."
    )
    unit: str
    parts: list[Part]


class OrderHead(Answer):
    """An order without its lines."""

    order: OrderName
    po_number: PoNumber
    release: str
    ordered_on: date | None
    received_at: Instant
    status: Word
    code: Code


class Order(OrderHead):
    """An order as it stands."""

    notes: list[str] = Field(description="What else its customer may know, in words.")
    lines: list[OrderLine]


class OrderPage(Answer):
    """Some orders, newest first."""

    orders: list[OrderHead]
    next: str | None = Field(description="Where the older ones are; null: there are none.")


class Lines(Answer):
    """The lines of an order."""

    order: OrderName
    lines: list[OrderLine]


class Load(Answer):
    """What left with one carrier on one day."""

    shipped_on: date | None
    arrives_on: date | None
    carrier: str
    tracking: list[Tracking]
    lines: list["LoadLine"]


class LoadLine(Answer):
    """Units of a line in a load."""

    line: str
    quantity: Quantity
    unit: str


class Loads(Answer):
    """What left of an order."""

    order: OrderName
    loads: list[Load]


class LineOutcome(Answer):
    """What became of one wish of a change."""

    line: str | None = Field(description="The customer's number; null: the order as a whole.")
    outcome: Literal["accepted", "partly", "rejected", "pending"]
    reason: str = Field(description="Why it is not as asked.")


class Change(Answer):
    """A change or cancel of an order, and what became of it."""

    number: int = Field(ge=1, description="Of the changes of this order.")
    kind: Literal["change", "replace", "cancel"]
    asked_at: Instant
    outcome: Literal["accepted", "partly", "rejected", "pending"] = Field(
        description="pending: a warehouse or a person has not answered yet."
    )
    settled_at: Instant | None
    lines: list[LineOutcome]


class Changes(Answer):
    """The changes and cancels of an order, oldest first."""

    order: OrderName
    changes: list[Change]


class Coming(Answer):
    """More, from a day on."""

    available_from: date = Field(alias="from")
    available: int = Field(ge=0, description="Base units, those of before included.")


class Available(Answer):
    """What can be promised of one item."""

    item: str = Field(description="As it was asked for.")
    is_known: bool = Field(description="False: we sell no such item to this customer.")
    description: str
    unit: str = Field(description="The base unit.")
    price: Price | None = Field(description="Of one base unit; null: nobody has named one.")
    available: int = Field(ge=0, description="Base units that can be promised now.")
    coming: list[Coming]


class Availability(Answer):
    """What can be promised; nothing is kept for who asked."""

    as_of: Instant
    items: list[Available]


class QuotedPart(Answer):
    """Units that would leave together."""

    quantity: int = Field(ge=1, description="Base units.")
    ships_on: date
    arrives_on: date


class QuotedLine(Answer):
    """What a line would get."""

    line: str
    item: str = Field(description="As it was asked for.")
    is_known: bool = Field(description="False: nobody here has this item; placed, it would wait.")
    description: str
    quantity: Quantity = Field(description="As it was asked for, in `unit`.")
    unit: str
    price: Price | None = Field(description="For one `unit`.")
    base_units: int = Field(
        ge=0,
        description="What would be ordered, in the units goods are counted in: rounded up, to more"
        " than `quantity`, where less, or no whole pack, is not sold. `parts` and `waits` add up"
        " to it.",
    )
    parts: list[QuotedPart]
    waits: int = Field(ge=0, description="Base units that would wait for stock.")
    promised_on: date | None = Field(description="The day those would ship, where certain.")


class Promise(Answer):
    """What an order would get if it were placed now; nothing is kept for it."""

    as_of: Instant
    value: Price = Field(description="Of all lines with a price.")
    notes: list[str] = Field(description="What would be looked at before it goes on.")
    lines: list[QuotedLine]


class ExceptionNote(Answer):
    """Something about an order its customer may know."""

    order: OrderName
    po_number: PoNumber
    line: str | None
    since: Instant
    note: Word


class Exceptions(Answer):
    """What is not as planned of a customer's orders, oldest first."""

    exceptions: list[ExceptionNote]
    next: str | None = Field(description="Where the newer ones are; null: there are none.")


class Webhook(Answer):
    """Where the customer's server is called, and how that stands."""

    url: str
    events: list[str]
    when: str = Field(description="change, daily, or never.")
    pending: int = Field(ge=0, description="Events it has not taken yet.")
    oldest_pending_at: Instant | None
    last_taken_at: Instant | None
    is_gone: bool = Field(
        description="True: it answered 410 Gone, and is called no more until people have talked."
    )


class Webhooks(Answer):
    """All of them; none or one."""

    webhooks: list[Webhook]


EventId = Annotated[
    str, Field(description="The same each time it is sent.", examples=["acme-000000042"])
]


class EventOrder(Answer):
    """An order as an event tells of it."""

    order: OrderName
    po_number: PoNumber
    release: str
    ordered_on: date | None
    status: Word
    code: Code
    notes: list[str] = Field(description="Empty in an event; `GET /orders/{order}` has them.")
    lines: list[OrderLine]


class OrderEvent(Answer):
    """How an order stands: what your server is told when that changes."""

    event: EventId
    type: Literal["order.status"]
    at: Instant
    order: EventOrder


class TestEvent(Answer):
    """Nothing but a try."""

    event: EventId
    type: Literal["test"]
    at: Instant


def _whole(value: object) -> object:
    """Return a whole number of a body as one; what is none is left for the model to refuse."""
    is_whole = isinstance(value, Decimal) and value.adjusted() < 9 and value == int(value)
    return int(value) if isinstance(value, Decimal) and is_whole else value


class WantedLink(BaseModel):
    """What a status link is to be."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    days: Annotated[int, BeforeValidator(_whole)] = Field(
        30, ge=1, le=400, strict=True, description="How long it lasts."
    )


class Link(Answer):
    """A status link; its address is not shown again."""

    url: str
    expires_at: Instant


class Fault(BaseModel):
    """One thing that is wrong with a request."""

    where: str = Field(alias="in", description="body, query, path or header.")
    pointer: str | None = Field(None, description="JSON pointer into the body.")
    name: str | None = Field(None, description="The parameter.")
    detail: str


class Problem(BaseModel):
    """What is wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[Fault] = []
