"""What is asked of the order book in daily work reads what it is about, not all there ever was."""

import re
import shlex
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from sqlite3 import Connection, connect
from typing import Any

import pytest
from click.testing import CliRunner

from benchmarks.made_book import make_book
from oms_edi.cli.main import cli
from oms_edi.store.book import Book
from oms_edi.store.database import attach
from oms_edi.store.verify import divergences

#: Tables that grow with every order.
GROWING = {
    *("files", "documents", "interchanges", "orders", "destinations", "order_lines", "holds"),
    *("line_ledger", "stock_ledger", "decisions", "rejections", "shipments", "allocations"),
    *("dispatches", "packages", "package_lines", "outbox", "events", "exceptions", "journal"),
    *("changes", "change_lines", "requests", "stops", "status_told"),
}
#: Partial indexes that nevertheless grow with every order.
ALL_OF_IT = {
    *("documents_by_file", "documents_by_outbox", "documents_advices", "documents_seen"),
    *("allocations_by_shipment", "ledger_by_document", "events_by_order", "exceptions_over"),
    *("exceptions_over_of", "holds_by_line", "changes_by_order", "stock_documents_whole"),
}
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
            for step in _scans(book, asked_so, values)
            if not sql.startswith(WHOLE)
        ]
    assert not found, "\n".join(found)


def _scans(book: Connection, sql: str, values: Any) -> list[str]:
    """Return the steps of a statement's plan that read all of a growing table."""
    if not sql.lstrip().startswith(("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")):
        return []
    named = re.findall(r"(?:FROM|JOIN|UPDATE|INTO) (\w+) (?:AS )?([a-z]\w*)\b", sql)
    tables = {alias: table for table, alias in named} | {name: name for name in GROWING}
    found = []
    for *_, step in book.execute(f"EXPLAIN QUERY PLAN {sql}", values).fetchall():
        read = re.match(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?", step)
        read = read or _not_null(sql, step)
        if read is None or tables.get(read[1]) not in GROWING:
            continue
        if not (read[2] and _is_small(book, read[2])) and not _is_newest(sql):
            found.append(step)
    return found


def _not_null(sql: str, step: str) -> re.Match[str] | None:
    """Return a search for whatever is not NULL: it reads all of an index, and is no search."""
    read = re.match(r"SEARCH (\w+) USING (?:COVERING )?INDEX (\w+) \((\w+)>\?\)", step)
    is_asked = read and re.search(rf"(?<!\+)\b{read[3]} IS NOT NULL", sql)
    is_used = read and re.search(rf"\b{read[3]} >=? |ORDER BY {read[3]} DESC", sql)
    return read if is_asked and not is_used else None


def _is_small(book: Connection, index: str) -> bool:
    """True if an index holds only few rows: what is open, owed or waits."""
    sql = book.execute("SELECT sql FROM sqlite_master WHERE name = ?", (index,)).fetchone()
    return bool(sql and sql[0] and " WHERE " in sql[0]) and index not in ALL_OF_IT


def _is_newest(sql: str) -> bool:
    """True if a statement takes the first rows by their number and asks nothing else of them."""
    return bool(re.search(r"ORDER BY (\w\.)?\w+_id DESC LIMIT", sql)) and (
        " WHERE " not in sql or " WHERE EXISTS " in sql or " WHERE order_id NOT IN " in sql
    )


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
