"""944 Warehouse Stock Transfer Receipt Advice: what arrived, as a `ReceiptAdvice`.

Whether W0701 counts all that arrived or the good units only differs by warehouse; that is decided
by its mapping, not here. Source: X12 004010 and 005010 944, and 3PL guides.
"""

from dataclasses import dataclass, field
from decimal import Decimal

from oms_edi.domain.issue import Issue
from oms_edi.domain.stock_documents import Condition, ReceiptAdvice, ReceivedLine
from oms_edi.transactions.elements import at, day, fault, number, refusal
from oms_edi.x12.envelope import Delimiters, Segment

#: Where W07 may hold an item id: qualifier and value.
_ITEM_PLACES = ((4, 5), (6, 7), (10, 11))


@dataclass(slots=True)
class _Reader:
    issues: list[Issue] = field(default_factory=list)
    w17: Segment = field(default_factory=list)
    po_number: str = ""
    node: str = ""
    total: Decimal | None = None
    lines: list[ReceivedLine] = field(default_factory=list)
    in_detail: bool = False


def read(
    segments: list[Segment], *, delimiters: Delimiters, version: str
) -> tuple[ReceiptAdvice | None, list[Issue]]:
    """Read a set; a line that cannot be read refuses it, or stock would be booked in part."""
    reader = _Reader()
    for position, segment in enumerate(segments, start=1):
        _take(reader, segment, position)
    w17 = reader.w17
    if not at(w17, 3):
        message = "W1703 is missing: a receipt without its number cannot be told from a resend"
        reader.issues.append(refusal(message, segment="W17", position=2, code="3"))
    if not reader.lines:
        reader.issues.append(refusal("no W07: nothing was received", segment="W07"))
    advice = ReceiptAdvice(
        kind=at(w17, 1),
        number=at(w17, 3),
        received_on=day(at(w17, 2)),
        reference=at(w17, 4),
        shipment=at(w17, 5),
        po_number=reader.po_number,
        node=reader.node,
        lines=tuple(reader.lines),
        total=reader.total,
    )
    return advice, reader.issues


def _take(reader: _Reader, segment: Segment, position: int) -> None:
    match segment[0]:
        case "W17":
            reader.w17 = segment
        case "N1" if at(segment, 1) in ("WH", "ST", "SF") and at(segment, 4):
            if at(segment, 1) == "WH" or not reader.node:
                reader.node = at(segment, 4)
        case "N9" if at(segment, 1) == "PO" and not reader.in_detail:
            reader.po_number = at(segment, 2)
        case "W07":
            reader.in_detail = True
            _line(reader, segment, position)
        case "W13" if reader.lines:
            _condition(reader, segment, position)
        case "W14":
            reader.total = number(at(segment, 1))


def _line(reader: _Reader, segment: Segment, position: int) -> None:
    units = number(at(segment, 1))
    if units is None:
        issue = refusal("W0701 must be a quantity", segment="W07", position=position, code="8")
        reader.issues.append(issue)
        return
    items = [(at(segment, q), at(segment, v)) for q, v in _ITEM_PLACES]
    items.append(("UP", at(segment, 3)))
    reader.lines.append(
        ReceivedLine(
            items=tuple((q, v) for q, v in items if v),
            quantity=-abs(units) if at(segment, 9) == "2" else units,
            unit=at(segment, 2),
            lot=at(segment, 8),
        )
    )


def _condition(reader: _Reader, segment: Segment, position: int) -> None:
    units = number(at(segment, 1))
    if units is None or units < 0:
        reader.issues.append(fault(segment, position, 1, "6", "W1301 must be a quantity"))
        return
    line = reader.lines.pop()
    told = Condition(at(segment, 3), units, at(segment, 2))
    reader.lines.append(
        ReceivedLine(
            items=line.items,
            quantity=line.quantity,
            unit=line.unit,
            lot=line.lot,
            conditions=(*line.conditions, told),
        )
    )
