"""869 Order Status Inquiry: which orders, or lines of them, somebody asks for.

Source: X12 004010 and 005010 869. An order level names a PO (PRF); item levels below it name lines
(LIN) by number or item id. Dates and locations that narrow it are not read: more is answered than
was asked.
"""

from oms_edi.domain.issue import Issue
from oms_edi.domain.order_status import AskedLine, AskedOrder, StatusInquiry
from oms_edi.transactions.elements import at, fault, pairs, refusal
from oms_edi.x12.envelope import Delimiters, Segment

#: BSI03 we answer, element 847.
_SCOPES = frozenset(("CA", "CI", "CO", "AO", "PA", "PI", "PO", "PP"))
#: BSI07 of an inquiry that is withdrawn.
_CANCELLED = "01"


def read(
    segments: list[Segment], *, delimiters: Delimiters, version: str
) -> tuple[StatusInquiry | None, list[Issue]]:
    """Read a set as an inquiry."""
    issues: list[Issue] = []
    start: Segment = []
    found: list[AskedOrder] = []
    for position, segment in enumerate(segments, start=1):
        match segment[0]:
            case "BSI":
                start = segment
                if at(segment, 3) not in _SCOPES:
                    message = "BSI03 is no scope we know; answered as PA"
                    issues.append(fault(segment, position, 3, "7", message))
            case "PRF":
                found.append(AskedOrder(at(segment, 1), at(segment, 2)))
            case "LIN" if found:
                line = AskedLine(*_line(segment))
                found[-1] = found[-1]._replace(lines=(*found[-1].lines, line))
    if not start:
        return None, [*issues, refusal("an 869 must begin with BSI", segment="BSI")]
    if at(start, 7) == _CANCELLED:
        return None, [*issues, refusal("an inquiry cannot be withdrawn: it was answered")]
    scope = at(start, 3)
    inquiry = StatusInquiry(
        reference=at(start, 1),
        scope=scope if scope in _SCOPES else "PA",
        orders=tuple(found),
    )
    if not found and not inquiry.is_of_all:
        message = f"BSI03 {scope} asks for selected orders, but no PRF names one"
        return None, [*issues, refusal(message, segment="PRF")]
    return inquiry, issues


def _line(segment: Segment) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return the line number and item ids of a LIN; some leave LIN01 out altogether."""
    if len(segment) % 2:
        return "", pairs(segment, 1)
    return at(segment, 1), pairs(segment, 2)
