"""Days on which a node ships and on which freight arrives."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from oms_edi.config.node import NodeSettings

#: How `NodeSettings.open_days` names `date.weekday()`.
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
#: A node closed for longer than this has no ship date.
SEARCH_DAYS = 366


def ship_date(node: NodeSettings, now: datetime, not_before: date | None = None) -> date | None:
    """Return the first day the node can ship what is released `now`, an aware instant.

    Released at the cutoff still ships that day. None if the node does not open within a year.
    """
    local = now.astimezone(ZoneInfo(node.timezone))
    day = local.date()
    if local.time() > node.cutoff:
        day += timedelta(days=1)
    if not_before is not None and not_before > day:
        day = not_before
    for _ in range(SEARCH_DAYS):
        if WEEKDAYS[day.weekday()] in node.open_days and day not in node.closed_on:
            return day
        day += timedelta(days=1)
    return None


def deliver_date(ship_on: date, transit_days: int) -> date:
    """Return the day freight arrives after so many days Monday to Friday on the road."""
    weeks, days = divmod(transit_days, 5)
    if ship_on.weekday() > 4:  # a weekend departure travels from Friday on
        ship_on -= timedelta(days=ship_on.weekday() - 4)
    if ship_on.weekday() + days > 4:
        days += 2
    return ship_on + timedelta(days=weeks * 7 + days)
