"""Decide who ships one order.

1. Each node makes an offer: days, freight zone, prices; node rules may take it out.
2. Line rules say which node can ship which line, and why not.
3. The solver finds the best plan over at most `max_shipments` nodes, goals in their order.
4. The decision keeps what was weighed, so that it can be explained or made again.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from math import comb

from oms_edi.config.node import NodeSettings
from oms_edi.config.routing import Routing
from oms_edi.domain.plan import (
    Assignment,
    Decision,
    Offer,
    Plan,
    PlannedShipment,
    RouteRequest,
    Short,
    Standing,
)
from oms_edi.routing.alternatives import with_alternatives
from oms_edi.routing.lanes import Lanes
from oms_edi.routing.problem import GRAM, Problem, build, cents, standing
from oms_edi.routing.rules import LINE_RULES
from oms_edi.routing.rules.context import LineContext
from oms_edi.routing.solver import Solution, alone, solve

#: Sets of nodes looked at for one order; beyond, only the most promising nodes are.
SET_LIMIT = 12_000

NO_REJECTIONS: frozenset[tuple[int, str]] = frozenset()

Matrix = tuple[tuple[int, ...], ...]
Reasons = tuple[tuple[str, ...], ...]


def decide(
    request: RouteRequest,
    nodes: Sequence[NodeSettings],
    supply: Mapping[tuple[str, str], int],
    settings: Routing,
    now: datetime,
    *,
    rejected: frozenset[tuple[int, str]] = NO_REJECTIONS,
    explain: bool = False,
) -> Decision:
    """Return the best plan for `request` and what was weighed.

    `supply` is free units by (item, node id), safety stock and promises already taken off; what is
    not in it is zero. `rejected` are (line id, node id) pairs not to be asked again. With `explain`
    each losing node gets the best plan that uses it, which costs another search a node.
    """
    lanes = _lanes(tuple(nodes), settings)
    offers = lanes.offers(request, now)
    context = LineContext(rejected=rejected, free=supply)
    free, excluded = _stock(request, lanes.nodes, offers, context)
    eligible = [
        index
        for index, offer in enumerate(offers)
        if not offer.excluded and any([row[index] for row in free])
    ]
    problem = _problem(request, offers, free, eligible, settings)
    singles = [alone(problem, node) for node in range(len(eligible))]
    kept = _most_promising(problem, singles, settings.max_shipments)
    if len(kept) < len(eligible):
        eligible = [eligible[place] for place in kept]
        offers = _leave_out(offers, eligible, free)
        problem = _problem(request, offers, free, eligible, settings)
        singles = [singles[place] and alone(problem, at) for at, place in enumerate(kept)]
    best = solve(problem, singles=singles)
    by_node = dict(zip(eligible, singles, strict=True))
    chosen = [offers[index] for index in eligible]
    decision = Decision(
        request=request,
        now=now,
        goals=settings.goals,
        max_shipments=settings.max_shipments,
        split_cents=settings.split_penalty_cents,
        plan=_plan(request, chosen, best, settings),
        offers=offers,
        free=free,
        excluded=excluded,
        alone=tuple(
            [
                standing(one.values) if (one := by_node.get(index)) else None
                for index in range(len(offers))
            ]
        ),
        rejected=rejected,
    )
    return with_alternatives(decision) if explain else decision


@lru_cache(maxsize=8)
def _lanes(nodes: tuple[NodeSettings, ...], settings: Routing) -> Lanes:
    return Lanes(nodes, settings)


def _stock(
    request: RouteRequest,
    nodes: Sequence[NodeSettings],
    offers: Sequence[Offer],
    context: LineContext,
) -> tuple[Matrix, Reasons]:
    """Return free units and reasons by line and node."""
    free: list[tuple[int, ...]] = []
    reasons: list[tuple[str, ...]] = []
    for line in request.lines:
        row: list[int] = []
        why: list[str] = []
        for node, offer in zip(nodes, offers, strict=True):
            reason = offer.excluded
            if not reason:
                for rule in LINE_RULES:
                    reason = rule(node, line, context) or ""
                    if reason:
                        break
            why.append(reason)
            row.append(0 if reason else context.free[line.item, node.id])
        free.append(tuple(row))
        reasons.append(tuple(why))
    return tuple(free), tuple(reasons)


def _problem(
    request: RouteRequest,
    offers: Sequence[Offer],
    free: Matrix,
    eligible: Sequence[int],
    settings: Routing,
) -> Problem:
    return build(
        request,
        offers,
        free,
        eligible=eligible,
        goals=settings.goals,
        max_nodes=settings.max_shipments,
        split_cents=settings.split_penalty_cents,
    )


def _most_promising(
    problem: Problem, singles: Sequence[Solution | None], max_nodes: int
) -> list[int]:
    """Return the nodes to look at, ascending; all of them unless there are too many sets."""
    count = len(singles)
    keep = count
    while sum(comb(keep, size) for size in range(1, max_nodes + 1)) > SET_LIMIT:
        keep -= 1
    if keep == count:
        return list(range(count))

    def promise(node: int) -> tuple[object, ...]:
        one = singles[node]
        return (0, *one.key) if one else (1, problem.preference[node])

    return sorted(sorted(range(count), key=promise)[:keep])


def _leave_out(
    offers: tuple[Offer, ...], eligible: Sequence[int], free: Matrix
) -> tuple[Offer, ...]:
    """Return offers that say which nodes were not looked at."""
    reason = f"not among the {len(eligible)} most promising nodes"
    return tuple(
        offer._replace(excluded=reason)
        if not offer.excluded and index not in eligible and any(row[index] for row in free)
        else offer
        for index, offer in enumerate(offers)
    )


def nothing(request: RouteRequest) -> Plan:
    """Return the plan that ships nothing."""
    short = tuple(Short(line_id=line.line_id, quantity=line.quantity) for line in request.lines)
    units = sum(one.quantity for one in short)
    standing = Standing(short_units=units, late_units=0, shipments=0, cost_cents=0)
    return Plan(assignments=(), short=short, shipments=(), standing=standing)


def _plan(
    request: RouteRequest, offers: Sequence[Offer], best: Solution | None, settings: Routing
) -> Plan:
    if best is None:
        return nothing(request)
    open_units = [line.quantity for line in request.lines]
    assignments = []
    units_by = dict.fromkeys(best.nodes, 0)
    grams_by = dict.fromkeys(best.nodes, 0)
    for at, node, take in best.takes:
        line = request.lines[at]
        open_units[at] -= take
        units_by[node] += take
        grams_by[node] += take * line.weight_g
        assignments.append(
            Assignment(line_id=line.line_id, node_id=offers[node].node_id, quantity=take)
        )
    shipments = tuple([_shipment(offers[n], units_by[n], grams_by[n]) for n in best.nodes])
    total = sum([one.freight_cents + one.handling_cents for one in shipments])
    total += settings.split_penalty_cents * (len(shipments) - 1)
    return Plan(
        assignments=tuple(assignments),
        short=tuple(
            [
                Short(line_id=line.line_id, quantity=units)
                for line, units in zip(request.lines, open_units, strict=True)
                if units
            ]
        ),
        shipments=shipments,
        standing=Standing(
            short_units=best.values[0],
            late_units=best.values[1],
            shipments=best.values[2],
            cost_cents=total,
        ),
    )


def _shipment(offer: Offer, units: int, weight_g: int) -> PlannedShipment:
    assert offer.ship_on is not None
    assert offer.deliver_on is not None
    by_weight = weight_g * offer.cents_per_lb * GRAM
    return PlannedShipment(
        node_id=offer.node_id,
        ship_on=offer.ship_on,
        deliver_on=offer.deliver_on,
        zone=offer.zone,
        miles=offer.miles,
        late=offer.late,
        units=units,
        weight_g=weight_g,
        freight_cents=offer.base_cents + cents(by_weight),
        handling_cents=offer.shipment_cost_cents + units * offer.unit_cost_cents,
    )
