"""Whether an order that is allocated already should move to a better plan."""

from collections.abc import Mapping

from oms_edi.domain.plan import Before, Decision, Standing
from oms_edi.routing.alternatives import money, problem_of, units
from oms_edi.routing.problem import COMPLETE, COST, ON_TIME, cents, standing
from oms_edi.routing.rules.stock import NO_STOCK
from oms_edi.routing.solver import Solution, valued


def change(
    decision: Decision, held: Mapping[tuple[int, str], int], *, threshold_cents: int
) -> Decision | None:
    """Return the decision, with what it replaces, if it is worth the change; None if it is not.

    `held` is what the order is allocated, units by (line id, node id); `decision` was made as if
    that were free again. It is worth it if it is better by the goals, ships all of it, and
    either brings units on time, or brings units that their node cannot ship any more, or saves more
    than `threshold_cents`.
    """
    places = [place for place, offer in enumerate(decision.offers) if offer.ship_on is not None]
    problem = problem_of(decision, places)
    nodes = {decision.offers[place].node_id: at for at, place in enumerate(places)}
    rows = {line.line_id: row for row, line in enumerate(decision.request.lines)}
    takes = tuple(
        (rows[line], nodes[node], count)
        for (line, node), count in sorted(held.items())
        if node in nodes and _can_ship(decision, rows[line], places[nodes[node]])
    )
    plan = tuple(
        (rows[part.line_id], nodes[part.node_id], part.quantity)
        for part in decision.plan.assignments
    )
    # What its node cannot ship any more counts as short, even of an order that ships complete.
    relaxed = problem._replace(ship_complete=False)
    new, old = valued(relaxed, plan), valued(relaxed, takes)
    if new is None or new.values[COMPLETE]:
        return None
    before = Before(
        nodes=tuple(sorted({node for _, node in held})),
        standing=standing(old.values if old else _nothing(decision)),
    )
    if old is None or (new.key < old.key and _is_worth(new, old, threshold_cents)):
        return decision._replace(before=before)
    return None


def _can_ship(decision: Decision, row: int, place: int) -> bool:
    return decision.excluded[row][place] in ("", NO_STOCK)


def _nothing(decision: Decision) -> tuple[int, int, int, int, int]:
    return (sum(line.quantity for line in decision.request.lines), 0, 0, 0, 0)


def _is_worth(new: Solution, old: Solution, threshold_cents: int) -> bool:
    if new.values[COMPLETE] < old.values[COMPLETE] or new.values[ON_TIME] < old.values[ON_TIME]:
        return True
    return cents(old.values[COST] - new.values[COST]) > threshold_cents


def gain(old: Standing, new: Standing) -> str:
    """Say what a change is good for."""
    told = []
    if new.short_units < old.short_units:
        return f"{units(old.short_units - new.short_units)} that would not have shipped"
    if new.late_units < old.late_units:
        told.append(f"{units(old.late_units - new.late_units)} on time now")
    saved = old.cost_cents - new.cost_cents
    told.append(f"{'saves' if saved >= 0 else 'costs'} {money(abs(saved))}")
    return ", ".join(told)
