"""What warehouses tell of stock between counts: receipts (944), adjustments (947), transfers (943).

Quantities are in the unit the document names; `oms_edi.pipeline` turns them into base units.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple


class Condition(NamedTuple):
    """So much of a received line is in this condition (W13)."""

    #: W1303: 01 damaged, 02 short, 03 over, 04 quality, 05 wrong, 07 good, 08 rejected, 09 on hold.
    code: str
    quantity: Decimal
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedLine:
    """One W07 of a 944."""

    items: tuple[tuple[str, str], ...]
    #: W0701; negative takes an earlier receipt back (W0709 = 2).
    quantity: Decimal
    unit: str
    lot: str = ""
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptAdvice:
    """A 944: these goods arrived at a warehouse."""

    #: W1701: F full, C customer return, P production, A adjustment, X exceptions only.
    kind: str
    #: W1703: the warehouse's number of this receipt.
    number: str
    #: W1702.
    received_on: date | None
    #: W1704: our order or transfer number, as a 943 or an import names it.
    reference: str
    #: W1705: shipment id, as in the 943.
    shipment: str
    #: N9*PO, where told.
    po_number: str
    #: Node as the document names it; empty = the sender's only one.
    node: str
    lines: tuple[ReceivedLine, ...]
    #: W1401; None if not told.
    total: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustedLine:
    """One W19 of a 947."""

    #: W1901.
    reason: str
    #: W1902 with its sign.
    quantity: Decimal
    unit: str
    items: tuple[tuple[str, str], ...]
    #: W1916: SA saleable, DM damaged, QU quarantine, AD decrease, ...
    inventory: str = ""
    lot: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustmentAdvice:
    """A 947: stock changed in a warehouse without a 940 or a 943."""

    #: W1502 or W1503; empty if neither is told.
    number: str
    adjusted_on: date | None
    #: W1504: 00 original, 01 cancels the one with this number, 05 replaces it.
    purpose: str
    node: str
    lines: tuple[AdjustedLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferLine:
    """One W04 of a 943."""

    items: tuple[tuple[str, str], ...]
    quantity: Decimal
    unit: str
    #: W0413: it will be blocked on arrival.
    hold: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferAdvice:
    """A 943, or an 856 of a supplier: these goods are on their way to a warehouse."""

    #: W0602: what the 944 gives back.
    reference: str
    #: W0604.
    shipment: str
    #: W0606: the purchase order behind it.
    po_number: str
    shipped_on: date | None
    #: G62*17, *70, *02 or *68: when it is to arrive; None = not told.
    due_on: date | None
    #: The receiving node as the document names it.
    node: str
    lines: tuple[TransferLine, ...]
