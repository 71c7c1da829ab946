"""846 Inventory Inquiry/Advice: what a warehouse has, as a `StockReport`.

A line without a quantity is unknown, never zero. Source: X12 004010 and 005010 846, 3PL feeds.
"""

from datetime import time
from decimal import Decimal

from oms_edi.domain.documents import StockCount, StockReport
from oms_edi.domain.issue import Issue, Severity
from oms_edi.transactions.elements import at, day, fault, number, pairs
from oms_edi.x12.envelope import Delimiters, Segment

#: QTY01 of all that lies there (quantity on hand, discrete quantity), best first.
_ON_HAND = ("17", "01")
#: QTY01 of what may be sold of it, best first.
_AVAILABLE = ("33", "V2")
#: QTY01 of what lies there and must not ship: unusable, damaged, on hold.
_BLOCKED = ("20", "74", "QH")


def read(
    segments: list[Segment], *, delimiters: Delimiters, version: str
) -> tuple[StockReport | None, list[Issue]]:
    """Read a set as a snapshot of one node."""
    issues: list[Issue] = []
    counts: list[StockCount] = []
    node = ""
    bia: Segment = []
    line: Segment = []
    line_position = 0
    figures: dict[str, tuple[Decimal, str]] = {}

    for position, segment in enumerate([*segments, ["LIN"]], start=1):
        match segment[0]:
            case "BIA":
                bia = segment
            case "N1" if at(segment, 1) in ("WH", "SF") and not node:
                node = at(segment, 4)
            case "LIN":
                count = _count(line, figures)
                if count:
                    counts.append(count)
                elif line:
                    message = "LIN without a quantity we read; nothing was counted"
                    issue = fault(line, line_position, 0, "", message, severity=Severity.NOTE)
                    issues.append(issue)
                line, line_position, figures = segment, position, {}
            case "QTY" if line:
                units = number(at(segment, 2))
                unit = delimiters.first(at(segment, 3))
                if units is None:
                    issues.append(fault(segment, position, 2, "6", "QTY02 must be a quantity"))
                else:
                    figures[at(segment, 1)] = (units, unit)
    report = StockReport(
        node=node,
        counted_on=day(at(bia, 4)),
        counted_at=_clock(at(bia, 5)),
        counts=tuple(counts),
    )
    return report, issues


def _count(line: Segment, figures: dict[str, tuple[Decimal, str]]) -> StockCount | None:
    """Return what a LIN says is there, None if it says nothing of the kind."""
    items = pairs(line, 1 if len(line) % 2 else 2)  # some leave LIN01 out altogether
    for code in _ON_HAND:
        if code in figures:
            units, unit = figures[code]
            return StockCount(
                items=items, quantity=units, unit=unit, blocked=_blocked(figures, unit)
            )
    for code in _AVAILABLE:
        if code in figures:
            units, unit = figures[code]
            return StockCount(
                items=items,
                quantity=units,
                unit=unit,
                blocked=_blocked(figures, unit),
                basis="available",
            )
    return None


def _blocked(figures: dict[str, tuple[Decimal, str]], unit: str) -> Decimal | None:
    """Return units that must not ship, told in the unit of the count; None if none are told."""
    told = [figures[code][0] for code in _BLOCKED if code in figures and figures[code][1] == unit]
    return sum(told, Decimal(0)) if told else None


def _clock(text: str) -> time | None:
    """Read HHMM or HHMMSS; None if it is no time of day."""
    if not (text.isascii() and text.isdecimal() and len(text) >= 4):
        return None
    hour, minute, second = int(text[:2]), int(text[2:4]), int(text[4:6] or 0)
    return time(hour, minute, second) if hour < 24 and minute < 60 and second < 60 else None
