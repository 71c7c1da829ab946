"""A stand-in for a supplier, for demos, tests and simulations: it answers our 850s and ships."""

from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime
from decimal import Decimal

from oms_edi.domain.documents import (
    AcknowledgedLine,
    Acknowledgment,
    LineAnswer,
    NoticeItem,
    NoticePack,
    ShipNotice,
)
from oms_edi.domain.item import check_digit
from oms_edi.domain.message import LineMessage, OrderMessage
from oms_edi.domain.party import Party
from oms_edi.testing import Received, received, wrap
from oms_edi.transactions import t850_purchase_order, t855_acknowledgment, t856_ship_notice
from oms_edi.x12.control import set_control
from oms_edi.x12.write import Body, SetOut, render_set

#: GS1 prefix of its labels.
_PREFIX = "0789014"


def purchases_in(interchange: bytes) -> tuple[OrderMessage, ...]:
    """Return the orders of an 850 interchange of ours."""
    return received(interchange, t850_purchase_order.read).orders


def answer_850(interchange: bytes, *, control_number: int, now: datetime) -> bytes:
    """Return the 855 interchange of a supplier that accepts all of an 850 interchange."""
    told = received(interchange, t850_purchase_order.read)
    bodies = [
        t855_acknowledgment.write(
            Acknowledgment(
                purpose="00",
                kind="AD",
                po_number=order.po_number,
                release_number="",
                ordered_on=order.ordered_on or now.date(),
                order_id=f"T{order.po_number.removeprefix('SO')}",
                acknowledged_on=now.date(),
                lines=tuple(_accepted(line, order.ship_on) for line in order.lines),
            ),
            version=told.group.version,
        )
        for order in told.orders
    ]
    return _send(told, "855", "PR", bodies, control_number=control_number, now=now)


def _accepted(line: LineMessage, ship_on: date | None) -> AcknowledgedLine:
    return AcknowledgedLine(
        buyer_line=line.buyer_line,
        quantity=line.quantity,
        unit=line.unit,
        unit_price=line.unit_price,
        price_basis=line.price_basis,
        items=line.items,
        answers=(LineAnswer("IA", line.quantity, ship_on),),
    )


def _everything(line: LineMessage) -> Decimal:
    return line.quantity


def ship_850(
    interchange: bytes,
    *,
    control_number: int,
    now: datetime,
    units: Callable[[LineMessage], Decimal] = _everything,
    only: Collection[str] | None = None,
) -> bytes:
    """Return the 856 interchange of a supplier that ships an 850 interchange; b"" for none.

    `units` says how much of a line; `only` names the orders that ship, None = all. A carton a line.
    """
    told = received(interchange, t850_purchase_order.read)
    bodies = [
        t856_ship_notice.write(
            _notice(order, units, now, control_number), version=told.group.version
        )
        for order in told.orders
        if only is None or order.po_number in only
    ]
    if not bodies:
        return b""
    return _send(told, "856", "SH", bodies, control_number=control_number, now=now)


def _notice(
    order: OrderMessage, units: Callable[[LineMessage], Decimal], now: datetime, control: int
) -> ShipNotice:
    number = order.po_number.removeprefix("SO").replace("-", "")
    packs = []
    for place, line in enumerate(order.lines, start=1):
        digits = f"0{_PREFIX}{int(number) * 100 + place:09d}"
        item = NoticeItem(
            buyer_line=line.buyer_line,
            items=line.items,
            shipped=units(line),
            unit=line.unit,
            ordered=line.quantity,
        )
        label = digits + check_digit(digits)
        packs.append(NoticePack(sscc=label, tracking=f"PT{control:03d}{number}", items=(item,)))
    return ShipNotice(
        shipment=f"T{number}-{control}",
        created_at=now,
        shipped_on=now.date(),
        expected_on=None,
        structure="0001",
        po_number=order.po_number,
        release_number="",
        ordered_on=order.ordered_on,
        references=(),
        ship_from=order.party("VN") or Party(role="SF"),
        ship_to=order.party("ST") or Party(role="ST"),
        scac="PRTL",
        carrier_name="PRAIRIE TRAIL PARCEL",
        transport="M",
        bill_of_lading=f"PB{number}",
        tracking="",
        weight=None,
        packs=tuple(packs),
    )


def _send(
    told: Received[OrderMessage],
    set_id: str,
    functional_id: str,
    bodies: Sequence[Body],
    *,
    control_number: int,
    now: datetime,
) -> bytes:
    theirs = told.interchange
    sets = [
        render_set(
            SetOut(set_id=set_id, control_number=set_control(count), body=body), theirs.delimiters
        )
        for count, body in enumerate(bodies, start=1)
    ]
    return wrap(theirs, told.group, functional_id, sets, control_number=control_number, now=now)
