"""`verify` finds what is broken; the store refuses what must never be."""

import hashlib
import os
import sqlite3
from pathlib import Path

import pytest

from oms_edi.domain.stock import Keep
from oms_edi.errors import Busy, ConfigurationError, Refused, StopDaemon, TransientError
from oms_edi.pipeline.check import check_file
from oms_edi.pipeline.run import owner
from oms_edi.store.database import copy_book, write_tx
from oms_edi.store.stock import Reservation, Shelf
from oms_edi.transports.folder import archive_bytes
from tests.support.edi import interchange, x850
from tests.support.site import CONFIG, MAPPINGS, Site


def shipped(site: Site) -> None:
    """An order that went the whole way, and one that waits."""
    site.send("buyer", interchange(x850("PO1", "1*30*EA*4.00**VN*A1"), control=1))
    site.ship("wh")
    site.send("buyer", interchange(x850("PO2", "1*90*EA*4.00**VN*A1"), control=2))


@pytest.mark.parametrize(
    ("damage", "check"),
    [
        ("UPDATE stock_levels SET on_hand = on_hand + 1 WHERE item = 'A1'", "on hand is the sum"),
        (
            "UPDATE stock_levels SET reserved = reserved - 1 WHERE item = 'A1' AND node = 'DAL'",
            "reserved is",
        ),
        (
            "UPDATE order_lines SET released = released - 1, shipped = shipped + 1"
            " WHERE released > 0",
            "released is what shipments still owe",
        ),
        (
            "INSERT INTO allocations (line_id, node, quantity) VALUES (2, 'DAL', 7)",
            "allocated is what unreleased allocations say",
        ),
        ("UPDATE package_lines SET quantity = quantity + 1", "shipped units are in cartons"),
        ("UPDATE shipments SET state = 'released'", "closed shipments owe nothing"),
        (
            "DELETE FROM documents WHERE set_id = '940' AND direction = 'out'",
            "every shipment was ordered by one 940",
        ),
        (
            "UPDATE stock_ledger SET line_id = 2 WHERE kind = 'reservation' AND line_id = 1",
            "a line holds what the ledger reserved for it",
        ),
        (
            "UPDATE stock_ledger SET line_id = 2 WHERE kind = 'shipment'",
            "a line shipped what left the ledger for it",
        ),
        ("UPDATE shipments SET order_id = 2", "a shipment ships lines of its order"),
        ("UPDATE shipments SET node = 'RNO'", "a shipment ships lines of its order"),
        ("UPDATE documents SET start_byte = 1 WHERE direction = 'out'", "every document stands"),
        ("UPDATE documents SET st_control = '7' WHERE direction = 'out'", "every document stands"),
        ("UPDATE files SET size_bytes = size_bytes + 1", "archived bytes are as they came"),
        ("UPDATE outbox SET content = x'00'", "outgoing bytes are as they were written"),
        ("UPDATE counters SET value = 0 WHERE name = 'isa:buyer'", "counters are at or above"),
        ("UPDATE files SET kind = ''", "every file has a final state"),
    ],
)
def test_a_deliberately_broken_balance_is_found(site: Site, damage: str, check: str) -> None:
    shipped(site)
    assert site.divergences() == []
    site.is_broken = True
    connection = site.step().connection
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("DROP TRIGGER stock_ledger_no_update")
    assert connection.execute(damage).rowcount > 0
    found = site.divergences()
    assert any(name.startswith(check) for name, _ in found)


def test_a_missing_and_a_rotten_archived_file_are_found(site: Site) -> None:
    shipped(site)
    site.is_broken = True
    archive = site.root / "var/archive"
    received = {one["sha256"] for one in site.files()}
    first, second = (archive / sha256[:2] / sha256 for sha256 in sorted(received)[:2])
    first.unlink()
    second.write_bytes(b"something else")
    told = [name for name, _ in site.divergences()]
    assert "every file received is in the archive" in told
    assert "archived bytes are as they came" in told


@pytest.mark.parametrize(
    ("sql", "error"),
    [
        ("UPDATE order_lines SET ordered = ordered - 1", "line_adds_up"),
        ("UPDATE stock_levels SET reserved = on_hand + 1", "never_oversold_by_us"),
        ("UPDATE stock_levels SET on_hand = -1", "CHECK"),
        ("UPDATE stock_ledger SET on_hand_delta = 0", "append-only"),
        ("DELETE FROM stock_ledger", "append-only"),
        ("UPDATE events SET text = 'nothing happened'", "append-only"),
        ("DELETE FROM events", "append-only"),
        ("INSERT INTO counters (name, value) VALUES ('isa:x', 'many')", "INTEGER"),
    ],
)
def test_the_store_refuses_what_must_never_be(site: Site, sql: str, error: str) -> None:
    shipped(site)
    with pytest.raises(sqlite3.IntegrityError, match=error):
        site.step().connection.execute(sql)


def test_stock_that_is_not_there_cannot_be_reserved(site: Site) -> None:
    step = site.step()
    shelf = Shelf(step.connection, keep=Keep(by_node={"DAL": 10}))
    assert shelf.supply(["A1"])["A1", "DAL"] == 90
    wanted = [Reservation("A1", "DAL", 60, 1), Reservation("A1", "DAL", 31, 2)]
    with pytest.raises(Refused, match="A1 at DAL is not there"), write_tx(step.connection):
        shelf.reserve(wanted, at=step.at)
    assert site.stock("A1", "DAL") == (100, 0)


def test_only_one_process_works_on_an_order_book(site: Site) -> None:
    with owner(site.config), pytest.raises(Busy, match="another oms-edi"), owner(site.config):
        pass


def test_an_older_order_book_is_not_used_after_newer_numbers_were_sent(site: Site) -> None:
    shipped(site)
    mark = site.root / "var/control/buyer.hwm"
    mark.write_text("000000900\n")
    with pytest.raises(StopDaemon, match="older than what was sent"):
        site.run()
    mark.write_text("000000004\n")


def test_a_file_of_somebody_else_in_the_outbox_is_never_overwritten(site: Site) -> None:
    folder = site.root / "outbox/buyer"
    folder.mkdir(parents=True)
    (folder / "997_000000001.edi").write_bytes(b"theirs")
    site.send("buyer", interchange(x850("PO1")))
    assert (folder / "997_000000001.edi").read_bytes() == b"theirs"
    assert site.exception_kinds() == ["delivery_stuck"]
    assert not site.run()
    (folder / "997_000000001.edi").unlink()
    site.run()
    assert site.exceptions() == []
    assert b"AK1*PO" in site.sent("buyer", "997")


def test_a_folder_that_cannot_be_written_costs_only_its_partner(site: Site) -> None:
    (site.root / "outbox").mkdir()
    (site.root / "outbox/buyer").write_text("a file where a folder should be")
    site.send("buyer", interchange(x850("PO1")))
    assert site.outgoing("wh", "940")
    (exception,) = site.exceptions()
    assert (exception["kind"], exception["subject"]) == ("delivery_failed", "buyer")
    assert not site.run()
    (site.root / "outbox/buyer").unlink()
    site.run()
    assert site.exceptions() == []
    assert len(site.outgoing("buyer")) == 2


def test_an_order_book_that_is_held_too_long_is_tried_again(site: Site) -> None:
    step = site.step()
    other = site.connect()
    other.execute("BEGIN IMMEDIATE")
    step.connection.execute("PRAGMA busy_timeout = 10")
    with pytest.raises(TransientError, match="try again"), write_tx(step.connection):
        pass
    other.rollback()


def test_trying_a_file_touches_nothing_of_a_site_whatever_its_folder_is_called(
    tmp_path: Path,
) -> None:
    site = Site(tmp_path / "50% of? #1")
    site.run()
    before = {path: path.read_bytes() for path in site.root.rglob("*") if path.is_file()}
    file = tmp_path / "order.edi"
    file.write_bytes(interchange(x850()))
    checked = check_file(
        site.config, site.partners, file, partner="buyer", scratch=tmp_path / "scratch"
    )
    assert checked.state == "accepted"
    assert {path: path.read_bytes() for path in site.root.rglob("*") if path.is_file()} == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_an_order_book_its_user_may_not_write_says_what_helps(site: Site) -> None:
    site.run()
    site.places.var.chmod(0o500)
    site.places.database.chmod(0o400)
    with pytest.raises(ConfigurationError, match="run as the user of the daemon"):
        site.connect()
    site.places.database.chmod(0o600)
    site.places.var.chmod(0o700)


def test_an_archived_file_that_an_older_book_does_not_know_is_found(site: Site) -> None:
    site.run()
    older = site.root / "older.db"
    copy_book(site.places.database, older)
    site.send("buyer", interchange(x850("PO1")))
    for path in site.places.var.glob("oms.db*"):
        path.unlink()
    older.rename(site.places.database)
    site.is_broken = True
    ((check, what),) = site.divergences()
    assert check == "every archived file is in the book"
    assert hashlib.sha256(interchange(x850("PO1"))).hexdigest() in what


def test_settings_that_a_killed_process_archived_and_did_not_name_are_no_loss(site: Site) -> None:
    site.run()
    site.configure("config", CONFIG.replace("id: DAL,", "id: DAL, closed: true,"))
    site.configure("wh2", MAPPINGS["wh2"] + "warehouse: {changes: [F]}\n")
    for content in (site.config.canonical(), site.partners.canonical):
        archive_bytes(content, site.places.archive)
    assert site.divergences() == []
    site.is_broken = True
    archive_bytes(b'{"company": "X", "nodes": []}', site.places.archive)
    ((check, _),) = site.divergences()
    assert check == "every archived file is in the book"
