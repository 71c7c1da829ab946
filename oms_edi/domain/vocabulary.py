"""The three ways to say how an order stands: ours, the customer's, the warehouse's.

Ours are the members of `Status`, `Place` and `HoldKind` themselves. A customer never reads the name
of a node, a cost, or why something is held; a warehouse reads only what it was asked and owes.
Status codes are X12 element 368.
"""

from collections.abc import Iterable
from types import MappingProxyType
from typing import NamedTuple

from oms_edi.domain.holds import HoldKind
from oms_edi.domain.lifecycle import Place, Status


class Words(NamedTuple):
    """One of our words in the others' vocabularies."""

    #: What the 870 says, element 368.
    code: str
    customer: str
    #: "" where a warehouse has no part in it.
    warehouse: str


#: The status of an order or line.
STATUS = MappingProxyType(
    {
        Status.HELD: Words("PH", "being reviewed", ""),
        Status.OPEN: Words("IN", "received", ""),
        Status.BACKORDERED: Words("BO", "backordered", ""),
        Status.ALLOCATED: Words("PS", "in process", ""),
        Status.PARTLY_RELEASED: Words("IN", "partly in process", "to ship"),
        Status.CHANGE_REQUESTED: Words("IN", "in process", "asked to ship less"),
        Status.CANCEL_REQUESTED: Words("IN", "in process", "asked not to ship"),
        Status.RELEASED: Words("PS", "in process", "to ship"),
        Status.PARTLY_SHIPPED: Words("PR", "partly shipped", "partly shipped"),
        Status.SHIPPED: Words("CC", "shipped", "shipped"),
        Status.CANCELLED: Words("CU", "cancelled", "not to ship"),
    }
)

#: Where units of a line are. Between allocation and release nothing changes for the customer.
UNITS = MappingProxyType(
    {
        Place.OUTSIDE: Words("DE", "not ordered any more", ""),
        Place.OPEN: Words("IN", "received", ""),
        Place.ALLOCATED: Words("PS", "in process", ""),
        Place.BACKORDERED: Words("BO", "backordered", ""),
        Place.RELEASED: Words("PS", "in process", "to ship"),
        Place.SHIPPED: Words("SH", "shipped", "shipped"),
        Place.CANCELLED: Words("CU", "cancelled", "not to ship"),
    }
)
#: Units nothing happens to before a person decided.
HELD = STATUS[Status.HELD]
#: All that will ever ship of the order has, and some was cancelled.
SHIPPED_IN_PART = Words("CP", "shipped, the rest was cancelled", "")
#: Some of the order left and some waits for stock.
SHIPPED_AND_WAITING = Words("BP", "partly shipped, the rest is backordered", "")
#: An order they asked for and we do not have.
UNKNOWN = Words("ZZ", "we do not have this order", "")
#: An inquiry about all orders of somebody without any.
NOTHING = Words("ZZ", "there are no such orders", "")

_REVIEWED = "being reviewed"
#: What a customer reads of a hold: what to look at, never what we found.
HOLDS = MappingProxyType(
    {
        HoldKind.DUPLICATE: "PO number is being checked",
        HoldKind.AMENDMENT: "PO number is being checked",
        HoldKind.ADDRESS: "ship-to is being checked",
        HoldKind.DATE: "dates are being checked",
        HoldKind.ITEM_UNKNOWN: "item is being checked",
        HoldKind.UNIT: "unit of measure is being checked",
        HoldKind.PRICE: "price is being checked",
        HoldKind.PACK: "quantity is being checked",
        HoldKind.MINIMUM: _REVIEWED,
        HoldKind.APPROVAL: _REVIEWED,
        HoldKind.CREDIT: _REVIEWED,
        HoldKind.MANUAL: _REVIEWED,
    }
)

#: Exceptions a customer may read of, by kind; no other one is its business.
EXCEPTIONS = MappingProxyType(
    {
        "backordered": "some of it waits for stock",
        "cut_short": "some of it waits for stock",
        "promise_taken_back": "some of it ships later than promised",
        "short_shipped": "less was shipped than planned",
        "shipment_overdue": "it ships later than planned",
        "ship_date_at_risk": "it may ship later than planned",
        "supplier_late": "it ships later than planned",
        "cancel_requested": "a cancellation is being looked at",
        "change_requested": "a change is being looked at",
        "shipped_anyway": "it was shipped before it could be stopped",
    }
)


def held_words(kinds: Iterable[HoldKind]) -> str:
    """Return what a customer reads where these holds stop something."""
    return ", ".join(dict.fromkeys(HOLDS[kind] for kind in kinds)) or HELD.customer
