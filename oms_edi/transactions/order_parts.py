"""What an 850 and an 860 have in common: dates, parties, references, shares, notes, lines.

Lenient where the meaning is certain: items by qualifier wherever they stand, a street in N2, six
digits for a date. Source: X12 004010 and 005010 850 and 860, and what retailers send.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from oms_edi.domain.issue import Issue, Severity
from oms_edi.domain.message import Destination, LineMessage
from oms_edi.domain.party import Party
from oms_edi.domain.quantity import MAX_QUANTITY
from oms_edi.transactions.elements import at, day, fault, number, pairs
from oms_edi.transactions.parties import PartyParts
from oms_edi.x12.envelope import Segment

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
class LineParts:
    """A line as far as its segments were read: the PO1 or POC, then what belongs to it."""

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
class OrderParts:
    """Goes through the segments once; each is handled by its id, what no handler has is kept."""

    issues: list[Issue] = field(default_factory=list)
    #: BEG or BCH.
    head: Segment = field(default_factory=list)
    dates: dict[str, date] = field(default_factory=dict)
    parties: list[PartyParts] = field(default_factory=list)
    references: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    routing: str = ""
    currency: str = ""
    lines: list[LineParts] = field(default_factory=list)
    line: LineParts | None = None
    party: PartyParts | None = None
    #: Segment a line begins with.
    line_segment: str = "PO1"
    position: int = 0
    lines_seen: int = 0
    in_bad_line: bool = False

    def keep(self, segment: Segment) -> None:
        """Keep a segment we do not read."""
        (self.line.kept if self.line else self.kept).append("*".join(segment))


def _cur(reader: OrderParts, segment: Segment) -> None:
    reader.currency = reader.currency or at(segment, 2)


def _ref(reader: OrderParts, segment: Segment) -> None:
    value = at(segment, 2) or at(segment, 3)
    if value and reader.line is None and reader.party is None:
        reader.references.append((at(segment, 1), value))
    elif value:
        reader.keep(segment)


def _dtm(reader: OrderParts, segment: Segment) -> None:
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


def _td5(reader: OrderParts, segment: Segment) -> None:
    if reader.line is None and not reader.routing:
        reader.routing = at(segment, 5) or at(segment, 3)
    else:
        reader.keep(segment)


def _msg(reader: OrderParts, segment: Segment) -> None:
    text = at(segment, 1 if segment[0] == "MSG" else 2)
    if text:
        (reader.line.notes if reader.line else reader.notes).append(text)


def _n9(reader: OrderParts, segment: Segment) -> None:
    reader.party = None
    if reader.line is None and at(segment, 2):
        reader.references.append((at(segment, 1), at(segment, 2)))
    if at(segment, 3):
        (reader.line.notes if reader.line else reader.notes).append(at(segment, 3))


def _n1(reader: OrderParts, segment: Segment) -> None:
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


def _n2(reader: OrderParts, segment: Segment) -> None:
    if reader.party:
        reader.party.second_name = at(segment, 1)


def _n3(reader: OrderParts, segment: Segment) -> None:
    if reader.party:
        reader.party.street += [part for part in (at(segment, 1), at(segment, 2)) if part]


def _n4(reader: OrderParts, segment: Segment) -> None:
    if reader.party:
        reader.party.city = at(segment, 1)
        reader.party.state = at(segment, 2)
        reader.party.postal_code = at(segment, 3)
        reader.party.country = at(segment, 4)


def _pid(reader: OrderParts, segment: Segment) -> None:
    if reader.line and not reader.line.description:
        reader.line.description = at(segment, 5)
    else:
        reader.keep(segment)


def _lin(reader: OrderParts, segment: Segment) -> None:
    if reader.line and not reader.line.items:
        reader.line.items = pairs(segment, 2)
    else:
        reader.keep(segment)


def _sdq(reader: OrderParts, segment: Segment) -> None:
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


def _sch(reader: OrderParts, segment: Segment) -> None:
    quantity = number(at(segment, 1))
    if reader.line is None or quantity is None or quantity <= 0:
        return
    ship_to = Party(role="ST", name=at(segment, 4)) if at(segment, 3) == "ST" else None
    wanted = day(at(segment, 6))
    reader.line.shares.append(Destination(quantity=quantity, ship_to=ship_to, requested_on=wanted))


def _count_lines(reader: OrderParts, segment: Segment) -> None:
    """Check CTT01 against the lines there were."""
    told = at(segment, 1)
    if told.isdecimal() and int(told) != reader.lines_seen:
        message = f"CTT01 must be {reader.lines_seen}, the number of {reader.line_segment} segments"
        issue = fault(segment, reader.position, 1, "7", message, severity=Severity.NOTE)
        reader.issues.append(issue)


def _skip(reader: OrderParts, segment: Segment) -> None:
    """ST, SE: the envelope's."""


#: Segments that mean the same in both; what has no handler is kept.
HANDLERS: dict[str, Callable[[OrderParts, Segment], None]] = {
    "ST": _skip,
    "SE": _skip,
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
    "PID": _pid,
    "LIN": _lin,
    "SDQ": _sdq,
    "SCH": _sch,
    "CTT": _count_lines,
}
#: Inside a line that was left out, only these are still read.
_AFTER_BAD_LINE = frozenset({"PO1", "POC", "CTT", "SE"})


def read_parts(
    reader: OrderParts,
    segments: list[Segment],
    handlers: dict[str, Callable[[OrderParts, Segment], None]],
) -> OrderParts:
    """Go through a set once with these handlers; return the reader."""
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
    return reader


def line_message(line: LineParts, reader: OrderParts) -> LineMessage:
    """Return a PO1 with all that stands in its loop."""
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


def _destinations(line: LineParts, reader: OrderParts) -> tuple[Destination, ...]:
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
