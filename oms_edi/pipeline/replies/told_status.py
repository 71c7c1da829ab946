"""How an order stands, in its customer's words, from the facts in the book. Pure.

The parts of a line add up to what is ordered of it, as the answers of an 855 do.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from oms_edi.domain.holds import HoldKind
from oms_edi.domain.lifecycle import Place, Status, line_status, order_name
from oms_edi.domain.lifecycle import order_status as derive
from oms_edi.domain.order import BookLine, BookOrder
from oms_edi.domain.order_status import OrderStatus, StatusLine, StatusPart
from oms_edi.domain.quantity import Method, to_buyer
from oms_edi.domain.tracking import carrier_name
from oms_edi.domain.vocabulary import (
    HELD,
    SHIPPED_AND_WAITING,
    SHIPPED_IN_PART,
    STATUS,
    UNITS,
    Words,
    held_words,
)
from oms_edi.store.status import Going, Left


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the book says beside the quantities of an order, by line id."""

    going: Mapping[int, Sequence[Going]]
    left: Mapping[int, Sequence[Left]]
    #: The day what waits will ship, where that is certain.
    promised: Mapping[int, str]
    #: Holds in force by line id; None = on the whole order.
    holds: Mapping[int | None, Sequence[HoldKind]]


def order_status(order: BookOrder, facts: Facts, *, method: Method) -> OrderStatus:
    """Return how the order stands for its customer."""
    groups: dict[tuple[object, ...], list[BookLine]] = {}
    for line in order.lines:  # shares of one PO1 are one line for the customer
        key = (line.buyer_line, line.items, line.buyer_unit, line.buyer_price)
        groups.setdefault(key, []).append(line)
    words = _words(order)
    return OrderStatus(
        po_number=order.po_number,
        release_number=order.release_number,
        ordered_on=order.ordered_on,
        order=order_name(order.order_id),
        code=words.code,
        word=words.customer,
        lines=tuple(_line(group, facts, method) for group in groups.values()),
    )


def _words(order: BookOrder) -> Words:
    status = derive(line_status(line.quantities, held=line.held) for line in order.lines)
    if status is Status.SHIPPED and any(line.quantities.cancelled for line in order.lines):
        return SHIPPED_IN_PART
    if status is Status.PARTLY_SHIPPED and _waits_only(order):
        return SHIPPED_AND_WAITING
    return STATUS[status]


def _waits_only(order: BookOrder) -> bool:
    """True if all that is still to ship waits for stock."""
    each = [line.quantities for line in order.lines]
    return not any(q.open or q.allocated or q.released for q in each)


def _line(group: Sequence[BookLine], facts: Facts, method: Method) -> StatusLine:
    first = group[0]
    told: dict[tuple[object, ...], int] = {}
    for line in group:
        for part, units in _parts(line, facts):
            key = tuple(part)
            told[key] = told.get(key, 0) + units
    total = sum((line.buyer_quantity for line in group), Decimal(0))
    factor = first.unit_factor
    ordered = to_buyer(sum(line.quantities.ordered for line in group), method=method, factor=factor)
    agreed = ordered if first.item is not None else total
    parts = [
        StatusPart._make(key)._replace(quantity=to_buyer(units, method=method, factor=factor))
        for key, units in told.items()
    ]
    return StatusLine(
        buyer_line=first.buyer_line,
        items=first.items,
        description=first.description,
        quantity=agreed,
        unit=first.buyer_unit,
        parts=_exact(parts, agreed),
    )


def _exact(parts: Sequence[StatusPart], total: Decimal) -> tuple[StatusPart, ...]:
    """Make rounded shares of an uneven unit add up: the last one takes the rest."""
    if not parts:
        return ()
    rest = total - sum((part.quantity for part in parts[:-1]), Decimal(0))
    return (*parts[:-1], parts[-1]._replace(quantity=rest))


def _parts(line: BookLine, facts: Facts) -> Iterator[tuple[StatusPart, int]]:
    """Yield the parts of a line, without a quantity, with their units."""
    q = line.quantities
    shipped = q.shipped
    for load in facts.left.get(line.line_id, ()):
        units = min(load.units, shipped)
        shipped -= units
        if units:
            yield _left(load), units
    if shipped:
        yield _part(UNITS[Place.SHIPPED]), shipped
    if line.held:
        yield from _of_held(line, facts)
    else:
        yield from _going(line, facts, q.released + q.allocated)
        if q.backordered:
            yield _part(UNITS[Place.BACKORDERED], facts.promised.get(line.line_id)), q.backordered
        if q.open:
            yield _part(UNITS[Place.OPEN]), q.open
    if q.cancelled:
        yield _part(UNITS[Place.CANCELLED]), q.cancelled


def _of_held(line: BookLine, facts: Facts) -> Iterator[tuple[StatusPart, int]]:
    """Yield what a warehouse has of a held line already, and what a person must decide on."""
    q = line.quantities
    yield from _going(line, facts, q.released, released=True)
    units = q.allocated + q.backordered + q.open
    if units:
        kinds = (*facts.holds.get(None, ()), *facts.holds.get(line.line_id, ()))
        yield _part(HELD._replace(customer=held_words(kinds))), units


def _going(
    line: BookLine, facts: Facts, units: int, *, released: bool = False
) -> Iterator[tuple[StatusPart, int]]:
    left = units
    for one in facts.going.get(line.line_id, ()):
        some = min(one.units, left)
        if some and (one.is_released or not released):
            left -= some
            part = _part(UNITS[Place.RELEASED], one.ship_on)
            yield part._replace(arrives=_day(one.deliver_on)), some
    if left:
        yield _part(UNITS[Place.RELEASED]), left


def _part(words: Words, on: str | None = None) -> StatusPart:
    return StatusPart(words.code, words.customer, Decimal(0), on=_day(on))


def _left(load: Left) -> StatusPart:
    return _part(UNITS[Place.SHIPPED], load.shipped_on)._replace(
        arrives=_day(load.deliver_on),
        carrier=carrier_name(load.scac, load.carrier_name),
        scac=load.scac,
        tracking=load.tracking,
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def only(status: OrderStatus, wanted: Iterable[int]) -> OrderStatus:
    """Return a status of some lines, by their place."""
    chosen = sorted(set(wanted))
    return status._replace(lines=tuple(status.lines[place] for place in chosen))


def told_sha(status: OrderStatus) -> str:
    """Hash what a customer learns from a status."""
    return hashlib.sha256(repr(status).encode()).hexdigest()
