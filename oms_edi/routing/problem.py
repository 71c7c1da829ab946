"""One order as integers: what the solver works on. Nothing here knows names or dates.

Costs are exact: a unit of cost is 1 / `CENT` of a cent, so that a gram has a whole price too
(1 lb = 453.59237 g). Only what is shown is rounded.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from oms_edi.domain.plan import Offer, RouteRequest, Standing

#: Units of cost in a cent: 453.59237 * 100,000.
CENT = 45_359_237
#: Units of cost for a gram at one cent a pound.
GRAM = 100_000
#: Positions of the goals in a plan's values.
COMPLETE, ON_TIME, SHIPMENTS, COST = range(4)
GOALS = {"complete": COMPLETE, "on_time": ON_TIME, "shipments": SHIPMENTS, "cost": COST}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
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
    max_nodes: int
    ship_complete: bool

    def unit_key(self, node: int, weight_g: int) -> tuple[int, ...]:
        """Return what a unit of this weight costs at this node, in the order of the goals."""
        cost = self.unit[node] + self.gram[node] * weight_g
        return tuple(
            int(self.late[node]) if goal == ON_TIME else cost
            for goal in self.goals
            if goal in (ON_TIME, COST)
        )


def build(
    request: RouteRequest,
    offers: Sequence[Offer],
    free: Sequence[Sequence[int]],
    *,
    eligible: Sequence[int],
    goals: Sequence[str],
    max_nodes: int,
    split_cents: int,
) -> Problem:
    """Return the problem of `request` over the offers whose index is in `eligible`."""
    chosen = [offers[index] for index in eligible]
    return Problem(
        lines=tuple((line.quantity, line.pack, line.weight_g) for line in request.lines),
        free=tuple(tuple(row[index] for index in eligible) for row in free),
        shared=_shared([line.item for line in request.lines]),
        fixed=tuple((o.shipment_cost_cents + o.base_cents) * CENT for o in chosen),
        unit=tuple(o.unit_cost_cents * CENT for o in chosen),
        gram=tuple(o.cents_per_lb * GRAM for o in chosen),
        late=tuple(o.late for o in chosen),
        preference=tuple(
            (o.deliver_on.toordinal() if o.deliver_on else 0, o.rank, o.node_id) for o in chosen
        ),
        goals=tuple(GOALS[goal] for goal in goals),
        split=split_cents * CENT,
        max_nodes=max_nodes,
        ship_complete=request.ship_complete,
    )


def cents(cost: int) -> int:
    """Return a cost in whole cents, half up."""
    return (2 * cost + CENT) // (2 * CENT)


def standing(values: Sequence[int]) -> Standing:
    """Return short units, late units, shipments and cost as a value for people."""
    return Standing(
        short_units=values[0],
        late_units=values[1],
        shipments=values[2],
        cost_cents=cents(values[3]),
    )


def _shared(items: Sequence[str]) -> tuple[int, ...] | None:
    if len(set(items)) == len(items):
        return None
    return tuple(items.index(item) for item in items)
