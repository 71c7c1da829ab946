"""855 Purchase Order Acknowledgment: our answer to an order, as segments.

Source: X12 004010 and 005010 855; one PO1 with one ACK for each part of the line.
"""

from decimal import Decimal

from oms_edi.domain.documents import AcknowledgedLine, Acknowledgment
from oms_edi.transactions.elements import write_day, write_number
from oms_edi.transactions.parties import write_party
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
    price = "" if line.unit_price is None else write_number(line.unit_price)
    items = [part for pair in line.items[:_MAX_PAIRS] for part in pair]
    first: tuple[str, ...] = (
        "PO1",
        line.buyer_line,
        write_number(line.quantity),
        line.unit,
        price,
        line.price_basis if price else "",
        *items,
    )
    rows = [first]
    for answer in line.answers:
        date = (answer.date_qualifier, write_day(answer.on)) if answer.on else ()
        rows.append(("ACK", answer.status, write_number(answer.quantity), line.unit, *date))
    return rows
