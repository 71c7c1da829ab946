"""One order as integers: what the solver works on. Nothing here knows names or dates.

Costs are exact: a unit of cost is 1 / `CENT` of a cent, so that a gram has a whole price too
(1 lb = 453.59237 g), and what a supplier sells at a hundredth of a cent. Only what is shown is
rounded.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from oms_edi.domain.plan import Offer, RouteRequest, Standing

#: Units of cost in a hundredth of a cent: 453.59237 * 100,000.
HUNDREDTH = 45_359_237
#: Units of cost in a cent.
CENT = 100 * HUNDREDTH
#: Units of cost for a gram at one cent a pound.
GRAM = 10_000_000
#: Positions of the goals in a plan's values.
COMPLETE, ON_TIME, SHIPMENTS, COST, BENT = range(5)
GOALS = {
    "complete": COMPLETE,
    "on_time": ON_TIME,
    "shipments": SHIPMENTS,
    "cost": COST,
    "within_rules": BENT,
}


class Problem(NamedTuple):
    """Lines by nodes; only nodes that can ship something are in it."""

    #: Base units, pack and grams of a unit by line.
    lines: tuple[tuple[int, int, int], ...]
    #: Free units by line and node, 0 where the node is excluded.
    free: tuple[tuple[int, ...], ...]
    #: Lines that draw on the same stock, by their first; None = every line has its own item.
    shared: tuple[int, ...] | None
    #: Cost of opening each node.
    fixed: tuple[int, ...]
    #: Cost of a unit at each node.
    unit: tuple[int, ...]
    #: Cost of a gram at each node.
    gram: tuple[int, ...]
    late: tuple[bool, ...]
    #: Tie-break of each node: delivery day as a number, rank, id.
    preference: tuple[tuple[int, int, str], ...]
    #: Positions of the goals as in `GOALS`, most important first.
    goals: tuple[int, ...]
    #: Cost of each shipment after the first.
    split: int
    #: Cost of each unit nobody ships.
    stockout: int
    #: True if a unit may be left though there is stock, because `stockout` is less.
    is_optional: bool
    #: Whether a line breaks a soft rule at a node, by line and node; None = none does.
    bent: tuple[tuple[bool, ...], ...] | None
    max_nodes: int
    ship_complete: bool
    #: Cost of buying a unit, by line and node; None = nothing is bought.
    goods: tuple[tuple[int, ...], ...] | None = None
    #: Whether a node gives the whole line or nothing, by line and node; None = none does so.
    whole: tuple[tuple[bool, ...], ...] | None = None

    def unit_key(
        self, node: int, weight_g: int, *, bent: bool = False, goods: int = 0
    ) -> tuple[int, ...]:
        """Return what a unit of this weight costs at this node, in the order of the goals."""
        cost = self.unit[node] + self.gram[node] * weight_g + goods
        return self._key(0, int(self.late[node]), cost, int(bent))

    def left_key(self) -> tuple[int, ...] | None:
        """Return what a unit that nobody ships costs, as `unit_key`; None = it is never better."""
        return self._key(1, 0, self.stockout, 0) if self.is_optional else None

    def _key(self, short: int, late: int, cost: int, bent: int) -> tuple[int, ...]:
        values = (short, late, 0, cost, bent)
        return tuple([values[goal] for goal in self.goals if goal != SHIPMENTS])


def goals_of(goals: Sequence[str], *, is_second: bool) -> tuple[str, ...]:
    """Return the goals of a pass; the second breaks soft rules only where it ships more so."""
    if not is_second:
        return tuple(goals)
    place = goals.index("complete") + 1
    return (*goals[:place], "within_rules", *goals[place:])


def build(
    request: RouteRequest,
    offers: Sequence[Offer],
    free: Sequence[Sequence[int]],
    *,
    eligible: Sequence[int],
    goals: Sequence[str],
    max_nodes: int,
    split_cents: int,
    stockout_cents: int = 0,
    bent: Sequence[Sequence[str]] = (),
    goods: Sequence[Sequence[int]] = (),
    whole: Sequence[Sequence[bool]] = (),
) -> Problem:
    """Return the problem of `request` over the offers whose index is in `eligible`."""
    nodes = _nodes(tuple([offers[index] for index in eligible]))
    return Problem(
        lines=tuple([(line.quantity, line.pack, line.weight_g) for line in request.lines]),
        free=tuple([tuple([row[index] for index in eligible]) for row in free]),
        shared=_shared([line.item for line in request.lines]),
        fixed=nodes.fixed,
        unit=nodes.unit,
        gram=nodes.gram,
        late=nodes.late,
        preference=nodes.preference,
        goals=tuple([GOALS[goal] for goal in goals]),
        split=split_cents * CENT,
        stockout=stockout_cents * CENT,
        is_optional=bool(stockout_cents) and goals[0] != "complete" and not request.ship_complete,
        bent=tuple(tuple(bool(row[index]) for index in eligible) for row in bent) or None,
        max_nodes=max_nodes,
        ship_complete=request.ship_complete,
        goods=tuple(tuple(row[index] * HUNDREDTH for index in eligible) for row in goods) or None,
        whole=tuple(tuple(row[index] for index in eligible) for row in whole) or None,
    )


class _Nodes(NamedTuple):
    """What `Problem` says of its nodes, whatever is ordered."""

    fixed: tuple[int, ...]
    unit: tuple[int, ...]
    gram: tuple[int, ...]
    late: tuple[bool, ...]
    preference: tuple[tuple[int, int, str], ...]


@lru_cache(maxsize=1024)
def _nodes(offers: tuple[Offer, ...]) -> _Nodes:
    """Return the terms of offers: many orders go to the same place."""
    return _Nodes(
        fixed=tuple([o.fixed_cents * CENT for o in offers]),
        unit=tuple([o.unit_cost_cents * CENT for o in offers]),
        gram=tuple([o.cents_per_lb * GRAM for o in offers]),
        late=tuple([o.late for o in offers]),
        preference=tuple(
            [(o.deliver_on.toordinal() if o.deliver_on else 0, o.rank, o.node_id) for o in offers]
        ),
    )


def cents(cost: int) -> int:
    """Return a cost in whole cents, half up."""
    return (2 * cost + CENT) // (2 * CENT)


def standing(values: Sequence[int]) -> Standing:
    """Return the values of a solution as a value for people."""
    return Standing(
        short_units=values[0],
        late_units=values[1],
        shipments=values[2],
        cost_cents=cents(values[3]),
        bent_units=values[4],
    )


def _shared(items: Sequence[str]) -> tuple[int, ...] | None:
    if len(set(items)) == len(items):
        return None
    return tuple(items.index(item) for item in items)
