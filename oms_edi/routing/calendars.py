"""Days on which a node ships and freight travels, and when a node is told to ship.

Instants are compared in UTC, so that a day of 23 or 25 hours has one cutoff.
"""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from oms_edi.config.node import NodeSettings

#: How `NodeSettings.open_days` names `date.weekday()`.
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
#: A node closed for longer than this has no ship date.
SEARCH_DAYS = 366

_DAY = timedelta(days=1)


def ship_date(node: NodeSettings, now: datetime, not_before: date | None = None) -> date | None:
    """Return the first day the node can ship what is released `now`, an aware instant.

    Released at the cutoff still counts for that day; `processing_days` open days follow. None if
    the node does not open within a year.
    """
    day = local_day(node, now)
    if now > instant(node, day, node.cutoff):
        day += _DAY
    found = next_open(node, day)
    for _ in range(node.processing_days):
        found = found and next_open(node, found + _DAY)
    if found is None or not_before is None or not_before <= found:
        return found
    return next_open(node, not_before)


def next_open(node: NodeSettings, day: date) -> date | None:
    """Return the first open day of the node from `day` on, None if there is none for a year."""
    for _ in range(SEARCH_DAYS):
        if is_open(node, day):
            return day
        day += _DAY
    return None


def is_open(node: NodeSettings, day: date) -> bool:
    """True if the node ships on that day."""
    return WEEKDAYS[day.weekday()] in node.open_days and day not in node.closed_on


def local_day(node: NodeSettings, now: datetime) -> date:
    """Return the day it is at the node."""
    return now.astimezone(ZoneInfo(node.timezone)).date()


def instant(node: NodeSettings, day: date, clock: time) -> datetime:
    """Return when a clock at the node shows `clock` on that day, for the first time.

    A time that is skipped that day is as long after midnight as on any other day.
    """
    return datetime.combine(day, clock, tzinfo=ZoneInfo(node.timezone)).astimezone(UTC)


def release_at(node: NodeSettings, decided_at: datetime, ship_on: date | None = None) -> datetime:
    """Return when the node is told of what was decided at `decided_at`, to ship on `ship_on`.

    Without a `ship_on` it is the soonest it can be told at all.
    """
    settings = node.release
    at = decided_at + timedelta(minutes=settings.after_min)
    if ship_on is not None and settings.days_ahead is not None:
        day = ship_on
        for _ in range(node.processing_days):
            day = _last_open(node, day - _DAY)
        at = max(at, instant(node, day - timedelta(days=settings.days_ahead), time.min))
    if not settings.at:
        return at
    day = local_day(node, at)
    while True:
        for clock in sorted(settings.at):
            if instant(node, day, clock) >= at:
                return instant(node, day, clock)
        day += _DAY


def _last_open(node: NodeSettings, day: date) -> date:
    for back in range(SEARCH_DAYS):
        if is_open(node, day - timedelta(days=back)):
            return day - timedelta(days=back)
    return day


def deliver_date(ship_on: date, transit_days: int, closed_on: Collection[date] = ()) -> date:
    """Return the day freight arrives after so many days on the road.

    It travels Monday to Friday, not on the days in `closed_on`.
    """
    if closed_on:
        day = ship_on
        while transit_days:
            day += _DAY
            transit_days -= day.weekday() < 5 and day not in closed_on
        return day
    weeks, days = divmod(transit_days, 5)
    if ship_on.weekday() > 4:  # a weekend departure travels from Friday on
        ship_on -= timedelta(days=ship_on.weekday() - 4)
    if ship_on.weekday() + days > 4:
        days += 2
    return ship_on + timedelta(days=weeks * 7 + days)
