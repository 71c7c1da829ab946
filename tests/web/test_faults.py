"""What goes wrong around the console: slow clients, a busy book, files that are damaged or gone."""

import re
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta

import httpx2
import pytest
import uvicorn
from starlette.testclient import TestClient

from oms_edi.domain.issue import Issue, Level, Severity
from oms_edi.domain.role import Role
from oms_edi.store import access, sessions
from oms_edi.store.migrations import VERSION
from oms_edi.upkeep.marked import marked
from oms_edi.web import log_in, patience
from oms_edi.web.app import make_app
from oms_edi.web.books import Books
from oms_edi.web.patience import PatientServer
from oms_edi.web.serve import _WithThreads
from tests.support.browser import console
from tests.support.caller import Program
from tests.support.edi import interchange, x850
from tests.support.portal import order
from tests.support.site import Site
from tests.support.visitor import PASSWORD, asking, csrf, logged_in, send, try_log_in, with_user

_PLACES = 8
_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')
_HALF = b"GET / HTTP/1.1\r\nHost: localhost\r\nX: "
_BODY = (
    b"POST /log-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 90\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n\r\na="
)


@contextmanager
def _served(site: Site, *, places: int = _PLACES, threads: int = 8) -> Iterator[tuple[str, int]]:
    app = _WithThreads(make_app(console(site), clock=lambda: site.now), threads)
    config = uvicorn.Config(app, port=0, log_config=None, ws="none", limit_concurrency=places)
    server = PatientServer(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield server.servers[0].sockets[0].getsockname()
    finally:
        server.should_exit = server.force_exit = True
        thread.join()


@pytest.mark.parametrize("begun", [b"", _HALF, _BODY])
def test_connections_that_never_finish_a_request_take_no_place_of_others(
    site: Site, monkeypatch: pytest.MonkeyPatch, begun: bytes
) -> None:
    monkeypatch.setattr(patience, "_CROWDED_HEAD_S", 0.3)
    monkeypatch.setattr(patience, "_CROWDED_BODY_S", 0.3)
    with _served(site) as address:
        slow = [socket.create_connection(address) for _ in range(_PLACES)]
        for one in slow:
            one.sendall(begun)
        until, code = time.monotonic() + 5, 0
        while code != 200 and time.monotonic() < until:
            code = httpx2.get(f"http://localhost:{address[1]}/log-in").status_code
            time.sleep(0.1)
        assert code == 200
        for one in slow:
            one.close()


def test_pages_are_shown_while_acts_wait_for_who_writes_to_the_book(site: Site) -> None:
    portal = Program(site)
    writer = site.step().connection
    told: list[int] = []
    with _served(site, places=100, threads=2) as (_, port):
        address = f"http://localhost:{port}"

        def place(number: int) -> None:
            answer = httpx2.post(
                f"{address}/api/v1/orders",
                json=order(f"WEB-{number}"),
                headers={
                    "Authorization": f"Bearer {portal.secret}",
                    "Idempotency-Key": f"busy-{number}",
                },
                timeout=60,
            )
            told.append(answer.status_code)

        waiting = [threading.Thread(target=place, args=(number,)) for number in range(6)]
        writer.execute("BEGIN IMMEDIATE")
        try:
            for one in waiting:
                one.start()
            time.sleep(0.5)
            for path in ("/log-in", "/orders"):
                assert httpx2.get(address + path, timeout=5).status_code == 200
            assert told == []
        finally:
            writer.rollback()
        for one in waiting:
            one.join()
    assert told == [201] * 6


def test_pages_are_shown_while_many_try_to_log_in(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_user(site, "maria", Role.OPERATOR)
    goes_on = threading.Event()
    monkeypatch.setattr(log_in, "is_right", lambda *_: goes_on.wait(20))
    with _served(site, places=100, threads=2) as (_, port):
        address = f"http://localhost:{port}/log-in"
        visit = httpx2.get(address)
        token = _HIDDEN.search(visit.text)
        assert token
        values = {"name": "maria", "password": "guess", "csrf": token[2]}
        tries = [
            threading.Thread(
                target=httpx2.post,
                args=(address,),
                kwargs={"data": values, "cookies": dict(visit.cookies), "timeout": 30},
            )
            for _ in range(6)
        ]
        try:
            for one in tries:
                one.start()
            time.sleep(0.5)
            assert httpx2.get(address, timeout=5).status_code == 200
        finally:
            goes_on.set()
            for one in tries:
                one.join()


@pytest.mark.parametrize("at", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00+14:00", "soon"])
def test_an_instant_beyond_the_calendar_is_refused(site: Site, client: TestClient, at: str) -> None:
    site.send("buyer", interchange(x850("PO1")))
    answer = client.get("/stock/A1", params={"at": at})
    assert answer.status_code == 409
    assert "no instant" in answer.text


@pytest.mark.parametrize(
    ("numbers", "do"), [(["9" * 30], "resolve"), (["1"], "explode"), (range(1, 200), "resolve")]
)
def test_a_form_nobody_filled_in_is_refused_in_words(
    operator: TestClient, numbers: list[str], do: str
) -> None:
    answer = send(
        operator, "/exceptions", on="/exceptions", number=list(numbers), do=do, reason="x"
    )
    assert answer.status_code == 303
    assert 'class="told fault"' in operator.get("/exceptions").text


def test_a_form_whose_answer_was_lost_is_not_done_twice(site: Site, operator: TestClient) -> None:
    receive = {"do": "receive", "item": "A1", "node": "DAL", "units": "5", "reason": "found"}
    hidden = dict(_HIDDEN.findall(operator.get("/stock").text))
    for _ in range(2):  # pressed twice, or sent again after the console was killed
        assert operator.post("/stock", data={**hidden, **receive}).status_code == 303
    assert "nothing was done twice" in operator.get("/stock").text
    assert site.stock("A1", "DAL") == (105, 0)
    operator.post("/stock", data={**hidden, **receive, "units": "7"})
    hidden = dict(_HIDDEN.findall(operator.get("/stock").text))
    operator.post("/stock", data={**hidden, **receive})  # another pallet, from the page anew
    assert site.stock("A1", "DAL") == (117, 0)


def test_an_order_by_phone_that_is_saved_twice_is_one_order(
    site: Site, operator: TestClient
) -> None:
    page = operator.get("/orders/new?customer=portal").text
    form = dict(_HIDDEN.findall(page)) | {"po_number": "TEL-1", "code": "P1", "item": "A1"}
    form |= {"quantity": "2", "unit": "EA", "unit_price": "", "reason": "called"}
    checked = operator.post("/orders/new", data={**form, "do": "check"}).text
    form |= dict(_HIDDEN.findall(checked))
    answers = [operator.post("/orders/new", data={**form, "do": "save"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 422]
    assert "nothing was done twice" in answers[1].text
    assert len(site.orders()) == 1


def test_a_book_that_is_not_there_is_no_order_that_is_not_there(site: Site) -> None:
    portal = Program(site)
    assert portal.post("/orders", order()).status_code == 201
    link = portal.post("/orders/SO100001/links", {"days": 3}).json()["url"].partition("/s/")[2]
    away = site.places.database.rename(site.places.database.with_suffix(".away"))
    answers = (portal.get("/orders/SO100001"), portal.post("/orders", order("WEB-2")))
    page = portal.client.get(f"/s/{link}")
    away.rename(site.places.database)
    assert [answer.status_code for answer in (*answers, page)] == [503] * 3
    assert not any(str(site.root) in answer.text for answer in answers)


def test_a_damaged_book_is_told_as_one(site: Site, client: TestClient) -> None:
    site.send("buyer", interchange(x850("PO1")))
    site.is_broken = True
    with closing(sqlite3.connect(site.places.database)) as book:
        book.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        ((page,),) = book.execute("SELECT rootpage FROM sqlite_master WHERE name = 'order_lines'")
        ((size,),) = book.execute("PRAGMA page_size")
    with open(site.places.database, "r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"x" * size)
    answer = client.get("/orders/SO100001")
    assert answer.status_code == 500
    assert "order book cannot be read" in answer.text


def test_a_clock_far_behind_the_book_acts_for_nobody(site: Site, operator: TestClient) -> None:
    portal = Program(site)
    portal.post("/orders", order())
    site.now -= timedelta(days=2)
    operator = logged_in(site, "maria")
    held = send(operator, "/orders/SO100001/hold", on="/orders/SO100001", reason="x")
    assert (held.status_code, "until the clock is set right" in held.text) == (503, True)
    assert portal.post("/orders", order("WEB-2")).status_code == 503
    assert operator.get("/orders/SO100001").status_code == 200
    site.now += timedelta(days=2)
    assert portal.post("/orders", order("WEB-2")).status_code == 201


def test_what_a_thread_knew_of_a_book_is_forgotten_with_it(site: Site) -> None:
    books = Books()
    path = site.step().config.folders.var / "oms.db"
    books.acting(path, now=site.now)
    books.memory()["kept"] = "of this book"
    copy = path.with_suffix(".restored")
    copy.write_bytes(path.read_bytes())
    copy.rename(path)
    books.acting(path, now=site.now)
    assert books.memory() == {}


def test_a_book_a_later_version_has_brought_up_to_date_is_left_alone(
    site: Site, operator: TestClient
) -> None:
    """The daemon was upgraded; a console in a unit of its own still runs as it was."""
    site.send("buyer", interchange(x850("PO1")))
    path = "/orders/SO100001"
    with operator:
        held = send(operator, f"{path}/hold", on=path, line="1", reason="first")
        assert held.status_code == 303
        token = csrf(operator, path)
        with closing(site.connect()) as connection:
            before = connection.execute("SELECT count(*) FROM events").fetchone()
            connection.execute(f"PRAGMA user_version = {VERSION + 1}")
            assert operator.get(path).status_code == 503
            form = {"csrf": token, "back": path, "kind": "manual", "reason": "again"}
            assert operator.post(f"{path}/release", data=form).status_code == 503
            assert connection.execute("SELECT count(*) FROM events").fetchone() == before
            connection.execute(f"PRAGMA user_version = {VERSION}")
        assert operator.get(path).status_code == 200


def test_a_session_and_a_key_are_good_while_nobody_can_note_their_use(site: Site) -> None:
    with_user(site, "vera", Role.VIEWER)
    client, portal = logged_in(site, "vera"), Program(site)
    site.now += timedelta(hours=1)
    reader = sqlite3.connect(site.places.access, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM users").fetchall()
    began = time.monotonic()
    assert client.get("/orders").status_code == 200
    assert portal.get("/orders").status_code == 200
    assert time.monotonic() - began < 5
    reader.close()


def test_a_damaged_file_of_users_lets_nobody_in_and_is_told(site: Site) -> None:
    with_user(site, "vera", Role.VIEWER)
    client = asking(site)
    content = site.places.access.read_bytes()
    site.places.access.write_bytes(content[:4096] + b"x" * (len(content) - 4096))
    answer = client.get("/orders")
    assert (answer.status_code, "let in" in answer.text) == (503, True)


def test_users_whose_file_is_gone_are_not_no_users(site: Site) -> None:
    with_user(site, "vera", Role.VIEWER)
    client = asking(site)
    assert client.get("/orders").status_code == 303
    content = site.places.access.read_bytes()
    site.places.access.unlink()
    assert client.get("/orders").status_code == 503
    site.places.access.touch()
    assert client.get("/orders").status_code == 403
    site.places.access.write_bytes(content)
    assert client.get("/orders").status_code == 303


def test_who_may_not_look_is_told_no_name_of_a_file_when_a_disk_is_full(
    site: Site, operator: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.execute("PRAGMA max_page_count = 1")
            connection.execute("CREATE TABLE more (x)")

    monkeypatch.setattr(sessions, "set_failures", full)
    monkeypatch.setattr(access, "note", full)
    answer = try_log_in(asking(site), "maria", PASSWORD)
    assert (answer.status_code, str(site.root) in answer.text) == (503, False)
    send(operator, "/log-out")
    assert "make room on its disk" in operator.get("/").text


def test_a_file_of_many_segments_and_many_faults_is_shown_at_once() -> None:
    content = b"a\n" * 300_000
    issues = [
        Issue(level=Level.ELEMENT, severity=Severity.ERROR, message="is wrong", offset=2 * at)
        for at in range(0, 300_000, 30)
    ]
    began = time.monotonic()
    lines = list(marked(content, issues))
    assert time.monotonic() - began < 3
    assert len(lines) < 1000
    assert lines[0] == ("text", "       1  a")
    assert lines[1] == ("issue", "byte 0: is wrong")


@pytest.mark.parametrize("kind", [b"application/x-www-form-urlencoded", b"application/json"])
def test_who_hangs_up_in_the_middle_of_a_body_leaves_no_traceback(
    site: Site, caplog: pytest.LogCaptureFixture, kind: bytes
) -> None:
    portal = Program(site)
    path = b"/api/v1/orders" if kind.endswith(b"json") else b"/log-in"
    head = b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 90\r\nContent-Type: %s\r\n"
    key = f"Authorization: Bearer {portal.secret}\r\nIdempotency-Key: k\r\n\r\n".encode()
    with _served(site) as address:
        one = socket.create_connection(address)
        one.sendall(head % (path, kind) + key + b"a=")
        time.sleep(0.5)
        one.close()
        time.sleep(0.5)
    assert [record for record in caplog.records if record.exc_info] == []


def test_a_body_of_two_lengths_is_refused_and_what_follows_is_no_request(site: Site) -> None:
    both = b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    follows = b"GET /log-in HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with _served(site) as address, socket.create_connection(address) as one:
        one.settimeout(5)
        one.sendall(b"POST /log-in HTTP/1.1\r\nHost: localhost\r\n" + both + follows)
        answer = b""
        while part := one.recv(65536):
            answer += part
    assert answer.startswith(b"HTTP/1.1 400")
    assert answer.count(b"HTTP/1.1") == 1
