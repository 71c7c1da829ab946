"""The console in a real Chromium: the main ways, and every page for those who cannot see it."""

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from oms_edi.domain.role import Role
from oms_edi.web import simulations
from oms_edi.web.pages import ROUTES
from tests.support.browser import WIDE, must_fit, needs_chromium, served
from tests.support.edi import interchange, x850
from tests.support.site import CONFIG, Site
from tests.support.visitor import PASSWORD, crawl, logged_in, with_user

pytestmark = needs_chromium

_SIMULATED_S = 60


class Desk:
    """A browser in which maria is logged in, and what it had to say."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.said: list[str] = []
        self.asked: list[str] = []
        page.set_default_timeout(10_000)
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("request", lambda request: self.asked.append(request.url))

    def go(self, path: str) -> None:
        self.page.goto(self.address + path)

    def read(self) -> str:
        return self.page.inner_text("main")


@pytest.fixture
def desk(site: Site, browser: Browser) -> Iterator[Desk]:
    with_user(site, "maria", Role.ADMINISTRATOR)
    context = browser.new_context(viewport=WIDE)
    with served(site) as address:
        made = Desk(context.new_page(), address)
        made.go("/exceptions?queue=edi")
        made.page.fill("#name", "maria")
        made.page.fill("#password", PASSWORD)
        made.page.press("#password", "Enter")
        made.page.wait_for_url(f"{address}/exceptions?queue=edi")
        yield made
        context.close()
    assert made.said == []
    assert [url for url in made.asked if not url.startswith(address)] == []


def test_a_cross_reference_is_added_and_what_waited_is_seen_to_go(site: Site, desk: Desk) -> None:
    for number in (1, 2):
        line = "1*10*EA*4.00**IN*NOBODY"
        site.send("buyer", interchange(x850(f"PO{number}", line), control=number))
    page = desk.page
    desk.go("/")
    assert "Item unknown" in desk.read()
    page.keyboard.press("j")  # to the first row
    page.keyboard.press("Enter")
    page.wait_for_url("**/exceptions/*")
    page.fill("#c-item", "A11")
    page.fill("#c-reason", "asked the buyer")
    page.click("text=Add the cross-reference")
    page.wait_for_selector(".told.fault")
    assert page.input_value("#c-reason") == "asked the buyer"  # what was refused is typed once
    assert page.input_value("#c-item") == "A11"
    page.fill("#c-item", "A1")
    page.click("text=Add the cross-reference")
    page.wait_for_selector(".told:not(.fault)")
    assert "2 lines that waited go on" in page.inner_text(".told")
    assert "Over" in desk.read()
    page.reload()
    assert page.query_selector(".told") is None  # told once
    site.run()
    page.keyboard.press("g")
    page.keyboard.press("o")
    page.wait_for_url("**/orders")
    assert desk.read().count("released") >= 2


def test_a_hold_is_released_where_it_is_seen(site: Site, desk: Desk) -> None:
    site.send("buyer", interchange(x850("PO1", "1*10*EA*3.00**VN*A1")))
    desk.go("/exceptions")
    desk.page.click("main tbody a >> nth=0")
    desk.page.fill("#h-reason", "agreed by phone")
    desk.page.click("text=Release the price hold")
    desk.page.wait_for_selector("text=SO100001 is released")
    site.run()
    assert site.order()["status"] == "released"


def test_an_order_is_found_and_says_why_it_is_late(site: Site, desk: Desk) -> None:
    due = ["DTM*002*20260302"]
    site.send(
        "buyer",
        interchange(
            x850("PO1", "1*95*EA*4.00**VN*A1", header=due),
            x850("PO2", "1*5*EA*7.50**VN*B2", control="0002"),
            x850("PO3", "1*5*EA*7.50**VN*B2", control="0003"),
        ),
    )
    site.ship("wh", "short")
    page = desk.page
    desk.go("/")
    assert page.get_attribute("nav a[href='/orders']", "title") == "Keys: g o"
    page.keyboard.press("/")  # there is none on this page
    page.wait_for_selector("#q:focus")
    page.keyboard.type("article two")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/orders\?q="))
    assert page.locator("main tbody tr").count() == 2
    page.keyboard.press("/")
    page.keyboard.type("PO1")
    page.keyboard.press("Enter")
    page.wait_for_url("**/orders/SO100001")
    told = page.inner_text(".standing")
    assert "Late: it has to arrive by Mon Mar 2" in told
    assert "DAL did not ship" in told
    assert page.locator(".way .now").count() == 1
    assert "Map: ships from" in (page.get_attribute("svg.map", "aria-label") or "")
    page.click("main .history a >> nth=0")
    page.wait_for_url("**/documents/*")
    assert "purchase order number" in desk.read()


def test_a_hold_is_released_on_the_page_of_its_order(site: Site, desk: Desk) -> None:
    site.send("buyer", interchange(x850("PO1", "1*10*EA*3.00**VN*A1")))
    page = desk.page
    desk.go("/orders?status=held")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/orders/SO100001")
    page.click("summary:has-text('Release the price hold')")
    page.fill("details[open] input[name=reason]", "agreed by phone")
    page.click("details[open] button")
    page.wait_for_selector(".told")
    assert "Released: Price differs" in page.inner_text(".told")
    site.run()
    page.reload()
    assert page.inner_text(".head .chip") == "released"
    assert "agreed by phone by maria" in page.inner_text(".history")


def test_an_order_by_phone_is_entered_with_price_stock_and_day(site: Site, desk: Desk) -> None:
    page = desk.page
    desk.go("/orders/new")
    page.fill("#who", "portal")
    page.press("#who", "Enter")
    page.wait_for_selector("#words")
    page.fill("#words", "article one")
    page.press("#words", "Enter")
    page.click("button[aria-label='Add A1']")
    page.fill("#quantity1", "2")
    page.select_option("#unit1", "CA")
    page.select_option("#code", "P1")
    page.fill("#deliver_by", "2026-03-06")
    page.click("text=Check price, stock and dates")
    seen = page.inner_text("#seen")
    for told in ("24 units", "48.00", "DAL 100", "24 from DAL", "Tue Mar 3", "at once"):
        assert told in seen, told
    must_fit(page)
    page.click("text=Save the order")
    page.wait_for_url("**/orders/SO100001")
    site.run()
    page.reload()
    assert page.inner_text(".head .chip") == "released"


def test_what_is_open_stays_fresh_by_itself(site: Site, desk: Desk) -> None:
    desk.go("/exceptions")
    assert "Nothing needs a person" in desk.read()
    site.send("buyer", interchange(x850("PO1", "1*10*EA*3.00**VN*A1")))
    desk.page.evaluate("refresh()")
    desk.page.wait_for_selector("text=SO100001")


def test_every_page_is_fit_for_those_who_do_not_see_it_and_for_a_phone(
    site: Site, desk: Desk
) -> None:
    line = "1*10*EA*4.00**VN*A1~PID*F****ARTICLE"
    site.send("buyer", interchange(x850("PO1", line, "2*20*EA*7.50**VN*B2"), control=1))
    site.ship("wh")
    site.send("buyer", interchange(x850("PO2", "1*10*EA*4.00**IN*NOBODY"), control=2))
    site.send("buyer", interchange(x850("PO3", "1*500*EA*4.00**VN*A1"), control=3))
    site.send("buyer", "nothing anybody can read", "letter.txt")
    tried = simulations.start(
        site.places,
        config_path=site.root / "config.yaml",
        mappings=site.root / "mappings",
        text=CONFIG.replace("routing:\n", "routing:\n  max_shipments: 1\n"),
        name="one truck",
        by="maria",
        now=site.now,
    )
    for path in (*_one_of_each(site), "/orders/new?customer=portal", "/api/v1/docs"):
        desk.go(path)
        must_fit(desk.page)
    desk.go("/nothing")
    must_fit(desk.page)
    desk.said.clear()  # a browser complains of a page that is not there
    until = time.monotonic() + _SIMULATED_S
    while simulations.run_of(site.places, tried, now=site.now).state == "running":
        assert time.monotonic() < until
        time.sleep(0.1)
    desk.go(f"/simulation/{tried}")
    assert "Side by side" in desk.read()
    must_fit(desk.page)
    desk.page.click("text=Log out")
    desk.page.wait_for_url("**/log-in")  # who is logged in is led on from there
    must_fit(desk.page)


def _one_of_each(site: Site) -> list[str]:
    """Return an address of every page there is but the log-in; of exceptions, one of each kind."""
    addresses = [path for path in crawl(logged_in(site, "maria")) if not path.endswith("/raw")]
    plain = {route.path for route in ROUTES}
    found: list[str] = []
    for route in ROUTES:
        if route.method != "GET":
            continue
        pattern = re.compile(re.sub(r"\{[^}]+\}", "[^/?]+", route.path))
        fitting = [path for path in addresses if pattern.fullmatch(path)]
        if route.path not in plain & set(fitting):
            fitting = [path for path in fitting if path not in plain]
        is_elsewhere = route.path == "/log-in" or route.path.endswith("/raw")
        assert fitting or is_elsewhere, f"nothing leads to {route.path}"
        # Of guides the last: a 997 is as good as an 850, and a tenth as long.
        found += fitting if route.path == "/exceptions/{number}" else fitting[-1:]
    return list(dict.fromkeys(found))
