"""Reasons to stop: every kind of hold, and what it blocks.

Each has an exception of the same name while it lasts; the registry of those says what helps.
"""

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
    PACK = "pack"  # less than we sell of it at least, or no multiple of what we sell it by
    MINIMUM = "minimum"  # the order is worth less than we ship
    APPROVAL = "approval"  # the order is worth more than goes on without a person
    CREDIT = "credit"  # the customer would owe more than it may
    MANUAL = "manual"  # a person said so


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A hold to be placed; `line` is the index of the line in its order, None = whole order."""

    kind: HoldKind
    reason: str
    line: int | None = None
