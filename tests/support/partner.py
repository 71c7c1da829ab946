"""How a partner reads what we write: 850, 855, 856, 865 back into what they were written from."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import takewhile

from oms_edi.domain.documents import (
    AcknowledgedLine,
    Acknowledgment,
    ChangeAnswer,
    ChangedLine,
    LineAnswer,
    NoticeItem,
    NoticePack,
    PurchaseLine,
    PurchaseOrder,
    ShipNotice,
)
from oms_edi.domain.party import Party

Segments = list[list[str]]


def at(segment: list[str], position: int) -> str:
    return segment[position] if position < len(segment) else ""


def day(text: str) -> date | None:
    return datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC).date() if text else None


def number(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def pairs(segment: list[str], first: int) -> tuple[tuple[str, str], ...]:
    values = segment[first:]
    return tuple(zip(values[::2], values[1::2], strict=True))


def party(segments: Segments, role: str) -> Party | None:
    """The N1 loop of a role."""
    for place, segment in enumerate(segments):
        if segment[:2] == ["N1", role]:
            rest = list(takewhile(lambda s: s[0] in ("N3", "N4"), segments[place + 1 :]))
            street = next((s for s in rest if s[0] == "N3"), ["N3"])
            town = next((s for s in rest if s[0] == "N4"), ["N4"])
            return Party(
                role=role,
                name=at(segment, 2),
                id_qualifier=at(segment, 3),
                id_code=at(segment, 4),
                street=tuple(street[1:]),
                city=at(town, 1),
                state=at(town, 2),
                postal_code=at(town, 3),
                country=at(town, 4),
            )
    return None


def answer(segment: list[str]) -> LineAnswer:
    """An ACK."""
    on = day(at(segment, 5))
    told = {"date_qualifier": segment[4]} if on else {}
    return LineAnswer(status=segment[1], quantity=Decimal(segment[2]), on=on, **told)


def read_850(segments: Segments) -> PurchaseOrder:
    """Read what stands from ST to SE."""
    beg = segments[1]
    ordered = day(beg[5])
    assert ordered is not None
    dates = {s[1]: day(s[2]) for s in segments if s[0] == "DTM"}
    td5 = next((s for s in segments if s[0] == "TD5"), ["TD5"])
    buyer, supplier, ship_to = (party(segments, role) for role in ("BY", "VN", "ST"))
    assert buyer is not None
    assert supplier is not None
    assert ship_to is not None
    lines: list[PurchaseLine] = []
    for segment in segments:
        if segment[0] == "PO1":
            lines.append(
                PurchaseLine(
                    number=int(segment[1]),
                    quantity=Decimal(segment[2]),
                    unit=segment[3],
                    cost=Decimal(segment[4]),
                    items=pairs(segment, 6),
                    description="",
                )
            )
        elif segment[0] == "PID":
            lines.append(lines.pop()._replace(description=segment[5]))
    return PurchaseOrder(
        order_type=beg[2],
        po_number=beg[3],
        ordered_on=ordered,
        buyer=buyer,
        supplier=supplier,
        ship_to=ship_to,
        ship_on=dates.get("010"),
        deliver_by=dates.get("002"),
        cancel_after=dates.get("001"),
        references=tuple((s[1], s[2]) for s in segments if s[0] == "REF"),
        notes=tuple(s[-1] for s in segments if s[0] in ("MSG", "MTX")),
        scac=at(td5, 3),
        carrier_name=at(td5, 5),
        lines=tuple(lines),
    )


def read_865(segments: Segments) -> ChangeAnswer:
    """Read what stands from ST to SE."""
    bca = segments[1]
    lines: list[ChangedLine] = []
    for segment in segments:
        if segment[0] == "POC":
            assert at(segment, 3) == at(segment, 4)
            lines.append(
                ChangedLine(
                    buyer_line=segment[1],
                    code=segment[2],
                    quantity=number(at(segment, 3)),
                    unit=at(segment, 5),
                    unit_price=number(at(segment, 6)),
                    price_basis=at(segment, 7),
                    items=pairs(segment, 8),
                    answers=(),
                )
            )
        elif segment[0] == "ACK":
            last = lines.pop()
            lines.append(last._replace(answers=(*last.answers, answer(segment))))
    ordered, told = day(bca[6]), day(bca[10])
    assert ordered is not None
    assert told is not None
    dates = [(s[1], day(s[2])) for s in segments if s[0] == "DTM"]
    return ChangeAnswer(
        purpose=bca[1],
        kind=bca[2],
        po_number=bca[3],
        release_number=bca[4],
        sequence=bca[5],
        ordered_on=ordered,
        order_id=bca[9],
        answered_on=told,
        changed_on=day(at(bca, 11)),
        references=tuple((s[1], s[2]) for s in segments if s[0] == "REF"),
        dates=tuple((qualifier, on) for qualifier, on in dates if on),
        ship_to=party(segments, "ST"),
        lines=tuple(lines),
    )


def read_855(segments: Segments) -> Acknowledgment:
    """Read what stands from ST to SE."""
    bak = segments[1]
    lines: list[AcknowledgedLine] = []
    for segment in segments:
        if segment[0] == "PO1":
            quantity = number(segment[2])
            assert quantity is not None
            lines.append(
                AcknowledgedLine(
                    buyer_line=segment[1],
                    quantity=quantity,
                    unit=segment[3],
                    unit_price=number(at(segment, 4)),
                    price_basis=at(segment, 5),
                    items=pairs(segment, 6),
                    answers=(),
                )
            )
        elif segment[0] == "ACK":
            last = lines.pop()
            lines.append(last._replace(answers=(*last.answers, answer(segment))))
    ordered, told = day(bak[4]), day(bak[9])
    assert ordered is not None
    assert told is not None
    return Acknowledgment(
        purpose=bak[1],
        kind=bak[2],
        po_number=bak[3],
        release_number=at(bak, 5),
        ordered_on=ordered,
        order_id=bak[8],
        acknowledged_on=told,
        references=tuple((s[1], s[2]) for s in segments if s[0] == "REF"),
        ship_to=party(segments, "ST"),
        lines=tuple(lines),
    )


def read_856(segments: Segments) -> ShipNotice:
    """Read a shipment, order, pack, item tree (BSN05 0001) from ST to SE."""
    one = {segment[0]: segment for segment in reversed(segments)}
    bsn, td5, td1, prf = one["BSN"], one.get("TD5", ["TD5"]), one["TD1"], one["PRF"]
    order_at = next(i for i, s in enumerate(segments) if s[0] == "HL" and s[3] == "O")
    shipment, order = segments[:order_at], segments[order_at:]
    refs = {s[1]: s[2] for s in shipment if s[0] == "REF"}
    dates = {s[1]: day(s[2]) for s in shipment if s[0] == "DTM"}
    packs: list[NoticePack] = []
    items: list[NoticeItem] = []
    for segment in order:
        if segment[0] == "MAN":
            items = []
            packs.append(NoticePack(sscc=segment[2][2:], tracking=at(segment, 5), items=()))
        elif segment[0] == "LIN":
            line = segment
        elif segment[0] == "SN1":
            items.append(
                NoticeItem(
                    buyer_line=line[1],
                    items=pairs(line, 2),
                    shipped=Decimal(segment[2]),
                    unit=segment[3],
                    ordered=number(at(segment, 5)),
                )
            )
            pack = packs.pop()
            packs.append(NoticePack(sscc=pack.sscc, tracking=pack.tracking, items=tuple(items)))
    left, origin, place = dates["011"], party(shipment, "SF"), party(shipment, "ST")
    assert left is not None
    assert origin is not None
    assert place is not None
    return ShipNotice(
        shipment=bsn[2],
        created_at=datetime.strptime(bsn[3] + bsn[4], "%Y%m%d%H%M").replace(tzinfo=UTC),
        shipped_on=left,
        expected_on=dates.get("017"),
        structure=bsn[5],
        po_number=prf[1],
        release_number=at(prf, 2),
        ordered_on=day(at(prf, 4)),
        references=tuple((s[1], s[2]) for s in order if s[0] == "REF"),
        ship_from=origin,
        ship_to=place,
        scac=at(td5, 3),
        carrier_name=at(td5, 5),
        transport=at(td5, 4),
        bill_of_lading=refs.get("BM", ""),
        tracking=refs.get("CN", ""),
        weight=number(at(td1, 7)),
        packs=tuple(packs),
    )
