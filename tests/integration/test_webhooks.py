"""A customer's server hears of its orders: signed, in order, under one id until it has taken it."""

import json
import os
import signal
import socket
import threading
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result

from oms_edi.cli.main import cli
from oms_edi.errors import ConfigurationError, NotFound, TransientError
from oms_edi.pipeline.delivery import calls as pipeline_calls
from oms_edi.pipeline.people import see_to
from oms_edi.pipeline.run import Runner, owner
from oms_edi.store import outbox
from oms_edi.transports.call import is_public, post
from oms_edi.transports.retry_after import retry_after_s
from oms_edi.transports.webhook import signature
from tests.support.caller import Program
from tests.support.mailbox import Calls, certificate, free_port, http
from tests.support.portal import order, place
from tests.support.site import MAPPINGS, Site

KEY = "a key both have"


def follow(site: Site, port: int, *, send: str = "webhook", more: str = "private: true") -> None:
    """Have the portal's server hear of its orders."""
    site.keep_secret("portal-hook", KEY)
    text = MAPPINGS["portal"].replace(
        "orders:\n", f"orders:\n  status: {{when: change, send: [{send}]}}\n"
    )
    hook = f"url: 'http://127.0.0.1:{port}/hook?a=1', secret_credential: portal-hook"
    site.configure("portal", f"{text}webhook: {{{hook}, timeout_s: 1, {more}}}\n")


def states(site: Site) -> list[str]:
    rows = site.query("SELECT state FROM outbox WHERE set_id = 'webhook' ORDER BY outbox_id")
    return [state for (state,) in rows]


def events(calls: Calls) -> list[str]:
    return [body["event"].removeprefix("portal-").lstrip("0") for body in calls.bodies]


def test_a_server_hears_what_its_customer_may_know_signed_and_in_order(site: Site) -> None:
    calls = Calls()
    with http(calls) as port:
        follow(site, port)
        place(site, order())
        site.run()
        site.ship("wh")
    first, second = calls.bodies
    assert [first["event"], second["event"]] == ["portal-000000001", "portal-000000002"]
    assert (first["type"], first["at"]) == ("order.status", "2026-03-02T15:00:00Z")
    told = second["order"]
    assert (told["po_number"], told["order"], told["status"]) == ("WEB-1", "SO100001", "shipped")
    part = told["lines"][0]["parts"][0]
    assert (part["quantity"], part["shipped_on"]) == ("24", "2026-03-02")
    assert set(calls.paths) == {"/hook?a=1"}
    for headers, body in calls.got:
        stamp = headers["X-OMS-Timestamp"]
        assert headers["X-OMS-Signature"] == f"sha256={signature(KEY, stamp, body)}"
        assert headers["X-OMS-Key"] == json.loads(body)["event"]
    everything = json.dumps(calls.bodies)
    for ours in ("DAL", "RNO", "DALLAS", "cents", "node", "SO100001-1"):
        assert ours not in everything


def test_events_are_documents_of_their_order_and_wait_for_no_answer(site: Site) -> None:
    with http(Calls()) as port:
        follow(site, port)
        place(site, order())
        site.run()
    (document,) = [d for d in site.order()["documents"] if d["set_id"] == "webhook"]
    assert (document["st_control"], document["verdict"]) == (
        "portal-000000001",
        "sent, no answer due",
    )
    site.run(later=timedelta(days=3))
    overdue = [one["partner"] for one in site.exceptions() if one["kind"] == "ack_overdue"]
    assert "portal" not in overdue
    with site.connect() as connection:
        assert outbox.call_state(connection, "portal") == (0, None, "2026-03-02T15:00:00Z")


def test_what_a_server_did_not_take_it_hears_again_under_the_same_id(site: Site) -> None:
    calls = Calls(first=(500, 302, 404))
    with http(calls) as port:
        follow(site, port)
        place(site, order())
        for _ in range(3):
            site.run()
            assert states(site) == ["pending"]
        site.run()
        site.run()
    assert len(calls.got) == 4
    assert len({body for _, body in calls.got}) == 1
    assert set(calls.paths) == {"/hook?a=1"}
    assert states(site) == ["sent"]


def test_the_next_event_waits_for_the_one_before(site: Site) -> None:
    calls = Calls(first=(500,))
    with http(calls) as port:
        follow(site, port)
        place(site, order("WEB-1"))
        place(site, order("WEB-2"), key="k-2")
        site.run()
        assert states(site) == ["pending", "pending"]
        site.run()
    assert events(calls) == ["1", "1", "2"]


def attempts(site: Site, count: int) -> None:
    """Have one process call the portal's server so often."""
    calls = pipeline_calls.Calls(at_once=1)
    until = time.monotonic() + 10
    done = 0
    while done < count and time.monotonic() < until:
        done += calls.start(site.step())
        while calls.hanging(time.monotonic() + 1e6):
            time.sleep(0.005)
            calls.collect(site.step())


def test_a_person_hears_of_a_server_that_takes_nothing_and_of_events_that_lie_too_long(
    site: Site,
) -> None:
    follow(site, free_port(), more="private: true, retry_s: 0.01")
    place(site, order())
    site.run()
    attempts(site, 2)
    assert site.exception_kinds() == []
    attempts(site, 3)
    (found,) = site.exceptions()
    assert (found["kind"], found["partner"]) == ("webhook_failed", "portal")
    assert "Connection refused" in found["text"]
    site.run(later=timedelta(hours=5))
    assert {"delivery_overdue", "webhook_failed"} <= set(site.exception_kinds())
    with http(Calls()) as port:
        follow(site, port)
        site.run()
        site.run()
    assert not {"delivery_overdue", "webhook_failed"} & set(site.exception_kinds())


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("private: true, ca_file: /", "there is no credential other"),
        ("timeout_s: 2", "no address of the public network"),
    ],
)
def test_what_trying_again_will_not_help_is_told_at_once(site: Site, more: str, told: str) -> None:
    calls = Calls()
    with http(calls) as port:
        follow(site, port)
        path = site.root / "mappings/portal.yaml"
        text = (
            path.read_text().replace("private: true", "private: false").replace("http:", "https:")
        )
        if "ca_file" in more:
            text = text.replace("portal-hook", "other")
        path.write_text(text)
        place(site, order())
        site.run()
    assert calls.got == []
    (found,) = site.exceptions()
    assert found["kind"] == "webhook_failed"
    assert told in found["text"]


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.0.0.8", "192.168.1.1", "172.16.0.1", "169.254.169.254", "0.0.0.0"),
        *("100.64.0.1", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "ff02::1"),
        *("64:ff9b:1::7f00:1", "::127.0.0.1", "::ffff:0:127.0.0.1", "fec0::1"),
    ],
)
def test_an_address_that_leads_inside_is_not_public_however_it_is_written(address: str) -> None:
    assert not is_public(address)


PORTAL_DATE = "Mon, 02 Mar 2026 15:00:00 GMT"


@pytest.mark.parametrize(
    ("asked", "after_s"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("9999999999", 86_400),
        ("Mon, 02 Mar 2026 16:00:00 GMT", 3600),
        ("Monday, 02-Mar-26 16:00:00 GMT", 3600),
        ("Mon Mar  2 16:00:00 2026", 3600),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400),
        ("Mon, 02 Mar 2026 14:00:00 GMT", 0),
        *((odd, 0) for odd in ("", "soon", "-5", "1e9", "1.5", "\u0661", "9" * 99, "2026-03-02")),
    ],
)
def test_a_server_says_how_long_it_wants_to_be_left_alone(asked: str, after_s: float) -> None:
    assert retry_after_s(asked, date=PORTAL_DATE) == after_s
    if "GMT" in asked:
        assert retry_after_s(asked, date="") == 0


@pytest.mark.parametrize("status", [429, 503])
def test_a_server_is_not_called_before_it_asks_to_be(
    site: Site, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    passed_s = 0.0
    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + passed_s)
    monkeypatch.setattr(pipeline_calls, "time", clock)
    calls = Calls(first=(status,), headers={"Retry-After": "7200"})
    with http(calls) as port:
        follow(site, port, more="private: true, retry_s: 0.01")
        place(site, order())
        with owner(site.config):
            runner = Runner(config=site.config, partners=site.partners, clock=lambda: site.now)
            for passed_s, count in ((0, 1), (3600, 1), (7190, 1), (7210, 2)):
                runner.once()
                assert len(calls.got) == count, passed_s
            runner.stop()
            runner.connection.close()
    assert states(site) == ["sent"]


def test_a_server_that_says_nothing_of_another_try_is_called_after_ours(site: Site) -> None:
    calls = Calls(first=(503, 429, 400), headers={"Retry-After": "soon"})
    with http(calls) as port:
        follow(site, port, more="private: true, retry_s: 0.01")
        place(site, order())
        site.run()
        attempts(site, 3)
    assert len(calls.got) == 4
    assert states(site) == ["sent"]


def test_a_server_that_is_gone_is_not_called_until_a_person_has_seen_to_it(site: Site) -> None:
    calls = Calls(first=(410, 410))
    with http(calls) as port:
        follow(site, port)
        place(site, order())
        for _ in range(3):
            site.run(later=timedelta(hours=1))
        assert (len(calls.got), states(site)) == (1, ["pending"])
        (found,) = [one for one in site.exceptions() if one["kind"] == "webhook_gone"]
        assert "127.0.0.1 answered 410 Gone" in found["text"]
        assert "a=1" not in found["subject"]  # what stands in a query may be a secret
        (told,) = Program(site).get("/webhooks").json()["webhooks"]
        assert (told["is_gone"], told["pending"]) == (True, 1)
        for count, is_open in ((2, True), (3, False)):
            (one,) = [one for one in site.exceptions() if one["kind"] == "webhook_gone"]
            see_to.resolve(site.step(), one["exception_id"], actor="ann", reason="they say so")
            site.run()
            assert len(calls.got) == count
            assert ("webhook_gone" in site.exception_kinds()) is is_open
        (told,) = Program(site).get("/webhooks").json()["webhooks"]
        assert (told["is_gone"], told["pending"]) == (False, 0)
    assert len({body for _, body in calls.got}) == 1
    assert states(site) == ["sent"]


def test_another_address_is_called_though_the_old_one_is_gone(site: Site) -> None:
    old, new = Calls(status=410), Calls()
    with http(old) as port:
        follow(site, port)
        place(site, order())
        site.run()
        assert site.exception_kinds() == ["webhook_gone"]
        with http(new) as other:
            follow(site, other)
            site.run()
    assert (len(old.got), len(new.got)) == (1, 1)
    assert site.exception_kinds() == []


def test_an_address_of_the_public_network_is_called() -> None:
    for address in ("93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822"):
        assert is_public(address), address


def test_a_server_whose_certificate_nobody_trusts_hears_nothing(site: Site, tmp_path: Path) -> None:
    context, trusted = certificate(tmp_path)
    calls = Calls()

    def call(host: str, ca_file: str) -> None:
        url = f"https://{host}:{port}/hook"
        post(url, b"{}", {}, ca_file=ca_file, timeout_s=2, is_private_allowed=True)

    with http(calls, tls=context) as port:
        with pytest.raises(TransientError, match="CERTIFICATE_VERIFY_FAILED"):
            call("localhost", "")
        with pytest.raises(TransientError, match="CERTIFICATE_VERIFY_FAILED"):
            call("127.0.0.1", str(trusted))  # trusted, but for another name
        assert calls.got == []
        call("localhost", str(trusted))
    assert len(calls.got) == 1


def test_a_name_with_thousands_of_addresses_takes_one_timeout(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried: list[float] = []

    def silent(address: tuple[str, int], timeout_s: float) -> socket.socket:
        tried.append(timeout_s)
        raise TimeoutError(f"{address[0]} says nothing")

    found = [(2, 1, 6, "", (f"198.51.{n // 250}.{n % 250}", 443)) for n in range(4000)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    monkeypatch.setattr(socket, "create_connection", silent)
    with pytest.raises(TransientError, match="says nothing"):
        post("https://a.example/", b"", {}, ca_file="", timeout_s=10, is_private_allowed=True)
    assert sum(tried) == 10
    assert len(tried) > 1


def test_a_server_that_sends_a_byte_now_and_then_is_left_after_its_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def drip() -> None:
            connection, _ = server.accept()
            with connection, suppress(OSError):
                connection.sendall(b"HTTP/1.1 200 OK\r\n")
                while True:
                    connection.sendall(b"x-a: b\r\n")
                    time.sleep(0.05)

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        began = time.monotonic()
        with pytest.raises(TransientError, match="did not answer within"):
            post(
                f"http://127.0.0.1:{port}/",
                b"{}",
                {},
                ca_file="",
                timeout_s=0.2,
                is_private_allowed=True,
            )
        assert time.monotonic() - began < 3
        thread.join(timeout=5)


def test_a_process_killed_after_a_call_makes_it_again_under_the_same_id(site: Site) -> None:
    calls = Calls()
    with http(calls) as port:
        follow(site, port)
        place(site, order())
        child = os.fork()
        if child == 0:
            pipeline_calls.book_calls = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
            site.run()
            os._exit(0)
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status)
        assert states(site) == ["pending"]
        site.run()
    assert events(calls) == ["1", "1"]
    assert len({body for _, body in calls.got}) == 1
    assert states(site) == ["sent"]


def test_events_nobody_is_called_for_any_more_lie_in_the_folder(site: Site) -> None:
    follow(site, free_port())
    place(site, order())
    site.run()
    site.configure("portal", MAPPINGS["portal"])
    site.run()
    (path,) = (site.root / "outbox/portal/webhook").iterdir()
    assert json.loads(path.read_bytes())["event"] == "portal-000000001"


def test_who_has_only_sftp_gets_the_same_as_files(site: Site) -> None:
    follow(site, free_port(), send="csv, json, html")
    place(site, order())
    site.run()
    site.ship("wh")
    names = sorted(path.name for path in (site.root / "outbox/portal/status").iterdir())
    assert names == [
        f"status_00000000{n}.{form}" for n in (1, 2) for form in ("csv", "html", "json")
    ]
    told = json.loads((site.root / "outbox/portal/status/status_000000002.json").read_bytes())
    assert [one["status"] for one in told["orders"]] == ["shipped"]
    text = (site.root / "outbox/portal/status/status_000000002.html").read_text()
    assert "<h1>Order WEB-1</h1>" in text
    assert 'content="noindex, nofollow"' in text
    assert 'name="referrer" content="no-referrer"' in text
    for ours in ("DAL", "RNO", "DALLAS", "<script", "http-equiv"):
        assert ours not in text


def test_a_page_shows_markup_in_a_partners_text_as_text(site: Site) -> None:
    follow(site, free_port(), send="html")
    wild = "<script>alert(1)</script>\" onload='x'"
    lines = [{"line": "1", "item": "A1", "quantity": 1, "description": wild}]
    place(site, {"po_number": "WEB-1", "ship_to": {"code": "P1"}, "lines": lines})
    site.run()
    (path,) = (site.root / "outbox/portal/status").iterdir()
    text = path.read_text()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&quot; onload=&#x27;x&#x27;" in text
    assert "<script" not in text


@pytest.mark.parametrize(
    ("hook", "told"),
    [
        ("", "`webhook` says not where"),
        ("webhook: {url: 'http://a.example/', secret_credential: x}", "use https"),
        ("webhook: {url: 'ftp://a.example/', secret_credential: x}", "no http or https"),
        ("webhook: {url: 'https://u:p@a.example/', secret_credential: x}", "no login"),
        ("webhook: {url: 'https://a.example:99999/', secret_credential: x}", "a port is a number"),
        ("webhook: {url: 'https://a..example/', secret_credential: x}", "no name of a server"),
        ("webhook: {url: 'https://a.example/a b', secret_credential: x}", "blanks or letters"),
        ("webhook: {url: 'https://a.example/'}", "secret_credential"),
    ],
)
def test_a_webhook_that_cannot_be_meant_stops_the_start(site: Site, hook: str, told: str) -> None:
    text = MAPPINGS["portal"].replace(
        "orders:\n", "orders:\n  status: {when: change, send: [webhook]}\n"
    )
    site.configure("portal", f"{text}{hook}\n")
    with pytest.raises(ConfigurationError, match=told):
        site.partners  # noqa: B018


def test_the_life_of_orders_with_a_webhook_can_be_lived_through_again(site: Site) -> None:
    with http(Calls()) as port:
        follow(site, port)
        place(site, order())
        site.run()
        site.ship("wh")
    done, difference = site.simulated()
    assert done.refused == []
    assert not difference


def test_a_server_is_tried_and_listed_on_the_command_line(site: Site) -> None:
    def ask(*arguments: str) -> Result:
        config = str(site.root / "config.yaml")
        return CliRunner().invoke(cli, ["--config", config, "webhook", *arguments])

    place(site, order())
    calls = Calls(first=(500,))
    with http(calls) as port:
        follow(site, port)
        failed = ask("test", "portal")
        assert "answered 500" in str(failed.exception)
        done = ask("test", "portal")
        assert done.output.startswith("127.0.0.1 took event portal-test-")
        (row,) = json.loads(ask("list", "--json").output)
        assert (row["partner"], row["pending"], row["taken_at"]) == ("portal", 0, None)
        assert row["is_gone"] is False
        assert ask("list").output.splitlines()[0].split()[-1] == "gone"
    assert [body["type"] for body in calls.bodies] == ["test", "test"]
    headers, body = calls.got[-1]
    stamp = headers["X-OMS-Timestamp"]
    assert headers["X-OMS-Signature"] == f"sha256={signature(KEY, stamp, body)}"
    assert isinstance(ask("test", "buyer").exception, NotFound)
