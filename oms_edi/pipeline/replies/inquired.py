"""Which lines of an order somebody asks for by an 869. Pure; the answer is `answer_inquiry`'s."""

from collections.abc import Iterable, Iterator
from datetime import date

from oms_edi.domain.order import BookOrder
from oms_edi.domain.order_status import AskedLine, OrderStatus, StatusInquiry, StatusLine

_SHIPPED = frozenset(("CI", "PI"))
_UNSHIPPED = frozenset(("CO", "PO"))
#: ISR01 of units that left, and of those that will not come.
_LEFT, _CANCELLED = "SH", "CU"


def asked_lines(
    inquiry: StatusInquiry, order: BookOrder, now: OrderStatus, asked: tuple[AskedLine, ...]
) -> list[int]:
    """Return the places of the lines that are asked for; `asked` are lines named for this order."""
    if inquiry.stores and not {place.id_code for place in order.destinations} & {*inquiry.stores}:
        return []
    return [
        number
        for number, line in enumerate(now.lines)
        if _is_in_scope(line, inquiry.scope)
        and (not asked or any(_is_meant(line, one) for one in asked))
        and (not inquiry.days or _is_of_days(line, inquiry, order))
    ]


def _is_in_scope(line: StatusLine, scope: str) -> bool:
    codes = {part.code for part in line.parts}
    if scope in _SHIPPED:
        return _LEFT in codes
    return scope not in _UNSHIPPED or bool(codes - {_LEFT, _CANCELLED})


def _is_meant(line: StatusLine, asked: AskedLine) -> bool:
    if asked.items:
        return bool(set(asked.items) & set(line.items))
    return asked.buyer_line == line.buyer_line


def _is_of_days(line: StatusLine, inquiry: StatusInquiry, order: BookOrder) -> bool:
    """True if a day of the order or a part of the line, wanted or told, is among those asked."""
    have: dict[str, list[date]] = {
        "ordered": list(_known((order.ordered_on,))),
        "ships": list(_known((order.ship_on, *(part.on for part in line.parts)))),
        "arrives": list(_known((order.deliver_by, *(part.arrives for part in line.parts)))),
    }
    return any(one.first <= on <= one.last for one in inquiry.days for on in have[one.of])


def _known(days: Iterable[date | None]) -> Iterator[date]:
    return (on for on in days if on is not None)
