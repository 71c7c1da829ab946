"""870 Order Status Report: how one order stands, as an order level with an item level a line.

Each part of a line is an ISR with its quantity; what left has its carrier and tracking numbers.
Source: X12 004010 and 005010 870. An order has at most 999 lines in a set: `split` cuts longer
ones.
"""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from oms_edi.domain.issue import Issue
from oms_edi.domain.order_status import OrderStatus, StatusLine, StatusPart, StatusReport
from oms_edi.transactions.elements import (
    at,
    day,
    fault,
    fit,
    number,
    pairs,
    refusal,
    write_day,
    write_number,
)
from oms_edi.transactions.order_elements import carrier_code, line_number, unit_code, write_pairs
from oms_edi.x12.envelope import Delimiters, Segment
from oms_edi.x12.write import OutSegment, fold

#: The HL loop comes at most 1,000 times.
_MAX_LINES = 999
#: PO1 holds ten item pairs; an ISR has at most twelve REF.
_MAX_PAIRS = 10
_MAX_TRACKING = 12


def split(report: StatusReport) -> Iterator[StatusReport]:
    """Yield a report as parts that fit into a set each."""
    lines = report.status.lines
    for start in range(0, max(1, len(lines)), _MAX_LINES):
        some = lines[start : start + _MAX_LINES]
        yield replace(report, status=report.status._replace(lines=some))


def write(value: StatusReport, *, version: str) -> list[OutSegment]:
    """Return the body between ST and SE; the same in both releases."""
    status = value.status
    body: list[OutSegment] = [
        (
            "BSR",
            value.kind,
            value.scope,
            fold(value.number)[:30],
            write_day(value.at.date()),
            "",
            "",
            f"{value.at:%H%M}",
        ),
        ("HL", "1", "", "O", "1" if status.lines else "0"),
        *_order(status),
    ]
    for level, line in enumerate(status.lines, start=2):
        body.append(("HL", str(level), "1", "I", "0"))
        body += _line(line)
    body.append(("CTT", str(len(status.lines) + 1)))
    return body


def _order(status: OrderStatus) -> Iterator[OutSegment]:
    ordered = write_day(status.ordered_on) if status.ordered_on else ""
    if status.po_number:
        yield ("PRF", status.po_number, status.release_number, "", ordered)
    yield ("ISR", status.code)
    yield ("PID", "F", "", "", "", status.word)
    if status.order:
        yield ("REF", "VN", status.order)


def _line(line: StatusLine) -> Iterator[OutSegment]:
    items, unit = write_pairs(line.items, _MAX_PAIRS), unit_code(line.unit)
    yield ("PO1", line_number(line.buyer_line), write_number(line.quantity), unit, "", "", *items)
    for part in line.parts:
        yield ("ISR", part.code, write_day(part.on) if part.on else "")
        yield ("PID", "F", "", "", "", part.word)
        yield ("QTY", "01", write_number(part.quantity), unit)
        if part.arrives:
            yield ("DTM", "017", write_day(part.arrives))
        carrier, code = fit(fold(part.carrier), 35), carrier_code(part.scac)
        if carrier or code:
            yield ("TD5", "B", *(("2", code) if code else ("", "")), "", carrier)
        for tracking in part.tracking[:_MAX_TRACKING]:
            yield ("REF", "CN", fold(tracking)[:30])


def read(
    segments: list[Segment], *, delimiters: Delimiters, version: str
) -> tuple[OrderStatus | None, list[Issue]]:
    """Read the order of a set; descriptions of items are not told in an 870."""
    issues: list[Issue] = []
    status: OrderStatus | None = None
    lines: list[StatusLine] = []
    parts: list[StatusPart] = []
    code = word = ""

    for position, segment in enumerate(segments, start=1):
        match segment[0]:
            case "HL" if at(segment, 3) == "O":
                if status is not None:
                    return None, [refusal("one order a set is read", segment="HL")]
                status = OrderStatus("", "", None, "", "", "", ())
            case "PRF" if status is not None:
                status = status._replace(
                    po_number=at(segment, 1),
                    release_number=at(segment, 2),
                    ordered_on=day(at(segment, 4)),
                )
            case "PO1":
                quantity = number(at(segment, 2))
                if quantity is None:
                    issues.append(fault(segment, position, 2, "6", "PO102 must be a quantity"))
                parts = []
                lines.append(
                    StatusLine(
                        buyer_line=at(segment, 1),
                        items=pairs(segment, 6),
                        description="",
                        quantity=quantity or Decimal(0),
                        unit=at(segment, 3),
                        parts=(),
                    )
                )
            case "ISR" if lines:
                parts.append(StatusPart(at(segment, 1), "", Decimal(0), on=day(at(segment, 2))))
                lines[-1] = lines[-1]._replace(parts=tuple(parts))
            case "ISR":
                code = at(segment, 1)
            case "PID" if not lines:
                word = at(segment, 5)
            case "REF" if not lines and at(segment, 1) == "VN" and status is not None:
                status = status._replace(order=at(segment, 2))
            case _ if parts:
                parts[-1] = _told(parts[-1], segment)
                lines[-1] = lines[-1]._replace(parts=tuple(parts))
    if status is None:
        return None, [*issues, refusal("an 870 must have an order level (HL03 O)", segment="HL")]
    return status._replace(code=code, word=word, lines=tuple(lines)), issues


def _told(part: StatusPart, segment: Segment) -> StatusPart:
    """Return a part with what a segment below its ISR says."""
    match segment[0]:
        case "PID":
            return part._replace(word=at(segment, 5))
        case "QTY":
            return part._replace(quantity=number(at(segment, 2)) or Decimal(0))
        case "DTM" if at(segment, 1) == "017":
            return part._replace(arrives=day(at(segment, 2)))
        case "TD5":
            return part._replace(scac=at(segment, 3), carrier=at(segment, 5))
        case "REF" if at(segment, 1) == "CN":
            return part._replace(tracking=(*part.tracking, at(segment, 2)))
    return part
