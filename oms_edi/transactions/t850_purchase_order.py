"""850 Purchase Order: segments to an `OrderMessage`; and what we buy of a supplier, as segments.

What it shares with the 860 is read by `order_parts`. Source: X12 004010 and 005010 850, and what
retailers send.
"""

from decimal import Decimal

from oms_edi.domain.documents import PurchaseLine, PurchaseOrder
from oms_edi.domain.issue import Issue, Severity
from oms_edi.domain.message import OrderMessage, Purpose
from oms_edi.domain.quantity import MAX_QUANTITY
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
from oms_edi.transactions.order_elements import order_number, price_of_one, write_pairs
from oms_edi.transactions.order_parts import (
    HANDLERS,
    LineParts,
    OrderParts,
    line_message,
    read_parts,
)
from oms_edi.transactions.parties import write_party
from oms_edi.x12.envelope import Delimiters, Segment
from oms_edi.x12.write import OutSegment, fold

#: MSG01; the text of an MTX is as long here.
_NOTE_CHARS = 264
#: PO1 holds ten item pairs; a supplier needs its own, ours, and a GTIN.
_MAX_PAIRS = 3

#: BEG01. A 06 or 07 repeats an order; the book finds out whether we have it.
_PURPOSES = {
    "00": Purpose.ORIGINAL,
    "06": Purpose.ORIGINAL,
    "07": Purpose.ORIGINAL,
    "01": Purpose.CANCEL,
    "03": Purpose.CANCEL,
    "04": Purpose.CHANGE,
    "05": Purpose.REPLACE,
}


def _beg(reader: OrderParts, segment: Segment) -> None:
    reader.head = segment


def _po1(reader: OrderParts, segment: Segment) -> None:
    reader.party = None
    reader.line = None
    reader.lines_seen += 1
    quantity = number(at(segment, 2))
    reader.in_bad_line = quantity is None or not 0 < quantity <= MAX_QUANTITY
    if quantity is None or reader.in_bad_line:
        message = "PO102 must be a quantity above 0; the line was left out"
        reader.issues.append(fault(segment, reader.position, 2, "6", message))
        return
    price_text = at(segment, 4)
    price = number(price_text)
    if price_text and (price is None or price < 0):
        message = "PO104 is no price; it was ignored"
        reader.issues.append(fault(segment, reader.position, 4, "6", message))
        price = None
    unit, basis = at(segment, 3).upper(), at(segment, 5)
    reader.line = LineParts(
        segment=segment,
        position=reader.position,
        buyer_line=at(segment, 1),
        quantity=quantity,
        unit=unit,
        unit_price=price_of_one(price, basis, unit),
        price_basis=basis,
        items=pairs(segment, 6),
    )
    reader.lines.append(reader.line)


_HANDLERS = {**HANDLERS, "BEG": _beg, "PO1": _po1}


def read(
    segments: list[Segment], *, delimiters: Delimiters, version: str
) -> tuple[OrderMessage | None, list[Issue]]:
    """Read a set; None with a REJECT issue where it makes no order.

    Does not check the guide: that is `x12.validate`. All releases are read alike.
    """
    reader = read_parts(OrderParts(), segments, _HANDLERS)
    return _message(reader), reader.issues


def _message(reader: OrderParts) -> OrderMessage | None:
    beg = reader.head
    purpose = _PURPOSES.get(at(beg, 1))
    if not beg:
        reader.issues.append(refusal("BEG is missing: this is no order", segment="BEG", position=2))
        return None
    if purpose is None:
        message = "BEG01 must be 00 original, 01 or 03 cancel, 04 change, 05 replace, 06 or 07"
        reader.issues.append(fault(beg, 2, 1, "7", message, severity=Severity.REJECT))
        return None
    po_number = order_number(beg, reader.issues)
    if not po_number:
        return None
    if not reader.lines and purpose is not Purpose.CANCEL:
        text = "no order line can be read" if reader.lines_seen else "PO1 is missing: no lines"
        reader.issues.append(refusal(text))
        return None
    ordered_on = day(at(beg, 5))
    if at(beg, 5) and ordered_on is None:
        message = "BEG05 is no date; it was ignored"
        reader.issues.append(fault(beg, 2, 5, "8", message))
    return OrderMessage(
        purpose=purpose,
        po_number=po_number,
        release_number=at(beg, 4),
        order_type=at(beg, 2) or "SA",
        ordered_on=ordered_on,
        currency=reader.currency,
        parties=tuple(parts.party() for parts in reader.parties),
        ship_on=reader.dates.get("ship_on"),
        not_before=reader.dates.get("not_before"),
        not_after=reader.dates.get("not_after"),
        deliver_by=reader.dates.get("deliver_by"),
        cancel_after=reader.dates.get("cancel_after"),
        references=tuple(reader.references),
        routing=reader.routing,
        notes=tuple(reader.notes),
        kept=tuple(reader.kept),
        lines=tuple(line_message(line, reader) for line in reader.lines),
    )


def write(value: PurchaseOrder, *, version: str) -> list[OutSegment]:
    """Return the body between ST and SE; notes are MSG before 005010, MTX since."""
    body: list[OutSegment] = [
        ("BEG", "00", value.order_type, value.po_number, "", write_day(value.ordered_on))
    ]
    references = [(q, fold(text)[:30]) for q, text in value.references if 2 <= len(q) <= 3]
    body += [("REF", q, text) for q, text in references if text]
    for qualifier, on in (
        ("010", value.ship_on),
        ("002", value.deliver_by),
        ("001", value.cancel_after),
    ):
        if on is not None:
            body.append(("DTM", qualifier, write_day(on)))
    carrier = fit(fold(value.carrier_name), 35)
    if value.scac or carrier:
        named = ("2", value.scac) if value.scac else ("", "")
        body.append(("TD5", "B" if value.scac else "", *named, "", carrier))
    texts = [text for note in value.notes if (text := fold(note))]
    if texts:
        body.append(("N9", "L1", "NOTES"))
        for text in texts:
            part = fit(text, _NOTE_CHARS)
            body.append(("MSG", part) if version < "005010" else ("MTX", "", part))
    body += [row for row in write_party(value.buyer, "BY") if row[0] == "N1"]
    body += [row for row in write_party(value.supplier, "VN") if row[0] == "N1"]
    body += write_party(value.ship_to, "ST")
    for line in value.lines:
        body += _write_line(line)
    total = sum((line.quantity for line in value.lines), Decimal(0))
    body.append(("CTT", str(len(value.lines)), write_number(total)))
    return body


def _write_line(line: PurchaseLine) -> list[OutSegment]:
    ids = write_pairs(line.items, _MAX_PAIRS)
    cost = write_number(line.cost)
    rows: list[OutSegment] = [
        ("PO1", str(line.number), write_number(line.quantity), line.unit, cost, "", *ids)
    ]
    description = fit(fold(line.description), 80)
    if description:
        rows.append(("PID", "F", "", "", "", description))
    return rows
