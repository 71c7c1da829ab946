"""The routing problem as a mixed integer program, solved by HiGHS: a second opinion on the plan.

Written from the words of `docs/routing.md`, not from the solver: packs and the odd rest are
variables, goals are solved one after the other, each fixed before the next.
"""

import time
from typing import Any

import highspy

from oms_edi.domain.plan import Decision

#: Slack on a goal that is fixed: cents are sums of halves and thirds of a pound.
_SLACK = 1e-6
GRAMS_IN_LB = 453.59237


def best_goals(
    decision: Decision, goals: tuple[str, ...], *, seconds: list[float] | None = None
) -> list[float] | None:
    """Return the best value of each goal, in their order; None if there is no plan.

    Processor seconds spent in HiGHS, not in building the model, are added to `seconds`.
    """
    model: Any = highspy.Highs()  # type: ignore[no-untyped-call] # it is typed in part
    model.silent()
    model.setOptionValue("threads", 1)
    model.setOptionValue("mip_rel_gap", 0.0)
    model.setOptionValue("mip_abs_gap", 0.0)
    measures = _build(model, decision)
    values: list[float] = []
    for goal in goals:
        start = time.process_time()
        model.minimize(measures[goal])
        if seconds is not None:
            seconds.append(time.process_time() - start)
        if model.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        value = float(model.getObjectiveValue())
        if goal != "cost":
            value = round(value)
        values.append(value)
        model.addConstr(measures[goal] <= value + (_SLACK if goal == "cost" else 0.5))
    return values


def _build(model: Any, decision: Decision) -> dict[str, Any]:
    """Add variables and constraints; return what each goal measures."""
    request, offers = decision.request, decision.offers
    places = [n for n in range(len(offers)) if any(row[n] for row in decision.free)]
    ships = {n: model.addBinary() for n in places}
    model.addConstr(sum(ships.values(), start=0 * model.addBinary()) <= decision.max_shipments)
    short: Any = 0.0
    late: Any = 0.0
    bent: Any = 0.0
    cost: Any = 0.0
    for n in places:
        cost += ships[n] * offers[n].fixed_cents
    if decision.split_cents:
        any_ships = model.addBinary()
        for n in places:
            model.addConstr(any_ships >= ships[n])
        model.addConstr(any_ships <= sum(ships.values()))
        cost += decision.split_cents * sum(ships.values()) - decision.split_cents * any_ships
    for at, line in enumerate(request.lines):
        whole, rest = divmod(line.quantity, line.pack)
        packs, odd, sent = [], [], []
        for n in places:
            free = decision.free[at][n]
            if not free:
                continue
            pack = model.addIntegral(0, whole)
            units = pack * line.pack
            packs.append(pack)
            if decision.whole and decision.whole[at][n]:
                all_of_it = model.addBinary()
                model.addConstr(pack == whole * all_of_it)
            if rest and free >= rest:
                goes = model.addBinary()
                odd.append(goes)
                units += goes * rest
                if decision.whole and decision.whole[at][n]:
                    model.addConstr(goes == 1 * all_of_it)
            model.addConstr(units <= min(free, line.quantity) * ships[n])
            sent.append(units)
            each = offers[n].unit_cost_cents
            if decision.goods:
                each += decision.goods[at][n] / 100  # type: ignore[assignment]
            each += offers[n].cents_per_lb * line.weight_g / GRAMS_IN_LB  # type: ignore[assignment]
            cost += each * units
            late += offers[n].late * units
            if decision.bent and decision.bent[at][n]:
                bent += 1 * units
        total = sum(sent) if sent else 0.0
        if packs:
            model.addConstr(sum(packs) <= whole)
        if odd:
            model.addConstr(sum(odd) <= 1)
            model.addConstr(sum(packs) >= whole * sum(odd))
        if request.ship_complete:
            missing = model.addVariable(0, 0)
        else:
            missing = model.addVariable(0, line.quantity)
        model.addConstr(total + missing == line.quantity)
        short += 1 * missing
        cost += decision.stockout_cents * missing
    last = model.addVariable(0, 10**6)
    first_day = min((o.deliver_on.toordinal() for o in offers if o.deliver_on), default=0)
    for n in places:
        day = offers[n].deliver_on
        assert day is not None
        model.addConstr(last >= (day.toordinal() - first_day) * ships[n])
    none = 0 * last
    return {
        "complete": short + none,
        "on_time": late + none,
        "within_rules": bent + none,
        "shipments": sum(ships.values()) + none,
        "cost": cost + none,
        "delivery": 1 * last,
    }
