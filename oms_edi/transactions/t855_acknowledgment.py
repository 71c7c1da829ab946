"""855 Purchase Order Acknowledgment: our answer to an order, as segments; a supplier's, read.

Source: X12 004010 and 005010 855; one PO1 with one ACK for each part of the line.
"""

from decimal import Decimal

from oms_edi.domain.documents import (
    AcknowledgedLine,
    Acknowledgment,
    LineAnswer,
    SupplierAnswer,
)
from oms_edi.domain.issue import Issue
from oms_edi.transactions.elements import (
    at,
    day,
    fault,
    number,
    pairs,
    refusal,
    write_day,
    write_number,
)
from oms_edi.transactions.order_elements import (
    line_number,
    price_of_one,
    unit_code,
    write_pairs,
    write_price,
)
from oms_edi.transactions.parties import write_party
from oms_edi.x12.envelope import Delimiters, Segment
from oms_edi.x12.write import fold

#: PO1 holds ten item pairs.
_MAX_PAIRS = 10


def write(value: Acknowledgment, *, version: str) -> list[tuple[str, ...]]:
    """Return the body between ST and SE; the same in both releases."""
    ordered = write_day(value.ordered_on)
    body: list[tuple[str, ...]] = [
        (
            "BAK",
            value.purpose,
            value.kind,
            value.po_number,
            ordered,
            value.release_number,
            "",
            "",
            value.order_id,
            write_day(value.acknowledged_on),
        )
    ]
    body += [("REF", qualifier, fold(text)[:30]) for qualifier, text in value.references]
    if value.ship_to is not None:
        body += write_party(value.ship_to, "ST")
    for line in value.lines:
        body += _line(line)
    total = sum((line.quantity for line in value.lines), Decimal(0))
    body.append(("CTT", str(len(value.lines)), write_number(total)))
    return body


def _line(line: AcknowledgedLine) -> list[tuple[str, ...]]:
    unit = unit_code(line.unit)
    first: tuple[str, ...] = (
        "PO1",
        line_number(line.buyer_line),
        write_number(line.quantity),
        unit,
        *write_price(line.unit_price, line.price_basis, line.unit),
        *write_pairs(line.items, _MAX_PAIRS),
    )
    rows = [first]
    for answer in line.answers:
        date = (answer.date_qualifier, write_day(answer.on)) if answer.on else ()
        rows.append(("ACK", answer.status, write_number(answer.quantity), unit, *date))
    return rows


def read(
    segments: list[Segment], *, delimiters: Delimiters, version: str
) -> tuple[SupplierAnswer | None, list[Issue]]:
    """Read a set; None with a REJECT issue where it names no order."""
    bak = next((segment for segment in segments if segment[0] == "BAK"), [])
    if not at(bak, 3):
        message = "BAK03 is missing: it answers no order"
        return None, [refusal(message, segment="BAK", position=2, code="3" if not bak else "8")]
    issues: list[Issue] = []
    lines: list[AcknowledgedLine] = []
    for position, segment in enumerate(segments, start=1):
        if segment[0] == "PO1":
            lines.append(_read_line(segment))
        elif segment[0] == "ACK" and lines:
            answer, problem = _read_answer(segment, position, lines[-1])
            issues += problem
            if answer is not None:
                lines[-1] = lines[-1]._replace(answers=(*lines[-1].answers, answer))
    return (
        SupplierAnswer(
            kind=at(bak, 2), po_number=at(bak, 3), their_order=at(bak, 8), lines=tuple(lines)
        ),
        issues,
    )


def _read_line(segment: Segment) -> AcknowledgedLine:
    unit, basis = at(segment, 3), at(segment, 5)
    return AcknowledgedLine(
        buyer_line=at(segment, 1),
        quantity=number(at(segment, 2)) or Decimal(0),
        unit=unit,
        unit_price=price_of_one(number(at(segment, 4)), basis, unit),
        price_basis=basis,
        items=pairs(segment, 6),
        answers=(),
    )


def _read_answer(
    segment: Segment, position: int, line: AcknowledgedLine
) -> tuple[LineAnswer | None, list[Issue]]:
    """Return an ACK; one without a quantity is about all of its line."""
    text = at(segment, 2)
    quantity = number(text) if text else line.quantity
    if quantity is None or quantity < 0:
        message = "ACK02 must be a quantity; the answer was left out"
        return None, [fault(segment, position, 2, "6", message)]
    if at(segment, 3) and line.unit and at(segment, 3) != line.unit:
        message = "ACK03 must be the unit of its PO1; the answer was left out"
        return None, [fault(segment, position, 3, "7", message)]
    on = day(at(segment, 5))
    problem = []
    if at(segment, 5) and on is None:
        problem.append(fault(segment, position, 5, "8", "ACK05 is no date; it was ignored"))
    return LineAnswer(at(segment, 1), quantity, on, at(segment, 4)), problem
