"""The console in a real Chromium."""

from playwright.sync_api import Browser

from tests.support.browser import needs_chromium, served
from tests.support.edi import interchange, x850
from tests.support.site import Site

pytestmark = needs_chromium


def test_a_page_loads_without_a_complaint_and_asks_nobody_else(
    site: Site, browser: Browser
) -> None:
    site.send("buyer", interchange(x850("PO1", "1*10*EA*4.00**VN*NOBODY")))
    with served(site) as address:
        page = browser.new_page()
        said: list[str] = []
        asked: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address)
        assert "Item unknown" in page.inner_text("main")
        assert said == []
        assert [url for url in asked if not url.startswith(address)] == []
        page.close()
