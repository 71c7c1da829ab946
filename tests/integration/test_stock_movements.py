"""What warehouses tell between counts: receipts and adjustments, once, and with their reasons."""

import pytest

from tests.integration.test_reconsider import HELD_BACK
from tests.support.edi import counted, interchange, x850
from tests.support.site import MAPPINGS, Site


def sent(set_id: str, rows: list[str], *, control: int = 1, sender: str = "WHDAL") -> bytes:
    groups = {"944": "RE", "947": "AW", "943": "AR"}
    return interchange(
        counted(set_id, "0001", rows), control=control, sender=sender, functional_id=groups[set_id]
    )


def x944(
    *lines: str, number: str = "RC1", reference: str = "", kind: str = "F", control: int = 1
) -> bytes:
    """A receipt; a line is `600 A1` with conditions after it: `200 A1 3:01 2:02`."""
    rows = [f"W17*{kind}*20260302*{number}*{reference}", "N1*WH*DALLAS*91*DAL"]
    total = 0
    for line in lines:
        units, item, *conditions = line.split()
        total += int(units)
        rows.append(f"W07*{units}*EA**VN*{item}")
        for told in conditions:
            count, code = told.split(":")
            rows.append(f"W13*{count}*EA*{code}")
    return sent("944", [*rows, f"W14*{total}"], control=control)


def x947(*lines: str, number: str = "AD1", purpose: str = "", control: int = 1) -> bytes:
    """An adjustment; a line is `AA -2 A1`, with W1916 after it where it is told."""
    rows = [f"W15*20260302*{number}*{number}{purpose and '*' + purpose}", "N1*WH*DALLAS*91*DAL"]
    for line in lines:
        reason, units, item, *inventory = line.split()
        row = f"W19*{reason}*{units}*EA**VN*{item}"
        rows.append(row + (f"{'*' * 10}{inventory[0]}" if inventory else ""))
    return sent("947", rows, control=control)


def figures(site: Site, item: str = "A1") -> tuple[int, int, int]:
    """(on hand, held, free) in Dallas."""
    level = site.level(item, "DAL")
    return level["on_hand"], level["held"], level["free"]


def test_what_arrived_is_on_hand_and_what_is_damaged_is_not_sold(site: Site) -> None:
    site.send("wh", x944("50 A1", "40 B2 3:01 2:09 5:02"))
    assert figures(site) == (150, 0, 150)
    assert figures(site, "B2") == (80, 5, 75)
    assert site.exceptions() == []


def test_a_warehouse_may_count_the_good_units_only(site: Site) -> None:
    site.configure("wh", MAPPINGS["wh"] + "stock: {received: good}\n")
    site.send("wh", x944("40 B2 3:01"))
    assert figures(site, "B2") == (83, 3, 80)


def test_what_was_rejected_at_the_dock_never_came(site: Site) -> None:
    site.send("wh", x944("40 B2 15:08"))
    assert figures(site, "B2") == (65, 0, 65)


def test_a_receipt_taken_back_leaves_the_shelf(site: Site) -> None:
    rows = ["W17*F*20260302*RC2", "N1*WH*DALLAS*91*DAL", "W07*30*EA**VN*A1****2", "W14*-30"]
    site.send("wh", sent("944", rows))
    assert figures(site) == (70, 0, 70)


def test_the_same_receipt_in_a_new_envelope_is_booked_once(site: Site) -> None:
    site.send("wh", x944("50 A1", control=1), "a.edi")
    site.send("wh", x944("50 A1", control=2), "b.edi")
    assert figures(site) == (150, 0, 150)
    assert site.exception_kinds() == ["repeated_944"]


def test_the_same_file_again_books_nothing_and_asks_nobody(site: Site) -> None:
    for name in ("a.edi", "b.edi"):
        site.send("wh", x944("50 A1"), name)
    assert figures(site) == (150, 0, 150)
    assert [file["state"] for file in site.files()] == ["accepted", "repeat"]
    assert site.exceptions() == []


def test_a_receipt_number_that_says_something_else_is_for_a_person(site: Site) -> None:
    site.send("wh", x944("50 A1", control=1), "a.edi")
    site.send("wh", x944("60 A1", control=2), "b.edi")
    assert figures(site) == (150, 0, 150)
    assert site.exception_kinds() == ["changed_944"]


def test_an_unknown_item_in_a_receipt_is_booked_when_it_comes_again(site: Site) -> None:
    site.send("wh", x944("50 A1", "7 D4"), "a.edi")
    assert figures(site) == (150, 0, 150)
    assert site.exception_kinds() == ["unknown_stock_item"]
    site.load("items", "item,description,unit,weight_g,pack\nD4,ARTICLE FOUR,EA,100,1\n")
    site.send("wh", x944("50 A1", "7 D4"), "b.edi")
    assert figures(site) == (150, 0, 150)
    assert figures(site, "D4") == (7, 0, 7)
    assert site.exceptions() == []


def test_a_receipt_of_exceptions_only_is_not_booked(site: Site) -> None:
    site.send("wh", x944("50 A1 3:01", kind="X"))
    assert figures(site) == (100, 0, 100)
    assert site.exception_kinds() == ["receipt_not_booked"]


def test_a_receipt_whose_total_is_another_is_told(site: Site) -> None:
    rows = ["W17*F*20260302*RC1", "N1*WH*DALLAS*91*DAL", "W07*30*EA**VN*A1", "W14*40"]
    site.send("wh", sent("944", rows))
    assert figures(site) == (130, 0, 130)
    assert site.exception_kinds() == ["receipt_total"]


def test_a_receipt_without_its_number_is_refused(site: Site) -> None:
    rows = ["W17*F*20260302*", "N1*WH*DALLAS*91*DAL", "W07*30*EA**VN*A1", "W14*30"]
    site.send("wh", sent("944", rows))
    assert figures(site) == (100, 0, 100)
    assert b"AK5*R" in site.sent("wh", "997")


def test_a_receipt_is_offered_to_who_waits(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*40*EA*1.25**VN*C3")))
    assert site.orders()[0]["backordered"] == 10
    site.send("wh", x944("25 C3 5:01"))
    assert site.orders()[0]["backordered"] == 0
    assert figures(site, "C3") == (25, 5, 10)


def test_units_out_of_sale_and_back_in_sale(site: Site) -> None:
    site.send("wh", x947("05 30 A1", number="AD1"))
    assert figures(site) == (100, 30, 70)
    site.send("wh", x947("55 20 A1", number="AD2", control=2), "b.edi")
    assert figures(site) == (100, 10, 90)


def test_a_move_told_in_two_lines_is_one_move(site: Site) -> None:
    site.send("wh", x947("AC -8 A1 SA", "AC 8 A1 QU"))
    assert figures(site) == (100, 8, 92)


def test_plus_and_minus_with_their_reasons_in_the_ledger(site: Site) -> None:
    site.send("wh", x947("AA -2 A1", "56 5 B2", "07 4 C3"))
    assert figures(site) == (98, 0, 98)
    assert figures(site, "B2") == (45, 0, 45)
    assert site.query("SELECT note FROM stock_ledger WHERE kind = 'adjustment' ORDER BY 1") == [
        ("947 AD1 56 book adjustment up",),
        ("947 AD1 AA physical count",),
    ]
    assert site.exception_kinds() == ["adjusted_below_zero"]


def test_a_mapping_may_say_what_a_reason_does(site: Site) -> None:
    site.send("wh", x947("ZZ 5 A1"), "a.edi")
    assert site.exception_kinds() == ["unknown_reason"]
    site.configure("wh", MAPPINGS["wh"] + "stock: {reasons: {ZZ: down}}\n")
    site.send("wh", x947("ZZ 5 A1"), "b.edi")
    assert figures(site) == (95, 0, 95)


def test_an_adjustment_sent_again_is_booked_once(site: Site) -> None:
    site.send("wh", x947("AA -2 A1", control=1), "a.edi")
    site.send("wh", x947("AA -2 A1", control=2), "b.edi")
    assert figures(site) == (98, 0, 98)
    assert site.exception_kinds() == ["repeated_947"]


def test_an_adjustment_is_replaced_and_cancelled(site: Site) -> None:
    site.send("wh", x947("AA -20 A1", control=1), "a.edi")
    site.send("wh", x947("AA -5 A1", purpose="05", control=2), "b.edi")
    assert figures(site) == (95, 0, 95)
    site.send("wh", x947("AA -5 A1", purpose="01", control=3), "c.edi")
    assert figures(site) == (100, 0, 100)
    assert site.exceptions() == []


def test_other_words_under_a_known_number_are_for_a_person(site: Site) -> None:
    site.send("wh", x947("AA -20 A1", control=1), "a.edi")
    site.send("wh", x947("AA -5 A1", control=2), "b.edi")
    site.send("wh", x947("AA -5 A1", number="AD9", purpose="01", control=3), "c.edi")
    assert figures(site) == (80, 0, 80)
    assert site.exception_kinds() == ["changed_947", "unmatched_947"]


@pytest.mark.parametrize("how", ["947", "count", "hold"])
def test_who_ranks_lowest_gives_back_what_an_event_took(site: Site, how: str) -> None:
    """Two orders hold Dallas stock no warehouse knows of; the later one goes to Reno."""
    site.configure("config", HELD_BACK)
    header = ["DTM*064*20260320"]
    for number in (1, 2):
        po = x850(f"PO{number}", "1*48*EA*4.00**VN*A1", header=header)
        site.drop("buyer", interchange(po, control=number), f"{number}.edi")
    site.run()
    assert site.stock("A1", "DAL") == (100, 96)
    if how == "947":
        site.drop("wh", x947("AA -30 A1"))
    elif how == "hold":
        site.drop("wh", x947("05 30 A1"))
    else:
        site.drop("wh", "sku,on hand\nA1,70\n", "count.csv")
    site.run()
    assert site.level("A1", "DAL")["oversold"] == 0
    assert [sorted(site.order(n)["lines"][0]["nodes"]) for n in (1, 2)] == [["DAL"], ["DAL", "RNO"]]
    assert site.query("SELECT count(*) FROM events WHERE name = 'promise.taken_back'") == [(1,)]
    assert site.exceptions() == []  # Reno has it, all is promised again
    ended = site.query("SELECT closed_how FROM exceptions WHERE kind = 'promise_taken_back'")
    assert ended == [("itself",)]


def test_what_a_warehouse_is_told_already_stays_promised_and_is_told(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*90*EA*4.00**VN*A1")))
    site.send("wh", x947("AA -30 A1"))
    assert site.level("A1", "DAL")["oversold"] == 20
    assert site.exception_kinds() == ["oversold"]
    assert site.lines() == [("1", "released")]
