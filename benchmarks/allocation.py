"""A receipt that frees lines that wait for one item, all in one transaction, against its floor.

    python -m benchmarks.allocation [--lines 10000] [--rounds 5]

First enough comes for all of them. Then as many wait again: half of it comes, so that the item is
shared among customers, then the other half. The time of the transaction is told, and the time
until the 855s that tell of it are written, too, a batch after the other. The floor is the same
rows written by one transaction. On a machine that does other things as well, what it costs is the
processor's time.
"""

import argparse
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

from benchmarks.made_orders import write_site
from oms_edi.config.config import load_config
from oms_edi.domain.message import LineMessage, OrderMessage, Purpose
from oms_edi.domain.party import Party
from oms_edi.partners.book import load_partners
from oms_edi.pipeline.frame.turns import turn
from oms_edi.pipeline.master import imports
from oms_edi.pipeline.orders.enrich import enrich
from oms_edi.pipeline.people import acts
from oms_edi.pipeline.run import Runner, owner
from oms_edi.pipeline.steps import do_step
from oms_edi.store import orders
from oms_edi.store.catalog import Catalog
from oms_edi.store.database import write_tx

_NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
_CUSTOMERS = 20
_UNITS = 12
_ITEM = "IT-0001"
#: Tables a reallocation writes to.
_WRITTEN = ("stock_ledger", "allocations", "decisions", "events", "exceptions", "documents")


def wait(runner: Runner, lines: int, *, first: int) -> None:
    """Fill the book with lines that wait for one item, of several customers."""
    step = runner.step()
    catalog = Catalog(step.connection)
    place = Party(role="ST", name="STORE", city="TULSA", state="OK", postal_code="74133")
    with turn(step, kind="act", name="bench", body={}), write_tx(step.connection):
        for number in range(first, first + lines):
            profile = step.partners.by_id(f"buyer{number % _CUSTOMERS}")
            message = OrderMessage(
                purpose=Purpose.ORIGINAL,
                po_number=f"P{number:08d}",
                parties=(place,),
                lines=(
                    LineMessage(
                        buyer_line="1", quantity=Decimal(_UNITS), unit="EA", items=(("VN", _ITEM),)
                    ),
                ),
            )
            order = enrich(message, profile, catalog, today=_NOW.date())
            orders.put_order(step.connection, order, partner=profile.id, channel="edi", at=step.at)
    do_step(step, "fulfill")


class Took(NamedTuple):
    """Seconds, and those of the processor, since a receipt was booked."""

    seconds: float
    worked: float

    def __str__(self) -> str:
        return f"{self.seconds:.2f} s ({self.worked:.2f} s of the processor)"


def receive(runner: Runner, units: int) -> list[Took]:
    """Book a receipt and reallocate; return when each transaction was committed."""
    step = runner.step()
    acts.receive(step, _ITEM, "DAL", units, actor="bench", reason="truck")
    commit = step.connection.commit
    ended: list[Took] = []

    def timed() -> None:
        commit()
        ended.append(Took(time.perf_counter() - start.seconds, time.process_time() - start.worked))

    start = Took(time.perf_counter(), time.process_time())
    with patch.object(step.connection, "commit", timed):
        do_step(step, "fulfill")
    return ended


def floor(book: Path, since: dict[str, int], target: Path) -> float:
    """Write the rows the reallocation wrote, durably, and nothing else; return seconds."""
    with closing(sqlite3.connect(book)) as source:
        rows = {
            name: source.execute(f"SELECT * FROM {name} WHERE rowid > ?", (last,)).fetchall()
            for name, last in since.items()
        }
    rows = {name: found for name, found in rows.items() if found}
    with closing(sqlite3.connect(target, isolation_level=None)) as made:
        made.execute("PRAGMA journal_mode = WAL")
        made.execute("PRAGMA synchronous = FULL")
        for name, found in rows.items():
            made.execute(
                f"CREATE TABLE {name} ({', '.join(f'c{n}' for n in range(len(found[0])))})"
            )
        start = time.perf_counter()
        made.execute("BEGIN IMMEDIATE")
        for name, found in rows.items():
            made.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(found[0]))})", found)
        made.execute("COMMIT")
        return time.perf_counter() - start


class Reallocated(NamedTuple):
    """What a receipt brought about."""

    lines: int
    decided: Took
    answered: Took
    transactions: int
    floor_s: float


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--lines", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    found: dict[str, list[Reallocated]] = {}
    for _ in range(given.rounds):
        with tempfile.TemporaryDirectory(prefix="oms-edi-bench-") as name:
            for told, one in one_round(Path(name), given.lines):
                found.setdefault(told, []).append(one)
    print(f"{given.lines} lines of {_CUSTOMERS} customers wait for one item; medians of rounds")
    for told, several in found.items():
        one = sorted(several, key=lambda one: one.decided.worked)[len(several) // 2]
        least, most = (f(one.decided.seconds for one in several) for f in (min, max))
        print(
            f"{told}: {one.lines} lines in {one.decided} ({least:.2f} to {most:.2f} s),"
            f" {one.decided.seconds / one.floor_s:.1f} x the floor ({one.floor_s:.2f} s);"
            f" answered after {one.answered}, {one.transactions} transactions"
        )


def one_round(folder: Path, lines: int) -> Iterator[tuple[str, Reallocated]]:
    """Have lines wait, and goods come, three times in a new book."""
    write_site(folder)
    mapping = (folder / "mappings/buyer.yaml").read_text()
    for number in range(_CUSTOMERS):
        text = mapping.replace("BENCHBUYER", f"BENCHBUYER{number}")
        (folder / f"mappings/buyer{number}.yaml").write_text(text)
    (folder / "stock.csv").write_text(f"node,item,on_hand\nDAL,{_ITEM},0\n")
    config = load_config(folder / "config.yaml")
    partners = load_partners(config.folders.mappings, config)
    clock = _NOW
    with owner(config):
        runner = Runner(config=config, partners=partners, clock=lambda: clock)
        for what in ("items", "prices", "stock"):
            act = getattr(imports, f"import_{what}")
            act(runner.step(), folder / f"{what}.csv", actor="bench", dry_run=False)
        for told, units in (
            ("all of it comes", lines * _UNITS),
            ("half of it comes, shared", lines * _UNITS // 2),
            ("the rest comes", lines * _UNITS // 2),
        ):
            if told != "the rest comes":
                wait(runner, lines, first=0 if told == "all of it comes" else lines)
            clock += timedelta(hours=1)
            since = {
                table: runner.connection.execute(
                    f"SELECT coalesce(max(rowid), 0) FROM {table}"
                ).fetchone()[0]
                for table in _WRITTEN
            }
            took = receive(runner, units)
            (freed,) = runner.connection.execute(
                "SELECT count(*) FROM allocations WHERE rowid > ?", (since["allocations"],)
            ).fetchone()
            least = floor(config.folders.var / "oms.db", since, folder / f"{clock:%H}.db")
            yield told, Reallocated(freed, took[0], took[-1], len(took), least)


if __name__ == "__main__":
    main()
