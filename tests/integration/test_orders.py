"""From a partner's words to an order of ours: items, units, prices, places, dates, and holds."""

from collections.abc import Sequence
from datetime import timedelta
from sqlite3 import Connection
from typing import Any

import pytest

from oms_edi.domain.message import OrderMessage
from oms_edi.domain.party import Party
from oms_edi.errors import NotFound, Refused
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.intake.take_order import take_order
from oms_edi.pipeline.people import acts, see_to
from oms_edi.store.catalog import Catalog
from oms_edi.store.shipments import allocations_of_orders
from tests.support.edi import interchange, named, x850
from tests.support.site import ITEMS, MAPPINGS, PRICES, Site, name


def order_line(site: Site, number: int = 1, line: int = 0) -> dict[str, object]:
    found: dict[str, object] = site.order(number)["lines"][line]
    return found


@pytest.mark.parametrize(
    "ids", ["VN*A1", "IN*B-A1", "UP*789012001013", "EN*0789012001013", "UK*00789012001013"]
)
def test_an_item_is_found_by_whatever_qualifier_the_partner_uses(site: Site, ids: str) -> None:
    site.send("buyer", interchange(x850("PO1", f"1*10*EA*4.00**{ids}")))
    assert order_line(site)["item"] == "A1"


def test_the_cross_reference_of_one_partner_means_nothing_to_another(site: Site) -> None:
    content = interchange(
        x850("PO1", "1*10*EA*4.00**IN*B-A1", ship_to="N1*ST*X~N4*TULSA*OK*74133"),
        sender="BUYER5",
        version="005010",
    )
    site.send("buyer5", content)
    assert site.lines() == [("1", "held")]


def test_an_unknown_item_holds_its_line_and_the_rest_goes_on(site: Site) -> None:
    lines = ("1*10*EA*4.00**IN*NEW", "2*6*EA*7.50**VN*B2")
    site.send("buyer", interchange(x850("PO1", *lines)))
    assert site.lines() == [("1", "held"), ("2", "released")]
    assert site.exceptions()[0]["subject"] == f"{name(1)} line 1"
    statuses = [segment[1] for segment in named(site.sent("buyer", "855"), "ACK")]
    assert statuses == ["IH", "IA"]


def test_importing_the_cross_reference_releases_everything_that_waited_for_it(site: Site) -> None:
    for number in (1, 2):
        content = interchange(x850(f"PO{number}", "1*10*EA*4.00**IN*NEW"), control=number)
        site.send("buyer", content)
    done = site.load("items", ITEMS.replace("buyer:IN=B-A1", "buyer:IN=B-A1;buyer:IN=NEW"))
    assert done.cured == 2
    site.run()
    assert [order["status"] for order in site.orders()] == ["released", "released"]
    assert site.exceptions() == []


def test_an_item_that_turns_up_with_a_wrong_price_is_held_for_the_price(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*10*EA*9.99**IN*NEW")))
    assert site.load("items", ITEMS.replace("B-A1", "NEW")).cured == 0
    site.run()
    assert order_line(site)["item"] == "A1"
    assert site.lines() == [("1", "held")]
    assert site.exception_kinds() == ["price"]


def test_a_wrong_price_holds_the_line_until_a_person_accepts_it(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*10*EA*3.50**VN*A1")))
    assert site.lines() == [("1", "held")]
    told = acts.release_holds(site.step(), "PO1", kinds=(), actor="ann", reason="agreed")
    assert told == ["price: line 1: price 3.50 differs from ours, 4.00"]
    site.run()
    assert site.lines() == [("1", "released")]
    answers = [named(path.read_bytes(), "BAK")[0][1:3] for path in site.outgoing("buyer", "855")]
    assert answers == [["00", "AH"], ["05", "AD"]]
    assert site.exceptions() == []
    timeline = site.order()["timeline"]
    assert ("hold.released", "ann") in [(e["name"], e["actor"]) for e in timeline]


def test_importing_the_right_price_releases_the_line(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*10*EA*3.50**VN*A1")))
    assert site.load("prices", PRICES.replace("4.00", "3.50")).cured == 1
    site.run()
    assert site.lines() == [("1", "released")]


def test_a_price_within_tolerance_is_taken(site: Site) -> None:
    content = interchange(
        x850("PO1", "1*10*EA*4.30**VN*A1", ship_to="N1*ST*X~N4*TULSA*OK*74133"),
        sender="BUYER5",
        version="005010",
    )
    site.send("buyer5", content)
    assert order_line(site)["price"] == "4.30"
    assert site.exceptions() == []


@pytest.mark.parametrize(
    ("line", "units", "price"),
    [
        ("1*2*CA*48.00**VN*A1", 24, "48.00"),
        ("1*1.5*DZ*48.00**VN*A1", 18, "48.00"),
        ("1*10*EA*4.00**VN*A1", 10, "4.00"),
    ],
)
def test_ordered_units_become_base_units(site: Site, line: str, units: int, price: str) -> None:
    site.send("buyer", interchange(x850("PO1", line)))
    found = order_line(site)
    assert (found["ordered"], found["price"]) == (units, price)
    assert site.lines() == [("1", "released")]


@pytest.mark.parametrize("line", ["1*2*PL*4.00**VN*A1", "1*1.3*DZ*48.00**VN*A1"])
def test_a_unit_the_item_does_not_come_in_holds_the_line(site: Site, line: str) -> None:
    site.send("buyer", interchange(x850("PO1", line)))
    assert site.lines() == [("1", "held")]
    assert site.exception_kinds() == ["unit"]
    with pytest.raises(Refused, match="import the item or unit"):
        acts.release_holds(site.step(), "PO1", kinds=(), actor="ann", reason="go")


def test_a_store_without_an_address_holds_the_order_until_it_is_in_the_mapping(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", ship_to="N1*ST*STORE*92*S7")))
    assert site.lines() == [("1", "held")]
    with pytest.raises(Refused, match="import the store"):
        acts.release_holds(site.step(), "PO1", kinds=(), actor="ann", reason="go")
    mapping = (site.root / "mappings/buyer.yaml").read_text()
    store = '    S7: {name: STORE SEVEN, city: BOISE, state: ID, postal_code: "83704"}\n'
    site.configure("buyer", mapping + store)
    acts.release_holds(site.step(), "PO1", kinds=(), actor="ann", reason="store added")
    site.run()
    assert site.lines() == [("1", "released")]
    assert site.order()["destinations"][0]["name"] == "STORE SEVEN"


def test_an_order_without_any_ship_to_is_held(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", ship_to=None)))
    assert site.exception_kinds() == ["address"]


def test_dates_that_cannot_all_be_true_hold_the_order(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", header=["DTM*037*20260310", "DTM*038*20260305"])))
    (exception,) = site.exceptions()
    assert exception["kind"] == "date"
    assert "not before 2026-03-10 is later than not after 2026-03-05" in exception["text"]


@pytest.mark.parametrize(("code", "name"), [("001", "cancel after"), ("038", "not after")])
def test_an_order_whose_last_day_is_over_is_held(site: Site, code: str, name: str) -> None:
    site.send("buyer", interchange(x850("PO1", header=[f"DTM*{code}*20260301"])))
    (exception,) = site.exceptions()
    assert f"today 2026-03-02 is later than {name} 2026-03-01" in exception["text"]
    assert site.lines() == [("1", "held")]


def test_one_850_for_many_stores_ships_to_each_of_them(site: Site) -> None:
    line = "1*30*EA*4.00**VN*A1~SDQ*EA*92*S1*12*S2*18"
    site.send("buyer", interchange(x850("PO1", line, ship_to=None)))
    order = site.order()
    assert [place["name"] for place in order["destinations"]] == ["STORE ONE", "STORE TWO"]
    assert [(line["ordered"], line["destination"]) for line in order["lines"]] == [(12, 0), (18, 1)]
    answer = site.sent("buyer", "855")
    assert named(answer, "PO1")[0][2] == "30"
    assert sum(int(segment[2]) for segment in named(answer, "ACK")) == 30


def test_store_shares_that_do_not_add_up_count_and_are_told(site: Site) -> None:
    line = "1*31*EA*4.00**VN*A1~SDQ*EA*92*S1*12*S2*18"
    site.send("buyer", interchange(x850("PO1", line, ship_to=None)))
    assert sum(line["ordered"] for line in site.order()["lines"]) == 30
    assert named(site.sent("buyer", "997"), "AK5")[0][1] == "E"


def test_a_csv_order_for_two_stores_ships_to_each_of_them(site: Site) -> None:
    mapping = MAPPINGS["shop"].replace(
        "    S9:",
        '    S8: {name: SHOP EIGHT, city: RENO, state: NV, postal_code: "89502"}\n    S9:',
    )
    site.configure("shop", mapping)
    rows = "S-1,1,A1,10,EA,4.00,S9,2026-03-20\nS-1,1,A1,5,EA,4.00,S8,2026-03-12\n"
    site.send("shop", "PO,Line,Item,Qty,Unit,Price,Store,Due\n" + rows, "a.csv")
    order = site.order()
    assert [place["name"] for place in order["destinations"]] == ["SHOP NINE", "SHOP EIGHT"]
    assert [(line["ordered"], line["destination"]) for line in order["lines"]] == [(10, 0), (5, 1)]
    assert order["deliver_by"] == "2026-03-20"
    assert site.query("SELECT requested_on FROM order_lines ORDER BY line_id") == [
        ("2026-03-20",),
        ("2026-03-12",),
    ]


def test_scheduled_quantities_become_lines_with_their_dates(site: Site) -> None:
    line = "1*30*EA*4.00**VN*A1~SCH*10*EA***002*20260310~SCH*20*EA***002*20260410"
    site.send("buyer", interchange(x850("PO1", line)))
    assert [line["ordered"] for line in site.order()["lines"]] == [10, 20]


def test_what_is_short_waits_and_is_answered_as_backordered(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*200*EA*4.00**VN*A1")))
    line = order_line(site)
    assert (line["released"], line["backordered"]) == (150, 50)
    assert site.exception_kinds() == ["backordered"]
    acks = [(a[1], a[2]) for a in named(site.sent("buyer", "855"), "ACK")]
    assert ("IB", "50") in acks
    assert sum(int(units) for _, units in acks) == 200


def test_stock_that_comes_goes_to_those_who_wait_best_tier_first(site: Site) -> None:
    shop = "PO,Line,Item,Qty,Unit,Price,Store,Due\nS-1,1,C3,25,EA,1.25,S9,\n"
    site.send("shop", shop, "a.csv")
    content = interchange(x850("PO1", "1*20*EA*1.25**VN*C3"))
    site.send("buyer", content)
    assert [order["backordered"] for order in site.orders()] == [0, 15]
    site.send("shop", shop.replace("S-1,1,C3,25", "S-2,1,C3,10"), "b.csv")
    acts.receive(site.step(), "C3", "DAL", 20, actor="ann", reason="truck")
    site.run(later=timedelta(hours=1))
    assert [order["backordered"] for order in site.orders()] == [0, 0, 5]
    assert site.exception_kinds() == ["backordered"]


def test_an_order_that_waits_on_as_before_is_not_on_its_timeline_again(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*30*EA*1.25**VN*C3")))
    site.ship("wh2", "short")
    for _ in range(3):  # a node that did not ship the line is not asked again
        acts.receive(site.step(), "C3", "RNO", 12, actor="test", reason="truck")
        site.run(later=timedelta(hours=1))
    told = [event["text"] for event in site.order()["timeline"] if event["name"] == "order.decided"]
    assert told == ["allocated 30 units", "allocated 0 units, 10 wait for stock"]


def test_a_customer_without_backorders_is_told_what_was_cut(site: Site) -> None:
    content = interchange(
        x850("PO1", "1*40*EA*1.25**VN*C3", ship_to="N1*ST*X~N4*TULSA*OK*74133"),
        sender="BUYER5",
        version="005010",
    )
    site.send("buyer5", content)
    line = order_line(site)
    assert (line["released"], line["cancelled"]) == (30, 10)
    (exception,) = site.exceptions()
    assert "no stock for 10 C3" in exception["text"]
    answer = site.sent("buyer5", "855")
    assert [(a[1], a[2]) for a in named(answer, "ACK", "|~")] == [("IQ", "30"), ("ID", "10")]


def test_a_person_cancels_a_line_and_its_stock_goes_back_on_offer(site: Site) -> None:
    lines = ("1*10*EA*3.00**VN*A1", "2*60*EA*7.50**VN*B2")
    site.send("buyer", interchange(x850("PO1", *lines)))
    acts.cancel(site.step(), "PO1", buyer_line="2", actor="ann", reason="wrong article")
    assert site.lines() == [("1", "held"), ("2", "cancel requested")]
    line = order_line(site, line=1)
    assert (line["cancelled"], line["released"]) == (15, 45)
    with pytest.raises(NotFound, match="no line 7"):
        acts.cancel(site.step(), "PO1", buyer_line="7", actor="ann", reason="x")


def test_a_cancel_of_released_units_asks_the_warehouse_once(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1")))
    for _ in range(2):
        _, left = acts.cancel(site.step(), "PO1", buyer_line=None, actor="ann", reason="x")
        assert left == 10
    assert site.exception_kinds() == ["cancel_requested"]
    site.ship("wh")
    assert site.lines() == [("1", "shipped")]
    assert site.exception_kinds() == ["shipped_anyway"]
    with pytest.raises(Refused, match="nothing left to cancel"):
        acts.cancel(site.step(), "PO1", buyer_line=None, actor="ann", reason="x")


def test_acts_on_what_is_not_there_say_so(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1")))
    with pytest.raises(NotFound, match="PO9"):
        acts.release_holds(site.step(), "PO9", kinds=(), actor="ann", reason="x")
    with pytest.raises(Refused, match="no such hold"):
        acts.release_holds(site.step(), "PO1", kinds=(), actor="ann", reason="x")
    with pytest.raises(NotFound, match="no node LAX"):
        acts.receive(site.step(), "A1", "LAX", 1, actor="ann", reason="x")
    with pytest.raises(NotFound, match="no item Z"):
        acts.receive(site.step(), "Z", "DAL", 1, actor="ann", reason="x")
    with pytest.raises(NotFound, match="no open exception 99"):
        see_to.resolve(site.step(), 99, actor="ann", reason="x")


def test_a_po_number_of_two_orders_must_be_named_by_ours(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1"), control=1))
    site.send("buyer", interchange(x850("PO1"), control=2))
    with pytest.raises(NotFound, match="fits several orders"):
        acts.find_order(site.step(), "PO1")
    assert acts.find_order(site.step(), name(2)) == 2


def test_an_exception_that_stands_for_a_hold_cannot_just_be_closed(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*200*EA*3.00**VN*A1")))
    (exception,) = site.exceptions()
    with pytest.raises(Refused, match="is a price hold"):
        see_to.resolve(site.step(), exception["exception_id"], actor="ann", reason="x")
    assert site.exception_kinds() == ["price"]


def test_a_seen_exception_can_be_closed(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*200*EA*4.00**VN*A1")))
    (exception,) = site.exceptions()
    told = see_to.resolve(site.step(), exception["exception_id"], actor="ann", reason="told them")
    assert told == f"backordered {name(1)}"
    assert site.exceptions() == []


def test_csv_orders_go_on_beside_a_bad_one(site: Site) -> None:
    rows = "PO,Line,Item,Qty,Unit,Price,Store,Due\n"
    rows += "S-1,1,A1,5,EA,4.00,S9,2026-03-20\nS-2,1,A1,many,EA,4.00,S9,\n"
    rows += "S-3,1,B2,6,EA,7.50,S9,03/20/2026\nS-4,1,B2,6,EA,7.50,S9,\n"
    site.send("shop", rows, "orders.csv")
    assert [order["po_number"] for order in site.orders()] == ["S-1", "S-4"]
    (file,) = site.files()
    assert file["state"] == "partly"
    places = [(issue["row"], issue["column"]) for issue in file["issues"]]
    assert places == [(3, "Qty"), (4, "Due")]
    assert "order S-2 was not taken" in file["reason"]
    assert not site.outgoing("shop")


def test_different_lines_with_the_same_number_are_answered_each(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*10*EA*4.00**VN*A1", "1*5*EA*7.50**VN*B2")))
    lines = named(site.sent("buyer", "855"), "PO1")
    assert [line[2] for line in lines] == ["10", "5"]


# What is told to the buyer, and when.


def answers(site: Site) -> list[tuple[str, str, list[str]]]:
    """(BAK01, BAK02, ACK01s) of every 855 that left for the buyer."""
    found = []
    for path in site.outgoing("buyer", "855"):
        content = path.read_bytes()
        (bak,) = named(content, "BAK")
        found.append((bak[1], bak[2], [ack[1] for ack in named(content, "ACK")]))
    return found


def test_a_line_without_a_number_gets_one_nobody_has(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "2*10*EA*4.00**VN*A1", "*5*EA*7.50**VN*B2")))
    assert site.lines() == [("2", "released"), ("3", "released")]
    assert [line[1] for line in named(site.sent("buyer", "855"), "PO1")] == ["2", "3"]


def test_an_order_held_as_a_whole_is_answered_at_once(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", ship_to="N1*ST*NOWHERE*92*S7")))
    assert site.exception_kinds() == ["address"]
    assert answers(site) == [("00", "AH", ["IH"])]
    store = '    S7: {name: STORE SEVEN, city: TULSA, state: OK, postal_code: "74133"}\n'
    site.configure("buyer", MAPPINGS["buyer"] + store)
    acts.release_holds(site.step(), "PO1", kinds=(), actor="ann", reason="added")
    site.run()
    assert answers(site)[1:] == [("05", "AD", ["IA"])]


def test_a_promise_that_came_true_is_told(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*200*EA*4.00**VN*A1")))
    assert answers(site) == [("00", "AC", ["IA", "IB"])]
    acts.receive(site.step(), "A1", "DAL", 500, actor="ann", reason="truck")
    site.run()
    assert answers(site)[1:] == [("05", "AD", ["IA"])]


def test_a_held_copy_of_a_po_is_never_answered(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1"), control=1))
    site.send("buyer", interchange(x850("PO1"), control=2), "again.edi")
    assert site.exception_kinds() == ["duplicate"]
    acts.cancel(site.step(), name(2), buyer_line=None, actor="ann", reason="a copy")
    site.run()
    assert answers(site) == [("00", "AD", ["IA"])]
    assert [order["status"] for order in site.orders()] == ["released", "cancelled"]


def test_a_po_that_was_cancelled_may_be_ordered_again(site: Site) -> None:
    site.configure("buyer", MAPPINGS["buyer"] + "  duplicate_po: ignore\n")
    site.send("buyer", interchange(x850("PO1", "1*10*EA*1.25**VN*C3"), control=1))
    acts.cancel(site.step(), "PO1", buyer_line=None, actor="ann", reason="called off")
    site.ship("wh2", "short")
    site.send("buyer", interchange(x850("PO1", "1*10*EA*1.25**VN*C3"), control=2), "again.edi")
    assert len(site.orders()) == 1  # a warehouse shipped some of it
    site.send("buyer", interchange(x850("PO2", "1*90*EA*1.25**VN*C3", ship_to=None), control=3))
    acts.cancel(site.step(), "PO2", buyer_line=None, actor="ann", reason="called off")
    again = interchange(x850("PO2", "1*90*EA*1.25**VN*C3", ship_to=None), control=4)
    site.send("buyer", again, "again.edi")
    assert [order["po_number"] for order in site.orders()] == ["PO1", "PO2", "PO2"]


def test_the_same_po_to_another_street_is_no_repetition(site: Site) -> None:
    site.configure("buyer", MAPPINGS["buyer"] + "  duplicate_po: ignore\n")
    place = "N1*ST*SITE~N3*{}~N4*TULSA*OK*74133"
    for control, street in enumerate(("1 MAIN ST", "2 MAIN ST"), start=1):
        content = interchange(x850("PO1", ship_to=place.format(street)), control=control)
        site.send("buyer", content, f"{control}.edi")
    assert site.exception_kinds() == ["amendment"]


# Together, or on its day.


def together(site: Site) -> None:
    site.configure("buyer", MAPPINGS["buyer"] + "  ship_complete: true\n")


def test_an_order_that_ships_complete_waits_for_its_held_line(site: Site) -> None:
    together(site)
    site.send("buyer", interchange(x850("PO1", "1*10*EA*4.00**VN*A1", "2*5*EA*9.00**VN*D4")))
    assert not site.outgoing("wh", "940")
    assert answers(site) == [("00", "AH", ["IH", "IH"])]
    assert not site.run()
    site.load("items", "item,description,unit,weight_g,pack\nD4,ARTICLE FOUR,EA,100,1\n")
    site.load("stock", "node,item,on_hand\nDAL,D4,50\n")
    site.run()
    assert site.lines() == [("1", "released"), ("2", "released")]
    assert len(site.outgoing("wh", "940")) == 1


def test_stores_of_an_order_that_ships_complete_wait_for_each_other(site: Site) -> None:
    together(site)
    shares = ("1*20*EA*4.00**VN*A1~SDQ*EA*92*S1*10*S2*10", "2*100*EA*7.5**VN*B2~SDQ*EA*92*S2*100")
    site.send("buyer", interchange(x850("PO1", *shares)))
    assert {status for _, status in site.lines()} == {"backordered"}
    assert site.stock("A1", "DAL") == (100, 0)
    acts.receive(site.step(), "B2", "DAL", 100, actor="ann", reason="truck")
    site.run()
    assert {status for _, status in site.lines()} == {"released"}


def test_stores_that_share_an_item_do_not_get_it_twice(site: Site) -> None:
    together(site)
    site.send("buyer", interchange(x850("PO1", "1*160*EA*4.00**VN*A1~SDQ*EA*92*S1*80*S2*80")))
    assert {status for _, status in site.lines()} == {"backordered"}
    site.send("buyer", interchange(x850("PO2", "1*150*EA*4.00**VN*A1~SDQ*EA*92*S1*75*S2*75")), "b")
    assert {status for _, status in site.lines(2)} == {"released"}
    assert site.divergences() == []


def test_a_schedule_ships_each_share_for_its_day(site: Site) -> None:
    schedule = "1*20*EA*4.00**VN*A1~SCH*10*EA***002*20260310~SCH*10*EA***002*20260810"
    site.send("buyer", interchange(x850("PO1", schedule)))
    dates = named(site.sent("wh", "940"), "G62")
    assert [(one[1], one[2]) for one in dates if one[1] != "04"] == [
        ("10", "20260303"),
        ("02", "20260310"),
        ("10", "20260803"),
        ("02", "20260810"),
    ]
    acks = named(site.sent("buyer", "855"), "ACK")
    assert [(ack[1], ack[2], ack[5]) for ack in acks] == [
        ("IA", "10", "20260303"),
        ("IA", "10", "20260803"),
    ]


def test_a_backorder_whose_last_day_passed_waits_for_a_person(site: Site) -> None:
    lines = ("1*200*EA*4.00**VN*A1",)
    site.send("buyer", interchange(x850("PO1", *lines, header=["DTM*038*20260310"])))
    assert site.lines() == [("1", "partly released")]
    acts.receive(site.step(), "A1", "DAL", 500, actor="ann", reason="truck")
    site.run(later=timedelta(days=20))
    assert set(site.exception_kinds()) == {"date", "ack_overdue", "shipment_overdue"}
    assert site.order()["lines"][0]["open"] == 50
    acts.release_holds(site.step(), "PO1", kinds=(), actor="ann", reason="they still want it")
    site.run()
    assert site.order()["lines"][0]["released"] == 200


# What a person, or a setting, puts right.


def test_a_setting_that_frees_stock_releases_who_waits(site: Site) -> None:
    text = (site.root / "config.yaml").read_text()
    kept = text.replace("state: TX, rank: 1", "state: TX, rank: 1, safety_stock: 95")
    site.configure("config", kept.replace("partner: wh2,", "partner: wh2, closed: true,"))
    site.send("buyer", interchange(x850("PO1", "1*30*EA*4.00**VN*A1")))
    assert site.lines() == [("1", "partly released")]
    assert not site.run()
    site.configure("config", text)
    site.run()
    assert site.lines() == [("1", "released")]
    assert site.exceptions() == []
    assert not site.run()


def test_a_mapping_that_names_item_and_store_releases_what_waited_on_them(site: Site) -> None:
    content = x850("PO1", "1*10*EA*4.00**IN*THEIRS", ship_to="N1*ST*NOWHERE*92*S7")
    site.send("buyer", interchange(content))
    assert site.exception_kinds() == ["address", "item_unknown"]
    text = MAPPINGS["buyer"] + "  items: {THEIRS: A1}\n"
    store = '    S7: {name: STORE SEVEN, city: TULSA, state: OK, postal_code: "74133"}\n'
    site.configure("buyer", text.replace("  stores:\n", "  stores:\n" + store))
    site.run()
    assert site.lines() == [("1", "released")]
    assert site.exceptions() == []


def test_a_person_says_where_an_order_without_a_ship_to_goes(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", ship_to=None)))
    assert site.exception_kinds() == ["address"]
    with pytest.raises(Refused, match="ship-to"):
        acts.release_holds(site.step(), "PO1", kinds=(), actor="ann", reason="x")
    nowhere = Party(role="ST", id_code="S99")
    with pytest.raises(Refused, match="S99 is not in our master data"):
        acts.ship_to(site.step(), "PO1", nowhere, number=1, actor="ann", reason="x")
    store = Party(role="ST", id_code="S2", id_qualifier="92")
    acts.ship_to(site.step(), "PO1", store, number=1, actor="ann", reason="they called")
    site.run()
    assert site.lines() == [("1", "released")]
    with pytest.raises(Refused, match="allocated or left"):
        acts.ship_to(site.step(), "PO1", store, number=1, actor="ann", reason="x")
    with pytest.raises(NotFound, match="ship-tos 1 to 1"):
        acts.ship_to(site.step(), "PO1", store, number=2, actor="ann", reason="x")


def test_what_could_not_be_done_for_an_order_ends_with_its_cancel(site: Site) -> None:
    mapping = (site.root / "mappings/wh.yaml").read_text()
    site.configure("wh", mapping.replace("isa_id", "charset: basic, isa_id"))
    site.send("buyer", interchange(x850("PO_1")))  # the warehouse knows no underscore
    assert site.exception_kinds() == ["document_refused"]
    acts.cancel(site.step(), "PO_1", buyer_line=None, actor="ann", reason="no such sign")
    site.run()
    assert site.exception_kinds() == []


def test_an_order_does_not_wait_for_stock_any_more_though_its_answer_fails(site: Site) -> None:
    mapping = MAPPINGS["buyer"].replace("x12: {", "x12: {charset: basic, ")
    site.configure("buyer", mapping)
    site.send("buyer", interchange(x850("PO_1", "1*200*EA*4.00**VN*A1")))  # no 855 can name it
    assert "backordered" in site.exception_kinds()
    acts.receive(site.step(), "A1", "DAL", 500, actor="ann", reason="truck")
    site.run()
    assert site.order()["lines"][0]["backordered"] == 0
    assert set(site.exception_kinds()) == {"document_refused"}


def test_a_set_that_is_read_again_with_others_is_judged_as_it_came(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    mapping = MAPPINGS["buyer"].replace("x12: {", "x12: {tolerance: {lower_case_code: reject}, ")
    site.configure("buyer", mapping)
    lower = x850("PO1", control="0001").replace("N1*ST", "N1*st", 1)

    def faulty(step: Step, catalog: Catalog, message: OrderMessage, *args: Any, **more: Any) -> Any:
        if message.po_number == "PO2":
            raise RuntimeError
        return take_order(step, catalog, message, *args, **more)

    monkeypatch.setattr("oms_edi.pipeline.intake.read_set.take_order", faulty)
    site.is_touched = True  # a replay knows nothing of the fault
    site.send("buyer", interchange(lower, *(x850(f"PO{n}", control=f"000{n}") for n in (2, 3))))
    assert [order["po_number"] for order in site.orders()] == ["PO3"]
    assert [end[1] for end in named(site.sent("buyer", "997"), "AK5")] == ["R", "R", "A"]


def test_orders_that_fail_do_not_have_the_others_read_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    mapping = MAPPINGS["buyer"].replace("x12: {", "x12: {charset: basic, ")
    site.configure("buyer", mapping)
    calls: list[int] = []

    def counting(connection: Connection, order_ids: Sequence[int]) -> Any:
        calls.append(len(order_ids))
        return allocations_of_orders(connection, order_ids)

    monkeypatch.setattr("oms_edi.store.shipments.allocations_of_orders", counting)
    pos = ["PO_1", "PO2", "PO_3", "PO4", "PO_5", "PO6"]  # no 855 can name every other one
    content = interchange(*(x850(po, control=f"000{n}") for n, po in enumerate(pos, start=1)))
    site.send("buyer", content)
    assert calls.count(6) == 2  # for all together, then for one by one


def test_what_could_not_be_released_stays_the_same_exception_while_it_is_held(site: Site) -> None:
    mapping = (site.root / "mappings/wh.yaml").read_text()
    site.configure("wh", mapping.replace("isa_id", "charset: basic, isa_id"))
    site.send("buyer", interchange(x850("PO_1")))
    (before,) = site.exceptions()
    acts.hold(site.step(), "PO_1", buyer_line="1", actor="ann", reason="what is it called?")
    site.run()
    refused = [one for one in site.exceptions() if one["kind"] == before["kind"]]
    assert [one["exception_id"] for one in refused] == [before["exception_id"]]
