"""Scarce stock in the order book: shared by rule, told, and offered again when more comes."""

import random
import shutil
from datetime import timedelta
from unittest.mock import patch

import pytest

from oms_edi.errors import StopDaemon
from oms_edi.pipeline.decisions import fulfill
from oms_edi.pipeline.decisions.fairness import fairness_report
from oms_edi.pipeline.people import acts
from oms_edi.pipeline.steps import do_step
from oms_edi.store import fairness
from tests.integration.test_stock_inbound import announce
from tests.support.edi import interchange, x850
from tests.support.site import CONFIG, Site

PLACE = "N1*ST*STORE ONE~N3*1 MAIN~N4*TULSA*OK*74133"


def customer(site: Site, name: str, settings: str = "") -> None:
    """A customer of tier 1 in X12 004010."""
    text = f"name: {name}\nx12: {{isa_id: {name.upper()}, gs_id: {name.upper()}}}\n"
    site.configure(name, text + f"orders:\n  tier: 1\n{settings}")


def order(site: Site, name: str, *lines: str, po: str = "PO1", control: int = 1) -> None:
    """Drop an order; a line is units and item."""
    rows = []
    for number, line in enumerate(lines, start=1):
        units, item = line.split()
        rows.append(f"{number}*{units}*EA***VN*{item}")
    content = interchange(x850(po, *rows, ship_to=PLACE), sender=name.upper(), control=control)
    site.drop(name, content, f"{po}-{control}.edi")


def got(site: Site) -> dict[str, int]:
    """Units promised or shipped by customer."""
    rows = site.query(
        "SELECT o.partner, sum(l.allocated + l.released + l.shipped) FROM order_lines l"
        " JOIN orders o ON o.order_id = l.order_id GROUP BY o.partner"
    )
    return dict(rows)


def allocate(site: Site, text: str) -> None:
    site.configure("config", CONFIG + f"allocation: {text}\n")


@pytest.fixture
def grove(site: Site) -> Site:
    """Two customers of the same tier; 30 of C3, all in Reno."""
    customer(site, "ash")
    customer(site, "birch")
    return site


def test_who_comes_first_does_not_get_it_all(grove: Site) -> None:
    order(grove, "ash", "100 C3")
    order(grove, "birch", "20 C3")
    grove.run()
    assert got(grove) == {"ash": 15, "birch": 15}


def test_more_orders_are_not_a_larger_share(grove: Site) -> None:
    for number in range(1, 5):
        order(grove, "ash", "20 C3", po=f"PO{number}", control=number)
    order(grove, "birch", "20 C3")
    grove.run()
    assert got(grove) == {"ash": 15, "birch": 15}
    assert [row["backordered"] for row in grove.orders()] == [5, 20, 20, 20, 5]


def test_weights_tiers_and_floors(grove: Site) -> None:
    customer(grove, "ash", "  weight: 2\n")
    allocate(grove, "{tiers: {3: {floor_percent: 10}}}")
    grove.drop(
        "buyer5",
        interchange(
            x850("PO9", "1*9*EA***VN*C3", ship_to=PLACE), sender="BUYER5", version="005010"
        ),
    )
    order(grove, "ash", "100 C3")
    order(grove, "birch", "100 C3")
    grove.run()
    assert got(grove) == {"ash": 18, "birch": 9, "buyer5": 3}


def test_first_come_where_the_administrator_wants_it(grove: Site) -> None:
    allocate(grove, "{method: first_come}")
    order(grove, "birch", "20 C3")
    grove.run()
    order(grove, "ash", "100 C3")
    grove.run()
    assert got(grove) == {"ash": 10, "birch": 20}


def test_shares_by_what_was_shipped_before(grove: Site) -> None:
    order(grove, "ash", "20 A1")
    order(grove, "birch", "40 A1")
    grove.run()
    grove.ship("wh")
    allocate(grove, "{method: historical}")
    order(grove, "ash", "90 A1", po="PO2", control=2)
    order(grove, "birch", "90 A1", po="PO2", control=2)
    grove.run()
    assert got(grove) == {"ash": 50, "birch": 100}


def test_kept_stock_is_out_of_reach_even_when_nobody_else_asks(grove: Site) -> None:
    allocate(grove, "{pools: [{name: for birch, customers: [birch], items: [C3], units: 12}]}")
    order(grove, "ash", "100 C3")
    grove.run()
    assert got(grove) == {"ash": 18}
    order(grove, "birch", "8 C3")
    grove.run()
    assert got(grove) == {"ash": 18, "birch": 8}
    order(grove, "birch", "50 C3", po="PO2", control=2)
    grove.run()
    assert got(grove) == {"ash": 18, "birch": 12}


@pytest.mark.parametrize("protect", ["core", "prioritized"])
def test_stock_is_kept_for_a_channel_as_a_share_of_what_is_there(grove: Site, protect: str) -> None:
    birch = (grove.root / "mappings/birch.yaml").read_text()
    grove.configure("birch", f"channel: sales\n{birch}")
    pool = "{name: for reps, channels: [sales], items: [C3], percent: 40}"
    allocate(grove, f"{{protect: {protect}, pools: [{pool}]}}")
    order(grove, "ash", "100 C3")
    grove.run()
    assert got(grove) == {"ash": 18}
    order(grove, "birch", "50 C3")
    grove.run()
    assert got(grove) == {"ash": 18, "birch": 12}


def test_a_line_below_its_minimum_gets_nothing_and_others_get_its_share(grove: Site) -> None:
    customer(grove, "ash", "  line_minimum_percent: 50\n")
    order(grove, "ash", "100 C3")
    order(grove, "birch", "30 C3")
    grove.run()
    assert got(grove) == {"ash": 0, "birch": 30}


def test_an_order_that_ships_complete_does_not_block_what_it_cannot_use(grove: Site) -> None:
    customer(grove, "ash", "  ship_complete: true\n")
    order(grove, "ash", "20 C3", "90 B2")
    order(grove, "birch", "30 C3", "40 B2")
    grove.run()
    assert got(grove) == {"ash": 0, "birch": 70}


def test_a_receipt_is_shared_by_those_who_wait_before_anybody_new(grove: Site) -> None:
    order(grove, "ash", "100 C3")
    order(grove, "birch", "100 C3")
    grove.run()
    acts.receive(grove.step(), "C3", "DAL", 40, actor="ann", reason="truck")
    order(grove, "ash", "5 C3", po="PO2", control=2)
    grove.run()
    assert got(grove) == {"ash": 35, "birch": 35}
    assert grove.order(3)["lines"][0]["backordered"] == 5


def test_who_gets_nothing_of_a_receipt_is_not_touched(grove: Site) -> None:
    grove.load("stock", "node,item,on_hand\nRNO,C3,0\n")
    order(grove, "ash", "10 C3")
    grove.drop(
        "buyer5",
        interchange(
            x850("PO9", "1*9*EA***VN*A1", ship_to=PLACE), sender="BUYER5", version="005010"
        ),
    )
    customer(grove, "cedar", "")
    grove.configure(
        "cedar", (grove.root / "mappings/cedar.yaml").read_text().replace("tier: 1", "tier: 4")
    )
    order(grove, "cedar", "10 C3")
    grove.run()
    before = len(grove.query("SELECT 1 FROM decisions"))
    acts.receive(grove.step(), "C3", "DAL", 4, actor="ann", reason="truck")
    grove.run()
    assert got(grove) == {"ash": 4, "buyer5": 9, "cedar": 0}
    assert len(grove.query("SELECT 1 FROM decisions")) == before + 1
    assert not grove.run()


def test_a_share_that_cannot_be_used_goes_to_the_others(grove: Site) -> None:
    text = CONFIG.replace("state: NV, rank: 2", "state: NV, rank: 2, states: [OK]")
    grove.configure("config", text)
    order(grove, "ash", "100 C3")
    elsewhere = x850("PO1", "1*100*EA***VN*C3", ship_to="N1*ST*X~N3*1 MAIN~N4*BOISE*ID*83704")
    grove.drop("birch", interchange(elsewhere, sender="BIRCH"))
    grove.run()
    assert got(grove) == {"ash": 30, "birch": 0}
    assert not grove.run()


def test_the_rule_is_told_with_the_decision(grove: Site) -> None:
    order(grove, "ash", "100 C3")
    order(grove, "birch", "20 C3")
    grove.run()
    (row,) = fairness.shares(grove.connect(), item="C3", limit=10)
    assert (row["supply"], row["method"]) == (30, "max_min")
    assert [(c["customer"], c["asked"], c["given"]) for c in row["claims"]] == [
        ("ash", 100, 15),
        ("birch", 20, 15),
    ]


def test_a_failing_order_costs_the_others_that_share_nothing(grove: Site) -> None:
    order(grove, "birch", "30 C3", po="PO0")
    grove.run()
    order(grove, "ash", "10 C3")
    order(grove, "birch", "100 C3", control=2)
    grove.run()
    mapping = grove.root / "mappings/ash.yaml"
    text = mapping.read_text()
    mapping.unlink()
    acts.receive(grove.step(), "C3", "RNO", 30, actor="bo", reason="truck")
    grove.run()
    assert got(grove) == {"ash": 0, "birch": 30 + 30}  # its share, then what ash could not take
    assert "order_stuck" in grove.exception_kinds()
    mapping.write_text(text)
    grove.run()
    assert set(grove.exception_kinds()) == {"backordered"}


@pytest.mark.parametrize("seed", range(12))
def test_any_course_of_events_leaves_no_stock_idle_that_somebody_waits_for(
    grove: Site, seed: int
) -> None:
    chance = random.Random(seed)
    customer(grove, "ash", f"  weight: {chance.randint(1, 4)}\n")
    customer(grove, "birch", "  line_minimum_percent: 30\n" if seed % 2 else "")
    for control in range(1, 16):
        what = chance.choice("ooorcs")
        if what == "o":
            line = f"{chance.choice((1, 6, 30, 70))} {chance.choice(('A1', 'B2', 'C3'))}"
            order(grove, chance.choice(("ash", "birch")), line, po=f"F{control}", control=control)
        elif what == "r":
            item, node = chance.choice(("A1", "B2", "C3")), chance.choice(("DAL", "RNO"))
            acts.receive(grove.step(), item, node, chance.randint(1, 60), actor="a", reason="r")
        elif what == "c":
            grove.drop("wh", f"sku,on hand\nA1,{chance.randint(0, 90)}\n", f"{control}.csv")
        else:
            grove.ship(chance.choice(("wh", "wh2")), chance.choice(("full", "short", "split")))
        grove.run(later=timedelta(minutes=7))
        assert grove.divergences() == []
        assert not grove.run()
    rows = grove.query(
        "SELECT s.item, sum(max(0, s.on_hand - s.reserved)) FROM stock_levels s GROUP BY s.item"
    )
    for item, free in rows:
        (waiting,) = grove.query(
            "SELECT coalesce(min(l.backordered), 0) FROM order_lines l JOIN orders o"
            " ON o.order_id = l.order_id WHERE l.backordered > 0 AND l.item = ?"
            " AND NOT EXISTS (SELECT 1 FROM rejections r WHERE r.line_id = l.line_id)"
            " AND o.partner = 'ash'",
            item,
        )
        assert not (free and waiting[0]), (item, free, waiting)


def test_the_report_says_who_asked_got_and_was_promised_and_how_pools_stand(grove: Site) -> None:
    pool = "{name: kept, customers: [ash], channels: [portal], items: [C3], units: 10}"
    allocate(grove, f"{{pools: [{pool}]}}")
    order(grove, "ash", "30 C3")
    order(grove, "birch", "20 C3")
    grove.run()
    report = fairness_report(grove.step(), item=None)
    told = [
        (row["customer"], row["asked"], row["got"], row["waits"], row["promised"], row["method"])
        for row in report["customers"]
    ]
    assert told == [("ash", 30, 15, 15, 0, "max_min"), ("birch", 20, 15, 5, 0, "max_min")]
    (kept,) = report["pools"]
    assert (kept["kept"], kept["taken"], kept["left"]) == (10, 10, 0)
    assert kept["customers"] == ["ash", "portal"]
    assert fairness_report(grove.step(), item="A1")["customers"] == []


def test_the_report_is_of_what_was_short_lately_and_of_who_still_waits(grove: Site) -> None:
    order(grove, "ash", "30 C3")
    order(grove, "birch", "20 C3")
    grove.run()
    report = fairness_report(grove.step(), item=None, since=grove.now - timedelta(days=1))
    assert [(row["customer"], row["got"]) for row in report["customers"]] == [
        ("ash", 15),
        ("birch", 15),
    ]
    grove.now += timedelta(days=120)
    assert fairness_report(grove.step(), item=None)["customers"] == []
    order(grove, "ash", "5 C3", po="PO2", control=2)
    grove.run()
    report = fairness_report(grove.step(), item=None)
    assert [(row["customer"], row["asked"], row["waits"]) for row in report["customers"]] == [
        ("ash", 35, 20),
        ("birch", 20, 5),
    ]


def test_the_report_counts_what_is_promised_from_goods_to_come(grove: Site) -> None:
    order(grove, "ash", "100 C3")
    grove.run()
    announce(grove, "PO-9,RNO,C3,200,2026-03-09")
    grove.run()
    (row,) = fairness_report(grove.step(), item="C3")["customers"]
    assert (row["got"], row["waits"], row["promised"]) == (30, 70, 70)
    assert row["promised_for"] > "2026-03-09"


def test_a_customer_whose_mapping_is_gone_stops_nobody_else(grove: Site) -> None:
    order(grove, "ash", "100 C3")
    grove.run()
    announce(grove, "PO-9,RNO,C3,40,2026-03-09")
    (grove.root / "mappings/ash.yaml").unlink()
    shutil.rmtree(grove.root / "inbox/ash")
    order(grove, "birch", "20 C3")
    acts.receive(grove.step(), "C3", "RNO", 20, actor="ann", reason="truck")
    grove.run(later=timedelta(days=1))
    assert got(grove) == {"ash": 30, "birch": 20}
    assert "order_stuck" in grove.exception_kinds()
    customer(grove, "ash")
    grove.run()
    assert "order_stuck" not in grove.exception_kinds()


def test_what_is_found_in_two_parts_in_one_run_leaves_in_one_shipment(grove: Site) -> None:
    text = CONFIG.replace("state: NV, rank: 2", "state: NV, rank: 2, states: [OK]")
    grove.configure("config", text)
    order(grove, "ash", "100 C3")
    elsewhere = x850("PO1", "1*100*EA***VN*C3", ship_to="N1*ST*X~N3*1 MAIN~N4*BOISE*ID*83704")
    grove.drop("birch", interchange(elsewhere, sender="BIRCH"))
    grove.run()  # its share, and what birch could not use
    assert grove.query("SELECT depositor_order FROM shipments") == [("SO100001-1",)]
    assert got(grove) == {"ash": 30, "birch": 0}


def test_very_many_that_share_are_answered_after_they_were_decided(grove: Site) -> None:
    """One transaction decides; a stop after it costs nobody an 855."""
    grove.configure("config", CONFIG + "limits: {orders_per_transaction: 1}\n")
    order(grove, "ash", "100 C3")
    order(grove, "birch", "100 C3")
    grove.run()
    told = len(grove.outgoing("ash", "855")), len(grove.outgoing("birch", "855"))
    acts.receive(grove.step(), "C3", "RNO", 170, actor="ann", reason="truck")
    with pytest.raises(StopDaemon), patch.object(fulfill, "promise", side_effect=StopDaemon):
        do_step(grove.step(), "fulfill")
    assert got(grove) == {"ash": 100, "birch": 100}
    ((owed,),) = grove.query("SELECT count(*) FROM orders WHERE answer_due = 1")
    assert owed == 2
    grove.run()
    assert told == (1, 1)
    assert (len(grove.outgoing("ash", "855")), len(grove.outgoing("birch", "855"))) == (2, 2)
