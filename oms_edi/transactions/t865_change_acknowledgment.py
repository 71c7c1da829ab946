"""865 Purchase Order Change Acknowledgment: our answer to a change, as segments.

Source: X12 004010 and 005010 865; one POC with one ACK for each part of the line. A line of which
no quantity was told is written without one.
"""

from decimal import Decimal

from oms_edi.domain.documents import ChangeAnswer, ChangedLine
from oms_edi.transactions.elements import write_day, write_number
from oms_edi.transactions.order_elements import line_number, unit_code, write_pairs, write_price
from oms_edi.transactions.parties import write_party
from oms_edi.x12.write import fold

#: POC holds ten item pairs.
_MAX_PAIRS = 10
#: Of BCA05.
_SEQUENCE_CHARS = 8


def write(value: ChangeAnswer, *, version: str) -> list[tuple[str, ...]]:
    """Return the body between ST and SE; the same in both releases."""
    body: list[tuple[str, ...]] = [
        (
            "BCA",
            value.purpose,
            value.kind,
            value.po_number,
            value.release_number,
            value.sequence[:_SEQUENCE_CHARS],
            write_day(value.ordered_on),
            "",
            "",
            value.order_id,
            write_day(value.answered_on),
            write_day(value.changed_on) if value.changed_on else "",
        )
    ]
    body += [("REF", qualifier, fold(text)[:30]) for qualifier, text in value.references]
    body += [("DTM", qualifier, write_day(on)) for qualifier, on in value.dates]
    if value.ship_to is not None:
        body += write_party(value.ship_to, "ST")
    for line in value.lines:
        body += _line(line)
    if value.lines:
        total = sum((line.quantity or Decimal(0) for line in value.lines), Decimal(0))
        body.append(("CTT", str(len(value.lines)), write_number(total)))
    return body


def _line(line: ChangedLine) -> list[tuple[str, ...]]:
    unit = unit_code(line.unit)
    quantity = "" if line.quantity is None else write_number(line.quantity)
    counted = (quantity, quantity, unit) if quantity else ("", "", "")
    rows: list[tuple[str, ...]] = [
        (
            "POC",
            line_number(line.buyer_line),
            line.code,
            *counted,
            *write_price(line.unit_price, line.price_basis, line.unit),
            *write_pairs(line.items, _MAX_PAIRS),
        )
    ]
    for answer in line.answers:
        date = (answer.date_qualifier, write_day(answer.on)) if answer.on else ()
        rows.append(("ACK", answer.status, write_number(answer.quantity), unit, *date))
    return rows
