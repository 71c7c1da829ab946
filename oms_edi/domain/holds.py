"""Reasons to stop: every kind of hold, what it blocks, what a person can do about it."""

from dataclasses import dataclass
from enum import StrEnum


class HoldKind(StrEnum):
    """Why an order or line waits. On an order it blocks everything, on a line that line."""

    DUPLICATE = "duplicate"  # same PO, same content, in another envelope
    AMENDMENT = "amendment"  # same PO with other content, or a change we do not apply by ourselves
    ADDRESS = "address"  # ship-to unknown or not deliverable
    DATE = "date"  # dates that cannot all be true
    ITEM_UNKNOWN = "item_unknown"  # no cross-reference for any of the item ids
    UNIT = "unit"  # the item does not come in this unit, or not in such a quantity
    PRICE = "price"  # their price is not ours
    MANUAL = "manual"  # a person said so


#: What to tell a person, by kind.
CURE = {
    HoldKind.DUPLICATE: "release it if it is a second order, cancel it if not",
    HoldKind.AMENDMENT: "compare both orders; release this one, or cancel it",
    HoldKind.ADDRESS: "add the store to the mapping and it goes on, or say where with ship-to",
    HoldKind.DATE: "ask the customer for dates, then release or cancel",
    HoldKind.ITEM_UNKNOWN: "import the cross-reference with import-items; the line then goes on",
    HoldKind.UNIT: "add the unit to the item with import-items; the line then goes on",
    HoldKind.PRICE: "import the price, or release to accept theirs",
    HoldKind.MANUAL: "release when the reason is gone",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A hold to be placed; `line` is the index of the line in its order, None = whole order."""

    kind: HoldKind
    reason: str
    line: int | None = None
