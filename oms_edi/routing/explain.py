"""A decision in words, and seen from each of its lines."""

from collections.abc import Mapping

from oms_edi.domain.plan import Candidate, Decision, LineDecision, Offer
from oms_edi.routing.alternatives import lost_on, money


def line_decisions(decision: Decision) -> tuple[LineDecision, ...]:
    """Return, for each line, where it ships from and what was weighed."""
    taken: dict[tuple[int, str], int] = {}
    for one in decision.plan.assignments:
        taken[one.line_id, one.node_id] = taken.get((one.line_id, one.node_id), 0) + one.quantity
    found = []
    for at, line in enumerate(decision.request.lines):
        candidates = tuple(
            _candidate(decision, at, node, taken.get((line.line_id, offer.node_id), 0))
            for node, offer in enumerate(decision.offers)
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
    for one in plan.shipments:
        way = "distance unknown" if one.miles is None else f"{one.miles} miles"
        lines.append(
            f"{one.node_id} ships {one.units} units on {one.ship_on}, there on {one.deliver_on}"
            f"{' (late)' if one.late else ''}: {way}, zone {one.zone}, "
            f"freight {money(one.freight_cents)}, handling {money(one.handling_cents)}."
        )
    items = {line.line_id: line.item for line in decision.request.lines}
    for short in plan.short:
        item = items[short.line_id]
        name = f"Line {names[short.line_id]}" if names and short.line_id in names else item
        lines.append(f"{name} is short {short.quantity} of {item}.")
    if not plan.shipments:
        whole = decision.request.ship_complete and any(any(row) for row in decision.free)
        why = "the order ships complete or not at all" if whole else "no node can ship any line"
        lines.append(f"Nothing ships: {why}.")
    else:
        goals = ", ".join(decision.goals)
        lines.append(f"In all {money(plan.total_cents)}; goals in order: {goals}.")
    used = {one.node_id for one in plan.shipments}
    for node, offer in enumerate(decision.offers):
        if offer.node_id not in used:
            lines.append(f"{offer.node_id} {_verdict(decision, node, offer)}.")
    return lines


def _verdict(decision: Decision, node: int, offer: Offer) -> str:
    if offer.excluded:
        return f"is out: {offer.excluded}"
    reasons = [row[node] for row in decision.excluded]
    if all(reasons):
        return f"is out: {'; '.join(dict.fromkeys(reasons))}"
    return f"loses: {_lost(decision, node)}" if decision.plan.shipments else "cannot fill it all"


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


def _candidate(decision: Decision, line: int, node: int, chosen: int) -> Candidate:
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
    )
