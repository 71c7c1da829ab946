"""A decision in words, and seen from each of its lines."""

from collections.abc import Mapping
from datetime import date

from oms_edi.domain.plan import (
    Before,
    Candidate,
    Decision,
    LineDecision,
    Offer,
    PlannedShipment,
)
from oms_edi.routing.alternatives import lost_on, money, problem_of, units
from oms_edi.routing.planned import planned_shipments
from oms_edi.routing.rules.supplier import NOT_CARRIED
from oms_edi.routing.solver import alone


def line_decisions(decision: Decision) -> tuple[LineDecision, ...]:
    """Return, for each line, where it ships from and what was weighed.

    Suppliers of other items are left out.
    """
    shipments = _shipments(decision)
    taken: dict[tuple[int, str], int] = {}
    for one in decision.plan.assignments:
        taken[one.line_id, one.node_id] = taken.get((one.line_id, one.node_id), 0) + one.quantity
    found = []
    for at, line in enumerate(decision.request.lines):
        candidates = tuple(
            _candidate(decision, at, node, taken.get((line.line_id, offer.node_id), 0), shipments)
            for node, offer in enumerate(decision.offers)
            if decision.excluded[at][node] != NOT_CARRIED
        )
        given = sum(one.chosen for one in candidates)
        found.append(
            LineDecision(
                line_id=line.line_id,
                item=line.item,
                quantity=line.quantity,
                nodes=tuple(one.node_id for one in candidates if one.chosen),
                short=line.quantity - given,
                candidates=candidates,
            )
        )
    return tuple(found)


def explain(decision: Decision, *, names: Mapping[int, str] | None = None) -> list[str]:
    """Return sentences for people: the plan, what is short, and each node that lost.

    `names` are what people call the lines, by line id; lines without one are called by item.
    """
    plan = decision.plan
    lines: list[str] = []
    if decision.before is not None:
        lines.append(_before(decision, decision.before))
    full = {offer.node_id: offer.full_on for offer in decision.offers}
    lines += [_shipment(one, full[one.node_id]) for one in plan.shipments]
    lines += _broken_rules(decision)
    items = {line.line_id: line.item for line in decision.request.lines}
    for short in plan.short:
        item = items[short.line_id]
        name = f"Line {names[short.line_id]} is short" if names else "Short"
        lines.append(f"{name} {short.quantity} of {item}.")
    if not plan.shipments:
        lines.append(f"Nothing ships: {_why_nothing(decision)}.")
    else:
        goals = ", ".join(decision.goals).replace("_", " ")
        parts = _shared_costs(decision)
        lines.append(f"In all {money(plan.total_cents)}{parts}; goals in order: {goals}.")
    return [*lines, *verdicts(decision).values()]


def verdicts(decision: Decision) -> dict[str, str]:
    """Return the sentence about each node that is not in the plan: why it is not."""
    used = {one.node_id for one in decision.plan.shipments}
    return {
        offer.node_id: f"{offer.node_id} {_verdict(decision, node, offer)}."
        for node, offer in enumerate(decision.offers)
        if offer.node_id not in used and not _sells_other_items(decision, node)
    }


def _why_nothing(decision: Decision) -> str:
    if not any(any(row) for row in decision.free):
        return "no node can ship any line"
    if decision.request.ship_complete:
        return "the order ships complete or not at all"
    if decision.stockout_cents:
        return f"any plan costs more than to leave it, at {money(decision.stockout_cents)} a unit"
    return "no node has a whole pack"


def _before(decision: Decision, before: Before) -> str:
    then = before.standing
    why = lost_on(decision.goals, then, decision.plan.standing)
    return (
        f"Decided again: it was allocated to {' + '.join(before.nodes)} for"
        f" {money(then.cost_cents)}, which is {why or 'not better'}."
    )


def _shipment(one: PlannedShipment, full_on: date | None) -> str:
    way = "distance unknown" if one.miles is None else f"{one.miles} miles"
    day = f"{one.ship_on}"
    if full_on is not None:
        day += f" ({full_on} is full)"
    terms = [f"freight {money(one.freight_cents)}", f"handling {money(one.handling_cents)}"]
    if one.goods_cents:
        terms.insert(0, f"goods {money(one.goods_cents)}")
    if one.risk_cents:
        terms.append(f"risk of being late {money(one.risk_cents)}")
    if one.capacity_cents:
        terms.append(f"a full day {money(one.capacity_cents)}")
    return (
        f"{one.node_id} ships {units(one.units)} on {day}, there on {one.deliver_on}"
        f"{' (late)' if one.late else ''}: {way}, zone {one.zone}, {', '.join(terms)}."
    )


def _shared_costs(decision: Decision) -> str:
    """Name what is in the total and belongs to no shipment."""
    standing = decision.plan.standing
    parts = []
    if decision.split_cents and standing.shipments > 1:
        split = decision.split_cents * (standing.shipments - 1)
        parts.append(f"{money(split)} for the split")
    if decision.stockout_cents and standing.short_units:
        short = decision.stockout_cents * standing.short_units
        parts.append(f"{money(short)} for {units(standing.short_units)} nobody ships")
    return f" with {' and '.join(parts)}" if parts else ""


def _broken_rules(decision: Decision) -> list[str]:
    """Say which units ship though a rule that may be dropped is against it."""
    places = {offer.node_id: place for place, offer in enumerate(decision.offers)}
    rows = {line.line_id: row for row, line in enumerate(decision.request.lines)}
    told = []
    for part in decision.plan.assignments if decision.bent else ():
        row = rows[part.line_id]
        reason = decision.bent[row][places[part.node_id]]
        if reason:
            item = decision.request.lines[row].item
            told.append(
                f"Second pass: {part.quantity} {item} ship from {part.node_id}, where a rule was"
                f" dropped ({reason}), because not all could ship otherwise."
            )
    return told


def _sells_other_items(decision: Decision, node: int) -> bool:
    """True if a node is a supplier of none of the items: there is nothing to say of it."""
    return all(row[node] == NOT_CARRIED for row in decision.excluded)


def _verdict(decision: Decision, node: int, offer: Offer) -> str:
    if offer.excluded:
        return f"is out: {offer.excluded}"
    reasons = [row[node] for row in decision.excluded]
    wish = _wish_of(decision, node)
    hope = f"; it {wish}" if wish else ""
    if all(reasons):
        return f"is out: {'; '.join(dict.fromkeys(reasons))}{hope}"
    if not decision.plan.shipments and not decision.alternatives:
        return f"cannot fill it all{hope}"
    return f"loses: {_lost(decision, node)}{hope}"


def _wish_of(decision: Decision, node: int) -> str:
    """Say what would have to be otherwise for a losing node to be in the plan, "" if nothing is."""
    name = decision.offers[node].node_id
    found = next((one for one in decision.alternatives if one.node_id == name), None)
    if found is None:
        return ""
    parts = []
    if found.freight_cents:
        parts.append(f"freight were {money(found.freight_cents)} lower")
    if found.units:
        items = {line.line_id: line.item for line in decision.request.lines}
        more = " and ".join(f"{units(count)} more of {items[line]}" for line, count in found.units)
        parts.append(f"it had {more}")
    return f"would win if {' or '.join(parts)}" if parts else ""


def _lost(decision: Decision, node: int) -> str:
    """Say why an eligible node that is not in the plan lost."""
    name = decision.offers[node].node_id
    for one in decision.alternatives:
        if one.node_id == name:
            return one.sentence
    single = decision.alone[node]
    if single is None:
        return "cannot ship a whole pack, or not all that must ship together"
    reason = lost_on(decision.goals, single, decision.plan.standing)
    return f"{name} alone: {reason}" if reason else "equal on every goal, decided by the tie order"


def _shipments(decision: Decision) -> dict[str, PlannedShipment]:
    """Return the shipment each node makes, or would make alone, by node."""
    places = [
        place
        for place, offer in enumerate(decision.offers)
        if not offer.excluded and any(row[place] for row in decision.free)
    ]
    problem = problem_of(decision, places)
    offers = [decision.offers[place] for place in places]
    found: dict[str, PlannedShipment] = {}
    for node, offer in enumerate(offers):
        single = alone(problem, node)
        if single is not None:
            (found[offer.node_id],) = planned_shipments(
                decision.request, offers, single, problem.goods
            )
    return found | {one.node_id: one for one in decision.plan.shipments}


def _candidate(
    decision: Decision,
    line: int,
    node: int,
    chosen: int,
    shipments: Mapping[str, PlannedShipment],
) -> Candidate:
    offer = decision.offers[node]
    single = decision.alone[node]
    excluded = offer.excluded or decision.excluded[line][node]
    in_plan = any(one.node_id == offer.node_id for one in decision.plan.shipments)
    gap = next(
        (a.gap_cents for a in decision.alternatives if a.node_id == offer.node_id and a.standing),
        None,
    )
    lost = ""
    if not (excluded or in_plan) and decision.plan.shipments:
        lost = _lost(decision, node)
    elif in_plan and not chosen and not excluded:
        lost = "ships other lines of this order; this line is cheaper or whole elsewhere"
    return Candidate(
        node_id=offer.node_id,
        free=decision.free[line][node],
        cost_cents=single.cost_cents if single else None,
        deliver_on=offer.deliver_on,
        excluded=excluded,
        chosen=chosen,
        gap_cents=gap,
        lost=lost,
        shipment=shipments.get(offer.node_id),
        wish="" if in_plan else _wish_of(decision, node),
    )
