"""Step 3: decide where open lines ship from, reserve the stock, answer the buyer.

Orders go by tier, then urgency, then arrival. One transaction a batch: reservations with their
ledger rows, moved quantities, the decision with its reasons, the 855 and its number.

What goes to one place for one day is a leg: decided, and shipped, together.
"""

from collections import ChainMap, Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import NamedTuple

from oms_edi.domain.holds import HoldKind
from oms_edi.domain.lifecycle import order_name
from oms_edi.domain.order import BookLine, BookOrder
from oms_edi.domain.plan import Decision, RouteLine, RouteRequest
from oms_edi.errors import Unsendable
from oms_edi.partners.profile import PartnerProfile
from oms_edi.pipeline import answers
from oms_edi.pipeline.attention import attention
from oms_edi.pipeline.each_order import Batch, Job, each_order
from oms_edi.pipeline.holding import place_hold
from oms_edi.pipeline.step import Step
from oms_edi.routing.decide import decide, nothing
from oms_edi.routing.stored import to_json
from oms_edi.store import orders, shipments, stock
from oms_edi.store.catalog import Catalog
from oms_edi.store.database import write_tx
from oms_edi.store.timeline import add_event, close_exception, was_released
from oms_edi.transactions import t855_acknowledgment

#: What was asked for a day does not leave more days before it than this.
_EARLY = timedelta(days=7)


def fulfill(step: Step) -> int:
    """Decide and answer everything that can be; return how many orders were looked at."""
    with write_tx(step.connection):
        orders.reopen_waiting(step.connection)
    whole = [partner.id for partner in step.partners if partner.orders.ship_complete]
    due = [Job(order_id) for order_id in orders.orders_to_decide(step.connection, whole=whole)]
    done = each_order(step, due, {"decision": _decide, "answer": _answer})
    settled = [Job(order_id) for order_id in orders.orders_to_answer(step.connection, whole=whole)]
    return done + each_order(step, settled, {"answer": _answer})


class _Leg(NamedTuple):
    """Open lines of an order to one destination for one day."""

    destination: int
    requested_on: date | None
    lines: list[BookLine]


def _decide(batch: Batch, job: Job) -> None:
    """Route and reserve the open lines of one order."""
    step = batch.step
    order = batch.orders[job.order_id]
    profile = step.partners.by_id(order.partner)
    if _is_too_late(step, order):
        return
    found: Counter[int] = Counter()
    short: Counter[int] = Counter()
    for plan in (decision.plan for decision in _decide_legs(batch, order, profile)):
        found.update({part.line_id: 0 for part in plan.assignments})
        for part in plan.assignments:
            found[part.line_id] += part.quantity
        short.update({one.line_id: one.quantity for one in plan.short})
    rest = "backordered" if profile.orders.backorder else "cancelled"
    if found:
        orders.move(step.connection, "open", "allocated", list(found.items()))
    if short:
        orders.move(step.connection, "open", rest, list(short.items()))
    order = _moved(order, found, short, rest)
    _tell(step, order, {} if profile.orders.backorder else short)
    if order.answers:  # decided again: whoever was told something else must hear of it
        orders.set_answer_due(step.connection, order.order_id)
        order = order._replace(answer_due=True)
    batch.orders[job.order_id] = order


def _is_too_late(step: Step, order: BookOrder) -> bool:
    """Hold an order whose last day has passed while it waited, unless a person let it go on."""
    last = min(filter(None, (order.cancel_after, order.not_after)), default=None)
    if last is None or last >= step.now.date():
        return False
    if was_released(step.connection, order.order_id, HoldKind.DATE):
        return False
    reason = f"{last} was the last day to ship it"
    place_hold(step, order.order_id, None, HoldKind.DATE, reason, po_number=order.po_number)
    close_exception(step.connection, "backordered", order_name(order.order_id), at=step.at)
    orders.set_answer_due(step.connection, order.order_id)
    return True


def _moved(order: BookOrder, found: dict[int, int], short: dict[int, int], rest: str) -> BookOrder:
    """Return the order with the quantities that were just moved in the book."""
    lines = []
    for line in order.lines:
        got, missing = found.get(line.line_id, 0), short.get(line.line_id, 0)
        if got or missing:
            line = line._replace(quantities=line.quantities.decided(got, missing, rest))
        lines.append(line)
    return order._replace(lines=tuple(lines))


def _legs(order: BookOrder) -> list[_Leg]:
    legs: dict[tuple[int, date | None], _Leg] = {}
    for line in order.lines:
        if line.quantities.open and not line.held:
            key = (line.destination, line.requested_on)
            legs.setdefault(key, _Leg(*key, [])).lines.append(line)
    return sorted(legs.values(), key=lambda leg: (leg.requested_on or date.min, leg.destination))


def _decide_legs(batch: Batch, order: BookOrder, profile: PartnerProfile) -> list[Decision]:
    """Decide the legs of an order, soonest first, and reserve what the plans say."""
    step = batch.step
    legs = _legs(order)
    rejected = frozenset(shipments.rejections(step.connection, order.order_id))
    decisions: list[Decision] = []
    taken: Counter[tuple[str, str]] = Counter()
    for leg in legs:
        request = _request(batch.catalog, order, profile, leg)
        supply = batch.shelf.supply([line.item for line in request.lines])
        decision = decide(
            request,
            step.config.nodes,
            _without(supply, taken),
            step.config.routing,
            step.now,
            rejected=rejected,
        )
        items = {line.line_id: line.item for line in request.lines}
        for part in decision.plan.assignments:
            taken[items[part.line_id], part.node_id] += part.quantity
        decisions.append(decision)
    if profile.orders.ship_complete and any(decision.plan.short for decision in decisions):
        decisions = [replace(one, plan=nothing(one.request)) for one in decisions]
    for leg, decision in zip(legs, decisions, strict=True):
        shipments.put_decision(
            step.connection, order.order_id, leg.destination, to_json(decision), at=step.at
        )
        if decision.plan.assignments:
            _reserve(batch, decision)
    return decisions


def _without(
    supply: dict[tuple[str, str], int], taken: Mapping[tuple[str, str], int]
) -> Mapping[tuple[str, str], int]:
    """Return the supply less what earlier legs of the order take."""
    if not taken:
        return supply
    return ChainMap({key: supply.get(key, 0) - units for key, units in taken.items()}, supply)


def _request(
    catalog: Catalog, order: BookOrder, profile: PartnerProfile, leg: _Leg
) -> RouteRequest:
    place = order.destinations[leg.destination]
    wanted = []
    for line in leg.lines:
        item = catalog.item(line.item or "")
        wanted.append(
            RouteLine(
                line_id=line.line_id,
                item=line.item or "",
                quantity=line.quantities.open,
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
    )


def _reserve(batch: Batch, decision: Decision) -> None:
    plan = decision.plan
    items = {line.line_id: line.item for line in decision.request.lines}
    batch.shelf.reserve(
        [
            stock.Reservation(items[part.line_id], part.node_id, part.quantity, part.line_id)
            for part in plan.assignments
        ],
        at=batch.step.at,
    )
    days = {s.node_id: (s.ship_on.isoformat(), s.deliver_on.isoformat()) for s in plan.shipments}
    shipments.put_allocations(
        batch.step.connection,
        [(p.line_id, p.node_id, p.quantity, *days[p.node_id]) for p in plan.assignments],
    )


def _tell(step: Step, order: BookOrder, cut: dict[int, int]) -> None:
    """Put the outcome on the timeline, and what is short in front of a person.

    `cut` are units by line id that were cancelled now, for a customer who takes no backorders.
    """
    short = [line for line in order.lines if line.quantities.backordered]
    allocated = sum(line.quantities.allocated for line in order.lines)
    text = f"allocated {allocated} units"
    if short:
        text += f", {sum(line.quantities.backordered for line in short)} wait for stock"
    if cut:
        text += f", {sum(cut.values())} cancelled"
    add_event(step.connection, "order.decided", text, at=step.at, order_id=order.order_id)
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
            "offer the customer another item or date; close it when done",
            severity="info",
            order_id=order.order_id,
        )
    if not short:
        close_exception(step.connection, "backordered", subject, at=step.at)
        return
    missing = ", ".join(
        f"{line.quantities.backordered} of {line.quantities.ordered} {line.item}" for line in short
    )
    attention(
        step,
        "backordered",
        subject,
        f"PO {order.po_number}: {missing} wait for stock",
        "receive stock, or cancel the line",
        order_id=order.order_id,
    )


def _answer(batch: Batch, job: Job) -> None:
    """Owe the buyer an 855 if one is due and this partner takes them."""
    step = batch.step
    order = batch.orders[job.order_id]
    if not order.answer_due:
        return
    profile = step.partners.by_id(order.partner)
    if profile.x12 is None or "855" not in profile.orders.documents:
        orders.clear_answer_due(step.connection, [order.order_id])
        return
    value = answers.acknowledgment(
        order,
        ship_dates=shipments.ship_dates(step.connection, order.order_id),
        method=profile.orders.quantity_method,
        on=step.now.date(),
    )
    problem = answers.check(value)
    if problem:
        raise Unsendable(f"855 for {profile.id}: {problem}")
    body = t855_acknowledgment.write(value, version=profile.x12.version)
    sha = answers.content_sha(value.kind, body)
    if sha == order.answer_sha:  # they know it all: an 855 that says nothing new confuses
        orders.clear_answer_due(step.connection, [order.order_id])
        return
    batch.outgoing.add(profile, "855", body, order_id=order.order_id)
    batch.answered[order.order_id] = sha
