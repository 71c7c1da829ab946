"""The page of an order: how it stands and why, and every act that is possible, under one's name."""

import re
from datetime import timedelta
from html import unescape

import pytest
from starlette.testclient import TestClient

from oms_edi.domain.role import Role
from oms_edi.web.order_acts import acts_of
from tests.support.edi import interchange, x850, x860
from tests.support.site import Site, name
from tests.support.supplier import with_supplier
from tests.support.visitor import logged_in, send, with_user

WORDS = {"warehouse-said": "agreed", "supplier-said": "confirmed"}
WRONG_PRICE = "1*10*EA*9.00**VN*A1"


def text_of(client: TestClient, path: str) -> str:
    """Return what a person reads of a page."""
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    text = re.sub(r"<[^>]+>", " ", answer.text.partition('<div class="page">')[2])
    return re.sub(r" ([,.;])", r"\1", " ".join(unescape(text).split()))


def offered(site: Site, number: int = 1) -> set[str]:
    """Return the acts that are offered of an order."""
    suppliers = {node.id for node in site.config.nodes if node.is_supplier}
    return {act.name for act in acts_of(site.order(number), suppliers=suppliers).possible}


def test_an_order_is_shown_by_our_number_and_found_by_its_po(
    client: TestClient, site: Site
) -> None:
    site.send("buyer", interchange(x850("PO1")))
    assert client.get("/orders/PO1").headers["location"] == f"/orders/{name(1)}"
    text = text_of(client, f"/orders/{name(1)}")
    for told in (
        "PO PO1",
        "The Buyer",
        "Store One",
        "Article One",
        "DAL ships 10 units",
        "file.edi",
    ):
        assert told in text, told
    for path in ("/orders/NONE", "/orders/SO999999", f"/orders/{name(1)}/documents/99"):
        assert client.get(path).status_code == 404, path


def test_the_first_sentence_says_that_it_is_late_and_the_next_ones_why(
    client: TestClient, site: Site
) -> None:
    due = ["DTM*002*20260304"]
    site.send("buyer", interchange(x850("PO1", "1*95*EA*4.00**VN*A1", header=due)))
    site.ship("wh", "short")
    site.run(later=timedelta(days=4))
    text = text_of(client, f"/orders/{name(1)}")
    assert "Late: it had to arrive by Wed Mar 4, and" in text
    assert "DAL did not ship" in text
    assert "RNO was to ship" in text
    assert "has not said that they left" in text


def test_what_waits_says_for_whom_and_since_when(client: TestClient, site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", WRONG_PRICE), x850("PO2", "1*90*EA*1.25**VN*C3")))
    text = text_of(client, f"/orders/{name(1)}")
    assert "It waits: a person must decide (price)." in text
    assert "Line 1 is held since Mar 2 15:00 for price" in text
    assert "What can be done now" not in text  # nobody is logged in


def test_an_act_is_done_under_the_name_of_who_is_logged_in_with_the_reason(
    operator: TestClient, site: Site
) -> None:
    site.send("buyer", interchange(x850("PO1", WRONG_PRICE)))
    path = f"/orders/{name(1)}"
    assert "Release the price hold" in text_of(operator, path)
    answer = send(operator, f"{path}/release", on=path, kind="price", reason="agreed by phone")
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    text = text_of(operator, path)
    assert "Released: Price differs" in text
    (event,) = [e for e in site.order()["timeline"] if e["name"] == "hold.released"]
    assert event["actor"] == "maria"
    assert "agreed by phone" in event["text"]


def test_an_act_without_a_reason_is_refused_where_it_stood(
    operator: TestClient, site: Site
) -> None:
    site.send("buyer", interchange(x850("PO1")))
    path = f"/orders/{name(1)}"
    for act in ("release", "hold", "cancel", "ship-to", "warehouse-said", "supplier-said"):
        answer = send(operator, f"{path}/{act}", on=path, reason="  ", word="agreed")
        assert (answer.status_code, answer.headers["location"]) == (303, path), act
    assert "say w" in text_of(operator, path)
    assert site.order()["status"] == "released"


def test_who_may_only_look_does_nothing(client: TestClient, site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", WRONG_PRICE)))
    with_user(site, "vera", Role.VIEWER)
    viewer = logged_in(site, "vera")
    path = f"/orders/{name(1)}"
    assert "What can be done now" not in text_of(viewer, path)
    for act in ("release", "hold", "cancel", "ship-to", "documents/1/send"):
        answer = send(viewer, f"{path}/{act}", on="/", reason="why not")
        assert answer.status_code == 403, act
    assert site.lines() == [("1", "held")]


def test_a_hold_is_undone_by_a_release_and_a_cancel_by_nothing(
    operator: TestClient, site: Site
) -> None:
    site.send("buyer", interchange(x850("PO1", "1*90*EA*1.25**VN*C3", "2*90*EA*1.25**VN*C3")))
    path = f"/orders/{name(1)}"
    send(operator, f"{path}/hold", on=path, line="2", reason="they will call")
    assert offered(site) >= {"release", "hold", "cancel"}
    send(operator, f"{path}/release", on=path, kind="manual", reason="they called")
    assert "release" not in offered(site)
    assert "Not undone" in text_of(operator, path)
    send(operator, f"{path}/cancel", on=path, line="2", reason="they called")
    assert site.lines()[1] == ("2", "cancelled")


def test_a_ship_to_is_said_by_store_or_by_address(operator: TestClient, site: Site) -> None:
    nowhere = "N1*ST*NOWHERE*92*S99"
    site.send(
        "buyer",
        interchange(x850("PO1", ship_to=nowhere), x850("PO2", ship_to=nowhere, control="0002")),
    )
    paths = [f"/orders/{name(n)}" for n in (1, 2)]
    assert "Say where it goes" in text_of(operator, paths[0])
    send(operator, f"{paths[0]}/ship-to", on=paths[0], number="1", code="S2", reason="asked")
    address = {"name": "CABIN", "street": "1 A ST", "city": "TULSA", "state": "ok"}
    address["postal_code"] = "74133"
    send(operator, f"{paths[1]}/ship-to", on=paths[1], number="1", reason="asked", **address)
    site.run()
    assert [site.order(n)["destinations"][0]["city"] for n in (1, 2)] == ["BOISE", "TULSA"]
    assert [site.order(n)["status"] for n in (1, 2)] == ["released", "released"]


def test_what_a_warehouse_said_on_the_telephone_is_booked(operator: TestClient, site: Site) -> None:
    site.send("buyer", interchange(x850("PO1")))
    path = f"/orders/{name(1)}"
    answer = send(operator, f"{path}/cancel", on=path, reason="they called")
    assert answer.status_code == 303
    assert "asked to stop" in text_of(operator, path)
    site.run()
    assert "warehouse-said" in offered(site)
    values = {"shipment": f"{name(1)}-1", "word": "agreed", "reason": "ann there said so"}
    send(operator, f"{path}/warehouse-said", on=path, **values)
    assert site.order()["status"] == "cancelled"


def test_what_a_supplier_said_is_booked(site: Site) -> None:
    with_supplier(site)
    with_user(site, "maria", Role.OPERATOR)
    operator = logged_in(site, "maria")
    site.send("buyer", interchange(x850("PO1", "1*40*EA*1.25**VN*C3")))
    path = f"/orders/{name(1)}"
    assert "supplier-said" in offered(site)
    (shipment,) = [s for s in site.order()["shipments"] if s["node"] == "SUP"]
    values = {"shipment": shipment["depositor_order"], "word": "confirmed", "reason": "by phone"}
    send(operator, f"{path}/supplier-said", on=path, **values)
    (shipment,) = [s for s in site.order()["shipments"] if s["node"] == "SUP"]
    assert shipment["confirmed"] == shipment["units"]


def test_an_act_is_about_the_order_in_its_address(operator: TestClient, site: Site) -> None:
    site.send("buyer", interchange(x850("PO1"), x850("PO2", control="0002")))
    first, other = f"/orders/{name(1)}", f"/orders/{name(2)}"
    send(operator, f"{first}/cancel", on=first, reason="they called")
    site.run()
    ((document,),) = site.query(
        "SELECT document_id FROM documents WHERE set_id = '855' AND order_id = 1"
    )
    values = {"shipment": f"{name(1)}-1", "word": "agreed", "reason": "ann there said so"}
    for act in ("warehouse-said", "supplier-said"):
        send(operator, f"{other}/{act}", on=other, **values | {"word": WORDS[act]})
        assert f"{name(1)}-1 is no shipment of {name(2)}" in text_of(operator, other), act
    path = f"{other}/documents/{document}/send"
    send(operator, path, on=other, reason="lost", how="resend")
    assert f"only what we sent of {name(2)}" in text_of(operator, other)
    assert site.order(1)["status"] == "cancel requested"
    assert site.query("SELECT 1 FROM outbox WHERE state = 'pending'") == []


def test_a_document_is_raw_and_readable_side_by_side(client: TestClient, site: Site) -> None:
    site.send("buyer", interchange(x850("PO1"), x850("PO2", control="0002")))
    for document in site.query("SELECT document_id, set_id FROM documents WHERE order_id = 2"):
        text = text_of(client, f"/orders/{name(2)}/documents/{document[0]}")
        assert f"ST*{document[1]}*" in text, document
        assert "Set header" in text, document
        assert "PO2" in text, document
    site.send("shop", "PO,Line,Item,Qty,Unit,Price,Store,Due\nX1,1,A1,12,EA,4.00,S9,\n", "s.csv")
    (row,) = site.query("SELECT document_id FROM documents WHERE order_id = 3 AND set_id = 'CSV'")
    assert "X1,1,A1,12,EA" in text_of(client, f"/orders/{name(3)}/documents/{row[0]}")


def test_a_document_is_sent_again_as_it_was_or_under_new_numbers(
    operator: TestClient, site: Site
) -> None:
    site.send("buyer", interchange(x850("PO1")))
    ((document, file),) = site.query(
        "SELECT document_id, file_name FROM documents JOIN outbox USING (outbox_id)"
        " WHERE documents.set_id = '855'"
    )
    path = f"/orders/{name(1)}"
    send(operator, f"{path}/documents/{document}/send", on=path, reason="lost", how="resend")
    assert site.query("SELECT state FROM outbox WHERE file_name = ?", file) == [("pending",)]
    site.run()
    send(operator, f"{path}/documents/{document}/send", on=path, reason="lost", how="reissue")
    site.run()
    assert len(site.outgoing("buyer", "855")) == 2


def test_changes_of_an_order_stand_on_its_page(client: TestClient, site: Site) -> None:
    site.send("buyer", interchange(x850("PO1")))
    site.send(
        "buyer", interchange(x860("PO1", "1*QD*4*4*EA***VN*A1"), control=2, functional_id="PC")
    )
    text = text_of(client, f"/orders/{name(1)}")
    assert "Changes" in text
    assert "860" in text


def test_markup_in_what_partners_write_stays_text(client: TestClient, site: Site) -> None:
    line = "1*10*EA*4.00**VN*A1~PID*F****<b onload=x"
    site.send("buyer", interchange(x850("PO1", line, ship_to="N1*ST*<script src=x*92*S99")))
    for path in (f"/orders/{name(1)}", f"/orders/{name(1)}/documents/1"):
        text = client.get(path).text.lower()
        assert "<b onload" not in text, path
        assert "<script src=x" not in text, path


@pytest.mark.parametrize(
    "sets",
    [
        (x850("PO1"),),
        (x850("PO1", WRONG_PRICE),),
        (x850("PO1", "1*90*EA*1.25**VN*C3"),),
        (x850("PO1", "1*10*EA*4.00**VN*NOBODY"),),
        (x850("PO1", ship_to="N1*ST*NOWHERE*92*S99"),),
        (x850("PO1"), x850("PO1", control="0002")),
    ],
)
def test_what_is_offered_is_taken_and_what_is_not_is_refused(
    operator: TestClient, site: Site, sets: tuple[str, ...]
) -> None:
    site.send("buyer", interchange(*sets))
    number = len(sets)
    path = f"/orders/{name(number)}"
    suppliers: set[str] = set()
    for act in ("release", "hold", "cancel"):
        acts = {one.name: one for one in acts_of(site.order(number), suppliers=suppliers).possible}
        is_offered = act in acts
        values = dict(acts[act].hidden) if is_offered else {}
        before = site.query("SELECT count(*) FROM journal")
        send(operator, f"{path}/{act}", on=path, reason="tried", **values)
        assert (site.query("SELECT count(*) FROM journal") != before) is is_offered, act
