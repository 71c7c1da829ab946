"""What each check of an order does, by the customer's settings: every check with every action."""

import json
from typing import Any

import pytest

from oms_edi.pipeline.people import acts
from oms_edi.pipeline.run import Runner, owner
from tests.support.edi import interchange, named, x850, x860
from tests.support.site import MAPPINGS, Site


def terms(site: Site, text: str, *, partner: str = "portal") -> None:
    """Give a customer more terms."""
    site.configure(partner, MAPPINGS[partner].replace("orders:\n", f"orders:\n  {text}\n", 1))


def send(site: Site, po_number: str = "J-1", **changes: Any) -> None:
    line = {"line": "1", "item": "A1", "quantity": 24, "unit_price": "4.00"}
    for name in ("item", "quantity", "unit_price", "unit"):
        if name in changes:
            line[name] = changes.pop(name)
    order = {"po_number": po_number, "ship_to": {"code": "P1"}, "lines": [line], **changes}
    site.send("portal", json.dumps(order), f"{po_number}.json")


def settled(site: Site) -> list[str]:
    return [e["text"] for e in site.order()["timeline"] if e["name"] == "order.settled"]


# (settings, what is wrong with the order, hold kind) and what each action leaves.
CASES: list[tuple[str, dict[str, Any], str, str]] = [
    (
        "price: {{action: {}}}",
        {"unit_price": "3.50"},
        "price",
        "price 3.50 differs from ours, 4.00",
    ),
    ("quantity: {{action: {}}}", {"quantity": 13}, "pack", "13 EA of A1 is no multiple of 12"),
    (
        "dates: {{action: {}}}",
        {"not_before": "2026-03-20", "not_after": "2026-03-10"},
        "date",
        "not before 2026-03-20 is later than not after 2026-03-10",
    ),
    (
        "dates: {{lead_days: 10, lead_action: {}}}",
        {"deliver_by": "2026-03-08"},
        "date",
        "6 days until 2026-03-08; we need 10",
    ),
    (
        "ship_to: {{unknown: {}}}",
        {"ship_to": {"code": "P9", "name": "NEW", "postal_code": "74133", "state": "OK"}},
        "address",
        "store P9 is not in our master data",
    ),
    (
        "ship_to: {{differs: {}}}",
        {"ship_to": {"code": "P1", "name": "MOVED", "postal_code": "80216", "state": "CO"}},
        "address",
        "store P1 is at 80216 in the order, at 74133 in our master data",
    ),
    (
        "money: {{minimum: 100, minimum_action: {}}}",
        {},
        "minimum",
        "worth 96.00, less than the minimum of 100.00",
    ),
    (
        "money: {{approval_above: 50, approval_action: {}}}",
        {},
        "approval",
        "worth 96.00; above 50.00 a person approves",
    ),
    (
        "money: {{credit_limit: 90, credit_action: {}}}",
        {},
        "credit",
        "owes 0.00 and has 0.00 open; with 96.00 that is over its limit of 90.00",
    ),
]
TAKES = {
    "price": ("none", "warn", "hold", "accept_theirs", "accept_ours"),
    "quantity": ("none", "warn", "hold", "accept_ours"),
    "unknown": ("accept_theirs", "warn", "hold"),
    "differs": ("none", "warn", "hold", "accept_theirs", "accept_ours"),
}


def every() -> list[Any]:
    found = []
    for setting, changes, kind, told in CASES:
        name = next((key for key in TAKES if f"{key}: {{" in setting), "")
        for action in TAKES.get(name, ("none", "warn", "hold")):
            case = (setting.format(action), action, changes, kind, told)
            found.append(
                pytest.param(*case, id=f"{kind}-{setting.split(':')[1].strip(' {')}-{action}")
            )
    return found


@pytest.mark.parametrize(("setting", "action", "changes", "kind", "told"), every())
def test_a_finding_does_what_the_customers_settings_say(
    site: Site, setting: str, action: str, changes: dict[str, Any], kind: str, told: str
) -> None:
    terms(site, setting)
    send(site, **changes)
    order = site.order()
    kinds = {one["kind"]: one["text"] for one in site.exceptions()}
    if action == "hold":
        assert order["status"] == "held"
        assert told in kinds[kind]
        acts.release_holds(site.step(), "J-1", kinds=[kind], actor="mia", reason="agreed")
        site.run()
        assert site.order()["status"] == "released"
        assert site.exception_kinds() == []
        return
    assert order["status"] == "released"
    assert set(kinds) == ({"warning"} if action == "warn" else set())
    if action == "warn":
        assert told in kinds["warning"]
    is_silent = action in ("none", "warn") or "unknown" in setting
    assert any(told in text for text in settled(site)) is not is_silent


def test_the_price_and_the_quantity_we_accept_are_what_is_shipped_and_invoiced(site: Site) -> None:
    terms(site, "price: {action: accept_ours}\n  quantity: {action: accept_ours}")
    send(site, unit_price="3.50", quantity=13)
    (line,) = site.order()["lines"]
    assert (line["price"], line["ordered"], line["released"]) == ("4.00", 24, 24)
    assert settled(site) == [
        "price: line 1: price 3.50 differs from ours, 4.00; ours was taken",
        "pack: line 1: 13 EA of A1 is no multiple of 12: rounded up to 24; ours was taken",
    ]
    assert site.divergences() == []


def test_a_quantity_that_was_rounded_up_is_told_in_the_855(site: Site) -> None:
    terms(site, "quantity: {action: accept_ours}", partner="buyer")
    site.send("buyer", interchange(x850("PO1", "1*13*EA*4.00**VN*A1")))
    answer = site.sent("buyer", "855")
    assert named(answer, "BAK")[0][2] == "AC"
    assert named(answer, "PO1")[0][2] == "13"
    assert named(answer, "ACK")[0][1:3] == ["IQ", "24"]
    assert named(site.sent("wh", "940"), "W01")[0][1:3] == ["24", "EA"]


@pytest.mark.parametrize(
    ("columns", "quantity", "told"),
    [
        ("0,20", 24, "24 EA of A1 is no multiple of 20"),
        ("30,", 24, "24 EA of A1 is less than the 30 we sell at least"),
        ("30,5", 32, "32 EA of A1 is no multiple of 5"),
        (",", 13, "13 EA of A1 is no multiple of 12"),
    ],
)
def test_an_item_has_its_own_minimum_and_multiple_for_a_customer(
    site: Site, columns: str, quantity: int, told: str
) -> None:
    terms(site, "quantity: {action: hold}")
    site.load("prices", f"partner,item,price,minimum,multiple\nportal,A1,4.00,{columns}\n")
    send(site, quantity=quantity)
    assert told in site.exceptions()[0]["text"]
    done = site.load("prices", "partner,item,price,minimum,multiple\nportal,A1,4.00,1,1\n")
    assert (done.cured, site.exceptions()) == (1, [])
    site.run()
    assert site.order()["status"] == "released"


def test_prices_without_quantities_keep_what_was_agreed(site: Site) -> None:
    site.load("prices", "partner,item,price,minimum,multiple\nportal,A1,4.00,30,6\n")
    done = site.load("prices", "partner,item,price\nportal,A1,4.20\n")
    (change,) = done.changes
    assert change.before == "4.00, at least 30, by 6"
    assert change.after == "4.20, at least 30, by 6"


def test_an_address_of_a_store_we_know_gets_its_code(site: Site) -> None:
    place = {"name": "P one", "street": "1 Example St.", "postal_code": "74133-1111"}
    send(site, ship_to=place)
    (found,) = site.order()["destinations"]
    assert (found["id_code"], found["name"]) == ("P1", "PORTAL ONE")


@pytest.mark.parametrize("late", ["deliver_by", "not_after", "cancel_after"])
def test_a_day_that_has_passed_holds_the_order(site: Site, late: str) -> None:
    send(site, **{late: "2026-03-01"})
    assert site.exception_kinds() == ["date"]


def test_warnings_of_an_order_stand_in_one_exception(site: Site) -> None:
    terms(site, "price: {action: warn}\n  quantity: {action: warn}")
    send(site, unit_price="3.50", quantity=13)
    (one,) = site.exceptions()
    assert "differs from ours" in one["text"]
    assert "no multiple of 12" in one["text"]


# Credit.


def test_open_orders_count_against_the_limit_until_they_ship(site: Site) -> None:
    terms(site, "money: {credit_limit: 200}")
    send(site, "J-1")  # 96
    send(site, "J-2")  # 192
    send(site, "J-3")  # 288: too much
    assert [site.order(n)["status"] for n in (1, 2, 3)] == ["released", "released", "held"]
    assert "has 192.00 open; with 96.00" in site.exceptions()[0]["text"]
    site.ship("wh")
    assert site.order(3)["status"] in ("released", "shipped")
    assert site.exception_kinds() == []
    assert site.divergences() == []


def test_orders_of_one_file_count_against_each_other(site: Site) -> None:
    terms(site, "money: {credit_limit: 100}")
    line = {"item": "C3", "quantity": 20, "unit_price": "1.25"}
    rows = [
        json.dumps({"po_number": f"J-{n}", "ship_to": {"code": "P1"}, "lines": [line]})
        for n in range(1, 7)
    ]
    site.send("portal", "\n".join(rows), "six.jsonl")
    assert site.exception_kinds().count("credit") == 2


def test_what_is_held_for_credit_takes_no_credit_and_goes_oldest_first(site: Site) -> None:
    terms(site, "money: {credit_limit: 100}")
    for number, units in enumerate((60, 24, 12), start=1):  # 240, 96, 48
        send(site, f"J-{number}", quantity=units)
    assert [site.order(n)["status"] for n in (1, 2, 3)] == ["held", "released", "held"]
    acts.cancel(site.step(), "J-2", buyer_line=None, actor="mia", reason="stop it")
    site.ship("wh", "short")
    assert site.order(3)["status"] in ("released", "shipped")
    assert site.order(1)["status"] == "held"


def test_a_copy_of_an_order_and_a_person_who_knows_better(site: Site) -> None:
    terms(site, "money: {credit_limit: 50}")
    send(site)
    acts.release_holds(site.step(), "J-1", kinds=["credit"], actor="mia", reason="paid by wire")
    site.run()
    assert site.order()["status"] == "released"
    assert [e["actor"] for e in site.order()["timeline"] if e["name"] == "hold.released"] == ["mia"]


def test_an_order_is_judged_again_when_its_worth_becomes_known(site: Site) -> None:
    terms(site, "money: {approval_above: 50}")
    send(site, item="B2", unit="DZ", quantity=1, unit_price=None)
    assert site.exception_kinds() == ["unit"]
    site.load("items", "item,description,unit,weight_g,pack,units\nB2,TWO,EA,900,6,CA=6;DZ=12\n")
    (one,) = site.exceptions()
    assert (one["kind"], "worth 90.00" in one["text"]) == ("approval", True)
    acts.release_holds(site.step(), "J-1", kinds=[], actor="mia", reason="approved")
    site.load("prices", "partner,item,price\n,B2,8.00\n")
    assert site.exceptions() == []


@pytest.mark.parametrize(("setting", "often"), [("", 0), ("money: {credit_limit: 9999}", 1)])
def test_the_book_is_asked_once_a_file_about_the_customer_not_once_an_order(
    site: Site, setting: str, often: int
) -> None:
    if setting:
        terms(site, setting)
    line = {"item": "C3", "quantity": 1, "unit_price": "1.25"}
    rows = [
        json.dumps({"po_number": f"J-{n}", "ship_to": {"code": "P1"}, "lines": [line]})
        for n in range(30)
    ]
    site.drop("portal", "\n".join(rows))
    asked: list[str] = []
    with owner(site.config):
        runner = Runner(config=site.config, partners=site.partners, clock=lambda: site.now)
        runner.connection.set_trace_callback(asked.append)
        runner.once()
        runner.connection.close()
    assert len(site.orders()) == 30
    assert len([sql for sql in asked if "FROM customers" in sql]) <= 1
    assert len([sql for sql in asked if "FROM customer_places" in sql]) <= 1
    assert len([sql for sql in asked if "o.settled = 0" in sql]) == often


def test_what_is_open_is_found_by_an_index_and_settled_orders_are_left_alone(site: Site) -> None:
    terms(site, "money: {credit_limit: 9999}")
    send(site, "J-1")
    site.ship("wh")
    send(site, "J-2")
    send(site, "J-3")
    assert site.query("SELECT order_id FROM orders WHERE settled = 1") == [(1,)]
    plan = site.query(
        "EXPLAIN QUERY PLAN SELECT order_id FROM orders o WHERE o.partner = 'portal'"
        " AND o.settled = 0"
    )
    assert "orders_unsettled" in str(plan)
    assert site.divergences() == []
    site.connect().execute("UPDATE orders SET settled = 1 WHERE order_id = 2")
    (found,) = site.divergences()
    assert "settled orders have nothing live" in str(found)
    site.is_broken = True


def test_an_order_that_was_changed_to_be_worth_enough_goes_on(site: Site) -> None:
    terms(site, "money: {minimum: 100}", partner="buyer")
    site.send("buyer", interchange(x850("PO1", "1*12*EA*4.00**VN*A1")))
    assert site.exception_kinds() == ["minimum"]
    change = x860("PO1", "1*QI*36**EA*4.00**VN*A1")
    site.send("buyer", interchange(change, functional_id="PC", control=2))
    assert site.exception_kinds() == []
    assert site.order()["status"] == "released"
