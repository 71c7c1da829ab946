"""A history is lived through again under other settings, and what differs is told."""

from datetime import datetime, timedelta

from oms_edi.pipeline.history.difference import Measure
from oms_edi.pipeline.people import acts
from oms_edi.testing import answer_940
from tests.support.edi import interchange, x850
from tests.support.site import CONFIG, Site

CLOSED = CONFIG.replace("id: DAL,", "id: DAL, closed: true,")


def _day(site: Site) -> None:
    """Orders, a short shipment, a receipt, a cancel, a count, a second day."""
    site.send("buyer", interchange(x850("PO1", "1*24*EA*4.00**VN*A1", "2*60*EA*7.50**VN*B2")))
    site.send("shop", "PO,Line,Item,Qty,Unit,Price,Store,Due\nS-1,1,C3,20,EA,1.25,S9,\n", "s.csv")
    acts.receive(site.step(), "B2", "DAL", 30, actor="test", reason="truck")
    site.run(later=timedelta(hours=1))
    site.ship("wh", "short")
    acts.cancel(site.step(), "SO100002", buyer_line=None, actor="test", reason="not wanted")
    site.run(later=timedelta(days=1))
    site.send("wh", "sku,on hand\nA1,70\nB2,12\n", "count.csv")
    site.send("buyer", interchange(x850("PO2", "1*36*EA*4.00**VN*A1"), control=2))
    site.run(later=timedelta(days=2))


def _row(rows: tuple[Measure, ...], name: str) -> Measure:
    return next(row for row in rows if row.name == name)


def test_the_same_settings_differ_in_nothing(site: Site) -> None:
    _day(site)
    done, found = site.simulated()
    assert not found
    assert done.is_as_told


def test_the_same_settings_differ_in_nothing_from_any_instant_on(site: Site) -> None:
    _day(site)
    instants = [at for (at,) in site.query("SELECT DISTINCT received_at FROM files")]
    assert len(instants) >= 3
    for text in instants:
        done, found = site.simulated(since=datetime.fromisoformat(text))
        assert not found, text
        assert done.is_as_told


def test_a_count_and_what_left_after_it_in_the_same_second_differ_in_nothing(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*24*EA*4.00**VN*A1")))
    (order,) = site.outgoing("wh", "940")
    load = answer_940(
        order.read_bytes(), control_number=1, now=site.now, scenario=lambda order: "full"
    )
    site.now += timedelta(hours=1)
    site.drop("wh", "sku,on hand\nA1,100\n", "1.csv")
    site.drop("wh", load, "2.edi")
    site.run()
    done, found = site.simulated()
    assert not found
    assert done.is_as_told


def test_a_closed_node_moves_its_lines_and_is_reported_by_stand_ins(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*24*EA*4.00**VN*A1")))
    site.ship("wh")
    done, found = site.simulated(CLOSED)
    (moved,) = found.moved
    assert (moved.order, moved.before, moved.after) == ("buyer PO PO1", "DAL 24", "RNO 24")
    assert (done.set_aside, done.stand_ins) == (1, 1)
    signs = {(one.sign, one.what) for one in found.documents}
    assert ("-", "940 1 to wh about buyer PO PO1") in signs
    assert ("+", "940 1 to wh2 about buyer PO PO1") in signs
    assert _row(found.summary, "freight and handling").after > 0


def test_what_was_decided_before_since_stays(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*24*EA*4.00**VN*A1")))
    site.now += timedelta(hours=1)
    site.send("buyer", interchange(x850("PO2", "1*24*EA*4.00**VN*A1"), control=2))
    _, found = site.simulated(CLOSED, since=site.now)
    assert [moved.order for moved in found.moved] == ["buyer PO PO2"]


def test_a_count_is_corrected_by_what_left_otherwise(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*24*EA*4.00**VN*A1")))
    site.ship("wh")
    site.now += timedelta(hours=1)
    site.send("wh", "sku,on hand\nA1,76\n", "count.csv")
    site.send("buyer", interchange(x850("PO2", "1*90*EA*4.00**VN*A1"), control=2))
    again = CONFIG.replace("rank: 1}", "rank: 1, shipment_cost_cents: 90000}")
    done, found = site.simulated(again)
    assert done.corrected == 1
    lines = {moved.order: moved.after for moved in found.moved}
    assert lines["buyer PO PO1"] == "RNO 24"
    assert lines["buyer PO PO2"] == "DAL 90"  # 100 lie there: 76 counted, 24 that did not leave


def test_an_act_that_does_not_apply_is_told(site: Site) -> None:
    acts.receive(site.step(), "A1", "RNO", 5, actor="test", reason="truck")
    without = CONFIG.replace("id: RNO, name: RENO", "id: LAS, name: LAS VEGAS")
    done, _ = site.simulated(without)
    told = [text.partition(" ")[2] for text in done.refused]
    assert told[-1] == "receive: no node RNO; there are DAL, LAS"


def test_customers_who_get_less_are_named(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*100*EA*4.00**VN*A1")))
    pools = "allocation: {pools: [{name: kept, customers: [shop], units: 90}]}\n"
    _, found = site.simulated(CONFIG + pools)
    (share,) = [one for one in found.shares if one.before != one.after]
    assert share.customer == "buyer"
    assert share.after < share.before
    assert _row(found.summary, "units waiting").after > 0
    assert [one.what for one in found.exceptions] == ["backordered buyer PO PO1"]
