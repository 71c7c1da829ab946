"""The API of a partner's portal: it can live on it alone, and sees nothing of anybody else."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from httpx2 import Response

from oms_edi.domain.scope import Scope
from oms_edi.errors import InternalFault, NotFound, Refused, TransientError
from oms_edi.store import access, api_keys, status_links
from oms_edi.store import portal as own
from oms_edi.web import keys, links
from oms_edi.web.api import orders, placing
from oms_edi.web.api.caller import Meter
from tests.integration.test_stock_inbound import announce
from tests.support.caller import Program
from tests.support.edi import interchange, x850
from tests.support.portal import order
from tests.support.site import CONFIG, MAPPINGS, Site
from tests.support.visitor import asking

_ACTS = ("changes", "cancel", "links")


@pytest.fixture
def portal(site: Site) -> Program:
    return Program(site)


def fault(answer: Response) -> tuple[int, str, list[str]]:
    """Status, short name and the fields of a problem."""
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == answer.status_code
    fields = [one.get("pointer", one.get("name")) for one in body.get("errors", ())]
    return answer.status_code, body["type"].rpartition(":")[2], fields


def test_a_portal_can_live_on_it_alone(site: Site, portal: Program) -> None:
    (found,) = portal.get("/availability?item=A1").json()["items"]
    assert (found["available"], found["price"], found["unit"]) == (150, "4.00", "EA")
    quoted = portal.post("/promises", order()).json()
    assert [part["ships_on"] for part in quoted["lines"][0]["parts"]] == ["2026-03-02"]
    assert site.orders() == []
    placed = portal.post("/orders", order())
    assert placed.status_code == 201
    where = placed.headers["location"].removeprefix("/api/v1")
    changed = portal.post(f"{where}/changes", {"lines": [{"line": "1", "quantity": 12}]})
    assert (changed.status_code, changed.json()["outcome"]) == (201, "accepted")
    site.run()
    assert portal.get(where).json()["status"] == "in process"
    cancelled = portal.post(f"{where}/cancel", {"lines": ["2"]}).json()
    assert (cancelled["number"], cancelled["outcome"]) == (2, "pending")
    site.run()
    site.ship("wh")
    found = portal.get(where).json()
    assert found["status"] == "shipped, the rest was cancelled"
    assert [(p["status"], p["quantity"]) for line in found["lines"] for p in line["parts"]] == [
        ("shipped", "12"),
        ("cancelled", "6"),
    ]
    (load,) = portal.get(f"{where}/tracking").json()["loads"]
    assert (load["shipped_on"], load["lines"][0]["quantity"]) == ("2026-03-02", "12")
    told = portal.get(f"{where}/changes").json()["changes"]
    assert [(one["kind"], one["outcome"]) for one in told] == [
        ("change", "accepted"),
        ("cancel", "accepted"),
    ]
    again = site.replayed()
    assert (again.astray, again.difference) == ("", None)
    assert again.content == site.content_hash()


def test_the_answer_to_a_key_is_one_order_for_ever(site: Site, portal: Program) -> None:
    first = portal.post("/orders", order(), key="one")
    again = portal.post("/orders", order(), key="one")
    assert first.json() == again.json()
    assert (first.status_code, again.status_code) == (201, 201)
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert fault(portal.post("/orders", order("W-2"), key="one")) == (422, "key-used", [])
    assert fault(portal.post("/orders/SO100001/cancel", {}, key="one"))[1] == "key-used"
    assert len(site.orders()) == 1


def test_a_change_beyond_those_that_are_listed_is_answered(
    site: Site, portal: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orders, "_MOST_CHANGES", 1)
    portal.post("/orders", order())
    for number, units in enumerate((13, 14, 15), start=1):
        wanted = {"lines": [{"line": "1", "quantity": units}]}
        changed = portal.post("/orders/SO100001/changes", wanted)
        assert (changed.status_code, changed.json()["number"]) == (201, number)
    assert len(portal.get("/orders/SO100001/changes").json()["changes"]) == 1


def test_a_second_cancel_is_answered_with_the_state_of_the_first(
    site: Site, portal: Program
) -> None:
    portal.post("/orders", order())
    site.run()
    first = portal.post("/orders/SO100001/cancel", {})
    again = portal.post("/orders/SO100001/cancel", {"lines": ["2"]})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert len(portal.get("/orders/SO100001/changes").json()["changes"]) == 1


@pytest.mark.parametrize("path", ["/orders", *(f"/orders/SO100001/{p}" for p in _ACTS)])
def test_what_changes_something_needs_a_key_of_its_own(portal: Program, path: str) -> None:
    for key in ("", "a b", "x" * 101, "a/b"):
        headers = {"Authorization": f"Bearer {portal.secret}", "Content-Type": "application/json"}
        headers |= {"Idempotency-Key": key} if key else {}
        answer = portal.client.post(f"/api/v1{path}", content=json.dumps(order()), headers=headers)
        assert fault(answer) == (422, "not-valid", ["idempotency-key"])


def test_the_same_po_is_known_where_the_mapping_says_so(site: Site) -> None:
    site.configure("portal", MAPPINGS["portal"].replace("tier: 2", "duplicate_po: ignore"))
    portal = Program(site)
    assert portal.post("/orders", order()).status_code == 201
    again = portal.post("/orders", order())
    assert (again.status_code, again.json()["order"]) == (200, "SO100001")


def test_the_orders_of_others_are_not_there(site: Site, portal: Program) -> None:
    site.send("buyer", interchange(x850("PO1", "1*10*EA*4.00**VN*A1")))
    known, unknown = "/orders/SO100001", "/orders/SO100009"
    for path in ("", "/lines", "/lines/1", "/tracking", "/changes"):
        found = portal.get(known + path)
        assert fault(found) == (404, "not-found", [])
        assert found.json() == portal.get(unknown + path).json()
    for path, body in (
        ("/changes", {"deliver_by": "2026-03-20"}),
        ("/cancel", {}),
        ("/links", {}),
    ):
        found = portal.post(known + path, body)
        assert fault(found) == (404, "not-found", [])
        assert found.json() == portal.post(unknown + path, body).json()
    assert portal.get("/orders").json() == {"orders": [], "next": None}
    assert portal.get("/orders?po_number=PO1").json()["orders"] == []
    assert portal.get("/exceptions").json()["exceptions"] == []


def test_lists_go_on_by_key_and_miss_nothing(portal: Program) -> None:
    for number in range(5):
        portal.post("/orders", order(f"W-{number}"))
    seen, path = [], "/orders?limit=2"
    while path:
        page = portal.get(path).json()
        seen += [one["po_number"] for one in page["orders"]]
        path = (page["next"] or "").removeprefix("/api/v1")
        if len(seen) == 2:  # what comes meanwhile moves no page
            portal.post("/orders", order("W-new"))
    assert seen == [f"W-{number}" for number in range(4, -1, -1)]
    (only,) = portal.get("/orders?po_number=W-3").json()["orders"]
    assert only["order"] == "SO100004"


def test_a_page_of_orders_with_many_lines_ends_early_and_misses_nothing(
    portal: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own, "MOST_LINES", 3)
    for number in range(3):
        portal.post("/orders", order(f"W-{number}"))
    pages, path = [], "/orders"
    while path:
        page = portal.get(path).json()
        pages.append([one["po_number"] for one in page["orders"]])
        path = (page["next"] or "").removeprefix("/api/v1")
    assert pages == [["W-2"], ["W-1"], ["W-0"]]


def test_who_has_the_answer_already_gets_none(site: Site, portal: Program) -> None:
    portal.post("/orders", order())
    first = portal.get("/orders/SO100001")
    mark = first.headers["etag"]
    again = portal.get("/orders/SO100001", If_None_Match=f'"x", W/{mark}')
    assert (again.status_code, again.content) == (304, b"")
    site.run()
    assert portal.get("/orders/SO100001", If_None_Match=mark).status_code == 200
    assert "private" in first.headers["cache-control"]


def test_a_customer_reads_what_is_not_as_planned_and_nothing_behind_it(
    site: Site, portal: Program
) -> None:
    portal.post("/orders", order(lines=[{"line": "7", "item": "C3", "quantity": 99}]))
    site.run()
    (found,) = portal.get("/exceptions").json()["exceptions"]
    assert (found["order"], found["note"]) == ("SO100001", "some of it waits for stock")
    assert portal.get("/orders/SO100001").json()["notes"] == ["some of it waits for stock"]
    more = portal.get("/exceptions?limit=1").json()
    assert more["next"] is None
    everything = json.dumps([portal.get(p).json() for p in ("/exceptions", "/orders/SO100001")])
    for ours in ("DAL", "RNO", "node", "cents", "backorder:"):
        assert ours not in everything


def test_what_is_kept_for_others_cannot_be_promised(site: Site) -> None:
    pool = "allocation: {pools: [{name: best, customers: [buyer], units: 100}]}\n"
    site.configure("config", CONFIG + pool)
    (found,) = Program(site).get("/availability?item=A1").json()["items"]
    assert found["available"] == 50
    (found,) = Program(site, "buyer").get("/availability?item=A1").json()["items"]
    assert found["available"] == 150
    quoted = Program(site).post(
        "/promises", order(lines=[{"item": "A1", "quantity": 60, "unit": "EA"}])
    )
    (line,) = quoted.json()["lines"]
    assert (sum(part["quantity"] for part in line["parts"]), line["waits"]) == (50, 10)


def test_a_quantity_that_is_rounded_up_is_promised_and_ordered_alike(site: Site) -> None:
    rounded = "orders:\n  quantity: {action: accept_ours}\n"
    site.configure("portal", MAPPINGS["portal"].replace("orders:\n", rounded))
    portal = Program(site)
    asked = order(lines=[{"line": "1", "item": "A1", "quantity": 145}])
    (line,) = portal.post("/promises", asked).json()["lines"]
    assert (line["quantity"], line["base_units"]) == ("145", 156)
    assert (sum(part["quantity"] for part in line["parts"]), line["waits"]) == (150, 6)
    (line,) = portal.post("/orders", asked).json()["lines"]
    assert line["ordered"] == "156"
    schemas = portal.client.get("/api/v1/openapi.json").json()["components"]["schemas"]
    for schema, field in (("QuotedLine", "base_units"), ("OrderLine", "ordered")):
        assert "whole pack" in schemas[schema]["properties"][field]["description"]


def test_goods_to_come_are_told_with_their_day_behind_those_who_wait(site: Site) -> None:
    portal = Program(site)
    announce(site, "R1,DAL,C3,100,2026-03-09")
    asked = order(lines=[{"line": "1", "item": "C3", "quantity": 50}])
    (line,) = portal.post("/promises", asked).json()["lines"]
    assert (line["waits"], line["promised_on"]) == (20, "2026-03-10")
    (found,) = portal.get("/availability?item=C3").json()["items"]
    assert (found["available"], found["coming"]) == (
        30,
        [{"from": "2026-03-10", "available": 130}],
    )
    portal.post("/orders", asked)
    site.run()
    (found,) = portal.get("/availability?item=C3").json()["items"]
    assert (found["available"], found["coming"]) == (0, [{"from": "2026-03-10", "available": 80}])


def test_a_quote_says_what_would_be_looked_at(site: Site) -> None:
    wild = order(lines=[{"item": "NOBODY", "quantity": 1}, {"item": "A1", "quantity": 1}])
    found = Program(site).post("/promises", wild | {"ship_to": {"code": "P9"}}).json()
    assert found["notes"] == ["ship-to is being checked", "item is being checked"]
    assert [line["parts"] for line in found["lines"]] == [[], []]
    assert [line["is_known"] for line in found["lines"]] == [False, True]


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({}, 401),
        ({"Authorization": ""}, 401),
        ({"Authorization": "Bearer"}, 401),
        ({"Authorization": "Bearer oms_nothing"}, 401),
        ({"Authorization": "Basic b21zOm9tcw=="}, 401),
        ({"Authorization": "Bearer " + "oms_" * 9999}, 401),
        ({"Authorization": "Bearer oms_\x00' OR 1=1 --"}, 401),
    ],
)
def test_without_a_key_nothing_is_said(portal: Program, given: dict[str, str], status: int) -> None:
    answer = portal.client.get("/api/v1/orders", headers=given)
    assert fault(answer) == (status, "no-key", [])
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_key_is_over_when_it_is_revoked_or_expired(site: Site, portal: Program) -> None:
    assert portal.get("/orders").status_code == 200
    keys.revoke(site.places.access, portal.key_id, by="ada", now=site.now)
    assert portal.get("/orders").status_code == 401
    with pytest.raises(Refused):
        keys.revoke(site.places.access, portal.key_id, by="ada", now=site.now)
    with pytest.raises(NotFound):
        keys.revoke(site.places.access, 99, by="ada", now=site.now)
    other = Program(site)
    site.now += timedelta(days=31)
    assert other.get("/orders").status_code == 401
    with access.opened(site.places.access) as connection:
        events = [entry.event for entry in access.entries(connection, limit=9)]
    assert events == ["key.added", "key.revoked", "key.added"]


def test_a_key_opens_what_its_scopes_say(site: Site) -> None:
    reader = Program(site, scopes=[Scope.ORDERS_READ])
    assert reader.get("/orders").status_code == 200
    for path in ("/availability?item=A1", "/exceptions", "/webhooks"):
        assert fault(reader.get(path)) == (403, "not-allowed", [])
    for path in ("/orders", "/orders/SO100001/cancel", "/orders/SO100001/links", "/promises"):
        assert fault(reader.post(path, order())) == (403, "not-allowed", [])
    assert site.orders() == []


def test_a_key_is_of_use_only_while_its_partner_is_a_customer(site: Site, portal: Program) -> None:
    (site.root / "mappings/portal.yaml").unlink()
    assert fault(Program(site).get("/orders"))[0] == 403


def test_only_the_hash_of_a_key_is_kept(site: Site, portal: Program) -> None:
    assert portal.get("/orders").status_code == 200
    content = site.places.access.read_bytes() + site.places.database.read_bytes()
    assert portal.secret.encode() not in content
    with access.opened(site.places.access) as connection:
        (key,) = api_keys.keys(connection, partner="portal", limit=9)
    assert (key.ending, key.seen_at) == (portal.secret[-4:], "2026-03-02T15:00:00Z")


def test_calls_a_minute_are_limited_by_key(site: Site) -> None:
    slow, other = Program(site, per_minute=3), Program(site)
    answers = [slow.get("/orders") for _ in range(4)]
    assert [one.status_code for one in answers] == [200, 200, 200, 429]
    assert fault(answers[-1])[1] == "too-many"
    assert int(answers[-1].headers["retry-after"]) <= 21
    assert other.get("/orders").status_code == 200


def test_calls_come_back_with_time_and_no_more_than_the_limit_at_once() -> None:
    now = [0.0]
    meter = Meter(clock=lambda: now[0])
    key = api_keys.ApiKey(1, "p", "n", "", (), 60, "", None, None, "")
    assert [meter.take(key) for _ in range(61)] == [0.0] * 60 + [1.0]
    now[0] += 2.5
    assert [meter.take(key) for _ in range(3)] == [0.0, 0.0, 0.5]
    now[0] += 3600
    assert sum(not meter.take(key) for _ in range(100)) == 60


@pytest.mark.parametrize(
    ("body", "headers", "told"),
    [
        (b"", {}, (422, "not-valid", [""])),
        (b"{}", {"Content-Type": "text/plain"}, (415, "not-json", [])),
        (b"{}", {"Content-Type": "application/x-www-form-urlencoded"}, (415, "not-json", [])),
        (b"[" * 100_000, {}, (422, "not-valid", [""])),
        (b'{"a":1' * 30_000, {}, (422, "not-valid", [""])),
        (b"x" * 2_000_001, {}, (413, "too-large", [])),
        (b'{"po_number": "W", "po_number": "W"}', {}, (422, "not-valid", ["/po_number"])),
        (b'{"lines": [{"quantity": 1e999999}]}', {}, None),
        (b'{"po_number": "\\u0000\\ud800"}', {}, None),
    ],
)
def test_a_body_that_cannot_be_meant_is_refused_and_named(
    site: Site, portal: Program, body: bytes, headers: dict[str, str], told: Any
) -> None:
    if "Content-Type" in headers:
        headers = {"Content_Type": headers["Content-Type"]}
    answer = portal.client.post(
        "/api/v1/orders",
        content=body,
        headers={
            "Authorization": f"Bearer {portal.secret}",
            "Idempotency-Key": "x",
            "Content-Type": headers.get("Content_Type", "application/json"),
        },
    )
    assert answer.status_code in (413, 415, 422)
    assert told is None or fault(answer) == told
    assert site.orders() == []


def test_a_body_without_a_length_is_cut_off_where_the_limit_is(portal: Program) -> None:
    def endless() -> Any:
        for _ in range(100):
            yield b" " * 100_000

    answer = portal.client.post(
        "/api/v1/orders",
        content=endless(),
        headers={
            "Authorization": f"Bearer {portal.secret}",
            "Idempotency-Key": "x",
            "Content-Type": "application/json",
        },
    )
    assert fault(answer) == (413, "too-large", [])


@pytest.mark.parametrize(
    "wild",
    [
        *("'; DROP TABLE orders; --", "<script>alert(1)</script>", "%00", "../../etc/passwd"),
        *("SO" + "9" * 5000, "SO99999999999999999999", "SO-1", "SO\uff11", "so100001", "SO0100001"),
    ],
)
def test_what_is_no_order_number_is_no_order(site: Site, portal: Program, wild: str) -> None:
    portal.post("/orders", order())
    for path in (f"/orders/{quote(wild, safe='')}", f"/orders?before={quote(wild[:20], safe='')}"):
        assert portal.get(path).status_code in (200, 404)
    assert portal.get(f"/orders/{quote(wild, safe='')}").status_code == 404
    assert portal.get(f"/orders?po_number={quote(wild[:40], safe='')}").json()["orders"] == []
    assert len(site.orders()) == 1


def test_the_webhook_of_a_partner_is_shown_without_its_secret(site: Site) -> None:
    text = MAPPINGS["portal"].replace(
        "orders:\n", "orders:\n  status: {when: change, send: [webhook]}\n"
    )
    hook = "webhook: {url: 'https://shop.example/hook', secret_credential: hidden}\n"
    site.configure("portal", text + hook)
    portal = Program(site)
    portal.post("/orders", order())
    (found,) = portal.get("/webhooks").json()["webhooks"]
    assert (found["url"], found["when"], found["pending"]) == (
        "https://shop.example/hook",
        "change",
        0,
    )
    assert "hidden" not in json.dumps(found)


def test_a_link_for_the_customers_customer_is_made_by_the_portal(
    site: Site, portal: Program
) -> None:
    portal.post("/orders", order())
    made = portal.post("/orders/SO100001/links", {"days": 3})
    assert made.status_code == 201
    assert made.json()["expires_at"] == "2026-03-05T15:00:00Z"
    token = made.json()["url"].rpartition("/")[2]
    link = links.follow(site.places.access, token, now=site.now)
    assert (link.partner, link.order_id) == ("portal", 1)
    assert made.json()["url"] == f"http://localhost/s/{token}"  # as it was asked for
    assert fault(portal.post("/orders/SO100001/links", {"days": 0})) == (
        422,
        "not-valid",
        ["/days"],
    )


def test_a_link_that_is_asked_for_again_is_the_same_link(site: Site, portal: Program) -> None:
    for po_number in ("W-1", "W-2"):
        portal.post("/orders", order(po_number))
    first = portal.post("/orders/SO100001/links", {"days": 3}, key="one")
    site.now += timedelta(hours=1)
    again = portal.post("/orders/SO100001/links", b'{"days": 3.0}', key="one")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    for path, days in (("/orders/SO100001/links", 4), ("/orders/SO100002/links", 3)):
        assert fault(portal.post(path, {"days": days}, key="one")) == (422, "key-used", [])
    with access.opened(site.places.access) as connection:
        (made,) = status_links.links(connection, limit=9)
    links.revoke(site.places.access, made.link_id, by="ann", now=site.now)
    assert fault(portal.post("/orders/SO100001/links", {"days": 3}, key="one"))[1] == "refused"
    other = portal.post("/orders/SO100001/links", {"days": 3}, key="two")
    assert (other.status_code, other.json()["url"] != first.json()["url"]) == (201, True)


def test_the_key_of_a_link_is_nobody_elses(site: Site, portal: Program) -> None:
    portal.post("/orders", order())
    site.send("buyer", interchange(x850("PO1", "1*10*EA*4.00**VN*A1")))
    mine = portal.post("/orders/SO100001/links", {}, key="one")
    theirs = Program(site, "buyer").post("/orders/SO100002/links", {}, key="one")
    assert (mine.status_code, theirs.status_code) == (201, 201)
    assert mine.json()["url"] != theirs.json()["url"]


def test_what_a_link_is_to_be_is_read_as_strictly_as_an_order(portal: Program) -> None:
    portal.post("/orders", order())
    for body, place in (
        (b'{"days": 3, "days": 300}', "/days"),
        (b'{"days": "3"}', "/days"),
        (b'{"days": true}', "/days"),
        (b'{"days": 1.5}', "/days"),
        (b'{"days": 1e999999}', "/days"),
        (b'{"days": NaN}', "/days"),
        (b'{"dais~/": 3}', "/dais~0~1"),
        (b"[]", ""),
        (b"{", ""),
    ):
        answer = portal.post("/orders/SO100001/links", body)
        assert fault(answer) == (422, "not-valid", [place]), body


def test_what_is_not_served_is_a_problem_too(site: Site, portal: Program) -> None:
    for path in ("/nothing", "/orders/SO100001/nothing", "/../../etc/passwd"):
        assert portal.get(path).status_code == 404
    answer = portal.client.delete("/api/v1/orders", headers={"Authorization": "x"})
    assert fault(answer) == (405, "not-found", [])
    answer = asking(site).get("/api/v2/orders")
    assert fault(answer)[0] == 404


def test_a_book_nobody_can_write_to_now_says_when_to_ask_again(
    site: Site, portal: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: Any, **__: Any) -> Any:
        raise TransientError

    monkeypatch.setattr(placing, "api_order", busy)
    answer = portal.post("/orders", order())
    assert fault(answer) == (503, "not-now", [])
    assert answer.headers["retry-after"] == "2"


def test_an_order_that_was_taken_before_a_fault_is_found_under_its_key(
    site: Site, portal: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise InternalFault("after the commit")

    with monkeypatch.context() as broken:
        broken.setattr(placing, "read_order", fail)
        answer = portal.post("/orders", order(), key="one")
    assert fault(answer)[:2] == (500, "failed")
    assert "the same key" in answer.json()["detail"]
    again = portal.post("/orders", order(), key="one")
    assert (again.status_code, again.headers["idempotency-replayed"]) == (201, "true")
    assert len(site.orders()) == 1


def test_a_body_that_is_no_document_waits_for_nobody_and_stops_nobody(
    portal: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal.post("/orders", order())

    def asked(*_: Any, **__: Any) -> Any:
        raise AssertionError("the order book was asked to be written to")

    for name in ("api_order", "api_change", "api_cancel"):
        monkeypatch.setattr(placing, name, asked)
    for path in ("/orders", "/orders/SO100001/changes", "/orders/SO100001/cancel"):
        assert fault(portal.post(path, b'{"lines": 1}'))[0] == 422
