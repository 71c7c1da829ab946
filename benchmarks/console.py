"""What a page, a status page and a call of the API take while a daemon takes in orders.

    python -m benchmarks.console [--orders 2000] [--folder FOLDER] [--rate 100] [--only WORDS]

Three processes: a daemon that takes in `--rate` orders a second, the console, and this one, which
asks for `--a-second` pages a second, one after the other. Then what the daemon takes in as fast as
it can, alone and while pages are asked for, in rounds of both of which now one and now the other
comes first; a machine's speed moves, so what counts is the ratio within a round. The book is made
first (`made_book`); one that stands in FOLDER already, such as that of `big_book`, is used again.
"""

import argparse
import http.client
import json
import os
import random
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from benchmarks.console_samples import let_in, read_samples
from benchmarks.console_targets import Target, targets, uncovered
from benchmarks.made_book import NOW, interchange, known_items, make_book
from oms_edi.config.config import load_config
from oms_edi.partners.book import load_partners
from oms_edi.pipeline.frame.step import Places
from oms_edi.pipeline.run import Runner, owner
from oms_edi.store.database import attach

#: When the daemon and the console believe to live.
_LATER = NOW + timedelta(hours=2)
_COMMAND = Path(sys.executable).with_name("oms-edi")
_TICKS = os.sysconf("SC_CLK_TCK")
_FILES_A_SECOND = 4
#: Orders in a file of the lot that is taken in as fast as it goes.
_IN_A_FILE = 25
_PARTNER = "large"
_GOAL_MS = 150
_GOOD = (200, 201, 303)
#: What an order that was cancelled before answers.
_DONE = 409
_CSRF = re.compile(rb'name="csrf" value="([0-9a-f]+)"')


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--orders", type=int, default=2000)
    parser.add_argument("--folder", type=Path, help="keep the book here, or use that one")
    parser.add_argument("--rate", type=float, default=100, help="orders a second")
    parser.add_argument("--a-second", type=float, default=10, help="pages a second")
    parser.add_argument("--times", type=int, default=20, help="how often each page is asked for")
    parser.add_argument("--only", default="", help="only pages and calls with this in their name")
    parser.add_argument("--lot", type=int, default=1500, help="orders as fast as it goes; 0 = none")
    parser.add_argument("--rounds", type=int, default=8, help="how often with and without pages")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    parser.add_argument("--daemon", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.daemon:
        _daemon(given.folder)
        return
    with tempfile.TemporaryDirectory(prefix="oms-edi-bench-") as name:
        folder = given.folder or Path(name) / "book"
        if not (folder / "var/oms.db").exists():
            make_book(folder, given.orders)
        figures = measure(folder, given)
    report(figures)
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2) + "\n")


def _daemon(folder: Path) -> None:
    """Be the daemon: passes until SIGTERM, at the time of the book."""
    config = load_config(folder / "config.yaml")
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    began = time.monotonic()
    with owner(config):
        runner = Runner(
            config=config,
            partners=load_partners(config.folders.mappings, config),
            clock=lambda: _LATER + timedelta(seconds=time.monotonic() - began),
            stopping=stopping.is_set,
        )
        while not stopping.is_set():
            if not runner.run_pass():
                time.sleep(0.05)
        runner.stop()


class Inbox:
    """Drops orders, each file under a name and numbers of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "inbox" / _PARTNER
        self._folder.mkdir(parents=True, exist_ok=True)
        self._next = 200_000_000 + random.randrange(10**8)

    def drop(self, orders: int) -> None:
        """Drop a file of so many orders."""
        first, self._next = self._next, self._next + orders
        segments = interchange(
            _PARTNER.upper(),
            list(range(first, self._next)),
            known_items,
            on=_LATER.date(),
            held=10**9,
            serial=first,
        )
        part = self._folder / f"{first}.tmp"
        part.write_text("".join(f"{one}~\n" for one in segments))
        part.rename(self._folder / f"{first}.edi")


def measure(folder: Path, given: argparse.Namespace) -> dict[str, object]:
    """Return milliseconds by page, and orders a second with and without pages."""
    database = folder / "var/oms.db"
    with _process("-m", "benchmarks.console", "--daemon", "--folder", str(folder)) as daemon:
        inbox = Inbox(folder)
        _take(database, inbox, 50, daemon)  # it has started, and knows its clocks
        with _console(folder) as port:
            asked = [one for one in _targets(folder, port) if given.only in one.name]
            first = _ask_all(port, asked, times=2, a_second=1000)  # nothing is compiled or read
            stop = threading.Event()
            feed = threading.Thread(target=_feed, args=(inbox, given.rate, stop))
            feed.start()
            try:
                pages = _ask_all(port, asked, times=given.times, a_second=given.a_second, since=2)
            finally:
                stop.set()
                feed.join()
            behind_s = _settled(database)
            rounds: dict[str, list[tuple[float, float]]] = {"alone": [], "with pages": []}
            for turn in range(given.rounds if given.lot else 0):
                for name in sorted(rounds, reverse=turn % 2 == 1):
                    asking = (
                        _asking(port, asked, given.a_second) if name != "alone" else nullcontext()
                    )
                    with asking:
                        rounds[name].append(_take(database, inbox, given.lot, daemon))
    return {
        "orders": _last_order(database),
        "rate": given.rate,
        "a second": given.a_second,
        "behind s": behind_s,
        "pages": {name: sorted(took) for name, took in pages.items()},
        "first": {name: took[0] for name, took in first.items()},
        "throughput": rounds,
    }


@contextmanager
def _process(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, *arguments])
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=120)


@contextmanager
def _console(folder: Path) -> Iterator[int]:
    """Serve the console; yield its port."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = str(folder / "config.yaml")
    now = f"{_LATER:%Y-%m-%dT%H:%M:%SZ}"
    with _process("-m", "oms_edi", "--config", config, "web", "--port", str(port), "--now", now):
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                _ask(port, "/")
                break
            except OSError:
                time.sleep(0.1)
        yield port


def _targets(folder: Path, port: int) -> list[Target]:
    """Return everything that can be asked for.

    Raises:
        RuntimeError: a page or a call was forgotten.
    """
    config = load_config(folder / "config.yaml")
    places = Places(var=config.folders.var)
    samples = read_samples(places, _PARTNER)
    shown = let_in(config, places, samples, _PARTNER, made=NOW, now=_LATER)
    form = Target("", ["/orders/new?customer=large"], {"Cookie": f"oms_session={shown.session}"})
    found = _CSRF.search(_ask(port, form.paths[0], form).content)
    if found is None:
        raise RuntimeError("the console shows no form to who is logged in")
    asked = targets(samples, shown, _PARTNER, csrf=found[1].decode())
    if left := uncovered(asked):
        raise RuntimeError(f"nobody asks for {', '.join(sorted(left))}")
    return asked


class Answered(NamedTuple):
    """What came back."""

    status: int
    content: bytes
    took_ms: float


def _ask(port: int, path: str, target: Target | None = None) -> Answered:
    """Ask once, over a connection of its own."""
    headers, method, body = {}, "GET", None
    if target:
        headers, method = target.headers, target.method
        body = target.body() if target.body else None
    if body is not None:
        headers = headers | {"Idempotency-Key": str(random.randrange(10**15))}
    began = time.perf_counter()
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
    return Answered(answer.status, content, (time.perf_counter() - began) * 1000)


def _ask_all(
    port: int, asked: list[Target], *, times: int, a_second: float, since: int = 0
) -> dict[str, list[float]]:
    """Ask for everything in turns; return the milliseconds of each, as they were asked for."""
    found: dict[str, list[float]] = {}
    due = time.monotonic()
    for turn in range(since, since + times):
        for target in asked:
            due = max(due + 1 / a_second, time.monotonic())
            time.sleep(max(0.0, due - time.monotonic()))
            path = target.paths[turn % len(target.paths)]
            answer = _ask(port, path, target)
            if answer.status not in _GOOD and not (target.is_act and answer.status == _DONE):
                text = answer.content[:2000].decode(errors="replace")
                raise RuntimeError(f"{target.method} {path} answered {answer.status}: {text}")
            found.setdefault(target.name, []).append(answer.took_ms)
    return found


@contextmanager
def _asking(port: int, asked: list[Target], a_second: float) -> Iterator[None]:
    """Ask for pages as long as something else is done; what places orders would count as done."""
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            for target in asked:
                if not target.is_act and not stop.wait(1 / a_second):
                    _ask(port, random.choice(target.paths), target)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _feed(inbox: Inbox, rate: float, stop: threading.Event) -> None:
    """Drop so many orders a second until told to stop."""
    while not stop.wait(1 / _FILES_A_SECOND):
        if rate:
            inbox.drop(round(rate / _FILES_A_SECOND))


def _take(
    database: Path, inbox: Inbox, orders: int, daemon: subprocess.Popen[bytes]
) -> tuple[float, float]:
    """Have a lot taken in; return orders a second by the clock and by the daemon's processor."""
    wanted = _last_order(database) + orders
    for _ in range(0, orders, _IN_A_FILE):
        inbox.drop(_IN_A_FILE)
    began, before = time.monotonic(), _cpu_s(daemon.pid)
    while _last_order(database) < wanted:
        if daemon.poll() is not None:
            raise RuntimeError("the daemon ended")
        time.sleep(0.02)
    _settled(database)
    return orders / (time.monotonic() - began), orders / max(0.01, _cpu_s(daemon.pid) - before)


def _settled(database: Path) -> float:
    """Wait until every order is decided; return the seconds that took."""
    began = time.monotonic()
    with closing(attach(database)) as book:
        while True:
            (waits,) = book.execute(
                "SELECT EXISTS (SELECT 1 FROM order_lines l WHERE l.open > 0 AND NOT EXISTS"
                " (SELECT 1 FROM holds h WHERE h.order_id = l.order_id AND h.closed_at IS NULL))"
            ).fetchone()
            inbox = database.parents[1] / "inbox" / _PARTNER
            if not waits and not any(inbox.iterdir()):
                return time.monotonic() - began
            time.sleep(0.02)


def _last_order(database: Path) -> int:
    with closing(attach(database)) as book:
        (last,) = book.execute("SELECT coalesce(max(order_id), 0) FROM orders").fetchone()
    return int(last)


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def report(figures: dict[str, object]) -> None:
    """Print milliseconds, and what the project promises."""
    pages, first = figures["pages"], figures["first"]
    assert isinstance(pages, dict)
    assert isinstance(first, dict)
    print(
        f"{figures['orders']} orders in the book, {figures['rate']} a second come in,"
        f" {figures['a second']} pages a second are asked for; milliseconds\n"
    )
    print(f"{'':<44}{'first':>9}{'median':>9}{'p95':>9}{'longest':>9}")
    worst = 0.0
    for name, took in pages.items():
        p95 = took[-(-len(took) * 95 // 100) - 1]
        worst = max(worst, p95)
        told = (first[name], took[len(took) // 2], p95, took[-1])
        print(f"{name:<44}{''.join(f'{one:>9.1f}' for one in told)}{' !' * (p95 > _GOAL_MS)}")
    print(f"\nload of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    print(f"slowest p95: {worst:.0f} ms (goal {_GOAL_MS})")
    print(f"after the last page the daemon was {figures['behind s']:.1f} s behind")
    throughput = figures["throughput"]
    assert isinstance(throughput, dict)
    alone, busy = throughput["alone"], throughput["with pages"]
    if not alone:
        return
    for name, found in throughput.items():
        wall, cpu = (statistics.median(column) for column in zip(*found, strict=True))
        print(f"daemon, {name}: {wall:.0f} orders/s, {cpu:.0f} a second of its processor")
    for by, name in enumerate(("the clock", "its processor")):
        ratios = sorted(after[by] / before[by] for before, after in zip(alone, busy, strict=True))
        print(
            f"with pages it takes in {statistics.median(ratios):.1%} by {name}"
            f" ({ratios[0]:.1%} to {ratios[-1]:.1%} in {len(ratios)} rounds; goal 95%)"
        )


if __name__ == "__main__":
    main()
