"""One order as our book keeps it, ready to be stored or decided."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from oms_edi.domain.holds import Hold
from oms_edi.domain.lifecycle import Quantities
from oms_edi.domain.message import OrderMessage
from oms_edi.domain.party import Party


class NewLine(NamedTuple):
    """A line about to enter the book: one item to one destination."""

    buyer_line: str
    #: Index into `NewOrder.destinations`.
    destination: int
    #: Ours; None while unknown.
    item: str | None
    #: Theirs.
    items: tuple[tuple[str, str], ...]
    description: str
    #: As ordered, in `buyer_unit`.
    buyer_quantity: Decimal
    buyer_unit: str
    #: Base units in one buyer unit; 1 while the item is unknown.
    unit_factor: int
    #: For one buyer unit, as written.
    buyer_price: Decimal | None
    #: For one buyer unit, as we will invoice it.
    price: Decimal | None
    price_basis: str
    requested_on: date | None
    notes: tuple[str, ...]
    #: Base units.
    quantity: int


class NewOrder(NamedTuple):
    """An order about to enter the book."""

    message: OrderMessage
    tier: int
    destinations: tuple[Party, ...]
    lines: tuple[NewLine, ...]
    holds: tuple[Hold, ...]
    #: Things a person should know though nothing stops.
    warnings: tuple[str, ...]
    #: What was settled by the customer's rules, for the timeline.
    settled: tuple[str, ...]
    #: Hash of what was ordered, to recognize the same order again.
    content_sha: str


class BookLine(NamedTuple):
    """A line of the book. Rows read by the thousand are named tuples: they are cheap to build."""

    line_id: int
    buyer_line: str
    destination: int
    item: str | None
    items: tuple[tuple[str, str], ...]
    description: str
    buyer_quantity: Decimal
    buyer_unit: str
    unit_factor: int
    buyer_price: Decimal | None
    price: Decimal | None
    price_basis: str
    requested_on: date | None
    quantities: Quantities
    #: True while a hold on this line is open.
    held: bool

    def with_quantities(self, quantities: Quantities) -> "BookLine":
        """Return the line with other quantities; `_replace` would take twice as long."""
        return BookLine(*self[:-2], quantities, self.held)


class BookOrder(NamedTuple):
    """An order of the book with its lines and destinations."""

    order_id: int
    partner: str
    po_number: str
    release_number: str
    ordered_on: date | None
    ship_on: date | None
    not_before: date | None
    not_after: date | None
    deliver_by: date | None
    cancel_after: date | None
    tier: int
    routing: str
    references: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    received_at: str
    answer_due: bool
    answers: int
    #: Hash of what the last 855 said; "" before the first.
    answer_sha: str
    destinations: tuple[Party, ...]
    lines: tuple[BookLine, ...]
