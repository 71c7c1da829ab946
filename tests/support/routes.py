"""Orders, nodes and settings for tests of routing."""

import random
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from oms_edi.config.node import NodeSettings
from oms_edi.config.routing import FreightZone, Routing
from oms_edi.domain.plan import Decision, Purchase, RouteLine, RouteRequest
from oms_edi.domain.workload import Load, Used
from oms_edi.routing.circumstances import Circumstances
from oms_edi.routing.decide import decide

#: A Monday, 10:00 in Chicago.
NOW = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)
ZONES = (
    FreightZone(up_to_miles=300, transit_days=1, base_cents=500, cents_per_lb=10),
    FreightZone(up_to_miles=900, transit_days=2, base_cents=700, cents_per_lb=15),
    FreightZone(up_to_miles=3000, transit_days=4, base_cents=900, cents_per_lb=25),
)
PLACES = {"DAL": "75201", "ATL": "30301", "RNO": "89501", "NYC": "10001"}


def node(name: str, **changes: object) -> NodeSettings:
    base = {"id": name, "name": name, "partner": "wh", "postal_code": PLACES.get(name, "75201")}
    return NodeSettings.model_validate({**base, **changes})


def routing(**changes: object) -> Routing:
    return Routing.model_validate({"zones": ZONES, **changes})


def line(line_id: int, quantity: int, item: str = "", **changes: object) -> RouteLine:
    return RouteLine(line_id=line_id, item=item or f"I{line_id}", quantity=quantity, **changes)  # type: ignore[arg-type]


def order(*lines: RouteLine, **changes: object) -> RouteRequest:
    base = {"order_id": "O1", "postal_code": "75001", "state": "TX", "lines": lines}
    return RouteRequest(**{**base, **changes})  # type: ignore[arg-type]


def taken(decision: Decision) -> set[tuple[int, str, int]]:
    return {(a.line_id, a.node_id, a.quantity) for a in decision.plan.assignments}


@dataclass(frozen=True, kw_only=True)
class Instance:
    """A question for routing, drawn at random."""

    request: RouteRequest
    nodes: tuple[NodeSettings, ...]
    supply: dict[tuple[str, str], int]
    settings: Routing
    circumstances: Circumstances
    rejected: frozenset[tuple[int, str]]

    def decide(self, *, explain: bool = False) -> Decision:
        return decide(
            self.request,
            self.nodes,
            self.supply,
            self.settings,
            NOW,
            rejected=self.rejected,
            circumstances=self.circumstances,
            explain=explain,
        )


def instance(draw: random.Random, *, nodes: int = 6, lines: int = 5) -> Instance:
    """Draw an instance with packs, odd rests, exclusions, full days, soft rules and many ties."""
    names = [f"N{n}" for n in range(draw.randint(1, nodes))]
    houses = tuple(_house(draw, name) for name in names)
    wanted = [
        line(
            n,
            draw.randint(1, 30),
            pack=draw.choice((1, 1, 1, 4, 6, 12)),
            weight_g=draw.choice((0, 0, 200, 900)),
            needs=draw.choice(((), (), (), ("hazmat",))),
        )
        for n in range(draw.randint(1, lines))
    ]
    stockout_cents = draw.choice((0, 0, 60))
    goals = ["on_time", "shipments", "cost"]
    draw.shuffle(goals)
    goals.insert(draw.randint(0, 3) if stockout_cents else 0, "complete")
    request = order(
        *wanted,
        ship_complete=draw.random() < 0.15,
        required_by=draw.choice((None, date(2026, 3, 4), date(2026, 3, 5))),
        never_nodes=draw.choice(((), (), ("N0",))),
        late_penalty_cents=draw.choice((0, 0, 900)),
    )
    return Instance(
        request=request,
        nodes=houses,
        supply={(one.item, name): draw.choice((0, 7, 12, 30)) for one in wanted for name in names},
        settings=routing(
            goals=goals,
            max_shipments=draw.randint(1, 4),
            split_penalty_cents=draw.choice((0, 0, 150)),
            stockout_cents=stockout_cents,
            soft_rules=draw.choice(((), ("region", "customer", "capacity", "rejected"))),
        ),
        circumstances=Circumstances(
            load=Load({(name, NOW.date()): Used(1, 2, draw.randint(0, 40)) for name in names}),
            punctuality={name: (draw.randint(0, 2), 8) for name in names},
        ),
        rejected=frozenset((n, names[0]) for n in range(len(wanted)) if draw.random() < 0.1),
    )


def with_suppliers(draw: random.Random, given: Instance) -> Instance:
    """Make some nodes of an instance suppliers, with costs, minimums and multiples of their own."""
    sellers = [one for one in given.nodes if draw.random() < 0.6]
    nodes = tuple(
        one.model_copy(update={"kind": "supplier"}) if one in sellers else one
        for one in given.nodes
    )
    terms = {
        (one.item, seller.id): Purchase(
            draw.choice((0, 3_333, 12_500, 40_001)),
            draw.choice((1, 1, 5, 12)),
            draw.choice((1, 1, 3, 6)),
        )
        for one in given.request.lines
        for seller in sellers
        if draw.random() < 0.8
    }
    return replace(given, nodes=nodes, circumstances=replace(given.circumstances, terms=terms))


def _house(draw: random.Random, name: str) -> NodeSettings:
    when_full = draw.choice(("next_day", "refuse", "price"))
    return node(
        name,
        postal_code=draw.choice(("75201", "30301", "89501")),
        shipment_cost_cents=draw.choice((0, 100, 400)),
        unit_cost_cents=draw.choice((0, 10, 90)),
        rank=draw.randint(1, 2),
        states=draw.choice(((), (), (), ("GA",))),
        capabilities=draw.choice(((), ("hazmat",), ("hazmat",))),
        capacity=draw.choice(
            ({}, {}, {"units_per_day": 45, "when_full": when_full, "price_cents": 70})
        ),
    )
