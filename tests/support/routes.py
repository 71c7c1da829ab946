"""Orders, nodes and settings for tests of routing."""

from datetime import UTC, datetime

from oms_edi.config.node import NodeSettings
from oms_edi.config.routing import FreightZone, Routing
from oms_edi.domain.plan import Decision, RouteLine, RouteRequest

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
