"""An order by phone: what is shown before it is saved is what becomes of it."""

import html
import re
from typing import Any

from httpx2 import Response
from starlette.testclient import TestClient

from oms_edi.domain.role import Role
from oms_edi.pipeline.intake.new_order import document, preview
from oms_edi.pipeline.master.import_inbound import import_inbound
from oms_edi.pipeline.people.acts import find_order
from tests.support.site import MAPPINGS, Site, name
from tests.support.visitor import PASSWORD, csrf, logged_in, send, with_user

FORM: dict[str, Any] = {
    "customer": "portal",
    "po_number": "TEL-1",
    "code": "P1",
    "item": ["A1", "B2"],
    "quantity": ["2", "6"],
    "unit": ["CA", "EA"],
    "unit_price": ["", ""],
}


def press(client: TestClient, button: str, **values: Any) -> Response:
    """Press a button of the form."""
    token = csrf(client, "/orders/new?customer=portal")
    return client.post("/orders/new", data={"csrf": token, "do": button, **FORM, **values})


def mark_of(answer: Response) -> str:
    found = re.search(r'name="mark" value="([0-9a-f]+)"', answer.text)
    assert found, answer.text
    return found[1]


def words_of(answer: Response) -> str:
    text = re.sub(r"<[^>]+>", " ", answer.text.partition('<div class="page">')[2])
    return " ".join(html.unescape(text).split())


def save(client: TestClient, **values: Any) -> Response:
    """Check an order and save it as it was shown."""
    return press(client, "save", mark=mark_of(press(client, "check", **values)), **values)


def test_a_customer_is_found_by_words_of_the_name(operator: TestClient) -> None:
    assert operator.get("/orders/new?who=portal").headers["location"].endswith("customer=portal")
    assert "The Other Buyer" in operator.get("/orders/new?who=the").text
    assert "No customer" in operator.get("/orders/new?who=nobody").text
    assert operator.get("/orders/new?customer=wh").status_code == 404


def test_items_are_looked_for_by_words_and_added_with_a_button(operator: TestClient) -> None:
    found = words_of(press(operator, "find", words="article three"))
    assert "C3 Article Three 1.25 per EA RNO 30" in found
    added = press(operator, "add:C3").text
    assert added.count('name="item"') == 3
    assert press(operator, "remove:0").text.count('name="item"') == 1
    assert press(operator, "enter", words="nonsense").text.count("No item has these words") == 1


def test_a_credit_limit_is_looked_at_before_it_is_saved(operator: TestClient, site: Site) -> None:
    text = MAPPINGS["portal"].replace("orders:\n", "orders:\n  money: {credit_limit: 50}\n", 1)
    site.configure("portal", text)
    with_user(site, "otto", Role.OPERATOR)
    told = words_of(press(logged_in(site, "otto", PASSWORD), "check"))
    assert "owes 0.00 and has 0.00 open; with 141.00 that is over its limit of 50.00" in told


def test_price_stock_and_day_are_shown_before_it_is_saved(operator: TestClient, site: Site) -> None:
    text = words_of(press(operator, "check", deliver_by="2026-03-06"))
    assert "24 units 48.00 DAL 100, RNO 50 24 from DAL, Mon Mar 2 Tue Mar 3" in text
    assert "Worth $141.00" in text
    assert "no hold It would go on at once" in text
    assert site.orders() == []


def test_what_the_checks_find_is_told_before_it_is_saved(operator: TestClient, site: Site) -> None:
    text = words_of(press(operator, "check", unit_price=["1.00", ""]))
    assert "once it is released: Price differs" in text
    assert "24 from DAL, Mon Mar 2 Tue Mar 3" in text  # as it will be then
    text = words_of(press(operator, "check", item=["NOBODY", "B2"]))
    assert "Item unknown" in text
    assert "not known yet" in text
    answer = press(operator, "check", quantity=["x", "6"])
    assert answer.status_code == 422
    assert "line 1, quantity: must be" in words_of(answer)
    assert site.orders() == []


def test_what_is_short_says_when_it_comes(operator: TestClient, site: Site) -> None:
    wanted: dict[str, Any] = {"item": ["C3"], "quantity": ["90"], "unit": ["EA"]}
    text = words_of(press(operator, "check", **wanted))
    assert "60 short no day is certain" in text
    assert "what is short waits for stock" in text
    path = site.root / "expected.csv"
    path.write_text("reference,node,item,units,due_on\nPO-1,DAL,C3,5000,2026-03-09\n")
    import_inbound(site.step(), path, actor="test", dry_run=False)
    text = words_of(press(operator, "check", **wanted))
    assert "60 short would ship Tue Mar 10" in text  # a day on the dock


def test_it_is_saved_as_it_was_shown_or_shown_again(operator: TestClient, site: Site) -> None:
    mark = mark_of(press(operator, "check"))
    other = press(operator, "save", mark=mark, quantity=["3", "6"])
    assert other.status_code == 200
    assert "36 units" in words_of(other)
    assert site.orders() == []
    answer = press(operator, "save", mark=mark)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/orders/{name(1)}")
    (event,) = [e for e in site.order()["timeline"] if e["name"] == "order.entered"]
    assert event["actor"] == "maria"
    assert "the customer called" in event["text"]


def test_the_order_gets_what_was_offered(operator: TestClient, site: Site) -> None:
    values: dict[str, Any] = {"item": ["A1", "B2"], "quantity": ["12", "43"]}
    path = site.root / "order.json"
    order: dict[str, object] = {
        "po_number": "TEL-1",
        "ship_to": {"code": "P1"},
        "lines": [
            {"line": "1", "item": "A1", "quantity": "12", "unit": "CA"},
            {"line": "2", "item": "B2", "quantity": "43", "unit": "EA"},
        ],
    }
    path.write_bytes(document(order))
    seen = preview(site.step(), path, customer="portal")
    offered = [
        (part.node, part.units, part.ships_on.isoformat(), part.arrives_on.isoformat())
        for line in seen.lines
        for part in line.quoted.sources
    ]
    assert save(operator, **values).status_code == 303
    site.run()
    found = site.query(
        "SELECT node, quantity, ship_on, deliver_on FROM allocations ORDER BY allocation_id"
    )
    assert sorted(found) == sorted(offered)
    assert len(offered) > 2
    assert find_order(site.step(), "TEL-1") == 1


def test_the_same_po_twice_is_another_order_or_refused(operator: TestClient, site: Site) -> None:
    assert save(operator).status_code == 303
    assert "is known as SO100001" in words_of(press(operator, "check"))
    answer = save(operator)
    assert (answer.status_code, len(site.orders())) in ((422, 1), (303, 2))


def test_an_order_is_entered_by_operators_only(client: TestClient, site: Site) -> None:
    assert client.get("/orders/new").status_code == 403
    with_user(site, "vera", Role.VIEWER)
    viewer = logged_in(site, "vera")
    assert viewer.get("/orders/new").status_code == 403
    assert send(viewer, "/orders/new", do="save", **FORM).status_code == 403
    assert site.orders() == []


def test_markup_that_is_typed_stays_text(operator: TestClient) -> None:
    bad = '"><script>alert(1)</script>'
    answer = press(operator, "check", po_number=bad, item=[bad, "B2"], note=bad, words=bad)
    assert "<script>alert" not in answer.text
