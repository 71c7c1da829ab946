"""940 Warehouse Shipping Order: what a warehouse is to ship, as segments, and read back.

Source: X12 004010 and 005010 940. W0502 is the key that the 945 returns.
"""

from decimal import Decimal

from oms_edi.domain.documents import ShippingOrder, ShippingOrderLine
from oms_edi.domain.issue import Issue
from oms_edi.domain.party import Party
from oms_edi.transactions.elements import (
    at,
    day,
    fit,
    number,
    pairs,
    refusal,
    write_day,
    write_number,
)
from oms_edi.transactions.order_elements import write_pairs
from oms_edi.transactions.parties import read_party, write_party
from oms_edi.x12.envelope import Delimiters, Segment
from oms_edi.x12.write import OutSegment, fold

#: N9 has room for ten references, of which ours are the first.
_MAX_REFERENCES = 10
_NOTE_CHARS = 80
#: G62 qualifiers.
_DATES = (("04", "ordered_on"), ("10", "ship_on"), ("02", "deliver_by"), ("01", "cancel_after"))


def write(value: ShippingOrder, *, version: str) -> list[OutSegment]:
    """Return the body between ST and SE; the same in both releases."""
    body: list[OutSegment] = [("W05", value.status, value.depositor_order, value.po_number)]
    body += [row for row in write_party(value.depositor, "DE") if row[0] == "N1"]
    body += [row for row in write_party(value.warehouse, "WH") if row[0] == "N1"]
    body += write_party(value.ship_to, "ST")
    references = [(q, fold(text)[:30]) for q, text in value.references if 2 <= len(q) <= 3]
    body += [("N9", q, text) for q, text in references[:_MAX_REFERENCES] if text]
    for qualifier, name in _DATES:
        on = getattr(value, name)
        if on is not None:
            body.append(("G62", qualifier, write_day(on)))
    for note in value.notes:
        body += [("NTE", "WHI", part) for part in _split(fold(note))]
    carrier = fit(fold(value.carrier_name), 35)
    body.append(("W66", "PP", "M", "", "", carrier, "", "", "", "", value.scac))
    for line in value.lines:
        body += _line(line)
    total = sum((line.quantity for line in value.lines), Decimal(0))
    body.append(("W76", write_number(total)))
    return body


def _split(text: str) -> list[str]:
    """Cut a note into pieces an NTE holds, at blanks."""
    parts = []
    while text:
        part = fit(text, _NOTE_CHARS)
        parts.append(part)
        text = text[len(part) :].strip()
    return parts


def _line(line: ShippingOrderLine) -> list[OutSegment]:
    ids = write_pairs(line.items, 2)
    rows: list[OutSegment] = [
        ("LX", str(line.number)),
        ("W01", write_number(line.quantity), line.unit, "", *ids),
    ]
    description = fit(fold(line.description), 45)
    if description:
        rows.append(("G69", description))
    if line.buyer_item:
        rows.append(("N9", "IN", fold(line.buyer_item)[:30]))
    return rows


def read(
    segments: list[Segment], *, delimiters: Delimiters, version: str
) -> tuple[ShippingOrder | None, list[Issue]]:
    """Read a 940 as a warehouse would; None with a REJECT issue where W05 is missing."""
    w05 = next((segment for segment in segments if segment[0] == "W05"), None)
    if w05 is None:
        return None, [refusal("W05 is missing", segment="W05", position=2)]
    first_line = next((n for n, s in enumerate(segments) if s[0] == "LX"), len(segments))
    header = segments[:first_line]
    parties = {
        at(segment, 1): read_party(segment, header[n + 1 :])
        for n, segment in enumerate(header)
        if segment[0] == "N1"
    }
    dates = {at(s, 1): day(at(s, 2)) for s in header if s[0] == "G62"}
    w66 = next((segment for segment in header if segment[0] == "W66"), [])
    lines = _read_lines(segments[first_line:])
    nobody = Party(role="")
    ordered_on = dates.get("04")
    if ordered_on is None or not lines:
        return None, [refusal("G62*04 or W01 is missing")]
    return (
        ShippingOrder(
            status=at(w05, 1),
            depositor_order=at(w05, 2),
            po_number=at(w05, 3),
            ship_to=parties.get("ST", nobody),
            warehouse=parties.get("WH", nobody),
            depositor=parties.get("DE", nobody),
            ordered_on=ordered_on,
            ship_on=dates.get("10"),
            deliver_by=dates.get("02"),
            cancel_after=dates.get("01"),
            references=tuple((at(s, 1), at(s, 2)) for s in header if s[0] == "N9"),
            notes=tuple(at(s, 2) for s in header if s[0] == "NTE"),
            carrier_name=at(w66, 5),
            scac=at(w66, 10),
            lines=lines,
        ),
        [],
    )


def _read_lines(segments: list[Segment]) -> tuple[ShippingOrderLine, ...]:
    found: list[ShippingOrderLine] = []
    count = 0
    for place, segment in enumerate(segments):
        if segment[0] == "LX" and at(segment, 1).isdecimal():
            count = int(at(segment, 1))
        quantity = number(at(segment, 1)) if segment[0] == "W01" else None
        if quantity is None:
            continue
        rest = segments[place + 1 :]
        end = next((n for n, s in enumerate(rest) if s[0] in ("LX", "W01")), len(rest))
        text = {s[0]: s for s in reversed(rest[:end])}
        buyer = next((at(s, 2) for s in rest[:end] if s[0] == "N9" and at(s, 1) == "IN"), "")
        found.append(
            ShippingOrderLine(
                number=count,
                quantity=quantity,
                unit=at(segment, 2),
                items=pairs(segment, 4)[:2],
                description=at(text.get("G69", []), 1),
                buyer_item=buyer,
            )
        )
    return tuple(found)
