"""How much a node ships on a day: whether an order still fits, and what happens if not.

A day is judged by what is promised to leave on it. What should have left before and has not, the
backlog, takes the room of the days from today on. An order that no empty day could hold ships on
an empty day.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from oms_edi.config.node import CapacitySettings, NodeSettings
from oms_edi.config.routing import Routing
from oms_edi.domain.plan import Offer, RouteRequest
from oms_edi.domain.workload import Load, Used
from oms_edi.routing.calendars import deliver_date, local_day, next_open

#: A node whose next so many open days are full is out.
SEARCH_DAYS = 60


def fit(
    request: RouteRequest,
    nodes: Sequence[NodeSettings],
    offers: Sequence[Offer],
    free: Sequence[Sequence[int]],
    *,
    load: Load,
    settings: Routing,
    now: datetime,
    is_soft: bool = False,
) -> tuple[Offer, ...]:
    """Return the offers as capacity leaves them: later, dearer, out, or as they are.

    `is_soft` has a full day ship all the same, which the offer tells.
    """
    fitted = []
    for at, (node, offer) in enumerate(zip(nodes, offers, strict=True)):
        wanted = _wanted(request, [row[at] for row in free])
        if node.capacity.is_limited and wanted.units and offer.ship_on and not offer.excluded:
            offer = _fit(request, node, offer, wanted, load, settings, now, is_soft)
        fitted.append(offer)
    return tuple(fitted)


def _wanted(request: RouteRequest, free: Sequence[int]) -> Used:
    """Return the most a node could get of the order."""
    units = [min(line.quantity, one) for line, one in zip(request.lines, free, strict=True) if one]
    return Used(1, len(units), sum(units))


def _fit(
    request: RouteRequest,
    node: NodeSettings,
    offer: Offer,
    wanted: Used,
    load: Load,
    settings: Routing,
    now: datetime,
    is_soft: bool,
) -> Offer:
    day = offer.ship_on
    assert day is not None
    used = _used(node, load, local_day(node, now), day)
    full = _full(node.capacity, used, wanted)
    if not full:
        return offer
    reason = f"capacity used up: {full} on {day}"
    if node.capacity.when_full == "price":
        return offer._replace(capacity_cents=node.capacity.price_cents, full_on=day)
    if node.capacity.when_full == "next_day":
        return _later(request, node, offer, wanted, load, settings, now)
    return offer._replace(bent=reason) if is_soft else offer._replace(excluded=reason)


def _later(
    request: RouteRequest,
    node: NodeSettings,
    offer: Offer,
    wanted: Used,
    load: Load,
    settings: Routing,
    now: datetime,
) -> Offer:
    """Return the offer for the next open day with room."""
    assert offer.ship_on is not None
    day: date | None = offer.ship_on
    for _ in range(SEARCH_DAYS):
        day = day and next_open(node, day + timedelta(days=1))
        if day is None:
            break
        if not _full(node.capacity, _used(node, load, local_day(node, now), day), wanted):
            return on_day(request, node, offer, day, settings)._replace(full_on=offer.ship_on)
    return offer._replace(excluded=f"capacity used up for the next {SEARCH_DAYS} open days")


def on_day(
    request: RouteRequest, node: NodeSettings, offer: Offer, day: date, settings: Routing
) -> Offer:
    """Return the offer if the node shipped on that day."""
    zone = (node.zones or settings.zones)[offer.zone - 1]
    deliver_on = deliver_date(day, zone.transit_days, settings.carrier_closed_on)
    return offer._replace(
        ship_on=day, deliver_on=deliver_on, late=is_late(request, day, deliver_on)
    )


def is_late(request: RouteRequest, ship_on: date | None, deliver_on: date | None) -> bool:
    """True if that leaves or arrives after the day asked for."""
    return _is_after(ship_on, request.ship_by) or _is_after(deliver_on, request.required_by)


def _is_after(day: date | None, limit: date | None) -> bool:
    return day is not None and limit is not None and day > limit


def _used(node: NodeSettings, load: Load, today: date, day: date) -> Used:
    """Return what a day holds: what is to leave then and what the days before it leave behind."""
    behind = load.backlog.get(node.id, Used())
    limits = _limits(node.capacity)
    if any(behind):
        walk = next_open(node, today)
        while walk is not None and walk < day and any(behind):
            taken = load.days.get((node.id, walk), Used())
            behind = Used(
                *(
                    max(0, rest - max(0, limit - used)) if limit else 0
                    for rest, limit, used in zip(behind, limits, taken, strict=True)
                )
            )
            walk = next_open(node, walk + timedelta(days=1))
    return load.days.get((node.id, day), Used()).plus(behind)


def _limits(capacity: CapacitySettings) -> tuple[int, int, int]:
    return capacity.orders_per_day, capacity.lines_per_day, capacity.units_per_day


def _full(capacity: CapacitySettings, used: Used, wanted: Used) -> str:
    """Say which limit this would go over, "" if it fits."""
    if not any(used):
        return ""
    for limit, have, more, name in zip(
        _limits(capacity), used, wanted, ("orders", "lines", "units"), strict=True
    ):
        if limit and have + more > limit:
            return f"{have} of {limit} {name}"
    return ""
