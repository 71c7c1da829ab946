"""Exceptions: what is at risk, who sees to it, how it ends, what it cost."""

from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest

from oms_edi.errors import NotFound, Refused
from oms_edi.pipeline.delivery.visit_result import book_visit
from oms_edi.pipeline.people import acts, see_to
from oms_edi.store.exception_list import Wanted, cost, exceptions
from tests.support.edi import counted, interchange, x850
from tests.support.site import CONFIG, MAPPINGS, Site, name

SHORT = "1*200*EA*4.00**VN*A1"  # 150 are there


def listed(site: Site, **wanted: Any) -> list[Any]:
    with closing(site.connect()) as connection:
        return exceptions(connection, Wanted(**wanted), now=site.now)


def only(site: Site, kind: str) -> Any:
    (found,) = [one for one in site.exceptions() if one["kind"] == kind]
    return found


def timeline(site: Site, number: int = 1) -> list[tuple[str, str]]:
    return [(event["name"], event["actor"]) for event in site.order(number)["timeline"]]


# Money at risk.


def test_what_waits_for_stock_is_worth_its_units_at_the_price_of_the_order(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", SHORT)))
    assert only(site, "backordered")["risk_cents"] == 50 * 400


def test_a_held_line_is_worth_its_own_units_and_a_held_order_all_of_them(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*10*EA*3.00**VN*A1", "2*6*EA*7.50**VN*B2")))
    assert only(site, "price")["risk_cents"] == 10 * 300
    site.send(
        "buyer", interchange(x850("PO1", "1*10*EA*3.00**VN*A1", "2*6*EA*7.50**VN*B2"), control=2)
    )
    assert only(site, "duplicate")["risk_cents"] == 10 * 300 + 6 * 750


def test_prices_are_for_one_unit_of_the_buyer(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*20*DZ*48.00**VN*A1")))
    assert (
        only(site, "backordered")["risk_cents"] == (20 - 8 - 4) * 4800
    )  # whole dozens of 100 and 50


def test_the_figure_follows_the_order_until_it_closes_and_stays_then(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", SHORT)))
    acts.receive(site.step(), "A1", "DAL", 30, actor="ann", reason="truck")
    site.run()
    assert only(site, "backordered")["risk_cents"] == 20 * 400
    acts.receive(site.step(), "A1", "DAL", 30, actor="ann", reason="truck")
    site.run()
    (closed,) = listed(site, closed=True)
    assert (closed["kind"], closed["closed_how"], closed["risk_cents"]) == (
        "backordered",
        "itself",
        20 * 400,
    )


def test_a_fine_times_how_often_the_node_is_late_is_at_risk(site: Site) -> None:
    fined = MAPPINGS["buyer"] + "penalties:\n  late_shipment: {percent: 10, cents: 5000}\n"
    site.configure("buyer", fined)
    site.send("buyer", interchange(x850("PO1", "1*30*EA*4.00**VN*A1")))
    site.run(later=timedelta(days=4))
    overdue = only(site, "shipment_overdue")
    assert overdue["node"] == "DAL"
    assert overdue["risk_cents"] == (30 * 400 // 10 + 5000) // 2  # nothing known: (0+1)/(0+2)


def test_a_node_that_kept_its_days_lowers_what_is_at_risk(site: Site) -> None:
    site.configure("buyer", MAPPINGS["buyer"] + "penalties:\n  late_shipment: {cents: 8000}\n")
    for number in (1, 2):
        lines = interchange(x850(f"PO{number}", "1*1*EA*4.00**VN*A1"), control=number)
        site.send("buyer", lines)
    site.ship("wh")
    site.send("buyer", interchange(x850("PO3", "1*1*EA*4.00**VN*A1"), control=3))
    site.run(later=timedelta(days=4))
    assert site.query("SELECT node, shipped, late FROM node_records") == [("DAL", 2, 0)]
    assert only(site, "shipment_overdue")["risk_cents"] == 8000 // 4  # (0+1)/(2+2)


def test_the_dearest_comes_first_and_commands_name_the_order(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*10*EA*3.00**VN*A1")))
    site.send("buyer", interchange(x850("PO2", SHORT), control=2))
    kinds = [one["kind"] for one in listed(site)]
    assert kinds == ["backordered", "price"]
    price = only(site, "price")
    assert f"oms-edi release {name(1)} --kind price --reason WHY" in price["commands"]


def test_the_list_is_narrowed_by_queue_owner_kind_severity_partner_and_age(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*10*EA*3.00**VN*A1")))
    site.send("buyer", interchange(x850("PO2", SHORT), control=2))
    site.now += timedelta(hours=5)
    site.send("shop", "no table at all", "x.csv")
    see_to.assign(site.step(), only(site, "price")["exception_id"], "ann", actor="bo", reason="x")
    assert [e["kind"] for e in listed(site, queue="finance")] == ["price"]
    assert [e["kind"] for e in listed(site, owner="ann")] == ["price"]
    assert [e["kind"] for e in listed(site, kind="backordered")] == ["backordered"]
    assert [e["kind"] for e in listed(site, severity="error")] == ["file_quarantined"]
    assert [e["kind"] for e in listed(site, partner="shop")] == ["file_quarantined"]
    old = listed(site, age=timedelta(hours=5))
    assert sorted(e["kind"] for e in old) == ["backordered", "price"]
    assert [e["age_h"] for e in old] == [5.0, 5.0]


# Acts.


def test_resolve_ends_it_with_who_and_why_on_the_timeline_of_the_order(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", SHORT)))
    number = only(site, "backordered")["exception_id"]
    told = see_to.resolve(site.step(), number, actor="ann", reason="told them")
    assert told == f"backordered {name(1)}"
    (closed,) = listed(site, closed=True)
    assert (closed["closed_how"], closed["closed_by"], closed["closed_why"]) == (
        "person",
        "ann",
        "told them",
    )
    assert timeline(site)[-1] == ("exception.resolved", "ann")
    with pytest.raises(NotFound, match=f"no open exception {number}"):
        see_to.resolve(site.step(), number, actor="ann", reason="again")


def test_a_released_hold_is_ended_by_its_person_and_a_cured_one_by_itself(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*10*EA*3.00**VN*A1")))
    site.send("buyer", interchange(x850("PO2", "1*10*EA*3.00**VN*B2"), control=2))
    acts.release_holds(site.step(), "PO1", kinds=(), actor="ann", reason="agreed")
    site.load("prices", "partner,item,price\n,B2,3.00\n")
    ends = {one["subject"][:8]: one["closed_how"] for one in listed(site, closed=True)}
    assert ends == {name(1): "person", name(2): "person"}  # the import was a person's, too


def test_a_hold_cannot_be_resolved(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*10*EA*3.00**VN*A1")))
    with pytest.raises(Refused, match="price hold: release it"):
        see_to.resolve(site.step(), only(site, "price")["exception_id"], actor="a", reason="x")


def test_what_is_assigned_twice_to_the_same_person_is_refused(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", SHORT)))
    number = only(site, "backordered")["exception_id"]
    see_to.assign(site.step(), number, "ann", actor="bo", reason="her customer")
    assert only(site, "backordered")["owner"] == "ann"
    with pytest.raises(Refused, match="with ann already"):
        see_to.assign(site.step(), number, "ann", actor="bo", reason="again")
    see_to.assign(site.step(), number, "", actor="bo", reason="away")
    assert only(site, "backordered")["owner"] == ""
    assert [n for n, _ in timeline(site)].count("exception.assigned") == 2


def test_a_snoozed_exception_is_out_of_sight_until_its_time(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", SHORT)))
    number = only(site, "backordered")["exception_id"]
    with pytest.raises(Refused, match="not in the future"):
        see_to.snooze(site.step(), number, site.now, actor="ann", reason="x")
    with pytest.raises(Refused, match="does not sleep"):
        see_to.snooze(site.step(), number, None, actor="ann", reason="x")
    until = site.now + timedelta(hours=3)
    see_to.snooze(site.step(), number, until, actor="ann", reason="truck at noon")
    assert listed(site) == []
    assert len(listed(site, snoozed=True)) == 1
    site.now = until
    assert len(listed(site)) == 1
    site.now = until - timedelta(hours=1)
    see_to.snooze(site.step(), number, None, actor="ann", reason="truck is here")
    assert len(listed(site)) == 1


# What stays open.


def test_what_stays_open_is_told_again_each_day_and_climbs_after_two(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", SHORT)))
    site.run(later=timedelta(hours=23))
    assert (only(site, "backordered")["repeats"], only(site, "backordered")["level"]) == (0, 0)
    site.run(later=timedelta(hours=1))
    site.run()
    assert (only(site, "backordered")["repeats"], only(site, "backordered")["level"]) == (1, 0)
    site.run(later=timedelta(hours=24))
    site.run()
    raised = only(site, "backordered")
    assert (raised["level"], raised["severity"]) == (1, "error")
    assert ("exception.escalated", "daemon") in timeline(site)


def test_an_escalation_may_move_it_to_another_queue_and_owner(site: Site) -> None:
    steps = "watch:\n  escalations:\n  - {after_h: 1, queues: [stock], to_queue: orders}\n"
    steps += "  - {after_h: 2, queues: [orders], to_owner: boss}\n"
    site.configure("config", CONFIG + steps)
    site.send("buyer", interchange(x850("PO1", SHORT)))
    site.run(later=timedelta(hours=1))
    raised = only(site, "backordered")
    assert (raised["queue"], raised["owner"], raised["level"]) == ("orders", "", 1)
    site.run(later=timedelta(hours=1))
    raised = only(site, "backordered")
    assert (raised["queue"], raised["owner"], raised["level"]) == ("orders", "boss", 2)


def test_what_sleeps_does_not_climb(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", SHORT)))
    number = only(site, "backordered")["exception_id"]
    until = site.now + timedelta(days=4)
    see_to.snooze(site.step(), number, until, actor="ann", reason="ship arrives friday")
    site.run(later=timedelta(days=3))
    assert only(site, "backordered")["level"] == 0


# What it cost.


def test_the_report_counts_how_they_ended_and_what_was_past_due(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", SHORT, header=["DTM*038*20260304"])))
    site.run(later=timedelta(hours=32))
    assert only(site, "ship_date_at_risk")["severity"] == "warning"
    site.run(later=timedelta(days=2))
    acts.receive(site.step(), "A1", "DAL", 100, actor="ann", reason="truck")
    acts.cancel(site.step(), "PO1", buyer_line=None, actor="ann", reason="too late")
    site.run()
    with closing(site.connect()) as connection:
        rows = {row["name"]: row for row in cost(connection, "kind", since="", now=site.now)}
    assert (rows["backordered"]["opened"], rows["backordered"]["open"]) == (1, 0)
    risk = rows["ship_date_at_risk"]
    assert risk["missed_cents"] == risk["open_cents"] + risk["closed_cents"] > 0
    assert rows["backordered"]["missed_cents"] == 0
    with closing(site.connect()) as connection:
        assert cost(connection, "queue", since="2027-01-01", now=site.now) == []


# Kinds no other test shows.


def test_what_is_cut_for_a_customer_without_backorders_is_for_information(site: Site) -> None:
    place = "N1*ST*HOME~N3*1 ROAD~N4*TULSA*OK*74133"
    order = x850("PO1", SHORT, ship_to=place)
    site.send("buyer5", interchange(order, sender="BUYER5", version="005010"))
    cut = only(site, "cut_short")
    assert (cut["queue"], cut["severity"], cut["risk_cents"]) == ("stock", "info", 0)


def test_a_file_of_which_nothing_was_taken_is_told(site: Site) -> None:
    site.send("buyer", interchange(counted("850", "0001", ["BEG*ZZ*SA"])))
    (found,) = site.exceptions()
    assert (found["kind"], found["queue"], found["partner"]) == ("file_rejected", "edi", "buyer")


def test_a_server_that_fails_three_times_in_a_row_is_told_until_a_visit_ends_well(
    site: Site,
) -> None:
    def visit(problem: str, failures: int) -> None:
        book_visit(
            site.step(),
            partner="buyer",
            sent=[],
            not_sent=[],
            stuck={},
            removed=[],
            problem=problem,
            problem_kind="endpoint_down" if problem else "",
            failures=failures,
            skipped="",
            not_removed="",
        )

    visit("timed out", 2)
    assert site.exceptions() == []
    visit("timed out", 3)
    assert (only(site, "endpoint_down")["queue"], only(site, "endpoint_down")["partner"]) == (
        "system",
        "buyer",
    )
    visit("", 0)
    assert site.exceptions() == []
