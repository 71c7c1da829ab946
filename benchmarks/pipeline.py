"""The main job on one interchange, against a floor and against pyx12, in one run.

    python -m benchmarks.pipeline [--orders 5000] [--large 50000] [--rounds 9] [--json FILE]

Every part runs in a process of its own; its peak memory is what the kernel says of that process.
Parts take turns, and what counts is the median of their rounds: a machine others use is not as fast
in one minute as in the next.
"""

import argparse
import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from importlib import resources
from itertools import pairwise
from pathlib import Path
from statistics import median

from benchmarks.made_orders import LINES, write_interchange, write_site

_NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
#: Tables whose rows the floor inserts again; the others hold master data.
_ROWS = (
    "files",
    "interchanges",
    "orders",
    "destinations",
    "order_lines",
    "line_ledger",
    "stock_ledger",
    "decisions",
    "shipments",
    "allocations",
    "outbox",
    "documents",
    "events",
    "journal",
)
#: The units of a line by where they are, in the order they go there.
_PLACES = ("open", "allocated", "released", "shipped")


def set_up(folder: Path, orders: int) -> None:
    """Make a site with its master data and an interchange beside it."""
    from oms_edi.config.config import load_config
    from oms_edi.partners.book import load_partners
    from oms_edi.pipeline.master import imports
    from oms_edi.pipeline.run import Runner, owner

    write_site(folder)
    write_interchange(folder / "orders.edi", orders)
    config = load_config(folder / "config.yaml")
    partners = load_partners(config.folders.mappings, config)
    with owner(config):
        runner = Runner(config=config, partners=partners, clock=lambda: _NOW)
        for name in ("items", "prices", "stock"):
            act = getattr(imports, f"import_{name}")
            act(runner.step(), folder / f"{name}.csv", actor="bench", dry_run=False)


def whole_pipeline(folder: Path) -> Callable[[], None]:
    """File dropped to order stored, routed, allocated, 997, 855 and 940 durable on disk."""
    from oms_edi.config.config import load_config
    from oms_edi.partners.book import load_partners
    from oms_edi.pipeline.run import Runner, owner

    config = load_config(folder / "config.yaml")
    partners = load_partners(config.folders.mappings, config)
    shutil.copyfile(folder / "orders.edi", folder / "inbox/buyer/orders.edi")

    def run() -> None:
        with owner(config):
            Runner(config=config, partners=partners, clock=lambda: _NOW).once()

    return run


def parse_and_validate(folder: Path) -> Callable[[], None]:
    """Scan the bytes, check every set against the guide, read it as an order."""
    from oms_edi.transactions.t850_purchase_order import read
    from oms_edi.x12.events import SetRead
    from oms_edi.x12.guide import guide_for
    from oms_edi.x12.nesting import ScanLimits
    from oms_edi.x12.scan import scan
    from oms_edi.x12.validate import validate

    guide = guide_for("850", "004010")
    if guide is None:
        raise SystemExit("no 850 guide")

    def run() -> None:
        good = 0
        with open(folder / "orders.edi", "rb") as stream:
            for event in scan(stream, limits=ScanLimits()):
                if isinstance(event, SetRead):
                    found = event.set
                    issues = validate(found, guide)
                    order, more = read(
                        found.segments(), delimiters=found.delimiters, version="004010"
                    )
                    good += order is not None and not issues and not more
        if not good:
            raise SystemExit("nothing was read")

    return run


def floor(folder: Path) -> Callable[[], None]:
    """Split the same bytes, insert the same rows, write and fsync the same outgoing bytes.

    What no pipeline can be faster than; rows and bytes are those that `whole_pipeline` left.
    """
    target = folder / "floor"
    (target / "out").mkdir(parents=True)
    schema = resources.files("oms_edi.store").joinpath("schema.sql").read_text()
    with closing(sqlite3.connect(folder / "var/oms.db")) as done:
        rows = {name: done.execute(f"SELECT * FROM {name}").fetchall() for name in _ROWS}
        rows["order_lines"] = done.execute(_ALL_OPEN).fetchall()
        moves = _moves(done)
    with closing(sqlite3.connect(target / "floor.db")) as made:
        made.executescript(schema)
    outgoing = [path for path in (folder / "outbox").glob("*/*.edi")]
    contents = [(path.name, path.read_bytes()) for path in outgoing]

    def run() -> None:
        text = (folder / "orders.edi").read_bytes().decode("latin-1")
        segments = [segment.strip().split("*") for segment in text.split("~")]
        with closing(sqlite3.connect(target / "floor.db", isolation_level=None)) as book:
            book.execute("PRAGMA journal_mode = WAL")
            book.execute("PRAGMA synchronous = FULL")
            book.execute("BEGIN IMMEDIATE")
            for name, found in rows.items():
                if found:
                    marks = ", ".join("?" * len(found[0]))
                    book.executemany(f"INSERT INTO {name} VALUES ({marks})", found)
            for statement, moved in moves.items():
                book.executemany(statement, moved)
            book.execute("COMMIT")
        for name, content in contents:
            with open(target / "out" / name, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        if len(segments) < LINES:
            raise SystemExit("nothing was split")

    return run


#: The lines as they were inserted, before any of their units moved.
_ALL_OPEN = (
    "SELECT line_id, order_id, buyer_line, destination, item, items, description, buyer_quantity,"
    " buyer_unit, unit_factor, buyer_price, price, price_basis, requested_on, notes, ordered, 0,"
    " ordered, 0, 0, 0, 0 FROM order_lines"
)


def _moves(book: sqlite3.Connection) -> dict[str, list[tuple[int, int]]]:
    """Return the statements that move units to where they are in `book`, one step a statement."""
    moves = {}
    for at, (source, target) in enumerate(pairwise(_PLACES), start=1):
        beyond = " + ".join(_PLACES[at:])
        found = book.execute(f"SELECT {beyond}, line_id FROM order_lines WHERE {beyond} > 0")
        statement = f"UPDATE order_lines SET {source} = {source} - ?1, {target} = {target} + ?1"
        moves[f"{statement} WHERE line_id = ?2"] = found.fetchall()
    return moves


def pyx12_validation(folder: Path) -> Callable[[], None]:
    """pyx12's x12n_document on the same file, with our 850 guide as its map; nothing else."""
    import logging

    from oms_edi.x12.guide import guide_for
    from oms_edi.x12.second_opinion import accepts, export_maps

    guide = guide_for("850", "004010")
    if guide is None:
        raise SystemExit("no 850 guide")
    logging.getLogger("pyx12").setLevel(logging.CRITICAL)
    maps = folder / "maps"
    maps.mkdir()
    export_maps(guide, maps)
    text = (folder / "orders.edi").read_text()

    def run() -> None:
        if not accepts(text, maps):
            raise SystemExit("pyx12 refused the file")

    return run


PARTS: dict[str, Callable[[Path], Callable[[], None]]] = {
    "whole_pipeline": whole_pipeline,
    "parse_and_validate": parse_and_validate,
    "floor": floor,
    "pyx12_validation": pyx12_validation,
}


def run_part(name: str, folder: Path) -> dict[str, float]:
    """Run one part in this process; return its seconds and its peak memory in MiB."""
    run = PARTS[name](folder)
    start, worked = time.perf_counter(), time.process_time()
    run()
    seconds, worked = time.perf_counter() - start, time.process_time() - worked
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "processor_s": worked, "peak_mib": peak_mib}


def in_process(name: str, folder: Path) -> dict[str, float]:
    """Run one part in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.pipeline", "--part", name]
    command += ["--folder", str(folder)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    result: dict[str, float] = json.loads(done.stdout)
    return result


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--orders", type=int, default=5000)
    parser.add_argument("--large", type=int, default=50_000, help="0 leaves the large file out")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", type=Path, help="also write the figures here")
    parser.add_argument("--part", choices=sorted(PARTS), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.part:
        print(json.dumps(run_part(chosen.part, chosen.folder)))
        return
    figures = measure(chosen.orders, chosen.large, chosen.rounds)
    report(figures, chosen.orders, chosen.large)
    if chosen.json:
        chosen.json.write_text(json.dumps(figures, indent=2) + "\n")


def measure(orders: int, large: int, rounds: int) -> dict[str, dict[str, float]]:
    """Run every part in turn, as often as there are rounds; return the medians."""
    found: dict[str, list[dict[str, float]]] = {part: [] for part in PARTS}
    with tempfile.TemporaryDirectory(prefix="oms-edi-bench-") as name:
        for number in range(rounds):
            small = Path(name) / f"small-{number}"
            set_up(small, orders)
            for part in PARTS:
                found[part].append(in_process(part, small))
        figures = {
            part: {unit: median(one[unit] for one in several) for unit in several[0]}
            for part, several in found.items()
        }
        if large:
            big = Path(name) / "large"
            set_up(big, large)
            figures["whole_pipeline_large"] = in_process("whole_pipeline", big)
    return figures


def report(figures: dict[str, dict[str, float]], orders: int, large: int) -> None:
    """Print orders a second, memory, and the ratios the project promises."""
    print(f"{orders} orders of {LINES} lines in one interchange; Python {sys.version.split()[0]},")
    print(f"SQLite {sqlite3.sqlite_version}, {os.cpu_count()} processors\n")
    print(f"{'part':<22}{'seconds':>9}{'processor':>11}{'orders/s':>10}{'peak MiB':>10}")
    for name, found in figures.items():
        count = large if name.endswith("_large") else orders
        rate = count / found["seconds"]
        took = f"{found['seconds']:>9.2f}{found['processor_s']:>11.2f}"
        print(f"{name:<22}{took}{rate:>10.0f}{found['peak_mib']:>10.0f}")

    def ratio(part: str, other: str) -> str:
        """Return how often `other` fits into `part`: by the clock, and of the processor."""
        by_clock, worked = (
            figures[part][unit] / figures[other][unit] for unit in ("seconds", "processor_s")
        )
        return f"{by_clock:.2f} x by the clock, {worked:.2f} x of the processor"

    peer = "pyx12_validation"
    print(f"\npyx12 validation alone / whole pipeline: {ratio(peer, 'whole_pipeline')} (goal 2.5)")
    print(f"pyx12 validation / parse + validate:     {ratio(peer, 'parse_and_validate')} (goal 10)")
    print(f"whole pipeline / floor:                  {ratio('whole_pipeline', 'floor')}")
    if large:
        more = figures["whole_pipeline_large"]["peak_mib"] / figures["whole_pipeline"]["peak_mib"]
        print(f"peak memory, {large} orders / {orders}:     {more:.2f} (goal 1.5 at most)")


if __name__ == "__main__":
    main()
