"""Compare a change with the book, line by line: what is wanted, in our terms. Reads, never writes.

A line is found by the buyer's number, else by an item that only one line has. What could mean two
things is refused with the reason; nothing is guessed.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from oms_edi.domain.change import ADD, ASPECTS, DELETE, Aspect, LineChange
from oms_edi.domain.message import Destination
from oms_edi.domain.order import BookLine, BookOrder
from oms_edi.domain.party import Party
from oms_edi.partners.profile import PartnerProfile
from oms_edi.pipeline.orders.enrich import Lookups, Resolved, find_item, resolve, sold_quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What one line of a change wants of the book."""

    #: Of the POC from 1; lines a replacement leaves out are counted on.
    number: int
    poc: LineChange
    #: Lines of the book it is about; empty for one to be added, or none found.
    lines: tuple[BookLine, ...] = ()
    #: Base units each of them is to ship, by line id; empty = as they are.
    units: Mapping[int, int] = field(default_factory=dict)
    #: Why we do not sell that many, by line id.
    odd: Mapping[int, str] = field(default_factory=dict)
    #: The buyer's new price; None = as it is.
    price: Decimal | None = None
    #: New day; None = as it is.
    requested_on: date | None = None
    #: New place; None = as it is.
    ship_to: Party | None = None
    is_added: bool = False
    is_deleted: bool = False
    #: Why it cannot be done; empty = it can as far as the words go.
    refused: str = ""


#: Units a line ships or shipped unless something happens.
Live = Callable[[BookLine], int]


def wish_for(
    number: int,
    poc: LineChange,
    order: BookOrder,
    profile: PartnerProfile,
    lookups: Lookups,
    live: Live,
    *,
    is_replaced: bool,
) -> Wish:
    """Return what one line of a change wants of the order as it stands.

    `is_replaced`: the change replaces the order, so that a line it has not is a new one.
    """
    return _Comparison(order, profile, lookups, live).wish(number, poc, is_replaced=is_replaced)


def left_out(order: BookOrder, told: Collection[int], live: Live, *, first: int) -> list[Wish]:
    """Return a wish to delete each line, not among `told`, that a replacement leaves out."""
    lines = [line for line in order.lines if line.line_id not in told and live(line)]
    return [
        Wish(
            number=number,
            poc=LineChange(buyer_line=line.buyer_line, code="DI", items=line.items),
            lines=(line,),
            is_deleted=True,
        )
        for number, line in enumerate(lines, start=first)
    ]


class _Comparison:
    """A change beside the order it is about."""

    def __init__(
        self, order: BookOrder, profile: PartnerProfile, lookups: Lookups, live: Live
    ) -> None:
        self._order = order
        self._profile = profile
        self._lookups = lookups
        self._live = live

    def wish(self, number: int, poc: LineChange, *, is_replaced: bool) -> Wish:
        """Return what one line of the change wants."""
        if poc.fault:
            return Wish(number=number, poc=poc, refused=poc.fault)
        found = self._find(poc)
        if poc.code == ADD or (is_replaced and not found):
            if any(self._live(line) for line in found):
                reason = f"line {poc.buyer_line} exists already"
                return Wish(number=number, poc=poc, refused=reason)
            return Wish(number=number, poc=poc, is_added=True)
        if not found:
            name = f"line {poc.buyer_line}" if poc.buyer_line else "a line with this item"
            return Wish(number=number, poc=poc, refused=f"the order has not one {name}")
        item = find_item(poc.items, self._profile, self._lookups)
        if item is not None and found[0].item not in (None, item.item):
            reason = f"line {poc.buyer_line} is {found[0].item}, not {item.item}: delete and add"
            return Wish(number=number, poc=poc, lines=found, refused=reason)
        if poc.code in DELETE:
            return Wish(number=number, poc=poc, lines=found, is_deleted=True)
        return self._altered(number, poc, found)

    def _find(self, poc: LineChange) -> tuple[BookLine, ...]:
        """Return the lines of the book a POC is about: the shares of one line of the buyer."""
        numbered = [line for line in self._order.lines if line.buyer_line == poc.buyer_line]
        if poc.buyer_line:
            alive = [line for line in numbered if self._live(line)]
            return tuple(alive or numbered)
        item = find_item(poc.items, self._profile, self._lookups)
        alike = [
            line
            for line in self._order.lines
            if self._live(line) and item is not None and line.item == item.item
        ]
        return tuple(alike) if len({line.buyer_line for line in alike}) == 1 else ()

    def _altered(self, number: int, poc: LineChange, lines: tuple[BookLine, ...]) -> Wish:
        aspects = ASPECTS[poc.code]
        first = lines[0]
        units: dict[int, int] = {}
        odd: dict[int, str] = {}
        if Aspect.QUANTITY in aspects and poc.quantity is not None:
            told = self._units(poc, lines)
            if isinstance(told, str):
                return Wish(number=number, poc=poc, lines=lines, refused=told)
            for line in lines:
                units[line.line_id], complaint = self._sold(line, told[line.line_id])
                if complaint:
                    odd[line.line_id] = complaint
            if reason := self._too_late(lines, odd):
                return Wish(number=number, poc=poc, lines=lines, refused=reason)
        price = poc.unit_price if Aspect.PRICE in aspects else None
        if price is None and aspects == {Aspect.PRICE}:
            return Wish(number=number, poc=poc, lines=lines, refused="it tells no price")
        on = poc.requested_on or _one_day(poc.shares)
        if on is None and aspects == {Aspect.DATE}:
            return Wish(number=number, poc=poc, lines=lines, refused="it tells no date")
        days = {line.requested_on for line in lines}
        return Wish(
            number=number,
            poc=poc,
            lines=lines,
            units=units,
            odd=odd,
            price=price if price != first.buyer_price else None,
            requested_on=on if Aspect.DATE in aspects and days != {on} else None,
            ship_to=self._place(poc, lines) if Aspect.PLACE in aspects else None,
        )

    def _units(self, poc: LineChange, lines: tuple[BookLine, ...]) -> dict[int, int] | str:
        """Return the units each line is to ship, or why nobody can say."""
        first = lines[0]
        if poc.unit and poc.unit != first.buyer_unit:
            return f"its unit is {poc.unit}, the line's {first.buyer_unit}"
        now = sum(self._live(line) for line in lines)
        total = self._total(poc, first, now)
        if isinstance(total, str):
            return total
        if poc.code == "QI" and total < now:
            return f"an increase to {total} units, but {now} are ordered"
        if poc.code == "QD" and total > now:
            return f"a decrease to {total} units, but {now} are ordered"
        if len(lines) == 1:
            if len(_places(poc.shares)) > 1:
                return "the line goes to one place, the change names several"
            return {first.line_id: total}
        if not poc.shares:
            same = {line.line_id: self._live(line) for line in lines}
            return same if total == now else f"the line has {len(lines)} shares, say which (SDQ)"
        return self._shares(poc, lines, total)

    def _total(self, poc: LineChange, line: BookLine, now: int) -> int | str:
        """Return the units all shares of a line are to have, as this partner counts them."""
        counts = self._profile.orders.changes.quantity
        quantity = poc.quantity
        if counts == "old_and_new" and poc.left is not None:
            quantity = poc.left
        units = self._base(line, quantity or Decimal(0))
        if isinstance(units, str) or counts != "delta":
            return units
        if poc.code == "QI":
            return now + units
        if poc.code == "QD":
            return now - units if units <= now else f"{units} units less than {now}"
        return units

    def _base(self, line: BookLine, quantity: Decimal) -> int | str:
        """Return a quantity of this line in base units."""
        if not quantity:
            return 0
        found = resolve(line.items, line.buyer_unit, quantity, self._profile, self._lookups)
        if found.problem and line.item is not None:
            return found.problem[1]
        return found.units

    def _sold(self, line: BookLine, units: int) -> tuple[int, str]:
        """Return the base units we sell where so many are wanted, and the complaint if there is."""
        item = self._lookups.item(line.item) if line.item and units != self._live(line) else None
        if item is None or not units:
            return units, ""
        found = Resolved(item=item, factor=line.unit_factor, units=units)
        return sold_quantity(found, self._lookups.terms(self._profile.id, item.item), self._profile)

    def _too_late(self, lines: Sequence[BookLine], odd: Mapping[int, str]) -> str:
        """Return why a quantity we do not sell is refused: a hold stops no warehouse."""
        if self._profile.orders.quantity.action != "hold":
            return ""
        told = (line for line in lines if line.quantities.released or line.quantities.shipped)
        return next((odd[line.line_id] for line in told if line.line_id in odd), "")

    def _shares(
        self, poc: LineChange, lines: Sequence[BookLine], total: int
    ) -> dict[int, int] | str:
        """Return units by line from an SDQ that tells all of them."""
        wanted = dict.fromkeys((line.line_id for line in lines), 0)
        for share in poc.shares:
            fits = [line for line in lines if self._fits(line, share)]
            if len(fits) != 1:
                place = share.ship_to.id_code if share.ship_to else share.requested_on
                return f"its share for {place} fits {len(fits)} lines of the order"
            units = self._base(fits[0], share.quantity)
            if isinstance(units, str):
                return units
            wanted[fits[0].line_id] += units
        if sum(wanted.values()) != total:
            return f"its shares make {sum(wanted.values())} units, its quantity {total}"
        return wanted

    def _fits(self, line: BookLine, share: Destination) -> bool:
        place = self._order.destinations[line.destination]
        here = share.ship_to is None or _is_same(place, share.ship_to)
        return here and share.requested_on in (None, line.requested_on)

    def _place(self, poc: LineChange, lines: Sequence[BookLine]) -> Party | None:
        """Return the new place of a line; None if it goes there already."""
        if poc.ship_to is None or len(lines) > 1:
            return None
        return moved_to(self._order.destinations[lines[0].destination], poc.ship_to)


def _one_day(shares: Iterable[Destination]) -> date | None:
    """Return the one day of all shares, None if there are several or none."""
    days = {share.requested_on for share in shares}
    return days.pop() if len(days) == 1 else None


def _places(shares: Iterable[Destination]) -> set[str]:
    return {share.ship_to.id_code or share.ship_to.name for share in shares if share.ship_to}


def _is_same(place: Party, wanted: Party) -> bool:
    """True if a ship-to names the place we have: by its code, else by its address."""
    if wanted.id_code:
        return place.id_code == wanted.id_code
    if wanted.has_address:
        ours = (place.street, place.city, place.state, place.postal_code)
        return ours == (wanted.street, wanted.city, wanted.state, wanted.postal_code)
    return not wanted.name or place.name == wanted.name


def moved_to(place: Party, wanted: Party) -> Party | None:
    """Return `wanted` if it is another place than the one we have."""
    return None if _is_same(place, wanted) else wanted
