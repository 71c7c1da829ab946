"""943 Warehouse Stock Transfer Shipment Advice: goods on their way to a node, as `TransferAdvice`.

Source: X12 004010 and 005010 943.
"""

from datetime import date

from oms_edi.domain.issue import Issue
from oms_edi.domain.stock_documents import TransferAdvice, TransferLine
from oms_edi.transactions.elements import at, day, number, refusal
from oms_edi.x12.envelope import Delimiters, Segment

#: G62 qualifiers of the day it arrives, best first: estimated, scheduled, requested.
_ARRIVES = ("17", "70", "02", "68")
#: Where W04 may hold an item id: qualifier and value.
_ITEM_PLACES = ((4, 5), (6, 7), (14, 15))


def read(
    segments: list[Segment], *, delimiters: Delimiters, version: str
) -> tuple[TransferAdvice | None, list[Issue]]:
    """Read a set; None with a REJECT issue where no 944 could ever be matched to it."""
    issues: list[Issue] = []
    lines: list[TransferLine] = []
    w06: Segment = []
    days: dict[str, date | None] = {}
    nodes: dict[str, str] = {}
    for position, segment in enumerate(segments, start=1):
        match segment[0]:
            case "W06":
                w06 = segment
            case "N1" if at(segment, 4):
                nodes.setdefault(at(segment, 1), at(segment, 4))
            case "G62":
                days.setdefault(at(segment, 1), day(at(segment, 2)))
            case "W04":
                units = number(at(segment, 1))
                if units is None or units < 0:
                    message = "W0401 must be a quantity, 0 or more"
                    issues.append(refusal(message, segment="W04", position=position, code="8"))
                    continue
                items = [(at(segment, q), at(segment, v)) for q, v in _ITEM_PLACES]
                items.append(("UP", at(segment, 3)))
                lines.append(
                    TransferLine(
                        items=tuple((q, v) for q, v in items if v),
                        quantity=units,
                        unit=at(segment, 2),
                        hold=at(segment, 13),
                    )
                )
    if not (at(w06, 2) or at(w06, 4) or at(w06, 6)):
        message = "W0602, W0604 and W0606 are all empty: no 944 could be matched to it"
        issues.append(refusal(message, segment="W06", position=2, code="8"))
        return None, issues
    advice = TransferAdvice(
        reference=at(w06, 2) or at(w06, 6) or at(w06, 4),
        shipment=at(w06, 4),
        po_number=at(w06, 6),
        shipped_on=day(at(w06, 3)),
        due_on=next((days[code] for code in _ARRIVES if days.get(code)), None),
        node=nodes.get("ST") or nodes.get("WH") or "",
        lines=tuple(lines),
    )
    return advice, issues
