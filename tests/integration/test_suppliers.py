"""Drop shipping: a supplier is a node that is bought from, answers, ships, and is answered for."""

import os
import random
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from oms_edi.domain.item import check_digit
from oms_edi.errors import ConfigurationError, NotFound, Refused
from oms_edi.pipeline.people import acts
from oms_edi.pipeline.shipping.hear_supplier import Word, supplier_said
from oms_edi.testing import answer_997
from tests.support.edi import interchange, named, segments, x850
from tests.support.site import CONFIG, Site
from tests.support.supplier import (
    ASSUMED,
    ITEMS,
    MAPPING,
    NODE,
    TOLD,
    with_supplier,
    x846,
    x855,
    x856,
)

PO = "SO100001-1"


@pytest.fixture
def sup(site: Site) -> Site:
    """A site with a supplier of which 60 of each item are assumed."""
    return with_supplier(site)


def order(site: Site, *lines: str, po: str = "PO1", control: int = 1, **how: object) -> None:
    """Send an 850; by default 40 C3, which only the supplier has."""
    wanted = lines or ("1*40*EA*1.25**VN*C3",)
    content = x850(po, *wanted, **how)  # type: ignore[arg-type]
    site.send("buyer", interchange(content, control=control))


def answer(site: Site, *lines: str, **how: object) -> None:
    """Send an 855."""
    site.send("sup", x855(str(how.pop("po", PO)), *lines, **how))  # type: ignore[arg-type]


def units(site: Site, *names: str, line: int = 0) -> tuple[int, ...]:
    row = site.order()["lines"][line]
    return tuple(row[one] for one in names)


def acks(site: Site) -> list[list[str]]:
    """ACK segments of the last 855 to the buyer."""
    return named(site.outgoing("buyer", "855")[-1].read_bytes(), "ACK")


def kinds(site: Site) -> list[str]:
    return [kind for kind in site.exception_kinds() if kind != "backordered"]


# Buying ------------------------------------------------------------------------------------------


def test_what_only_a_supplier_has_is_bought_of_it_to_ship_to_the_customer(sup: Site) -> None:
    order(sup)
    assert units(sup, "released") == (40,)
    sent = sup.sent("sup", "850")
    assert named(sent, "BEG") == [["BEG", "00", "DS", PO, "", "20260302"]]
    assert named(sent, "REF") == [["REF", "CO", "PO1"]]
    assert (
        named(sent, "PO1") == [["PO1", "1", "40", "EA", "0.80", "", "VN", "S-300", "BP", "C3"]]
        or named(sent, "PO1")[0][4] == "0.8"
    )
    assert [row[1:3] for row in named(sent, "N1")] == [
        ["BY", "OUR COMPANY"], ["VN", "THE SUPPLIER"], ["ST", "STORE ONE"]
    ]  # fmt: skip
    assert named(sent, "N4") == [["N4", "TULSA", "OK", "74133", "US"]]
    assert sup.stock("C3", "SUP") == (60, 40)


def test_goods_of_a_supplier_cost_what_it_charges_beside_freight_and_handling(sup: Site) -> None:
    order(sup, "1*1*EA*1.25**VN*C3", "2*30*EA*1.25**VN*C3", po="PO1")
    (shipment,) = sup.order()["shipments"]
    assert shipment["node"] == "SUP"  # 31 units: nobody else can ship them together
    order(sup, "1*20*EA*1.25**VN*C3", po="PO2", control=2)
    (shipment,) = sup.order(2)["shipments"]
    assert shipment["node"] == "RNO"  # $9.00 freight, against $5.00 and $16.00 for the goods
    order(sup, "1*1*EA*1.25**VN*C3", po="PO3", control=3)
    (shipment,) = sup.order(3)["shipments"]
    assert shipment["node"] == "SUP"  # $5.00 and $0.80


def test_a_supplier_sells_at_least_its_minimum_and_by_its_multiple(site: Site) -> None:
    items = "supplier,item,supplier_item,cost,minimum,multiple\nsup,C3,S-300,0.80,36,12\n"
    with_supplier(site, items=items)
    order(site, "1*34*EA*1.25**VN*C3")  # 30 in Reno; 4, or 34, are no quantity of the supplier
    assert units(site, "released", "backordered") == (30, 4)
    order(site, "1*48*EA*1.25**VN*C3", po="PO2", control=2)
    (shipment,) = site.order(2)["shipments"]
    assert shipment["node"] == "SUP"


def test_a_supplier_is_bought_from_no_more_than_is_assumed_of_it(sup: Site) -> None:
    order(sup, "1*70*EA*1.25**VN*C3")
    assert units(sup, "released", "backordered") == (70, 0)
    order(sup, "1*70*EA*1.25**VN*C3", po="PO2", control=2)
    row = sup.order(2)["lines"][0]
    assert (row["released"], row["backordered"]) == (20, 50)


def test_what_a_supplier_does_not_carry_any_more_is_not_bought(sup: Site) -> None:
    sup.load("supplier_items", ITEMS.rsplit("sup,C3", 1)[0])
    order(sup)
    assert units(sup, "released", "backordered") == (30, 10)
    assert sup.stock("C3", "SUP") == (0, 0)


def test_an_import_of_supplier_items_names_every_fault(site: Site) -> None:
    with_supplier(site)
    bad = "supplier,item,supplier_item,cost\nwh,A1,X,1.00\nsup,ZZ,,4,1\nsup,A1,X,1.23456\n"
    with pytest.raises(Refused) as refused:
        site.load("supplier_items", bad.replace("4,1", "4"))
    text = str(refused.value)
    for told in ("role: supplier", "an item of ours", "a cost such as"):
        assert told in text


def test_a_supplier_node_needs_a_mapping_of_its_role_and_no_other_has_its_settings(
    site: Site,
) -> None:
    site.configure("config", CONFIG.replace("routing:\n", NODE.format(terms=TOLD)))
    with pytest.raises(ConfigurationError, match="role: supplier"):
        _ = site.partners
    site.configure("sup", MAPPING.replace("role: supplier", "role: warehouse"))
    with pytest.raises(ConfigurationError, match="role: supplier"):
        _ = site.partners
    site.configure("config", CONFIG.replace("rank: 1", "supplier: {acknowledges_within_h: 2}"))
    with pytest.raises(ConfigurationError, match="only a node of kind supplier"):
        _ = site.config


# Its stock ---------------------------------------------------------------------------------------


def test_an_846_of_a_supplier_says_what_it_has_in_its_own_item_numbers(site: Site) -> None:
    with_supplier(site, TOLD)
    order(site)
    assert units(site, "released", "backordered") == (30, 10)
    site.send("sup", x846("VN*S-300~33*25*EA"))
    assert units(site, "released", "backordered") == (40, 0)
    assert site.stock("C3", "SUP") == (25, 10)


def test_a_supplier_with_old_figures_is_left_out_where_it_is_so_agreed(site: Site) -> None:
    stale = TOLD + "}, stock_feed: {max_age_h: 24, when_stale: exclude"
    with_supplier(site, stale)
    site.send("sup", x846("VN*S-300~33*80*EA"))
    order(site)
    assert units(site, "released") == (40,)
    site.run(later=timedelta(hours=30))
    order(site, po="PO2", control=2)
    assert {one["node"] for one in site.order(2)["shipments"]} == {"RNO"}
    assert "stale_feed" in site.exception_kinds()


def test_what_was_assumed_of_a_supplier_that_tells_its_stock_now_is_gone(sup: Site) -> None:
    order(sup)
    sup.configure("config", CONFIG.replace("routing:\n", NODE.format(terms=TOLD)))
    sup.run()
    assert sup.stock("C3", "SUP") == (40, 40)
    assert sup.stock("A1", "SUP") == (0, 0)


# Its answer --------------------------------------------------------------------------------------


def test_an_855_that_accepts_confirms_and_the_clock_is_quiet(sup: Site) -> None:
    order(sup)
    answer(sup, "1*40*EA*.80**VN*S-300~ACK*IA*40*EA", kind="AD")
    sup.run(later=timedelta(hours=25))
    assert "supplier_unanswered" not in kinds(sup)
    assert len(sup.outgoing("buyer", "855")) == 1  # nothing changed for the customer


def test_an_855_without_lines_accepts_all(sup: Site) -> None:
    order(sup)
    answer(sup, kind="AK")
    assert sup.query("SELECT confirmed FROM allocations") == [(40,)]


def test_what_a_supplier_cuts_is_decided_again_and_never_there(sup: Site) -> None:
    order(sup)
    answer(sup, "1*40*EA*.80**VN*S-300~ACK*IQ*15*EA")
    assert {one["node"]: one["state"] for one in sup.order()["shipments"]} == {
        "SUP": "released", "RNO": "released"
    }  # fmt: skip
    assert units(sup, "released", "backordered") == (40, 0)
    assert "supplier_refused" in kinds(sup)
    # what it refused is not assumed any more
    order(sup, "1*40*EA*1.25**VN*C3", po="PO2", control=2)
    row = sup.order(2)["lines"][0]
    assert (row["released"], row["backordered"]) == (5, 35)


def test_a_rejected_line_ships_from_a_warehouse(sup: Site) -> None:
    order(sup, "1*1*EA*1.25**VN*C3")
    answer(sup, "1*1*EA*.80**VN*S-300~ACK*IR*1*EA", kind="RD")
    shipments = sup.order()["shipments"]
    assert [(one["node"], one["state"]) for one in shipments] == [
        ("SUP", "closed"), ("RNO", "released")
    ]  # fmt: skip
    assert sup.stock("C3", "SUP") == (0, 0)


def test_a_set_that_rejects_everything_needs_no_lines(sup: Site) -> None:
    order(sup, "1*1*EA*1.25**VN*C3")
    answer(sup, kind="RJ")
    assert [one["node"] for one in sup.order()["shipments"]] == ["SUP", "RNO"]


def test_a_date_that_moves_moves_the_promise_and_the_customer_hears_of_it(sup: Site) -> None:
    order(sup)
    before = acks(sup)
    answer(sup, "1*40*EA*.80**VN*S-300~ACK*DR*40*EA*068*20260312")
    assert before != acks(sup)
    assert [row[4:] for row in acks(sup)] == [["068", "20260312"]]
    (shipment,) = sup.order()["shipments"]
    assert (shipment["ship_on"], shipment["deliver_on"]) == ("2026-03-12", "2026-03-13")
    assert "supplier_late" not in kinds(sup)


def test_a_date_after_what_the_customer_asked_for_is_put_in_front_of_a_person(sup: Site) -> None:
    order(sup, header=["DTM*002*20260310"])
    answer(sup, "1*40*EA*.80**VN*S-300~ACK*IB*40*EA*069*20260316")
    assert "supplier_late" in kinds(sup)
    answer(sup, "1*40*EA*.80**VN*S-300~ACK*IA*40*EA*068*20260306", control=2, purpose="05")
    assert "supplier_late" not in kinds(sup)
    answer(sup, "1*40*EA*.80**VN*S-300~ACK*DR*40*EA*068*20260317", control=3, purpose="05")
    assert "supplier_late" in kinds(sup)
    sup.send("sup", x856(PO, "VN*S-300~40*EA", control=4))
    assert "supplier_late" not in kinds(sup)


def test_a_backorder_without_a_date_is_no_promise(sup: Site) -> None:
    order(sup)
    answer(sup, "1*40*EA*.80**VN*S-300~ACK*IA*20*EA~ACK*IB*20*EA")
    assert units(sup, "released") == (40,)
    assert sorted(one["node"] for one in sup.order()["shipments"]) == ["RNO", "SUP"]


def test_a_line_on_hold_stays_unanswered_until_the_clock_tells(sup: Site) -> None:
    order(sup)
    answer(sup, "1*40*EA*.80**VN*S-300~ACK*IH*40*EA", kind="AH")
    assert units(sup, "released") == (40,)
    sup.run(later=timedelta(hours=25))
    assert "supplier_unanswered" in kinds(sup)


def test_a_higher_price_is_put_in_front_of_a_person_and_ships_all_the_same(sup: Site) -> None:
    order(sup)
    answer(sup, "1*40*EA*.95**VN*S-300~ACK*IP*40*EA")
    assert "supplier_price" in kinds(sup)
    assert units(sup, "released") == (40,)
    answer(sup, "1*40*EA*.80**VN*S-300~ACK*IA*40*EA", control=2)
    assert "supplier_price" not in kinds(sup)


def test_a_price_within_the_tolerance_is_on_the_timeline_only(site: Site) -> None:
    with_supplier(site, ASSUMED + ", price_tolerance_percent: 20")
    order(site)
    answer(site, "1*40*EA*.95**VN*S-300~ACK*IP*40*EA")
    assert "supplier_price" not in kinds(site)
    assert any("at 0.95 instead of 0.80" in event["text"] for event in site.order()["timeline"])


def test_an_855_of_nothing_we_bought_is_told_and_known_when_it_comes_again(sup: Site) -> None:
    answer(sup, "1*40*EA*.80**VN*S-300~ACK*IA*40*EA")
    assert kinds(sup) == ["unmatched_855"]
    order(sup)
    answer(sup, "1*40*EA*.80**VN*S-300~ACK*IA*40*EA")
    assert sup.query("SELECT confirmed FROM allocations") == [(40,)]


def test_the_same_855_in_a_new_envelope_changes_nothing_again(sup: Site) -> None:
    order(sup)
    answer(sup, "1*40*EA*.80**VN*S-300~ACK*IQ*15*EA")
    before = sup.query("SELECT line_id, source, target FROM line_ledger, order_lines")
    answer(sup, "1*40*EA*.80**VN*S-300~ACK*IQ*15*EA", control=2)
    assert before == sup.query("SELECT line_id, source, target FROM line_ledger, order_lines")


def test_a_line_nobody_bought_is_told(sup: Site) -> None:
    order(sup)
    answer(sup, "1*40*EA*.80**VN*S-300~ACK*IA*40*EA", "2*5*EA***VN*S-100~ACK*IA*5*EA")
    assert "unmatched_855" in kinds(sup)


def test_more_than_was_bought_is_told(sup: Site) -> None:
    order(sup)
    answer(sup, "1*50*EA*.80**VN*S-300~ACK*IQ*50*EA")
    assert "over_confirmed" in kinds(sup)


def test_no_855_in_time_is_told_with_what_still_works(sup: Site) -> None:
    order(sup)
    sup.run(later=timedelta(hours=23))
    assert kinds(sup) == []
    sup.run(later=timedelta(hours=2))
    (told,) = [one for one in sup.exceptions() if one["kind"] == "supplier_unanswered"]
    assert f"supplier-said {PO} refused" in told["action"]
    assert supplier_said(sup.step(), PO, "refused", actor="ann", reason="by phone")
    sup.run()
    assert "supplier_unanswered" not in kinds(sup)
    assert units(sup, "released", "backordered") == (30, 10)


def test_a_person_confirms_for_a_supplier(sup: Site) -> None:
    order(sup)
    supplier_said(sup.step(), PO, "confirmed", actor="ann", reason="by phone")
    sup.run(later=timedelta(hours=25))
    assert "supplier_unanswered" not in kinds(sup)
    with pytest.raises(NotFound):
        supplier_said(sup.step(), "SO100009-1", "confirmed", actor="ann", reason="x")


def test_nobody_speaks_for_a_warehouse_as_a_supplier(sup: Site) -> None:
    order(sup, "1*10*EA*4.00**VN*A1")
    with pytest.raises(Refused, match="no supplier"):
        supplier_said(sup.step(), PO, "refused", actor="ann", reason="x")


# Its shipment ------------------------------------------------------------------------------------


def sscc(serial: int) -> str:
    digits = f"00612345{serial:09d}"
    return "00" + digits + check_digit(digits)


def test_an_856_of_a_supplier_becomes_ours_to_the_customer(sup: Site) -> None:
    order(sup)
    answer(sup, kind="AD")
    label = sscc(7)
    sup.send("sup", x856(PO, "VN*S-300*BP*C3~40*EA", packs=[label]))
    assert units(sup, "shipped") == (40,)
    ours = sup.sent("buyer", "856")
    assert named(ours, "MAN") == [["MAN", "GM", label, "", "CP", "1Z0"]]
    assert named(ours, "PRF")[0][1] == "PO1"
    assert named(ours, "SN1") == [["SN1", "1", "40", "EA", "", "40", "EA"]]
    assert named(ours, "TD5")[0][3] == "SHIP"
    assert ["N1", "SF", "THE SUPPLIER", "91", "SUP"] in named(ours, "N1")
    assert sup.stock("C3", "SUP") == (60, 0)  # as much is assumed as before
    assert kinds(sup) == []


def test_a_short_856_has_the_rest_decided_again(sup: Site) -> None:
    order(sup)
    sup.send("sup", x856(PO, "VN*S-300~25*EA"))
    assert units(sup, "shipped", "released") == (25, 15)
    assert [one["node"] for one in sup.order()["shipments"]] == ["SUP", "RNO"]
    assert "short_shipped" in kinds(sup)


@pytest.mark.parametrize(
    ("terms", "status"), [(ASSUMED, "*BP"), (ASSUMED + ", rest_of_line: follows", "")]
)
def test_a_supplier_may_ship_a_line_in_two_loads(site: Site, terms: str, status: str) -> None:
    with_supplier(site, terms)
    order(site)
    first = "VN*S-300~25*EA" + ("***" + "**" + status[1:] if status else "")
    site.send("sup", x856(PO, first))
    assert units(site, "shipped", "released") == (25, 15)
    site.send("sup", x856(PO, "VN*S-300~15*EA", control=2, load="L2"))
    assert units(site, "shipped", "released") == (40, 0)
    assert len(site.outgoing("buyer", "856")) == 2
    assert kinds(site) == []


def test_more_than_was_bought_unknown_items_and_orders_are_told(sup: Site) -> None:
    order(sup)
    sup.send("sup", x856(PO, "VN*S-300~45*EA", "VN*S-999~1*EA"))
    assert units(sup, "shipped") == (40,)
    sup.send("sup", x856("SO100077-1", "VN*S-300~45*EA", control=2))
    assert kinds(sup) == ["over_shipped", "unmatched_856", "unmatched_856_line"]


def test_the_same_856_in_a_new_envelope_ships_nothing_twice(sup: Site) -> None:
    order(sup)
    sup.send("sup", x856(PO, "VN*S-300~20*EA***" + "**BP"))
    sup.send("sup", x856(PO, "VN*S-300~20*EA***" + "**BP", control=2))
    assert units(sup, "shipped", "released") == (20, 20)
    assert kinds(sup) == ["repeated_856"]


def test_an_856_of_two_orders_books_each_and_later_the_one_that_was_not_known(sup: Site) -> None:
    order(sup)
    both = x856(PO, "VN*S-300~40*EA").decode()
    second = "HL*4*1*O*1~PRF*SO100002-1~HL*5*4*I*0~LIN**VN*S-300~SN1**31*EA~CTT*3~SE*18*0001~"
    both = both.replace("CTT*3~SE*13*0001~", second)
    assert second in both
    sup.send("sup", both)
    assert units(sup, "shipped") == (40,)
    assert kinds(sup) == ["unmatched_856"]
    order(sup, "1*31*EA*1.25**VN*C3", po="PO2", control=2)
    sup.send("sup", both.replace("000000001", "000000003"), "again.edi")
    assert sup.order(2)["lines"][0]["shipped"] == 31
    assert kinds(sup) == ["repeated_856"]


def test_the_day_of_an_850_is_over_and_no_856_came(sup: Site) -> None:
    order(sup)
    answer(sup, kind="AD")
    sup.run(later=timedelta(days=5))
    (told,) = [one for one in sup.exceptions() if one["kind"] == "shipment_overdue"]
    assert "supplier" in told["text"]


def test_a_supplier_acknowledges_its_850_like_anybody(sup: Site) -> None:
    order(sup)
    (path,) = sup.outgoing("sup", "850")
    sup.send("sup", answer_997(path.read_bytes(), control_number=901, now=sup.now))
    assert sup.query(
        "SELECT verdict FROM documents WHERE set_id = '850' AND direction = 'out'"
    ) == [("accepted",)]


def test_a_supplier_is_not_taken_for_a_customer(sup: Site) -> None:
    content = interchange(x850("PO9"), sender="SUP")
    sup.send("sup", content)
    assert sup.files()[-1]["state"] == "rejected"


# Cancels -----------------------------------------------------------------------------------------


def test_a_cancel_waits_for_the_supplier_a_person_asks(sup: Site) -> None:
    order(sup)
    _, left = acts.cancel(sup.step(), "PO1", buyer_line=None, actor="ann", reason="not wanted")
    assert left == 40
    sup.run()
    assert units(sup, "released", "cancelled") == (40, 0)
    assert len(sup.outgoing("sup")) == 1  # no 940 to a supplier
    assert "cancel_requested" in kinds(sup)
    supplier_said(sup.step(), PO, "refused", actor="ann", reason="stopped by phone")
    sup.run()
    assert units(sup, "released", "cancelled") == (0, 40)
    assert "cancel_requested" not in kinds(sup)


def test_an_855_that_deletes_a_line_settles_its_cancel(sup: Site) -> None:
    order(sup)
    acts.cancel(sup.step(), "PO1", buyer_line=None, actor="ann", reason="not wanted")
    answer(sup, "1*40*EA*.80**VN*S-300~ACK*ID*40*EA", kind="AC")
    assert units(sup, "cancelled") == (40,)


def test_an_856_settles_a_cancel_that_came_too_late(sup: Site) -> None:
    order(sup)
    acts.cancel(sup.step(), "PO1", buyer_line=None, actor="ann", reason="not wanted")
    sup.send("sup", x856(PO, "VN*S-300~40*EA"))
    assert units(sup, "shipped", "cancelled") == (40, 0)
    assert "shipped_anyway" in kinds(sup)


def test_what_ships_of_a_cancelled_order_is_told_when_nothing_more_can(sup: Site) -> None:
    order(sup)
    acts.cancel(sup.step(), "PO1", buyer_line=None, actor="ann", reason="not wanted")
    sup.send("sup", x856(PO, "VN*S-300~30*EA***" + "**BP"))
    assert sup.divergences() == []  # it is asked to stop 40 still, of which 10 can be
    assert "shipped_anyway" not in kinds(sup)
    supplier_said(sup.step(), PO, "refused", actor="ann", reason="stopped by phone")
    assert units(sup, "shipped", "cancelled") == (30, 10)
    assert "shipped_anyway" in kinds(sup)


def test_every_segment_of_the_850_stands_where_it_belongs(sup: Site, tmp_path: Path) -> None:
    order(sup, header=["N9*L1*X", "MSG*HANDLE WITH CARE"])
    names = [row[0] for row in segments(sup.sent("sup", "850"))]
    assert "MSG" in names
    assert names.index("MSG") < names.index("N1") < names.index("PO1") < names.index("CTT")


# Any course of it --------------------------------------------------------------------------------


def act_at_random(site: Site, draw: random.Random, number: int) -> str:
    """Do one thing a customer, a supplier or a person may do; return what."""
    bought = [
        (row[0], row[1])
        for row in site.query(
            "SELECT depositor_order, shipment_id FROM shipments WHERE node = 'SUP'"
        )
    ]
    what = draw.choice(("order", "855", "855", "856", "856", "846", "said", "cancel"))
    if what == "order" or not bought:
        units = draw.randint(1, 45)
        order(site, f"1*{units}*EA*1.25**VN*C3", po=f"PO{number}", control=number)
        return "order"
    po, shipment_id = draw.choice(bought)
    units = draw.randint(0, 45)
    match what:
        case "855":
            code = draw.choice(("IA", "IQ", "IR", "IH", "DR", "IB", "ID"))
            on = draw.choice(("", "*068*20260309"))
            line = f"1*{units}*EA*.{draw.randint(70, 95)}**VN*S-300~ACK*{code}*{units}*EA{on}"
            lines = draw.choice(((line,), (line,), ()))
            kind = draw.choice(("AC", "AD", "RD"))
            site.send("sup", x855(po, *lines, kind=kind, control=number))
        case "856":
            status = draw.choice(("", "***" + "**BP", "***" + "**CP"))
            site.send("sup", x856(po, f"VN*S-300~{units}*EA{status}", control=number))
        case "846":
            site.send("sup", x846(f"VN*S-300~33*{units}*EA", control=number))
        case "said":
            word: Word = draw.choice(("confirmed", "refused"))
            with suppress(Refused):
                supplier_said(site.step(), po, word, actor="ann", reason="by phone")
        case "cancel":
            (name,) = site.query(
                "SELECT o.po_number FROM orders o JOIN shipments s ON s.order_id = o.order_id"
                " WHERE s.shipment_id = ?",
                shipment_id,
            )[0]
            with suppress(Refused):
                acts.cancel(site.step(), name, buyer_line=None, actor="ann", reason="not wanted")
    site.run(later=timedelta(hours=draw.choice((0, 1, 30))))
    return what


@pytest.mark.parametrize("seed", range(int(os.environ.get("OMS_EDI_COURSES", "3"))))
def test_any_course_of_a_conversation_keeps_every_unit_where_it_is(site: Site, seed: int) -> None:
    """The line equation, the ledgers and a replay are checked as after every test."""
    draw = random.Random(seed)
    with_supplier(site, draw.choice((ASSUMED, ASSUMED + ", rest_of_line: follows")))
    done = [act_at_random(site, draw, number) for number in range(1, 13)]
    assert len(set(done)) > 3
    assert "order_stuck" not in site.exception_kinds()
    assert site.query(
        "SELECT count(*) FROM allocations a JOIN shipments s ON s.shipment_id = a.shipment_id"
        " WHERE a.confirmed > a.quantity OR (s.state = 'closed' AND a.shipped + a.short"
        " <> a.quantity)"
    ) == [(0,)]
    rejected = site.query(
        "SELECT a.line_id FROM allocations a JOIN rejections r ON r.line_id = a.line_id"
        " AND r.node = a.node WHERE a.shipment_id IS NULL AND a.node = 'SUP'"
    )
    assert rejected == []
