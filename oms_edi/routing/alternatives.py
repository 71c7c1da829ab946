"""What would be if a node that lost had to ship something: the reason it lost, and by how much."""

from collections.abc import Sequence
from dataclasses import replace

from oms_edi.domain.plan import Alternative, Decision, Offer, RouteRequest, Standing
from oms_edi.routing.problem import (
    COMPLETE,
    COST,
    ON_TIME,
    SHIPMENTS,
    Problem,
    build,
    cents,
    standing,
)
from oms_edi.routing.solver import Solution, alone, solve, solve_with

#: What each position of a solution's key after the goals decides.
TIES = ("fewer shipments", "an earlier delivery", "the better rank", "the node id")


def with_alternatives(decision: Decision) -> Decision:
    """Return the decision with an alternative for each eligible node its plan does not use.

    Everything is taken from the decision, so this works on a stored one too.
    """
    offers = decision.offers
    eligible = [
        index
        for index, offer in enumerate(offers)
        if not offer.excluded and any(row[index] for row in decision.free)
    ]
    problem = build(
        decision.request,
        offers,
        decision.free,
        eligible=eligible,
        goals=decision.goals,
        max_nodes=decision.max_shipments,
        split_cents=decision.split_cents,
    )
    best = solve(problem, singles=[alone(problem, node) for node in range(len(eligible))])
    if best is None:
        return decision
    chosen = [offers[index] for index in eligible]
    return replace(
        decision,
        alternatives=tuple(
            _alternative(decision.request, problem, chosen, best, node)
            for node in range(len(chosen))
            if node not in best.nodes
        ),
    )


def money(amount_cents: int) -> str:
    """Return cents as dollars: `$3.10`."""
    sign = "-" if amount_cents < 0 else ""
    return f"{sign}${abs(amount_cents) // 100}.{abs(amount_cents) % 100:02d}"


def lost_on(goals: Sequence[str], loser: Standing, winner: Standing) -> str:
    """Say on which goal `loser` lost, empty if it is equal on all of them."""
    for goal in goals:
        if goal == "complete" and loser.short_units != winner.short_units:
            return f"short {loser.short_units} units instead of {winner.short_units}"
        if goal == "on_time" and loser.late_units != winner.late_units:
            return f"{loser.late_units} units late instead of {winner.late_units}"
        if goal == "shipments" and loser.shipments != winner.shipments:
            return f"{loser.shipments} shipments instead of {winner.shipments}"
        if goal == "cost" and loser.cost_cents != winner.cost_cents:
            return f"{money(loser.cost_cents - winner.cost_cents)} more"
    return ""


def _alternative(
    request: RouteRequest, problem: Problem, offers: Sequence[Offer], best: Solution, node: int
) -> Alternative:
    name = offers[node].node_id
    found = solve_with(problem, node)
    if found is None:
        return Alternative(
            node_id=name,
            standing=None,
            nodes=(),
            gap_cents=0,
            sentence="no plan with it can ship what the order demands",
        )
    names = tuple(offers[n].node_id for n in found.nodes)
    return Alternative(
        node_id=name,
        standing=standing(found.values),
        nodes=names,
        gap_cents=cents(found.values[COST] - best.values[COST]),
        sentence=f"{' + '.join(names)}: {_sentence(request, problem, found, best)}",
    )


def _sentence(request: RouteRequest, problem: Problem, found: Solution, best: Solution) -> str:
    for goal in problem.goals:
        more = found.values[goal] - best.values[goal]
        if not more:
            continue
        if goal == COMPLETE:
            return f"short {more} units more, {_short_items(request, found)}"
        if goal == ON_TIME:
            return f"{more} units more would be late"
        if goal == SHIPMENTS:
            return f"{found.values[goal]} shipments instead of {best.values[goal]}"
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
        f"{line.quantity - units} of {line.item}"
        for line, units in zip(request.lines, given, strict=True)
        if units < line.quantity
    ]
    return "missing " + ", ".join(parts[:3]) + (" and others" if len(parts) > 3 else "")
