"""The console of a small distributor: in the process for most tests, served for a browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser
from starlette.testclient import TestClient

from oms_edi.web.app import make_app
from tests.support.browser import chromium, console
from tests.support.site import Site


@pytest.fixture
def client(site: Site) -> Iterator[TestClient]:
    """The console of `site`, asked in this process."""
    with asking(site) as made:
        yield made


def asking(site: Site) -> TestClient:
    """Return a client of a site's console; it follows no redirects by itself."""
    app = make_app(console(site), clock=lambda: site.now)
    return TestClient(app, base_url="http://localhost", follow_redirects=False)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of a worker."""
    with chromium() as made:
        yield made
