"""What daily work costs in a big order book: look-ups, lists, clocks, intake.

    python -m benchmarks.big_book [--orders 1000000] [--folder FOLDER] [--json FILE]

The book is made first (`made_book`); one that stands in FOLDER already is used again. Processor
time stands beside wall time, because only the one is the same on a busy machine.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path
from sqlite3 import Connection, sqlite_version
from typing import NamedTuple

from benchmarks.made_book import NOW, interchange, known_items, make_book
from oms_edi.config.config import load_config
from oms_edi.domain.lifecycle import Status, order_name
from oms_edi.partners.book import load_partners
from oms_edi.pipeline.decisions.trace import routed_lines
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.people.acts import find_order
from oms_edi.pipeline.run import Runner, owner
from oms_edi.pipeline.steps import do_step
from oms_edi.store import queries
from oms_edi.store.acknowledgments import acknowledgments
from oms_edi.store.database import attach
from oms_edi.store.exception_list import Wanted, cost, exceptions

#: Orders looked up, spread over the book; the first time nothing of them is in memory.
_LOOK_UPS = 1000
_INTAKE = 2000
_ROUNDS = 7
_LATER = NOW + timedelta(hours=2)


class Took(NamedTuple):
    """Milliseconds of something done often, or once."""

    wall: float
    wall_p99: float
    cpu: float
    cpu_p99: float


def main() -> None:
    """Make the book, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="keep the book here, or use that one")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    parser.add_argument("--part", choices=sorted(_PARTS), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.part:
        found = _PARTS[given.part](given.folder)
        print(json.dumps(found))
        return
    with tempfile.TemporaryDirectory(prefix="oms-edi-bench-") as name:
        folder = given.folder or Path(name) / "big"
        figures = measure(folder, Path(name) / "empty", given.orders)
    report(figures)
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2) + "\n")


Figures = dict[str, list[float]]


def measure(folder: Path, empty: Path, orders: int) -> dict[str, Figures]:
    """Return [wall, wall p99, cpu, cpu p99] in milliseconds by part and what was done."""
    made: Figures = {}
    if not (folder / "var/oms.db").exists():
        made[f"make {orders} orders"] = list(_timed(lambda: make_book(folder, orders)))
        print(f"the book is made: {made}", file=sys.stderr)
    make_book(empty, 0)
    _in_process("start", folder)  # what the copies left to do, if anything
    figures = {"made": made}
    for name in ("read", "start", "clocks"):
        figures[name] = _in_process(name, folder)
    books = {"intake, empty book": empty, "intake, big book": folder}
    runs: dict[str, list[Took]] = {name: [] for name in books}
    for _ in range(_ROUNDS):  # in turn: the machine is not as fast in one minute as in the next
        for name, book in books.items():
            (took,) = _in_process("intake", book).values()
            runs[name].append(Took(*took))
    for name, several in runs.items():
        figures[name] = {f"{_INTAKE} orders in a file": _spread(several)}
    return figures


def _in_process(part: str, folder: Path) -> Figures:
    command = [sys.executable, "-m", "benchmarks.big_book", "--part", part, "--folder", str(folder)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: Figures = json.loads(done.stdout)
    return found


def _read(folder: Path) -> Figures:
    """What people ask."""
    config = load_config(folder / "config.yaml")
    partners = load_partners(config.folders.mappings, config)
    found: Figures = {}
    with closing(attach(folder / "var/oms.db")) as book:
        step = Step(connection=book, config=config, partners=partners, now=_LATER, memory={})
        (last,) = book.execute("SELECT max(order_id) FROM orders").fetchone()
        spread = [1 + n * (last - 1) // _LOOK_UPS for n in range(_LOOK_UPS)]
        numbers = [_po_number(book, order_id) for order_id in spread]
        found["order by PO"] = _often(
            lambda name: queries.order(book, find_order(step, name)), numbers
        )
        names = [order_name(order_id + 1) for order_id in spread]
        found["order by our number"] = _often(
            lambda name: queries.order(book, find_order(step, name)), names
        )
        found["trace of an order"] = _often(
            lambda name: routed_lines(step, find_order(step, name)), names[:: _LOOK_UPS // 50]
        )
        for name, ask in _lists(book):
            found[name] = _five(ask)
    return found


def _po_number(book: Connection, order_id: int) -> str:
    row = book.execute("SELECT po_number FROM orders WHERE order_id = ?", (order_id,)).fetchone()
    return str(row[0])


def _lists(book: Connection) -> Iterator[tuple[str, Callable[[], object]]]:
    yield "orders, newest 100", lambda: queries.orders(book, partner=None, limit=100)
    yield "orders of a rare partner", lambda: queries.orders(book, partner="rare", limit=100)
    for status in Status:
        yield (
            f"orders, status {status.value}",
            partial(queries.orders, book, partner=None, limit=100, status=status.value),
        )
    wanted = {
        "exceptions": Wanted(),
        "exceptions of a queue": Wanted(queue="stock"),
        "exceptions of an empty queue": Wanted(queue="edi"),
        "exceptions of a kind": Wanted(kind="item_unknown"),
        "exceptions of a rare partner": Wanted(partner="rare"),
        "exceptions by severity": Wanted(severity="error"),
        "exceptions of an owner": Wanted(owner="ann"),
        "exceptions older than a day": Wanted(age=timedelta(days=1)),
        "exceptions, closed": Wanted(closed=True),
        "exceptions, closed, of a rare partner": Wanted(closed=True, partner="rare"),
    }
    for name, which in wanted.items():
        yield name, partial(exceptions, book, which, now=_LATER)
    yield "exceptions report", lambda: cost(book, "kind", since="", now=_LATER)
    yield "files", lambda: queries.files(book, state=None, limit=100)
    yield "files, quarantined", lambda: queries.files(book, state="quarantined", limit=100)
    yield (
        "documents",
        lambda: queries.documents(book, order_id=None, partner=None, limit=100),
    )
    yield (
        "documents of a rare partner",
        lambda: queries.documents(book, order_id=None, partner="rare", limit=100),
    )
    yield "acks", lambda: acknowledgments(book, partner=None, verdict=None, limit=100)
    yield (
        "acks, rejected",
        lambda: acknowledgments(book, partner=None, verdict="rejected", limit=100),
    )


def _start(folder: Path) -> Figures:
    """Start with nothing to do, and look through everything once."""
    config = load_config(folder / "config.yaml")
    partners = load_partners(config.folders.mappings, config)

    def run() -> None:
        with owner(config):
            Runner(config=config, partners=partners, clock=lambda: _LATER).once()

    return {"run --once, empty inbox": list(_timed(run))}


def _clocks(folder: Path) -> Figures:
    """Look at all clocks: of a new process, and again."""
    config = load_config(folder / "config.yaml")
    partners = load_partners(config.folders.mappings, config)
    with owner(config):
        runner = Runner(config=config, partners=partners, clock=lambda: _LATER)
        first = list(_timed(lambda: do_step(runner.step(), "watch")))
        again = _five(lambda: do_step(runner.step(), "watch"))
        idle = _five(lambda: runner.run_pass())
    return {"clocks of a new process": first, "clocks again": again, "a pass, nothing to do": idle}


def _intake(folder: Path) -> Figures:
    """Take orders in one file: stored, routed, allocated, answered, released, on disk."""
    config = load_config(folder / "config.yaml")
    partners = load_partners(config.folders.mappings, config)
    first = 100_000_000 + 10_000 * len(list(folder.glob("var/archive/*/*")))
    numbers = list(range(first, first + _INTAKE))
    segments = interchange("LARGE", numbers, known_items, on=_LATER.date(), held=10**9, serial=8999)
    with owner(config):
        runner = Runner(config=config, partners=partners, clock=lambda: _LATER)
        runner.once()  # a daemon knows its clocks; what a new one needs stands beside
        (folder / "inbox/large/new.edi").write_text("".join(f"{one}~\n" for one in segments))
        return {f"{_INTAKE} orders in a file": list(_timed(runner.once))}


_PARTS: dict[str, Callable[[Path], Figures]] = {
    "read": _read,
    "start": _start,
    "clocks": _clocks,
    "intake": _intake,
}


def _timed(function: Callable[[], object]) -> Took:
    wall, cpu = time.perf_counter(), time.process_time()
    function()
    wall, cpu = (time.perf_counter() - wall) * 1000, (time.process_time() - cpu) * 1000
    return Took(wall, wall, cpu, cpu)


def _five(function: Callable[[], object]) -> list[float]:
    """Do it five times; the p99 is the worst of them."""
    return _spread([_timed(function) for _ in range(5)])


def _often(function: Callable[[str], object], names: list[str]) -> list[float]:
    return _spread([_timed(partial(function, name)) for name in names])


def _spread(runs: list[Took]) -> list[float]:
    found = []
    for column in (0, 2):
        values = sorted(run[column] for run in runs)
        found += [values[len(values) // 2], values[min(len(values) - 1, len(values) * 99 // 100)]]
    return found


def report(figures: dict[str, Figures]) -> None:
    """Print milliseconds, and what the project promises."""
    print(f"Python {sys.version.split()[0]}, SQLite {sqlite_version}; milliseconds\n")
    print(f"{'':<42}{'wall':>10}{'p99':>10}{'processor':>11}{'p99':>10}")
    for part, found in figures.items():
        for name, (wall, wall_p99, cpu, cpu_p99) in found.items():
            told = f"{name} ({part})" if part.startswith("intake") else name
            print(f"{told:<42}{wall:>10.2f}{wall_p99:>10.2f}{cpu:>11.2f}{cpu_p99:>10.2f}")
    read = figures["read"]
    print(f"\norder by PO, p99:  {read['order by PO'][1]:.2f} ms (goal 10)")
    listed = {name: took for name, took in read.items() if name.startswith("exceptions")}
    del listed["exceptions report"]  # which sums up all there ever were
    worst = max(took[0] for took in listed.values())
    print(f"exceptions, slowest filter:  {worst:.1f} ms (goal 200)")
    (empty,) = figures["intake, empty book"].values()
    (big,) = figures["intake, big book"].values()
    print(
        f"intake, big book against empty, medians of {_ROUNDS} rounds: {empty[2] / big[2]:.2f} of"
        f" the throughput by processor time, {empty[0] / big[0]:.2f} by wall (goal 0.8)"
    )


if __name__ == "__main__":
    main()
