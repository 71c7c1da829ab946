"""Counts against documents: what is booked, what is doubted, what is named."""

import random
from datetime import timedelta

import pytest

from oms_edi.errors import NotFound
from oms_edi.pipeline.stock.accept_count import accept_count
from oms_edi.store import stock_queries
from tests.integration.test_stock import count
from tests.integration.test_stock_inbound import announce
from tests.integration.test_stock_movements import figures, x944, x947
from tests.support.edi import interchange, x850
from tests.support.site import CONFIG, Site

DALLAS = "state: TX, rank: 1"


def feed(site: Site, text: str) -> None:
    """Say how far Dallas is trusted."""
    site.configure("config", CONFIG.replace(DALLAS, f"{DALLAS}, stock_feed: {{{text}}}"))


@pytest.fixture
def strict(site: Site) -> Site:
    """Dallas must explain more than 2 units, or 2 percent."""
    feed(site, "believe: within_tolerance, tolerance_units: 2, tolerance_percent: 2")
    return site


def drift(site: Site) -> str:
    (exception,) = site.exceptions()
    assert exception["kind"] == "stock_drift"
    return str(exception["text"])


def test_a_small_difference_is_booked_with_its_reason(strict: Site) -> None:
    strict.send("wh", count("A1 98 EA", as_of="20260302*0859"), "a.edi")
    strict.now += timedelta(hours=1)
    strict.send("wh", count("A1 98 EA", as_of="20260302*0930", control=2), "b.edi")
    assert figures(strict) == (98, 0, 98)
    (note,) = strict.query(
        "SELECT note FROM stock_ledger WHERE kind = 'snapshot' AND note LIKE 'counted%'"
    )
    assert note[0].startswith("counted 98 as of 2026-03-02T15:30:00Z, expected 100")
    assert strict.exceptions() == []


def test_too_few_are_doubted_and_not_sold_until_someone_explains(strict: Site) -> None:
    strict.now += timedelta(hours=1)
    strict.send("wh", count("A1 60 EA", as_of="20260302*0930"))
    assert figures(strict) == (100, 0, 60)
    assert strict.level("A1", "DAL")["doubted"] == 40
    assert "counted 60 A1" in drift(strict)
    assert "947 of wh" in drift(strict)
    strict.send("wh", x947("AA -40 A1"), "late.edi")
    assert figures(strict) == (60, 0, 60)
    assert strict.exceptions() == []


def test_too_many_are_not_sold_either(strict: Site) -> None:
    strict.now += timedelta(hours=1)
    strict.send("wh", count("A1 150 EA", as_of="20260302*0930"))
    assert figures(strict) == (100, 0, 100)
    assert "50 more than documents say; 100 are promised from" in drift(strict)


def test_the_945_that_is_missing_is_named_and_closes_it(strict: Site) -> None:
    strict.send("buyer", interchange(x850("PO1", "1*30*EA*4.00**VN*A1")))
    strict.now += timedelta(hours=1)
    strict.send("wh", count("A1 70 EA", as_of="20260302*0930"))
    assert "945 of SO100001-1 (30 A1, to leave 2026-03-02), exactly so many" in drift(strict)
    assert figures(strict) == (100, 0, 40)
    strict.now += timedelta(hours=5)
    strict.ship("wh")
    assert figures(strict) == (70, 0, 70)
    assert strict.exceptions() == []


def test_a_945_that_comes_a_day_late_is_not_taken_off_twice(site: Site) -> None:
    """The count believed is the shelf without what left; its 945 comes the morning after."""
    site.send("buyer", interchange(x850("PO1", "1*30*EA*4.00**VN*A1")))
    site.now += timedelta(hours=8)
    site.send("wh", count("A1 70 EA", as_of="20260302*1630"))
    assert figures(site) == (70, 0, 40)
    site.ship("wh")
    assert figures(site) == (70, 0, 70)


def test_the_944_that_is_missing_is_named_and_closes_it(strict: Site) -> None:
    announce(strict, "PO77,DAL,A1,50,2026-03-02")
    strict.now += timedelta(hours=1)
    strict.send("wh", count("A1 150 EA", as_of="20260302*0930"))
    assert "944 of PO77 (50 A1, due 2026-03-02), exactly so many" in drift(strict)
    strict.send("wh", x944("50 A1", reference="PO77"), "944.edi")
    assert figures(strict) == (150, 0, 150)
    assert strict.exceptions() == []


def test_two_receipts_of_one_truck_are_named(strict: Site) -> None:
    strict.send("wh", x944("25 A1", number="RC1", control=1), "1.edi")
    strict.send("wh", x944("25 A1", number="RC1B", control=2), "2.edi")
    strict.now += timedelta(hours=1)
    strict.send("wh", count("A1 125 EA", as_of="20260302*0930"), "3.edi")
    assert "944 RC1 and 944 RC1B both brought 25 A1" in drift(strict)


def test_a_later_count_that_agrees_closes_it(strict: Site) -> None:
    strict.now += timedelta(hours=1)
    strict.send("wh", count("A1 60 EA", as_of="20260302*0930"), "a.edi")
    strict.send("wh", count("A1 100 EA", as_of="20260302*0945", control=2), "b.edi")
    assert figures(strict) == (100, 0, 100)
    assert strict.exceptions() == []


def test_a_person_believes_a_count(strict: Site) -> None:
    strict.now += timedelta(hours=1)
    strict.send("wh", count("A1 60 EA", as_of="20260302*0930"))
    level = accept_count(strict.step(), "A1", "DAL", actor="ann", reason="counted again")
    assert (level.on_hand, level.free) == (60, 60)
    assert strict.exceptions() == []
    with pytest.raises(NotFound, match="no count of A1"):
        accept_count(strict.step(), "A1", "DAL", actor="ann", reason="again")


def test_only_orders_the_warehouse_had_acknowledged_are_added_to_what_is_available(
    site: Site,
) -> None:
    site.send("buyer", interchange(x850("PO1", "1*30*EA*4.00**VN*A1")))
    site.acknowledge("wh", "940")
    site.send("buyer", interchange(x850("PO2", "1*20*EA*4.00**VN*A1"), control=2), "2.edi")
    site.now += timedelta(hours=1)
    site.send("wh", count("A1 70 EA 33", as_of="20260302*0930"), "c.edi")
    assert site.stock("A1", "DAL") == (100, 50)


def test_a_node_may_mean_something_else_than_its_mapping(site: Site) -> None:
    feed(site, "basis: available")
    site.send("buyer", interchange(x850("PO1", "1*30*EA*4.00**VN*A1")))
    site.acknowledge("wh", "940")
    site.now += timedelta(hours=1)
    site.send("wh", "sku,on hand\nA1,70\n", "count.csv")
    assert site.stock("A1", "DAL") == (100, 30)


def test_a_count_without_its_time_is_as_old_as_agreed(site: Site) -> None:
    feed(site, "lag_min: 90")
    site.now += timedelta(hours=2)
    site.send("wh", "sku,on hand\nA1,80\n", "count.csv")
    assert site.level("A1", "DAL")["as_of"] == "2026-03-02T15:30:00Z"


def test_old_figures_take_a_node_out_and_a_count_brings_it_back(site: Site) -> None:
    feed(site, "max_age_h: 24, when_stale: exclude")
    site.run(later=timedelta(hours=25))
    assert "last told its stock 2026-03-02T15:00:00Z" in site.exceptions()[0]["text"]
    site.send("buyer", interchange(x850("PO1", "1*70*EA*4.00**VN*A1")))
    assert site.orders()[0]["nodes"] == ["RNO"]
    assert site.orders()[0]["backordered"] == 20
    (decision,) = site.query("SELECT decision FROM decisions")
    assert "stock feed is stale" in decision[0]
    site.send("wh", count("A1 100 EA", as_of="20260303*0930", control=2), "c.edi")
    assert site.orders()[0]["backordered"] == 0
    assert site.exceptions() == []


def test_old_figures_raise_what_is_kept(site: Site) -> None:
    feed(site, "max_age_h: 24, when_stale: safety_stock, stale_safety_stock: 40")
    site.run(later=timedelta(hours=25))
    assert "40 more of each item are kept there" in site.exceptions()[0]["text"]
    site.send("buyer", interchange(x850("PO1", "1*120*EA*4.00**VN*A1")))
    assert site.stock("A1", "DAL") == (100, 60)


def test_old_figures_may_only_be_told(site: Site) -> None:
    feed(site, "max_age_h: 24")
    site.run(later=timedelta(hours=25))
    site.send("buyer", interchange(x850("PO1", "1*72*EA*4.00**VN*A1")))
    assert site.orders()[0]["nodes"] == ["DAL"]
    assert site.exception_kinds() == ["stale_feed"]


def test_an_item_may_have_a_safety_stock_of_its_own(site: Site) -> None:
    text = f"{DALLAS}, safety_stock: 95, safety_stock_of: [{{item: A1, units: 40}}]"
    site.configure("config", CONFIG.replace(DALLAS, text))
    site.send("buyer", interchange(x850("PO1", "1*84*EA*4.00**VN*A1")))
    assert site.stock("A1", "DAL") == (100, 60)


@pytest.mark.parametrize(
    ("damage", "check"),
    [
        ("UPDATE stock_levels SET held = held + 1 WHERE item = 'B2'", "held is the sum"),
        ("UPDATE stock_levels SET doubted = doubted + 1 WHERE item = 'A1'", "doubted is the sum"),
        ("UPDATE stock_levels SET doubted = 0 WHERE item = 'A1'", "doubted is what the last"),
        ("UPDATE stock_counts SET counted = counted + 1", "the last count differs"),
        ("UPDATE inbound SET missing = missing + 1", "what came of inbound goods"),
        ("UPDATE inbound_moves SET units = units + 60", "goods received are on the shelf"),
        ("INSERT INTO promises VALUES (1, '2026-03-09', 1)", "only what waits has a promise"),
        (
            "INSERT INTO stock_ledger (at, moved_at, item, node, kind, on_hand_delta,"
            " reserved_delta, document_id, note) SELECT at, moved_at, item, node, kind,"
            " on_hand_delta, 0, document_id, note FROM stock_ledger WHERE kind = 'receipt'",
            "no document moved an item twice",
        ),
        (
            "INSERT INTO stock_ledger (at, moved_at, item, node, kind, on_hand_delta, held_delta,"
            " reserved_delta) VALUES ('x', 'x', 'A1', 'DAL', 'status', 0, 101, 0)",
            "the ledger never promised",
        ),
    ],
)
def test_a_deliberately_broken_position_is_found(strict: Site, damage: str, check: str) -> None:
    announce(strict, "PO77,DAL,B2,50,2026-03-09")
    strict.send("wh", x944("40 B2 3:01", reference="PO77"), "944.edi")
    strict.now += timedelta(hours=1)
    strict.send("wh", count("A1 60 EA", as_of="20260302*0930"), "846.edi")
    strict.send("buyer", interchange(x850("PO1", "1*10*EA*4.00**VN*A1")))
    assert strict.divergences() == []
    strict.is_broken = True
    connection = strict.connect()
    assert connection.execute(damage).rowcount > 0
    assert any(name.startswith(check) for name, _ in strict.divergences())


def test_the_position_of_a_past_instant_as_known_then_and_as_known_now(strict: Site) -> None:
    strict.send("buyer", interchange(x850("PO1", "1*30*EA*4.00**VN*A1")))
    strict.now += timedelta(days=1)
    strict.ship("wh")
    (then,) = stock_queries.position_at(
        strict.connect(), "A1", node="DAL", at="2026-03-02T20:00:00Z"
    )
    assert (then["on_hand"], then["reserved"], then["free"]) == (100, 30, 70)
    (now,) = stock_queries.position_at(
        strict.connect(), "A1", node="DAL", at="2026-03-04T00:00:00Z"
    )
    assert (now["on_hand"], now["reserved"], now["hindsight"]) == (70, 0, 70)
    causes = [row["cause"] for row in stock_queries.ledger(strict.connect(), "A1", node="DAL")]
    assert causes[1] == "SO100001 line 1"
    assert causes[-1].startswith("SO100001 line 1 945 ")


@pytest.mark.parametrize("seed", range(8))
def test_any_course_of_documents_keeps_every_figure_explained(strict: Site, seed: int) -> None:
    """Receipts, adjustments, counts, orders and shipments in any order, some of them twice."""
    chance = random.Random(seed)
    if seed % 2:
        feed(strict, "believe: always")
    sent: list[bytes] = []
    for control in range(1, 13):
        item, units = chance.choice(("A1", "B2", "C3")), chance.randint(1, 40)
        day = strict.now.strftime("%Y%m%d")
        what = chance.choice(("944", "947", "count", "order", "order", "ship", "again", "inbound"))
        if what == "944":
            line = f"{units} {item} {min(units, 3)}:{chance.choice(('01', '02', '08'))}"
            reference = chance.choice(("", "PO77"))
            sent.append(x944(line, number=f"RC{control}", reference=reference, control=control))
        elif what == "947":
            reason = chance.choice(("AA", "05", "55", "07", "AU", "AC"))
            line = f"{reason} {chance.choice((-1, 1)) * units} {item}"
            sent.append(x947(line, number=f"AD{control}", control=control))
        elif what == "count":
            clock = (strict.now - timedelta(hours=chance.randint(6, 8))).strftime("%H%M")
            line = f"{item} {units * 3} EA {chance.choice(('17', '33'))}"
            sent.append(count(line, as_of=f"{day}*{clock}", control=control))
        elif what == "order":
            order = x850(f"PO{control}", f"1*{units}*EA***VN*{item}")
            strict.drop("buyer", interchange(order, control=control), f"{control}.edi")
        elif what == "ship":
            strict.ship("wh", chance.choice(("full", "short", "split")))
        elif what == "inbound":
            due = (strict.now + timedelta(days=chance.randint(0, 4))).date()
            announce(strict, f"PO77,DAL,{item},{units * 3},{due}")
        if sent and what not in ("order", "ship", "inbound"):
            content = chance.choice(sent) if what == "again" else sent[-1]
            strict.drop("wh", content, f"{control}.edi")
        strict.run(later=timedelta(hours=chance.choice((1, 3, 26))))
        assert strict.divergences() == []
    assert not strict.run()
