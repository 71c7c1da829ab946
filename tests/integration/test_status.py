"""Customers hear how their orders stand: when something changed, in their words, once."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from oms_edi.errors import ConfigurationError
from oms_edi.pipeline.people.acts import cancel, hold, release_holds
from oms_edi.pipeline.replies.order_words import customer_words, warehouse_words
from oms_edi.store import status
from tests.integration.test_kill import sweep
from tests.integration.test_stock_inbound import announce
from tests.support.edi import counted, interchange, named, x850, x860
from tests.support.site import MAPPINGS, NOW, Site

DAY = timedelta(days=1)


def follow(site: Site, when: str = "change", *, partner: str = "buyer", **more: str) -> None:
    """Have a customer told of its orders."""
    terms = ", ".join(f"{name}: {value}" for name, value in {"when": when, **more}.items())
    site.configure(partner, f"{MAPPINGS[partner]}  status: {{{terms}}}\n")


def order(site: Site, *lines: str, po: str = "PO1", control: int = 1) -> None:
    site.send("buyer", interchange(x850(po, *lines), control=control), f"{control}.edi")


def x869(scope: str, *levels: str, reference: str = "INQ1", control: int = 51) -> bytes:
    """An 869; a level is what follows the HL of an order."""
    body = [f"BSI*{reference}*20260303*{scope}"]
    for number, level in enumerate(levels or ("",), start=1):
        body += [f"HL*{number}**O*0", *filter(None, level.split("~"))]
    text = counted("869", "0001", [*body, f"CTT*{max(1, len(levels))}"])
    return interchange(text, control=control, functional_id="RS")


def reports(site: Site) -> list[bytes]:
    return [path.read_bytes() for path in site.outgoing("buyer", "870")]


def parts(content: bytes) -> list[list[str]]:
    """Status code, day and quantity of each part of each line."""
    codes, quantities = named(content, "ISR"), named(content, "QTY")
    below_lines = codes[len(codes) - len(quantities) :]
    return [
        [*code[1:], quantity[2]] if len(code) > 2 else [code[1], "", quantity[2]]
        for code, quantity in zip(below_lines, quantities, strict=True)
    ]


def tables(site: Site, partner: str = "shop") -> list[list[dict[str, str]]]:
    paths = sorted((site.root / "outbox" / partner / "status").glob("*.csv"))
    return [list(csv.DictReader(io.StringIO(path.read_text()))) for path in paths]


# On change.


def test_what_the_855_said_is_not_told_again(site: Site) -> None:
    follow(site)
    order(site)
    assert len(site.outgoing("buyer", "855")) == 1
    assert reports(site) == []


def test_what_changed_is_told_once(site: Site) -> None:
    follow(site)
    order(site, "1*140*EA*4.00**VN*A1")
    site.ship("wh")
    (told,) = reports(site)
    assert named(told, "BSR") == [["BSR", "3", "PA", "000000001", "20260302", "", "", "1500"]]
    assert named(told, "PRF") == [["PRF", "PO1", "", "", "20260302"]]
    assert parts(told) == [["SH", "20260302", "100"], ["PS", "20260302", "40"]]
    site.run(later=DAY)
    site.run(later=DAY)
    assert len(reports(site)) == 1


def test_a_pass_that_moves_an_order_twice_is_told_as_one(site: Site) -> None:
    follow(site)
    order(site, "1*900*EA*1.25**VN*C3")
    for control, (old, new) in enumerate(((900, 500), (500, 400)), start=2):
        change = x860(
            "PO1",
            f"1*QD*{new}*{old - new}*EA***VN*C3",
            bch=f"BCH*04*SA*{{po}}**{control}*20260302*****20260303",
        )
        content = interchange(change, control=control, functional_id="PC")
        site.drop("buyer", content, f"{control}.edi")
    site.run()
    (told,) = reports(site)
    assert parts(told) == [["PS", "20260302", "30"], ["BO", "", "370"]]


def test_an_order_without_an_855_is_told_from_the_start(site: Site) -> None:
    follow(site)
    mapping = site.root / "mappings/buyer.yaml"
    mapping.write_text(mapping.read_text() + '  documents: ["856"]\n')
    order(site)
    assert [parts(told) for told in reports(site)] == [[["PS", "20260302", "10"]]]


def test_a_hold_is_told_without_its_reason(site: Site) -> None:
    follow(site)
    order(site, "1*10*EA*9.99**VN*A1")
    told = site.order()
    assert told["holds"][0]["kind"] == "price"
    found = customer_words(site.step(), 1)
    assert found["lines"][0]["parts"][0]["status"] == "price is being checked"
    assert "9.99" not in json.dumps(found, default=str)


def test_what_was_on_hold_is_accepted_by_an_855_and_told_once(site: Site) -> None:
    follow(site)
    order(site, "1*10*EA*9.99**VN*A1")
    site.now += timedelta(minutes=1)
    release_holds(site.step(), "PO1", kinds=["price"], actor="ann", reason="agreed")
    site.run()
    assert len(site.outgoing("buyer", "855")) == 2
    assert reports(site) == []


def test_a_manual_hold_and_its_end_are_told(site: Site) -> None:
    follow(site)
    order(site, "1*900*EA*1.25**VN*C3")
    hold(site.step(), "PO1", buyer_line=None, actor="ann", reason="fraud suspected")
    site.run()
    assert parts(reports(site)[-1]) == [["PS", "20260302", "30"], ["PH", "", "870"]]
    assert not any(b"fraud" in content for content in site.delivered().values())
    release_holds(site.step(), "PO1", kinds=["manual"], actor="ann", reason="it is none")
    site.run()
    assert parts(reports(site)[-1]) == [["PS", "20260302", "30"], ["BO", "", "870"]]


def test_a_promise_that_moves_is_told_by_an_870_and_no_second_855(site: Site) -> None:
    follow(site)
    announce(site, "PO77,DAL,C3,30,2026-03-09")
    order(site, "1*40*EA*1.25**VN*C3")
    assert reports(site) == []
    announce(site, "PO77,DAL,C3,30,2026-03-16")
    site.run()
    site.run()
    assert [parts(told)[1] for told in reports(site)] == [["BO", "20260317", "10"]]
    assert len(site.outgoing("buyer", "855")) == 1


def test_a_short_shipment_is_told_by_an_870_and_no_second_855(site: Site) -> None:
    follow(site)
    order(site)
    site.ship("wh", "short")
    assert reports(site)
    assert len(site.outgoing("buyer", "855")) == 1


def test_a_cancelled_order_is_told_as_cancelled(site: Site) -> None:
    follow(site)
    order(site, "1*900*EA*1.25**VN*C3")
    cancel(site.step(), "PO1", buyer_line=None, actor="ann", reason="asked for by phone")
    site.run()
    assert ["CU", "", "870"] in parts(reports(site)[-1])


def test_a_customer_who_begins_to_be_told_hears_of_what_happens_from_then_on(site: Site) -> None:
    order(site, po="PO1", control=1)
    order(site, "1*140*EA*4.00**VN*A1", po="PO2", control=2)
    follow(site)
    site.run()
    assert reports(site) == []
    site.ship("wh")
    assert site.query("SELECT count(*) FROM status_told") == [(2,)]
    assert [named(told, "PRF")[0][1] for told in reports(site)] == ["PO1"]
    assert len(named(reports(site)[0], "PRF")) == 2


def test_what_happened_before_a_customer_began_to_be_told_is_no_news(site: Site) -> None:
    order(site)
    site.ship("wh")
    follow(site)
    site.run(later=DAY)
    assert reports(site) == []
    assert site.query("SELECT count(*) FROM status_told") == [(0,)]


def test_a_customer_who_is_told_no_more_leaves_nothing_behind(site: Site) -> None:
    follow(site, "daily")
    order(site)
    site.configure("buyer", MAPPINGS["buyer"])
    site.run()
    assert site.query("SELECT * FROM status_due") == []
    assert site.query("SELECT * FROM status_feeds") == []


def test_an_870_that_cannot_be_written_costs_no_other_order_anything(site: Site) -> None:
    follow(site)
    mapping = site.root / "mappings/buyer.yaml"
    rule = 'guides: {"870": [{at: PRF/01, pattern: "PO1"}]}'
    mapping.write_text(mapping.read_text().replace('"004010"}', f'"004010", {rule}}}'))
    order(site, po="PO1", control=1)
    order(site, po="PO2", control=2)
    site.ship("wh")
    assert [prf[1] for told in reports(site) for prf in named(told, "PRF")] == ["PO1"]
    assert "document_refused" in site.exception_kinds()
    assert site.query("SELECT * FROM status_due") == []


# Every day.


def test_a_daily_report_waits_for_its_time_in_the_zone_of_the_partner(site: Site) -> None:
    follow(site, "daily", at='"18:00"', timezone="America/New_York")
    order(site)
    site.ship("wh")
    site.now = datetime(2026, 3, 2, 22, 59, tzinfo=UTC)
    site.run()
    assert reports(site) == []
    site.now = datetime(2026, 3, 2, 23, 0, tzinfo=UTC)
    site.run()
    (told,) = reports(site)
    assert named(told, "BSR")[0][1] == "2"
    assert parts(told) == [["SH", "20260302", "10"]]


def test_a_daily_report_is_made_up_for_and_not_sent_when_nothing_changed(site: Site) -> None:
    follow(site, "daily")
    order(site)
    site.ship("wh")
    site.run(later=3 * DAY)
    assert len(reports(site)) == 1
    for _ in range(3):
        site.run(later=DAY)
    assert len(reports(site)) == 1


def test_what_changed_and_changed_back_is_not_told(site: Site) -> None:
    follow(site, "daily")
    order(site, "1*900*EA*1.25**VN*C3")
    site.run(later=DAY)
    before = len(reports(site))
    hold(site.step(), "PO1", buyer_line=None, actor="ann", reason="wait")
    site.run()
    release_holds(site.step(), "PO1", kinds=["manual"], actor="ann", reason="go on")
    site.run()
    site.run(later=DAY)
    assert len(reports(site)) == before


# Tables.


def test_a_partner_without_x12_gets_a_table(site: Site) -> None:
    follow(site, partner="shop", send="[csv]")
    head = "PO,Line,Item,Qty,Unit,Price,Store,Due\n"
    site.send("shop", f"{head}S-1,1,B2,60,EA,7.50,S9,\n", "1.csv")
    (table,) = tables(site)
    assert [(row["line"], row["status"], row["quantity"]) for row in table] == [
        ("1", "in process", "45"),
        ("1", "backordered", "15"),
    ]
    site.run(later=DAY)
    assert len(tables(site)) == 1
    site.ship("wh")
    assert next((row["status"], row["shipped_on"]) for row in tables(site)[-1]) == (
        "shipped",
        "2026-03-03",
    )
    assert site.query("SELECT state FROM outbox WHERE set_id = 'csv'") == [("sent",), ("sent",)]


def test_both_formats_tell_the_same_under_one_number(site: Site) -> None:
    follow(site, send='["870", csv]')
    order(site)
    site.ship("wh")
    (told,), (table,) = reports(site), tables(site, "buyer")
    assert [row["quantity"] for row in table] == [quantity[2] for quantity in named(told, "QTY")]
    assert (site.root / "outbox/buyer/status/status_000000001.csv").exists()
    assert named(told, "BSR")[0][3] == "000000001"


def test_an_870_needs_x12(site: Site) -> None:
    follow(site, partner="shop")
    with pytest.raises(ConfigurationError, match="needs x12"):
        site.run()


# Inquiries.


def test_an_inquiry_is_answered_in_the_pass_it_came_in(site: Site) -> None:
    order(site, "1*140*EA*4.00**VN*A1", "2*10*EA*7.50**VN*B2")
    site.send("buyer", x869("PP", "PRF*PO1~LIN*2*VN*B2"), "q.edi")
    (told,) = reports(site)
    assert named(told, "BSR")[0][1:4] == ["1", "PP", "INQ1"]
    assert [line[1] for line in named(told, "PO1")] == ["2"]
    site.run()
    assert len(reports(site)) == 1


def test_an_inquiry_about_an_order_that_comes_with_it_finds_it(site: Site) -> None:
    site.drop("buyer", x869("PA", "PRF*PO1"), "a.edi")
    site.drop("buyer", interchange(x850("PO1")), "b.edi")
    site.run()
    assert parts(reports(site)[0]) == [["PS", "20260302", "10"]]


def test_every_order_asked_for_is_answered_and_unknown_ones_said_so(site: Site) -> None:
    order(site)
    site.send("buyer", x869("PA", "PRF*PO1", "PRF*PO9"), "q.edi")
    (told,) = reports(site)
    assert [prf[1] for prf in named(told, "PRF")] == ["PO1", "PO9"]
    assert named(told, "ISR")[-1] == ["ISR", "ZZ"]
    assert named(told, "PID")[-1][-1] == "we do not have this order"


def test_another_customers_order_is_unknown(site: Site) -> None:
    site.send("shop", "PO,Line,Item,Qty,Unit,Price,Store,Due\nS-1,1,B2,6,EA,7.50,S9,\n", "1.csv")
    site.send("buyer", x869("PA", "PRF*S-1"), "q.edi")
    assert [code[1] for code in named(reports(site)[0], "ISR")] == ["ZZ"]


@pytest.mark.parametrize(
    ("scope", "asked"),
    [
        ("CA", ["PO1", "PO2"]),
        ("CO", ["PO1", "PO2"]),
        ("CI", ["PO1"]),
        ("PI", ["PO1"]),
        ("PO", ["PO1", "PO2"]),
    ],
)
def test_a_scope_says_what_of_which_orders_is_told(
    site: Site, scope: str, asked: list[str]
) -> None:
    order(site, "1*140*EA*4.00**VN*A1", po="PO1", control=1)
    site.ship("wh")
    order(site, "1*40*EA*1.25**VN*C3", po="PO2", control=2)
    levels = ("PRF*PO1", "PRF*PO2") if scope.startswith("P") else ()
    site.send("buyer", x869(scope, *levels), "q.edi")
    (told,) = reports(site)
    assert [prf[1] for prf in named(told, "PRF")] == asked


def test_an_inquiry_about_all_orders_of_nobody_is_answered(site: Site) -> None:
    site.send("buyer", x869("CA"), "q.edi")
    (told,) = reports(site)
    assert named(told, "PRF") == []
    assert named(told, "PID")[0][-1] == "there are no such orders"


def test_an_inquiry_about_changes_is_answered_with_what_is_not_known(site: Site) -> None:
    follow(site, "daily")
    order(site, "1*140*EA*4.00**VN*A1", po="PO1", control=1)
    order(site, "1*5*EA*7.50**VN*B2", po="PO2", control=2)
    site.run(later=DAY)
    site.ship("wh2")
    site.send("buyer", x869("AO"), "q.edi")
    assert [prf[1] for prf in named(reports(site)[-1], "PRF")] == ["PO1"]
    told = len(reports(site))
    site.run(later=DAY)
    assert len(reports(site)) == told


@pytest.mark.parametrize(
    ("asked", "level", "told"),
    [
        ("CA*SP", "LIN*1*VN*B2", [("PO1", ["2"]), ("PO2", ["1"])]),
        ("CA*SP", "LIN*1*VN*NONE", []),
        ("PA*SP", "PRF*PO1~LIN*1*VN*A1", [("PO1", ["1"])]),
        ("PA", "PRF*PO1~LIN*1*VN*A1", [("PO1", ["1", "2"])]),
        ("CA*SD", "DTM*002****RD8*20260319-20260321", [("PO2", ["1"])]),
        ("CA*SD", "DTM*010*20260302", [("PO1", ["1", "2"]), ("PO2", ["1"])]),
        ("CA*SD", "DTM*010*20260304", []),
        ("CA*SD", "DTM*002*20260320", [("PO2", ["1"])]),
        ("CA*SD", "DTM*004*20260302", [("PO1", ["1", "2"]), ("PO2", ["1"])]),
        ("CA*PD", "DTM*002*20260320~LIN*1*VN*A1", []),
        ("CA**SL", "N1*ST*STORE TWO*92*S2", [("PO2", ["1"])]),
    ],
)
def test_an_inquiry_narrowed_by_products_days_or_stores_gets_those_lines(
    site: Site, asked: str, level: str, told: list[tuple[str, list[str]]]
) -> None:
    order(site, "1*10*EA*4.00**VN*A1", "2*6*EA*7.50**VN*B2", po="PO1", control=1)
    second = x850(
        "PO2", "1*6*EA*7.50**VN*B2", ship_to="N1*ST*TWO*92*S2", header=["DTM*002*20260320"]
    )
    site.send("buyer", interchange(second, control=2), "2.edi")
    site.send("buyer", x869(asked, level), "q.edi")
    (answer,) = reports(site)
    found: list[tuple[str, list[str]]] = []
    for segment in answer.decode().split("~"):
        name, *elements = segment.strip().split("*")
        if name == "PRF":
            found.append((elements[0], []))
        elif name == "PO1":
            found[-1][1].append(elements[0])
    assert found == told


def test_a_customer_that_heard_of_some_lines_still_hears_of_the_others(site: Site) -> None:
    follow(site)
    order(site, "1*10*EA*4.00**VN*A1", "2*6*EA*7.50**VN*B2")
    site.drop("buyer", x869("PA*SP", "PRF*PO1~LIN*1*VN*A1"), "q.edi")
    site.ship("wh")
    answer, report = reports(site)
    assert [line[1] for line in named(answer, "PO1")] == ["1"]
    assert [line[1] for line in named(report, "PO1")] == ["1", "2"]


def test_an_inquiry_that_names_no_order_is_refused(site: Site) -> None:
    site.send("buyer", x869("PA"), "q.edi")
    assert reports(site) == []
    assert named(site.sent("buyer", "997"), "AK5")[0][1] == "R"


# Words.


def test_warehouses_read_what_they_owe_and_told(site: Site) -> None:
    order(site, "1*140*EA*4.00**VN*A1")
    first, second = warehouse_words(site.step(), 1)
    assert (first["status"], first["owes"]) == ("to ship", "word that it left by 2026-03-02")
    site.ship("wh")
    first, second = warehouse_words(site.step(), 1)
    assert (first["status"], first["owes"]) == ("shipped", "")
    assert [load["set_id"] for load in first["loads"]] == ["945"]
    assert second["status"] == "to ship"
    assert [document["set_id"] for document in second["documents"]] == ["940"]


def test_customers_read_no_node_no_cost_and_no_exception_of_ours(site: Site) -> None:
    order(site, "1*160*EA*4.00**VN*A1")
    site.ship("wh", "short")
    text = json.dumps(customer_words(site.step(), 1), default=str)
    for secret in ("DAL", "RNO", "cents", "node", "short_shipped"):
        assert secret not in text
    assert "less was shipped than planned" in text


# A big book.


def test_a_look_costs_what_happened_and_not_what_is_in_the_book(site: Site) -> None:
    """Every query of it searches by an index; only the few feeds are read as a whole."""
    follow(site)
    order(site)
    connection = site.connect()
    asked: list[str] = []
    connection.set_trace_callback(asked.append)
    status.happened(connection, after=3)
    status.due(connection, "buyer", after=0, limit=10)
    status.live_orders(connection, "buyer")
    status.orders_named(connection, "buyer", "PO1", "")
    status.open_inquiries(connection)
    status.answered_at(connection, 1)
    status.was_held_when_answered(connection, 1)
    for query in (status.told, status.going, status.left, status.open_holds):
        query(connection, [1, 2])
    connection.set_trace_callback(None)
    assert len(asked) == 11
    for sql in asked:
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}")]
        scans = [step for step in plan if step.startswith("SCAN") and "USING" not in step]
        assert set(scans) <= {"SCAN f", "SCAN d", "SCAN CONSTANT ROW"}, sql


# Crashes.


def test_reports_and_answers_survive_kills(site: Site, tmp_path: Path) -> None:
    """SIGKILL anywhere: each report is written once, whole, and nothing is told twice."""

    def morning(one: Site) -> None:
        follow(one, send='["870", csv]')
        order(one, "1*140*EA*4.00**VN*A1")
        one.ship("wh")
        change = x860("PO1", "1*QD*140*20*EA***VN*A1")
        one.drop("buyer", interchange(change, control=2, functional_id="PC"), "2.edi")
        one.drop("buyer", x869("PA", "PRF*PO1", "PRF*PO9"), "q.edi")

    morning(site)
    site.run()
    assert reports(site)
    assert site.now == NOW
    fresh = Site(tmp_path / "fresh")
    morning(fresh)
    found = sweep(fresh, tmp_path / "sweep", kills=1, among=6)
    assert found["faults"] == []
    assert found["different"] == []
