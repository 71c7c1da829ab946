"""Decide who ships one order.

1. Each node makes an offer: days, freight zone, prices; node rules may take it out.
2. Line rules say which node can ship which line, capacity which day, and why not.
3. The solver finds the best plan over at most `max_shipments` nodes, goals in their order.
4. If not all can ship so, it is solved again without the soft rules, breaking them no more than
   that needs.
5. The decision keeps what was weighed, so that it can be explained or made again.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from math import comb
from typing import NamedTuple

from oms_edi.config.node import NodeSettings
from oms_edi.config.routing import Routing
from oms_edi.domain.plan import Decision, Offer, RouteRequest, Standing
from oms_edi.routing.alternatives import with_alternatives
from oms_edi.routing.capacity import fit, on_day
from oms_edi.routing.circumstances import PLAIN, Circumstances, with_risk
from oms_edi.routing.lanes import Lanes, judged
from oms_edi.routing.matrix import Matrix, matrix
from oms_edi.routing.planned import plan_of
from oms_edi.routing.problem import Problem, build, goals_of, standing
from oms_edi.routing.rules.context import LineContext
from oms_edi.routing.solver import Solution, alone, solve

#: Sets of nodes looked at for one order; beyond, only the most promising nodes are.
SET_LIMIT = 12_000

NO_REJECTIONS: frozenset[tuple[int, str]] = frozenset()


def decide(
    request: RouteRequest,
    nodes: Sequence[NodeSettings],
    supply: Mapping[tuple[str, str], int],
    settings: Routing,
    now: datetime,
    *,
    rejected: frozenset[tuple[int, str]] = NO_REJECTIONS,
    circumstances: Circumstances = PLAIN,
    explain: bool = False,
) -> Decision:
    """Return the best plan for `request` and what was weighed.

    `supply` is free units by (item, node id), safety stock and promises already taken off; what is
    not in it is zero. `rejected` are (line id, node id) pairs not to be asked again. With `explain`
    each losing node gets the best plan that uses it, which costs another search a node.
    """
    lanes = _lanes(nodes, settings)
    context = LineContext(rejected=rejected, free=supply, terms=circumstances.terms)
    found = _Pass.of(request, lanes, context, now, circumstances, soft=())
    if settings.soft_rules and _is_short(found.best):
        second = _Pass.of(request, lanes, context, now, circumstances, soft=settings.soft_rules)
        if _is_better(second.best, found.best):
            found = second
    decision = Decision(
        request=request,
        now=now,
        goals=settings.goals,
        max_shipments=settings.max_shipments,
        split_cents=settings.split_penalty_cents,
        stockout_cents=settings.stockout_cents,
        plan=plan_of(
            request,
            [found.offers[index] for index in found.eligible],
            found.best,
            split_cents=settings.split_penalty_cents,
            stockout_cents=settings.stockout_cents,
            goods=found.problem.goods,
        ),
        offers=found.offers,
        free=found.matrix.free,
        excluded=found.matrix.excluded,
        alone=found.alone(),
        rejected=rejected,
        dropped=settings.soft_rules if found.matrix.bent else (),
        bent=found.matrix.bent,
        goods=found.matrix.goods,
        whole=found.matrix.whole,
    )
    return with_alternatives(decision) if explain else decision


class _Pass(NamedTuple):
    """One solution and what it was found among."""

    offers: tuple[Offer, ...]
    matrix: Matrix
    #: Indexes of offers that can ship something.
    eligible: list[int]
    problem: Problem
    singles: list[Solution | None]
    best: Solution | None

    @classmethod
    def of(
        cls,
        request: RouteRequest,
        lanes: Lanes,
        context: LineContext,
        now: datetime,
        circumstances: Circumstances,
        *,
        soft: Collection[str],
    ) -> "_Pass":
        """Solve with these rules dropped."""
        offers, table = _weigh(request, lanes, context, now, circumstances, soft=soft)
        eligible = [
            index
            for index, offer in enumerate(offers)
            if not offer.excluded and any([row[index] for row in table.free])
        ]
        problem = _problem(request, offers, table, eligible, lanes.settings)
        singles = [alone(problem, node) for node in range(len(eligible))]
        kept = _most_promising(problem, singles, lanes.settings.max_shipments)
        if len(kept) < len(eligible):
            offers = _leave_out(offers, [eligible[place] for place in kept], table.free)
            eligible = [eligible[place] for place in kept]
            problem = _problem(request, offers, table, eligible, lanes.settings)
            singles = [singles[place] and alone(problem, at) for at, place in enumerate(kept)]
        return cls(offers, table, eligible, problem, singles, solve(problem, singles=singles))

    def alone(self) -> tuple[Standing | None, ...]:
        """Return how each node would do alone."""
        by_node = dict(zip(self.eligible, self.singles, strict=True))
        return tuple(
            [
                standing(one.values) if (one := by_node.get(index)) else None
                for index in range(len(self.offers))
            ]
        )


def _is_short(found: Solution | None) -> bool:
    return found is None or found.values[0] > 0


def _is_better(second: Solution | None, first: Solution | None) -> bool:
    """True if dropping rules has more shipped."""
    return second is not None and (first is None or second.values[0] < first.values[0])


#: The lanes of the last configuration: to know it by its identity is a quarter of the time of a
#: plain decision faster than to compare it.
_LATEST: list[tuple[tuple[NodeSettings, ...], Routing, Lanes]] = []


def _lanes(nodes: Sequence[NodeSettings], settings: Routing) -> Lanes:
    for known_nodes, known_settings, lanes in _LATEST:
        if known_nodes is nodes and known_settings is settings:
            return lanes
    lanes = _made(tuple(nodes), settings)
    _LATEST[:] = [(tuple(nodes), settings, lanes)]
    return lanes


@lru_cache(maxsize=8)
def _made(nodes: tuple[NodeSettings, ...], settings: Routing) -> Lanes:
    return Lanes(nodes, settings)


def _weigh(
    request: RouteRequest,
    lanes: Lanes,
    context: LineContext,
    now: datetime,
    circumstances: Circumstances,
    *,
    soft: Collection[str],
) -> tuple[tuple[Offer, ...], Matrix]:
    """Return what every node offers and what can be had where."""
    offers = lanes.offers(request, now, soft=soft, stale=circumstances.stale)
    table = matrix(request, lanes.nodes, offers, context, soft=soft)
    if lanes.is_limited:
        fitted = fit(
            request,
            lanes.nodes,
            offers,
            table.free,
            load=circumstances.load,
            settings=lanes.settings,
            now=now,
            is_soft="capacity" in soft,
        )
        if fitted != offers:  # a day later may be too late
            offers = tuple(
                new if new.excluded else judged(node, request, new, soft)
                for node, new in zip(lanes.nodes, fitted, strict=True)
            )
            table = matrix(request, lanes.nodes, offers, context, soft=soft)
    if circumstances.promised:
        offers = _as_promised(request, lanes, offers, circumstances)
    return with_risk(request, offers, circumstances.punctuality), table


def _as_promised(
    request: RouteRequest, lanes: Lanes, offers: tuple[Offer, ...], circumstances: Circumstances
) -> tuple[Offer, ...]:
    """Return the offers; a node the order has a place at keeps its day if that is the sooner."""
    kept = []
    for node, offer in zip(lanes.nodes, offers, strict=True):
        days = circumstances.promised.get(node.id)
        if days and not offer.excluded and (offer.ship_on is None or days[0] < offer.ship_on):
            offer = on_day(request, node, offer, days[0], lanes.settings)
            offer = offer._replace(full_on=None, capacity_cents=0)
        kept.append(offer)
    return tuple(kept)


def _problem(
    request: RouteRequest,
    offers: Sequence[Offer],
    table: Matrix,
    eligible: Sequence[int],
    settings: Routing,
) -> Problem:
    return build(
        request,
        offers,
        table.free,
        eligible=eligible,
        goals=goals_of(settings.goals, is_second=bool(table.bent)),
        max_nodes=settings.max_shipments,
        split_cents=settings.split_penalty_cents,
        stockout_cents=settings.stockout_cents,
        bent=table.bent,
        goods=table.goods,
        whole=table.whole,
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
    offers: tuple[Offer, ...], eligible: Collection[int], free: Sequence[Sequence[int]]
) -> tuple[Offer, ...]:
    """Return offers that say which nodes were not looked at."""
    reason = f"not among the {len(eligible)} most promising nodes"
    return tuple(
        offer._replace(excluded=reason)
        if not offer.excluded and index not in eligible and any(row[index] for row in free)
        else offer
        for index, offer in enumerate(offers)
    )
