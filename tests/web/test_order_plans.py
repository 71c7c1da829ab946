"""What the pages about orders ask of the book reads what they are about, not all there ever was."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from sqlite3 import Connection

import pytest

from benchmarks.made_book import make_book
from oms_edi.domain.lifecycle import Status
from oms_edi.store import (
    exception_list,
    files,
    ledger_sums,
    order_facts,
    outbox,
    portal,
    promises,
    queries,
    stock_page,
    stock_queries,
)
from oms_edi.store.database import attach
from oms_edi.store.order_page import WantedOrders, count_status, order_page
from oms_edi.store.promised_before import promised_before
from oms_edi.store.search import find
from oms_edi.store.search_index import bring_up, open_index, promised
from tests.support.plans import scans

#: The way a full-text index is asked has no plan to read: it is by its own words.
_BY_WORDS = "SCAN words VIRTUAL TABLE INDEX"


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Connection, Connection]]:
    """A made book and its index."""
    site = tmp_path_factory.mktemp("book") / "site"
    make_book(site, 300)
    path: Path = site / "var/oms.db"
    with closing(attach(path)) as book, closing(open_index(site / "search.db")) as index:
        while bring_up(book, index):
            pass
        yield book, index


@pytest.mark.parametrize(
    "wanted",
    [
        WantedOrders(),
        WantedOrders(partner="rare"),
        WantedOrders(has_exception=True),
        WantedOrders(has_exception=True, partner="small"),
        WantedOrders(node="DAL"),
        WantedOrders(node="DAL", status="released", partner="rare"),
        WantedOrders(since="2026-01-01T00:00:00Z", until="2026-02-01T00:00:00Z"),
        *(WantedOrders(status=status.value) for status in Status),
        *(WantedOrders(status=status.value, partner="small") for status in Status),
    ],
)
def test_no_list_of_orders_reads_a_whole_growing_table(
    books: tuple[Connection, Connection], wanted: WantedOrders
) -> None:
    book, index = books
    asked = _asked(books)
    page = order_page(book, index, wanted, limit=20)
    order_page(book, index, wanted, before=200, limit=20)
    _check(books, asked)
    assert page.orders or wanted != WantedOrders()


def test_no_search_reads_a_whole_growing_table(books: tuple[Connection, Connection]) -> None:
    book, index = books
    asked = _asked(books)
    for words in ("SO100001", "P00", "IT-0001", "rare", "1Z", "city it-0001"):
        find(book, index, words, partners={"rare": "RARE BUYER"}, before=None, limit=20)
        find(book, index, words, partners={}, before=100, limit=20)
    count_status(index, "held")
    bring_up(book, index)
    _check(books, asked)


def test_no_call_of_a_partners_program_reads_a_whole_growing_table(
    books: tuple[Connection, Connection],
) -> None:
    book, _ = books
    asked = _asked(books)
    for partner in ("rare", "large", "nobody"):
        found = portal.own_orders(book, partner, before=None, limit=20)
        portal.own_orders(book, partner, before=200, limit=20)
        portal.own_orders(book, partner, before=200, limit=20, po_number="P00")
        portal.own_exceptions(book, partner, after=0, limit=20)
        portal.own_order(book, partner, 7)
        outbox.pending_calls(book, partner, limit=20)
        outbox.call_state(book, partner)
    portal.changes_of(book, 7, limit=20)
    files.request_taken(book, "api:rare:k")
    _check(books, asked)
    assert not found.orders


def _asked(books: tuple[Connection, Connection]) -> list[tuple[Connection, str]]:
    """Return a list that every statement from now on is added to."""
    asked: list[tuple[Connection, str]] = []
    for connection in books:
        connection.set_trace_callback(
            lambda sql, connection=connection: asked.append((connection, sql))  # type: ignore[misc]
        )
    return asked


def _check(books: tuple[Connection, Connection], asked: list[tuple[Connection, str]]) -> None:
    for connection in books:
        connection.set_trace_callback(None)
    assert asked
    bad = [
        f"{step}\n    {sql}"
        for connection, sql in dict.fromkeys(asked)
        if not sql.startswith("--")
        for step in scans(connection, sql, ())
        if not step.startswith(_BY_WORDS)
    ]
    assert not bad, "\n".join(bad)


def test_what_is_promised_of_an_item_is_in_the_index_as_the_lines_have_it(
    books: tuple[Connection, Connection],
) -> None:
    book, index = books
    items = [item for (item,) in book.execute("SELECT item FROM items")]
    found = [row for item in items for row in promised(index, item)]
    assert sorted(found) == sorted(promises.committed(book, items))
    assert len({item for item, *_ in found}) > 20


def test_no_page_of_an_order_or_an_item_reads_a_whole_growing_table(
    books: tuple[Connection, Connection],
) -> None:
    book, index = books
    now = datetime(2026, 3, 2, 18, tzinfo=UTC)
    asked = _asked(books)
    ((order_id,),) = book.execute("SELECT max(order_id) FROM orders").fetchall()
    ((item,),) = book.execute("SELECT item FROM items ORDER BY item LIMIT 1").fetchall()
    queries.order(book, order_id)
    for ask in (order_facts.plans, order_facts.loads, order_facts.documents, order_facts.source):
        ask(book, order_id)
    order_facts.document(book, 1)
    exception_list.of_order(book, order_id, now=now)
    for which in stock_page.WHICH:
        stock_page.items(book, "it", which=which, after="", limit=20)
    stock_page.ledger(book, item, "DAL", before=None, limit=20)
    key = stock_page.LedgerKey("2026-03-02T15:00:00Z", 100)
    stock_page.ledger(book, item, "DAL", before=key, limit=20)
    stock_page.counts(book, item)
    stock_page.waiting(book, item, limit=20)
    promised(index, item)
    stock_queries.position_at(book, item, node=None, at="2026-03-02T15:00:00Z")
    ledger_sums.newer(book, index, item, "DAL", key)
    ledger_sums.position_at(book, index, item, at="2026-03-02T15:00:00Z")
    ((decided,),) = book.execute("SELECT max(decision_id) FROM decisions").fetchall()
    promised_before(book, item, decided)
    _check(books, asked)
