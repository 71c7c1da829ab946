"""860 Purchase Order Change Request: segments to an `OrderChange`.

What it shares with the 850 is read by `order_parts`. What POC03 counts differs from partner to
partner and is not decided here. Source: X12 004010 and 005010 860, and what retailers send.
"""

from decimal import Decimal

from oms_edi.domain.change import ADD, ASPECTS, DELETE, LineChange, OrderChange
from oms_edi.domain.issue import Issue, Severity
from oms_edi.domain.message import Purpose
from oms_edi.domain.quantity import MAX_QUANTITY
from oms_edi.transactions.elements import at, day, fault, number, pairs, refusal
from oms_edi.transactions.order_elements import order_number, price_of_one
from oms_edi.transactions.order_parts import HANDLERS, LineParts, OrderParts, read_parts
from oms_edi.x12.envelope import Delimiters, Segment

#: BCH01.
_PURPOSES = {
    "00": Purpose.CHANGE,
    "01": Purpose.CANCEL,
    "03": Purpose.CANCEL,
    "04": Purpose.CHANGE,
    "05": Purpose.REPLACE,
}
_CODES = frozenset({ADD, *DELETE, *ASPECTS})


def _bch(reader: OrderParts, segment: Segment) -> None:
    reader.head = segment


def _poc(reader: OrderParts, segment: Segment) -> None:
    reader.party = None
    reader.lines_seen += 1
    reader.line = LineParts(
        segment=segment,
        position=reader.position,
        buyer_line=at(segment, 1),
        quantity=Decimal(0),
        unit="",
        unit_price=None,
        price_basis=at(segment, 7),
        items=pairs(segment, 8),
    )
    reader.lines.append(reader.line)


_HANDLERS = {**HANDLERS, "BCH": _bch, "POC": _poc}


def read(
    segments: list[Segment], *, delimiters: Delimiters, version: str
) -> tuple[OrderChange | None, list[Issue]]:
    """Read a set; None with a REJECT issue where nobody could say which order is meant.

    Does not check the guide: that is `x12.validate`. All releases are read alike.
    """
    reader = read_parts(OrderParts(line_segment="POC"), segments, _HANDLERS)
    return _change(reader, delimiters), reader.issues


def _change(reader: OrderParts, delimiters: Delimiters) -> OrderChange | None:
    bch = reader.head
    if not bch:
        message = "BCH is missing: this changes no order"
        reader.issues.append(refusal(message, segment="BCH", position=2))
        return None
    purpose = _PURPOSES.get(at(bch, 1))
    if purpose is None:
        message = "BCH01 must be 01 or 03 cancel, 00 or 04 change, or 05 replace"
        reader.issues.append(fault(bch, 2, 1, "7", message, severity=Severity.REJECT))
        return None
    po_number = order_number(bch, reader.issues)
    if not po_number:
        return None
    lines = tuple(_line(line, reader, delimiters) for line in reader.lines)
    place = next((parts.party() for parts in reader.parties if parts.role == "ST"), None)
    if purpose is Purpose.REPLACE and not lines:
        reader.issues.append(refusal("POC is missing: a replacement without lines"))
        return None
    if purpose is Purpose.CHANGE and not (lines or reader.dates or place):
        reader.issues.append(refusal("neither a line, a date nor a ship-to is changed"))
        return None
    return OrderChange(
        purpose=purpose,
        po_number=po_number,
        release_number=at(bch, 4),
        sequence=at(bch, 5),
        ordered_on=day(at(bch, 6)),
        changed_on=day(at(bch, 11)) or day(at(bch, 10)),
        ship_to=place,
        ship_on=reader.dates.get("ship_on"),
        not_before=reader.dates.get("not_before"),
        not_after=reader.dates.get("not_after"),
        deliver_by=reader.dates.get("deliver_by"),
        cancel_after=reader.dates.get("cancel_after"),
        references=tuple(reader.references),
        lines=lines,
    )


def _line(line: LineParts, reader: OrderParts, delimiters: Delimiters) -> LineChange:
    """Return a POC; what makes it unusable is told in the 997 and kept as its fault."""
    poc = line.segment
    faults: list[str] = []
    code = at(poc, 2)
    if code not in _CODES:
        message = f"POC02 must be one of {' '.join(sorted(_CODES))}; the line was not applied"
        reader.issues.append(fault(poc, line.position, 2, "7", message))
        faults.append(f"change code {code or 'missing'} is none we apply")
    values = []
    for place, most in ((3, MAX_QUANTITY), (4, MAX_QUANTITY), (6, None)):
        text = at(poc, place)
        value = number(text)
        if text and (value is None or value < 0 or (most is not None and value > most)):
            what = "price" if most is None else "quantity"
            message = f"POC{place:02d} is no {what}; the line was not applied"
            reader.issues.append(fault(poc, line.position, place, "6", message))
            faults.append(f"its {what} cannot be read")
            value = None
        values.append(value)
    unit = delimiters.first(at(poc, 5)).upper()
    return LineChange(
        buyer_line=line.buyer_line,
        code=code,
        quantity=values[0],
        left=values[1],
        unit=unit,
        unit_price=price_of_one(values[2], line.price_basis, unit),
        price_basis=line.price_basis,
        items=line.items,
        description=line.description,
        shares=tuple(line.shares),
        ship_to=line.ship_to.party() if line.ship_to else None,
        requested_on=line.requested_on,
        notes=tuple(line.notes),
        fault=faults[0] if faults else "",
    )
