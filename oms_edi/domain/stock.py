"""What is known about stock: how much is kept back, and when a document says goods moved. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """Units that are never promised: safety stock, as it stands now."""

    #: Units of any item, by node; a node that is not in it keeps nothing.
    by_node: Mapping[str, int]
    #: Units by (item, node) where an item has its own; they win.
    by_item: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def units(self, item: str, node: str) -> int:
        """Return the units of an item a node keeps."""
        own = self.by_item.get((item, node)) if self.by_item else None
        return self.by_node.get(node, 0) if own is None else own


def sellable(*, on_hand: int, held: int, doubted: int) -> int:
    """Return the units that may be promised or are: what lies there, neither held nor doubted."""
    return max(0, on_hand - held - doubted)


def moved_at(day: date | None, *, zone: str, told_at: datetime) -> datetime:
    """Return when goods moved of which a document tells the day only.

    The end of that day at the node, and never after the document came: what is reported the next
    morning is so before a count of that morning, what is reported at once is so now.
    """
    if day is None:
        return told_at
    over = datetime.combine(day + timedelta(days=1), time.min, tzinfo=ZoneInfo(zone))
    return min(told_at, over - timedelta(seconds=1))


def day_began(day: date | None, *, zone: str, told_at: datetime) -> datetime:
    """Return the earliest instant goods can have moved that moved on this day."""
    if day is None:
        return told_at
    return min(told_at, datetime.combine(day, time.min, tzinfo=ZoneInfo(zone)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """How far a count may differ from what documents say before somebody must explain it."""

    #: Base units; the larger of both counts.
    units: int
    #: Of what is expected.
    percent: int

    def allows(self, drift: int, *, expected: int) -> bool:
        """True if a count that differs by so much is believed without being explained."""
        return abs(drift) <= max(self.units, expected * self.percent // 100)
