"""Backwards in business time: until when an order must be with a node to leave in time.

latest day to ship → the node's cutoff on it → less its processing, its backlog and the way of a
940 to it → must be released. `docs/exceptions.md`
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from oms_edi.config.node import NodeSettings
from oms_edi.config.routing import Routing
from oms_edi.routing.calendars import SEARCH_DAYS, deliver_date, instant, is_open
from oms_edi.routing.lanes import zone_of
from oms_edi.routing.postal import distance_miles

_DAY = timedelta(days=1)


class Place(NamedTuple):
    """Where something goes, as far as distance goes."""

    postal_code: str
    state: str
    country: str


class Deadline(NamedTuple):
    """Until when a node must have it."""

    #: The instant after which it is too late to release it.
    release_at: datetime
    node: str
    #: The last day it may leave.
    ship_on: date


def latest_ship_date(
    node: NodeSettings,
    transit_days: int,
    routing: Routing,
    *,
    ship_by: date | None,
    deliver_by: date | None,
) -> date | None:
    """Return the last open day of a node that keeps both dates; None if there is no such day."""
    day = min(filter(None, (ship_by, deliver_by)), default=None)
    for _ in range(SEARCH_DAYS):
        if day is None:
            return None
        arrives = deliver_date(day, transit_days, routing.carrier_closed_on)
        if is_open(node, day) and (deliver_by is None or arrives <= deliver_by):
            return day
        day -= _DAY
    return None


def deadlines(
    nodes: Sequence[NodeSettings],
    routing: Routing,
    place: Place,
    *,
    ship_by: date | None,
    deliver_by: date | None,
    transfer: timedelta,
    backlog_days: Mapping[str, int],
) -> tuple[Deadline, ...]:
    """Return the deadline at each node that may ship there, the one with most time first.

    `transfer` is the way from our outbox to a node's desk: their polling. `backlog_days` is how
    many open days a node needs for what it owes already.
    """
    found = []
    for node in nodes:
        if node.closed or (node.states and place.state not in node.states):
            continue
        miles = None
        if node.country == place.country == "US":
            miles = distance_miles(
                node.postal_code, place.postal_code, state_a=node.state, state_b=place.state
            )
        zones = node.zones or routing.zones
        transit_days = zones[zone_of(miles, zones) - 1].transit_days
        day = latest_ship_date(node, transit_days, routing, ship_by=ship_by, deliver_by=deliver_by)
        if day is not None:
            work = node.processing_days + backlog_days.get(node.id, 0)
            release_at = _release_at(node, day, work, transfer)
            found.append(Deadline(release_at, node.id, day))
    return tuple(sorted(found, key=lambda one: (one.release_at, one.node), reverse=True))


def soonest(
    nodes: Sequence[NodeSettings],
    routing: Routing,
    *,
    ship_by: date | None = None,
    deliver_by: date | None = None,
    transfer: timedelta,
    backlog_days: Mapping[str, int],
) -> datetime | None:
    """Return an instant before which no deadline lies of what has no earlier days than these.

    Wherever it goes: the slowest zone of each node counts. None if no node can keep such days.
    """
    found = []
    for node in nodes:
        if node.closed:
            continue
        transit_days = max(zone.transit_days for zone in node.zones or routing.zones)
        day = latest_ship_date(node, transit_days, routing, ship_by=ship_by, deliver_by=deliver_by)
        if day is not None:
            work = node.processing_days + backlog_days.get(node.id, 0)
            found.append(_release_at(node, day, work, transfer))
    return min(found, default=None)


def _release_at(node: NodeSettings, ship_on: date, work_days: int, transfer: timedelta) -> datetime:
    """Return the last instant to tell a node what leaves on `ship_on`."""
    day = ship_on
    for _ in range(work_days):
        day -= _DAY
        while not is_open(node, day):
            day -= _DAY
    last = instant(node, day, node.cutoff) - transfer
    if not node.release.at:
        return last
    while True:
        told = [at for clock in node.release.at if (at := instant(node, day, clock)) <= last]
        if told:
            return max(told)
        day -= _DAY
