"""What goes wrong around the console: slow clients, a busy book, files that are damaged or gone."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
import pytest
import uvicorn

from oms_edi.web import patience
from oms_edi.web.app import make_app
from oms_edi.web.patience import PatientServer
from oms_edi.web.serve import _WithThreads
from tests.support.browser import console
from tests.support.caller import Program
from tests.support.portal import order
from tests.support.site import Site

_PLACES = 8
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
