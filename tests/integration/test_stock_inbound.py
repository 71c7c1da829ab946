"""Goods that are to come: announced, used up, late; and what is promised from them."""

import json
from datetime import timedelta

import pytest

from oms_edi.channels import request_json
from oms_edi.errors import Refused
from oms_edi.partners.documents import JsonSettings
from oms_edi.pipeline.decisions.quote import quote
from oms_edi.pipeline.master.import_inbound import import_inbound
from oms_edi.pipeline.master.imports import Imported
from oms_edi.store import stock_queries
from tests.integration.test_stock_movements import figures, sent, x944
from tests.support.edi import counted, interchange, named, x850
from tests.support.site import Site
from tests.support.supplier import ITEMS, with_supplier


def announce(site: Site, *rows: str, dry_run: bool = False) -> Imported:
    path = site.root / "inbound.csv"
    path.write_text("reference,node,item,units,due_on\n" + "".join(f"{row}\n" for row in rows))
    return import_inbound(site.step(), path, actor="test", dry_run=dry_run)


def x943(
    *lines: str, due: str = "20260309", po: str = "", control: int = 1, reference: str = "TR1"
) -> bytes:
    rows = [f"W06*F*{reference}*20260302*ASN1**{po}".rstrip("*"), "N1*ST*DALLAS*91*DAL"]
    rows += [f"G62*17*{due}", "W27*M*ABCD"]
    total = 0
    for line in lines:
        units, item = line.split()
        total += int(units)
        rows.append(f"W04*{units}*EA**VN*{item}")
    return sent("943", [*rows, f"W03*{total}"], control=control)


def x856(
    *lines: str, place: str = "DAL", due: str = "20260309", control: int = 1, purpose: str = "00"
) -> bytes:
    """An 856 of goods on PO77 as their supplier sends it; a line is `units item`, by its number."""
    body = [f"BSN*{purpose}*L77*20260303*1200*0004", "DTM*011*20260303", f"DTM*017*{due}"]
    body += ["HL*1**S*1", f"N1*ST*OUR HOUSE*92*{place}", "HL*2*1*O*1", "PRF*PO77"]
    for level, line in enumerate(lines, start=3):
        units, item = line.split()
        body += [f"HL*{level}*2*I*0", f"LIN**VN*{item}", f"SN1**{units}*EA"]
    text = counted("856", "0001", [*body, f"CTT*{len(lines) + 2}"])
    return interchange(text, sender="SUP", functional_id="SH", control=control)


def to_come(site: Site) -> list[tuple[str, str, str, int]]:
    rows = stock_queries.to_come(site.connect(), item=None, node=None)
    return [(r["reference"], r["item"], r["due_on"], r["still_to_come"]) for r in rows]


def answers(site: Site, number: int) -> list[list[str]]:
    """The ACKs of the n-th 855."""
    path = site.outgoing("buyer", "855")[number - 1]
    return named(path.read_bytes(), "ACK")


def test_an_import_says_what_changes_and_a_dry_run_changes_nothing(site: Site) -> None:
    done = announce(site, "PO77,DAL,C3,100,2026-03-09", dry_run=True)
    assert [(c.what, c.after) for c in done.changes] == [("PO77: C3 to DAL", "100 due 2026-03-09")]
    assert to_come(site) == []
    announce(site, "PO77,DAL,C3,100,2026-03-09")
    done = announce(site, "PO77,DAL,C3,80,2026-03-11")
    assert done.changes[0].before == "100 due 2026-03-09"
    assert to_come(site) == [("PO77", "C3", "2026-03-11", 80)]
    announce(site, "PO77,DAL,C3,0,2026-03-11")
    assert to_come(site) == []


def test_an_import_with_faults_is_refused_with_all_of_them(site: Site) -> None:
    with pytest.raises(Refused) as refused:
        announce(site, "PO77,NOWHERE,C3,1,2026-03-09", "PO77,DAL,ZZ,1,2026-03-09", ",DAL,C3,x,soon")
    assert str(refused.value).count("row") == 4


def test_a_943_announces_and_a_944_uses_it_up(site: Site) -> None:
    site.send("wh", x943("60 C3", "12 A1"), "943.edi")
    assert to_come(site) == [("TR1", "A1", "2026-03-09", 12), ("TR1", "C3", "2026-03-09", 60)]
    site.send("wh", x944("40 C3", reference="TR1"), "944.edi")
    assert figures(site, "C3") == (40, 0, 40)
    assert to_come(site) == [("TR1", "A1", "2026-03-09", 12), ("TR1", "C3", "2026-03-09", 20)]
    site.send("wh", x944("20 C3", "12 A1", number="RC2", reference="TR1", control=2), "2.edi")
    assert to_come(site) == []
    assert site.exceptions() == []


def test_a_943_told_again_corrects_what_it_said(site: Site) -> None:
    site.send("wh", x943("60 C3"), "a.edi")
    site.send("wh", x943("50 C3", due="20260312", control=2), "b.edi")
    assert to_come(site) == [("TR1", "C3", "2026-03-12", 50)]


def test_what_is_on_the_road_is_not_on_order_as_well(site: Site) -> None:
    announce(site, "PO77,DAL,C3,100,2026-03-20")
    site.send("wh", x943("60 C3", po="PO77"))
    assert to_come(site) == [("TR1", "C3", "2026-03-09", 60), ("PO77", "C3", "2026-03-20", 40)]
    site.send("wh", x944("60 C3", reference="TR1"), "944.edi")
    assert to_come(site) == [("PO77", "C3", "2026-03-20", 40)]


def test_what_a_supplier_ships_to_a_node_of_ours_is_to_come_and_not_on_order_as_well(
    site: Site,
) -> None:
    with_supplier(site)
    announce(site, "PO77,DAL,C3,100,2026-03-20")
    site.send("sup", x856("60 S-300", "12 S-100"), "856.edi")
    assert to_come(site) == [
        ("PO77", "A1", "2026-03-09", 12),
        ("PO77", "C3", "2026-03-09", 60),
        ("PO77", "C3", "2026-03-20", 40),
    ]
    site.send("buyer", interchange(x850("PO1", "1*40*EA*1.25**VN*C3")))
    site.send("sup", x856("60 S-300", "12 S-100", control=2), "again.edi")
    site.send("sup", x856("50 S-300", "12 S-100", due="20260312", control=3), "856b.edi")
    assert to_come(site)[:2] == [
        ("PO77", "A1", "2026-03-12", 12),
        ("PO77", "C3", "2026-03-12", 50),
    ]
    site.send("wh", x944("50 C3", "12 A1", reference="L77"), "944.edi")
    assert figures(site, "C3")[0] == 50
    assert [row[:2] for row in to_come(site)] == [("PO77", "C3")]
    assert site.exceptions() == []
    done, difference = site.simulated()
    assert (done.is_as_told, bool(difference)) == (True, False)


def test_what_a_supplier_ships_elsewhere_or_takes_back_is_not_to_come(site: Site) -> None:
    with_supplier(site)
    site.send("sup", x856("60 S-300", place="ELSEWHERE"), "a.edi")
    assert to_come(site) == []
    assert site.exception_kinds() == ["unmatched_856"]
    site.send("sup", x856("60 S-300", purpose="01", control=2), "b.edi")
    assert to_come(site) == []
    assert site.exception_kinds() == ["file_rejected", "unmatched_856"]


def test_an_item_of_a_supplier_nobody_knows_is_told_and_comes_when_it_is_sent_again(
    site: Site,
) -> None:
    with_supplier(site)
    site.send("sup", x856("60 S-300", "6 S-999"), "a.edi")
    assert [row[1] for row in to_come(site)] == ["C3"]
    assert site.exception_kinds() == ["unknown_stock_item"]
    site.load("supplier_items", f"{ITEMS}sup,B2,S-999,4.00,,\n")
    site.send("sup", x856("60 S-300", "6 S-999"), "a.edi")
    assert [row[1] for row in to_come(site)] == ["B2", "C3"]
    assert site.exceptions() == []


def test_more_and_less_than_was_announced_are_told(site: Site) -> None:
    announce(site, "PO77,DAL,C3,30,2026-03-09", "PO77,DAL,B2,30,2026-03-09")
    site.send("wh", x944("35 C3", "20 B2 10:02", reference="PO77"))
    assert figures(site, "C3") == (35, 0, 35)
    assert site.exception_kinds() == ["received_over", "received_short"]
    assert to_come(site) == []


def test_goods_that_do_not_come_are_late_until_they_have_a_new_day(site: Site) -> None:
    announce(site, "PO77,DAL,C3,30,2026-03-03")
    site.run(later=timedelta(days=1))
    assert site.exceptions() == []
    site.run(later=timedelta(days=1))
    assert "PO77 was to bring 30 C3 to DAL on 2026-03-03" in site.exceptions()[0]["text"]
    assert site.exception_kinds() == ["inbound_late"]
    announce(site, "PO77,DAL,C3,30,2026-03-10")
    site.run()
    assert site.exceptions() == []


def test_what_waits_is_promised_and_the_first_855_says_when(site: Site) -> None:
    announce(site, "PO77,DAL,C3,30,2026-03-09")
    site.send("buyer", interchange(x850("PO1", "1*40*EA*1.25**VN*C3")))
    line = site.order()["lines"][0]
    assert (line["backordered"], line["promised_on"], line["promise_is_certain"]) == (
        10,
        "2026-03-10",  # a day from the dock to the shelf
        True,
    )
    assert [ack[1:3] + ack[4:] for ack in answers(site, 1)] == [
        ["IA", "30", "068", "20260302"],
        ["IB", "10", "068", "20260310"],
    ]
    assert len(site.outgoing("buyer", "855")) == 1


def test_who_waits_is_promised_what_comes_though_goods_of_others_leave_later(site: Site) -> None:
    announce(site, "PO77,RNO,C3,10,2026-03-09")
    later = x850("PO1", "1*30*EA*1.25**VN*C3", header=("DTM*010*20260320", "DTM*037*20260320"))
    site.drop("buyer", interchange(later, control=1), "1.edi")
    site.run()
    site.send("buyer", interchange(x850("PO2", "1*10*EA*1.25**VN*C3"), control=2))
    has, waits = (site.order(number)["lines"][0] for number in (1, 2))
    assert (has["allocated"] + has["released"], waits["backordered"]) == (30, 10)
    assert (waits["promised_on"], waits["promise_is_certain"]) == ("2026-03-10", True)


@pytest.mark.parametrize("to_come", [0, 5, 69, 70, 500])
def test_an_order_is_quoted_the_day_it_is_promised_once_it_is_placed(
    site: Site, to_come: int
) -> None:
    if to_come:
        announce(site, f"PO77,DAL,C3,{to_come},2026-03-09", "PO77,DAL,B2,1000,2026-03-16")
    site.send("buyer", interchange(x850("PO1", "1*90*EA*1.25**VN*C3"), control=1))
    wanted = [("C3", 10, "1.25"), ("B2", 400, "7.50")]
    lines = [
        {"line": f"{number}", "item": item, "quantity": quantity, "unit_price": price}
        for number, (item, quantity, price) in enumerate(wanted, start=1)
    ]
    order = json.dumps({"po_number": "PO2", "ship_to": {"code": "P1"}, "lines": lines})
    step, portal = site.step(), site.partners.by_id("portal")
    read, _ = request_json.read_order(order.encode(), JsonSettings(), max_lines=9)
    assert read
    quoted = [line.promised_on for line in quote(step, read, portal).lines]
    site.send("portal", order, "2.json")
    placed = [
        line["promised_on"] if line["promise_is_certain"] else None
        for line in site.order(2)["lines"]
    ]
    assert [day and f"{day}" for day in quoted] == placed
    assert (quoted[0] is not None) == (to_come >= 70)


def test_a_promise_that_moves_is_told_once(site: Site) -> None:
    announce(site, "PO77,DAL,C3,30,2026-03-09")
    site.send("buyer", interchange(x850("PO1", "1*40*EA*1.25**VN*C3")))
    announce(site, "PO77,DAL,C3,30,2026-03-16")
    site.run()
    site.run()
    assert len(site.outgoing("buyer", "855")) == 2
    assert answers(site, 2)[1][-1] == "20260317"
    site.send("wh", x944("30 C3", reference="PO77"))
    assert site.query("SELECT * FROM promises") == []
    assert [ack[1] for ack in answers(site, 3)] == ["IA"]


def test_late_goods_promise_nothing_and_the_customer_hears_it(site: Site) -> None:
    announce(site, "PO77,DAL,C3,30,2026-03-03")
    site.send("buyer", interchange(x850("PO1", "1*40*EA*1.25**VN*C3")))
    assert answers(site, 1)[1][1] == "IB"
    assert len(answers(site, 1)[1]) > 4
    site.run(later=timedelta(days=2))
    assert len(site.outgoing("buyer", "855")) == 2
    assert len(answers(site, 2)[1]) == 4
    assert site.order()["lines"][0]["promised_on"] is None


def test_what_does_not_suffice_for_all_is_expected_but_not_told(site: Site) -> None:
    announce(site, "PO77,DAL,C3,12,2026-03-09")
    for number in (1, 2):
        po = x850(f"PO{number}", "1*25*EA*1.25**VN*C3")
        site.drop("buyer", interchange(po, control=number), f"{number}.edi")
    site.run()
    first, second = (site.order(number)["lines"][0] for number in (1, 2))
    promised = [(one["backordered"], one["promised_on"]) for one in (first, second)]
    assert sum(units for units, _ in promised) == 20
    assert not any(one["promise_is_certain"] for one in (first, second))
    assert all(len(ack) == 4 for ack in answers(site, 1) if ack[1] == "IB")


def test_goods_that_will_be_blocked_are_promised_to_nobody(site: Site) -> None:
    rows = ["W06*F*TR1*20260302*ASN1", "N1*ST*DALLAS*91*DAL", "G62*17*20260309", "W27*M*ABCD"]
    rows += ["W04*60*EA**VN*C3********01", "W03*60"]
    site.drop("wh", sent("943", rows), "943.edi")
    site.send("buyer", interchange(x850("PO1", "1*40*EA*1.25**VN*C3")))
    assert to_come(site) == [("TR1", "C3", "2026-03-09", 60)]
    assert site.order()["lines"][0]["promised_on"] is None
