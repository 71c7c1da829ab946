"""846 Inventory Inquiry/Advice: what a warehouse has, as a `StockReport`.

A line without a quantity is unknown, never zero. Source: X12 004010 and 005010 846, 3PL feeds.
"""

from datetime import UTC, datetime

from oms_edi.domain.documents import StockCount, StockReport
from oms_edi.domain.issue import Issue, Severity
from oms_edi.transactions.elements import at, day, fault, number, pairs
from oms_edi.x12.envelope import Delimiters, Segment

#: QTY01 codes of a shelf quantity, best first.
_QUANTITIES = ("33", "17", "02", "QA", "34", "QH", "1", "QB", "87", "63", "V2")


def read(
    segments: list[Segment], *, delimiters: Delimiters, version: str
) -> tuple[StockReport | None, list[Issue]]:
    """Read a set as a snapshot of one node."""
    issues: list[Issue] = []
    counts: list[StockCount] = []
    node = ""
    as_of: datetime | None = None
    line: Segment = []
    line_position = 0
    best = len(_QUANTITIES)

    for position, segment in enumerate([*segments, ["LIN"]], start=1):
        match segment[0]:
            case "BIA":
                as_of = _instant(at(segment, 4), at(segment, 5)) or as_of
            case "N1" if at(segment, 1) in ("WH", "SF") and not node:
                node = at(segment, 4)
            case "LIN":
                if line and best == len(_QUANTITIES):
                    message = "LIN without a quantity we read; nothing was counted"
                    issue = fault(line, line_position, 0, "", message, severity=Severity.NOTE)
                    issues.append(issue)
                line, line_position, best = segment, position, len(_QUANTITIES)
            case "QTY" if at(segment, 1) in _QUANTITIES and line:
                rank = _QUANTITIES.index(at(segment, 1))
                units = number(at(segment, 2))
                if units is None:
                    issues.append(fault(segment, position, 2, "6", "QTY02 must be a quantity"))
                elif rank < best:
                    if best < len(_QUANTITIES):
                        counts.pop()
                    best = rank
                    unit = at(segment, 3).split(delimiters.component or None)
                    start = 1 if len(line) % 2 else 2  # some leave LIN01 out altogether
                    counts.append(
                        StockCount(
                            items=pairs(line, start),
                            quantity=units,
                            unit=unit[0] if unit else "",
                        )
                    )
    return StockReport(node=node, as_of=as_of, counts=tuple(counts)), issues


def _instant(day_text: str, time_text: str) -> datetime | None:
    """Return BIA04 and BIA05 as an instant; a count of a day is one of its end only if told."""
    on = day(day_text)
    if on is None or len(time_text) < 4 or not time_text.isdecimal():
        return None
    hour, minute = int(time_text[:2]), int(time_text[2:4])
    if hour > 23 or minute > 59:
        return None
    return datetime(on.year, on.month, on.day, hour, minute, tzinfo=UTC)
