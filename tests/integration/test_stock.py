"""What warehouses count: promises stay, what moved since the count is kept, drift is told."""

from datetime import timedelta

import pytest

from tests.support.edi import counted, interchange, x850
from tests.support.site import Site


def count(*lines: str, as_of: str = "20260302*1500", control: int = 1) -> bytes:
    """An 846 of the Dallas warehouse; a line is item, units, unit."""
    rows = [f"BIA*00*DD*846-1*{as_of}", "N1*WH*DALLAS*91*DAL"]
    for number, line in enumerate(lines, start=1):
        item, units, unit = line.split()
        rows += [f"LIN*{number}*VN*{item}", f"QTY*33*{units}*{unit}"]
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
    site.send("wh", count("A1 100 EA", as_of="20260302*1600"), "count.edi")
    assert site.stock("A1", "DAL") == (70, 0)


def test_an_older_count_than_the_one_we_have_is_left_alone(site: Site) -> None:
    site.send("wh", count("A1 5 EA", as_of="20260301*1500"))
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
    site.send("wh", count("A1 40 EA", as_of="20260302*1501", control=2))
    assert site.exceptions() == []


def test_an_unknown_item_in_a_count_is_for_a_person_and_the_rest_counts(site: Site) -> None:
    site.send("wh", count("A1 90 EA", "ZZ 5 EA", "B2 3 PL"))
    assert site.stock("A1", "DAL") == (90, 0)
    assert site.exception_kinds() == ["unknown_stock_item", "unknown_stock_item"]


def test_a_count_of_a_node_of_somebody_else_is_for_a_person(site: Site) -> None:
    rows = ["BIA*00*DD*846-1*20260302*1500", "LIN*1*VN*A1", "QTY*33*1*EA", "CTT*1"]
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
    assert "row 4, column on hand: must be whole units" in file["reason"]


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
