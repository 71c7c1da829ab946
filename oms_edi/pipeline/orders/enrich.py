"""Turn a partner's words into ours: items, units, prices, places, dates. Reads, never writes.

What cannot be turned becomes a hold with a reason; nothing is guessed.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import count
from typing import NamedTuple, Protocol

from oms_edi.domain.counted import counted
from oms_edi.domain.customer import Customer, SaleTerms
from oms_edi.domain.holds import Hold, HoldKind
from oms_edi.domain.item import Item
from oms_edi.domain.message import Destination, LineMessage, OrderMessage
from oms_edi.domain.order import NewLine, NewOrder
from oms_edi.domain.party import Party
from oms_edi.domain.quantity import factor_of, to_base
from oms_edi.partners.checks import DateSettings
from oms_edi.partners.profile import OrderSettings, PartnerProfile
from oms_edi.pipeline.orders.find_place import find_place
from oms_edi.pipeline.orders.findings import Findings

#: Roles that say where goods go, best first; one 850 in five has no N1*ST.
SHIP_TO_ROLES = ("ST", "MA", "OB", "BY")


class Lookups(Protocol):
    """What enrichment asks the catalog."""

    #: Items that ids were found to name, by partner and ids; None = none of ours.
    named: dict[tuple[str, tuple[tuple[str, str], ...]], Item | None]

    def item(self, item: str) -> Item | None:
        """Return the item with our number."""

    def find(self, partner: str, qualifier: str, code: str) -> str | None:
        """Return our number for a partner's code."""

    def terms(self, partner: str, item: str) -> SaleTerms:
        """Return the price of one base unit, and in which quantities it is sold."""

    def places(self, partner: str) -> dict[str, Party]:
        """Return the customer's ship-tos the book knows, by code."""

    def customer(self, partner: str) -> Customer:
        """Return what the book knows of a customer beside its mapping."""


def enrich(
    message: OrderMessage, profile: PartnerProfile, lookups: Lookups, *, today: date
) -> NewOrder:
    """Return `message` as an order of our book, with holds for what a person must settle."""
    findings = Findings()
    check_dates(message, profile.orders.dates, today, findings)
    places: dict[Party | None, int] = {}
    destinations: list[Party] = []
    lines: list[NewLine] = []
    header = next((p for role in SHIP_TO_ROLES if (p := message.party(role))), None)
    wanted: Party | None = None
    destination = 0
    for number, line in zip(_line_numbers(message.lines), message.lines, strict=True):
        for share in line.destinations or (Destination(quantity=line.quantity),):
            if (share.ship_to or header) is not wanted or not destinations:
                wanted = share.ship_to or header
                if wanted not in places:
                    places[wanted] = len(destinations)
                    destinations.append(find_place(wanted, profile, lookups, findings))
                destination = places[wanted]
            lines.append(
                _line(
                    line,
                    share,
                    profile,
                    lookups,
                    findings,
                    buyer_line=number,
                    index=len(lines),
                    destination=destination,
                )
            )
    return NewOrder(
        message=message,
        tier=lookups.customer(profile.id).tier or profile.orders.tier,
        destinations=tuple(destinations),
        lines=tuple(lines),
        holds=tuple(findings.holds),
        warnings=tuple(findings.warnings),
        settled=tuple(findings.settled),
        content_sha=content_sha(message),
    )


def _line_numbers(lines: Sequence[LineMessage]) -> Iterator[str]:
    """Yield the buyer's line numbers; a line without one gets its place, or a free number."""
    told = {line.buyer_line for line in lines}
    free = (str(number) for number in count(len(lines) + 1) if str(number) not in told)
    for place, line in enumerate(lines, start=1):
        yield line.buyer_line or (next(free) if str(place) in told else str(place))


def content_sha(message: OrderMessage) -> str:
    """Hash what was ordered: two orders with the same hash ask for the same goods."""
    told = (
        message.purpose.value,
        message.po_number,
        message.release_number,
        str(message.ship_on or message.not_before),
        str(message.cancel_after or message.not_after),
        str(message.deliver_by),
        [tuple(party) for party in message.parties],
        [
            (
                line.buyer_line,
                _plain(line.quantity),
                line.unit,
                line.unit_price and _plain(line.unit_price),
                line.items,
                [
                    (_plain(d.quantity), d.ship_to and tuple(d.ship_to), d.requested_on)
                    for d in line.destinations
                ],
            )
            for line in message.lines
        ],
    )
    return hashlib.sha256(repr(told).encode()).hexdigest()


@lru_cache(maxsize=4096)
def _plain(value: Decimal) -> str:
    """Write a number the same way however it was written."""
    return str(value.normalize())


def check_dates(
    message: OrderMessage, settings: DateSettings, today: date, findings: Findings
) -> None:
    """Find dates that cannot all be true, and too little time between them."""
    pairs = (
        ("today", today, "cancel after", message.cancel_after),
        ("today", today, "not after", message.not_after),
        ("today", today, "deliver by", message.deliver_by),
        ("not before", message.not_before, "not after", message.not_after),
        ("not before", message.not_before, "deliver by", message.deliver_by),
        ("ship on", message.ship_on, "cancel after", message.cancel_after),
        ("not before", message.not_before, "cancel after", message.cancel_after),
        ("ordered on", message.ordered_on, "cancel after", message.cancel_after),
        ("ordered on", message.ordered_on, "deliver by", message.deliver_by),
    )
    for early_name, early, late_name, late in pairs:
        if early and late and early > late:
            text = f"{early_name} {early} is later than {late_name} {late}"
            findings.act(settings.action, HoldKind.DATE, text)
            return
    last = min(filter(None, (message.deliver_by, message.not_after)), default=None)
    if settings.lead_days and last and (last - today).days < settings.lead_days:
        text = f"{counted((last - today).days, 'day')} until {last}; we need {settings.lead_days}"
        findings.act(settings.lead_action, HoldKind.DATE, text)


def _line(
    line: LineMessage,
    share: Destination,
    profile: PartnerProfile,
    lookups: Lookups,
    findings: Findings,
    *,
    buyer_line: str,
    index: int,
    destination: int,
) -> NewLine:
    found = resolve(line.items, line.unit, share.quantity, profile, lookups)
    if found.problem:
        findings.holds.append(
            Hold(kind=found.problem[0], reason=f"line {buyer_line}: {found.problem[1]}", line=index)
        )
    price, units = line.unit_price, found.units
    if found.item and not found.problem:
        ours = our_price(profile, found, lookups)
        price, complaint = settle_price(line.unit_price, ours, profile.orders)
        if complaint:
            text = f"line {buyer_line}: {complaint}"
            findings.act(profile.orders.price.action, HoldKind.PRICE, text, line=index)
        if profile.orders.quantity.action != "none":
            terms = lookups.terms(profile.id, found.item.item)
            units, odd = sold_quantity(found, terms, profile)
            if odd:
                text = f"line {buyer_line}: {odd}"
                findings.act(profile.orders.quantity.action, HoldKind.PACK, text, line=index)
    return NewLine(
        buyer_line=buyer_line,
        destination=destination,
        item=found.item.item if found.item and not found.problem else None,
        items=line.items,
        description=line.description or (found.item.description if found.item else ""),
        buyer_quantity=share.quantity,
        buyer_unit=line.unit,
        unit_factor=found.factor,
        buyer_price=line.unit_price,
        price=price,
        price_basis=line.price_basis,
        requested_on=share.requested_on,
        notes=line.notes,
        quantity=units,
    )


class Resolved(NamedTuple):
    """A line's item and quantity in base units, or why there is none."""

    item: Item | None
    factor: int
    units: int
    problem: tuple[HoldKind, str] | None = None


def resolve(
    items: tuple[tuple[str, str], ...],
    unit: str,
    quantity: Decimal,
    profile: PartnerProfile,
    lookups: Lookups,
) -> Resolved:
    """Find the item by qualifier, never by position, and count it in base units."""
    item = find_item(items, profile, lookups)
    if item is None:
        ids = ", ".join(f"{qualifier} {code}" for qualifier, code in items)
        said = f"no item of ours is known as {ids}" if ids else "it names no item"
        problem = (HoldKind.ITEM_UNKNOWN, said)
        return Resolved(item=None, factor=1, units=_whole(quantity), problem=problem)
    ours = profile.orders.units.get(unit, unit)
    method = profile.orders.quantity_method
    factor = factor_of(method, unit_factor=item.factor(ours), pack=item.pack)
    if factor is None:
        problem = (HoldKind.UNIT, f"item {item.item} does not come in {unit or 'no unit'}")
        return Resolved(item=item, factor=1, units=_whole(quantity), problem=problem)
    units = to_base(quantity, method=method, factor=factor)
    if not units:
        problem = (HoldKind.UNIT, f"{quantity} {unit} of item {item.item} is no whole {item.unit}")
        return Resolved(item=item, factor=1, units=_whole(quantity), problem=problem)
    return Resolved(item=item, factor=factor, units=units)


def _whole(quantity: Decimal) -> int:
    """Stand in for a quantity in base units until the item is known; never zero."""
    return max(1, int(quantity))


def find_item(
    items: tuple[tuple[str, str], ...], profile: PartnerProfile, lookups: Lookups
) -> Item | None:
    """Return the item that the best known of these ids names."""
    key = (profile.id, items)
    named = lookups.named
    if key not in named:
        named[key] = _find_item(items, profile, lookups)
    return named[key]


def _find_item(
    items: tuple[tuple[str, str], ...], profile: PartnerProfile, lookups: Lookups
) -> Item | None:
    by_qualifier = dict(reversed(items))
    for qualifier in (*profile.orders.item_qualifiers, ""):
        code = by_qualifier.get(qualifier)
        if code:
            ours = profile.orders.items.get(code) or lookups.find(profile.id, qualifier, code)
            if ours and (item := lookups.item(ours)):
                return item
    return None


def our_price(profile: PartnerProfile, found: Resolved, lookups: Lookups) -> Decimal | None:
    """Return our price for one buyer unit; None if we have none."""
    if found.item is None:
        return None
    price = lookups.terms(profile.id, found.item.item).price
    return None if price is None else price * found.factor


def settle_price(
    theirs: Decimal | None, ours: Decimal | None, settings: OrderSettings
) -> tuple[Decimal | None, str]:
    """Return the price to invoice and, if theirs is out of tolerance, the complaint."""
    if theirs is None or ours is None:
        return (ours if theirs is None else theirs), ""
    if theirs == ours:
        return theirs, ""
    if abs(theirs - ours) * 100 <= ours * settings.price.tolerance_percent:
        return theirs, ""
    complaint = f"price {theirs} differs from ours, {ours}"
    return (ours if settings.price.action == "accept_ours" else theirs), complaint


def sold_quantity(found: Resolved, terms: SaleTerms, profile: PartnerProfile) -> tuple[int, str]:
    """Return the base units of a line, and the complaint if we do not sell so many.

    They are rounded up where the customer's settings say so.
    """
    item, settings = found.item, profile.orders.quantity
    if item is None or settings.action == "none":
        return found.units, ""
    pack = item.pack if settings.whole_packs else 1
    multiple = terms.multiple or pack
    least = max(terms.minimum, 1)
    wanted = -(-max(found.units, least) // multiple) * multiple
    if wanted == found.units:
        return found.units, ""
    told = f"{found.units} {item.unit} of {item.item}"
    complaint = f"{told} is no multiple of {multiple}"
    if found.units < least:
        complaint = f"{told} is less than the {least} we sell at least"
    if settings.action != "accept_ours":
        return found.units, complaint
    return wanted, f"{complaint}: rounded up to {wanted}"
