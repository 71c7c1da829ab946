"""945 Warehouse Shipping Advice: what a warehouse shipped, read; and written, to play one.

Warehouses differ in where they put what: item ids in W1207, W1217 or W1221, tracking in MAN or
N9, the ship date in W0603 or G62. Source: X12 004010 and 005010 945, and 3PL guides.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from oms_edi.domain.documents import AdviceLine, ShippingAdvice
from oms_edi.domain.issue import Issue
from oms_edi.domain.party import Party
from oms_edi.transactions.elements import (
    at,
    day,
    fault,
    number,
    refusal,
    write_day,
    write_number,
)
from oms_edi.transactions.marks import packs_of
from oms_edi.transactions.parties import write_party
from oms_edi.x12.envelope import Delimiters, Segment
from oms_edi.x12.write import OutSegment, fold

#: Where W12 may hold an item id: qualifier and value.
_ITEM_PLACES = ((7, 8), (17, 18), (21, 22))


@dataclass(slots=True)
class _Reader:
    issues: list[Issue] = field(default_factory=list)
    w06: Segment = field(default_factory=list)
    w27: Segment = field(default_factory=list)
    w03: Segment = field(default_factory=list)
    shipped_on: date | None = None
    due_on: date | None = None
    references: dict[str, str] = field(default_factory=dict)
    lines: list[AdviceLine] = field(default_factory=list)
    in_detail: bool = False
    in_line: bool = False
    marks: list[Segment] = field(default_factory=list)


def read(
    segments: list[Segment], *, delimiters: Delimiters, version: str
) -> tuple[ShippingAdvice | None, list[Issue]]:
    """Read a set; None with a REJECT issue where it cannot be matched to anything."""
    reader = _Reader()
    for position, segment in enumerate(segments, start=1):
        _take(reader, segment, position)
    w06 = reader.w06
    if not w06:
        reader.issues.append(refusal("W06 is missing", segment="W06", position=2))
        return None, reader.issues
    if not (at(w06, 2) or at(w06, 4) or at(w06, 6)):
        message = "W0602, W0604 and W0606 are all empty: no order can be matched"
        reader.issues.append(refusal(message, segment="W06", position=2, code="8"))
        return None, reader.issues
    shipped_on = day(at(w06, 3))
    if at(w06, 3) and shipped_on is None:
        reader.issues.append(fault(w06, 2, 3, "8", "W0603 is no date; it was ignored"))
    cartons = at(reader.w03, 6)
    return (
        ShippingAdvice(
            depositor_order=at(w06, 2),
            warehouse_shipment=at(w06, 4),
            po_number=at(w06, 6),
            shipped_on=shipped_on or reader.shipped_on,
            carrier_name=at(reader.w27, 3),
            scac=at(reader.w27, 2),
            transport=at(reader.w27, 1),
            bill_of_lading=reader.references.get("BM", ""),
            tracking=reader.references.get("CN", "") or reader.references.get("2I", ""),
            lines=tuple(reader.lines),
            total_shipped=number(at(reader.w03, 1)),
            weight=number(at(reader.w03, 2)),
            cartons=int(cartons) if cartons.isdecimal() else None,
            due_on=reader.due_on,
        ),
        reader.issues,
    )


def _take(reader: _Reader, segment: Segment, position: int) -> None:
    match segment[0]:
        case "W06":
            reader.w06 = segment
        case "W27" if not reader.w27:
            reader.w27 = segment
        case "W03":
            reader.w03 = segment
        case "G62" if at(segment, 1) == "11" and reader.shipped_on is None:
            reader.shipped_on = day(at(segment, 2))
        case "G62" if at(segment, 1) == "17" and reader.due_on is None:
            reader.due_on = day(at(segment, 2))
        case "N9" if not reader.in_detail:
            reader.references.setdefault(at(segment, 1), at(segment, 2))
        case "LX":
            reader.in_detail, reader.in_line = True, False
            reader.marks = []
        case "MAN":
            if reader.in_line:  # past its place: the marks of what comes after the line before it
                reader.in_line, reader.marks = False, []
            reader.marks.append(segment)
        case "N9" if reader.in_detail and not reader.in_line:
            reader.marks.append(segment)
        case "W12":
            reader.in_line = True
            _line(reader, segment, position)


def _line(reader: _Reader, segment: Segment, position: int) -> None:
    shipped = number(at(segment, 3) or "0")
    if shipped is None or shipped < 0:
        message = "W1203 must be a quantity; the line was left out"
        reader.issues.append(fault(segment, position, 3, "6", message))
        return
    items = [(at(segment, q), at(segment, v)) for q, v in _ITEM_PLACES]
    if at(segment, 6):
        items.append(("UP", at(segment, 6)))
    reader.lines.append(
        AdviceLine(
            status=at(segment, 1),
            ordered=number(at(segment, 2)),
            shipped=shipped,
            unit=at(segment, 5),
            items=tuple((q, v) for q, v in items if v),
            reason=at(segment, 19),
            lot=at(segment, 9),
            packs=packs_of(reader.marks),
        )
    )


def write(
    value: ShippingAdvice, *, version: str, warehouse: Party, depositor: Party
) -> list[OutSegment]:
    """Return the body between ST and SE as a warehouse would write it."""
    shipped = "" if value.shipped_on is None else write_day(value.shipped_on)
    body: list[OutSegment] = [
        (
            "W06",
            "F",
            value.depositor_order,
            shipped,
            value.warehouse_shipment,
            "",
            value.po_number,
        )
    ]
    for party, role in ((warehouse, "WH"), (depositor, "DE")):
        body += [row for row in write_party(party, role) if row[0] == "N1"]
    if value.bill_of_lading:
        body.append(("N9", "BM", value.bill_of_lading))
    if value.tracking:
        body.append(("N9", "CN", value.tracking))
    if value.transport:
        body.append(("W27", value.transport, value.scac, fold(value.carrier_name)))
    for number_, line in enumerate(value.lines, start=1):
        body += _write_line(line, number_)
    total = sum((line.shipped for line in value.lines), Decimal(0))
    weight = ("", "") if value.weight is None else (write_number(value.weight), "LB")
    cartons = () if value.cartons is None else ("", "", str(value.cartons), "CT")
    body.append(("W03", write_number(total), *weight, *cartons))
    return body


def _write_line(line: AdviceLine, count: int) -> list[OutSegment]:
    rows: list[OutSegment] = [("LX", str(count))]
    for sscc, tracking in line.packs:
        track = ("", "CP", tracking) if tracking else ()
        rows.append(("MAN", "GM", f"00{sscc}", *track) if sscc else ("MAN", *track[1:]))
    ordered = "" if line.ordered is None else write_number(line.ordered)
    missing = "" if line.ordered is None else write_number(line.ordered - line.shipped)
    ids = [part for pair in line.items[:1] for part in pair]
    w12: list[str] = [
        "W12",
        line.status,
        ordered,
        write_number(line.shipped),
        missing,
        line.unit,
        "",
        *ids,
    ]
    if line.reason:
        w12 += [""] * (19 - len(w12)) + [line.reason]
    rows.append(tuple(w12))
    return rows
