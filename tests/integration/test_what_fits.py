"""What a buyer writes and no document of ours has room for: refused at once, or told without it."""

import json

import pytest

from tests.support.edi import counted, interchange, named, x850, x860
from tests.support.site import MAPPINGS, Site, name

LONG = "ABCDEFGHIJ" * 9


@pytest.mark.parametrize(
    ("beg", "answer"),
    [
        (f"BEG*00*SA*{LONG[:23]}**20260302", ["3", "324", "5"]),
        (f"BEG*00*SA*PO1*{LONG[:31]}*20260302", ["4", "328", "5"]),
        ("BEG*00*SA*PO>1**20260302", ["3", "324", "6"]),
        ("BEG*00*SA*PO1*A|1*20260302", ["4", "328", "6"]),  # another partner's 855 has elements so
    ],
)
def test_an_order_nobody_could_be_told_of_is_refused_by_element(
    site: Site, beg: str, answer: list[str]
) -> None:
    site.send("buyer", interchange(x850(beg=beg)))
    assert site.orders() == []
    assert site.exception_kinds() == ["file_rejected"]
    told = site.sent("buyer", "997")
    assert [row[1:4] for row in named(told, "AK4")] == [answer]
    assert [row[1] for row in named(told, "AK5")] == ["R"]


def test_a_change_of_an_order_that_has_no_such_name_is_refused_too(site: Site) -> None:
    site.send("buyer", interchange(x860(LONG[:23], "1*QI*5*0*EA"), functional_id="PC"))
    assert [row[1] for row in named(site.sent("buyer", "997"), "AK5")] == ["R"]
    assert site.exception_kinds() == ["file_rejected"]


def test_orders_of_other_channels_have_numbers_that_fit(site: Site) -> None:
    lines = [{"item": "A1", "quantity": 10}]
    told = {"po_number": LONG[:23], "ship_to": {"code": "P1"}, "lines": lines}
    site.drop("portal", json.dumps(told), "long.json")
    site.drop("portal", json.dumps(told | {"po_number": LONG[:22]}), "fits.json")
    header = "PO,Line,Item,Qty,Unit,Price,Store,Due\n"
    site.drop("shop", f"{header}{LONG[:23]},1,A1,10,EA,4.00,S9,\nP2,1,A1,5,EA,4.00,S9,\n", "a.csv")
    site.run()
    assert sorted(order["po_number"] for order in site.orders()) == [LONG[:22], "P2"]
    problems = [str(issue) for file in site.files() for issue in file["issues"]]
    assert sum("22 characters at most" in problem for problem in problems) == 2


def test_words_of_a_line_that_do_not_fit_are_left_out_of_what_repeats_them(site: Site) -> None:
    lines = [
        f"{LONG[:21]}*12*EA*4.00**IN*{LONG[:49]}*VN*A1",
        "2>2*12*EA*4.00*EACH*IN*X>1*VN*A1",
        "3*1*CASE*48.00**VN*A1",
        "4*6*EA*123456789012345.123456**VN*B2",
    ]
    place = f"N1*ST*STORE*9200*{LONG[:81]}~N3*1 MAIN ST~N4*TULSA*OK*{LONG[:16]}"
    site.send("buyer", interchange(x850("PO1", *lines, ship_to=place)))
    assert site.exception_kinds() == ["price", "unit"]
    told = site.sent("buyer", "855")
    assert named(told, "N1") == [["N1", "ST", "STORE"]]
    assert named(told, "N4") == [["N4", "TULSA", "OK"]]
    assert [row[1:8] for row in named(told, "PO1")] == [
        ["", "12", "EA", "4", "", "VN", "A1"],
        ["", "12", "EA", "4", "", "VN", "A1"],
        ["3", "1", "ZZ", "48", "", "VN", "A1"],
        ["4", "6", "EA", "", "", "VN", "B2"],
    ]
    site.ship("wh")
    numbers = [row[1] for row in named(site.sent("buyer", "856"), "LIN")]
    assert numbers == ["", ""]


def test_a_reference_gives_way_to_the_delimiters_of_a_warehouse(site: Site) -> None:
    site.configure(
        "wh", MAPPINGS["wh"].replace('"004010"', '"004010", delimiters: {component: ":"}')
    )
    site.send("buyer", interchange(x850("PO1", header=["REF*DP*12:30", "REF*ZZ*A@1"])))
    assert site.exceptions() == []
    told = named(site.sent("wh", "940"), "N9")
    assert [row[1:] for row in told[:2]] == [["DP", "12 30"], ["ZZ", "A@1"]]


def test_a_carrier_no_ship_notice_can_name_keeps_none_from_being_sent(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1")))
    body = [f"W06*F*{name(1)}-1*20260302*W-1**PO1", "W27*MOTOR*B*BLUEBIRD", "LX*1"]
    body += ["W12*CC*10*10*0*EA**VN*A1", "W03*10"]
    told = interchange(counted("945", "0001", body), sender="WHDAL", functional_id="SW")
    site.send("wh", told)
    assert named(site.sent("buyer", "856"), "TD5") == [["TD5", "B", "", "", "", "BLUEBIRD"]]


def test_a_price_of_a_hundred_or_a_dozen_is_compared_as_one_and_told_as_theirs(site: Site) -> None:
    lines = ["1*10*EA*400*HP*VN*A1", "2*10*EA*4000*TP*VN*A1", "3*12*EA*47.99*PD*VN*A1"]
    site.send("buyer", interchange(x850("PO1", *lines)))
    assert site.lines() == [("1", "released"), ("2", "released"), ("3", "held")]
    prices = [row[4:6] for row in named(site.sent("buyer", "855"), "PO1")]
    assert prices == [["400", "HP"], ["4000", "TP"], ["47.99", "PD"]]
    assert "price 3.999166667 differs from ours, 4.00" in site.exceptions()[0]["text"]
