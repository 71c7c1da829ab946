"""What is asked of the order book in daily work reads what it is about, not all there ever was."""

import re
import shlex
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from sqlite3 import connect
from typing import Any

import pytest
from click.testing import CliRunner

from benchmarks.made_book import make_book
from oms_edi.cli.main import cli
from oms_edi.store.book import Book
from oms_edi.store.database import attach
from oms_edi.store.verify import divergences
from tests.support.plans import scans

#: What reads all of a table on purpose: sums of the whole book that a person asks for.
WHOLE = (
    "SELECT partner, sum(orders) AS orders",  # `partners`
    "SELECT kind, round((julianday(",  # `exceptions report`
)
READS = (
    "orders",
    "orders --partner rare",
    "orders --status backordered",
    "orders --status held --partner small",
    "orders --status cancelled",
    "orders --status shipped",
    "orders --status released",
    "orders --status allocated",
    "orders --status open",
    "orders --status 'partly shipped'",
    "orders --status 'partly released'",
    "orders --status 'change requested'",
    "order {po}",
    "order {own}",
    "trace {po}",
    "trace {po} 1",
    "trace",
    "changes",
    "changes --open",
    "exceptions",
    "exceptions --queue stock",
    "exceptions --queue edi",
    "exceptions --kind backordered",
    "exceptions --partner rare",
    "exceptions --severity error",
    "exceptions --owner ann",
    "exceptions --closed",
    "exceptions --closed --partner rare",
    "exceptions --older-than-h 1",
    "files",
    "files --state quarantined",
    "documents",
    "documents --partner rare",
    "documents --order {po}",
    "documents --outgoing",
    "documents --outgoing --partner rare",
    "documents --outgoing --order {po}",
    "acks",
    "acks --partner rare",
    "acks --verdict rejected",
    "stock",
    "stock IT-0001",
    "shares",
    "shares --customers",
    "shares IT-0199 --customers",
    "notifications",
)
ACTS = (
    "hold {po2} --reason asked",
    "release {po2} --reason asked",
    "cancel {po2} --reason asked",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A made book, and every statement it was asked: SQL to the values it was asked with."""
    asked: dict[str, Any] = {}

    execute_now, executemany_now = Book.execute, Book.executemany
    ask_now, later = Book.ask, Book.write_later

    def execute(self: Book, sql: str, values: Any = ()) -> Any:
        asked.setdefault(_plain(sql), (sql, values))
        return execute_now(self, sql, values)

    def executemany(self: Book, sql: str, rows: Iterable[Any]) -> Any:
        rows = list(rows)
        if rows:
            asked.setdefault(_plain(sql), (sql, rows[0]))
        return executemany_now(self, sql, rows)

    def ask(self: Book, sql: str, values: Any, about: object) -> Any:
        asked.setdefault(_plain(sql), (sql, values))
        return ask_now(self, sql, values, about)

    def write_later(self: Book, sql: str, rows: Iterable[Any], stage: int, about: object) -> None:
        rows = list(rows)
        if rows:
            asked.setdefault(_plain(sql), (sql, rows[0]))
        later(self, sql, rows, stage, about)

    site = tmp_path_factory.mktemp("book") / "site"
    patch = pytest.MonkeyPatch()
    for wrapper in (execute, executemany, ask, write_later):
        patch.setattr(Book, wrapper.__name__, wrapper)
    try:
        make_book(site, 300)
        _ask(site, (*READS, *ACTS))
    finally:
        patch.undo()
    return site, asked


def _ask(site: Path, commands: Iterable[str]) -> None:
    with closing(connect(site / "var/oms.db")) as book:
        ((po, order_id),) = book.execute(
            "SELECT po_number, order_id FROM orders ORDER BY order_id DESC LIMIT 1"
        )
        ((waiting,),) = book.execute(
            "SELECT po_number FROM orders WHERE order_id ="
            " (SELECT max(order_id) FROM order_lines WHERE backordered > 0)"
        )
    names = {"po": po, "own": f"SO{100_000 + order_id}", "po2": waiting}
    for command in commands:
        arguments = ["--config", str(site / "config.yaml"), *shlex.split(command.format(**names))]
        done = CliRunner().invoke(cli, arguments)
        assert done.exit_code == 0, f"{command}: {done.output} {done.exception}"


def _plain(sql: str) -> str:
    """Return the statement without how many values its lists have."""
    return re.sub(r"\?(, ?\?)+", "?", " ".join(sql.split()))


def test_no_daily_statement_reads_a_whole_growing_table(
    folder: tuple[Path, dict[str, Any]],
) -> None:
    site, asked = folder
    assert len(asked) > 200
    with closing(connect(site / "var/oms.db")) as book:
        found = [
            f"{step}\n    {sql}"
            for sql, (asked_so, values) in asked.items()
            for step in scans(book, asked_so, values)
            if not sql.startswith(WHOLE)
        ]
    assert not found, "\n".join(found)


def test_a_made_book_is_a_book(tmp_path: Path) -> None:
    site = tmp_path / "site"
    make_book(site, 10_000)
    with closing(attach(site / "var/oms.db")) as book:
        assert book.execute("SELECT count(*) FROM orders").fetchone() == (10_000,)
        units = book.execute(
            "SELECT sum(open) > 0, sum(allocated) > 0, sum(backordered) > 0, sum(released) > 0,"
            " sum(shipped) > 0, sum(cancelled) > 0 FROM order_lines"
        ).fetchone()
        assert units == (1, 1, 1, 1, 1, 1)
        found = divergences(book, archive=site / "var/archive", work=site / "var/work")
        assert list(found) == []
