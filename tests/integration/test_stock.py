"""What warehouses count: promises stay, what moved since the count is kept, drift is told."""

from datetime import timedelta

import pytest

from oms_edi.pipeline.people import acts
from tests.support.edi import counted, interchange, x850
from tests.support.site import MAPPINGS, Site


def count(*lines: str, as_of: str = "20260302*0900", control: int = 1) -> bytes:
    """An 846 of the Dallas warehouse; a line is item, units, unit, QTY01 (17 if not told)."""
    rows = [f"BIA*00*DD*846-1*{as_of}", "N1*WH*DALLAS*91*DAL"]
    for number, line in enumerate(lines, start=1):
        item, units, unit, *codes = line.split()
        rows.append(f"LIN*{number}*VN*{item}")
        rows += [f"QTY*{code}*{units}*{unit}" for code in codes or ["17"]]
    rows.append(f"CTT*{len(lines)}")
    return interchange(
        counted("846", "0001", rows), control=control, sender="WHDAL", functional_id="IB"
    )


def test_a_count_replaces_what_we_believed_and_keeps_promises(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*30*EA*4.00**VN*A1")))
    site.send("wh", count("A1 90 EA"))
    assert site.stock("A1", "DAL") == (90, 30)


def test_a_count_in_cases_is_booked_in_base_units(site: Site) -> None:
    site.send("wh", count("A1 5 CA"))
    assert site.stock("A1", "DAL") == (60, 0)


def test_what_shipped_after_the_count_was_made_is_kept(site: Site) -> None:
    site.now += timedelta(hours=2)
    site.send("buyer", interchange(x850("PO1", "1*30*EA*4.00**VN*A1")))
    site.ship("wh")
    assert site.stock("A1", "DAL") == (70, 0)
    site.send("wh", count("A1 100 EA", as_of="20260302*1000"), "count.edi")
    assert site.stock("A1", "DAL") == (70, 0)


def test_an_older_count_than_the_one_we_have_is_left_alone(site: Site) -> None:
    site.send("wh", count("A1 5 EA", as_of="20260301*0900"))
    assert site.stock("A1", "DAL") == (100, 0)
    (text,) = site.query("SELECT text FROM events WHERE name = 'stock.counted'")
    assert "1 left out: newer counts of these items are known" in text[0]


def test_a_count_below_what_is_promised_is_named_and_nothing_is_taken_away(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*30*EA*4.00**VN*A1")))
    site.send("wh", count("A1 20 EA", control=1))
    assert site.stock("A1", "DAL") == (20, 30)
    (exception,) = site.exceptions()
    assert exception["kind"] == "oversold"
    assert site.lines() == [("1", "released")]
    site.send("wh", count("A1 40 EA", as_of="20260302*0901", control=2))
    assert site.exceptions() == []


def test_more_promised_than_there_ends_with_a_receipt_or_a_shipment_too(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*30*EA*4.00**VN*A1")))
    site.send("wh", count("A1 20 EA"))
    assert site.exception_kinds() == ["oversold"]
    acts.receive(site.step(), "A1", "DAL", 50, actor="ann", reason="truck")
    site.run()
    assert site.exceptions() == []
    site.send("wh", count("A1 20 EA", as_of="20260302*0901", control=2))
    assert site.exception_kinds() == ["oversold"]
    site.ship("wh")
    assert site.exceptions() == []


def test_lots_of_one_item_are_counted_together(site: Site) -> None:
    site.send("wh", count("A1 30 EA", "A1 2 CA", "A1 6 EA"))
    assert site.stock("A1", "DAL") == (60, 0)


def test_on_hand_is_taken_before_available_and_without_what_must_not_ship(site: Site) -> None:
    rows = ["BIA*00*DD*846-1*20260302*0900", "LIN*1*VN*A1"]
    rows += ["QTY*33*20*EA", "QTY*17*90*EA", "QTY*74*3*EA", "QTY*QH*7*EA", "QTY*63*500*EA", "CTT*1"]
    content = interchange(counted("846", "0001", rows), sender="WHDAL", functional_id="IB")
    site.send("wh", content)
    level = site.level("A1", "DAL")
    assert (level["on_hand"], level["held"], level["free"]) == (90, 10, 80)


def test_available_means_without_what_the_warehouse_has_orders_for(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*30*EA*4.00**VN*A1")))
    site.acknowledge("wh", "940")
    site.now += timedelta(hours=1)
    site.send("wh", count("A1 70 EA 33", as_of="20260302*0930"))
    assert site.stock("A1", "DAL") == (100, 30)
    site.now += timedelta(hours=1)
    site.ship("wh")
    site.send("wh", count("A1 70 EA 33", as_of="20260302*1030", control=2), "b.edi")
    assert site.stock("A1", "DAL") == (70, 0)


def test_available_as_of_before_a_shipment_that_is_booked_already(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*30*EA*4.00**VN*A1")))
    site.acknowledge("wh", "940")
    site.now += timedelta(hours=2)
    site.ship("wh")
    site.send("wh", count("A1 70 EA 33", as_of="20260302*0930"), "b.edi")
    assert site.stock("A1", "DAL") == (70, 0)


def test_a_partner_may_say_what_its_counts_mean(site: Site) -> None:
    site.configure("wh", MAPPINGS["wh"] + "stock_basis: available\n")
    site.send("buyer", interchange(x850("PO1", "1*30*EA*4.00**VN*A1")))
    site.acknowledge("wh", "940")
    site.now += timedelta(hours=1)
    site.send("wh", "sku,on hand\nA1,70\n", "count.csv")
    assert site.stock("A1", "DAL") == (100, 30)


def test_a_count_of_later_than_now_is_booked_as_of_now_and_told(site: Site) -> None:
    site.send("wh", count("A1 90 EA", as_of="20260302*1500"))
    assert site.stock("A1", "DAL") == (90, 0)
    (exception,) = site.exceptions()
    assert exception["kind"] == "count_from_the_future"
    assert "2026-03-02 15:00 America/Chicago" in exception["text"]
    site.now += timedelta(hours=1)
    site.send("wh", count("A1 80 EA", as_of="20260302*0955", control=2), "b.edi")
    assert site.stock("A1", "DAL") == (80, 0)
    assert site.exceptions() == []


def test_a_count_of_a_day_is_one_of_its_end_or_of_now(site: Site) -> None:
    site.send("wh", count("A1 90 EA", as_of="20260302"))
    site.send("wh", count("A1 10 EA", as_of="20260301", control=2), "b.edi")
    assert site.stock("A1", "DAL") == (90, 0)
    assert site.exceptions() == []


def test_a_count_taken_while_our_clock_was_wrong_does_not_block_later_ones(site: Site) -> None:
    site.now += timedelta(days=365)
    site.send("wh", "sku,on hand\nA1,500\n", "1.csv")
    site.now -= timedelta(days=365)
    site.send("wh", "sku,on hand\nA1,7\n", "2.csv")
    assert site.stock("A1", "DAL") == (7, 0)


def test_counts_that_come_again_are_counted_again(site: Site) -> None:
    for units in (100, 10, 100):
        site.now += timedelta(hours=1)
        site.send("wh", f"sku,on hand\nA1,{units}\n", "count.csv")
        assert site.stock("A1", "DAL") == (units, 0)
    assert [file["state"] for file in site.files()] == ["accepted"] * 3


@pytest.mark.parametrize("form", ["csv", "846"])
def test_a_count_sent_again_after_its_item_was_imported_counts_it(site: Site, form: str) -> None:
    content = "sku,on hand\nD4,25\nA1,90\n" if form == "csv" else count("D4 25 EA", "A1 90 EA")
    site.send("wh", content, "count")
    assert site.exception_kinds() == ["unknown_stock_item"]
    site.load("items", "item,description,unit,weight_g,pack\nD4,ARTICLE FOUR,EA,100,1\n")
    site.send("wh", content, "count")
    assert site.stock("D4", "DAL") == (25, 0)
    assert site.exceptions() == []


def test_an_unknown_item_in_a_count_is_for_a_person_and_the_rest_counts(site: Site) -> None:
    site.send("wh", count("A1 90 EA", "ZZ 5 EA", "B2 3 PL"))
    assert site.stock("A1", "DAL") == (90, 0)
    assert site.exception_kinds() == ["unknown_stock_item", "unknown_stock_item"]


def test_many_unknown_items_of_a_count_are_one_exception(site: Site) -> None:
    strangers = [f"Z{n} 5 EA" for n in range(40)]
    site.send("wh", count("A1 90 EA", *strangers))
    (told,) = site.exceptions()
    assert (told["kind"], told["node"], told["partner"]) == ("unknown_stock_item", "DAL", "wh")
    assert "DAL reports 40 items that we cannot count: VN Z0 in EA; " in told["text"]
    assert told["text"].endswith("; and 35 more")
    site.now += timedelta(hours=1)
    site.send("wh", count("A1 90 EA", "Z1 5 EA"), "2.edi")
    assert [told["subject"] for told in site.exceptions()] == ["DAL VN Z1"]


def test_a_count_of_a_node_of_somebody_else_is_for_a_person(site: Site) -> None:
    rows = ["BIA*00*DD*846-1*20260302*0900", "LIN*1*VN*A1", "QTY*17*1*EA", "CTT*1"]
    text = (site.root / "config.yaml").read_text()
    site.configure("config", text.replace("partner: wh2", "partner: wh"))
    content = interchange(counted("846", "0001", rows), sender="WHDAL", functional_id="IB")
    site.send("wh", content)
    assert site.exception_kinds() == ["unknown_node"]


def test_a_stock_csv_is_a_count_and_releases_who_waits(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*40*EA*1.25**VN*C3")))
    assert site.orders()[0]["backordered"] == 10
    site.send("wh", "sku,on hand\nC3,25\nA1,99\nB2,lots\n", "count.csv")
    assert site.orders()[0]["backordered"] == 0
    assert site.exception_kinds() == ["file_partly"]
    (_, file) = site.files()
    assert "row 4, column on hand: must be whole units, 0 or more; found" in file["reason"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("sku,count\nA1,5\n", "column on hand is missing"),
        ("sku;on hand\nA1;5\n", "separated by ';'"),
        ("sku,on hand\nA1,5", "may have been cut off"),
        ("sku,on hand\n", "no rows"),
        ("sku,sku,on hand\nA1,A1,5\n", "stands there twice"),
    ],
)
def test_a_stock_csv_that_cannot_be_trusted_is_quarantined(
    site: Site, content: str, said: str
) -> None:
    site.send("wh", content, "count.csv")
    (file,) = site.files()
    assert (file["state"], site.stock("A1", "DAL")) == ("quarantined", (100, 0))
    assert said in file["reason"]
