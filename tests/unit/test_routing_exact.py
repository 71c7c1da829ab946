"""Routing against a mixed integer program: the same objective, goal by goal, on random orders."""

import random
from fractions import Fraction

import pytest

from oms_edi.domain.plan import Decision
from oms_edi.routing.problem import GOALS, goals_of
from tests.support.mip import best_goals
from tests.support.routes import instance, with_suppliers

_GRAMS_IN_LB = Fraction(45359237, 100000)
#: Instances in each of the tests.
_EACH = 75


def achieved(decision: Decision) -> dict[str, Fraction]:
    """What the plan does on every goal, with freight to the fraction of a cent."""
    request, plan = decision.request, decision.plan
    offers = {offer.node_id: offer for offer in decision.offers}
    lines = {one.line_id: (row, one) for row, one in enumerate(request.lines)}
    places = {offer.node_id: place for place, offer in enumerate(decision.offers)}
    used = {part.node_id for part in plan.assignments}
    short = sum(one.quantity for one in request.lines)
    late = bent = 0
    cost = Fraction(decision.split_cents * max(0, len(used) - 1))
    cost += sum(offers[name].fixed_cents for name in used)
    for part in plan.assignments:
        offer = offers[part.node_id]
        row, one = lines[part.line_id]
        short -= part.quantity
        late += part.quantity * offer.late
        bent += part.quantity * bool(decision.bent and decision.bent[row][places[part.node_id]])
        cost += part.quantity * offer.unit_cost_cents
        if decision.goods:
            cost += part.quantity * Fraction(decision.goods[row][places[part.node_id]], 100)
        cost += part.quantity * one.weight_g * offer.cents_per_lb / _GRAMS_IN_LB
    cost += decision.stockout_cents * short
    days = [offers[name].deliver_on for name in used]
    first = min((o.deliver_on.toordinal() for o in decision.offers if o.deliver_on), default=0)
    last = max((day.toordinal() - first for day in days if day), default=0)
    counts = {
        "complete": short,
        "on_time": late,
        "shipments": len(used),
        "within_rules": bent,
        "delivery": last,
    }
    return {"cost": cost, **{name: Fraction(value) for name, value in counts.items()}}


@pytest.mark.parametrize("batch", range(8))
def test_the_plan_does_as_well_on_every_goal_as_a_mixed_integer_program(batch: int) -> None:
    draw = random.Random(batch)
    decided = 0
    for _ in range(_EACH):
        decision = instance(draw).decide()
        compare(decision)
        decided += bool(decision.plan.assignments)
    assert decided > _EACH // 2


@pytest.mark.parametrize("batch", range(2))
def test_so_it_does_with_suppliers_that_sell_at_a_cost_in_quantities_of_their_own(
    batch: int,
) -> None:
    draw = random.Random(100 + batch)
    bought = whole = 0
    for _ in range(_EACH):
        decision = with_suppliers(draw, instance(draw)).decide()
        compare(decision)
        bought += any(one.goods_cents for one in decision.plan.shipments)
        whole += bool(decision.whole)
        assert_sold_as_they_sell(decision)
    assert bought > _EACH // 10
    assert whole > _EACH // 5


def compare(decision: Decision) -> None:
    """Solve what was decided again as a program, and compare goal by goal."""
    goals = goals_of(decision.goals, is_second=bool(decision.bent))
    goals = (*goals, "shipments", "delivery")
    best = best_goals(decision, goals)
    if best is None:
        assert decision.request.ship_complete
        assert not decision.plan.assignments
        return
    found = achieved(decision)
    told = [float(found[goal]) for goal in goals]
    assert told == pytest.approx(best, abs=1e-3), goals
    standing = decision.plan.standing
    values = [standing.short_units, standing.late_units, standing.shipments]
    assert values == [int(found[goal]) for goal in list(GOALS)[:3]]


def assert_sold_as_they_sell(decision: Decision) -> None:
    """What is bought whole is bought whole."""
    places = {offer.node_id: place for place, offer in enumerate(decision.offers)}
    rows = {one.line_id: (row, one) for row, one in enumerate(decision.request.lines)}
    for part in decision.plan.assignments if decision.whole else ():
        row, one = rows[part.line_id]
        if decision.whole[row][places[part.node_id]]:
            assert part.quantity == one.quantity
