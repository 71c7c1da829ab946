"""The console asked in this process, by nobody or by a user."""

import re
from typing import Any

from httpx2 import Response
from starlette.testclient import TestClient

from oms_edi.domain.role import Role
from oms_edi.web import users
from oms_edi.web.app import make_app
from tests.support.browser import console
from tests.support.site import Site

PASSWORD = "correct horse battery"
_HREF = re.compile(r'(?:href|action)="(/[^"]*)"')
_CSRF = re.compile(r'name="csrf" value="([0-9a-f]+)"')


def asking(site: Site, *, is_own: bool = True, address: str = "127.0.0.1") -> TestClient:
    """Return a client of a site's console; it follows no redirects by itself."""
    app = make_app(console(site), clock=lambda: site.now, is_own=is_own)
    return TestClient(
        app, base_url="http://localhost", follow_redirects=False, client=(address, 50000)
    )


def with_user(site: Site, name: str, role: Role, password: str = PASSWORD) -> None:
    """Add a user, as an administrator would."""
    users.add(site.places.access, name, role, password, by="test", now=site.now)


def csrf(client: TestClient, path: str = "/") -> str:
    """Return the token the forms of a page carry."""
    found = _CSRF.search(client.get(path).text)
    assert found, f"no form on {path}"
    return found[1]


def try_log_in(client: TestClient, name: str, password: str) -> Response:
    """Fill in the log-in form."""
    values = {"name": name, "password": password, "csrf": csrf(client, "/log-in")}
    return client.post("/log-in", data=values)


def logged_in(site: Site, name: str, password: str = PASSWORD) -> TestClient:
    """Return the console as a user sees it."""
    client = asking(site)
    assert try_log_in(client, name, password).status_code == 303
    return client


def send(client: TestClient, path: str, /, *, on: str = "/", **values: Any) -> Response:
    """Send a form that stands on the page `on`."""
    return client.post(path, data={"csrf": csrf(client, on), "back": on, **values})


def crawl(client: TestClient, start: str = "/", limit: int = 400) -> dict[str, str]:
    """Every page that links lead to, by address; each must be there."""
    found: dict[str, str] = {}
    waiting = [start]
    while waiting and len(found) < limit:
        address = waiting.pop(0)
        if address in found or address.startswith(("/static/", "/log-")):
            continue
        answer = client.get(address)
        assert answer.status_code in (200, 405), (address, answer.status_code)
        found[address] = answer.text
        if "text/html" in answer.headers["content-type"]:
            waiting += [
                link.replace("&amp;", "&").partition("#")[0] for link in _HREF.findall(answer.text)
            ]
    return found
