"""What holds for every page of the console, whatever it shows."""

import errno
import os
import re
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient

import oms_edi.web
from oms_edi.errors import Busy, ConfigurationError
from oms_edi.web.pages import ROUTES
from oms_edi.web.route import page
from oms_edi.web.serve import _step_back, serve
from oms_edi.web.view import View
from oms_edi.web.words import title
from tests.support.browser import console
from tests.support.site import CONFIG, Site

HERE = Path(oms_edi.web.__file__).parent
#: The first load of a page: HTML, style, script and icon.
_FIRST_LOAD_BYTES = 150_000


def test_every_answer_carries_the_headers_that_keep_others_out(client: TestClient) -> None:
    for path in ("/", "/nothing-there", "/static/console.css", "/api/v1/openapi.json"):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy, path
        assert "frame-ancestors 'none'" in policy, path
        assert "unsafe" not in policy, path
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["referrer-policy"] == "same-origin", path


def test_a_host_that_is_not_ours_is_refused(client: TestClient) -> None:
    for host in ("evil.example", "localhost.evil.example", "", "127.0.0.1.nip.io"):
        assert client.get("/", headers={"Host": host}).status_code == 421, host
    for host in ("localhost", "127.0.0.1:8850", "[::1]:8850", "LOCALHOST"):
        assert client.get("/", headers={"Host": host}).status_code == 200, host


def test_what_nobody_declared_is_not_there(client: TestClient) -> None:
    for path in ("/nothing", "/static/../app.py", "/static/%2e%2e/app.py"):
        answer = client.get(path)
        assert answer.status_code == 404, path
        assert "There is no such page" in answer.text, path


def test_a_route_without_a_role_cannot_be_written() -> None:
    with pytest.raises(TypeError, match="role"):
        page("/orders", lambda asked: asked.page("today.html"))  # type: ignore[call-arg]


def test_no_page_holds_a_script_a_style_or_an_address_of_others() -> None:
    for path in HERE.glob("templates/**/*.html"):
        text = path.read_text()
        assert not re.search(r"<script(?![^>]*\bsrc=)", text), path
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text), path
        assert not re.search(r"(?:src|href|action)=[\"'](?:https?:)?//", text), path
        assert "|safe" not in text.replace(" ", ""), path
    for path in HERE.glob("static/*"):
        assert not re.search(r"url\(|@import|https?://(?!www\.w3\.org)", path.read_text()), path


def test_the_first_load_is_small(client: TestClient, site: Site) -> None:
    parts = [client.get("/").content]
    parts += [path.read_bytes() for path in HERE.glob("static/*")]
    assert sum(map(len, parts)) < _FIRST_LOAD_BYTES


def test_settings_that_are_wrong_stay_out_of_force_and_every_page_says_so(
    client: TestClient, site: Site
) -> None:
    source = console(site)
    site.configure("config", "company: {nonsense: 1}\n")
    source.look_again()
    config, _ = source.settings()
    assert config.company.name == "OUR COMPANY"
    assert "nonsense" in source.fault


def test_without_a_user_it_listens_at_no_address_of_others(site: Site) -> None:
    for host in ("0.0.0.0", "::", "192.0.2.1", "oms.example.com"):
        with pytest.raises(ConfigurationError, match="users add"):
            serve(console(site), host=host, port=8850, clock=lambda: site.now)


def test_an_address_somebody_listens_at_is_told(site: Site) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Busy, match="listens at"):
            serve(console(site), host="127.0.0.1", port=port, clock=lambda: site.now)


def test_where_it_may_not_step_back_it_serves_all_the_same(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refused(_: int) -> int:  # as a filter of system calls does
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "nice", refused)
    _step_back(5)
    assert "web.not_stepped_back nice=5 reason=Operation not permitted" in caplog.text


@pytest.mark.parametrize(
    "web",
    [
        *(
            "url: 'https://oms.example.com:88500'",
            "url: 'https://oms..com'",
            "url: oms.example.com",
        ),
        *("hosts: ['oms.example.com:8850']", "hosts: ['https://oms.example.com']", "hosts: ['']"),
    ],
)
def test_an_address_nobody_could_ask_at_stops_the_start(site: Site, web: str) -> None:
    site.configure("config", f"{CONFIG}web: {{{web}}}\n")
    with pytest.raises(ConfigurationError, match="web"):
        _ = site.config


def test_every_page_is_declared_once() -> None:
    declared = [(route.method, route.path) for route in ROUTES]
    assert len(declared) == len(set(declared))


def test_an_instant_of_another_year_says_so() -> None:
    now = {"now": datetime(2026, 3, 2, 15, tzinfo=UTC)}
    write = View(paths=frozenset())._templates.from_string("{{ value | at }}").render
    assert "Mar 1 09:30" in write(now, value="2026-03-01T09:30:00Z")
    assert "Dec 31, 2025, 23:00" in write(now, value="2025-12-31T23:00:00Z")


def test_a_name_in_capitals_is_read_as_a_title_and_any_other_as_its_owner_has_it() -> None:
    assert title("NORTHGATE DC COLUMBUS") == "Northgate DC Columbus"
    assert title("MIXING BOWL STEEL 3L") == "Mixing Bowl Steel 3L"
    assert title("McCall's of Reno") == "McCall's of Reno"
