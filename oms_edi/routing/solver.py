"""The exact answer: every set of at most K nodes, skipping those that cannot win.

For a fixed set of open nodes the lines are independent, so a set is judged by filling each line
from its cheapest nodes. A set is skipped if even a relaxed plan on it (the odd rest counted at
every node, each line at the cheapest node) loses against the best so far. Within the open nodes a
line is filled as far as stock goes, unless a unit nobody ships has a price and a goal that is less
of it to be left: then as far as it pays.

A line that a node ships whole or not at all goes there or is filled from the others.

Lines of the same item draw on one stock and are filled in their order; that alone is not solved
jointly.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from oms_edi.routing.fill import Key, fill, fill_or_whole, fill_worth, most
from oms_edi.routing.problem import COMPLETE, COST, ON_TIME, SHIPMENTS, Problem


class Solution(NamedTuple):
    """A plan on integers. `key` orders solutions: goals, then ties."""

    key: tuple[Any, ...]
    #: Short units, late units, shipments, cost, units against a soft rule.
    values: tuple[int, int, int, int, int]
    nodes: tuple[int, ...]
    #: (line, node, units).
    takes: tuple[tuple[int, int, int], ...]


def solve(problem: Problem, *, singles: Sequence[Solution | None]) -> Solution | None:
    """Return the best plan, None if nothing can ship; `singles` is `alone` of every node."""
    if not singles:
        return None
    best = min((one for one in singles if one), key=lambda one: one.key, default=None)
    if best is None or not _is_unbeatable(problem, best):
        best = _Search(problem, best=best).run()
    return None if problem.is_optional and best and best.key > empty(problem).key else best


def solve_with(problem: Problem, node: int) -> Solution | None:
    """Return the best plan in which `node` ships something, None if there is none."""
    return _Search(problem, best=alone(problem, node), forced=node).run()


def empty(problem: Problem) -> Solution:
    """Return the plan that ships nothing."""
    units = sum(quantity for quantity, _, _ in problem.lines)
    values = (units, 0, 0, units * problem.stockout, 0)
    goals = [values[goal] for goal in problem.goals]
    return Solution((*goals, 0, 0, (), ()), values, (), ())


def alone(problem: Problem, node: int) -> Solution | None:
    """Return the plan with one node, None if it can ship nothing (or not all that must)."""
    units = grams = short = broken = 0
    takes: list[tuple[int, int, int]] = []
    left: dict[int, int] = {}
    shared, bent, goods, whole = problem.shared, problem.bent, problem.goods, problem.whole
    bought = 0
    worth = problem.left_key()
    for line, (quantity, pack, weight_g) in enumerate(problem.lines):
        stock = problem.free[line][node]
        if shared is not None and stock:
            stock = left.setdefault(shared[line], stock)
        take = quantity if stock >= quantity else stock // pack * pack
        if whole is not None and whole[line][node] and take < quantity:
            take = 0
        is_bent = bent is not None and bent[line][node]
        price = goods[line][node] if goods is not None else 0
        if worth and worth <= problem.unit_key(node, weight_g, bent=is_bent, goods=price):
            take = 0
        if take:
            bought += take * price
            broken += take if is_bent else 0
            takes.append((line, node, take))
            units += take
            grams += take * weight_g
            if shared is not None:
                left[shared[line]] -= take
        short += quantity - take
    if not units or (short and problem.ship_complete):
        return None
    cost = problem.fixed[node] + units * problem.unit[node] + grams * problem.gram[node]
    cost += bought + short * problem.stockout
    values = (short, units if problem.late[node] else 0, 1, cost, broken)
    return Solution(order(problem, values, (node,)), values, (node,), tuple(takes))


def valued(problem: Problem, takes: Sequence[tuple[int, int, int]]) -> Solution | None:
    """Return the plan that takes (line, node, units); None if that is not enough or nothing."""
    count = len(problem.fixed)
    units = [0] * count
    grams = [0] * count
    for line, node, take in takes:
        units[node] += take
        grams[node] += take * problem.lines[line][2]
    nodes = tuple(node for node in range(count) if units[node])
    short = sum([quantity for quantity, _, _ in problem.lines]) - sum(units)
    if not nodes or (short and problem.ship_complete):
        return None
    cost = problem.split * (len(nodes) - 1) + sum(
        problem.fixed[n] + units[n] * problem.unit[n] + grams[n] * problem.gram[n] for n in nodes
    )
    cost += short * problem.stockout
    if problem.goods is not None:
        cost += sum(take * problem.goods[line][node] for line, node, take in takes)
    late = sum(units[n] for n in nodes if problem.late[n])
    bent = 0
    if problem.bent is not None:
        bent = sum(take for line, node, take in takes if problem.bent[line][node])
    values = (short, late, len(nodes), cost, bent)
    return Solution(order(problem, values, nodes), values, nodes, tuple(takes))


def order(problem: Problem, values: Sequence[int], nodes: Sequence[int]) -> tuple[Any, ...]:
    """Return the sort key of a plan: goals, shipments, delivery, ranks, ids."""
    goals = [values[goal] for goal in problem.goals]
    if len(nodes) == 1:
        day, rank, name = problem.preference[nodes[0]]
        return (*goals, 1, day, (rank,), (name,))
    ties = [problem.preference[node] for node in nodes]
    return (
        *goals,
        len(nodes),
        max(day for day, _, _ in ties),
        tuple(sorted(rank for _, rank, _ in ties)),
        tuple(sorted(name for _, _, name in ties)),
    )


def _is_unbeatable(problem: Problem, best: Solution) -> bool:
    """Say whether one node fills everything in time, and nothing but shipments comes next."""
    for goal in problem.goals:
        if goal == SHIPMENTS:
            return True
        if goal == COST or best.values[goal]:
            return False
    return True


def _precedes(goals: Sequence[int], first: int, second: int) -> bool:
    return first in goals and second in goals and goals.index(first) < goals.index(second)


class _Search:
    """The best plan so far and the tables that bound what a set of nodes could do."""

    def __init__(
        self, problem: Problem, *, best: Solution | None, forced: int | None = None
    ) -> None:
        self.problem = problem
        self.best = best
        self.forced = forced
        self._nodes = range(len(problem.fixed))
        self._positions: dict[object, tuple[list[int], list[Key]]] = {}
        self._left = problem.left_key()
        self._most = [
            [most(wanted, pack, stock) for stock in row]
            for (wanted, pack, _), row in zip(problem.lines, problem.free, strict=True)
        ]
        self._cost = [
            [problem.unit[n] + problem.gram[n] * weight_g for n in self._nodes]
            for _, _, weight_g in problem.lines
        ]
        if problem.goods is not None:
            self._cost = [
                [a + b for a, b in zip(row, bought, strict=True)]
                for row, bought in zip(self._cost, problem.goods, strict=True)
            ]
        self._cheapest = [min(row) for row in self._cost]
        self._wanted = [(line, wanted) for line, (wanted, _, _) in enumerate(problem.lines)]
        self._units = sum(wanted for _, wanted in self._wanted)
        # Units late and variable cost can be bounded from what is short only if a plan that is
        # shorter than the bound has already lost by that.
        self._bounds_late = _precedes(problem.goals, COMPLETE, ON_TIME)
        self._is_complete_first = problem.goals[0] == COMPLETE
        self._bounds_cost = _precedes(problem.goals, COMPLETE, COST)

    def run(self) -> Solution | None:
        """Try every set of two nodes and more, small sets first."""
        if self.best is None and self.forced is not None:
            self._judge((self.forced,))
        fixed = sorted(self.problem.fixed)
        everything = self._wanted
        for node in self._nodes:
            everything = self._after(everything, node)
        late = all(self.problem.late)
        start = () if self.forced is None else (self.forced,)
        wanted = self._wanted if self.forced is None else self._after(self._wanted, self.forced)
        for size in range(2, min(self.problem.max_nodes, len(self._nodes)) + 1):
            if self._can_win(size, sum(fixed[:size]), late, everything, self._cheapest):
                self._extend(start, 0, size, wanted)
        return self.best

    def _extend(
        self, chosen: tuple[int, ...], start: int, size: int, wanted: list[tuple[int, int]]
    ) -> None:
        """Judge every set of `size` nodes that adds nodes from `start` on to `chosen`."""
        slots = size - len(chosen)
        for node in range(start, len(self._nodes)):
            if node == self.forced:
                continue
            nodes = (*chosen, node)
            left = self._after(wanted, node)
            if slots > 1:
                self._extend(nodes, node + 1, size, left)
                continue
            if self._is_too_short(left):  # most sets end here
                continue
            fixed = sum([self.problem.fixed[n] for n in nodes])
            late = all([self.problem.late[n] for n in nodes])
            if not self._can_win(size, fixed, late, left, self._cheapest):
                continue
            cheapest = [min([row[n] for n in nodes]) for row in self._cost]
            if self._can_win(size, fixed, late, left, cheapest):
                self._judge(nodes)

    def _after(self, wanted: list[tuple[int, int]], node: int) -> list[tuple[int, int]]:
        """Return what is still wanted once `node` has given the most it can."""
        most = self._most
        return [
            (line, units - most[line][node]) for line, units in wanted if units > most[line][node]
        ]

    def _is_too_short(self, left: list[tuple[int, int]]) -> bool:
        """Say whether leaving that much has lost already, because `complete` is the first goal."""
        if not self._is_complete_first or self.best is None:
            return False
        return sum([units for _, units in left]) > self.best.values[COMPLETE]

    def _can_win(
        self,
        size: int,
        fixed: int,
        late: bool,
        left: list[tuple[int, int]],
        cheapest: Sequence[int],
    ) -> bool:
        """Say whether a plan on `size` nodes that leaves at least `left` short could be best.

        `cheapest` is the least that a unit of each line can cost there.
        """
        short = sum([units for _, units in left])
        if short and self.problem.ship_complete:
            return False
        if self.best is None:
            return True
        cost = fixed + self.problem.split * (size - 1)
        if self.problem.is_optional:
            price = self.problem.stockout
            least = [min(one, price) for one in cheapest]
            cost += sum([least[line] * units for line, units in self._wanted])
            cost += sum([(price - least[line]) * units for line, units in left])
        elif self._bounds_cost:
            cost += sum([cheapest[line] * units for line, units in self._wanted])
            cost -= sum([cheapest[line] * units for line, units in left])
            cost += short * self.problem.stockout
        late_units = self._units - short if late and self._bounds_late else 0
        values = (short, late_units, size, cost, 0)
        bound = (*[values[goal] for goal in self.problem.goals], size)
        return bound <= self.best.key[: len(bound)]

    def _judge(self, nodes: tuple[int, ...]) -> None:
        found = self._fill(nodes)
        if self.forced is None or (found and self.forced in found.nodes):
            self._keep(found)
            return
        for line, (quantity, pack, _) in enumerate(self.problem.lines):
            stock = self.problem.free[line][self.forced]
            for least in {min(pack, quantity), quantity % pack} - {0}:
                if stock >= least:
                    self._keep(self._fill(nodes, first=line, least=least))

    def _keep(self, found: Solution | None) -> None:
        if found is not None and (self.best is None or found.key < self.best.key):
            self.best = found

    def _fill(self, nodes: tuple[int, ...], *, first: int = -1, least: int = 0) -> Solution | None:
        """Return the plan on these nodes; the forced one gives line `first` at least `least`."""
        problem = self.problem
        takes: list[tuple[int, int, int]] = []
        stock: dict[tuple[int, int], int] = {}
        for line, (quantity, pack, _) in enumerate(problem.lines):
            places, keys = self._position(line)
            ranked = sorted(nodes, key=places.__getitem__)
            free = self._free(line, ranked, stock)
            ordered = [keys[n] for n in ranked]
            if problem.whole is not None and any([problem.whole[line][n] for n in ranked]):
                given = self._whole(line, free, ordered, ranked, least if line == first else 0)
            elif line == first and self.forced is not None:
                given = self._with_least(quantity, pack, free, ordered, ranked, least)
            elif self._left is None:
                given = fill(quantity, pack, free, ordered)
            else:
                given = fill_worth(quantity, pack, free, ordered, self._left)
            if given is None:
                return None
            for node, units in zip(ranked, given, strict=True):
                if units:
                    takes.append((line, node, units))
                    self._draw(line, node, units, stock)
        return valued(self.problem, takes)

    def _whole(
        self,
        line: int,
        free: list[int],
        keys: Sequence[Key],
        ranked: Sequence[int],
        least: int,
    ) -> list[int] | None:
        """Return what each node gives where some give all of the line or nothing.

        With `least` the forced node gives that much; None: it cannot.
        """
        quantity, pack, _ = self.problem.lines[line]
        assert self.problem.whole is not None
        all_ = [self.problem.whole[line][n] for n in ranked]
        if not least or self.forced is None:
            return fill_or_whole(quantity, pack, free, keys, all_, self._left)
        place = ranked.index(self.forced)
        if all_[place]:
            found = [0] * len(ranked)
            found[place] = quantity
            return found if free[place] >= quantity else None
        others = [0 if one else stock for one, stock in zip(all_, free, strict=True)]
        return self._with_least(quantity, pack, others, keys, ranked, least)

    def _with_least(
        self,
        quantity: int,
        pack: int,
        free: list[int],
        keys: Sequence[Key],
        ranked: Sequence[int],
        least: int,
    ) -> list[int] | None:
        """Return what each node gives if the forced one gives at least `least`; None: it cannot."""
        assert self.forced is not None
        place = ranked.index(self.forced)
        if free[place] < least:
            return None
        free[place] -= least
        more, rest = quantity - least, quantity % pack
        if self._left is None:
            given = fill(more, pack, free, keys)
        else:
            given = fill_worth(more, pack, free, keys, self._left)
        if rest and least == rest and sum(given) < more:
            return None  # the odd rest only goes along if the line is completed
        given[place] += least
        return given

    def _free(
        self, line: int, nodes: Sequence[int], stock: dict[tuple[int, int], int]
    ) -> list[int]:
        row = self.problem.free[line]
        shared = self.problem.shared
        if shared is None:
            return [row[node] for node in nodes]
        return [
            stock.setdefault((shared[line], node), row[node]) if row[node] else 0 for node in nodes
        ]

    def _draw(self, line: int, node: int, units: int, stock: dict[tuple[int, int], int]) -> None:
        if self.problem.shared is not None:
            stock[self.problem.shared[line], node] -= units

    def _position(self, line: int) -> tuple[list[int], list[Key]]:
        """Return place and price key of every node for a unit of this line."""
        problem = self.problem
        weight_g = problem.lines[line][2]
        bent = problem.bent[line] if problem.bent else None
        goods = problem.goods[line] if problem.goods else None
        found = self._positions.get((weight_g, bent, goods))
        if found is None:
            keys = [
                problem.unit_key(
                    node,
                    weight_g,
                    bent=bent is not None and bent[node],
                    goods=goods[node] if goods is not None else 0,
                )
                for node in self._nodes
            ]
            ranked = sorted(self._nodes, key=lambda n: (keys[n], problem.preference[n]))
            places = [0] * len(ranked)
            for place, node in enumerate(ranked):
                places[node] = place
            found = self._positions[weight_g, bent, goods] = places, keys
        return found
