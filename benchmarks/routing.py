"""How long one routing decision takes, against HiGHS on the same question, in one run.

    python -m benchmarks.routing [--orders 300] [--nodes 25] [--lines 10] [--shipments 3]

Stock is scattered so that most orders need two nodes or three: the hard case. Offers, filters and
the plan are in our time; HiGHS gets the model built and has its solving counted only, goal by goal.
Both must agree on every goal. Times are of the processor, on one thread each.
"""

import argparse
import random
import time
from datetime import UTC, datetime
from statistics import median

from oms_edi.config.node import NodeSettings
from oms_edi.config.routing import Routing
from oms_edi.domain.plan import Decision, RouteLine, RouteRequest
from oms_edi.routing.decide import decide
from tests.support.mip import best_goals

_NOW = datetime(2026, 3, 2, 16, tzinfo=UTC)
_PREFIXES = ("752", "303", "895", "100", "606", "981", "331", "802", "641", "191", "850", "972")
_ZONES = [
    {"up_to_miles": 150, "transit_days": 1, "base_cents": 900, "cents_per_lb": 9},
    {"up_to_miles": 800, "transit_days": 3, "base_cents": 1500, "cents_per_lb": 21},
    {"up_to_miles": 4000, "transit_days": 5, "base_cents": 2400, "cents_per_lb": 38},
]


def house(draw: random.Random, number: int) -> NodeSettings:
    """Return a made-up node."""
    return NodeSettings.model_validate(
        {
            "id": f"N{number:02d}",
            "name": f"NODE {number}",
            "partner": "wh",
            "postal_code": f"{draw.choice(_PREFIXES)}01",
            "shipment_cost_cents": draw.choice((300, 450, 700)),
            "unit_cost_cents": draw.randint(2, 12),
        }
    )


def question(draw: random.Random, number: int, lines: int) -> RouteRequest:
    """Return a made-up order."""
    return RouteRequest(
        order_id=f"O{number}",
        postal_code=f"{draw.choice(_PREFIXES)}10",
        state="",
        lines=tuple(
            RouteLine(
                line_id=at,
                item=f"I{at}",
                quantity=draw.randint(6, 48),
                pack=draw.choice((1, 1, 6, 12)),
                weight_g=draw.randint(100, 2000),
            )
            for at in range(lines)
        ),
    )


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    for name, value in (("orders", 300), ("nodes", 25), ("lines", 10), ("shipments", 3)):
        parser.add_argument(f"--{name}", type=int, default=value)
    asked = parser.parse_args()
    draw = random.Random(1)
    nodes = tuple(house(draw, number) for number in range(asked.nodes))
    settings = Routing.model_validate(
        {"zones": _ZONES, "max_shipments": asked.shipments, "split_penalty_cents": 500}
    )
    ours: list[float] = []
    decisions: list[Decision] = []
    for number in range(asked.orders):
        request = question(draw, number, asked.lines)
        chance = draw.choice((0.2, 0.4, 0.7))
        supply = {
            (line.item, node.id): draw.randint(1, 60)
            for line in request.lines
            for node in nodes
            if draw.random() < chance
        }
        start = time.process_time()
        decisions.append(decide(request, nodes, supply, settings, _NOW))
        ours.append((time.process_time() - start) * 1000)
    print(
        f"{asked.orders} orders of {asked.lines} lines over {asked.nodes} nodes,"
        f" at most {asked.shipments} shipments:"
        f" {_spread(ours)} a decision"
    )
    theirs = [compare(decision) for decision in decisions[: max(1, asked.orders // 10)]]
    ratio = median(theirs) / median(ours[: len(theirs)])
    print(f"HiGHS on the first {len(theirs)}: {_spread(theirs)}; {ratio:.0f} x ours, same goals")


def compare(decision: Decision) -> float:
    """Solve a decision with HiGHS; return milliseconds.

    Raises:
        SystemExit: the plans do not do equally well.
    """
    spent: list[float] = []
    best = best_goals(decision, decision.goals, seconds=spent)
    found = decision.plan.standing
    told = [found.short_units, found.late_units, found.shipments]
    if best is None or told != best[:3] or abs(found.cost_cents - best[3]) > found.shipments:
        raise SystemExit(f"{decision.request.order_id}: HiGHS found {best}, we {told}")
    return sum(spent) * 1000


def _spread(times: list[float]) -> str:
    ordered = sorted(times)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return f"median {median(ordered):.1f} ms, p99 {p99:.1f} ms"


if __name__ == "__main__":
    main()
