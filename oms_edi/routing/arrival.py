"""When goods arrive that leave a node on a day somebody else chose. Pure."""

from datetime import date

from oms_edi.config.node import NodeSettings
from oms_edi.config.routing import Routing
from oms_edi.domain.party import Party
from oms_edi.routing.calendars import deliver_date
from oms_edi.routing.lanes import zone_of
from oms_edi.routing.postal import distance_miles


def arrival(node: NodeSettings, place: Party, ship_on: date, settings: Routing) -> date:
    """Return the day what leaves `node` on `ship_on` is at `place`, by its freight zone."""
    miles = None
    if node.country == (place.country or "US") == "US":
        miles = distance_miles(
            node.postal_code, place.postal_code, state_a=node.state, state_b=place.state
        )
    zones = node.zones or settings.zones
    zone = zones[zone_of(miles, zones) - 1]
    return deliver_date(ship_on, zone.transit_days, settings.carrier_closed_on)
