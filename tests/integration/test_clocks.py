"""Clocks: each opens its exception at its time and closes it when the cause is gone."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from oms_edi.errors import Refused
from oms_edi.pipeline.people import acts
from oms_edi.pipeline.run import Runner, owner
from oms_edi.pipeline.shipping.warehouse_said import warehouse_said
from oms_edi.pipeline.steps import do_step
from tests.support.edi import interchange, x850, x860
from tests.support.site import CONFIG, MAPPINGS, Site, name

SHORT = "1*200*EA*4.00**VN*A1"  # 150 are there


def kinds(site: Site) -> list[str]:
    return site.exception_kinds()


def one(site: Site, kind: str) -> Any:
    (found,) = (each for each in site.exceptions() if each["kind"] == kind)
    return found


@contextmanager
def runs_on(site: Site) -> Iterator[Runner]:
    """One process that stays, as the daemon does."""
    with owner(site.config):
        runner = Runner(config=site.config, partners=site.partners, clock=lambda: site.now)
        yield runner
        runner.stop()
        runner.connection.close()


def watch(site: Site, **config: str) -> None:
    site.configure("config", CONFIG + "".join(config.values()))


# The last moment to release an order.


def test_an_order_that_waits_turns_amber_a_day_before_its_last_moment_and_red_after(
    site: Site,
) -> None:
    site.send("buyer", interchange(x850("PO1", SHORT, header=["DTM*038*20260306"])))
    # Friday the 6th, 13:00 in Reno, the later of both nodes: 14:00 PST less 15 minutes.
    site.run(later=timedelta(days=3, hours=6))
    assert "ship_date_at_risk" not in kinds(site)
    site.run(later=timedelta(hours=1))
    amber = one(site, "ship_date_at_risk")
    assert (amber["severity"], amber["node"]) == ("warning", "RNO")
    assert amber["due_at"] == "2026-03-06T21:45:00Z"
    assert "it is in time until 2026-03-06T21:45:00Z" in amber["action"]
    assert amber["risk_cents"] == 50 * 400 // 2  # nothing known of the node: half of it
    site.run(later=timedelta(days=1))
    red = one(site, "ship_date_at_risk")
    assert (red["exception_id"], red["severity"]) == (amber["exception_id"], "error")
    assert red["action"].startswith("too late for its date")
    assert red["risk_cents"] == 50 * 400


def test_the_last_moment_of_the_docs_is_the_last_moment(site: Site) -> None:
    """The worked example of docs/exceptions.md."""
    order = x850("PO1", "1*10*EA*3.00**VN*A1", header=["DTM*002*20260309"])
    site.send("buyer", interchange(order))
    site.now = datetime(2026, 3, 5, 19, 44, tzinfo=UTC)
    site.run()
    assert "ship_date_at_risk" not in kinds(site)
    site.run(later=timedelta(minutes=1))
    amber = one(site, "ship_date_at_risk")
    assert (amber["severity"], amber["due_at"]) == ("warning", "2026-03-06T19:45:00Z")


def test_a_process_that_runs_for_weeks_sees_days_come_that_were_far_off(site: Site) -> None:
    far = ("DTM*038*20260325", "DTM*002*20260330", "DTM*001*20260318")
    for number, day in enumerate(far, start=1):
        content = interchange(x850(f"PO{number}", SHORT, header=[day]), control=number)
        site.drop("buyer", content, f"{number}.edi")
    seen: dict[str, timedelta] = {}
    with runs_on(site) as runner:
        for _ in range(28):
            runner.once()
            for told in site.exceptions():
                if told["kind"] == "ship_date_at_risk" and told["subject"] not in seen:
                    end = datetime.fromisoformat(told["due_at"]) - timedelta(hours=24)
                    seen[told["subject"]] = site.now - end
            site.now += timedelta(days=1)
    assert sorted(seen) == [name(1), name(2), name(3)]
    assert all(timedelta(0) <= late < timedelta(days=1) for late in seen.values()), seen


def test_other_settings_have_another_last_moment_at_once(site: Site) -> None:
    with runs_on(site) as runner:
        site.drop("buyer", interchange(x850("PO1", SHORT, header=["DTM*038*20260306"])))
        runner.once()
        assert "ship_date_at_risk" not in kinds(site)
        watch(site, config="watch: {warn_h: 120}\n")
        runner.reload(site.config, site.partners)
        runner.once()
        assert "ship_date_at_risk" in kinds(site)


def test_stock_in_time_ends_it(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", SHORT, header=["DTM*038*20260306"])))
    site.run(later=timedelta(days=3, hours=7))
    assert "ship_date_at_risk" in kinds(site)
    acts.receive(site.step(), "A1", "RNO", 50, actor="ann", reason="truck")
    site.run()
    assert "ship_date_at_risk" not in kinds(site)
    ended = site.query("SELECT closed_how FROM exceptions WHERE kind = 'ship_date_at_risk'")
    assert ended == [("itself",)]


def test_a_held_order_says_what_holds_it_back(site: Site) -> None:
    order = x850("PO1", "1*10*EA*3.00**VN*A1", header=["DTM*038*20260302"])
    site.send("buyer", interchange(order))
    amber = one(site, "ship_date_at_risk")
    assert "(held)" in amber["text"]
    assert "release or cancel what holds it" in amber["action"]
    acts.release_holds(site.step(), "PO1", kinds=(), actor="ann", reason="agreed")
    site.run()
    assert kinds(site) == []


def test_an_order_without_a_date_has_no_last_moment(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", SHORT)))
    site.run(later=timedelta(days=30))
    assert "ship_date_at_risk" not in kinds(site)


def test_a_process_that_remembers_finds_what_a_new_one_finds(site: Site) -> None:
    """Nothing may follow from what is remembered: a replay has none of it."""
    site.send("buyer", interchange(x850("PO1", SHORT, header=["DTM*038*20260306"])))
    remembering = site.step()
    for hours in range(0, 120, 5):
        now = datetime(2026, 3, 2, 15, tzinfo=UTC) + timedelta(hours=hours)
        site.now = now
        fresh = site.step()
        step = type(fresh)(
            connection=fresh.connection,
            config=fresh.config,
            partners=fresh.partners,
            now=now,
            memory=remembering.memory,
        )
        do_step(step, "watch")
        before = fresh.connection.total_changes
        do_step(fresh, "watch")
        assert fresh.connection.total_changes == before, f"after {hours} h"
        fresh.connection.close()


# Documents.


def test_an_order_that_cannot_be_answered_is_told_when_its_855_is_due(site: Site) -> None:
    site.configure("buyer", MAPPINGS["buyer"] + "penalties:\n  late_855: {cents: 2500}\n")
    with no_answer(site):
        site.run(later=timedelta(hours=24, minutes=1))
        late = one(site, "answer_overdue")
        assert (late["severity"], late["due_at"]) == ("error", "2026-03-03T15:00:00Z")
        assert late["risk_cents"] == 2500
    site.run()
    assert "answer_overdue" not in kinds(site)


def test_an_order_whose_855_waits_for_a_person_says_so(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1"), control=1), "1.edi")
    site.send("buyer", interchange(x850("PO1"), control=2), "2.edi")
    site.run(later=timedelta(hours=25))
    late = one(site, "answer_overdue")
    assert late["subject"] == name(2)
    assert late["action"] == "release or cancel it (duplicate): its 855 waits for that"


@contextmanager
def no_answer(site: Site) -> Iterator[None]:
    """Have an order whose 855 our guide refuses, until the mapping is corrected."""
    good = (site.root / "mappings/buyer.yaml").read_text()
    rule = '{at: BAK/03, codes: [NEVER], text: "refused", severity: reject}'
    guides = f'x12: {{guides: {{"855": [{rule}]}}, isa_id'
    site.configure("buyer", good.replace("x12: {isa_id", guides))
    site.send("buyer", interchange(x850("PO1")))
    assert "document_refused" in kinds(site)
    yield
    site.configure("buyer", good)


def test_a_load_the_customer_was_not_told_of_is_told_when_its_856_is_due(site: Site) -> None:
    good = (site.root / "mappings/buyer.yaml").read_text()
    rule = '{at: BSN/01, codes: ["99"], text: "refused", severity: reject}'
    guides = f'x12: {{guides: {{"856": [{rule}]}}, isa_id'
    site.configure("buyer", good.replace("x12: {isa_id", guides))
    site.send("buyer", interchange(x850("PO1")))
    site.ship("wh")
    assert "notice_overdue" not in kinds(site)
    site.run(later=timedelta(minutes=61))
    assert one(site, "notice_overdue")["subject"] == f"{name(1)}-1"
    site.configure("buyer", good)
    site.run()
    assert "notice_overdue" not in kinds(site)


def test_files_that_cannot_be_left_at_a_partner_are_told_when_they_lie_too_long(
    site: Site,
) -> None:
    (site.root / "outbox").mkdir(exist_ok=True)
    (site.root / "outbox/buyer").write_text("a file where the folder should be")
    site.send("buyer", interchange(x850("PO1")))
    assert kinds(site) == ["delivery_failed"]
    site.run(later=timedelta(hours=4, minutes=1))
    stuck = one(site, "delivery_overdue")
    assert (stuck["subject"], stuck["queue"]) == ("buyer", "system")
    (site.root / "outbox/buyer").unlink()
    site.run()
    site.run()
    assert kinds(site) == []


def test_the_997_of_a_warehouse_to_our_940_is_awaited_like_any_other(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1")))
    site.run(later=timedelta(hours=25))
    late = [each["subject"] for each in site.exceptions() if each["kind"] == "ack_overdue"]
    assert any(subject.startswith("wh/940_") for subject in late)


# Silence.


def send_daily(site: Site, partner: str, days: int, files: int) -> None:
    """So many files each day at noon, then none."""
    for day in range(days):
        for number in range(files):
            key = day * 100 + number + 1
            site.drop(partner, interchange(x850(f"P{key}"), control=key), f"{key}.edi")
        site.run()
        site.now += timedelta(days=1)


def test_a_partner_that_usually_sends_is_told_when_seven_should_have_come(site: Site) -> None:
    site.load("stock", "node,item,on_hand\nDAL,A1,100000\n")
    send_daily(site, "buyer", 16, 4)
    site.run()
    assert "silence" not in kinds(site)
    site.run(later=timedelta(hours=26))
    quiet = one(site, "silence")
    assert (quiet["partner"], quiet["queue"]) == ("buyer", "edi")
    assert "sent no file since" in quiet["text"]
    site.send("buyer", interchange(x850("P9999"), control=9999), "late.edi")
    assert "silence" not in kinds(site)


def test_a_partner_that_sends_seldom_is_silent_after_twice_its_longest_gap(site: Site) -> None:
    site.load("stock", "node,item,on_hand\nDAL,A1,100000\n")
    send_daily(site, "buyer", 16, 1)
    site.run(later=timedelta(hours=20))
    assert "silence" not in kinds(site)
    site.run(later=timedelta(hours=10))
    assert "longest gap" in one(site, "silence")["text"]


# Rules of the operator.


@pytest.mark.parametrize(
    ("rule", "early", "late"),
    [
        ("when: in_hold, hours: 5, holds: [price]", 4, 5),
        ("when: in_status, status: held, hours: 5", 4, 5),
        ("when: hold_before_date, date: ship_by, hours: 48", 8, 10),
        ("when: not_reached, milestone: released, date: ship_by, hours: 48", 8, 10),
        ("when: date_before_date, date: ship_by, other: deliver_by", None, 0),
    ],
)
def test_a_rule_about_a_held_order_rings_at_its_time(
    site: Site, rule: str, early: int | None, late: int
) -> None:
    site.configure("config", CONFIG + f"watch:\n  rules:\n  - {{name: mine, {rule}}}\n")
    days = ["DTM*038*20260305", "DTM*002*20260309"]
    site.send("buyer", interchange(x850("PO1", "1*10*EA*3.00**VN*A1", header=days)))
    begun = site.now
    if early is not None:
        site.now = begun + timedelta(hours=early)
        site.run()
        assert "rule" not in kinds(site)
    site.now = begun + timedelta(hours=late)
    site.run()
    rung = one(site, "rule")
    assert rung["subject"] == f"{name(1)} mine"
    assert rung["risk_cents"] == 3000
    acts.cancel(site.step(), "PO1", buyer_line=None, actor="ann", reason="x")
    site.run()
    assert "rule" not in kinds(site)


@pytest.mark.parametrize(
    ("rule", "rings"),
    [
        ("when: in_status, status: backordered, hours: 3", True),
        ("when: in_status, status: released, hours: 3", True),
        ("when: not_reached_after, milestone: shipped, since: released, hours: 3", True),
        ("when: not_reached_after, milestone: shipped, since: released, hours: 9", False),
        ("when: reached_early, milestone: released, date: deliver_by, hours: 72", True),
        ("when: reached_early, milestone: released, date: deliver_by, hours: 400", False),
        ("when: not_reached, milestone: shipped, date: deliver_by, hours: 200", True),
        ("when: in_status, status: released, hours: 3, partners: [shop]", False),
    ],
)
def test_a_rule_about_a_released_and_backordered_order(site: Site, rule: str, rings: bool) -> None:
    site.configure("config", CONFIG + f"watch:\n  rules:\n  - {{name: mine, {rule}}}\n")
    site.send("buyer", interchange(x850("PO1", SHORT, header=["DTM*002*20260309"])))
    site.run(later=timedelta(hours=4))
    assert ("rule" in kinds(site)) == rings


def test_an_order_held_for_three_days_rings_without_any_setting(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*10*EA*3.00**VN*A1")))
    site.run(later=timedelta(hours=72))
    assert "held_for_days" in one(site, "rule")["subject"]


def test_a_rule_rings_in_the_queue_it_names(site: Site) -> None:
    rule = "{name: prices, when: in_hold, holds: [price], hours: 1, queue: finance}"
    site.configure("config", CONFIG + f"watch:\n  rules:\n  - {rule}\n")
    site.send("buyer", interchange(x850("PO1", "1*10*EA*3.00**VN*A1")))
    site.run(later=timedelta(hours=1))
    assert one(site, "rule")["queue"] == "finance"


# What a person holds, and what a step cannot do.


def test_a_person_holds_an_order_until_a_person_releases_it(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", SHORT)))
    assert acts.hold(site.step(), "PO1", buyer_line=None, actor="ann", reason="credit") == 1
    assert one(site, "manual")["risk_cents"] == 0  # valued by the next look
    with pytest.raises(Refused, match="held by a person already"):
        acts.hold(site.step(), "PO1", buyer_line="1", actor="bo", reason="x")
    acts.receive(site.step(), "A1", "DAL", 50, actor="ann", reason="truck")
    site.run()
    assert site.order()["lines"][0]["released"] == 150
    assert one(site, "manual")["risk_cents"] == 200 * 400
    acts.release_holds(site.step(), "PO1", kinds=("manual",), actor="ann", reason="paid")
    site.run()
    assert kinds(site) == []
    assert site.order()["lines"][0]["released"] == 200
    with pytest.raises(Refused, match="nothing that is not with a warehouse"):
        acts.hold(site.step(), "PO1", buyer_line="1", actor="bo", reason="x")


def test_an_order_a_step_cannot_do_is_stuck_until_the_cause_is_corrected(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*10*EA*3.00**VN*A1")))
    acts.release_holds(site.step(), "PO1", kinds=(), actor="ann", reason="agreed")
    mapping = site.root / "mappings/buyer.yaml"
    good = mapping.read_text()
    mapping.unlink()
    site.run()
    stuck = one(site, "order_stuck")
    assert (stuck["severity"], stuck["queue"], stuck["risk_cents"]) == ("error", "orders", 3000)
    mapping.write_text(good)
    site.run()
    assert "order_stuck" not in kinds(site)
    assert site.outgoing("wh", "940")


# Changes a warehouse is asked for.


def test_a_warehouse_that_does_not_answer_a_change_is_told_of_until_it_does(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*24*EA*4.00**VN*A1")))
    content = x860("PO1", "1*QD*20*20*EA***VN*A1")
    site.send("buyer", interchange(content, control=2, functional_id="PC"))
    site.run(later=timedelta(hours=23, minutes=59))
    assert "change_unanswered" not in kinds(site)
    site.run(later=timedelta(minutes=1))
    late = one(site, "change_unanswered")
    assert (late["subject"], late["severity"], late["node"]) == (f"{name(1)}-1", "error", "DAL")
    assert late["due_at"] == "2026-03-03T15:00:00Z"
    assert f"warehouse-said {name(1)}-1 agreed" in late["action"]
    warehouse_said(site.step(), f"{name(1)}-1", "agreed", actor="ann", reason="by phone")
    site.run()
    assert "change_unanswered" not in kinds(site)


def test_a_cancel_nobody_answers_is_told_unless_a_node_may_take_any_time(site: Site) -> None:
    config = CONFIG.replace("rank: 1}", "rank: 1, reports_within_h: 0}")
    site.configure("config", config)
    site.send("buyer", interchange(x850("PO1")))
    acts.cancel(site.step(), "PO1", buyer_line=None, actor="ann", reason="not wanted")
    site.run(later=timedelta(days=3))
    assert "change_unanswered" not in kinds(site)
    site.configure("config", CONFIG)
    site.run()
    assert "change_unanswered" in kinds(site)


# What fails again and again says so once.


def runs_leave_no_trace(site: Site) -> None:
    site.run(later=timedelta(minutes=1))
    before = site.query("SELECT count(*) FROM journal")
    for _ in range(3):
        site.run(later=timedelta(minutes=1))
    assert site.query("SELECT count(*) FROM journal") == before


@pytest.mark.parametrize("units", [10, 200], ids=["enough", "scarce"])
def test_passes_over_an_order_that_cannot_be_decided_write_nothing(site: Site, units: int) -> None:
    site.send("buyer", interchange(x850("PO1", f"1*{units}*EA*3.00**VN*A1")))
    acts.release_holds(site.step(), "PO1", kinds=(), actor="ann", reason="agreed")
    mapping = site.root / "mappings/buyer.yaml"
    good = mapping.read_text()
    mapping.unlink()
    site.run()
    assert "order_stuck" in kinds(site)
    runs_leave_no_trace(site)
    mapping.write_text(good)
    site.run()


def test_passes_over_an_answer_our_guide_refuses_write_nothing(site: Site) -> None:
    with no_answer(site):
        runs_leave_no_trace(site)
        assert "document_refused" in kinds(site)


def test_passes_over_a_folder_nothing_can_be_left_in_write_nothing(site: Site) -> None:
    (site.root / "outbox").mkdir(exist_ok=True)
    (site.root / "outbox/buyer").write_text("a file where the folder should be")
    site.send("buyer", interchange(x850("PO1")))
    assert "delivery_failed" in kinds(site)
    runs_leave_no_trace(site)
