"""What a partner wants otherwise of an order we have: an 860, or an 850 that changes or replaces.

Values as they wrote them; `pipeline.changes.compare_change` decides what they mean for the book.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Literal, NamedTuple

from oms_edi.domain.message import Destination, OrderMessage, Purpose
from oms_edi.domain.party import Party


class Aspect(StrEnum):
    """What of a line a change is about; what else the line says is context."""

    QUANTITY = "quantity"
    PRICE = "price"
    DATE = "date"
    PLACE = "place"


_ALL = frozenset(Aspect)
_QUANTITY, _PRICE, _DATE = Aspect.QUANTITY, Aspect.PRICE, Aspect.DATE
#: POC02 that adds a line.
ADD = "AI"
#: POC02 that take a whole line away.
DELETE = frozenset({"DI", "CF"})
#: POC02 of a line that stays, and what of it may change (X12 670).
ASPECTS: dict[str, frozenset[Aspect]] = {
    "QI": frozenset({_QUANTITY}),  # more
    "QD": frozenset({_QUANTITY}),  # fewer
    "PC": frozenset({_PRICE}),
    "PQ": frozenset({_PRICE, _QUANTITY}),
    "PR": frozenset({_PRICE, _DATE}),
    "RQ": frozenset({_DATE, _QUANTITY}),
    "RS": frozenset({_DATE}),
    "CT": frozenset({_DATE}),
    "RB": frozenset({_DATE}),
    "MU": frozenset({_PRICE, _QUANTITY, _DATE}),
    "CA": _ALL,  # whatever is given
    "RZ": _ALL,  # all values anew
    "NC": frozenset(),  # repeated for context
}


class LineChange(NamedTuple):
    """One POC as the partner wrote it, or one PO1 of an order that changes another."""

    #: POC01; empty if they gave none.
    buyer_line: str
    #: POC02.
    code: str
    #: POC03; what it counts is a setting of the partner. None = not told.
    quantity: Decimal | None = None
    #: POC04.
    left: Decimal | None = None
    #: POC05.
    unit: str = ""
    #: POC06.
    unit_price: Decimal | None = None
    #: POC07.
    price_basis: str = ""
    #: POC08/09 ...
    items: tuple[tuple[str, str], ...] = ()
    description: str = ""
    #: SDQ and SCH.
    shares: tuple[Destination, ...] = ()
    #: N1*ST in the POC loop.
    ship_to: Party | None = None
    #: DTM in the POC loop.
    requested_on: date | None = None
    notes: tuple[str, ...] = ()
    #: Why it cannot be applied whatever the book says; empty = it can.
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderChange:
    """One document that changes, replaces or cancels an order."""

    purpose: Purpose
    #: BCH03 verbatim.
    po_number: str
    #: BCH04.
    release_number: str = ""
    #: BCH05, the change's number; empty if not told.
    sequence: str = ""
    #: BCH06.
    ordered_on: date | None = None
    #: BCH11.
    changed_on: date | None = None
    #: N1*ST of the header.
    ship_to: Party | None = None
    ship_on: date | None = None
    not_before: date | None = None
    not_after: date | None = None
    deliver_by: date | None = None
    cancel_after: date | None = None
    references: tuple[tuple[str, str], ...] = ()
    lines: tuple[LineChange, ...] = ()


#: Dates of the header a change may set anew, by the name they have in an order.
DATES = ("ship_on", "not_before", "not_after", "deliver_by", "cancel_after")

#: Where a change comes from.
Source = Literal["860", "850", "api", "person", "calendar"]


class Outcome(StrEnum):
    """What became of a line of a change."""

    PENDING = "pending"  # a warehouse or a person has not answered yet
    ACCEPTED = "accepted"  # done as asked
    PARTLY = "partly"  # done as far as it could be
    REJECTED = "rejected"  # nothing of it was done


def change_of(message: OrderMessage) -> OrderChange:
    """Return an order that changes (BEG01 04), replaces (05) or cancels another as a change."""
    return OrderChange(
        purpose=message.purpose,
        po_number=message.po_number,
        release_number=message.release_number,
        ordered_on=message.ordered_on,
        ship_to=message.party("ST"),
        ship_on=message.ship_on,
        not_before=message.not_before,
        not_after=message.not_after,
        deliver_by=message.deliver_by,
        cancel_after=message.cancel_after,
        references=message.references,
        lines=tuple(
            LineChange(
                buyer_line=line.buyer_line,
                code="RZ",
                quantity=line.quantity,
                left=line.quantity,
                unit=line.unit,
                unit_price=line.unit_price,
                price_basis=line.price_basis,
                items=line.items,
                description=line.description,
                shares=line.destinations,
                notes=line.notes,
            )
            for line in message.lines
        ),
    )
