"""How an order stands as its customer may know it, and who asks: values of the 870 and 869."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple


class StatusPart(NamedTuple):
    """Some of a line that stands alike."""

    #: Element 368.
    code: str
    #: The customer's word for it.
    word: str
    #: In the unit of the line.
    quantity: Decimal
    #: The day it ships, or left; None where none is certain.
    on: date | None = None
    #: The day it should arrive.
    arrives: date | None = None
    carrier: str = ""
    scac: str = ""
    #: Tracking or PRO numbers.
    tracking: tuple[str, ...] = ()


class StatusLine(NamedTuple):
    """A line of the order with its parts; they add up to what is ordered of it."""

    buyer_line: str
    #: Theirs: (qualifier, code).
    items: tuple[tuple[str, str], ...]
    description: str
    quantity: Decimal
    unit: str
    parts: tuple[StatusPart, ...]


class OrderStatus(NamedTuple):
    """An order of theirs; without lines where we do not have it."""

    po_number: str
    release_number: str
    ordered_on: date | None
    #: Ours, "" where we do not have it.
    order: str
    #: Element 368.
    code: str
    word: str
    lines: tuple[StatusLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReport:
    """One 870."""

    #: BSR01: 1 an answer, 2 on schedule, 3 on change.
    kind: str
    #: BSR02, element 847: what of which orders is told.
    scope: str
    #: BSR03: of the report, or of the inquiry it answers.
    number: str
    at: datetime
    status: OrderStatus


class AskedLine(NamedTuple):
    """A line somebody asks for, by its number or any of its item ids."""

    buyer_line: str
    items: tuple[tuple[str, str], ...]


class AskedOrder(NamedTuple):
    """An order somebody asks for; without lines: all of it."""

    po_number: str
    release_number: str
    lines: tuple[AskedLine, ...] = ()


class AskedDays(NamedTuple):
    """Days somebody asks for: of orders placed, or of units that ship or arrive on one of them."""

    #: ordered, ships, arrives.
    of: str
    first: date
    last: date


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusInquiry:
    """One 869."""

    #: BSI01.
    reference: str
    #: BSI03, element 847.
    scope: str
    #: None of them where the scope is all orders.
    orders: tuple[AskedOrder, ...]
    #: Products, where the scope is all orders and BSI04 (element 848) selects some; empty: all.
    lines: tuple[AskedLine, ...] = ()
    #: Where BSI04 selects dates: any of them will do; empty: whenever.
    days: tuple[AskedDays, ...] = ()
    #: Codes of stores, where BSI05 (element 849) selects places of the buyer; empty: wherever.
    stores: tuple[str, ...] = ()

    @property
    def is_of_all(self) -> bool:
        """True if it names no orders but asks for all of them."""
        return self.scope in ("CA", "CI", "CO", "AO")
