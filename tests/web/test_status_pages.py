"""Status pages: who has the link sees how the orders stand, and nothing else; nobody else does."""

import base64
import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from click.testing import CliRunner
from httpx2 import Response
from playwright.sync_api import Browser

from oms_edi.cli.main import cli
from oms_edi.errors import NotFound, Refused
from oms_edi.store import access, status_links
from oms_edi.web import links
from tests.support.browser import needs_chromium, served
from tests.support.edi import interchange, x850
from tests.support.portal import order, place
from tests.support.site import MAPPINGS, Site
from tests.support.visitor import asking

_AT_HOME = "http://127.0.0.1:8850"


def link(site: Site, order_id: int | None = 1, *, partner: str = "portal", days: int = 30) -> str:
    """Make a link; return its path."""
    made = links.make(
        site.config,
        site.places.access,
        partner=partner,
        order_id=order_id,
        days=days,
        by="ada",
        now=site.now,
    )
    return made.url.removeprefix(_AT_HOME)


def text_of(answer: Response) -> str:
    """What a person reads."""
    body = answer.text.partition("</head>")[2]
    return " ".join(re.sub(r"<[^>]*>", " ", body).split())


def shipped(site: Site) -> None:
    """Have an order of the portal leave with a carrier who has a page."""
    text = MAPPINGS["portal"].replace("tier: 2", "tier: 2\n  scac: UPSN")
    site.configure("portal", text)
    place(site, order())
    site.run()
    site.ship("wh")


def test_a_link_to_an_order_says_in_its_customers_words_how_it_stands(site: Site) -> None:
    shipped(site)
    answer = asking(site).get(link(site))
    assert answer.status_code == 200
    told = text_of(answer)
    for words in (
        "OUR COMPANY Order WEB-1 shipped Our number SO100001",
        "A1 · ARTICLE ONE 24 EA shipped 24 EA Left Mar 2, 2026 with BLUEBIRD FREIGHT, should",
        "Tracking BLB0010001101",
        "As of Mar 2, 2026, 15:00 UTC",
    ):
        assert words in told
    assert 'href="https://www.ups.com/track?tracknum=BLB0010001101"' in answer.text
    assert 'rel="noreferrer noopener"' in answer.text


def test_it_leaks_nothing_of_ours_and_is_nobodys_business(site: Site) -> None:
    shipped(site)
    site.send("buyer", interchange(x850("PO1", "1*999*EA*4.00**VN*A1")))
    place(site, order("WEB-2", lines=[{"line": "1", "item": "C3", "quantity": 99}]), key="k-2")
    site.run()
    client = asking(site)
    for path in (link(site), link(site, 3), link(site, None)):
        answer = client.get(path)
        assert answer.status_code == 200
        for ours in ("DAL", "RNO", "DALLAS", "wh", "PO1", "buyer", "SO100001-1", "cents", "node"):
            assert ours not in text_of(answer).replace("what", ""), ours
        assert answer.headers["x-robots-tag"] == "noindex, nofollow"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
        assert "set-cookie" not in answer.headers
        assert "<script" not in answer.text
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy


def test_a_link_to_a_partner_shows_all_its_orders_and_those_to_come(site: Site) -> None:
    path = link(site, None)
    for number in range(32):
        place(site, order(f"W-{number}"), key=f"k-{number}")
    client = asking(site)
    first = client.get(path).text
    assert first.count("<li>") == 30
    assert "W-31" in first
    (older,) = re.findall(r'href="([^"]*before=[^"]*)"', first)
    second = client.get(older).text
    assert re.findall(r"<strong>(W-\d+)</strong>", second) == ["W-1", "W-0"]
    assert client.get(f"{path}?po=W-7").text.count("<li>") == 1
    assert "no such orders" in client.get(f"{path}?po=nothing").text
    one = client.get(f"{path}/SO100008")
    assert "Order W-7" in text_of(one)
    assert f'href="{path}"' in one.text


def test_a_link_to_one_order_opens_no_other(site: Site) -> None:
    place(site, order())
    place(site, order("WEB-2"), key="k-2")
    site.send("buyer", interchange(x850("PO1", "1*10*EA*4.00**VN*A1")))
    client = asking(site)
    single, every = link(site), link(site, None)
    assert client.get(f"{single}/SO100002").status_code == 404
    assert client.get(f"{single}/SO100001").status_code == 404
    for name in ("SO100003", "SO100009", "so100001", "SO" + "9" * 400, "PO1", "%00", "1"):
        answer = client.get(f"{every}/{name}")
        assert answer.status_code == 404, name
        assert "PO1" not in answer.text
    assert client.get(f"{every}?before=SO{'9' * 300}&po=%27--").status_code == 200


def test_an_order_that_went_to_somebody_else_is_not_shown(site: Site) -> None:
    place(site, order())
    assert asking(site).get(link(site, 1, partner="buyer")).status_code == 404


@pytest.mark.parametrize("place_of", [0, 7, 15, 16, 19, 20, 35])
def test_a_link_that_was_changed_on_its_way_is_none(site: Site, place_of: int) -> None:
    place(site, order())
    path = link(site)
    raw = bytearray(base64.urlsafe_b64decode(path.rpartition("/")[2]))
    raw[place_of] ^= 1
    changed = base64.urlsafe_b64encode(bytes(raw)).decode()
    client = asking(site)
    assert client.get(f"/s/{changed}").status_code == 404
    assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    "token",
    [
        *("x", "A" * 48, "=" * 48, "%2e%2e", "A" * 47 + "=", "é" * 48, "A" * 5000, "%00" * 48),
        "' OR 1=1 --",
    ],
)
def test_a_guess_is_refused_by_its_signature_alone(
    site: Site, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place(site, order())
    path = link(site)

    def looked(*_: object) -> None:
        raise AssertionError("a guess was looked up")

    monkeypatch.setattr(status_links, "find_link", looked)
    client = asking(site)
    assert client.get(f"/s/{token}").status_code == 404
    with pytest.raises(AssertionError):
        client.get(path)


def test_one_address_is_written_in_one_way_only(site: Site) -> None:
    place(site, order())
    path = link(site)
    client = asking(site)
    for other in (f"{path}=", f"{path}%20", path.replace("/s/", "/s//"), f"{path}/"):
        assert client.get(other).status_code == 404, other


def test_a_link_ends_with_its_time_and_when_it_is_revoked(site: Site) -> None:
    place(site, order())
    client = asking(site)
    first, second = link(site, days=2), link(site)
    site.now += timedelta(days=2)
    answer = client.get(first)
    assert answer.status_code == 410
    assert "This link has ended" in text_of(answer)
    assert "WEB-1" not in answer.text
    assert client.get(second).status_code == 200
    links.revoke(site.places.access, 2, by="ada", now=site.now)
    assert client.get(second).status_code == 410
    with pytest.raises(Refused):
        links.revoke(site.places.access, 2, by="ada", now=site.now)
    with pytest.raises(NotFound):
        links.revoke(site.places.access, 9, by="ada", now=site.now)
    with access.opened(site.places.access) as connection:
        events = [entry.event for entry in access.entries(connection, limit=9)]
    assert events == ["link.revoked", "link.added", "link.added"]


def test_a_link_lasts_a_day_at_least_and_not_for_ever(site: Site) -> None:
    for days in (0, -1, links.MAX_DAYS + 1):
        with pytest.raises(Refused):
            link(site, days=days)


def test_the_address_itself_is_not_kept(site: Site) -> None:
    place(site, order())
    token = link(site).rpartition("/")[2]
    content = site.places.access.read_bytes() + site.places.database.read_bytes()
    assert token.encode() not in content
    assert base64.urlsafe_b64decode(token)[:16] not in content


def test_a_key_of_another_installation_signs_nothing_here(site: Site) -> None:
    place(site, order())
    path = link(site)
    with access.opened(site.places.access) as connection, access.changed(connection):
        connection.execute("UPDATE secrets SET value = ?", (b"x" * 32,))
    assert asking(site).get(path).status_code == 404


def test_markup_in_what_a_customer_wrote_is_shown_as_text(site: Site) -> None:
    wild = "<img src=x onerror=alert(1)>\"'"
    lines = [{"line": "1", "item": "A1", "quantity": 1, "description": wild}]
    place(site, order("WEB-1", lines=lines))
    client = asking(site)
    for path in (link(site), f"{link(site, None)}?po=%22%3E%3Cscript%3Ealert(1)%3C/script%3E"):
        text = client.get(path).text
        assert "<img" not in text
        assert "<script" not in text
    assert "&lt;img src=x onerror=alert(1)&gt;" in client.get(link(site)).text


def test_a_status_page_answers_nothing_but_a_look(site: Site) -> None:
    place(site, order())
    path = link(site)
    client = asking(site)
    for method in ("POST", "PUT", "DELETE"):
        assert client.request(method, path).status_code == 405
    assert client.get(path, headers={"Host": "evil.example"}).status_code == 421


def command(site: Site, *arguments: str, fails: bool = False) -> list[str]:
    config = str(site.root / "config.yaml")
    done = CliRunner().invoke(cli, ["--config", config, *arguments])
    assert (done.exit_code != 0) is fails, f"{done.output}{done.exception}"
    return done.stdout.splitlines()


def test_links_and_keys_are_made_listed_and_revoked_on_the_command_line(site: Site) -> None:
    site.configure(
        "config", (site.root / "config.yaml").read_text() + "web: {url: 'https://a.b'}\n"
    )
    place(site, order())
    at = ("--now", "2026-03-02T15:00:00Z")
    (one,) = command(site, "link", "order", "WEB-1", "--days", "3", *at)
    (every,) = command(site, "link", "partner", "portal", *at)
    assert one.startswith("https://a.b/s/")
    client = asking(site)
    for url in (one, every):
        assert client.get(url.removeprefix("https://a.b")).status_code == 200
    found = json.loads("\n".join(command(site, "link", "list", "--json", *at)))
    assert [(row["order_id"], row["state"]) for row in found] == [
        (None, "in force"),
        (1, "in force"),
    ]
    command(site, "link", "revoke", "1", *at)
    assert client.get(one.removeprefix("https://a.b")).status_code == 410
    command(site, "link", "partner", "wh", fails=True)
    command(site, "link", "order", "NOTHING", fails=True)

    (secret,) = command(site, "keys", "add", "portal", "--name", "live")
    asked = client.get("/api/v1/orders", headers={"Authorization": f"Bearer {secret}"})
    assert asked.status_code == 200
    (row,) = json.loads("\n".join(command(site, "keys", "list", "--json")))
    assert "orders:write" not in row["scopes"]
    assert "orders:read" in row["scopes"]
    assert secret not in json.dumps(row)
    command(site, "keys", "revoke", "1")
    asked = client.get("/api/v1/orders", headers={"Authorization": f"Bearer {secret}"})
    assert asked.status_code == 401
    command(site, "keys", "add", "wh", "--name", "x", fails=True)
    command(site, "keys", "revoke", "9", fails=True)


@needs_chromium
def test_a_status_link_opens_on_a_phone_and_asks_nobody_else(site: Site, browser: Browser) -> None:
    shipped(site)
    place(site, order("WEB-2", lines=[{"line": "1", "item": "C3", "quantity": 99}]), key="k-2")
    site.run()
    with served(site) as address:
        page = browser.new_page(viewport={"width": 390, "height": 844}, has_touch=True)
        asked: list[str] = []
        said: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.goto(address + link(site, None))
        page.get_by_label("PO number").fill("WEB-2")
        page.get_by_role("button", name="Find").click()
        page.get_by_role("link", name="WEB-2").click()
        assert page.inner_text("h1") == "Order WEB-2"
        assert "backordered 69 EA" in " ".join(page.inner_text("main").split())
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.get_by_role("link", name="All orders").click()
        page.get_by_role("link", name="WEB-1").click()
        assert "Tracking BLB0010001101" in page.inner_text("main")
        found = Axe().run(page)
        assert found.response["violations"] == []
        assert [url for url in asked if not url.startswith(address)] == []
        assert said == []
        page.close()


def test_who_asks_for_the_reference_needs_no_key_and_gets_no_script(site: Site) -> None:
    client = asking(site)
    page = client.get("/api/v1/docs")
    assert page.status_code == 200
    assert "<script" not in page.text
    for words in ("POST /api/v1/orders", "Idempotency-Key", "orders:read", "OrderDocument"):
        assert words.lower() in page.text.lower(), words
    document = client.get("/api/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    kept = Path(__file__).parents[2] / "docs/openapi.json"
    assert document == json.loads(kept.read_text())
