"""Status of a line and an order, derived from line quantities and holds; nothing stores it."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple


class Status(StrEnum):
    """Where an order or line stands, from placement to delivery."""

    HELD = "held"  # a person must decide first
    OPEN = "open"  # not decided yet
    BACKORDERED = "backordered"  # waits for stock
    ALLOCATED = "allocated"  # stock is reserved, no warehouse told yet
    PARTLY_RELEASED = "partly released"  # a 940 owes some of it, some waits
    CHANGE_REQUESTED = "change requested"  # a warehouse was asked to ship less of it
    CANCEL_REQUESTED = "cancel requested"  # a warehouse was asked to ship none of it
    RELEASED = "released"  # a 940 owes it
    PARTLY_SHIPPED = "partly shipped"  # some of it left, some is still owed
    SHIPPED = "shipped"  # everything not cancelled left
    CANCELLED = "cancelled"  # nothing will come


class Place(StrEnum):
    """Where a unit of a line is; every unit that was ordered is in exactly one."""

    OUTSIDE = "outside"  # not ordered, or not any more: the line is that much smaller
    OPEN = "open"  # nobody decided yet
    ALLOCATED = "allocated"  # stock is reserved for it
    BACKORDERED = "backordered"  # it waits for stock
    RELEASED = "released"  # a 940 owes it
    SHIPPED = "shipped"  # it left
    CANCELLED = "cancelled"  # it will not come


#: Every legal move of units and the document or act that causes it; no other can be written.
MOVES: dict[tuple[Place, Place], str] = {
    (Place.OUTSIDE, Place.OPEN): "860 AI, QI, RZ or an 850 that replaces: more of it",
    (Place.OPEN, Place.OUTSIDE): "860 QD, RZ or an 850 that replaces: less of it",
    (Place.OPEN, Place.ALLOCATED): "decided: stock was found",
    (Place.OPEN, Place.BACKORDERED): "decided: there was too little",
    (Place.OPEN, Place.CANCELLED): "860, 850 01, a person, cancel-after; decided: no backorders",
    (Place.BACKORDERED, Place.OPEN): "846, 944, a receipt: there is stock again",
    (Place.BACKORDERED, Place.OUTSIDE): "860 QD",
    (Place.BACKORDERED, Place.CANCELLED): "860, 850 01, a person, cancel-after",
    (Place.ALLOCATED, Place.OPEN): "860 RS, N1*ST: to another day or place, decided anew",
    (Place.ALLOCATED, Place.OUTSIDE): "860 QD",
    (Place.ALLOCATED, Place.CANCELLED): "860, 850 01, a person, cancel-after",
    (Place.ALLOCATED, Place.RELEASED): "940 N",
    (Place.RELEASED, Place.SHIPPED): "945",
    (Place.RELEASED, Place.OPEN): "945 short: another node is looked for",
    (
        Place.RELEASED,
        Place.OUTSIDE,
    ): "945 short or CU, or the warehouse's word, after our 940 R or F",
    (Place.RELEASED, Place.CANCELLED): "the same after a cancel; 945 short of what is withdrawn",
}


class Quantities(NamedTuple):
    """The only state of a line: ordered = the sum of the six others."""

    ordered: int
    cancelled: int = 0
    open: int = 0
    allocated: int = 0
    backordered: int = 0
    released: int = 0
    shipped: int = 0

    def decided(self, found: int, short: int, rest: str) -> "Quantities":
        """Return them after open units were allocated, or were short and became `rest`."""
        ordered, cancelled, open_, allocated, backordered, released, shipped = self
        return Quantities(
            ordered,
            cancelled + (short if rest == "cancelled" else 0),
            open_ - found - short,
            allocated + found,
            backordered + (short if rest == "backordered" else 0),
            released,
            shipped,
        )


def line_status(quantities: Quantities, *, held: bool, stopping: int = 0) -> Status:
    """Derive the status of a line; `stopping` are units a warehouse was asked not to ship."""
    q = quantities
    if q.cancelled == q.ordered:
        return Status.CANCELLED
    if q.shipped and q.shipped + q.cancelled == q.ordered:
        return Status.SHIPPED
    if held:
        return Status.HELD
    if stopping:
        left = q.ordered - q.cancelled - q.shipped
        return Status.CHANGE_REQUESTED if stopping < left else Status.CANCEL_REQUESTED
    if q.shipped:
        return Status.PARTLY_SHIPPED
    if q.released:
        waits = q.open or q.backordered or q.allocated
        return Status.PARTLY_RELEASED if waits else Status.RELEASED
    if q.allocated:
        return Status.ALLOCATED
    return Status.BACKORDERED if q.backordered else Status.OPEN


def order_status(lines: Iterable[Status]) -> Status:
    """Derive the status of an order from those of its lines: what needs a person comes first."""
    found = set(lines) or {Status.OPEN}
    if len(found) == 1:
        return found.pop()
    if Status.HELD in found:
        return Status.HELD
    found.discard(Status.CANCELLED)
    if len(found) == 1:
        return found.pop()
    if found & {Status.CANCEL_REQUESTED, Status.CHANGE_REQUESTED}:
        return Status.CHANGE_REQUESTED
    if found & {Status.SHIPPED, Status.PARTLY_SHIPPED}:
        return Status.PARTLY_SHIPPED
    if found & {Status.RELEASED, Status.PARTLY_RELEASED}:
        return Status.PARTLY_RELEASED
    for status in (Status.ALLOCATED, Status.BACKORDERED):
        if status in found:
            return status
    return Status.OPEN


#: Longer numbers are nobody's, and no column could hold them.
_MAX_DIGITS = 15


def order_name(order_id: int) -> str:
    """Write our order number: what warehouses and people see."""
    return f"SO{100_000 + order_id}"


def parse_order_name(name: str) -> int | None:
    """Read our order number; None if it is none."""
    digits = name.upper().removeprefix("SO")
    if not name.upper().startswith("SO") or not digits.isascii() or not digits.isdecimal():
        return None
    if len(digits) > _MAX_DIGITS:
        return None
    return int(digits) - 100_000
