"""What a node can offer one order: distance, zone, days, prices. Stock is not looked at."""

from collections.abc import Sequence
from datetime import date, datetime

from oms_edi.config.node import NodeSettings
from oms_edi.config.routing import FreightZone, Routing
from oms_edi.domain.plan import Offer, RouteRequest
from oms_edi.routing.calendars import deliver_date, ship_date
from oms_edi.routing.postal import distance_miles
from oms_edi.routing.rules import NODE_RULES
from oms_edi.routing.rules.context import NodeContext

#: Offers kept; every order to the same place, with the same dates, at the same `now` is one.
MEMORY = 4096


def zone_of(miles: int | None, zones: Sequence[FreightZone]) -> int:
    """Return the number from 1 of the first zone that reaches so far; unknown is the last."""
    if miles is not None:
        for number, zone in enumerate(zones, start=1):
            if miles <= zone.up_to_miles:
                return number
    return len(zones)


class Lanes:
    """The nodes of one configuration and the offers they made lately."""

    def __init__(self, nodes: tuple[NodeSettings, ...], settings: Routing) -> None:
        self.nodes = nodes
        self.settings = settings
        self._offers: dict[tuple[object, ...], tuple[Offer, ...]] = {}
        self._ship_on: dict[tuple[object, ...], tuple[date | None, ...]] = {}

    def offers(self, request: RouteRequest, now: datetime) -> tuple[Offer, ...]:
        """Return one offer a node, in the order of the configuration."""
        key = (
            now,
            request.postal_code[:3],
            request.state,
            request.country,
            request.required_by,
            request.ship_by,
            request.not_before,
            request.on_time_only,
        )
        found = self._offers.get(key)
        if found is None:
            days = self._days(now, request.not_before)
            found = tuple(
                self._offer(node, request, ship_on)
                for node, ship_on in zip(self.nodes, days, strict=True)
            )
            if len(self._offers) >= MEMORY:
                self._offers.clear()
            self._offers[key] = found
        return found

    def _days(self, now: datetime, not_before: date | None) -> tuple[date | None, ...]:
        key = (now, not_before)
        if key not in self._ship_on:
            if len(self._ship_on) >= MEMORY:
                self._ship_on.clear()
            self._ship_on[key] = tuple(ship_date(node, now, not_before) for node in self.nodes)
        return self._ship_on[key]

    def _offer(self, node: NodeSettings, request: RouteRequest, ship_on: date | None) -> Offer:
        miles = None
        if node.country == request.country == "US":
            miles = distance_miles(
                node.postal_code, request.postal_code, state_a=node.state, state_b=request.state
            )
        number = zone_of(miles, self.settings.zones)
        zone = self.settings.zones[number - 1]
        deliver_on = deliver_date(ship_on, zone.transit_days) if ship_on else None
        late = _is_after(ship_on, request.ship_by) or _is_after(deliver_on, request.required_by)
        offer = Offer(
            node_id=node.id,
            excluded="",
            ship_on=ship_on,
            deliver_on=deliver_on,
            zone=number,
            miles=miles,
            late=late,
            base_cents=zone.base_cents,
            cents_per_lb=zone.cents_per_lb,
            shipment_cost_cents=node.shipment_cost_cents,
            unit_cost_cents=node.unit_cost_cents,
            rank=node.rank,
        )
        context = NodeContext(ship_on=ship_on, late=late)
        for rule in NODE_RULES:
            reason = rule(node, request, context)
            if reason:
                return offer._replace(excluded=reason)
        return offer


def _is_after(day: date | None, limit: date | None) -> bool:
    return day is not None and limit is not None and day > limit
