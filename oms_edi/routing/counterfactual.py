"""What would have to be otherwise for a node to be in the plan: how much lower its freight, or how
many more units free. Each is the least there is: one cent or one unit less and it loses.
"""

from collections.abc import Sequence

from oms_edi.routing.problem import CENT, COST, Problem
from oms_edi.routing.solver import Solution, alone, order, solve, solve_with


def freight_gap(problem: Problem, found: Solution, best: Solution) -> int | None:
    """Return by how many cents a shipment of a losing node would have to be cheaper to win.

    `found` is the best plan that uses the node, `best` the plan chosen. Every plan with the node
    gets cheaper by the same amount, so `found` stays the best of them. None if no price would do:
    it loses on a goal before cost, or cost is no goal.
    """
    if COST not in problem.goals:
        return None
    gap = found.values[COST] - best.values[COST]
    for less in sorted({max(0, -(-gap // CENT)), max(0, gap // CENT + 1)}):
        short, late, shipments, cost, bent = found.values
        values = (short, late, shipments, cost - less * CENT, bent)
        if less and order(problem, values, found.nodes) < best.key:
            return less
    return None


def units_missing(
    problem: Problem, node: int, best: Solution | None, lines: Sequence[int]
) -> tuple[tuple[int, int], ...]:
    """Return (line, more units) that `node` would have to have free to be in the plan.

    `best` is the plan chosen, None if there is none. Only `lines` may get more. If more of one line
    is enough, it is the line that needs the fewest; else no line of the answer could do with less.
    Empty if all of every line would not be enough. More stock never makes a node lose, so it is
    found by halving.
    """
    lacks = {
        line: quantity - problem.free[line][node]
        for line, (quantity, _, _) in enumerate(problem.lines)
        if line in lines and problem.free[line][node] < quantity
    }
    if not lacks or not _wins(problem, node, lacks, best):
        return ()
    single = [
        (line, _least(problem, node, {}, line, lack, best))
        for line, lack in lacks.items()
        if _wins(problem, node, {line: lack}, best)
    ]
    if single:
        return (min(single, key=lambda one: (one[1], one[0])),)
    for line in list(lacks):
        others = {other: units for other, units in lacks.items() if other != line}
        lacks[line] = _least(problem, node, others, line, lacks[line], best)
    return tuple((line, units) for line, units in lacks.items() if units)


def _least(
    problem: Problem,
    node: int,
    others: dict[int, int],
    line: int,
    enough: int,
    best: Solution | None,
) -> int:
    """Return the fewest more units of `line`, beside `others`, with which the node wins."""
    low, high = 0, enough
    while low < high:
        middle = (low + high) // 2
        if _wins(problem, node, {**others, line: middle}, best):
            high = middle
        else:
            low = middle + 1
    return high


def _wins(problem: Problem, node: int, more: dict[int, int], best: Solution | None) -> bool:
    """True if the node is in the best plan with that many more units free."""
    changed = _with_more(problem, node, more)
    found = solve_with(changed, node)
    if found is None:
        return False
    return best is None or found.key < best.key


def _with_more(problem: Problem, node: int, more: dict[int, int]) -> Problem:
    """Return the problem with more units free at a node, by line."""
    free = tuple(
        tuple(
            units + (more.get(line, 0) if place == node else 0) for place, units in enumerate(row)
        )
        for line, row in enumerate(problem.free)
    )
    return problem._replace(free=free)


def best_plan(problem: Problem) -> Solution | None:
    """Return the best plan of a problem."""
    count = len(problem.fixed)
    return solve(problem, singles=[alone(problem, node) for node in range(count)])
