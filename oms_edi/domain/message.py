"""What a partner's order document says, before it meets our items, prices and stock.

Every channel (X12 850, CSV, later JSON and XLSX) ends in an `OrderMessage`. Values are theirs,
verbatim; `pipeline.orders.enrich` turns them into ours.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from oms_edi.domain.party import Party


class Purpose(StrEnum):
    """What the document asks for (BEG01)."""

    ORIGINAL = "original"  # 00, 06, 07 (a duplicate copy is found by comparison), and CSV
    CHANGE = "change"  # 04
    REPLACE = "replace"  # 05
    CANCEL = "cancel"  # 01


class Destination(NamedTuple):
    """A share of a line for one place and date (SDQ, SCH, or N1*ST inside the PO1 loop)."""

    quantity: Decimal
    #: Ship-to of this share; None = the order's.
    ship_to: Party | None = None
    #: Requested ship or delivery date of this share (SCH06); None = the order's.
    requested_on: date | None = None


class LineMessage(NamedTuple):
    """One order line as the partner wrote it."""

    #: PO101 verbatim; empty if they gave none (the 855 then counts).
    buyer_line: str
    #: PO102, in `unit`.
    quantity: Decimal
    #: PO103.
    unit: str
    #: PO104; None if not given.
    unit_price: Decimal | None = None
    #: PO105.
    price_basis: str = ""
    #: Item ids as (qualifier, value) in the order given (PO106/07 ...).
    items: tuple[tuple[str, str], ...] = ()
    #: PID05 or a CSV column.
    description: str = ""
    #: Empty = everything to the order's ship-to at the order's dates.
    destinations: tuple[Destination, ...] = ()
    #: Free text (MSG, MTX, N9) of this line.
    notes: tuple[str, ...] = ()
    #: Segments we keep but do not read (SLN, PO4, SAC, ...), elements joined by "*".
    kept: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderMessage:
    """One purchase order as the partner wrote it."""

    purpose: Purpose
    #: BEG03 verbatim.
    po_number: str
    #: BEG04.
    release_number: str = ""
    #: BEG02, such as SA, NE, DS.
    order_type: str = "SA"
    ordered_on: date | None = None
    currency: str = ""
    parties: tuple[Party, ...] = ()
    #: DTM 010, 118, 068.
    ship_on: date | None = None
    #: DTM 037.
    not_before: date | None = None
    #: DTM 038.
    not_after: date | None = None
    #: DTM 002, 063, 064, 067, 074, 017: the latest of them.
    deliver_by: date | None = None
    #: DTM 001, 061.
    cancel_after: date | None = None
    #: (qualifier, value) of REF and N9: IA vendor number, DP department, ...
    references: tuple[tuple[str, str], ...] = ()
    #: TD505 or a CSV column; free text of the buyer's routing wish.
    routing: str = ""
    notes: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    lines: tuple[LineMessage, ...] = field(default=())

    def party(self, role: str) -> Party | None:
        """Return the first party of `role`, None if there is none."""
        return next((party for party in self.parties if party.role == role), None)
