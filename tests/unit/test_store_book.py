"""Rows that wait are in the book before anybody can miss them, or the transaction is undone."""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from sqlite3 import SQLITE_CORRUPT, DatabaseError, OperationalError

import pytest

from oms_edi.errors import Refused, StopDaemon
from oms_edi.store.book import Book, Row, ask, new_id, new_ids, waiting_row, write_later
from oms_edi.store.database import create, savepoint, scratch_tx

ADD = "INSERT INTO counters (name, value) VALUES (?, ?)"
RAISE = "UPDATE counters SET value = value + ? WHERE name = ?"


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    connection = create(tmp_path / "oms.db")
    assert isinstance(connection, Book)
    yield connection
    connection.close()


def values(book: Book) -> dict[str, int]:
    return dict(book.execute("SELECT name, value FROM counters").fetchall())


def in_savepoint(
    book: Book, first: str, row: tuple[object, ...], second: str, other: tuple[object, ...]
) -> None:
    with savepoint(book, "one"):
        write_later(book, first, [row])
        write_later(book, second, [other], stage=1)


def test_a_query_finds_what_waits(book: Book) -> None:
    with scratch_tx(book):
        write_later(book, ADD, [("a", 1)])
        assert values(book) == {"a": 1}


def test_a_commit_writes_what_waits(book: Book, tmp_path: Path) -> None:
    with scratch_tx(book):
        write_later(book, ADD, [("a", 1)])
    other = create(tmp_path / "oms.db")
    assert other.execute("SELECT name, value FROM counters").fetchall() == [("a", 1)]
    other.close()


def test_a_later_stage_is_written_after_an_earlier_one(book: Book) -> None:
    with scratch_tx(book):
        write_later(book, RAISE, [(5, "b")], stage=1)
        write_later(book, ADD, [("a", 1), ("b", 2)])
        write_later(book, RAISE, [(5, "a")], stage=1)
    assert values(book) == {"a": 6, "b": 7}


def summed(rows: Sequence[Row]) -> list[Row]:
    totals: dict[str, int] = {}
    for units, name in rows:
        totals[name] = totals.get(name, 0) + units
    return [(units, name) for name, units in totals.items()]


def test_rows_of_a_statement_that_are_gathered_are_written_as_fewer(book: Book) -> None:
    written: list[str] = []
    with scratch_tx(book):
        write_later(book, ADD, [("a", 1), ("b", 1)])
        write_later(book, RAISE, [(2, "a"), (3, "b")], stage=1, gather=summed)
        write_later(book, RAISE, [(4, "a")], stage=1, gather=summed)
        book.set_trace_callback(written.append)
        assert values(book) == {"a": 7, "b": 4}
    book.set_trace_callback(None)
    assert len([sql for sql in written if sql.startswith("UPDATE")]) == 2


def test_a_gathered_row_that_changes_nothing_undoes_all_of_them(book: Book) -> None:
    rows = [(2, "a"), (1, "a"), (3, "nobody")]
    with scratch_tx(book):
        write_later(book, ADD, [("a", 1)])
    with pytest.raises(Refused, match="1 of 2 rows"), scratch_tx(book):
        write_later(book, RAISE, rows, gather=summed)
    assert values(book) == {"a": 1}


def test_a_named_row_can_be_changed_until_it_is_written(book: Book) -> None:
    with scratch_tx(book):
        row: list[object] = ["a", 1]
        write_later(book, ADD, [row], named={"first": row})
        waiting = waiting_row(book, "first")
        assert waiting is not None
        waiting[1] = 9
        assert values(book) == {"a": 9}
        assert waiting_row(book, "first") is None


def test_a_named_row_is_forgotten_with_what_is_undone(book: Book) -> None:
    with scratch_tx(book):
        with contextlib.suppress(ValueError), savepoint(book, "one"):
            row: list[object] = ["a", 1]
            write_later(book, ADD, [row], named={"first": row})
            raise ValueError
        assert waiting_row(book, "first") is None
        assert values(book) == {}


def test_a_row_that_changes_nothing_undoes_the_transaction(book: Book) -> None:
    def write() -> None:
        with scratch_tx(book):
            write_later(book, ADD, [("a", 1)])
            write_later(book, RAISE, [(5, "a"), (5, "nobody")], stage=1)

    with pytest.raises(Refused, match="1 of 2 rows"):
        write()
    assert values(book) == {}


def test_a_fault_in_a_savepoint_shows_there_and_costs_only_its_own_rows(book: Book) -> None:
    with scratch_tx(book):
        write_later(book, ADD, [("a", 1)])
        with pytest.raises(Refused):
            in_savepoint(book, ADD, ("b", 1), RAISE, (5, "nobody"))
    assert values(book) == {"a": 1}


def test_who_goes_on_after_a_fault_of_earlier_rows_cannot_commit(book: Book) -> None:
    def write() -> None:
        with scratch_tx(book):
            write_later(book, RAISE, [(5, "nobody")])
            for name in ("a", "b"):
                with contextlib.suppress(Refused), savepoint(book, "one"):
                    write_later(book, ADD, [(name, 1)])

    with pytest.raises(Refused, match="before"):
        write()
    assert values(book) == {}


def test_what_fails_otherwise_leaves_nothing_waiting(book: Book) -> None:
    with scratch_tx(book):
        with pytest.raises(OperationalError):
            in_savepoint(book, ADD, ("b", 1), "no statement at all", ())
        write_later(book, ADD, [("a", 1)])
    assert values(book) == {"a": 1}


def test_only_what_a_question_is_about_is_written_before_it(book: Book) -> None:
    count = "SELECT count(*) FROM counters WHERE name LIKE ?"
    with scratch_tx(book):
        write_later(book, ADD, [("a", 1)], about="a")
        assert ask(book, count, ("%",), about="b").fetchone() == (0,)
        assert ask(book, count, ("%",), about="a").fetchone() == (1,)


def test_ids_of_what_is_undone_are_given_again(book: Book) -> None:
    with scratch_tx(book):
        assert list(new_ids(book, "shares", 3)) == [1, 2, 3]
        assert new_id(book, "shares") == 4
        with pytest.raises(Refused):
            in_savepoint(book, ADD, ("b", 1), RAISE, (5, "nobody"))
        assert new_id(book, "shares") == 1


def test_an_order_never_gets_the_id_of_one_that_is_gone(book: Book) -> None:
    with scratch_tx(book):
        book.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('orders', 41)")
        assert new_id(book, "orders") == 42


def test_a_storage_that_fails_in_a_savepoint_is_no_fault_of_what_is_in_it(book: Book) -> None:
    error = DatabaseError("database disk image is malformed")
    error.sqlite_errorcode = SQLITE_CORRUPT
    with scratch_tx(book), pytest.raises(StopDaemon), savepoint(book, "one"):
        raise error
