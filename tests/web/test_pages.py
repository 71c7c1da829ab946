"""What people see and do: exceptions and their cures, files, acknowledgments, partners, today."""

import ast
import re
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

import oms_edi.web.pages
from oms_edi import pipeline
from oms_edi.domain.exceptions import KINDS
from oms_edi.domain.role import Role
from oms_edi.pipeline.frame.turns import all_acts
from oms_edi.store import exception_list
from oms_edi.store.exception_list import Wanted
from oms_edi.web import cures
from oms_edi.web.route import PageRoute
from tests.support.command import run
from tests.support.edi import interchange, x850
from tests.support.site import CONFIG, MAPPINGS, Site
from tests.support.visitor import asking, crawl, csrf, logged_in, send, with_user

HERE = Path(oms_edi.web.pages.__file__).parents[1]
_SCRIPT = "<script>alert(1)</script>"


def unknown_item(site: Site, po: str = "PO1", code: str = "NOBODY", control: int = 1) -> None:
    site.send("buyer", interchange(x850(po, f"1*10*EA*4.00**IN*{code}"), control=control))


def number_of(site: Site, kind: str) -> int:
    """The open exception of a kind."""
    (found,) = [one for one in site.exceptions() if one["kind"] == kind]
    return int(found["exception_id"])


def told(client: TestClient, location: str) -> str:
    """What the page an act leads to says of it."""
    found = re.search(r'class="told[^>]*>\s*<p>([^<]*)</p>', client.get(location).text)
    return found[1] if found else ""


# The whole.


def test_every_link_leads_somewhere_and_what_partners_wrote_is_text(
    site: Site, operator: TestClient
) -> None:
    evil = f"N1*ST*{_SCRIPT}*92*S1"
    item = f'1*10*EA*4.00**VN*A1~PID*F****"><img src=x onerror=alert(1)>{_SCRIPT}'
    site.send("buyer", interchange(x850("PO1", item, ship_to=evil)))
    unknown_item(site, "PO2", control=2)
    site.drop("buyer", f"{_SCRIPT} nothing anybody can read", f"{_SCRIPT.replace('/', '')}.edi")
    site.drop(
        "shop", f"PO,Line,Item,Qty,Unit,Price,Store,Due\nP3,1,{_SCRIPT},x,EA,1,S9,\n", "o.csv"
    )
    site.run()
    site.ship("wh")
    found = crawl(operator)
    pages = {address: text for address, text in found.items() if not address.endswith("/raw")}
    assert len(pages) > 40
    for address, text in pages.items():
        assert "<script>alert" not in text, address
        assert "<img src=x" not in text, address
    assert any("&lt;script&gt;alert" in text for text in pages.values())


def test_pages_are_there_without_an_order_book(tmp_path: Path) -> None:
    site = Site(tmp_path / "site")
    site.places.database.unlink()
    client = asking(site)
    for path in ("/", "/exceptions", "/files", "/partners", "/acknowledgments"):
        answer = client.get(path)
        assert answer.status_code == 404, path
        assert "No order book" in answer.text


def test_paths_lead_nowhere_else(operator: TestClient) -> None:
    for path in (
        "/files/..%2f..%2fconfig.yaml/raw",
        "/files/../../etc/passwd",
        "/files/-1",
        "/files/1e3",
        "/files/99999999999999999999",
        "/files/%00",
        "/sent/0/raw",
        "/partners/..%2f..%2fetc",
        "/partners/%3Cscript%3E",
        "/partners/buyer/guide/..%2f850",
        "/exceptions/none",
    ):
        answer = operator.get(path)
        assert answer.status_code == 404, path
        assert "<script>" not in answer.text


def test_what_a_form_changes_the_book_with_is_an_act() -> None:
    """What pages call with a Step is an act, or does not write."""
    called = set()
    for path in Path(oms_edi.web.pages.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and any(
                ast.unparse(value) in ("step", "asked.step()") for value in node.args
            ):
                called.add(ast.unparse(node.func).rpartition(".")[2])
    writing = {
        node.name
        for path in Path(pipeline.__path__[0]).rglob("*.py")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef) and "write_tx" in ast.unparse(node)
    }
    assert (called & writing) - all_acts().keys() == set()
    assert {"refer", "cancel", "receive"} <= called


def test_every_kind_with_a_cure_is_a_kind() -> None:
    assert set(cures._CURES) <= set(KINDS)


# Exceptions.


@pytest.mark.parametrize("path", sorted((HERE / "templates/cures").glob("*.html")), ids=str)
def test_every_act_beside_an_exception_says_how_it_is_undone_or_that_it_is_not(path: Path) -> None:
    text = path.read_text()
    assert text.count("<small>") == text.count('method="post"')
    for told in re.findall(r"<small>([^<]*)", text):
        assert re.match(r"(Not undone|Undone)\b", told)


def test_a_cross_reference_added_beside_the_exception_lets_all_go_on_that_waited(
    site: Site, operator: TestClient
) -> None:
    unknown_item(site, "PO1")
    unknown_item(site, "PO2", control=2)
    number = min(one["exception_id"] for one in site.exceptions())
    page = operator.get(f"/exceptions/{number}").text
    assert "buyer calls it" in page
    assert '<option value="IN NOBODY">' in page
    answer = send(
        operator,
        f"/exceptions/{number}/refer",
        on=f"/exceptions/{number}",
        code="IN NOBODY",
        item="A1",
        reason="asked the buyer",
    )
    assert answer.headers["location"] == f"/exceptions/{number}"
    assert told(operator, answer.headers["location"]) == (
        "buyer means A1 by IN NOBODY; 2 lines that waited go on."
    )
    site.run()
    assert [order["status"] for order in site.orders()] == ["released", "released"]
    assert site.exceptions() == []
    assert [row for row in site.order(1)["timeline"] if row["actor"] == "maria"]
    events = site.query("SELECT actor, text FROM events WHERE name = 'item.referred'")
    assert events == [("maria", "IN NOBODY of buyer is A1: asked the buyer")]


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"code": "IN NOBODY", "item": "Z9"}, "there is no item Z9"),
        ({"code": "IN B-A1", "item": "B2"}, "buyer means A1 by IN B-A1"),
        ({"code": "IN <b>", "item": "A1"}, "is no code of an item"),
        ({"code": "", "item": "A1"}, "is no code of an item"),
        ({"code": "IN NOBODY", "item": "A1", "reason": "  "}, "Say why"),
    ],
)
def test_a_cross_reference_that_cannot_be_is_refused_with_a_reason(
    site: Site, operator: TestClient, values: dict[str, str], why: str
) -> None:
    unknown_item(site)
    number = number_of(site, "item_unknown")
    on = f"/exceptions/{number}"
    answer = send(operator, f"{on}/refer", on=on, **({"reason": "because"} | values))
    assert answer.headers["location"] == on
    page = operator.get(on).text
    assert 'role="alert"' in page
    assert why in page
    assert site.exception_kinds() == ["item_unknown"]


def test_a_unit_told_beside_the_exception_lets_the_line_go_on(
    site: Site, operator: TestClient
) -> None:
    site.send("buyer", interchange(x850("PO1", "1*2*PL*4.00**VN*A1")))
    number = number_of(site, "unit")
    on = f"/exceptions/{number}"
    assert 'value="PL"' in operator.get(on).text
    send(operator, f"{on}/unit", on=on, item="A1", unit="PL", units="48", reason="their pallet")
    site.run()
    (line,) = site.order()["lines"]
    assert line["ordered"] == 96
    assert "unit" not in site.exception_kinds()


def test_the_command_line_has_the_same_acts(site: Site) -> None:
    unknown_item(site)
    site.send("buyer", interchange(x850("PO2", "1*1*PL*192.00**VN*A1"), control=2))
    who = ("--by", "ann", "--reason", "asked", "--now", site.now.isoformat())
    told_of_item = run(site.root, "items", "refer", "buyer", "IN", "NOBODY", "A1", *who)
    assert told_of_item == "buyer means A1 by IN NOBODY; 1 line went on\n"
    assert "1 line went on" in run(site.root, "items", "unit", "A1", "PL", "48", *who)
    site.run()
    assert [order["status"] for order in site.orders()] == ["released", "released"]
    refused = run(site.root, "items", "refer", "buyer", "IN", "NOBODY", "B2", *who, expect=1)
    assert "buyer means A1" in refused


def test_a_hold_is_released_and_an_order_canceled_beside_its_exception(
    site: Site, operator: TestClient
) -> None:
    for number in (1, 2):
        text = interchange(x850(f"PO{number}", "1*10*EA*3.00**VN*A1"), control=number)
        site.send("buyer", text)
    first, second = sorted(one["exception_id"] for one in site.exceptions())
    on = f"/exceptions/{first}"
    assert "Release the price hold" in operator.get(on).text
    send(operator, f"{on}/release", on=on, reason="agreed by phone")
    on = f"/exceptions/{second}"
    answer = send(operator, f"{on}/cancel", on=on, what="line", reason="a mistake")
    assert told(operator, answer.headers["location"]) == "SO100002 line 1 is cancelled."
    site.run()
    assert [order["status"] for order in site.orders()] == ["released", "cancelled"]
    reasons = site.query("SELECT closed_by, closed_why FROM exceptions ORDER BY exception_id")
    assert reasons == [("maria", "agreed by phone"), ("maria", "a mistake")]


def test_a_store_nobody_knows_is_told_beside_its_exception(
    site: Site, operator: TestClient
) -> None:
    site.send("buyer", interchange(x850("PO1", ship_to="N1*ST*NEW STORE*92*S77")))
    number = number_of(site, "address")
    on = f"/exceptions/{number}"
    assert '<option value="S1">' in operator.get(on).text
    send(operator, f"{on}/ship-to", on=on, code="S2", reason="moved")
    site.run()
    assert site.order()["status"] == "released"


def test_goods_received_beside_a_backorder_go_to_who_waits(
    site: Site, operator: TestClient
) -> None:
    site.send("buyer", interchange(x850("PO1", "1*200*EA*4.00**VN*A1")))
    number = number_of(site, "backordered")
    on = f"/exceptions/{number}"
    page = operator.get(on).text
    assert 'value="A1"' in page
    send(operator, f"{on}/receive", on=on, item="A1", node="DAL", units="60", reason="truck 7")
    site.run()
    assert site.order()["status"] == "released"


def test_many_are_given_snoozed_and_resolved_at_once_and_a_hold_is_not(
    site: Site, operator: TestClient
) -> None:
    unknown_item(site)
    site.send("buyer", "ISA nothing", "bad.edi")
    site.drop("shop", "PO,Line,Item,Qty,Unit,Price,Store,Due\nP3,1,A1,x,EA,1,S9,\n", "o.csv")
    site.run()
    numbers = [str(one["exception_id"]) for one in site.exceptions()]
    assert len(numbers) >= 2
    answer = send(
        operator,
        "/exceptions",
        on="/exceptions",
        number=numbers,
        do="assign",
        owner="paul",
        reason="his week",
    )
    assert told(operator, answer.headers["location"]) == f"{len(numbers)} given to paul."
    assert {one["owner"] for one in site.exceptions()} == {"paul"}
    assert "item unknown" in operator.get("/exceptions?owner=paul").text.lower()
    assert "Nothing needs a person" in operator.get("/exceptions?owner=me").text
    send(
        operator,
        "/exceptions",
        on="/exceptions",
        number=numbers,
        do="snooze",
        hours="2",
        reason="later",
    )
    assert "Nothing needs a person" in operator.get("/exceptions").text
    assert "asleep" in operator.get("/exceptions?state=asleep").text
    site.now += timedelta(hours=3)
    operator = logged_in(site, "maria")
    answer = send(
        operator, "/exceptions", on="/exceptions", number=numbers, do="resolve", reason="done"
    )
    said = told(operator, answer.headers["location"])
    assert said.startswith(f"{len(numbers) - 1} resolved. Not done: ")
    assert "release it, or cancel" in said
    assert site.exception_kinds() == ["item_unknown"]
    assert "by maria" in operator.get("/exceptions?state=over").text


def test_a_list_goes_on_page_by_page_and_shows_each_once(site: Site) -> None:
    for number in range(1, 8):
        unknown_item(site, f"PO{number}", f"CODE{number}", control=number)
    with_all = [one["exception_id"] for one in site.exceptions()]
    connection = site.connect()
    seen: list[int] = []
    after = 0
    while found := exception_list.exceptions(
        connection, Wanted(after=after, limit=3), now=site.now
    ):
        seen += [one["exception_id"] for one in found]
        after = seen[-1]
    assert seen == with_all
    connection.close()


def test_a_viewer_sees_no_form_that_is_refused(site: Site) -> None:
    with_user(site, "vera", Role.VIEWER)
    unknown_item(site)
    viewer = logged_in(site, "vera")
    for path in ("/exceptions", f"/exceptions/{number_of(site, 'item_unknown')}"):
        forms = re.findall(r'<form[^>]*method="post"[^>]*action="([^"]*)"', viewer.get(path).text)
        assert [form for form in forms if form not in ("/log-out", "/exceptions")] == []
        assert "Add the cross-reference" not in viewer.get(path).text


# Imports.

_REFERENCES = (
    "item,description,unit,weight_g,pack,ids\n"
    "A1,ARTICLE ONE,EA,400,12,buyer:IN=NOBODY\n"
    "B2,ARTICLE <b>TWO,EA,900,6,\n"
)


def test_a_file_is_looked_at_then_taken_and_what_waited_goes_on(
    site: Site, operator: TestClient
) -> None:
    unknown_item(site)
    values = {"csrf": csrf(operator), "what": "items", "do": "look"}
    upload = {"file": ("../../items one.csv", _REFERENCES.encode(), "text/csv")}
    page = operator.post("/imports", data=values, files=upload)
    assert page.status_code == 200
    assert "IN NOBODY of buyer" in page.text
    assert "ARTICLE &lt;b&gt;TWO" in page.text
    assert site.exception_kinds() == ["item_unknown"]
    values |= {"do": "take", "name": "items.csv", "content": _REFERENCES.replace("\n", "\r\n")}
    answer = operator.post("/imports", data=values)
    assert told(operator, answer.headers["location"]) == (
        "items.csv: 2 changes; 1 waiting orders or lines go on."
    )
    assert site.exception_kinds() == []
    events = site.query(
        "SELECT actor FROM events WHERE name = 'items.imported' AND actor = 'maria'"
    )
    assert events == [("maria",)]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"item,price\nA1,4\n", "items.csv: no column description"),
        (b"item,description,unit,weight_g,pack\nA1,X,EACH,heavy,0\n", "row 2, column weight_g"),
        (b"\xff\xfe\x00", "not UTF-8 at byte 0"),
        (b"", "Nothing was imported"),
    ],
)
def test_a_file_with_a_fault_changes_nothing_and_says_where(
    site: Site, operator: TestClient, content: bytes, why: str
) -> None:
    before = site.content_hash()
    values = {"csrf": csrf(operator), "what": "items", "do": "take", "back": "/imports"}
    upload = {"file": ("items.csv", content, "text/csv")}
    answer = operator.post("/imports", data=values, files=upload)
    text = answer.text if answer.status_code == 422 else operator.get("/imports").text
    assert why in text
    assert "/oms-edi-" not in text
    assert site.content_hash() == before


# Files.


def test_a_file_is_shown_with_its_fault_under_the_segment(site: Site, operator: TestClient) -> None:
    bad = interchange(x850("PO1")).replace(b"BEG*00*SA*PO1**20260302", b"BEG*00*SA*PO1**2026030X")
    site.send("buyer", bad, "bad.edi")
    page = operator.get("/files/1").text
    found = re.search(r"<code>BEG\*00\*SA[^<]*</code></li>\s*<li class=\"fault\">", page)
    assert found, page
    raw = operator.get("/files/1/raw")
    assert raw.content == bad
    assert raw.headers["content-type"] == "application/octet-stream"
    assert raw.headers["content-disposition"].startswith('attachment; filename="bad.edi"')


def test_a_quarantined_file_is_released_to_its_partner_or_discarded(
    site: Site, operator: TestClient
) -> None:
    (site.root / "inbox" / "nobody").mkdir()
    (site.root / "inbox" / "nobody" / "order.edi").write_bytes(interchange(x850("PO1")))
    site.send("buyer", "no order at all", "letter.txt")
    waiting = operator.get("/files").text
    assert "In quarantine" in waiting
    by_name = {file["name"]: file["file_id"] for file in site.files()}
    on = f"/files/{by_name['order.edi']}"
    answer = send(operator, f"{on}/release", on=on, partner="buyer", reason="wrong folder")
    assert told(operator, answer.headers["location"]) == "order.edi is taken in the next run."
    on = f"/files/{by_name['letter.txt']}"
    send(operator, f"{on}/discard", on=on, reason="a letter")
    assert "by maria: a letter" in operator.get(on).text
    site.run()
    assert [order["po_number"] for order in site.orders()] == ["PO1"]
    assert site.exceptions() == []
    assert "In quarantine" not in operator.get("/files").text


def test_what_was_sent_is_sent_again_and_what_was_accepted_only_if_one_insists(
    site: Site, operator: TestClient
) -> None:
    site.send("buyer", interchange(x850("PO1")))
    site.acknowledge("buyer", "855")
    (number,) = [n for (n,) in site.query("SELECT outbox_id FROM outbox WHERE set_id = '855'")]
    on = f"/sent/{number}"
    assert "855_" in operator.get(on).text
    answer = send(operator, f"{on}/again", on=on, how="resend", reason="lost")
    assert "has accepted" in told(operator, answer.headers["location"])
    answer = send(operator, f"{on}/again", on=on, how="reissue", force="yes", reason="lost")
    assert "goes out with the next run" in told(operator, answer.headers["location"])
    assert len(site.query("SELECT 1 FROM outbox WHERE set_id = '855'")) == 2


# Acknowledgments and partners.


def test_what_is_overdue_comes_first_then_what_is_due(site: Site) -> None:
    with_user(site, "maria", Role.OPERATOR)
    site.configure(
        "buyer",
        (site.root / "mappings/buyer.yaml")
        .read_text()
        .replace('version: "004010"}', 'version: "004010", acknowledged_within_h: 4}'),
    )
    site.send("buyer", interchange(x850("PO1")))
    page = logged_in(site, "maria").get("/acknowledgments").text
    assert 'aria-current="page">due' in page
    assert "in 4 h" in page
    site.run(later=timedelta(hours=5))
    operator = logged_in(site, "maria")
    page = operator.get("/acknowledgments").text
    assert 'aria-current="page">overdue' in page
    assert "1 h ago" in page
    site.acknowledge("buyer", "855")
    assert "855_" not in operator.get("/acknowledgments?partner=buyer").text
    assert "855_" in operator.get("/acknowledgments?verdict=accepted").text


def test_a_partner_is_shown_with_figures_guide_and_last_files(
    site: Site, operator: TestClient
) -> None:
    site.send("buyer", interchange(x850("PO1")), "first.edi")
    unknown_item(site, "PO2", control=2)
    page = operator.get("/partners/buyer").text
    assert "first.edi" in page
    assert "Item unknown" in page
    assert "2 accepted" in page
    guide = operator.get("/partners/buyer/guide/850").text
    assert "BEG" in guide
    assert "Structure" in guide
    assert operator.get("/partners/shop/guide/850").status_code == 404


# Today.


def test_today_says_what_waits_what_came_and_whose_stock_is_old(site: Site) -> None:
    with_user(site, "maria", Role.OPERATOR)
    site.configure("config", CONFIG.replace("rank: 1}", "rank: 1, stock_feed: {max_age_h: 4}}"))
    unknown_item(site)
    site.send("buyer", interchange(x850("PO2", "1*500*EA*4.00**VN*A1"), control=2))
    page = logged_in(site, "maria").get("/").text
    assert "held for a person: 1 orders" in page
    assert "waiting for stock: 1 orders" in page
    assert re.search(r'aria-label="2 documents received in the last 24 hours', page)
    assert "stale" not in page
    site.now += timedelta(hours=30)
    page = logged_in(site, "maria").get("/").text
    assert "stale" in page
    assert re.search(r'aria-label="0 documents received', page)


def test_a_server_that_fails_is_at_a_glance_before_other_partners(site: Site) -> None:
    with_user(site, "ada", Role.ADMINISTRATOR)
    pin = f"'ssh-ed25519 SHA256:{'A' * 43}'"
    server = f"host: sftp.example.com, user: us, key_credential: ours, host_keys: [{pin}]"
    fetched = f"sftp: {{{server}, fetch: {{folder: /out}}}}\n"
    site.configure("portal", MAPPINGS["portal"] + fetched)
    site.send("buyer", interchange(x850("PO1")))  # the busiest; the server is visited as well
    client = logged_in(site, "ada")
    today = client.get("/").text.partition('id="h-partners"')[2]
    assert re.findall(r'href="/partners/(\w+)"', today)[0] == "portal"
    for page in (today, client.get("/partners").text):
        assert page.count("server fails") == 1
        assert "SFTP, never" in page  # no visit went well yet
    for path in ("/partners/portal", "/health"):
        assert "there is no credential ours" in client.get(path).text


def test_every_answer_of_a_page_is_declared_by_a_function_with_a_docstring() -> None:
    for route in oms_edi.web.pages.ROUTES:
        assert isinstance(route, PageRoute)
        assert route.answer.__doc__, route.path
