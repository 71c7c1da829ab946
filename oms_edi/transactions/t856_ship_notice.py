"""856 Ship Notice: what is on its way, as a tree of HL levels.

BSN05 0001 is shipment, order, pack, item; 0002 shipment, order, item, pack; 0004 has no packs.
Source: X12 004010 and 005010 856; SSCC with its application identifier in MAN*GM (20 digits).
"""

from collections.abc import Iterator
from decimal import Decimal

from oms_edi.domain.documents import NoticeItem, NoticePack, ShipNotice
from oms_edi.transactions.elements import fit, write_day, write_number
from oms_edi.transactions.order_elements import (
    carrier_code,
    line_number,
    transport_code,
    unit_code,
    write_pairs,
)
from oms_edi.transactions.parties import write_party
from oms_edi.x12.write import OutSegment, fold


def write(value: ShipNotice, *, version: str) -> list[OutSegment]:
    """Return the body between ST and SE; the same in both releases."""
    created = value.created_at
    body: list[OutSegment] = [
        (
            "BSN",
            "00",
            value.shipment,
            write_day(created.date()),
            f"{created:%H%M}",
            value.structure,
        ),
        ("HL", "1", "", "S", "1"),
        *_shipment(value),
        ("HL", "2", "1", "O", "1"),
        *_order(value),
    ]
    body += {"0001": _by_pack, "0002": _by_item, "0004": _items_only}[value.structure](value)
    levels = sum(segment[0] == "HL" for segment in body)
    body.append(("CTT", str(levels), write_number(_units(value))))
    return body


def _units(value: ShipNotice) -> Decimal:
    return sum((item.shipped for pack in value.packs for item in pack.items), Decimal(0))


def _shipment(value: ShipNotice) -> Iterator[OutSegment]:
    weight = ("", "", "", "G", write_number(value.weight), "LB") if value.weight else ()
    yield ("TD1", "CTN25", str(len(value.packs)), *weight)
    carrier = fit(fold(value.carrier_name), 35)
    code, mode = carrier_code(value.scac), transport_code(value.transport)
    if code or carrier or mode:
        yield ("TD5", "B", *(("2", code) if code else ("", "")), mode, carrier)
    if value.bill_of_lading:
        yield ("REF", "BM", fold(value.bill_of_lading)[:30])
    if value.tracking:
        yield ("REF", "CN", fold(value.tracking)[:30])
    yield ("DTM", "011", write_day(value.shipped_on))
    if value.expected_on:
        yield ("DTM", "017", write_day(value.expected_on))
    yield from write_party(value.ship_from, "SF")
    yield from write_party(value.ship_to, "ST")


def _order(value: ShipNotice) -> Iterator[OutSegment]:
    ordered = write_day(value.ordered_on) if value.ordered_on else ""
    yield ("PRF", value.po_number, value.release_number, "", ordered)
    for qualifier, text in value.references:
        if qualifier in ("IA", "DP"):
            yield ("REF", qualifier, fold(text)[:30])


def _by_pack(value: ShipNotice) -> Iterator[OutSegment]:
    level = 2
    for pack in value.packs:
        level += 1
        parent = level
        yield ("HL", str(parent), "2", "P", "1")
        yield _label(pack)
        for item in pack.items:
            level += 1
            yield ("HL", str(level), str(parent), "I", "0")
            yield from _item(item, item.shipped)


def _merged(value: ShipNotice) -> Iterator[tuple[NoticeItem, Decimal, list[NoticePack]]]:
    """Yield each line once with its units and the packs that hold some."""
    found: dict[tuple[str, tuple[tuple[str, str], ...]], list[NoticePack]] = {}
    units: dict[tuple[str, tuple[tuple[str, str], ...]], Decimal] = {}
    first: dict[tuple[str, tuple[tuple[str, str], ...]], NoticeItem] = {}
    for pack in value.packs:
        for item in pack.items:
            key = (item.buyer_line, item.items)
            first.setdefault(key, item)
            units[key] = units.get(key, Decimal(0)) + item.shipped
            packs = found.setdefault(key, [])
            if pack not in packs:
                packs.append(pack)
    for key, packs in found.items():
        yield first[key], units[key], packs


def _by_item(value: ShipNotice) -> Iterator[OutSegment]:
    level = 2
    for item, units, packs in _merged(value):
        level += 1
        parent = level
        yield ("HL", str(parent), "2", "I", "1")
        yield from _item(item, units)
        for pack in packs:
            level += 1
            yield ("HL", str(level), str(parent), "P", "0")
            yield _label(pack)


def _items_only(value: ShipNotice) -> Iterator[OutSegment]:
    for level, (item, units, _) in enumerate(_merged(value), start=3):
        yield ("HL", str(level), "2", "I", "0")
        yield from _item(item, units)


def _label(pack: NoticePack) -> OutSegment:
    tracking = ("", "CP", fold(pack.tracking)[:48]) if pack.tracking else ()
    return ("MAN", "GM", f"00{pack.sscc}", *tracking)


def _item(item: NoticeItem, units: Decimal) -> Iterator[OutSegment]:
    ids = write_pairs(item.items, 15) or ["ZZ", "UNKNOWN"]
    number, unit = line_number(item.buyer_line), unit_code(item.unit)
    yield ("LIN", number, *ids)
    ordered = ("", write_number(item.ordered), unit) if item.ordered else ()
    yield ("SN1", number, write_number(units), unit, *ordered)
