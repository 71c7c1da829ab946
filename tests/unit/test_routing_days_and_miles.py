"""Routing: ship dates, delivery dates, distances."""

from datetime import UTC, date, datetime

import pytest

from oms_edi.config.node import NodeSettings
from oms_edi.routing.calendars import deliver_date, ship_date
from oms_edi.routing.postal import distance_miles, prefixes


def node(**changes: object) -> NodeSettings:
    base = {"id": "DAL", "name": "Dallas", "partner": "wh", "postal_code": "75201"}
    return NodeSettings.model_validate({**base, **changes})


def test_what_is_released_at_the_cutoff_ships_today_and_after_it_tomorrow() -> None:
    cutoff = datetime(2026, 3, 2, 20, 0, tzinfo=UTC)  # 14:00 in Chicago
    assert ship_date(node(), cutoff) == date(2026, 3, 2)
    assert ship_date(node(), cutoff.replace(minute=1)) == date(2026, 3, 3)


def test_the_cutoff_is_in_the_time_zone_of_the_node_and_knows_summer_time() -> None:
    assert ship_date(node(), datetime(2026, 7, 6, 19, 0, tzinfo=UTC)) == date(2026, 7, 6)
    assert ship_date(node(), datetime(2026, 7, 6, 19, 1, tzinfo=UTC)) == date(2026, 7, 7)
    reno = node(timezone="America/Los_Angeles")
    assert ship_date(reno, datetime(2026, 7, 6, 21, 0, tzinfo=UTC)) == date(2026, 7, 6)
    # Still Sunday in Chicago though Monday in UTC.
    assert ship_date(
        node(open_days=("sun",), cutoff="23:59"), datetime(2026, 7, 6, 3, tzinfo=UTC)
    ) == (date(2026, 7, 5))


def test_a_weekend_and_a_holiday_are_skipped() -> None:
    friday_late = datetime(2026, 7, 3, 1, 0, tzinfo=UTC)  # Thursday 20:00 in Chicago
    closed = node(closed_on=("2026-07-03", "2026-07-06"))
    assert ship_date(closed, friday_late) == date(2026, 7, 7)


def test_it_does_not_ship_before_it_may() -> None:
    now = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)
    assert ship_date(node(), now, date(2026, 3, 7)) == date(2026, 3, 9)
    assert ship_date(node(), now, date(2026, 1, 1)) == date(2026, 3, 2)


def test_a_node_that_never_opens_has_no_ship_date() -> None:
    assert ship_date(node(open_days=()), datetime(2026, 3, 2, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    ("ship_on", "days", "there"),
    [
        (date(2026, 3, 2), 1, date(2026, 3, 3)),
        (date(2026, 3, 6), 1, date(2026, 3, 9)),
        (date(2026, 3, 5), 4, date(2026, 3, 11)),
        (date(2026, 3, 6), 5, date(2026, 3, 13)),
        (date(2026, 3, 7), 1, date(2026, 3, 9)),
        (date(2026, 3, 8), 6, date(2026, 3, 16)),
    ],
)
def test_freight_travels_monday_to_friday(ship_on: date, days: int, there: date) -> None:
    assert deliver_date(ship_on, days) == there


@pytest.mark.parametrize(
    ("a", "b", "miles"),
    [("75201", "10001", 1370), ("98101", "33101", 2730), ("60601", "53202", 80)],
)
def test_distances_are_near_the_known_ones(a: str, b: str, miles: int) -> None:
    found = distance_miles(a, b)
    assert found is not None
    assert abs(found - miles) <= 25
    assert found == distance_miles(b, a)


def test_an_unknown_prefix_is_the_middle_of_its_state_or_nowhere() -> None:
    assert distance_miles("00000", "75201") is None
    near = distance_miles("00000", "75201", state_a="TX")
    assert near is not None
    assert near < 300


def test_the_table_covers_the_states_with_sane_places() -> None:
    table = prefixes()
    assert len(table) > 890
    assert all(13 <= lat <= 72 and (-180 <= lon <= -64 or lon > 140) for lat, lon in table.values())
