"""What the documents we write and read mean, free of any syntax.

Writers and readers in `transactions/` turn these into segments and back. Quantities here are
in the unit the reader of the document expects (the buyer's ordered unit, the warehouse's unit).
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Literal, NamedTuple

from oms_edi.domain.party import Party


class LineAnswer(NamedTuple):
    """One ACK of a line: so much of it has this status."""

    #: ACK01: IA accepted, IB backordered, IQ quantity changed, IP price changed, DR date moved,
    #: ID cancelled, IR rejected, R2 unknown item, BP part now and rest later, IH on hold.
    status: str
    quantity: Decimal
    #: Date of this part (ACK05) and what it means (ACK04); None = not told.
    on: date | None = None
    date_qualifier: str = "068"


class AcknowledgedLine(NamedTuple):
    """One PO1 of an 855 with its answers: they add up to `quantity`, or to what was agreed."""

    buyer_line: str
    quantity: Decimal
    unit: str
    #: The price we will invoice; None = none was given and we have none.
    unit_price: Decimal | None
    price_basis: str
    items: tuple[tuple[str, str], ...]
    answers: tuple[LineAnswer, ...]
    #: In `unit`, where it is more than `quantity`: rounded up to what we sell.
    agreed: Decimal | None = None


class Acknowledgment(NamedTuple):
    """An 855: our business answer to one order."""

    #: BAK01: 00 the first answer to an order, 05 replaces the one before.
    purpose: str
    #: BAK02: AD, AC, AT, RD, RJ, AH.
    kind: str
    po_number: str
    release_number: str
    ordered_on: date
    #: Our order id (BAK08).
    order_id: str
    acknowledged_on: date
    references: tuple[tuple[str, str], ...] = ()
    ship_to: Party | None = None
    lines: tuple[AcknowledgedLine, ...] = ()


class ChangedLine(NamedTuple):
    """One POC of an 865 with its answers; quantities of the answers add up to `quantity`."""

    buyer_line: str
    #: POC02, as asked; DI for a line that a cancel or a replacement takes away.
    code: str
    #: What is ordered of the line now, or was asked for and refused; None = nothing was told.
    quantity: Decimal | None
    unit: str
    unit_price: Decimal | None
    price_basis: str
    items: tuple[tuple[str, str], ...]
    answers: tuple[LineAnswer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeAnswer:
    """An 865: our business answer to a change."""

    #: BCA01: 00 the first answer to this change, 05 replaces the one before.
    purpose: str
    #: BCA02: AT all as asked, AC otherwise in part, RD refused line by line, RJ refused.
    kind: str
    po_number: str
    release_number: str
    #: BCA05: BCH05 of the change.
    sequence: str
    #: BCA06: of the order.
    ordered_on: date
    #: Our order id (BCA09); empty = we do not have the order.
    order_id: str
    #: BCA10.
    answered_on: date
    #: BCA11: BCH11 of the change.
    changed_on: date | None
    references: tuple[tuple[str, str], ...] = ()
    #: DTM01 and date of what the change set anew in the header.
    dates: tuple[tuple[str, date], ...] = ()
    ship_to: Party | None = None
    lines: tuple[ChangedLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierAnswer:
    """An 855 a supplier wrote: its business answer to an 850 of ours."""

    #: BAK02: AD, AK, AT accepted; AC, AE with changes; RD, RJ rejected; AH on hold.
    kind: str
    #: BAK03: BEG03 of our 850.
    po_number: str
    #: BAK08, its number of the order; may be empty.
    their_order: str
    #: `buyer_line` is PO101 as we sent it, or empty.
    lines: tuple[AcknowledgedLine, ...]


class PurchaseLine(NamedTuple):
    """One PO1 of an 850 of ours."""

    #: PO101: our count in this document from 1.
    number: int
    quantity: Decimal
    unit: str
    #: PO104: what the supplier charges for one `unit`.
    cost: Decimal
    #: The supplier's item number (VN), ours (BP) and others it may know (UP, ...).
    items: tuple[tuple[str, str], ...]
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseOrder:
    """An 850 of ours: sell us this, and ship it to our customer."""

    #: BEG02: DS drop ship, SA stand-alone.
    order_type: str
    #: BEG03, unique for ever: the key that 855 and 856 return.
    po_number: str
    ordered_on: date
    buyer: Party
    supplier: Party
    ship_to: Party
    #: DTM*010 requested ship date.
    ship_on: date | None
    #: DTM*002 requested delivery date.
    deliver_by: date | None
    #: DTM*001.
    cancel_after: date | None
    #: The customer's PO number (CO) and references.
    references: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    #: TD503 and TD505.
    scac: str
    carrier_name: str
    lines: tuple[PurchaseLine, ...]


class ShippingOrderLine(NamedTuple):
    """One W01 of a 940."""

    #: LX01: our count in this document from 1.
    number: int
    quantity: Decimal
    unit: str
    #: Our item number (VN) and others the warehouse may know (UP, ...).
    items: tuple[tuple[str, str], ...]
    description: str = ""
    #: The buyer's own item id for the label; empty if none.
    buyer_item: str = ""


class ShippingOrder(NamedTuple):
    """A 940: ship this from that warehouse."""

    #: W0501: N original, R change, F cancel, ...
    status: str
    #: W0502, unique for ever: the key the 945 returns.
    depositor_order: str
    po_number: str
    ship_to: Party
    warehouse: Party
    depositor: Party
    ordered_on: date
    #: G62*10 requested ship date.
    ship_on: date | None
    #: G62*02 requested delivery date.
    deliver_by: date | None
    #: G62*01.
    cancel_after: date | None
    references: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    #: W6605 and W6610.
    carrier_name: str
    scac: str
    lines: tuple[ShippingOrderLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviceLine:
    """One W12 of a 945."""

    #: W1201: CC, CP, BP, PR, BO, CU, DS, ...
    status: str
    #: W1202, None if not given.
    ordered: Decimal | None
    #: W1203.
    shipped: Decimal
    unit: str
    items: tuple[tuple[str, str], ...]
    #: W1219 (element 892): 01 out of stock, 07 inventory discrepancy, ...
    reason: str = ""
    lot: str = ""
    #: The packs this line went into (MAN of the same LX): SSCC-18 and parcel tracking number of
    #: each, "" where not told. Of several nobody says which holds how much.
    packs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippingAdvice:
    """A 945: this is what the warehouse shipped."""

    #: W0602; may be empty, then `po_number` or `warehouse_shipment` must tell.
    depositor_order: str
    #: W0604.
    warehouse_shipment: str
    #: W0606.
    po_number: str
    shipped_on: date | None
    carrier_name: str
    scac: str
    #: W2701.
    transport: str
    #: N9*BM bill of lading.
    bill_of_lading: str
    #: N9*CN (PRO number) or N9*2I (tracking).
    tracking: str
    lines: tuple[AdviceLine, ...]
    #: W0301; None if there was no W03.
    total_shipped: Decimal | None = None
    #: W0302 in pounds or as given.
    weight: Decimal | None = None
    cartons: int | None = None
    #: N104 of the place it goes to (N1*ST), where an 856 tells one.
    ship_to: str = ""
    #: The day it is to arrive (DTM 017, 067, 002; G62*17 of a 945), where it is told.
    due_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeItem:
    """An item level of an 856."""

    buyer_line: str
    items: tuple[tuple[str, str], ...]
    shipped: Decimal
    unit: str
    ordered: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticePack:
    """A pack level of an 856: one carton."""

    #: 18 digits with a right check digit.
    sscc: str
    tracking: str
    items: tuple[NoticeItem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipNotice:
    """An 856: this is on its way to you."""

    #: BSN02.
    shipment: str
    created_at: datetime
    shipped_on: date
    expected_on: date | None
    #: BSN05: 0001 S-O-P-I, 0002 S-O-I-P, 0004 S-O-I.
    structure: str
    po_number: str
    release_number: str
    ordered_on: date | None
    references: tuple[tuple[str, str], ...]
    ship_from: Party
    ship_to: Party
    scac: str
    carrier_name: str
    transport: str
    bill_of_lading: str
    tracking: str
    weight: Decimal | None
    packs: tuple[NoticePack, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StockCount:
    """What a warehouse says it has of one item."""

    #: (qualifier, value) pairs, or ("", our item number) from a CSV.
    items: tuple[tuple[str, str], ...]
    quantity: Decimal
    unit: str
    #: Of what lies there, units that must not ship; None = not told.
    blocked: Decimal | None = None
    #: `on_hand`: all that lies there; `available`: what the warehouse owes nobody.
    basis: Literal["on_hand", "available"] = "on_hand"


@dataclass(frozen=True, slots=True, kw_only=True)
class StockReport:
    """An 846 or a stock CSV: a snapshot of one node."""

    #: Node id as told by the document; empty = the sender's only node.
    node: str
    #: Day and time the counts were true, in the node's time zone; None = when they came.
    counted_on: date | None
    counted_at: time | None
    counts: tuple[StockCount, ...]


class SetAnswer(NamedTuple):
    """What a partner says of one set we sent (AK2 to AK5)."""

    set_id: str
    #: AK202, our ST02.
    set_control: str
    #: AK501: A accepted, E accepted with errors, R, M, W, X rejected.
    code: str
    #: AK502 to AK506.
    error_codes: tuple[str, ...] = ()
    #: What is wrong in it, and where (AK3, AK4), for people.
    faults: tuple[str, ...] = ()


class GroupAnswer(NamedTuple):
    """What a partner says of a group we sent: a 997 or 999 (AK1 to AK9)."""

    #: AK101, our GS01.
    functional_id: str
    #: AK102, our GS06, without zeros in front.
    group_control: str
    #: AK901: A, E, P partly accepted, R; empty if there is no AK9.
    code: str
    #: AK905 to AK909.
    error_codes: tuple[str, ...] = ()
    #: Sets named; those that are not share the group's verdict.
    sets: tuple[SetAnswer, ...] = ()


class InterchangeAnswer(NamedTuple):
    """What a partner says of an interchange we sent: a TA1."""

    #: TA101, our ISA13.
    interchange_control: str
    #: TA104: A, E, R.
    code: str
    #: TA105.
    note: str
