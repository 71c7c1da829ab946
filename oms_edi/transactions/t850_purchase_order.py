"""850 Purchase Order: segments to an `OrderMessage`.

Lenient where the meaning is certain: items by qualifier wherever they stand, a street in N2, six
digits for a date. Source: X12 004010 and 005010 850, and what retailers send.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from oms_edi.domain.issue import Issue, Severity
from oms_edi.domain.message import Destination, LineMessage, OrderMessage, Purpose
from oms_edi.domain.party import Party
from oms_edi.domain.quantity import MAX_QUANTITY
from oms_edi.transactions.elements import at, day, fault, number, pairs, refusal
from oms_edi.transactions.parties import PartyParts
from oms_edi.x12.envelope import Delimiters, Segment

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
#: DTM01 to the field of OrderMessage it fills.
_DATES = {
    "010": "ship_on",
    "118": "ship_on",
    "068": "ship_on",
    "037": "not_before",
    "038": "not_after",
    "002": "deliver_by",
    "017": "deliver_by",
    "063": "deliver_by",
    "067": "deliver_by",
    "074": "deliver_by",
    "001": "cancel_after",
    "061": "cancel_after",
    "177": "cancel_after",
}


@dataclass(slots=True)
class _Line:
    segment: Segment
    position: int
    buyer_line: str
    quantity: Decimal
    unit: str
    unit_price: Decimal | None
    price_basis: str
    items: tuple[tuple[str, str], ...]
    description: str = ""
    notes: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    shares: list[Destination] = field(default_factory=list)
    ship_to: PartyParts | None = None
    requested_on: date | None = None


@dataclass(slots=True)
class _Reader:
    """Goes through the segments once; each is handled by its id, what no handler has is kept."""

    issues: list[Issue] = field(default_factory=list)
    beg: Segment = field(default_factory=list)
    dates: dict[str, date] = field(default_factory=dict)
    parties: list[PartyParts] = field(default_factory=list)
    references: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    routing: str = ""
    currency: str = ""
    lines: list[_Line] = field(default_factory=list)
    line: _Line | None = None
    party: PartyParts | None = None
    position: int = 0
    lines_seen: int = 0
    in_bad_line: bool = False

    def keep(self, segment: Segment) -> None:
        """Keep a segment we do not read."""
        (self.line.kept if self.line else self.kept).append("*".join(segment))


def _beg(reader: _Reader, segment: Segment) -> None:
    reader.beg = segment


def _cur(reader: _Reader, segment: Segment) -> None:
    reader.currency = reader.currency or at(segment, 2)


def _ref(reader: _Reader, segment: Segment) -> None:
    value = at(segment, 2) or at(segment, 3)
    if value and reader.line is None and reader.party is None:
        reader.references.append((at(segment, 1), value))
    elif value:
        reader.keep(segment)


def _dtm(reader: _Reader, segment: Segment) -> None:
    name = _DATES.get(at(segment, 1))
    text = at(segment, 2)
    found = day(text)
    if text and found is None:
        message = "DTM02 is no date; it was ignored"
        reader.issues.append(fault(segment, reader.position, 2, "8", message))
    if found is None or name is None:
        reader.keep(segment)
    elif reader.line is not None:
        if name in ("deliver_by", "ship_on"):
            reader.line.requested_on = found
        else:
            reader.keep(segment)
    elif name == "deliver_by":
        reader.dates[name] = max(reader.dates.get(name, found), found)
    else:
        reader.dates.setdefault(name, found)


def _td5(reader: _Reader, segment: Segment) -> None:
    if reader.line is None and not reader.routing:
        reader.routing = at(segment, 5) or at(segment, 3)
    else:
        reader.keep(segment)


def _msg(reader: _Reader, segment: Segment) -> None:
    text = at(segment, 1 if segment[0] == "MSG" else 2)
    if text:
        (reader.line.notes if reader.line else reader.notes).append(text)


def _n9(reader: _Reader, segment: Segment) -> None:
    reader.party = None
    if reader.line is None and at(segment, 2):
        reader.references.append((at(segment, 1), at(segment, 2)))
    if at(segment, 3):
        (reader.line.notes if reader.line else reader.notes).append(at(segment, 3))


def _n1(reader: _Reader, segment: Segment) -> None:
    reader.party = PartyParts(
        role=at(segment, 1),
        name=at(segment, 2),
        id_qualifier=at(segment, 3),
        id_code=at(segment, 4),
    )
    if reader.line is None:
        reader.parties.append(reader.party)
    elif reader.party.role == "ST" and reader.line.ship_to is None:
        reader.line.ship_to = reader.party


def _n2(reader: _Reader, segment: Segment) -> None:
    if reader.party:
        reader.party.second_name = at(segment, 1)


def _n3(reader: _Reader, segment: Segment) -> None:
    if reader.party:
        reader.party.street += [part for part in (at(segment, 1), at(segment, 2)) if part]


def _n4(reader: _Reader, segment: Segment) -> None:
    if reader.party:
        reader.party.city = at(segment, 1)
        reader.party.state = at(segment, 2)
        reader.party.postal_code = at(segment, 3)
        reader.party.country = at(segment, 4)


def _po1(reader: _Reader, segment: Segment) -> None:
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
    reader.line = _Line(
        segment=segment,
        position=reader.position,
        buyer_line=at(segment, 1),
        quantity=quantity,
        unit=at(segment, 3).upper(),
        unit_price=price,
        price_basis=at(segment, 5),
        items=pairs(segment, 6),
    )
    reader.lines.append(reader.line)


def _pid(reader: _Reader, segment: Segment) -> None:
    if reader.line and not reader.line.description:
        reader.line.description = at(segment, 5)
    else:
        reader.keep(segment)


def _lin(reader: _Reader, segment: Segment) -> None:
    if reader.line and not reader.line.items:
        reader.line.items = pairs(segment, 2)
    else:
        reader.keep(segment)


def _sdq(reader: _Reader, segment: Segment) -> None:
    if reader.line is None:
        return
    qualifier = at(segment, 2)
    for place in range(3, min(len(segment) - 1, 22), 2):
        code, text = at(segment, place), at(segment, place + 1)
        if not code:
            continue
        quantity = number(text)
        if quantity is None or not 0 <= quantity <= MAX_QUANTITY:
            message = f"SDQ{place + 1:02d} must be a quantity"
            reader.issues.append(fault(segment, reader.position, place + 1, "6", message))
        elif quantity:
            store = Party(role="ST", id_qualifier=qualifier, id_code=code)
            reader.line.shares.append(Destination(quantity=quantity, ship_to=store))


def _sch(reader: _Reader, segment: Segment) -> None:
    quantity = number(at(segment, 1))
    if reader.line is None or quantity is None or quantity <= 0:
        return
    ship_to = Party(role="ST", name=at(segment, 4)) if at(segment, 3) == "ST" else None
    wanted = day(at(segment, 6))
    reader.line.shares.append(Destination(quantity=quantity, ship_to=ship_to, requested_on=wanted))


def _ctt(reader: _Reader, segment: Segment) -> None:
    told = at(segment, 1)
    if told.isdecimal() and int(told) != reader.lines_seen:
        message = f"CTT01 must be {reader.lines_seen}, the number of PO1 segments"
        issue = fault(segment, reader.position, 1, "7", message, severity=Severity.NOTE)
        reader.issues.append(issue)


def _skip(reader: _Reader, segment: Segment) -> None:
    """ST, SE: the envelope's."""


_HANDLERS: dict[str, Callable[[_Reader, Segment], None]] = {
    "ST": _skip,
    "SE": _skip,
    "BEG": _beg,
    "CUR": _cur,
    "REF": _ref,
    "DTM": _dtm,
    "TD5": _td5,
    "MSG": _msg,
    "MTX": _msg,
    "N9": _n9,
    "N1": _n1,
    "N2": _n2,
    "N3": _n3,
    "N4": _n4,
    "PO1": _po1,
    "PID": _pid,
    "LIN": _lin,
    "SDQ": _sdq,
    "SCH": _sch,
    "CTT": _ctt,
}
#: Inside a line that was left out, only these are still read.
_AFTER_BAD_LINE = frozenset({"PO1", "CTT", "SE"})


def read(
    segments: list[Segment], *, delimiters: Delimiters, version: str
) -> tuple[OrderMessage | None, list[Issue]]:
    """Read a set; None with a REJECT issue where it makes no order.

    Does not check the guide: that is `x12.validate`. All releases are read alike.
    """
    reader = _Reader()
    handlers = _HANDLERS
    for position, segment in enumerate(segments, start=1):
        name = segment[0]
        if reader.in_bad_line and name not in _AFTER_BAD_LINE:
            continue
        reader.position = position
        handler = handlers.get(name)
        if handler is None:
            reader.keep(segment)
        else:
            handler(reader, segment)
    return _message(reader), reader.issues


def _message(reader: _Reader) -> OrderMessage | None:
    beg = reader.beg
    po_number = at(beg, 3)
    purpose = _PURPOSES.get(at(beg, 1))
    if not beg:
        reader.issues.append(refusal("BEG is missing: this is no order", segment="BEG", position=2))
        return None
    if purpose is None:
        message = "BEG01 must be 00 original, 01 cancel, 04 change, 05 replace, 06 or 07"
        reader.issues.append(fault(beg, 2, 1, "7", message, severity=Severity.REJECT))
        return None
    if not po_number or not po_number.isprintable():
        message = "BEG03 must be a purchase order number"
        code = "6" if po_number else "1"
        reader.issues.append(fault(beg, 2, 3, code, message, severity=Severity.REJECT))
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
        lines=tuple(_line(line, reader) for line in reader.lines),
    )


def _line(line: _Line, reader: _Reader) -> LineMessage:
    destinations = _destinations(line, reader)
    quantity = sum((share.quantity for share in destinations), Decimal(0))
    return LineMessage(
        buyer_line=line.buyer_line,
        quantity=quantity or line.quantity,
        unit=line.unit,
        unit_price=line.unit_price,
        price_basis=line.price_basis,
        items=line.items,
        description=line.description,
        destinations=destinations,
        notes=tuple(line.notes),
        kept=tuple(line.kept),
    )


def _destinations(line: _Line, reader: _Reader) -> tuple[Destination, ...]:
    """Return the shares of a line: SDQ wins over PO102, SCH counts only if it agrees with it."""
    if line.shares:
        total = sum((share.quantity for share in line.shares), Decimal(0))
        if total == line.quantity:
            return tuple(line.shares)
        by_store = any(share.ship_to and share.ship_to.id_code for share in line.shares)
        wins = "SDQ" if by_store else "PO102"
        message = f"the shares of the line add up to {total}, PO102 differs; {wins} counts"
        reader.issues.append(fault(line.segment, line.position, 2, "7", message))
        if by_store:
            return tuple(line.shares)
    if line.ship_to or line.requested_on:
        place = line.ship_to.party() if line.ship_to else None
        whole = Destination(quantity=line.quantity, ship_to=place, requested_on=line.requested_on)
        return (whole,)
    return ()
