"""Routing: what a customer, a full house, a holiday and a soft rule do to a plan."""

import ast
import inspect
import json
from datetime import UTC, date, datetime
from pathlib import Path
from types import ModuleType

import pytest

from oms_edi.config.config import Config
from oms_edi.domain.plan import Decision
from oms_edi.domain.workload import Load, Used
from oms_edi.routing import capacity
from oms_edi.routing.calendars import deliver_date, release_at, ship_date
from oms_edi.routing.circumstances import Circumstances
from oms_edi.routing.decide import decide
from oms_edi.routing.explain import explain
from oms_edi.routing.rules import LINE_RULES, NODE_RULES
from oms_edi.routing.rules.supplier import NOT_CARRIED
from oms_edi.routing.stored import from_json, to_json
from tests.support.routes import NOW, line, node, order, routing, taken

MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)
BOTH = {("I1", "DAL"): 20, ("I1", "ATL"): 20}


def busy(**used: Used) -> Circumstances:
    """Nodes by what they ship on Monday."""
    return Circumstances(load=Load({(name, MONDAY): one for name, one in used.items()}))


def offer(found: Decision, name: str) -> str:
    return next(one.excluded for one in found.offers if one.node_id == name)


def test_a_customer_may_rule_a_node_out() -> None:
    nodes = (node("DAL"), node("ATL"))
    never = decide(order(line(1, 5), never_nodes=("DAL",)), nodes, BOTH, routing(), NOW)
    assert taken(never) == {(1, "ATL", 5)}
    assert offer(never, "DAL") == "must not ship to this customer"
    only = decide(order(line(1, 5), only_nodes=("ATL",)), nodes, BOTH, routing(), NOW)
    assert taken(only) == {(1, "ATL", 5)}
    assert offer(only, "DAL") == "this customer takes from ATL only"


@pytest.mark.parametrize(
    ("limit", "used", "reason"),
    [
        ({"orders_per_day": 3}, Used(3, 3, 30), "3 of 3 orders"),
        ({"lines_per_day": 9}, Used(3, 9, 30), "9 of 9 lines"),
        ({"units_per_day": 100}, Used(3, 9, 96), "96 of 100 units"),
    ],
)
def test_a_full_day_takes_a_node_out(limit: dict[str, int], used: Used, reason: str) -> None:
    nodes = (node("DAL", capacity={**limit, "when_full": "refuse"}), node("ATL"))
    found = decide(order(line(1, 5)), nodes, BOTH, routing(), NOW, circumstances=busy(DAL=used))
    assert taken(found) == {(1, "ATL", 5)}
    assert offer(found, "DAL") == f"capacity used up: {reason} on 2026-03-02"
    roomy = busy(DAL=Used(2, 8, 95))
    found = decide(order(line(1, 5)), nodes, BOTH, routing(), NOW, circumstances=roomy)
    assert taken(found) == {(1, "DAL", 5)}


def test_what_does_not_fit_goes_to_the_next_open_day_with_room() -> None:
    nodes = (node("DAL", capacity={"units_per_day": 100}, closed_on=("2026-03-03",)),)
    full = Load({("DAL", MONDAY): Used(1, 1, 96), ("DAL", date(2026, 3, 4)): Used(1, 1, 100)})
    known = Circumstances(load=full)
    found = decide(order(line(1, 5)), nodes, BOTH, routing(), NOW, circumstances=known)
    assert found.plan.shipments[0].ship_on == date(2026, 3, 5)
    assert "on 2026-03-05 (2026-03-02 is full), there on 2026-03-06" in explain(found)[0]
    assert from_json(json.loads(json.dumps(to_json(found)))) == found


def test_a_day_later_may_be_too_late_for_an_order_that_refuses_to_be() -> None:
    nodes = (node("DAL", capacity={"orders_per_day": 1}), node("ATL"))
    request = order(line(1, 5), ship_by=MONDAY, on_time_only=True)
    found = decide(request, nodes, BOTH, routing(), NOW, circumstances=busy(DAL=Used(1, 1, 1)))
    assert taken(found) == {(1, "ATL", 5)}
    assert offer(found, "DAL") == "too late for the day asked for"


def test_a_full_day_may_have_a_price() -> None:
    capacity = {"units_per_day": 100, "when_full": "price", "price_cents": 150}
    nodes = (node("DAL", capacity=capacity), node("ATL"))
    full = busy(DAL=Used(1, 1, 100))
    found = decide(order(line(1, 5)), nodes, BOTH, routing(), NOW, circumstances=full)
    assert taken(found) == {(1, "DAL", 5)}
    assert found.plan.total_cents == 650
    assert "a full day $1.50" in explain(found)[0]
    dear = (node("DAL", capacity={**capacity, "price_cents": 201}), node("ATL"))
    found = decide(order(line(1, 5)), dear, BOTH, routing(), NOW, circumstances=full)
    assert taken(found) == {(1, "ATL", 5)}


def test_what_should_have_left_before_takes_the_room_of_the_next_days() -> None:
    nodes = (node("DAL", capacity={"units_per_day": 100}),)
    behind = Circumstances(load=Load({("DAL", MONDAY): Used(1, 1, 60)}, {"DAL": Used(9, 9, 150)}))
    found = decide(order(line(1, 5)), nodes, BOTH, routing(), NOW, circumstances=behind)
    # 40 of the backlog on Monday, 100 on Tuesday, the last 10 on Wednesday.
    assert found.plan.shipments[0].ship_on == date(2026, 3, 4)


def test_an_order_no_day_could_hold_ships_on_an_empty_day() -> None:
    nodes = (node("DAL", capacity={"units_per_day": 4}),)
    found = decide(order(line(1, 5)), nodes, BOTH, routing(), NOW)
    assert found.plan.shipments[0].ship_on == MONDAY
    one = busy(DAL=Used(1, 1, 1))
    found = decide(order(line(1, 5)), nodes, BOTH, routing(), NOW, circumstances=one)
    assert found.plan.shipments[0].ship_on == TUESDAY


def test_a_rule_is_dropped_only_for_what_cannot_ship_otherwise() -> None:
    nodes = (node("DAL"), node("ATL", states=("GA",)), node("RNO"))
    supply = {("I1", "DAL"): 4, ("I1", "ATL"): 20, ("I1", "RNO"): 3}
    hard = decide(order(line(1, 10)), nodes, supply, routing(), NOW)
    assert hard.plan.standing.short_units == 3
    soft = routing(soft_rules=("region",), max_shipments=3)
    found = decide(order(line(1, 10)), nodes, supply, soft, NOW)
    assert taken(found) == {(1, "DAL", 4), (1, "RNO", 3), (1, "ATL", 3)}
    assert found.dropped == ("region",)
    assert (
        "Second pass: 3 I1 ship from ATL, where a rule was dropped (does not ship to TX),"
        " because not all could ship otherwise." in explain(found)
    )
    assert from_json(json.loads(json.dumps(to_json(found)))) == found
    enough = decide(order(line(1, 7)), nodes, supply, soft, NOW)
    assert enough.dropped == ()
    assert offer(enough, "ATL") == "does not ship to TX"


def test_a_rejection_may_be_soft_and_a_lack_of_stock_never_is() -> None:
    nodes = (node("DAL"), node("ATL"))
    rejected = frozenset({(1, "DAL"), (1, "ATL")})
    soft = routing(soft_rules=("rejected",))
    supply = {("I1", "DAL"): 5}
    found = decide(order(line(1, 5)), nodes, supply, soft, NOW, rejected=rejected)
    assert taken(found) == {(1, "DAL", 5)}
    assert found.bent == (("rejected this line before", ""),)


def test_a_soft_full_day_is_used_only_where_nothing_else_can_ship() -> None:
    soft = routing(soft_rules=("capacity",))
    full = busy(DAL=Used(1, 1, 1))
    house = node("DAL", capacity={"orders_per_day": 1, "when_full": "refuse"})
    found = decide(order(line(1, 5)), (house,), BOTH, soft, NOW, circumstances=full)
    assert taken(found) == {(1, "DAL", 5)}
    assert found.bent == (("capacity used up: 1 of 1 orders on 2026-03-02",),)
    found = decide(order(line(1, 5)), (house, node("ATL")), BOTH, soft, NOW, circumstances=full)
    assert taken(found) == {(1, "ATL", 5)}


def test_being_late_costs_the_penalty_times_how_likely_it_is() -> None:
    nodes = (node("DAL"), node("ATL"))
    request = order(line(1, 5), required_by=date(2026, 3, 9), late_penalty_cents=1000)
    known = Circumstances(punctuality={"DAL": (5, 8), "ATL": (0, 8)})
    found = decide(request, nodes, BOTH, routing(), NOW, circumstances=known)
    assert [one.risk_cents for one in found.offers] == [600, 100]
    assert taken(found) == {(1, "ATL", 5)}  # 700 + 100 against 500 + 600
    assert "risk of being late $1.00" in explain(found)[0]
    late = order(line(1, 5), required_by=MONDAY, late_penalty_cents=1000)
    assert {one.risk_cents for one in decide(late, nodes, BOTH, routing(), NOW).offers} == {1000}
    whenever = order(line(1, 5), late_penalty_cents=1000)
    assert {one.risk_cents for one in decide(whenever, nodes, BOTH, routing(), NOW).offers} == {0}


def test_a_unit_is_left_where_shipping_it_costs_more_than_missing_it() -> None:
    nodes = (node("DAL"), node("ATL", unit_cost_cents=300))
    supply = {("I1", "DAL"): 4, ("I1", "ATL"): 20}
    cheap = routing(goals=("cost",), stockout_cents=250)
    found = decide(order(line(1, 10)), nodes, supply, cheap, NOW)
    assert taken(found) == {(1, "DAL", 4)}
    assert found.plan.total_cents == 500 + 6 * 250
    assert "$15.00 for 6 units nobody ships" in explain(found)[2]
    dear = routing(goals=("cost",), stockout_cents=1000)
    found = decide(order(line(1, 10)), nodes, supply, dear, NOW)
    assert found.plan.standing.short_units == 0
    nothing = decide(order(line(1, 1)), nodes, supply, cheap, NOW)
    assert nothing.plan.assignments == ()
    assert nothing.plan.total_cents == 250


def test_a_node_may_have_freight_of_its_own() -> None:
    zones = ({"up_to_miles": 4000, "transit_days": 3, "base_cents": 90, "cents_per_lb": 0},)
    nodes = (node("DAL"), node("ATL", zones=zones))
    found = decide(order(line(1, 5)), nodes, BOTH, routing(), NOW)
    assert taken(found) == {(1, "ATL", 5)}
    assert found.plan.shipments[0].deliver_on == date(2026, 3, 5)


def test_a_node_needs_its_days_to_pick() -> None:
    slow = node("DAL", processing_days=2, closed_on=("2026-03-03",))
    assert ship_date(slow, NOW) == date(2026, 3, 5)
    assert ship_date(slow, NOW, date(2026, 3, 5)) == date(2026, 3, 5)
    assert ship_date(slow, NOW, date(2026, 3, 7)) == date(2026, 3, 9)


def test_holidays_are_shared_by_name_and_freight_rests_on_its_own() -> None:
    config = Config.model_validate(
        {
            "company": {"name": "C", "isa_id": "US", "gs_id": "US", "gs1_prefix": "0789012"},
            "calendars": {"us": ["2026-03-02"], "carrier": ["2026-03-04"]},
            "nodes": [
                node("DAL", calendars=("us",), closed_on=("2026-03-09",)).model_dump(),
                node("ATL").model_dump(),
            ],
            "routing": {**routing().model_dump(), "carrier_calendars": ["carrier"]},
        }
    ).with_calendars()
    dallas, atlanta = config.nodes
    assert ship_date(dallas, NOW) == TUESDAY
    assert ship_date(dallas, NOW, date(2026, 3, 9)) == date(2026, 3, 10)
    assert ship_date(atlanta, NOW) == MONDAY
    found = decide(order(line(1, 5)), config.nodes, BOTH, config.routing, NOW)
    assert found.offers[0].deliver_on == date(2026, 3, 5)  # Tuesday, then Wednesday is no day


def test_freight_does_not_travel_on_a_closed_day() -> None:
    closed = (date(2026, 3, 3), date(2026, 3, 6))
    assert deliver_date(MONDAY, 1, closed) == date(2026, 3, 4)
    assert deliver_date(MONDAY, 3, closed) == date(2026, 3, 9)
    assert deliver_date(date(2026, 3, 7), 1, closed) == date(2026, 3, 9)


@pytest.mark.parametrize(
    ("told", "ships"),
    [
        ("2026-03-08T07:29:00Z", "2026-03-08"),  # 01:29 CST; 02:30 does not exist that night
        ("2026-03-08T08:30:00Z", "2026-03-08"),  # 03:30 CDT, two and a half hours after midnight
        ("2026-03-08T08:31:00Z", "2026-03-09"),
        ("2026-11-01T06:30:00Z", "2026-11-01"),  # 01:30 CDT, the first one
        ("2026-11-01T06:31:00Z", "2026-11-02"),
        ("2026-11-01T07:10:00Z", "2026-11-02"),  # 01:10 again, an hour later: the cutoff is over
    ],
)
def test_a_night_of_changed_clocks_has_one_cutoff(told: str, ships: str) -> None:
    cutoff = "02:30" if told < "2026-06" else "01:30"
    always = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    night = node("DAL", cutoff=cutoff, open_days=always)
    assert str(ship_date(night, datetime.fromisoformat(told))) == ships


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_a_node_is_told_at_once_or_later_or_at_its_times() -> None:
    assert release_at(node("DAL"), NOW) == NOW
    assert release_at(node("DAL", release={"after_min": 90}), NOW) == at("2026-03-02T17:30:00Z")
    batches = node("DAL", release={"at": ("11:00", "07:00")})  # it is 10:00 there
    assert release_at(batches, NOW) == at("2026-03-02T17:00:00Z")
    assert release_at(batches, at("2026-03-02T17:00:01Z")) == at("2026-03-03T13:00:00Z")
    later = node("DAL", release={"at": ("11:00",), "after_min": 61})
    assert release_at(later, NOW) == at("2026-03-03T17:00:00Z")


def test_a_node_is_told_so_many_days_before_it_must_pick() -> None:
    early = node("DAL", release={"days_ahead": 2}, processing_days=1)
    # Ships on Monday the 16th, is picked on Friday, is told on Wednesday.
    assert release_at(early, NOW, date(2026, 3, 16)) == at("2026-03-11T05:00:00Z")
    assert release_at(early, NOW, MONDAY) == NOW


def test_what_is_told_after_the_cutoff_ships_the_next_day() -> None:
    nodes = (node("DAL", release={"at": ("15:00",)}),)  # its cutoff is 14:00
    found = decide(order(line(1, 5)), nodes, BOTH, routing(), NOW)
    assert found.plan.shipments[0].ship_on == TUESDAY
    assert found.now == NOW.astimezone(UTC)


# Every reason there is.

GOLDEN = Path(__file__).parents[2] / "tests/golden_routing"


def reasons(rule: ModuleType) -> set[str]:
    """How each reason a rule returns begins."""
    found = set()
    for part in ast.walk(ast.parse(inspect.getsource(rule))):
        value = part.value if isinstance(part, ast.Return) else None
        for end in (value.body, value.orelse) if isinstance(value, ast.IfExp) else (value,):
            match end:
                case ast.Constant(value=str(text)):
                    found.add(text)
                case ast.JoinedStr(values=[ast.Constant(value=str(text)), *_]):
                    found.add(text)
                case ast.Name(id=name) if name.isupper():
                    found.add(getattr(rule, name))
    return found


def test_every_reason_of_every_rule_has_a_golden_case() -> None:
    """But one: that a supplier does not sell an item is told by not naming the supplier."""
    pages = "".join(path.read_text() for path in GOLDEN.glob("*/why.txt"))
    missing = []
    for name, check in {**NODE_RULES, **LINE_RULES}.items():
        module = inspect.getmodule(check)
        assert module is not None
        found = reasons(module)
        assert found, name
        missing += [reason for reason in found if f" is out: {reason}" not in pages]
    assert missing == [NOT_CARRIED]
    assert NOT_CARRIED not in pages
    assert " is out: capacity used up: " in pages
    assert "capacity used up: " in inspect.getsource(capacity)
