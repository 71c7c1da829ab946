"""What would be if a node that lost had to ship something: the reason it lost, and by how much."""

from collections.abc import Sequence

from oms_edi.domain.counted import counted
from oms_edi.domain.plan import Alternative, Decision, Offer, RouteRequest, Standing
from oms_edi.routing.counterfactual import best_plan, freight_gap, units_missing
from oms_edi.routing.planned import planned_shipments
from oms_edi.routing.problem import (
    BENT,
    COMPLETE,
    COST,
    ON_TIME,
    SHIPMENTS,
    Problem,
    build,
    cents,
    goals_of,
    standing,
)
from oms_edi.routing.rules.stock import NO_STOCK
from oms_edi.routing.solver import Solution, empty, solve_with

#: What each position of a solution's key after the goals decides.
TIES = ("fewer shipments", "an earlier delivery", "the better rank", "the node id")


def with_alternatives(decision: Decision) -> Decision:
    """Return the decision with an alternative for each node that could be in its plan and is not.

    A node that only lacks stock could be. Everything is taken from the decision, so this works on
    a stored one too.
    """
    places = [index for index in range(len(decision.offers)) if _could_ship(decision, index)]
    problem = problem_of(decision, places)
    best = best_plan(problem)
    if best is None and problem.is_optional:
        best = empty(problem)  # it pays to leave it all
    offers = [decision.offers[index] for index in places]
    return decision._replace(
        alternatives=tuple(
            _alternative(decision, problem, offers, best, node, decision.offers.index(offers[node]))
            for node in range(len(offers))
            if best is None or node not in best.nodes
        ),
    )


def problem_of(decision: Decision, places: Sequence[int]) -> Problem:
    """Return what was solved, over the offers at these indexes."""
    return build(
        decision.request,
        decision.offers,
        decision.free,
        eligible=places,
        goals=goals_of(decision.goals, is_second=bool(decision.bent)),
        max_nodes=decision.max_shipments,
        split_cents=decision.split_cents,
        stockout_cents=decision.stockout_cents,
        bent=decision.bent,
        goods=decision.goods,
        whole=decision.whole,
    )


def _could_ship(decision: Decision, node: int) -> bool:
    """True if a node is out for nothing but a lack of stock."""
    if decision.offers[node].excluded:
        return False
    reasons = [row[node] for row in decision.excluded]
    return any(reason in ("", NO_STOCK) for reason in reasons)


def money(amount_cents: int) -> str:
    """Return cents as dollars: `$3.10`."""
    sign = "-" if amount_cents < 0 else ""
    return f"{sign}${abs(amount_cents) // 100}.{abs(amount_cents) % 100:02d}"


def units(count: int) -> str:
    """Return a number of units: `1 unit`, `12 units`."""
    return counted(count, "unit")


def lost_on(goals: Sequence[str], loser: Standing, winner: Standing) -> str:
    """Say on which goal `loser` lost, empty if it is equal on all of them."""
    for goal in goals:
        if goal == "complete" and loser.short_units != winner.short_units:
            return f"short {units(loser.short_units)} instead of {winner.short_units}"
        if goal == "on_time" and loser.late_units != winner.late_units:
            return f"{units(loser.late_units)} late instead of {winner.late_units}"
        if goal == "shipments" and loser.shipments != winner.shipments:
            return f"{counted(loser.shipments, 'shipment')} instead of {winner.shipments}"
        if goal == "cost" and loser.cost_cents != winner.cost_cents:
            return f"{money(loser.cost_cents - winner.cost_cents)} more"
    return ""


def _alternative(
    decision: Decision,
    problem: Problem,
    offers: Sequence[Offer],
    best: Solution | None,
    node: int,
    place: int,
) -> Alternative:
    request = decision.request
    found = solve_with(problem, node)
    lines = [at for at, row in enumerate(decision.excluded) if row[place] in ("", NO_STOCK)]
    missing = tuple(
        (request.lines[at].line_id, more) for at, more in units_missing(problem, node, best, lines)
    )
    if found is None or best is None:
        return Alternative(
            node_id=offers[node].node_id,
            standing=None,
            nodes=(),
            gap_cents=0,
            sentence="no plan with it can ship what the order demands",
            units=missing,
        )
    names = tuple(offers[n].node_id for n in found.nodes)
    shipments = planned_shipments(request, offers, found, problem.goods)
    freight = next(s.freight_cents for s in shipments if s.node_id == offers[node].node_id)
    less = freight_gap(problem, found, best)
    return Alternative(
        node_id=offers[node].node_id,
        standing=standing(found.values),
        nodes=names,
        gap_cents=cents(found.values[COST] - best.values[COST]),
        sentence=f"{' + '.join(names)}: {_sentence(request, problem, found, best)}",
        freight_cents=less if less is not None and less <= freight else None,
        units=missing,
        shipments=shipments,
    )


def _sentence(request: RouteRequest, problem: Problem, found: Solution, best: Solution) -> str:
    for goal in problem.goals:
        more = found.values[goal] - best.values[goal]
        if not more:
            continue
        if goal == COMPLETE:
            return f"short {units(more)} more, {_short_items(request, found)}"
        if goal == ON_TIME:
            return f"{units(more)} more would be late"
        if goal == BENT:
            return f"{units(more)} more would break a rule"
        if goal == SHIPMENTS:
            return f"{counted(found.values[goal], 'shipment')} instead of {best.values[goal]}"
        return f"{money(cents(more))} more" if cents(more) else "a fraction of a cent more"
    goals = len(problem.goals)
    for place, tie in enumerate(TIES):
        if found.key[goals + place] != best.key[goals + place]:
            return f"equal on every goal, decided by {tie}"
    return "equal in everything, decided by the order of lines"


def _short_items(request: RouteRequest, found: Solution) -> str:
    given = [0] * len(request.lines)
    for line, _, take in found.takes:
        given[line] += take
    parts = [
        f"{line.quantity - got} of {line.item}"
        for line, got in zip(request.lines, given, strict=True)
        if got < line.quantity
    ]
    return "missing " + ", ".join(parts[:3]) + (" and others" if len(parts) > 3 else "")
