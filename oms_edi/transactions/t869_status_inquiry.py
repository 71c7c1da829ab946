"""869 Order Status Inquiry: which orders, or lines of them, somebody asks for.

Source: X12 004010 and 005010 869. An order level names a PO (PRF); item levels below it name lines
(LIN) by number or item id. BSI04 and BSI05 say whether products (LIN), dates (DTM) and stores (N1)
narrow what is asked for. Places of ours are no matter of a customer and not read.
"""

from collections.abc import Iterator
from datetime import date

from oms_edi.domain.issue import Issue, Severity
from oms_edi.domain.order_status import AskedDays, AskedLine, AskedOrder, StatusInquiry
from oms_edi.transactions.elements import at, day, fault, pairs, refusal
from oms_edi.x12.envelope import Delimiters, Segment

#: BSI03 we answer, element 847.
_SCOPES = frozenset(("CA", "CI", "CO", "AO", "PA", "PI", "PO", "PP"))
#: Those about all orders.
_ALL = frozenset(("CA", "CI", "CO", "AO"))
#: BSI07 of an inquiry that is withdrawn.
_CANCELLED = "01"
#: BSI04, element 848: what selects products, and what dates.
_BY_PRODUCT, _BY_DATE = frozenset(("SP", "PD")), frozenset(("SD", "PD"))
#: BSI05, element 849, that selects places of the buyer.
_BY_STORE = frozenset(("SL", "SS"))
#: N101 of a place of the buyer.
_STORES = frozenset(("ST", "BY", "BS"))
#: What a day is of, by its qualifier (element 374).
_OF = {
    "004": "ordered",
    **dict.fromkeys(("010", "011", "037", "038", "068", "079"), "ships"),
    **dict.fromkeys(("002", "017", "035", "063", "064", "067", "069", "074"), "arrives"),
}
_PERIOD = "RD8"


def read(
    segments: list[Segment], *, delimiters: Delimiters, version: str
) -> tuple[StatusInquiry | None, list[Issue]]:
    """Read a set as an inquiry."""
    issues: list[Issue] = []
    start: Segment = []
    found: list[AskedOrder] = []
    loose: list[AskedLine] = []
    for position, segment in enumerate(segments, start=1):
        match segment[0]:
            case "BSI":
                start = segment
                if at(segment, 3) not in _SCOPES:
                    message = "BSI03 is no scope we know; answered as PA"
                    issues.append(fault(segment, position, 3, "7", message))
            case "PRF":
                found.append(AskedOrder(at(segment, 1), at(segment, 2)))
            case "LIN":
                line = AskedLine(*_line(segment))
                loose.append(line)
                if found:
                    found[-1] = found[-1]._replace(lines=(*found[-1].lines, line))
    if not start:
        return None, [*issues, refusal("an 869 must begin with BSI", segment="BSI")]
    if at(start, 7) == _CANCELLED:
        return None, [*issues, refusal("an inquiry cannot be withdrawn: it was answered")]
    scope = at(start, 3) if at(start, 3) in _SCOPES else "PA"
    by_line = scope == "PP" or at(start, 4) in _BY_PRODUCT
    inquiry = StatusInquiry(
        reference=at(start, 1),
        scope=scope,
        orders=tuple(one if by_line else one._replace(lines=()) for one in found),
        lines=tuple(loose) if by_line and scope in _ALL else (),
        days=tuple(_days(segments)) if at(start, 4) in _BY_DATE else (),
        stores=tuple(_stores(segments)) if at(start, 5) in _BY_STORE else (),
    )
    if not found and not inquiry.is_of_all:
        message = f"BSI03 {scope} asks for selected orders, but no PRF names one"
        return None, [*issues, refusal(message, segment="PRF")]
    return inquiry, [*issues, *_unread(start, inquiry, has_lines=bool(loose))]


def _line(segment: Segment) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return the line number and item ids of a LIN; some leave LIN01 out altogether."""
    if len(segment) % 2:
        return "", pairs(segment, 1)
    return at(segment, 1), pairs(segment, 2)


def _days(segments: list[Segment]) -> Iterator[AskedDays]:
    """Yield the days of levels; a DTM below a REF is the reference's."""
    owner = ""
    for segment in segments:
        if segment[0] in ("HL", "REF"):
            owner = segment[0]
        if segment[0] == "DTM" and owner == "HL" and at(segment, 1) in _OF:
            first, last = _period(segment)
            if first and last:
                yield AskedDays(_OF[at(segment, 1)], first, last)


def _period(segment: Segment) -> tuple[date | None, date | None]:
    """Return the first and the last day a DTM names."""
    if at(segment, 5) == _PERIOD:
        first, _, last = at(segment, 6).partition("-")
        return day(first), day(last)
    return day(at(segment, 2)), day(at(segment, 2))


def _stores(segments: list[Segment]) -> Iterator[str]:
    for segment in segments:
        if segment[0] == "N1" and at(segment, 1) in _STORES and at(segment, 4):
            yield at(segment, 4)


def _unread(start: Segment, inquiry: StatusInquiry, *, has_lines: bool) -> Iterator[Issue]:
    """Say where more is answered than was asked: what narrows it is missing, or not read."""
    by, where = at(start, 4), at(start, 5)
    if by in _BY_PRODUCT and not has_lines:
        yield _more(start, 4, "selects products, but no LIN names one")
    if by in _BY_DATE and not inquiry.days:
        yield _more(start, 4, "selects dates, but no DTM names one of orders, shipping or arrival")
    if where in _BY_STORE and not inquiry.stores:
        yield _more(start, 5, "selects places of the buyer, but no N1 ST or BY has a code")
    if where in ("SB", "SS"):
        yield _more(start, 5, "selects places of the supplier, which is not read")


def _more(start: Segment, element: int, message: str) -> Issue:
    text = f"BSI{element:02d} {message}; more is answered than was asked"
    return fault(start, 2, element, "7", text, severity=Severity.NOTE)
