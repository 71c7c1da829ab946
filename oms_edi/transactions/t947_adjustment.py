"""947 Warehouse Inventory Adjustment Advice: what changed in a warehouse, as `AdjustmentAdvice`.

What a reason means for stock is `oms_edi.domain.adjustment`. Source: X12 004010 and 005010 947.
"""

from decimal import Decimal

from oms_edi.domain.issue import Issue
from oms_edi.domain.stock_documents import AdjustedLine, AdjustmentAdvice
from oms_edi.transactions.elements import at, day, number, refusal
from oms_edi.x12.envelope import Delimiters, Segment

#: Where W19 may hold an item id: qualifier and value.
_ITEM_PLACES = ((5, 6), (7, 8), (17, 18))


def read(
    segments: list[Segment], *, delimiters: Delimiters, version: str
) -> tuple[AdjustmentAdvice | None, list[Issue]]:
    """Read a set; a line that cannot be read refuses it, or stock would be booked in part."""
    issues: list[Issue] = []
    lines: list[AdjustedLine] = []
    w15: Segment = []
    node = ""
    for position, segment in enumerate(segments, start=1):
        match segment[0]:
            case "W15":
                w15 = segment
            case "N1" if at(segment, 1) in ("WH", "SF") and at(segment, 4) and not lines:
                node = node or at(segment, 4)
            case "W19":
                units = number(at(segment, 2))
                if units is None:
                    message = "W1902 must be a quantity"
                    issues.append(refusal(message, segment="W19", position=position, code="8"))
                else:
                    lines.append(_line(segment, units))
    if not lines:
        issues.append(refusal("no W19: nothing was adjusted", segment="W19"))
    advice = AdjustmentAdvice(
        number=at(w15, 2) or at(w15, 3),
        adjusted_on=day(at(w15, 1)),
        purpose=at(w15, 4) or "00",
        node=node,
        lines=tuple(lines),
    )
    return advice, issues


def _line(segment: Segment, units: Decimal) -> AdjustedLine:
    items = [(at(segment, q), at(segment, v)) for q, v in _ITEM_PLACES]
    items.append(("UP", at(segment, 4)))
    return AdjustedLine(
        reason=at(segment, 1),
        quantity=units,
        unit=at(segment, 3),
        items=tuple((q, v) for q, v in items if v),
        inventory=at(segment, 16),
        lot=at(segment, 9),
    )
