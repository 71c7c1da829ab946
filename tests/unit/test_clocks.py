"""Backwards in business time, silence by chance, money at risk: the pure parts of the clocks."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from oms_edi.config.node import NodeSettings
from oms_edi.config.routing import FreightZone, Routing
from oms_edi.domain.exposure import Fine, exposure_cents
from oms_edi.domain.silence import at_most, is_too_few
from oms_edi.routing.calendars import deliver_date
from oms_edi.routing.deadline import (
    Deadline,
    Place,
    deadlines,
    latest_ship_date,
    soonest,
)

ROUTING = Routing(
    zones=(
        FreightZone(up_to_miles=500, transit_days=1, base_cents=1, cents_per_lb=1),
        FreightZone(up_to_miles=4000, transit_days=4, base_cents=1, cents_per_lb=1),
    )
)
TULSA = Place("74133", "OK", "US")
AT_ONCE = timedelta(0)


def node(**more: object) -> NodeSettings:
    return NodeSettings.model_validate(
        {"id": "DAL", "name": "D", "partner": "wh", "postal_code": "75201", "state": "TX"} | more
    )


def found(
    *nodes: NodeSettings, transfer: timedelta = AT_ONCE, **days: date | None
) -> tuple[Deadline, ...]:
    wanted = {"ship_by": None, "deliver_by": None} | days
    return deadlines(
        nodes or (node(),),
        ROUTING,
        TULSA,
        ship_by=wanted["ship_by"],
        deliver_by=wanted["deliver_by"],
        transfer=transfer,
        backlog_days={},
    )


def test_the_last_moment_is_the_cutoff_of_the_last_open_day_that_arrives_in_time() -> None:
    (end,) = found(deliver_by=date(2026, 3, 9))  # a Monday; one day on the road, so Friday
    assert end.ship_on == date(2026, 3, 6)
    assert end.release_at == datetime(2026, 3, 6, 20, tzinfo=UTC)  # 14:00 in Chicago


def test_a_last_day_to_ship_and_one_to_arrive_both_hold() -> None:
    (end,) = found(ship_by=date(2026, 3, 4), deliver_by=date(2026, 3, 9))
    assert end.ship_on == date(2026, 3, 4)
    (end,) = found(ship_by=date(2026, 3, 8), deliver_by=date(2026, 3, 20))
    assert end.ship_on == date(2026, 3, 6)  # the 8th is a Sunday


def test_holidays_processing_and_the_way_of_a_940_come_off() -> None:
    slow = node(processing_days=2, closed_on=["2026-03-05"])
    (end,) = found(slow, transfer=timedelta(minutes=30), ship_by=date(2026, 3, 6))
    assert end.ship_on == date(2026, 3, 6)
    # Two open days before Friday the 6th, Thursday is closed: Tuesday.
    assert end.release_at == datetime(2026, 3, 3, 19, 30, tzinfo=UTC)


def test_what_a_node_owes_already_comes_first() -> None:
    ends = deadlines(
        (node(),),
        ROUTING,
        TULSA,
        ship_by=date(2026, 3, 6),
        deliver_by=None,
        transfer=AT_ONCE,
        backlog_days={"DAL": 3},
    )
    assert ends[0].release_at == datetime(2026, 3, 3, 20, tzinfo=UTC)


def test_a_node_that_is_told_at_fixed_times_is_told_at_the_last_of_them() -> None:
    (end,) = found(node(release={"at": ["06:00", "12:00", "18:00"]}), ship_by=date(2026, 3, 6))
    assert end.release_at == datetime(2026, 3, 6, 18, tzinfo=UTC)  # 12:00, before the cutoff
    (end,) = found(node(release={"at": ["18:00"]}), ship_by=date(2026, 3, 6))
    assert end.release_at == datetime(2026, 3, 6, 0, tzinfo=UTC)  # the evening before


def test_the_node_with_most_time_comes_first_and_closed_ones_are_left_out() -> None:
    far = node(id="RNO", postal_code="89502", state="NV", timezone="America/Los_Angeles")
    ends = found(node(), far, node(id="OFF", closed=True), deliver_by=date(2026, 3, 12))
    assert [end.node for end in ends] == ["DAL", "RNO"]
    assert found(deliver_by=None) == ()


@given(
    st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    st.integers(1, 9),
    st.sets(st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat"]), min_size=1),
)
def test_no_later_day_of_the_node_would_arrive_in_time(
    deliver_by: date, transit: int, days: set[str]
) -> None:
    own = node(open_days=sorted(days))
    last = latest_ship_date(own, transit, ROUTING, ship_by=None, deliver_by=deliver_by)
    assert last is not None
    assert deliver_date(last, transit) <= deliver_by
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    for later in range(1, 15):
        day = last + timedelta(days=later)
        assert names[day.weekday()] not in days or deliver_date(day, transit) > deliver_by


def test_seven_expected_and_none_is_no_chance_and_three_expected_may_be() -> None:
    assert is_too_few(0, 7.0, chance=0.001, least_mean=7)
    assert not is_too_few(0, 6.9, chance=0.001, least_mean=7)
    assert is_too_few(3, 20.0, chance=0.001, least_mean=7)
    assert not is_too_few(12, 20.0, chance=0.001, least_mean=7)


@given(st.integers(0, 60), st.floats(0.1, 80))
def test_the_chance_of_at_most_so_many_grows_with_the_number(count: int, mean: float) -> None:
    assert 0 <= at_most(count, mean) <= at_most(count + 1, mean) <= 1


def test_money_at_risk_is_the_fine_or_the_goods_times_the_chance() -> None:
    fine = Fine(Decimal("2.5"), 1000)
    assert exposure_cents(20_000, fine=fine, chance=1.0) == 1500
    assert exposure_cents(20_000, fine=fine, chance=0.25) == 375
    assert exposure_cents(20_000, fine=None, chance=0.5) == 10_000
    assert exposure_cents(1, fine=None, chance=0.5) == 1  # half a cent goes up


DAYS = st.dates(date(2026, 3, 2), date(2026, 4, 30))
NODES = st.builds(
    lambda closed, processing, told, zone: node(
        closed_on=sorted(str(day) for day in closed),
        processing_days=processing,
        release={"at": told},
        timezone=zone,
        open_days=["mon", "tue", "wed", "thu", "fri", "sat"],
    ),
    st.sets(DAYS, max_size=8),
    st.integers(0, 4),
    st.lists(st.sampled_from(["06:00", "11:00", "16:30"]), unique=True, max_size=2),
    st.sampled_from(["America/Chicago", "Asia/Tokyo"]),
)
PLACES = st.sampled_from([TULSA, Place("97201", "OR", "US"), Place("M5V", "ON", "CA")])


@given(st.lists(NODES, min_size=1, max_size=3), PLACES, DAYS, DAYS, st.data())
def test_no_deadline_is_sooner_than_the_soonest_of_its_days(
    nodes: list[NodeSettings],
    place: Place,
    ship_from: date,
    deliver_from: date,
    data: st.DataObject,
) -> None:
    transfer, backlog = timedelta(minutes=15), {"DAL": data.draw(st.integers(0, 3))}
    bounds = [
        soonest(
            nodes,
            ROUTING,
            ship_by=ship,
            deliver_by=deliver,
            transfer=transfer,
            backlog_days=backlog,
        )
        for ship, deliver in ((ship_from, None), (None, deliver_from))
    ]
    ship_by = data.draw(st.none() | st.dates(ship_from, date(2026, 5, 9)))
    deliver_by = data.draw(st.none() | st.dates(deliver_from, date(2026, 5, 9)))
    for end in deadlines(
        nodes,
        ROUTING,
        place,
        ship_by=ship_by,
        deliver_by=deliver_by,
        transfer=transfer,
        backlog_days=backlog,
    ):
        assert min(filter(None, bounds)) <= end.release_at
