"""Decide where the open lines of one order ship from, and reserve the stock.

What goes to one place for one day is a leg: decided, and shipped, together.
"""

from collections import ChainMap
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from oms_edi.domain.counted import counted
from oms_edi.domain.holds import HoldKind
from oms_edi.domain.lifecycle import order_name
from oms_edi.domain.order import BookLine, BookOrder
from oms_edi.domain.plan import Decision, RouteLine, RouteRequest
from oms_edi.partners.profile import PartnerProfile
from oms_edi.pipeline.decisions.allocate import circumstances, reserve
from oms_edi.pipeline.frame.attention import attention
from oms_edi.pipeline.frame.each_order import Batch
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.orders.holding import place_hold
from oms_edi.routing.decide import NO_REJECTIONS, decide
from oms_edi.routing.planned import nothing
from oms_edi.routing.stored import to_json
from oms_edi.store import orders, owed, shipments
from oms_edi.store.catalog import Catalog
from oms_edi.store.exceptions import close_exception
from oms_edi.store.timeline import add_event, newest_event, was_released

#: What was asked for a day does not leave more days before it than this.
_EARLY = timedelta(days=7)
#: Events of an order that move none of its units.
_WRITTEN = ("order.answered", "change.answered", "notice.written")


class Leg(NamedTuple):
    """Lines of an order to one destination for one day, with the units each may have."""

    destination: int
    requested_on: date | None
    lines: list[tuple[BookLine, int]]


def decide_order(
    batch: Batch,
    order: BookOrder,
    *,
    shares: Mapping[int, int],
    only: Collection[int] | None = None,
) -> set[int]:
    """Route and reserve the open lines of one order; return the lines that left of their share.

    `shares` is units by line id of what a line may have at most; `only` limits it to some lines.
    """
    step = batch.step
    profile = step.partners.by_id(order.partner)
    if _is_too_late(step, order):
        held = tuple(line._replace(held=True) for line in order.lines)
        batch.orders[order.order_id] = order._replace(lines=held)
        return set()
    lines = [
        line
        for line in order.lines
        if line.quantities.open and not line.held and (only is None or line.line_id in only)
    ]
    found: dict[int, int] = {}
    for decision in _decide_legs(batch, order, profile, legs_of(lines, shares)):
        for part in decision.plan.assignments:
            found[part.line_id] = found.get(part.line_id, 0) + part.quantity
    short = {
        line.line_id: missing
        for line in lines
        if (missing := line.quantities.open - found.get(line.line_id, 0))
    }
    rest = "backordered" if profile.orders.backorder else "cancelled"
    if found:
        orders.move_later(step.connection, "open", "allocated", list(found.items()))
    if short:
        orders.move_later(step.connection, "open", rest, list(short.items()))
    order = _moved(order, found, short, rest)
    _tell(batch, order, {} if profile.orders.backorder else short)
    if order.answers:  # decided again: whoever was told something else must hear of it
        batch.owing.add(order.order_id)
        order = order._replace(answer_due=True)
    batch.orders[order.order_id] = order
    return {line_id for line_id in short if found.get(line_id, 0) < shares.get(line_id, 0)}


def _is_too_late(step: Step, order: BookOrder) -> bool:
    """Hold an order whose last day has passed while it waited, unless a person let it go on."""
    last = min(filter(None, (order.cancel_after, order.not_after)), default=None)
    if last is None or last >= step.now.date():
        return False
    if was_released(step.connection, order.order_id, HoldKind.DATE):
        return False
    reason = f"{last} was the last day to ship it"
    place_hold(step, order.order_id, None, HoldKind.DATE, reason, po_number=order.po_number)
    subject = order_name(order.order_id)
    close_exception(step.connection, "backordered", subject, at=step.at, how="superseded")
    owed.set_answer_due(step.connection, order.order_id)
    return True


def _moved(order: BookOrder, found: dict[int, int], short: dict[int, int], rest: str) -> BookOrder:
    """Return the order with the quantities that were just moved in the book."""
    lines = []
    for line in order.lines:
        got, missing = found.get(line.line_id, 0), short.get(line.line_id, 0)
        if got or missing:
            line = line.with_quantities(line.quantities.decided(got, missing, rest))
        lines.append(line)
    return order._replace(lines=tuple(lines))


def legs_of(lines: Iterable[BookLine], shares: Mapping[int, int]) -> list[Leg]:
    """Return the legs of some lines, soonest first; `shares` is what a line may have at most."""
    legs: dict[tuple[int, date | None], Leg] = {}
    for line in lines:
        units = min(line.quantities.open, shares.get(line.line_id, line.quantities.open))
        key = (line.destination, line.requested_on)
        leg = legs.get(key)
        if leg is None:
            leg = legs[key] = Leg(*key, [])
        leg.lines.append((line, units))
    return sorted(legs.values(), key=lambda leg: (leg.requested_on or date.min, leg.destination))


def _decide_legs(
    batch: Batch, order: BookOrder, profile: PartnerProfile, legs: Sequence[Leg]
) -> list[Decision]:
    """Decide the legs of an order, soonest first, and reserve what the plans say."""
    step = batch.step
    rejected = batch.rejected.get(order.order_id, NO_REJECTIONS)
    decisions: list[tuple[int, Decision]] = []
    taken: dict[tuple[str, str], int] = {}
    for leg in legs:
        request = request_for(batch.catalog, order, profile, leg)
        if not request.lines:
            continue
        supply = batch.shelf.supply([line.item for line in request.lines])
        decision = decide(
            request,
            step.config.nodes,
            _without(supply, taken),
            step.config.routing,
            step.now,
            rejected=rejected,
            circumstances=circumstances(batch, request),
        )
        if len(legs) > 1:
            items = {line.line_id: line.item for line in request.lines}
            for part in decision.plan.assignments:
                key = (items[part.line_id], part.node_id)
                taken[key] = taken.get(key, 0) + part.quantity
        decisions.append((leg.destination, decision))
    if profile.orders.ship_complete and not _is_whole(order, legs, [one for _, one in decisions]):
        decisions = [(at, one._replace(plan=nothing(one.request))) for at, one in decisions]
    for destination, decision in decisions:
        shipments.put_decision(
            step.connection, order.order_id, destination, to_json(decision), at=step.at
        )
        if decision.plan.assignments:
            reserve(batch, order.order_id, decision)
    return [decision for _, decision in decisions]


def _is_whole(order: BookOrder, legs: Sequence[Leg], decisions: Sequence[Decision]) -> bool:
    """True if these decisions leave nothing of the order waiting."""
    missing = any(decision.plan.short for decision in decisions)
    capped = any(units < line.quantities.open for leg in legs for line, units in leg.lines)
    waits = any(line.quantities.backordered for line in order.lines)
    return not (missing or capped or waits)


def _without(
    supply: dict[tuple[str, str], int], taken: Mapping[tuple[str, str], int]
) -> Mapping[tuple[str, str], int]:
    """Return the supply less what earlier legs of the order take."""
    if not taken:
        return supply
    return ChainMap({key: supply.get(key, 0) - units for key, units in taken.items()}, supply)


def request_for(
    catalog: Catalog, order: BookOrder, profile: PartnerProfile, leg: Leg
) -> RouteRequest:
    """Return a leg as the router is asked for it."""
    place = order.destinations[leg.destination]
    wanted = []
    for line, units in leg.lines:
        if not units:
            continue
        item = catalog.item(line.item or "")
        wanted.append(
            RouteLine(
                line_id=line.line_id,
                item=line.item or "",
                quantity=units,
                pack=line.unit_factor,
                weight_g=item.weight_g if item else 0,
                needs=item.needs if item else (),
            )
        )
    earliest = leg.requested_on - _EARLY if leg.requested_on else None
    return RouteRequest(
        order_id=order_name(order.order_id),
        postal_code=place.postal_code,
        state=place.state,
        country=place.country or "US",
        lines=tuple(wanted),
        required_by=min(filter(None, (order.deliver_by, leg.requested_on)), default=None),
        ship_by=order.not_after or order.ship_on,
        not_before=max(filter(None, (order.not_before, earliest)), default=None),
        ship_complete=profile.orders.ship_complete,
        on_time_only=profile.orders.sourcing.on_time_only,
        only_nodes=profile.orders.sourcing.only_nodes,
        never_nodes=profile.orders.sourcing.never_nodes,
        late_penalty_cents=_late_penalty(profile, leg),
    )


def _late_penalty(profile: PartnerProfile, leg: Leg) -> int:
    """Return what the partner charges if all of it is late."""
    fine = profile.penalties.get("late_shipment")
    if fine is None:
        return 0
    worth = sum(
        (line.price * units / line.unit_factor for line, units in leg.lines if line.price),
        Decimal(0),
    )
    return fine.cents + round(worth * fine.percent)


def _tell(batch: Batch, order: BookOrder, cut: dict[int, int]) -> None:
    """Put the outcome on the timeline, and what is short in front of a person.

    `cut` are units by line id that were cancelled now, for a customer who takes no backorders.
    """
    step = batch.step
    short = [line for line in order.lines if line.quantities.backordered]
    allocated = sum(line.quantities.allocated for line in order.lines)
    text = f"allocated {counted(allocated, 'unit')}"
    if short:
        text += f", {sum(line.quantities.backordered for line in short)} wait for stock"
    if cut:
        text += f", {sum(cut.values())} cancelled"
    told = ("order.decided", text)
    waits_on = not allocated and not cut and order.order_id in batch.told_to_wait
    # Whatever else happened to it meanwhile, who goes by the timeline must hear that it waits.
    if not (waits_on and newest_event(step.connection, order.order_id, but=_WRITTEN) == told):
        add_event(step.connection, *told, at=step.at, order_id=order.order_id)
    subject = order_name(order.order_id)
    if cut:
        items = {line.line_id: line.item for line in order.lines}
        missing = ", ".join(f"{units} {items[line_id]}" for line_id, units in cut.items())
        attention(
            step,
            "cut_short",
            subject,
            f"PO {order.po_number}: no stock for {missing}; {order.partner} takes no"
            " backorders, so they were cancelled",
            order_id=order.order_id,
        )
    if not short:
        if order.order_id in batch.told_to_wait:
            batch.served.add(order.order_id)
        return
    batch.served.discard(order.order_id)
    missing = ", ".join(
        f"{line.quantities.backordered} of {line.quantities.ordered} {line.item}" for line in short
    )
    attention(
        step,
        "backordered",
        subject,
        f"PO {order.po_number}: {missing} wait for stock",
        order_id=order.order_id,
    )
