"""What a node can offer one order: distance, zone, days, prices. Stock is not looked at."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType

from oms_edi.config.node import NodeSettings
from oms_edi.config.routing import FreightZone, Routing
from oms_edi.domain.plan import Offer, RouteRequest
from oms_edi.routing.calendars import deliver_date, release_at, ship_date
from oms_edi.routing.capacity import is_late
from oms_edi.routing.postal import distance_miles
from oms_edi.routing.rules import NODE_RULES
from oms_edi.routing.rules.context import NodeContext

#: Offers kept; every order to the same place, with the same dates, at the same `now` is one.
MEMORY = 4096

_FRESH: Mapping[str, str] = MappingProxyType({})


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
        #: True if any node can be full.
        self.is_limited = any(node.capacity.is_limited for node in nodes)
        self._offers: dict[tuple[object, ...], tuple[Offer, ...]] = {}
        self._ship_on: dict[tuple[object, ...], tuple[date | None, ...]] = {}

    def offers(
        self,
        request: RouteRequest,
        now: datetime,
        *,
        soft: Collection[str] = (),
        stale: Mapping[str, str] = _FRESH,
    ) -> tuple[Offer, ...]:
        """Return one offer a node, in the order of the configuration; `soft` rules only tell.

        `stale` are nodes whose figures of their stock are too old, and why.
        """
        key = (
            now,
            bool(soft),
            request.postal_code[:3],
            request.state,
            request.country,
            request.required_by,
            request.ship_by,
            request.not_before,
            request.on_time_only,
            request.only_nodes,
            request.never_nodes,
            *stale.items(),
        )
        found = self._offers.get(key)
        if found is None:
            days = self._days(now, request.not_before)
            found = tuple(
                self._offer(node, request, ship_on, soft, stale.get(node.id, ""))
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
            self._ship_on[key] = tuple(
                ship_date(node, release_at(node, now), not_before) for node in self.nodes
            )
        return self._ship_on[key]

    def _offer(
        self,
        node: NodeSettings,
        request: RouteRequest,
        ship_on: date | None,
        soft: Collection[str],
        stale: str,
    ) -> Offer:
        miles = None
        if node.country == request.country == "US":
            miles = distance_miles(
                node.postal_code, request.postal_code, state_a=node.state, state_b=request.state
            )
        zones = node.zones or self.settings.zones
        number = zone_of(miles, zones)
        zone = zones[number - 1]
        deliver_on = None
        if ship_on:
            deliver_on = deliver_date(ship_on, zone.transit_days, self.settings.carrier_closed_on)
        late = is_late(request, ship_on, deliver_on)
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
        return judged(node, request, offer, soft, stale=stale)


def judged(
    node: NodeSettings, request: RouteRequest, offer: Offer, soft: Collection[str], stale: str = ""
) -> Offer:
    """Return the offer with the reason it is out, or with the soft rule it breaks."""
    context = NodeContext(ship_on=offer.ship_on, late=offer.late, stale_feed=stale)
    for name, rule in NODE_RULES.items():
        reason = rule(node, request, context)
        if reason and name not in soft:
            return offer._replace(excluded=reason, bent="")
        if reason and not offer.bent:
            offer = offer._replace(bent=reason)
    return offer
