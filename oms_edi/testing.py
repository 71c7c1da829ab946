"""Stand-ins for the other side, for demos and tests: 997s, and a warehouse that answers 940s."""

import io
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Generic, Literal, TypeVar

from oms_edi.domain.documents import AdviceLine, ShippingAdvice, ShippingOrder
from oms_edi.domain.issue import Issue
from oms_edi.domain.item import check_digit
from oms_edi.transactions import t940_shipping_order, t945_shipping_advice
from oms_edi.x12.acknowledge import SetVerdict, acknowledge_group
from oms_edi.x12.control import interchange_control, set_control
from oms_edi.x12.envelope import GroupHeader, InterchangeHeader
from oms_edi.x12.events import GroupStart, InterchangeStart, SetRead
from oms_edi.x12.nesting import ScanLimits
from oms_edi.x12.scan import scan
from oms_edi.x12.write import RenderedGroup, SetOut, assemble, render_set

#: How a warehouse ships an order: everything; the last line short; in two loads; everything without
#: labels; not at all.
Scenario = Literal["full", "short", "split", "unlabeled", "none"]


T = TypeVar("T")
#: Reads a set; None where it makes no order. The readers of `oms_edi.transactions`.
Reader = Callable[..., tuple[T | None, list[Issue]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Received(Generic[T]):
    """An interchange of ours with orders, as who got it has it."""

    interchange: InterchangeHeader
    group: GroupHeader
    orders: tuple[T, ...]


def received(interchange: bytes, read: Reader[T]) -> Received[T]:
    """Return the orders of an interchange, as `read` understands its sets.

    Raises:
        ValueError: it holds no group.
    """
    header: InterchangeHeader | None = None
    group: GroupHeader | None = None
    orders: list[T] = []
    for event in scan(io.BytesIO(interchange), limits=ScanLimits()):
        match event:
            case InterchangeStart():
                header = event.header
            case GroupStart():
                group = event.header
            case SetRead():
                one = event.set
                order, _ = read(one.segments(), delimiters=one.delimiters, version="")
                if order is not None:
                    orders.append(order)
    if header is None or group is None:
        raise ValueError("no interchange with a group")
    return Received(interchange=header, group=group, orders=tuple(orders))


def orders_in(interchange: bytes) -> tuple[ShippingOrder, ...]:
    """Return the shipping orders of a 940 interchange."""
    return received(interchange, t940_shipping_order.read).orders


def last_words(interchanges: Sequence[bytes]) -> list[set[str]]:
    """Return, for each 940 interchange, the depositor orders a later one says otherwise of."""
    named = [{order.depositor_order for order in orders_in(one)} for one in interchanges]
    return [
        {name for name in names if any(name in later for later in named[place + 1 :])}
        for place, names in enumerate(named)
    ]


def answer_997(interchange: bytes, *, control_number: int, now: datetime) -> bytes:
    """Return the 997 interchange a partner would send that takes all of `interchange`.

    Raises:
        ValueError: it holds no group.
    """
    header: InterchangeHeader | None = None
    groups: dict[GroupHeader, list[SetVerdict]] = {}
    for event in scan(io.BytesIO(interchange), limits=ScanLimits()):
        match event:
            case InterchangeStart():
                header = event.header
            case GroupStart():
                groups[event.header] = []
            case SetRead():
                one = event.set
                verdict = SetVerdict(set_id=one.set_id, control_number=one.control_number, code="A")
                groups[list(groups)[-1]].append(verdict)
    if header is None or not groups:
        raise ValueError("no interchange with a group")
    sets = [
        render_set(
            SetOut(
                set_id="997",
                control_number=set_control(count),
                body=acknowledge_group(
                    group,
                    verdicts,
                    group_issues=(),
                    declared_sets=len(verdicts),
                    received_sets=len(verdicts),
                    version=group.version,
                ),
            ),
            header.delimiters,
        )
        for count, (group, verdicts) in enumerate(groups.items(), start=1)
    ]
    return wrap(header, list(groups)[-1], "FA", sets, control_number=control_number, now=now)


def answer_940(
    interchange: bytes,
    *,
    control_number: int,
    now: datetime,
    scenario: Callable[[ShippingOrder], Scenario],
    silent: Collection[str] = (),
) -> bytes:
    """Return the 945 interchange a warehouse would send for a 940 interchange; b"" for none.

    It ships less, or nothing, where the 940 says so (W0501 R, F). Of depositor orders in `silent`
    it says nothing.
    """
    told = received(interchange, t940_shipping_order.read)
    theirs = told.interchange
    advices = [
        (order, advice)
        for order in told.orders
        if order.depositor_order not in silent
        for advice in _advices(order, scenario(order), now.date(), control_number)
    ]
    if not advices:
        return b""
    sets = [
        render_set(
            SetOut(
                set_id="945",
                control_number=set_control(count),
                body=t945_shipping_advice.write(
                    advice,
                    version=told.group.version,
                    warehouse=order.warehouse,
                    depositor=order.depositor,
                ),
            ),
            theirs.delimiters,
        )
        for count, (order, advice) in enumerate(advices, start=1)
    ]
    return wrap(theirs, told.group, "SW", sets, control_number=control_number, now=now)


def wrap(
    theirs: InterchangeHeader,
    their_group: GroupHeader,
    functional_id: str,
    sets: list[str],
    *,
    control_number: int,
    now: datetime,
) -> bytes:
    """Send sets back to where an interchange came from."""
    header = InterchangeHeader(
        sender_qualifier=theirs.receiver_qualifier,
        sender_id=theirs.receiver_id,
        receiver_qualifier=theirs.sender_qualifier,
        receiver_id=theirs.sender_id,
        date=now.strftime("%y%m%d"),
        time=now.strftime("%H%M"),
        version=theirs.version,
        control_number=interchange_control(control_number),
        ack_requested=False,
        usage=theirs.usage,
        delimiters=theirs.delimiters,
    )
    group = GroupHeader(
        functional_id=functional_id,
        sender=their_group.receiver,
        receiver=their_group.sender,
        date=now.strftime("%Y%m%d"),
        time=now.strftime("%H%M"),
        control_number=str(control_number),
        version=their_group.version,
    )
    content, _ = assemble(header=header, groups=[RenderedGroup(header=group, sets=sets)])
    return content


def _advices(
    order: ShippingOrder, scenario: Scenario, on: date, serial: int
) -> Iterator[ShippingAdvice]:
    lines = order.lines
    if scenario == "none":
        return
    if order.status == "F" or not all(line.quantity for line in lines):
        told = tuple(
            _shipping(line, Decimal(0), "CU") if order.status == "F" or not line.shipped else line
            for line in _lines(order, lines, serial)
        )
        yield _advice(order, told, on, load="")
        return
    if scenario == "unlabeled":
        plain = tuple(_shipping(one, one.shipped, "CC") for one in _lines(order, lines, serial))
        yield _advice(order, plain, on, load="")
        return
    if scenario == "split" and len(lines) > 1:
        yield _advice(order, _lines(order, lines[:1], serial), on, load="A")
        yield _advice(order, _lines(order, lines[1:], serial), on, load="B")
        return
    if scenario == "split":
        whole = _lines(order, lines, serial)[0]
        half = Decimal(int(whole.shipped) // 2)
        yield _advice(order, (_shipping(whole, half, "PR"),), on, load="A")
        yield _advice(order, (_shipping(whole, whole.shipped - half, "CC"),), on, load="B")
        return
    told = _lines(order, lines, serial)
    if scenario == "short":
        last = told[-1]
        rest = _shipping(last, Decimal(int(last.shipped) * 2 // 3), "CP", reason="01")
        told = (*told[:-1], rest)
    yield _advice(order, told, on, load="")


def _lines(order: ShippingOrder, lines: tuple[object, ...], serial: int) -> tuple[AdviceLine, ...]:
    """Ship lines in full, a labeled carton each."""
    chosen = [line for line in order.lines if line in lines]
    found = []
    for line in chosen:
        number = int(order.depositor_order.removeprefix("SO").replace("-", "")) * 100 + line.number
        digits = f"0{'0789013'}{number % 10**9:09d}"
        found.append(
            AdviceLine(
                status="CC",
                ordered=line.quantity,
                shipped=line.quantity,
                unit=line.unit,
                items=line.items,
                packs=((digits + check_digit(digits), f"BLB{serial:03d}{number % 10**7:07d}"),),
            )
        )
    return tuple(found)


def _shipping(line: AdviceLine, units: Decimal, status: str, reason: str = "") -> AdviceLine:
    """Return the line with other units; a second load has no label of its own."""
    first = status == "PR"
    return AdviceLine(
        status=status,
        ordered=line.ordered,
        shipped=units,
        unit=line.unit,
        items=line.items,
        reason=reason,
        packs=line.packs if first or reason else tuple(("", one) for _, one in line.packs),
    )


def _advice(
    order: ShippingOrder, lines: tuple[AdviceLine, ...], on: date, *, load: str
) -> ShippingAdvice:
    return ShippingAdvice(
        depositor_order=order.depositor_order,
        warehouse_shipment=f"W{order.depositor_order.removeprefix('SO')}{load}",
        po_number=order.po_number,
        shipped_on=on,
        carrier_name="BLUEBIRD FREIGHT",
        scac=order.scac or "BLBF",
        transport="M",
        bill_of_lading=f"BOL{order.depositor_order.removeprefix('SO')}{load}",
        tracking=lines[0].packs[0][1] if lines and lines[0].packs else "",
        lines=lines,
        cartons=len(lines),
    )
