"""What we tell a buyer about an order: the 855 as a value, from the facts in the book. Pure.

Quantities of the answers of a line add up to what was ordered; `check` refuses to send otherwise.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from oms_edi.domain.documents import AcknowledgedLine, Acknowledgment, LineAnswer
from oms_edi.domain.lifecycle import Quantities, order_name
from oms_edi.domain.order import BookLine, BookOrder
from oms_edi.domain.quantity import Method, to_buyer

#: What rounding may make of a quantity in the buyer's unit.
_ROUNDING = Decimal("0.01")
_NOTHING_PROMISED: Mapping[int, date] = MappingProxyType({})


def acknowledgment(
    order: BookOrder,
    *,
    ship_dates: Mapping[int, date],
    method: Method,
    on: date,
    promised: Mapping[int, date] = _NOTHING_PROMISED,
) -> Acknowledgment:
    """Return the 855 for the order as it stands; `ship_dates` are by line id.

    `promised` is the day on which what waits of a line will ship, where that is certain.
    """
    groups: dict[tuple[object, ...], list[BookLine]] = {}
    for line in order.lines:  # shares of one PO1 are answered together, equal numbers alone are not
        key = (line.buyer_line, line.items, line.buyer_unit, line.buyer_price)
        groups.setdefault(key, []).append(line)
    lines = tuple(
        acknowledged_line(group, ship_dates, promised, method) for group in groups.values()
    )
    place = order.destinations[0] if len(order.destinations) == 1 else None
    return Acknowledgment(
        purpose="05" if order.answers else "00",
        kind=_kind(lines),
        po_number=order.po_number,
        release_number=order.release_number,
        ordered_on=order.ordered_on or on,
        order_id=order_name(order.order_id),
        acknowledged_on=on,
        references=tuple(pair for pair in order.references if pair[0] in ("IA", "DP", "CO")),
        ship_to=place,
        lines=lines,
    )


def _kind(lines: Iterable[AcknowledgedLine]) -> str:
    """Return BAK02: AD nothing changed, AC something did, RD all refused, AH all on hold."""
    statuses = {answer.status for line in lines for answer in line.answers}
    if statuses == {"IA"}:
        return "AD"
    if statuses <= {"ID", "IR", "R2"}:
        return "RD"
    return "AH" if statuses == {"IH"} else "AC"


def acknowledged_line(
    group: Sequence[BookLine],
    ship_dates: Mapping[int, date],
    promised: Mapping[int, date],
    method: Method,
) -> AcknowledgedLine:
    """Return how the shares of one line stand."""
    first = group[0]
    total, units_in = first.buyer_quantity, first.quantities
    if len(group) > 1:
        total = sum((line.buyer_quantity for line in group), Decimal(0))
        units_in = Quantities(*map(sum, zip(*(line.quantities for line in group), strict=True)))
    factor = first.unit_factor
    agreed = _agreed(first, units_in.ordered, total, method)
    all_going = units_in.allocated + units_in.released + units_in.shipped == units_in.ordered
    if len(group) == 1 and agreed == total and all_going:  # as nearly every line is answered
        status = "IP" if _price_changed(first) else "IA"
        return _answered(first, total, (LineAnswer(status, total, ship_dates.get(first.line_id)),))
    answers: list[LineAnswer] = []
    going = [
        (line, units)
        for line in group
        if (units := line.quantities.allocated + line.quantities.released + line.quantities.shipped)
    ]
    if going:
        changed = "IQ" if units_in.cancelled or agreed > total else "IA"
        status = "IP" if _price_changed(first) else changed
        for on, units in _by_date(going, ship_dates).items():
            quantity = to_buyer(units, method=method, factor=factor)
            answers.append(LineAnswer(status=status, quantity=quantity, on=on))
    if units_in.backordered:
        waiting = [(one, q) for one in group if (q := one.quantities.backordered)]
        for on, units in _by_date(waiting, promised).items():
            quantity = to_buyer(units, method=method, factor=factor)
            answers.append(LineAnswer(status="IB", quantity=quantity, on=on))
    refused = "R2" if first.item is None else ("ID" if going else "IR")
    for status, units in (("IH", units_in.open), (refused, units_in.cancelled)):
        if units:
            quantity = to_buyer(units, method=method, factor=factor)
            answers.append(LineAnswer(status=status, quantity=quantity))
    exact = _exact(answers, agreed, held=first.item is None)
    return _answered(first, total, exact, agreed if agreed > total else None)


def _answered(
    line: BookLine,
    quantity: Decimal,
    answers: tuple[LineAnswer, ...],
    agreed: Decimal | None = None,
) -> AcknowledgedLine:
    return AcknowledgedLine(
        line.buyer_line,
        quantity,
        line.buyer_unit,
        line.price,
        line.price_basis,
        line.items,
        answers,
        agreed,
    )


def _agreed(line: BookLine, ordered: int, total: Decimal, method: Method) -> Decimal:
    """Return what the line counts as with us: more than `total` if it was rounded up."""
    ours = to_buyer(ordered, method=method, factor=line.unit_factor)
    return ours if line.item is not None and ours > total + _ROUNDING else total


def _by_date(
    going: Iterable[tuple[BookLine, int]], ship_dates: Mapping[int, date]
) -> dict[date | None, int]:
    found: dict[date | None, int] = {}
    for line, units in going:
        on = ship_dates.get(line.line_id)
        found[on] = found.get(on, 0) + units
    return found


def _price_changed(line: BookLine) -> bool:
    return line.buyer_price is not None and line.price != line.buyer_price


def _exact(answers: Sequence[LineAnswer], total: Decimal, *, held: bool) -> tuple[LineAnswer, ...]:
    """Make rounded shares of an uneven unit add up: the last one takes the rest.

    A line without an item is counted in their units, whatever stands in for ours.
    """
    if not answers:
        return ()
    head, last = answers[:-1], answers[-1]
    rest = total - sum((answer.quantity for answer in head), Decimal(0)) if head else total
    if rest == last.quantity:
        return tuple(answers)
    if not held and abs(rest - last.quantity) > _ROUNDING:
        return tuple(answers)  # a real difference: `check` must see it
    last = LineAnswer(
        status=last.status, quantity=rest, on=last.on, date_qualifier=last.date_qualifier
    )
    return (*head, last)


def days(texts: Mapping[int, str]) -> dict[int, date]:
    """Return days by line id as dates."""
    return {line_id: date.fromisoformat(text) for line_id, text in texts.items()}


def content_sha(kind: str, body: Sequence[Sequence[str]]) -> str:
    """Hash what a buyer learns from an 855; its BAK, with date and purpose, is not part of that."""
    told = "\n".join(map("*".join, body[1:]))
    return hashlib.sha256(f"{kind}\n{told}".encode()).hexdigest()


def check(value: Acknowledgment) -> str:
    """Return why this 855 must not leave: a line whose answers do not add up; "" if it may."""
    for line in value.lines:
        told = sum([answer.quantity for answer in line.answers], Decimal(0))
        due = line.quantity if line.agreed is None else line.agreed
        if told != due:
            return f"line {line.buyer_line}: ordered {due}, answered {told}"
    return ""
