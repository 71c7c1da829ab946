"""The console served for real, and a Chromium to look at it."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from oms_edi.web.app import make_app
from oms_edi.web.source import Source
from tests.support.site import Site

#: Debian's own; there is none to download.
CHROMIUM = shutil.which("chromium")
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_START_S = 10
#: A desk and a phone.
WIDE, PHONE = ViewportSize(width=1280, height=800), ViewportSize(width=390, height=844)
#: Rules of WCAG 2 and good practice; what passes is not told.
_RULES = {"resultTypes": ["violations"]}
#: What the size of a screen and its colors change; the others hold in any of them.
_OF_SIGHT = {
    **_RULES,
    "runOnly": {"type": "rule", "values": ["color-contrast", "scrollable-region-focusable"]},
}

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="apt-get install chromium")


def console(site: Site, *, clock: Callable[[], datetime] | None = None) -> Source:
    """Return the settings of a site, as its console reads them."""
    return Source(lambda: (site.config, site.partners), Path(site.root / "config.yaml"))


@contextmanager
def served(site: Site, *, port: int = 0) -> Iterator[str]:
    """Serve the console of a site, on a free port where none is named; yield its address."""
    app = make_app(console(site), clock=lambda: site.now)
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, lifespan="off", ws="none")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + _START_S
    while not server.started and time.monotonic() < until:
        time.sleep(0.01)
    found = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{found}"
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run one browser."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=_FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def must_fit(page: Page) -> None:
    """Fail where a page is hard on those who do not see it, also in the dark on a phone."""
    found = Axe().run(page, options=_RULES)
    assert found.violations_count == 0, (page.url, found.generate_report())
    page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme="dark")
    dim = page.evaluate("options => axe.run(options)", _OF_SIGHT)["violations"]
    told = [(one["id"], [node["html"] for node in one["nodes"]]) for one in dim]
    assert not told, f"{page.url}, in the dark on a phone: {told}"
    page.emulate_media(color_scheme="light")
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= PHONE["width"], f"{page.url} is {wide} wide on a phone"
    page.set_viewport_size(WIDE)
