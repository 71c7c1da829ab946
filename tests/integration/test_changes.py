"""Changes and cancels of orders, from their bytes to the answer, by stage."""

import json
from datetime import timedelta

import pytest

from oms_edi.errors import NotFound, Refused
from oms_edi.pipeline.people import acts
from oms_edi.pipeline.shipping.warehouse_said import Word, warehouse_said
from oms_edi.testing import answer_940
from tests.support.edi import counted, interchange, named, x850, x860
from tests.support.site import MAPPINGS, Site, name

#: A buyer who takes 865s.
TAKES_865 = MAPPINGS["buyer"] + '  documents: ["855", "856", "865"]\n'


@pytest.fixture
def buyer(site: Site) -> Site:
    site.configure("buyer", TAKES_865)
    return site


def change(site: Site, *lines: str, control: int = 50, **how: object) -> None:
    """Send an 860."""
    content = x860(str(how.pop("po", "PO1")), *lines, **how)  # type: ignore[arg-type]
    site.send("buyer", interchange(content, control=control, functional_id="PC"))


def order(site: Site, *lines: str, **how: object) -> None:
    site.send("buyer", interchange(x850("PO1", *lines, **how)))  # type: ignore[arg-type]


def answers(site: Site) -> list[tuple[str, list[tuple[str, ...]]]]:
    """BCA02 and (line, code, ACK01, ACK02) of each 865, oldest first."""
    found = []
    for path in site.outgoing("buyer", "865"):
        told: list[tuple[str, ...]] = []
        poc = ["POC"]
        for segment in path.read_bytes().decode().split("~"):
            parts = segment.split("*")
            if parts[0] == "POC":
                poc = parts
            elif parts[0] == "ACK":
                told.append((poc[1], poc[2], parts[1], parts[2]))
        found.append((named(path.read_bytes(), "BCA")[0][2], told))
    return found


def units(site: Site, *names: str, line: int = 0) -> tuple[int, ...]:
    row = site.order()["lines"][line]
    return tuple(row[one] for one in names)


#: An order whose line waits: B2 has 45 units.
WAITS = "1*60*EA*7.50**VN*B2"


def test_a_line_is_added_and_ships(buyer: Site) -> None:
    order(buyer)
    change(buyer, "2*AI*6*6*EA*7.50**VN*B2")
    assert buyer.lines() == [("1", "released"), ("2", "released")]
    assert answers(buyer) == [("AT", [("2", "AI", "IA", "6")])]


def test_an_added_line_of_an_unknown_item_waits_and_its_answer_too(buyer: Site) -> None:
    order(buyer)
    change(buyer, "2*AI*6*6*EA*7.50**IN*NEW")
    assert buyer.lines() == [("1", "released"), ("2", "held")]
    assert answers(buyer) == []
    assert buyer.order()["changes"][0]["state"] == "requested"


def test_a_line_that_exists_is_not_added_again(buyer: Site) -> None:
    order(buyer)
    change(buyer, "1*AI*6*6*EA*4.00**VN*A1")
    assert answers(buyer) == [("RD", [("1", "AI", "IR", "6")])]
    assert "exists already" in buyer.order()["changes"][0]["lines"][0]["reason"]


def test_what_waits_of_a_deleted_line_is_cancelled_at_once(buyer: Site) -> None:
    order(buyer, "1*10*EA*9.99**VN*A1", "2*5*EA*7.50**VN*B2")
    assert buyer.lines()[0] == ("1", "held")
    change(buyer, "1*DI*0*0*EA")
    assert buyer.lines() == [("1", "cancelled"), ("2", "released")]
    assert answers(buyer) == [("AT", [("1", "DI", "ID", "10")])]
    assert buyer.exceptions() == []


@pytest.mark.parametrize(("code", "wanted"), [("QD", 50), ("QI", 70), ("CA", 20), ("RZ", 45)])
def test_the_quantity_of_a_waiting_line_is_changed_at_once(
    buyer: Site, code: str, wanted: int
) -> None:
    order(buyer, WAITS, header=["DTM*037*20260320"])
    before = units(buyer, "released", "backordered")
    change(buyer, f"1*{code}*{wanted}*{wanted}*EA***VN*B2")
    now = buyer.order()["lines"][0]
    assert now["ordered"] - now["stopping"] == wanted
    assert (now["buyer_quantity"] == str(wanted)) == (now["stopping"] == 0)
    assert before[0] + before[1] == 60


def test_fewer_units_come_off_what_waits_before_what_a_warehouse_has(buyer: Site) -> None:
    order(buyer, WAITS)
    assert units(buyer, "released", "backordered") == (45, 15)
    change(buyer, "1*QD*50*50*EA***VN*B2")
    assert units(buyer, "ordered", "released", "backordered") == (50, 45, 5)
    assert answers(buyer) == [("AC", [("1", "QD", "IA", "45"), ("1", "QD", "IB", "5")])]
    assert len(buyer.outgoing("wh", "940")) == 1


def test_less_after_the_release_is_asked_and_the_warehouse_agrees(buyer: Site) -> None:
    order(buyer, "1*24*EA*4.00**VN*A1", "2*5*EA*7.50**VN*B2")
    change(buyer, "1*QD*20*20*EA***VN*A1")
    assert buyer.lines()[0] == ("1", "change requested")
    assert buyer.exception_kinds() == ["change_requested"]
    assert answers(buyer) == []  # nobody is told before the warehouse says so
    second = buyer.outgoing("wh", "940")[1].read_bytes()
    assert named(second, "W05")[0][1:3] == ["R", f"{name(1)}-1"]
    assert [w01[1] for w01 in named(second, "W01")] == ["20", "5"]
    asked = buyer.order()["changes"][0]["requests"][0]
    assert (asked["state"], asked["since"], asked["told"]) == (
        "requested",
        "2026-03-02T15:00:00Z",
        "R",
    )
    advice = ["W12*CP*24*20*4*EA**VN*A1", "W12*CC*5*5*0*EA**VN*B2"]
    buyer.send("wh", x945(*advice))
    assert units(buyer, "ordered", "shipped", "cancelled") == (20, 20, 0)
    assert answers(buyer) == [("AT", [("1", "QD", "IA", "20")])]
    assert buyer.exceptions() == []
    assert len(buyer.outgoing("buyer", "855")) == 1  # the 865 told it all


def x945(*lines: str, number: int = 1, control: int = 1, shipment: str = "") -> bytes:
    """A 945 of the order's first shipment."""
    body = [f"W06*F*{shipment or name(1) + '-1'}*20260303*W1", "W27*M*BLBF*BLUEBIRD"]
    for count, line in enumerate(lines, start=1):
        body += [f"LX*{count}", *line.split("~")]
    body.append("W03*1")
    return interchange(
        counted("945", "0001", body), sender="WHDAL", functional_id="SW", control=control
    )


def test_less_after_the_release_is_refused_if_the_warehouse_ships_anyway(buyer: Site) -> None:
    order(buyer, "1*24*EA*4.00**VN*A1")
    change(buyer, "1*QD*20*20*EA***VN*A1")
    buyer.send("wh", x945("W12*CC*24*24*0*EA**VN*A1"))
    assert units(buyer, "ordered", "shipped") == (24, 24)
    assert answers(buyer) == [("RD", [("1", "QD", "IR", "20")])]
    assert buyer.exception_kinds() == ["shipped_anyway"]


def test_a_warehouse_that_stops_some_of_it_is_answered_as_far_as_it_went(buyer: Site) -> None:
    order(buyer, "1*24*EA*4.00**VN*A1")
    change(buyer, "1*QD*12*12*EA***VN*A1")
    buyer.send("wh", x945("W12*CP*24*18*6*EA**VN*A1"))
    assert units(buyer, "ordered", "shipped") == (18, 18)
    assert answers(buyer) == [("AC", [("1", "QD", "IQ", "18")])]


def test_a_warehouse_that_refused_is_not_asked_again_for_what_left_elsewhere(buyer: Site) -> None:
    order(buyer, "1*24*EA*4.00**VN*A1")
    change(buyer, "1*QD*12*12*EA***VN*A1", bch="BCH*04*SA*{po}**1*20260302")
    change(buyer, "1*QI*24*24*EA***VN*A1", bch="BCH*04*SA*{po}**2*20260302", control=51)
    (*_, second) = buyer.outgoing("wh", "940")
    answer = answer_940(
        second.read_bytes(), control_number=9, now=buyer.now, scenario=lambda _: "full"
    )
    buyer.send("wh", answer)
    step = buyer.step()
    warehouse_said(step, "SO100001-1", "refused", actor="ann", reason="by phone")
    step.connection.close()
    assert buyer.exception_kinds() == ["shipped_anyway"]


def test_less_than_has_shipped_is_not_accepted_because_a_warehouse_stops_the_rest(
    buyer: Site,
) -> None:
    order(buyer, "1*120*EA*4.00**VN*A1")
    buyer.ship("wh")
    change(buyer, "1*QD*60*60*EA***VN*A1")
    step = buyer.step()
    warehouse_said(step, "SO100001-2", "agreed", actor="ann", reason="by phone")
    step.connection.close()
    buyer.run()
    assert units(buyer, "ordered", "shipped") == (100, 100)
    assert answers(buyer) == [("AC", [("1", "QD", "IQ", "100")])]
    (line,) = buyer.order()["changes"][0]["lines"]
    assert (line["outcome"], line["reason"]) == ("partly", "100 units have shipped")


def test_what_a_warehouse_is_short_beyond_the_change_is_found_elsewhere(buyer: Site) -> None:
    order(buyer, "1*24*EA*4.00**VN*A1")
    change(buyer, "1*QD*20*20*EA***VN*A1")
    buyer.send("wh", x945("W12*CP*24*10*14*EA**VN*A1************01"))
    assert units(buyer, "ordered", "shipped", "released") == (20, 10, 10)
    assert len(buyer.outgoing("wh2", "940")) == 1


@pytest.mark.parametrize(("word", "left"), [("agreed", 20), ("refused", 24)])
def test_a_person_says_what_a_warehouse_without_documents_said(
    buyer: Site, word: str, left: int
) -> None:
    buyer.configure("wh", MAPPINGS["wh"] + "warehouse: {changes: []}\n")
    order(buyer, "1*24*EA*4.00**VN*A1")
    change(buyer, "1*QD*20*20*EA***VN*A1")
    assert len(buyer.outgoing("wh", "940")) == 1
    assert buyer.order()["changes"][0]["requests"][0]["told"] == "none"
    warehouse_said(buyer.step(), f"{name(1)}-1", word, actor="ann", reason="by phone")  # type: ignore[arg-type]
    buyer.run()
    assert units(buyer, "ordered", "released") == (left, left)
    assert answers(buyer)[0][0] == ("AT" if word == "agreed" else "RD")
    with pytest.raises(Refused, match="asked nothing"):
        warehouse_said(buyer.step(), f"{name(1)}-1", "agreed", actor="ann", reason="again")
    with pytest.raises(NotFound, match="no shipment SO9-9"):
        warehouse_said(buyer.step(), "SO9-9", "agreed", actor="ann", reason="x")


def test_a_price_within_tolerance_is_taken_and_another_is_held(buyer: Site) -> None:
    order(buyer, "1*24*EA*4.00**VN*A1")
    change(buyer, "1*PC****3.00**VN*A1")
    assert buyer.lines() == [("1", "held")]
    assert answers(buyer) == []
    acts.release_holds(buyer.step(), "PO1", kinds=(), actor="ann", reason="agreed")
    buyer.run()
    assert buyer.order()["lines"][0]["price"] == "3.00"
    assert answers(buyer) == [("AT", [("1", "PC", "IA", "24")])]


def test_other_dates_are_taken_and_judged(buyer: Site) -> None:
    order(buyer, "1*10*EA*9.99**VN*A1", header=["DTM*010*20260320"])
    change(buyer, header=["DTM*010*20260325", "DTM*001*20260410"])
    found = buyer.order()
    assert (found["ship_on"], found["cancel_after"]) == ("2026-03-25", "2026-04-10")
    assert answers(buyer) == [("AT", [])]
    change(buyer, header=["DTM*001*20260301"], control=51)
    assert "date" in buyer.exception_kinds()


def test_another_ship_to_before_the_release_and_after_it(buyer: Site) -> None:
    order(buyer, "1*24*EA*9.99**VN*A1")
    change(buyer, header=["N1*ST*STORE TWO*92*S2"])
    assert [place["id_code"] for place in buyer.order()["destinations"]] == ["S2"]
    buyer.send("buyer", interchange(x850("PO2"), control=2), "b.edi")
    change(buyer, po="PO2", header=["N1*ST*STORE TWO*92*S2"], control=51)
    assert buyer.exception_kinds() == ["change_requested", "price"]
    g = buyer.outgoing("wh", "940")[1].read_bytes()
    assert named(g, "W05")[0][1] == "G"
    assert named(g, "N1")[-1][4] == "S2"
    warehouse_said(buyer.step(), f"{name(2)}-1", "agreed", actor="ann", reason="by phone")
    buyer.run()
    line = buyer.order(2)["lines"][0]
    assert buyer.order(2)["destinations"][line["destination"]]["id_code"] == "S2"
    assert [kind for kind, _ in answers(buyer)] == ["AT", "AT"]


def test_a_ship_to_that_is_too_late_is_refused(buyer: Site) -> None:
    order(buyer)
    change(buyer, header=["N1*ST*STORE TWO*92*S2"])
    buyer.ship("wh")
    assert answers(buyer) == [("RJ", [])]
    assert buyer.exception_kinds() == ["shipped_anyway"]


@pytest.mark.parametrize("by", ["860", "850"])
def test_a_replacement_alters_adds_and_takes_away(buyer: Site, by: str) -> None:
    order(buyer, "1*10*EA*9.99**VN*A1", "2*5*EA*9.99**VN*B2")
    if by == "860":
        lines = ("1*RZ*6*6*EA*9.99**VN*A1", "3*AI*7*7*EA*1.25**VN*C3")
        change(buyer, *lines, bch="BCH*05*SA*{po}***20260302")
    else:
        lines = ("1*6*EA*9.99**VN*A1", "3*7*EA*1.25**VN*C3")
        content = x850("PO1", *lines, beg="BEG*05*SA*{po}**20260302")
        buyer.send("buyer", interchange(content, control=50), "b.edi")
    assert buyer.lines() == [("1", "held"), ("2", "cancelled"), ("3", "released")]
    assert units(buyer, "ordered") == (6,)
    told = answers(buyer)[0][1]
    assert [ack[2:] for ack in told] == [("IH", "6"), ("IA", "7"), ("ID", "5")]


def test_a_cancel_by_stage(buyer: Site) -> None:
    order(buyer, "1*10*EA*9.99**VN*A1")
    change(buyer, bch="BCH*01*SA*{po}***20260302")
    assert buyer.lines() == [("1", "cancelled")]
    assert answers(buyer) == [("AT", [("1", "DI", "ID", "10")])]


@pytest.mark.parametrize("agrees", [True, False])
def test_a_cancel_after_the_release_is_told_when_the_warehouse_answered(
    buyer: Site, agrees: bool
) -> None:
    order(buyer)
    change(buyer, bch="BCH*01*SA*{po}***20260302")
    assert buyer.lines() == [("1", "cancel requested")]
    assert named(buyer.outgoing("wh", "940")[1].read_bytes(), "W05")[0][1] == "F"
    assert answers(buyer) == []
    w12 = "W12*CU*10*0*10*EA**VN*A1" if agrees else "W12*CC*10*10*0*EA**VN*A1"
    buyer.send("wh", x945(w12))
    assert buyer.lines() == [("1", "cancelled" if agrees else "shipped")]
    told = ("AT", [("1", "DI", "ID", "10")]) if agrees else ("RD", [("1", "DI", "IR", "10")])
    assert answers(buyer) == [told]


def test_a_change_of_what_has_shipped_is_refused(buyer: Site) -> None:
    order(buyer)
    buyer.ship("wh")
    change(buyer, "1*QD*5*5*EA***VN*A1", "2*AI*1*1*EA*4.00**VN*A1")
    assert answers(buyer) == [("RD", [("1", "QD", "IR", "5"), ("2", "AI", "IR", "1")])]
    change(buyer, bch="BCH*01*SA*{po}***20260302", control=51)
    assert answers(buyer)[1] == ("RD", [("1", "DI", "IR", "10")])


def test_the_end_of_the_cancel_after_day_cancels_what_waits(buyer: Site) -> None:
    order(buyer, WAITS, header=["DTM*001*20260303"])
    assert units(buyer, "released", "backordered") == (45, 15)
    buyer.run(later=timedelta(hours=38))  # 05:00 UTC on the 4th: over in Dallas, not in Reno
    assert units(buyer, "cancelled") == (0,)
    buyer.run(later=timedelta(hours=4))
    assert units(buyer, "cancelled", "released") == (15, 45)
    assert buyer.lines() == [("1", "cancel requested")]
    assert {one["source"] for one in buyer.order()["changes"]} == {"calendar"}


def test_a_change_before_its_order_waits_for_it(buyer: Site) -> None:
    change(buyer, "1*QD*6*6*EA***VN*A1")
    assert buyer.orders() == []
    order(buyer)
    assert units(buyer, "ordered") == (6,)
    assert answers(buyer) == [("AT", [("1", "QD", "IA", "6")])]


def test_a_change_of_an_unknown_order_is_refused_after_its_time(buyer: Site) -> None:
    change(buyer, "1*QD*6*6*EA***VN*A1")
    buyer.run(later=timedelta(hours=23))
    assert answers(buyer) == []
    buyer.run(later=timedelta(hours=1))
    assert answers(buyer) == [("RJ", [])]
    assert buyer.exception_kinds() == ["unknown_order"]


def test_two_changes_of_one_line_in_one_860_are_applied_one_after_the_other(buyer: Site) -> None:
    order(buyer, WAITS)
    change(buyer, "1*QD*50*50*EA***VN*B2", "1*QD*46*46*EA***VN*B2")
    assert units(buyer, "ordered", "released", "backordered") == (46, 45, 1)


def test_the_same_860_again_is_known_and_an_older_one_is_refused(buyer: Site) -> None:
    order(buyer, "1*10*EA*9.99**VN*A1")
    second = "BCH*04*SA*{po}**2*20260302"
    change(buyer, "1*QD*8*8*EA***VN*A1", bch=second)
    change(buyer, "1*QD*8*8*EA***VN*A1", bch=second, control=51)
    assert [v for (v,) in buyer.query("SELECT verdict FROM documents WHERE set_id = '860'")] == [
        "A",
        "D",
    ]
    change(buyer, "1*QD*9*9*EA***VN*A1", bch="BCH*04*SA*{po}**1*20260302", control=52)
    assert units(buyer, "ordered") == (8,)
    assert answers(buyer)[1] == ("RJ", [])
    assert "change_refused" in buyer.exception_kinds()


def test_a_malformed_860_is_refused_and_a_bad_line_of_one_too(buyer: Site) -> None:
    order(buyer)
    change(buyer, "1*QD*5*5*EA***VN*A1", bch="BCH*04*SA***1*20260302")
    assert named(buyer.outgoing("buyer", "997")[-1].read_bytes(), "AK5")[0][1] == "R"
    change(buyer, "1*ZZ*5*5*EA***VN*A1", "2*AI*2*2*EA*1.25**VN*C3", control=51)
    assert named(buyer.outgoing("buyer", "997")[-1].read_bytes(), "AK5")[0][1] == "E"
    assert answers(buyer) == [("AC", [("1", "RC", "IR", "5"), ("2", "AI", "IA", "2")])]


def test_a_partner_without_865_gets_an_855_or_nothing(site: Site) -> None:
    order(site)
    change(site, "2*AI*6*6*EA*7.50**VN*B2")
    assert len(site.outgoing("buyer", "855")) == 2
    site.configure("buyer", MAPPINGS["buyer"] + "  changes: {without_865: none}\n")
    change(site, "3*AI*6*6*EA*7.50**VN*B2", control=51)
    assert len(site.outgoing("buyer", "855")) == 2
    assert site.outgoing("buyer", "865") == []


def test_shares_of_a_line_are_changed_store_by_store_and_never_guessed(buyer: Site) -> None:
    line = "1*30*EA*9.99**VN*A1~SDQ*EA*92*S1*12*S2*18"
    order(buyer, line, ship_to=None)
    change(buyer, "1*CA*36*36*EA***VN*A1~SDQ*EA*92*S1*12*S2*24")
    assert [row["ordered"] for row in buyer.order()["lines"]] == [12, 24]
    change(buyer, "1*CA*20*20*EA***VN*A1", control=51)
    change(buyer, "1*CA*20*20*EA***VN*A1~SDQ*EA*92*S1*12*S2*9", control=52)
    change(buyer, "1*CA*20*20*EA***VN*A1~SDQ*EA*92*S1*12*S9*8", control=53)
    assert [row["ordered"] for row in buyer.order()["lines"]] == [12, 24]
    reasons = [one["lines"][0]["reason"] for one in buyer.order()["changes"][1:]]
    assert reasons == [
        "the line has 2 shares, say which (SDQ)",
        "its shares make 21 units, its quantity 20",
        "its share for S9 fits 0 lines of the order",
    ]


@pytest.mark.parametrize(
    ("counts", "poc", "units_left"),
    [
        ("new_total", "1*QD*12*12*EA***VN*A1", 12),
        ("old_and_new", "1*QD*36*24*EA***VN*A1", 24),
        ("delta", "1*QD*12*0*EA***VN*A1", 24),
        ("delta", "1*QI*12*0*EA***VN*A1", 48),
        ("new_total", "1*QI*12*12*EA***VN*A1", 36),
        ("new_total", "1*QD*48*48*EA***VN*A1", 36),
        ("delta", "1*QD*40*0*EA***VN*A1", 36),
    ],
)
def test_what_a_quantity_counts_is_the_partners_and_a_contradiction_is_refused(
    buyer: Site, counts: str, poc: str, units_left: int
) -> None:
    buyer.configure("buyer", TAKES_865 + f"  changes: {{quantity: {counts}}}\n")
    order(buyer, "1*36*EA*9.99**VN*A1")
    change(buyer, poc)
    assert units(buyer, "ordered") == (units_left,)
    assert answers(buyer)[0][0] == ("RD" if units_left == 36 else "AC")


def test_units_of_the_buyer_stay_theirs(buyer: Site) -> None:
    order(buyer, "1*3*DZ*99.00**VN*A1")
    change(buyer, "1*QD*1.5*1.5*DZ***VN*A1")
    line = buyer.order()["lines"][0]
    assert (line["ordered"], line["buyer_quantity"]) == (18, "1.5000")
    assert answers(buyer) == [("AC", [("1", "QD", "IH", "1.5")])]
    change(buyer, "1*QD*12*12*EA***VN*A1", control=51)
    assert "its unit is EA" in buyer.order()["changes"][1]["lines"][0]["reason"]
    change(buyer, "1*QD*1.3*1.3*DZ***VN*A1", control=52)
    assert "no whole EA" in buyer.order()["changes"][2]["lines"][0]["reason"]


def test_other_dates_of_what_a_warehouse_has_are_asked_of_it(buyer: Site) -> None:
    order(buyer)
    change(buyer, header=["DTM*002*20260320"])
    g = buyer.outgoing("wh", "940")[1].read_bytes()
    assert named(g, "W05")[0][1] == "G"
    assert ["G62", "02", "20260320"] in named(g, "G62")
    warehouse_said(buyer.step(), f"{name(1)}-1", "agreed", actor="ann", reason="by phone")
    buyer.run()
    assert answers(buyer) == [("AT", [])]
    assert buyer.order()["shipments"][0]["deliver_on"] == "2026-03-20"


def test_a_line_for_another_day_is_decided_anew(buyer: Site) -> None:
    order(buyer, "1*10*EA*4.00**VN*A1", "2*5*EA*7.50**VN*B2")
    change(buyer, "1*RS*****~DTM*002*20260401")
    assert "together with other lines" in buyer.order()["changes"][0]["lines"][0]["reason"]
    buyer.send("buyer", interchange(x850("PO2", WAITS), control=2), "b.edi")
    change(buyer, "1*RS*****~DTM*002*20260401", po="PO2", control=51)
    assert buyer.order(2)["changes"][0]["lines"][0]["outcome"] == "pending"


def test_a_day_the_warehouse_refuses_is_the_old_one_again(buyer: Site) -> None:
    order(buyer, "1*24*EA*4.00**VN*A1~DTM*002*20260310")
    change(buyer, "1*RS*****~DTM*002*20260401")
    assert requested(buyer) == "2026-04-01"
    warehouse_said(buyer.step(), f"{name(1)}-1", "refused", actor="ann", reason="by phone")
    assert requested(buyer) == "2026-03-10"
    buyer.run()
    assert answers(buyer)[0][0] == "RD"
    assert "change.undone" in [event["name"] for event in buyer.order()["timeline"]]


def test_what_waits_of_a_line_is_decided_for_its_old_day_again(buyer: Site) -> None:
    order(buyer, "1*200*EA*4.00**VN*A1~DTM*002*20260310")  # 150 are there
    change(buyer, "1*RS*****~DTM*002*20260401")
    for number in (1, 2):
        step = buyer.step()
        warehouse_said(step, f"{name(1)}-{number}", "refused", actor="ann", reason="by phone")
        assert requested(buyer) == ("2026-04-01" if number == 1 else "2026-03-10")
    acts.receive(buyer.step(), "A1", "DAL", 50, actor="ann", reason="truck")
    buyer.run()
    assert {one["deliver_on"] <= "2026-03-10" for one in buyer.order()["shipments"]} == {True}


def test_dates_of_an_order_are_the_old_ones_again_unless_one_warehouse_agreed(
    buyer: Site,
) -> None:
    both: list[tuple[Word, Word]] = [("refused", "refused"), ("refused", "agreed")]
    for number, words in enumerate(both, start=1):
        po, far = f"PO{number}", "DTM*002*20260320"
        lines = ("1*18*EA*7.50**VN*B2", "2*5*EA*1.25**VN*C3")  # Dallas and Reno
        content = x850(po, *lines, header=["DTM*002*20260312"])
        buyer.send("buyer", interchange(content, control=number), f"{po}.edi")
        change(buyer, header=[far], po=po, control=50 + number)
        sent = [one["depositor_order"] for one in buyer.order(number)["shipments"]]
        for said, word in zip(sent, words, strict=True):
            warehouse_said(buyer.step(), said, word, actor="ann", reason="by phone")
        agreed = "agreed" in words
        assert buyer.order(number)["deliver_by"] == ("2026-03-20" if agreed else "2026-03-12")


def test_a_refusal_brings_no_date_back_that_was_changed_again(buyer: Site) -> None:
    order(buyer, header=["DTM*002*20260312"])
    change(buyer, header=["DTM*002*20260320"])
    change(buyer, header=["DTM*002*20260325"], control=51)
    first, _ = changes_of(buyer)
    assert first == {"deliver_by": ["2026-03-12", "2026-03-20"]}
    warehouse_said(buyer.step(), f"{name(1)}-1", "refused", actor="ann", reason="by phone")
    assert buyer.order()["deliver_by"] == "2026-03-12"


def requested(site: Site) -> str:
    """The day the first line is wanted."""
    return str(site.query("SELECT requested_on FROM order_lines ORDER BY line_id")[0][0])


def changes_of(site: Site) -> list[dict[str, list[str]]]:
    """The dates each request would bring back."""
    return [
        json.loads(row[0]) for row in site.query("SELECT before FROM requests ORDER BY request_id")
    ]


def test_a_partner_who_wants_it_hears_at_once_that_a_warehouse_is_asked(buyer: Site) -> None:
    buyer.configure("buyer", TAKES_865 + "  changes: {answer_pending: true}\n")
    order(buyer, "1*24*EA*4.00**VN*A1")
    change(buyer, "1*QD*20*20*EA***VN*A1")
    buyer.send("wh", x945("W12*CP*24*20*4*EA**VN*A1"))
    assert answers(buyer) == [
        ("AC", [("1", "QD", "IH", "24")]),
        ("AT", [("1", "QD", "IA", "20")]),
    ]
    told = [named(path.read_bytes(), "BCA")[0][1] for path in buyer.outgoing("buyer", "865")]
    assert told == ["00", "05"]


def test_a_cancel_of_an_order_and_of_a_part_of_it_meet(buyer: Site) -> None:
    order(buyer, "1*24*EA*4.00**VN*A1")
    change(buyer, "1*QD*20*20*EA***VN*A1")
    acts.cancel(buyer.step(), "PO1", buyer_line=None, actor="ann", reason="called off")
    buyer.run()
    statuses = [named(p.read_bytes(), "W05")[0][1] for p in buyer.outgoing("wh", "940")]
    assert statuses == ["N", "R", "F"]  # one document a pass and shipment
    buyer.send("wh", x945("W12*CU*24*0*24*EA**VN*A1"))
    assert units(buyer, "ordered", "cancelled", "shipped") == (20, 20, 0)
    assert answers(buyer)[0][0] == "AC"


def test_what_else_of_an_order_changed_is_told_by_an_855_beside_the_865(buyer: Site) -> None:
    order(buyer, "1*35*EA*4.00**VN*A1", "2*1*EA*7.50**VN*B2")
    acts.cancel(buyer.step(), "PO1", buyer_line="2", actor="ann", reason="called off")
    change(buyer, "1*CA*1*1*EA***VN*A1")
    buyer.ship("wh")
    assert answers(buyer) == [("AT", [("1", "CA", "IA", "1")])]
    last = buyer.outgoing("buyer", "855")[-1].read_bytes()
    assert [ack[1:3] for ack in named(last, "ACK")] == [["IA", "1"], ["IR", "1"]]


# An 850 that replaces what we never had.

REPLACES = "BEG*05*SA*{po}**20260302"


def test_an_850_that_replaces_an_order_we_never_had_is_a_new_order(buyer: Site) -> None:
    order(buyer, beg=REPLACES)
    assert buyer.lines() == [("1", "released")]
    assert buyer.exceptions() == []
    assert "order.replaces_unknown" in [event["name"] for event in buyer.order()["timeline"]]


def test_what_it_was_to_replace_comes_later_and_is_a_duplicate_or_held(buyer: Site) -> None:
    order(buyer, beg=REPLACES)
    buyer.send("buyer", interchange(x850("PO1"), control=2))
    buyer.send("buyer", interchange(x850("PO1", "1*20*EA*4.00**VN*A1"), control=3))
    assert buyer.exception_kinds() == ["amendment", "duplicate"]


def test_the_same_replacement_again_changes_nothing(buyer: Site) -> None:
    order(buyer, beg=REPLACES)
    buyer.send("buyer", interchange(x850("PO1", beg=REPLACES), control=2))
    assert buyer.lines() == [("1", "released")]
    assert len(buyer.orders()) == 1


def test_a_mapping_may_have_it_held_until_a_person_has_asked(site: Site) -> None:
    site.configure("buyer", TAKES_865 + "  changes: {replaces_unknown: hold}\n")
    order(site, beg=REPLACES)
    assert site.lines() == [("1", "held")]
    assert site.exception_kinds() == ["amendment"]
    acts.release_holds(site.step(), "PO1", kinds=(), actor="ann", reason="they want it")
    site.run()
    assert site.lines() == [("1", "released")]


# Quantities we sell.


def packs(site: Site, action: str, more: str = "") -> None:
    site.configure("buyer", TAKES_865 + f"  quantity: {{action: {action}}}\n{more}")


#: An order of A1 (packs of 12) that waits for a person because of its price.
HELD = "1*24*EA*9.99**VN*A1"


def test_a_quantity_that_is_no_whole_pack_is_held_like_that_of_a_new_line(site: Site) -> None:
    packs(site, "hold")
    order(site, HELD)
    change(site, "1*QI*30*30*EA***VN*A1")
    assert site.exception_kinds() == ["pack", "price"]
    assert "no multiple of 12" in site.order()["changes"][0]["lines"][0]["reason"]
    assert answers(site) == []
    change(site, "1*QI*36*36*EA***VN*A1", control=51)
    assert site.exception_kinds() == ["price"]
    assert units(site, "ordered") == (36,)


def test_a_broken_pack_of_what_a_warehouse_has_is_refused(site: Site) -> None:
    packs(site, "hold")
    order(site, "1*24*EA*4.00**VN*A1")
    change(site, "1*QD*20*20*EA***VN*A1")
    assert answers(site) == [("RD", [("1", "QD", "IR", "20")])]
    assert site.exception_kinds() == []


def test_a_broken_pack_is_rounded_up_and_the_answer_says_so(site: Site) -> None:
    packs(site, "accept_ours")
    order(site, "1*24*EA*4.00**VN*A1")
    change(site, "1*QI*30*30*EA***VN*A1")
    assert units(site, "ordered") == (36,)
    assert [kind for kind, _ in answers(site)] == ["AC"]
    (event,) = [e for e in site.order()["timeline"] if e["name"] == "order.settled"]
    assert "rounded up to 36; ours was taken" in event["text"]


def test_a_difference_is_judged_by_the_total_it_makes(site: Site) -> None:
    packs(site, "hold", "  changes: {quantity: delta}\n")
    order(site, HELD.replace("*24*", "*18*"))
    assert site.exception_kinds() == ["pack", "price"]
    change(site, "1*QI*6*6*EA***VN*A1")
    assert units(site, "ordered") == (24,)
    assert site.exception_kinds() == ["price"]


def test_a_warning_about_a_changed_or_an_added_line_is_told(site: Site) -> None:
    packs(site, "warn")
    order(site, "1*24*EA*4.00**VN*A1")
    change(site, "1*QI*30*30*EA***VN*A1")
    (told,) = site.exceptions()
    assert (told["kind"], "30 EA of A1 is no multiple of 12" in told["text"]) == ("warning", True)
    change(site, "2*AI*7*7*EA*7.50**VN*B2", control=51)
    (told,) = site.exceptions()
    assert "7 EA of B2 is no multiple of 6" in told["text"]
    assert site.lines() == [("1", "released"), ("2", "released")]
