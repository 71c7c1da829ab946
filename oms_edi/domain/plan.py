"""Who ships what: the question routing is asked, its answer, and what it weighed.

Values only. `oms_edi.routing` decides; all quantities are base units, all money is cents.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple


class RouteLine(NamedTuple):
    """One line that wants stock."""

    line_id: int
    item: str
    #: Base units wanted, at least 1.
    quantity: int
    #: Base units in a pack: a node ships whole packs, and the odd rest only as the line's last.
    pack: int = 1
    #: Grams of one base unit.
    weight_g: int = 0
    #: Capabilities the node must have.
    needs: tuple[str, ...] = ()
    unit_price_cents: int | None = None


class RouteRequest(NamedTuple):
    """One order that is to be routed."""

    order_id: str
    postal_code: str
    state: str
    lines: tuple[RouteLine, ...]
    country: str = "US"
    #: Day it must arrive; None = any.
    required_by: date | None = None
    #: Day it must leave; None = any.
    ship_by: date | None = None
    #: Day before which it must not leave; None = any.
    not_before: date | None = None
    #: Ship everything or nothing.
    ship_complete: bool = False
    #: A late node is no candidate at all; otherwise being on time is a goal.
    on_time_only: bool = False
    #: Nodes that may ship to this customer; empty = all.
    only_nodes: tuple[str, ...] = ()
    #: Nodes that must not ship to this customer.
    never_nodes: tuple[str, ...] = ()
    #: What a late shipment costs; part of the cost, times how likely the node is late.
    late_penalty_cents: int = 0


class Purchase(NamedTuple):
    """How a supplier sells an item."""

    #: Hundredths of a cent for a base unit.
    cost: int
    #: Base units of a line, at least and by how many.
    minimum: int = 1
    multiple: int = 1

    def is_whole(self, line: RouteLine) -> bool:
        """True if a part of this line may be no quantity it sells: it is bought whole or not."""
        rest = line.quantity % line.pack
        if self.minimum > min(line.pack, rest or line.pack):
            return True
        return self.multiple > 1 and bool(rest or line.pack % self.multiple)


class Assignment(NamedTuple):
    """So many units of a line from this node."""

    line_id: int
    node_id: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Short:
    """So many units of a line from nowhere."""

    line_id: int
    quantity: int


class Offer(NamedTuple):
    """What one node can do for one order, whatever its stock."""

    node_id: str
    #: Why no line can ship from here; empty = it can.
    excluded: str
    #: Day it would leave; None = the node has no open day.
    ship_on: date | None
    #: Day it would arrive.
    deliver_on: date | None
    #: Freight zone from 1.
    zone: int
    #: None = the distance is unknown, so `zone` is the farthest.
    miles: int | None
    late: bool
    base_cents: int
    cents_per_lb: int
    shipment_cost_cents: int
    unit_cost_cents: int
    rank: int
    #: The penalty for a late shipment times how likely this one is late.
    risk_cents: int = 0
    #: Price of one more shipment on a day that is full.
    capacity_cents: int = 0
    #: Day it would have left, had that day had room; None = the day it leaves is the first.
    full_on: date | None = None
    #: The soft rule that was dropped for this node; empty = none.
    bent: str = ""

    @property
    def fixed_cents(self) -> int:
        """Return what it costs to ship anything from here at all."""
        fixed = self.shipment_cost_cents + self.base_cents
        return fixed + self.risk_cents + self.capacity_cents


class PlannedShipment(NamedTuple):
    """Everything one node ships for the order."""

    node_id: str
    ship_on: date
    deliver_on: date
    zone: int
    miles: int | None
    late: bool
    units: int
    weight_g: int
    freight_cents: int
    handling_cents: int
    risk_cents: int = 0
    capacity_cents: int = 0
    #: What the goods cost where they are bought for the order.
    goods_cents: int = 0

    @property
    def total_cents(self) -> int:
        """Return all it costs."""
        shipped = self.freight_cents + self.handling_cents + self.goods_cents
        return shipped + self.risk_cents + self.capacity_cents


class Standing(NamedTuple):
    """How a plan does on every goal; less is better."""

    short_units: int
    late_units: int
    shipments: int
    cost_cents: int
    #: Units that ship against a soft rule.
    bent_units: int = 0


class Plan(NamedTuple):
    """The answer: who ships what, and what nobody ships."""

    assignments: tuple[Assignment, ...]
    short: tuple[Short, ...]
    shipments: tuple[PlannedShipment, ...]
    standing: Standing

    @property
    def total_cents(self) -> int:
        """Return what all shipments cost, the price of every split, of late and of short units."""
        return self.standing.cost_cents


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """What would be if this node had to ship something."""

    node_id: str
    #: How the order would do; None = no plan is possible with it.
    standing: Standing | None
    #: Nodes of that plan.
    nodes: tuple[str, ...]
    #: Cents it costs more than the plan chosen; negative where it is cheaper but loses before.
    gap_cents: int
    #: Why it lost, for people.
    sentence: str
    #: Cents its freight would have to be lower for it to be in the plan; None = free is too dear.
    freight_cents: int | None = None
    #: Units (line id, more) it would have to have free to be in the plan; empty = not enough.
    units: tuple[tuple[int, int], ...] = ()
    #: What that plan costs, by shipment.
    shipments: tuple[PlannedShipment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One node seen from one line."""

    node_id: str
    free: int
    #: Freight and handling if the node shipped the whole order alone, as far as it can;
    #: None if it cannot ship anything.
    cost_cents: int | None
    deliver_on: date | None
    #: Why it cannot ship this line; empty = it can.
    excluded: str
    #: Units of this line the plan takes from here.
    chosen: int
    #: Cents an alternative with this node costs more; None = not computed, or it is in the plan.
    gap_cents: int | None
    #: Why it lost; empty where it is in the plan or excluded.
    lost: str
    #: What its shipment in the plan costs, or the one it would make alone; None = none.
    shipment: PlannedShipment | None = None
    #: What would have to be otherwise for it to win; empty = it does, or nothing would help.
    wish: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineDecision:
    """One line: where it ships from and what was weighed."""

    line_id: int
    item: str
    quantity: int
    nodes: tuple[str, ...]
    short: int
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What an order was allocated to before it was decided again."""

    nodes: tuple[str, ...]
    standing: Standing


class Decision(NamedTuple):
    """The plan for one order with everything needed to explain it, or to decide it again."""

    request: RouteRequest
    now: datetime
    goals: tuple[str, ...]
    #: Nodes that may ship one order, and the price of each shipment after the first.
    max_shipments: int
    split_cents: int
    plan: Plan
    #: One for each node of the configuration, in its order.
    offers: tuple[Offer, ...]
    #: Free units by line and node, in the order of `request.lines` and `offers`.
    free: tuple[tuple[int, ...], ...]
    #: Why this node cannot ship this line, empty = it can; shaped like `free`.
    excluded: tuple[tuple[str, ...], ...]
    #: How each node would do alone; None = it can ship nothing.
    alone: tuple[Standing | None, ...]
    #: (line, node) pairs that were refused before.
    rejected: frozenset[tuple[int, str]] = frozenset()
    #: Price of each unit nobody ships.
    stockout_cents: int = 0
    #: Rules that were dropped because not all could ship with them; empty = the first pass did.
    dropped: tuple[str, ...] = ()
    #: The rule dropped for this line at this node, empty = none; shaped like `free`, or empty.
    bent: tuple[tuple[str, ...], ...] = ()
    #: Cost of a unit of each line where it is bought, in hundredths of a cent; shaped like `free`,
    #: or empty: no node is a supplier.
    goods: tuple[tuple[int, ...], ...] = ()
    #: Whether a line is bought whole or not at all there; shaped like `free`, or empty: nowhere.
    whole: tuple[tuple[bool, ...], ...] = ()
    #: The plan this one replaces, and its standing today; None = the order was not allocated.
    before: Before | None = None
    #: One for each eligible node that is not in the plan; empty unless asked for.
    alternatives: tuple[Alternative, ...] = ()
