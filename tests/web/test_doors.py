"""Keys and status links in the console: made by who may, shown once, revoked at once."""

import re

import pytest
from playwright.sync_api import Browser
from starlette.testclient import TestClient

from oms_edi.domain.role import Role
from oms_edi.store import access, api_keys
from tests.support.browser import must_fit, needs_chromium, served
from tests.support.portal import order, place
from tests.support.site import MAPPINGS, Site
from tests.support.visitor import asking, logged_in, send, with_user

_VALUE = re.compile(r'value="([^"]+)" readonly')


@pytest.fixture
def administrator(site: Site) -> TestClient:
    with_user(site, "ada", Role.ADMINISTRATOR)
    return logged_in(site, "ada")


def test_an_administrator_makes_a_key_sees_it_once_and_revokes_it(
    site: Site, administrator: TestClient
) -> None:
    site.step()
    on = "/partners/portal/access"
    scopes = ["orders:read", "no:such"]
    made = send(administrator, "/partners/portal/keys", on=on, name="live", scope=scopes, days="30")
    secret = _VALUE.findall(made.text)[0]
    assert made.headers["cache-control"] == "no-store"
    asked = asking(site).get("/api/v1/orders", headers={"Authorization": f"Bearer {secret}"})
    assert asked.status_code == 200
    page = administrator.get(on).text
    assert secret not in page
    assert "orders:read" in page
    assert "in force" in page
    with access.opened(site.places.access) as connection:
        (key,) = api_keys.keys(connection, partner="portal", limit=9)
        (entry,) = [e for e in access.entries(connection, limit=9) if e.event == "key.added"]
    assert (key.scopes, key.expires_at) == (("orders:read",), "2026-04-01T15:00:00Z")
    assert entry.actor == "ada"
    send(administrator, f"/keys/{key.key_id}/revoke", on=on)
    asked = asking(site).get("/api/v1/orders", headers={"Authorization": f"Bearer {secret}"})
    assert asked.status_code == 401
    assert "revoked" in administrator.get(on).text


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"name": "", "scope": "orders:read"}, "say what the key is for"),
        ({"name": "x"}, "a key without a scope"),
        ({"name": "x", "scope": "orders:read", "days": "0"}, "days is a number"),
        ({"name": "x", "scope": "orders:read", "per_minute": "many"}, "per minute is a number"),
    ],
)
def test_a_key_that_cannot_be_meant_is_not_made(
    site: Site, administrator: TestClient, values: dict[str, str], told: str
) -> None:
    site.step()
    on = "/partners/portal/access"
    assert send(administrator, "/partners/portal/keys", on=on, **values).status_code == 303
    page = administrator.get(on).text
    assert told in page
    assert "There are none: no program" in page


def test_only_customers_have_keys(site: Site, administrator: TestClient) -> None:
    site.step()
    assert administrator.get("/partners/wh/access").status_code == 404
    assert administrator.get("/partners/nobody/access").status_code == 404


def test_an_operator_makes_a_link_for_an_order_and_none_for_all(
    site: Site, operator: TestClient
) -> None:
    place(site, order())
    on = "/orders/SO100001/links"
    assert 'href="/orders/SO100001/links"' in operator.get("/orders/SO100001").text
    made = send(operator, on, on=on, days="3")
    (url,) = _VALUE.findall(made.text)
    path = url.removeprefix("http://127.0.0.1:8850")
    assert "Order WEB-1" in asking(site).get(path).text
    page = operator.get(on).text
    assert url not in page
    assert "in force" in page
    send(operator, "/links/1/revoke", on=on)
    assert asking(site).get(path).status_code == 410
    assert operator.get("/partners/portal/access").status_code == 403
    assert send(operator, "/partners/portal/links", days="3").status_code == 403


def test_an_administrator_makes_a_link_to_all_orders(site: Site, administrator: TestClient) -> None:
    place(site, order())
    on = "/partners/portal/access"
    made = send(administrator, "/partners/portal/links", on=on, days="3")
    (url,) = _VALUE.findall(made.text)
    assert "WEB-1" in asking(site).get(url.removeprefix("http://127.0.0.1:8850")).text
    assert "all orders" in administrator.get(on).text


def test_a_partners_webhook_is_at_a_glance_and_its_address_for_administrators(site: Site) -> None:
    text = MAPPINGS["portal"].replace(
        "orders:\n", "orders:\n  status: {when: change, send: [webhook]}\n"
    )
    hook = "webhook: {url: 'https://shop.example/hook?key=1', secret_credential: missing}\n"
    site.configure("portal", text + hook)
    place(site, order())
    site.run()
    with_user(site, "ada", Role.ADMINISTRATOR)
    administrator = logged_in(site, "ada")
    assert "1 events wait" in administrator.get("/partners/portal").text
    assert "https://shop.example/hook" in administrator.get("/partners/portal/access").text
    with_user(site, "vera", Role.VIEWER)
    viewer = logged_in(site, "vera")
    assert "shop.example/hook" not in viewer.get("/partners/portal").text
    assert viewer.get("/partners/portal/access").status_code == 403


@needs_chromium
def test_keys_and_links_are_made_in_a_browser_without_a_complaint(
    site: Site, browser: Browser
) -> None:
    with_user(site, "ada", Role.ADMINISTRATOR)
    place(site, order())
    with served(site) as address:
        page = browser.new_page(viewport={"width": 390, "height": 844})
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.goto(f"{address}/partners/portal/access")
        page.get_by_label("Name").fill("ada")
        page.get_by_label("Password").fill("correct horse battery")
        page.get_by_role("button").first.click()
        page.get_by_text("Make a key", exact=True).first.click()
        page.get_by_label("What it is for").fill("live portal")
        page.get_by_role("button", name="Make a key").click()
        assert page.get_by_label("Key", exact=True).input_value().startswith("oms_")
        must_fit(page)
        page.get_by_role("link", name="I have it").click()
        assert "live portal" in page.inner_text("main")
        must_fit(page)
        assert said == []
        page.close()
