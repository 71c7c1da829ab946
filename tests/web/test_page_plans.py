"""What the pages ask of the book reads what they are about, not all there ever was."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from sqlite3 import Connection

import pytest

from benchmarks.made_book import make_book
from oms_edi.config.config import load_config
from oms_edi.partners.book import load_partners
from oms_edi.store import exception_list, file_list, overview, scorecard
from oms_edi.store.acknowledgments import acknowledgments
from oms_edi.store.database import attach
from oms_edi.store.exception_list import Wanted
from oms_edi.store.figures import read_figures
from oms_edi.store.timeline import stamp
from oms_edi.upkeep import health
from oms_edi.upkeep.finding import Checkup
from oms_edi.web.pages.acknowledgments import TABS
from tests.support.plans import scans


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Connection, datetime]]:
    """A made book and its newest instant."""
    site = tmp_path_factory.mktemp("book") / "site"
    make_book(site, 300)
    path: Path = site / "var/oms.db"
    with closing(attach(path)) as connection:
        (newest,) = connection.execute("SELECT max(at) FROM events").fetchone()
        yield connection, datetime.fromisoformat(newest)


def checkup(connection: Connection, now: datetime) -> Checkup:
    """What health looks at, with the settings of the made book."""
    (_, _, database) = connection.execute("PRAGMA database_list").fetchone()
    site = Path(database).parents[1]
    config = load_config(site / "config.yaml")
    return Checkup(
        config_path=site / "config.yaml",
        config=config,
        partners=load_partners(config.folders.mappings, config),
        book=connection,
        now=now,
        is_running=False,
    )


def pages(connection: Connection, now: datetime) -> dict[str, Callable[[], object]]:
    """What each page asks, by what it shows."""
    day = stamp(now - timedelta(days=1))
    exception = "SELECT max(exception_id) FROM exceptions WHERE closed_at IS NULL"
    (last,) = connection.execute(exception).fetchone()
    worst = exception_list.exceptions

    return {
        "figures": lambda: overview.now_figures(connection, now=now),
        "waiting orders": lambda: overview.waiting_orders(connection, now=now, days=(1, 3, 7)),
        "documents by hour": lambda: overview.documents_by_hour(connection, now=now, hours=24),
        "files by partner": lambda: overview.files_by_partner(connection, since=day),
        "deliveries": lambda: overview.waiting_by_partner(connection),
        "partners' exceptions": lambda: overview.exceptions_by_partner(connection),
        "counts": lambda: exception_list.open_counts(connection, now=now),
        "owners": lambda: exception_list.owners(connection),
        "one exception": lambda: exception_list.exception(connection, last or 1, now=now),
        "of a file": lambda: exception_list.of_file(connection, 1, now=now),
        "next page": lambda: worst(connection, Wanted(after=last or 1), now=now),
        "next of a partner": lambda: worst(connection, Wanted(after=1, partner="rare"), now=now),
        "next that is over": lambda: worst(connection, Wanted(after=1, closed=True), now=now),
        "files": lambda: file_list.files(connection, state="", partner="", before=200, limit=5),
        "files by state": lambda: file_list.files(
            connection, state="rejected", partner="", before=200, limit=5
        ),
        "files of a partner": lambda: file_list.files(
            connection, state="", partner="rare", before=200, limit=5
        ),
        "one file": lambda: file_list.file(connection, 1),
        "sent": lambda: file_list.sent_files(
            connection, partner="", is_waiting=False, before=100, limit=5
        ),
        "sent to a partner": lambda: file_list.sent_files(
            connection, partner="rare", is_waiting=False, before=0, limit=5
        ),
        "not delivered": lambda: file_list.sent_files(
            connection, partner="", is_waiting=True, before=0, limit=5
        ),
        "one sent": lambda: file_list.sent_file(connection, 1),
        **{
            f"{verdict} of {partner}": partial(
                acknowledgments, connection, partner=partner, verdict=verdict, limit=5
            )
            for verdict, _ in TABS
            for partner in (None, "rare")
        },
        "sets": lambda: scorecard.sets(connection, "rare"),
        "answers": lambda: scorecard.answer_hours(connection, "rare"),
        "loads": lambda: scorecard.loads(connection, "rare"),
        "kinds": lambda: scorecard.exceptions_by_kind(connection, "rare", since=day),
        "orders": lambda: scorecard.newest_orders(connection, "rare", limit=5),
        "health": lambda: list(
            health.judge(checkup(connection, now), is_daemon_wanted=False),
        ),
    }


def test_no_page_reads_a_whole_growing_table(book: tuple[Connection, datetime]) -> None:
    connection, now = book
    found: dict[str, list[str]] = {}
    for name, ask in pages(connection, now).items():
        asked: list[str] = []
        connection.set_trace_callback(asked.append)
        ask()
        connection.set_trace_callback(None)
        bad = [
            f"{plan}: {sql}" for sql in dict.fromkeys(asked) for plan in scans(connection, sql, ())
        ]
        if bad:
            found[name] = bad
    assert found == {}


def test_units_are_counted_from_indexes_as_the_lines_have_them(
    book: tuple[Connection, datetime],
) -> None:
    connection, _ = book
    units = read_figures(connection).units
    for where, counted in units.items():
        (summed,) = connection.execute(f"SELECT sum({where}) FROM order_lines").fetchone()
        assert counted == summed, where
    assert min(units["allocated"], units["backordered"], units["released"]) > 0
