"""An older order book is copied and brought up to date; one of a later version is left alone."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest
from sqlite_utils import Database

from oms_edi.errors import ConfigurationError, StopDaemon
from oms_edi.store import database, migrations
from oms_edi.store.database import attach, create
from oms_edi.store.migrations import VERSION
from tests.support.command import run
from tests.support.edi import interchange, x850
from tests.support.site import Site


@contextmanager
def next_version(migration: Callable[[Database], None]) -> Iterator[None]:
    """Make this program one of the next version, with one migration more."""
    known = list(migrations.migrations._migrations)
    with pytest.MonkeyPatch.context() as patch:
        for module in (migrations, database):
            patch.setattr(module, "VERSION", VERSION + 1)
        migrations.migrations(name="m999_next")(migration)
        yield
    migrations.migrations._migrations[:] = known


def more(db: Database) -> None:
    db.conn.execute("CREATE TABLE later (what TEXT NOT NULL) STRICT")
    db.conn.execute(f"PRAGMA user_version = {VERSION + 1}")


def fails(db: Database) -> None:
    more(db)
    raise ZeroDivisionError


def booked(site: Site) -> str:
    site.send("buyer", interchange(x850("PO1", "1*2*EA*4.00**VN*A1"), control=1))
    return site.content_hash()


def test_the_version_is_how_many_migrations_there_are(site: Site) -> None:
    booked(site)
    assert len(migrations.migrations._migrations) == VERSION
    assert site.query("PRAGMA user_version") == [(VERSION,)]


def test_an_older_book_is_copied_then_migrated_by_its_owner_only(site: Site) -> None:
    booked(site)
    site.is_broken = True  # of a version this program does not read
    with next_version(more):
        with pytest.raises(ConfigurationError, match="made by an older version"):
            attach(site.places.database)
        site.run()
        assert site.query("SELECT count(*) FROM later") == [(0,)]
        assert site.query("PRAGMA user_version") == [(VERSION + 1,)]
        assert site.orders()[0]["po_number"] == "PO1"
    kept = site.places.var / f"oms.db.version-{VERSION}"
    with closing(sqlite3.connect(kept)) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert copy.execute("SELECT po_number FROM orders").fetchall() == [("PO1",)]
        assert copy.execute("PRAGMA user_version").fetchone() == (VERSION,)


def test_a_migration_that_fails_leaves_the_book_as_it_was(site: Site) -> None:
    before = booked(site)
    with next_version(fails), pytest.raises(ZeroDivisionError):
        create(site.places.database)
    assert site.content_hash() == before
    assert site.query("SELECT count(*) FROM sqlite_master WHERE name = 'later'") == [(0,)]


def test_a_book_of_a_later_version_is_refused_by_everybody(site: Site) -> None:
    before = booked(site)
    connection = site.step().connection
    connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    for open_ in (attach, create):
        with pytest.raises(ConfigurationError, match="a later version made it"):
            open_(site.places.database)
    for command in (("run", "--once"), ("orders",)):
        assert "a later version made it" in run(site.root, *command, expect=78)
    connection.execute(f"PRAGMA user_version = {VERSION}")
    assert site.content_hash() == before


def test_a_damaged_book_is_not_migrated(site: Site) -> None:
    booked(site)
    site.is_broken = True
    with closing(sqlite3.connect(site.places.database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'orders_by_po'"
        ).fetchone()
    with open(site.places.database, "r+b") as stream:
        stream.seek((page - 1) * 4096)
        stream.write(b"\xff" * 4096)
    with next_version(more), pytest.raises(StopDaemon, match="was not migrated"):
        create(site.places.database)
    with closing(sqlite3.connect(site.places.database)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
