"""Routing: what a losing node would need is exactly enough, shown by giving it just that."""

import random
from dataclasses import replace

import pytest

from oms_edi.domain.plan import Alternative, Decision, Offer
from oms_edi.routing.alternatives import problem_of, with_alternatives
from oms_edi.routing.counterfactual import best_plan
from oms_edi.routing.decide import decide
from oms_edi.routing.explain import explain, line_decisions
from oms_edi.routing.solver import solve_with
from tests.support.routes import NOW, Instance, instance, line, node, order, routing


def wins(decision: Decision, name: str) -> bool:
    """True if the node is in the plan, solved again by the terms of this decision.

    Where its base is below zero, because all of the freight by weight is taken off it, the solver
    is asked for the best plan with the node and the best without: it takes no cost for negative.
    """
    places = [n for n, one in enumerate(decision.offers) if not one.excluded]
    problem = problem_of(decision, places)
    (node,) = (at for at, n in enumerate(places) if decision.offers[n].node_id == name)
    if problem.fixed[node] >= 0:
        best = best_plan(problem)
        return best is not None and node in best.nodes
    others = [place for place in places if place != places[node]]
    without = best_plan(problem_of(decision, others))
    found = solve_with(problem, node)
    return found is not None and (without is None or found.key < without.key)


def with_freight(decision: Decision, name: str, less: int) -> Decision:
    def cheaper(offer: Offer) -> Offer:
        is_it = offer.node_id == name
        return offer._replace(base_cents=offer.base_cents - less) if is_it else offer

    return decision._replace(offers=tuple(map(cheaper, decision.offers)))


def with_stock(one: Instance, name: str, more: tuple[tuple[int, int], ...]) -> Instance:
    items = {wanted.line_id: wanted.item for wanted in one.request.lines}
    supply = dict(one.supply)
    for line_id, units in more:
        supply[items[line_id], name] += units
    return replace(one, supply=supply)


def ships(one: Instance, name: str) -> bool:
    """True if the node is in the plan of a fresh decision."""
    return any(part.node_id == name for part in one.decide().plan.assignments)


def plain(draw: random.Random) -> Instance:
    """An instance without capacities, whose offers would change with stock, and without a second
    pass, which more stock would make needless."""
    one = instance(draw)
    nodes = tuple(node.model_copy(update={"capacity": _NO_LIMIT}) for node in one.nodes)
    settings = one.settings.model_copy(update={"soft_rules": ()})
    return replace(one, nodes=nodes, settings=settings)


_NO_LIMIT = node("DAL").capacity


@pytest.mark.parametrize("batch", range(2))
def test_a_node_wins_with_just_what_its_counterfactual_says_and_not_with_less(batch: int) -> None:
    draw = random.Random(1000 + batch)
    by_freight = by_units = several = 0
    for _ in range(160):
        one = plain(draw)
        decision = one.decide(explain=True)
        for lost in decision.alternatives:
            name = lost.node_id
            assert not wins(decision, name)
            if lost.freight_cents is not None:
                by_freight += 1
                assert wins(with_freight(decision, name, lost.freight_cents), name)
                assert not wins(with_freight(decision, name, lost.freight_cents - 1), name)
            elif lost.standing is not None:  # nor if its freight were free, as far as it is a base
                (base,) = (one.base_cents for one in decision.offers if one.node_id == name)
                assert not wins(with_freight(decision, name, base), name)
            if lost.units:
                by_units += 1
                several += len(lost.units) > 1
                assert ships(with_stock(one, name, lost.units), name)
                for at, (line_id, units) in enumerate(lost.units):
                    less = (*lost.units[:at], (line_id, units - 1), *lost.units[at + 1 :])
                    assert not ships(with_stock(one, name, less), name)
            else:
                plenty = tuple((wanted.line_id, 500) for wanted in one.request.lines)
                assert not ships(with_stock(one, name, plenty), name)
    assert by_freight > 15
    assert by_units > 20
    assert several > 0


def test_no_other_line_needs_fewer_units() -> None:
    draw = random.Random(5)
    seen = 0
    for _ in range(90):
        one = plain(draw)
        for lost in one.decide(explain=True).alternatives:
            if len(lost.units) == 1:
                ((_, fewest),) = lost.units
                for wanted in one.request.lines:
                    less = ((wanted.line_id, fewest - 1),)
                    assert not ships(with_stock(one, lost.node_id, less), lost.node_id)
                seen += 1
    assert seen > 20


def test_it_is_told_as_a_sentence() -> None:
    supply = {("I1", "DAL"): 20, ("I1", "ATL"): 20, ("I1", "RNO"): 8}
    nodes = (node("DAL"), node("ATL"), node("RNO", shipment_cost_cents=0), node("NYC"))
    found = decide(order(line(1, 20)), nodes, supply, routing(), NOW, explain=True)
    told = explain(found)
    assert "ATL loses: ATL: $2.00 more; it would win if freight were $2.01 lower." in told
    # More stock alone does not make the far node the cheaper one.
    assert "RNO loses: DAL + RNO: 2 shipments instead of 1." in told
    scarce = {("I1", "DAL"): 8, ("I1", "ATL"): 20}
    found = decide(order(line(1, 20)), nodes[:2], scarce, routing(), NOW, explain=True)
    told = explain(found)
    wish = "it would win if it had 12 units more of I1"
    assert f"DAL loses: DAL + ATL: 2 shipments instead of 1; {wish}." in told
    candidate = line_decisions(found)[0].candidates[0]
    assert candidate.wish == "would win if it had 12 units more of I1"


def test_a_node_without_any_stock_says_what_it_would_need() -> None:
    supply = {("I1", "ATL"): 20}
    nodes = (node("DAL"), node("ATL"))
    found = decide(order(line(1, 20)), nodes, supply, routing(), NOW, explain=True)
    assert "DAL is out: no free stock; it would win if it had 20 units more of I1." in explain(
        found
    )


def test_a_node_that_is_out_for_a_rule_has_no_counterfactual() -> None:
    supply = {("I1", "DAL"): 20, ("I1", "ATL"): 20}
    nodes = (node("DAL", closed=True), node("ATL"))
    found = decide(order(line(1, 20)), nodes, supply, routing(), NOW, explain=True)
    assert found.alternatives == ()
    assert with_alternatives(found) == found


def alternative(decision: Decision, name: str) -> Alternative:
    return next(one for one in decision.alternatives if one.node_id == name)


def test_packs_count_in_what_is_missing() -> None:
    supply = {("I1", "DAL"): 20, ("I1", "ATL"): 40}
    nodes = (node("DAL"), node("ATL"))
    found = decide(order(line(1, 30, pack=12)), nodes, supply, routing(), NOW, explain=True)
    assert alternative(found, "DAL").units == ((1, 10),)
