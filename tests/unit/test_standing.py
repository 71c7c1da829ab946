"""How an order stands, in a sentence and its causes; its way; and the map, from rows alone."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms_edi.domain.lifecycle import Quantities
from oms_edi.pipeline.replies.standing import Standing, Tone, standing
from oms_edi.web.order_map import HEIGHT, WIDTH, Place, order_map, project
from oms_edi.web.order_way import way

NOW = datetime(2026, 3, 4, 15, tzinfo=UTC)


def line(**quantities: int) -> dict[str, Any]:
    """Return a line with 10 units, released unless said otherwise."""
    units = quantities or {"released": 10}
    found = Quantities(ordered=sum(units.values()), **units)._asdict()
    return {
        **found,
        "line_id": 1,
        "buyer_line": "1",
        "item": "A1",
        "nodes": ["DAL"],
        "promised_on": None,
        "promise_is_certain": False,
    }


def order(*lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "status": "released",
        "deliver_by": None,
        "not_after": None,
        "ship_on": None,
        "received_at": "2026-03-02T15:00:00Z",
        "channel": "edi",
        "lines": list(lines) or [line()],
        "holds": [],
        "changes": [],
        "timeline": [],
        **more,
    }


def plan(**more: Any) -> dict[str, Any]:
    return {
        "buyer_line": "1",
        "item": "A1",
        "node": "DAL",
        "quantity": 10,
        "shipped": 0,
        "short": 0,
        "stopped": 0,
        "ship_on": "2026-03-04",
        "deliver_on": "2026-03-06",
        "release_at": None,
        "depositor_order": "SO100001-1",
        "told_at": "2026-03-02T15:00:00Z",
        **more,
    }


def load(shipped_on: str, expected_on: str) -> dict[str, Any]:
    told = {"depositor_order": "SO100001-1", "node": "DAL", "shipped_on": shipped_on}
    return {**told, "ship_on": "2026-03-04", "expected_on": expected_on}


def stands(found: dict[str, Any], *plans: dict[str, Any], **more: Any) -> Standing:
    told = {"loads": [], "exceptions": [], **more}
    return standing(found, plans=plans, now=NOW, **told)


@pytest.mark.parametrize(
    ("found", "tone", "headline"),
    [
        (order(deliver_by="2026-03-09"), Tone.ON_TIME, "On time: it has to arrive by 2026-03-09"),
        (order(deliver_by="2026-03-05"), Tone.LATE, "Late: it has to arrive by 2026-03-05"),
        (order(deliver_by="2026-03-03"), Tone.LATE, "Late: it had to arrive by 2026-03-03, and 10"),
        (order(not_after="2026-03-04"), Tone.ON_TIME, "On time: it has to leave by 2026-03-04"),
        (order(ship_on="2026-03-03"), Tone.LATE, "Late: it had to leave by 2026-03-03"),
        (order(), Tone.NO_DAY, "Nobody asked for a day"),
        (order(status="cancelled"), Tone.OVER, "It was cancelled"),
        (
            order(line(shipped=10), deliver_by="2026-03-09"),
            Tone.ON_TIME,
            "On time: all of it left, and is to be there on 2026-03-06; it had to arrive by",
        ),
    ],
)
def test_the_headline_says_how_it_stands(found: dict[str, Any], tone: Tone, headline: str) -> None:
    told = stands(found, plan())
    assert told.tone is tone
    assert told.headline.startswith(headline)


def test_what_has_no_day_puts_an_order_at_risk() -> None:
    waits = line(backordered=4, released=6)
    told = stands(order(waits, deliver_by="2026-03-09"), plan(quantity=6))
    assert told.tone is Tone.AT_RISK
    assert "nobody knows when 4 units will ship" in told.headline
    assert told.causes == (
        "4 of line 1 (A1) wait for stock, and nothing that is to come is theirs.",
    )
    promised = {**waits, "promised_on": "2026-03-07", "promise_is_certain": True}
    told = stands(order(promised, deliver_by="2026-03-09"), plan(quantity=6))
    assert told.tone is Tone.WAITS
    assert told.causes == ("4 of line 1 (A1) wait for stock; they will ship on 2026-03-07.",)


def test_a_load_that_left_late_makes_the_arrival_late() -> None:
    found = order(line(shipped=10), deliver_by="2026-03-07")
    in_time, late = load("2026-03-04", "2026-03-06"), load("2026-03-06", "2026-03-08")
    assert stands(found, plan(shipped=10), loads=[in_time]).tone is Tone.ON_TIME
    told = stands(found, plan(shipped=10), loads=[late])
    assert (told.tone, told.headline[-11:]) == (Tone.LATE, "1 day late.")
    assert "SO100001-1 left DAL on 2026-03-06, 2 days after its day." in told.causes


def test_what_all_left_and_arrives_sooner_than_planned_is_there_when_it_is_told() -> None:
    found = order(line(shipped=10), status="shipped", deliver_by="2026-03-05")
    told = load("2026-03-03", "2026-03-05")
    left = plan(shipped=10)
    assert stands(found, left, loads=[told]).tone is Tone.ON_TIME
    assert way(found, plans=[left], loads=[told], source=None, suppliers=(), now=NOW)[-1].at == (
        "2026-03-05"
    )
    some = plan(shipped=4)  # the rest goes as planned
    assert stands(found, some, loads=[told]).tone is Tone.LATE


def test_what_is_late_as_planned_does_not_hide_what_has_no_day() -> None:
    found = order(line(shipped=10), line(backordered=5), deliver_by="2026-03-05")
    told = stands(found, plan(shipped=10))
    assert told.headline == (
        "Late: it has to arrive by 2026-03-05, and what is planned of it will arrive on 2026-03-06,"
        " 1 day late; nobody knows when 5 units will ship."
    )


def test_what_was_to_be_stopped_is_not_what_a_node_did_not_ship() -> None:
    found = order(line(shipped=4), deliver_by="2026-03-09")
    told = stands(found, plan(shipped=4, short=6, stopped=5))
    assert told.causes == ("DAL did not ship 1 of line 1 (A1, SO100001-1).",)


def test_what_it_waited_for_is_a_cause_once_it_is_late_and_not_before() -> None:
    hold = {
        "line_id": None,
        "kind": "credit",
        "reason": "over its limit",
        "created_at": "2026-03-02T15:00:00Z",
        "closed_at": "2026-03-03T15:00:00Z",
        "outcome": "released",
    }
    decided = {
        "at": "2026-03-02T15:00:00Z",
        "name": "order.decided",
        "text": "allocated 0 units, 10 wait for stock",
    }
    found = order(deliver_by="2026-03-05", holds=[hold], timeline=[decided])
    late = stands(found, plan(told_at="2026-03-04T09:00:00Z"))
    assert late.causes[:2] == (
        "It was held for credit for 24 h, until 2026-03-03T15:00:00Z.",
        "10 of line 1 (A1) waited for stock until 2026-03-04T09:00:00Z.",
    )
    assert stands({**found, "deliver_by": "2026-03-09"}, plan()).causes == ()


def test_who_was_to_ship_and_has_not_said_so_is_named() -> None:
    told = stands(order(), plan(ship_on="2026-03-02"), plan(ship_on="2026-03-02", short=3))
    assert told.causes == (
        "DAL did not ship 3 of line 1 (A1, SO100001-1).",
        "DAL was to ship 17 units (SO100001-1) on 2026-03-02, and has not said that they left.",
    )


@pytest.mark.parametrize(
    ("found", "states"),
    [
        (order(line(open=10)), "done done ahead ahead ahead ahead"),
        (order(line(released=10)), "done done ahead done ahead ahead"),
        (order(line(shipped=4, released=6)), "done done ahead done now ahead"),
        (order(line(shipped=10)), "done done ahead done done ahead"),
        (order(line(cancelled=10), status="cancelled"), "done done over done over over"),
    ],
)
def test_the_way_is_done_as_far_as_the_order_came(found: dict[str, Any], states: str) -> None:
    plans = [] if "ahead ahead ahead ahead" in states else [plan()]
    stops = way(found, plans=plans, loads=[], source=None, suppliers=(), now=NOW)
    assert " ".join(stop.state for stop in stops) == states
    later = way(
        found, plans=plans, loads=[], source=None, suppliers=("DAL",), now=NOW + timedelta(days=9)
    )
    is_there = found["lines"][0]["shipped"] == 10
    assert (later[-1].state == "done") is is_there


def test_what_a_supplier_ships_is_at_the_supplier() -> None:
    found = order({**line(released=10), "nodes": ["IRB"]})
    for suppliers, where in ((("IRB",), "At supplier"), ((), "At warehouse")):
        stops = way(found, plans=[plan()], loads=[], source=None, suppliers=suppliers, now=NOW)
        assert stops[3].title == where


@given(
    lat=st.floats(min_value=-90, max_value=90, allow_nan=False),
    lon=st.floats(min_value=-180, max_value=180, allow_nan=False),
)
def test_every_place_of_the_world_stands_on_the_map(lat: float, lon: float) -> None:
    x, y = project((lat, lon))
    assert 0 < x < WIDTH
    assert 0 < y < HEIGHT


def test_a_map_shows_who_ships_and_escapes_what_others_wrote() -> None:
    dallas = Place("DAL", "75201", "TX", "chosen", "Dallas: ships")
    goal = Place("<b>Tulsa", "74133", "OK", "goal", '"><script>')
    drawn = str(order_map([dallas], [goal]))
    assert 'aria-label="Map: ships from DAL to &lt;b&gt;Tulsa"' in drawn
    assert "<script" not in drawn
    assert drawn.count('class="lane"') == 1
    assert order_map([dallas], [Place("?", "", "", "goal", "")]) == ""
