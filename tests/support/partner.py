"""How a partner reads what we write: 855 and 856 back into the values they were written from."""

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import takewhile

from oms_edi.domain.documents import (
    AcknowledgedLine,
    Acknowledgment,
    LineAnswer,
    NoticeItem,
    NoticePack,
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
            answer = LineAnswer(
                status=segment[1], quantity=Decimal(segment[2]), on=day(at(segment, 5))
            )
            lines.append(last._replace(answers=(*last.answers, answer)))
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
