"""Backups and restores: made beside the daemon, read back, and no number means two things."""

import os
import sqlite3
import stat
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from oms_edi.domain.role import Role
from oms_edi.errors import Busy, Refused
from oms_edi.pipeline.frame.step import Places
from oms_edi.pipeline.run import owner
from oms_edi.store import access, sessions
from oms_edi.store.database import attach
from oms_edi.upkeep.backup import Backup, back_up, backups
from oms_edi.upkeep.last_backup import last_backup
from oms_edi.upkeep.restore import Plan, Restored, check_backup, newest, restore_backup
from oms_edi.web import log_in, users
from tests.support.command import read, run
from tests.support.edi import interchange, x850
from tests.support.site import Site


def order(site: Site, number: int) -> None:
    line = "1*2*EA*4.00**VN*A1"
    site.send("buyer", interchange(x850(f"PO{number}", line), control=number), f"{number}.edi")


def kept(site: Site, *, keep: int = 0) -> Backup:
    site.now += timedelta(seconds=1)
    return back_up(
        site.config,
        config_path=site.root / "config.yaml",
        root=site.root.parent / "backups",
        now=site.now,
        keep=keep,
    )


def restored(site: Site, backup: Path, *, replace: bool = True, gap: int = 100) -> Restored:
    site.now += timedelta(seconds=1)
    plan = Plan(
        backup=backup,
        target=site.places.var,
        config=site.config,
        partners=site.partners,
        replace=replace,
        gap=gap,
        actor="ann",
        reason="the disk broke",
        now=site.now,
    )
    return restore_backup(plan, dry_run=False)


def test_users_are_backed_up_without_sessions_and_a_restore_brings_nobody_back(
    site: Site,
) -> None:
    path = site.places.access
    order(site, 1)
    users.add(path, "maria", Role.OPERATOR, "", by="ann", now=site.now)
    users.add(path, "paul", Role.VIEWER, "", by="ann", now=site.now)
    with access.opened(path) as connection, access.changed(connection):
        log_in.begin(connection, user="maria", how="sso", address="", now=site.now)
    backup = kept(site).path
    assert check_backup(backup) == []
    users.remove(path, "paul", by="ann", now=site.now)
    restored(site, backup)
    with access.opened(path) as connection:
        assert [user.name for user in access.users(connection)] == ["maria"]
        assert sessions.sessions(connection, limit=10) == []
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.unlink()
    restored(site, backup)
    with access.opened(path) as connection:
        assert [user.name for user in access.users(connection)] == ["maria", "paul"]


def test_a_backup_is_the_order_book_with_all_it_rests_on(site: Site) -> None:
    order(site, 1)
    site.keep_secret("acme", "secret word")
    done = kept(site)
    assert (done.content_sha256, done.divergences) == (site.content_hash(), ())
    assert check_backup(done.path) == []
    names = {str(path.relative_to(done.path)) for path in done.path.rglob("*") if path.is_file()}
    assert {"oms.db", "control/buyer.hwm", "config/config.yaml", "config/mappings/wh.yaml"} < names
    assert "secret word" not in {path.read_text("latin-1") for path in done.path.rglob("*.*")}
    assert not any("acme" in name for name in names)


def test_the_next_backup_copies_only_what_is_new(site: Site) -> None:
    order(site, 1)
    first = kept(site)
    order(site, 2)
    second = kept(site)
    assert second.linked > 0
    for path in second.path.glob("archive/??/*"):
        archived = site.places.archive / path.parent.name / path.name
        assert path.stat().st_ino != archived.stat().st_ino
    assert check_backup(first.path) == check_backup(second.path) == []


def test_only_a_clean_backup_makes_older_ones_go(site: Site) -> None:
    order(site, 1)
    first, second = kept(site), kept(site)
    third = kept(site, keep=2)
    assert third.pruned == [first.path]
    site.is_broken = True
    connection = site.step().connection
    connection.execute("UPDATE stock_levels SET on_hand = on_hand + 1 WHERE item = 'A1'")
    fourth = kept(site, keep=1)
    assert fourth.divergences
    assert fourth.pruned == []
    assert backups(second.path.parent) == [second.path, third.path, fourth.path]
    assert check_backup(fourth.path) == []  # it is what the book was


def test_what_rots_in_the_archive_is_told_and_what_rots_in_a_backup_is_not_linked(
    site: Site,
) -> None:
    order(site, 1)
    first = kept(site)
    path = next(first.path.glob("archive/??/*"))
    path.write_bytes(b"rotten")
    assert any(
        "is not as it was" in fault or "bytes" in fault for fault in check_backup(first.path)
    )
    assert check_backup(kept(site).path) == []
    site.is_broken = True
    ((sha256,),) = site.query("SELECT sha256 FROM files")
    for old in backups(first.path.parent):
        (old / "archive" / sha256[:2] / sha256).unlink()
    (site.places.archive / sha256[:2] / sha256).write_bytes(b"rotten")
    assert "every file received is in the archive" in kept(site).divergences[0]


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda b: os.truncate(b / "oms.db", 4096), "oms.db has 4096 bytes"),
        (lambda b: (b / "control" / "buyer.hwm").unlink(), "control/buyer.hwm is missing"),
        (lambda b: (b / "control" / "x.hwm").write_text("9"), "does not belong"),
        (lambda b: (b / "manifest.json").unlink(), "no manifest.json"),
        (lambda b: os.truncate(b / "manifest.json", 100), "damaged"),
        (lambda b: (b / "manifest.json").write_text("[]"), "damaged"),
        (
            lambda b: (b / "manifest.json").write_text(
                (b / "manifest.json").read_text().replace('"format": 1', '"format": 2')
            ),
            "not as it was written",
        ),
    ],
)
def test_a_damaged_backup_is_refused_and_nothing_changes(
    site: Site, damage: Callable[[Path], object], told: str
) -> None:
    order(site, 1)
    backup = kept(site).path
    damage(backup)
    assert told in check_backup(backup)[0]
    before = site.content_hash()
    with pytest.raises(Refused, match="take another backup"):
        restored(site, backup)
    assert site.content_hash() == before


def test_a_restore_needs_leave_to_replace_and_a_stopped_daemon(site: Site) -> None:
    order(site, 1)
    backup = kept(site).path
    with pytest.raises(Refused, match="--replace"):
        restored(site, backup, replace=False)
    with owner(site.config), pytest.raises(Busy):
        restored(site, backup)
    done = restored(site, backup)
    assert done.aside is not None
    assert (done.aside / "oms.db").exists()


def test_after_an_older_state_comes_back_no_number_means_two_things(site: Site) -> None:
    order(site, 1)
    backup = kept(site).path
    for number in (2, 3, 4):
        order(site, number)
    seen = site.delivered()
    lost = restored(site, backup)
    paths = {file["name"]: Path(file["path"]) for file in lost.not_in_book}
    assert paths.keys() == {"2.edi", "3.edi", "4.edi"}
    for number in (5, 6):
        order(site, number)
    site.send("buyer", paths["3.edi"].read_bytes(), "3.edi")
    now = site.delivered()
    assert {name: now[name] for name in seen} == seen
    numbers = Counter(
        (name.split("/")[0], content.split(b"~")[0][90:99]) for name, content in now.items()
    )
    assert set(numbers.values()) == {1}
    groups = Counter(
        (name.split("/")[0], content.split(b"GS*")[1].split(b"*")[5])
        for name, content in now.items()
        if b"GS*" in content
    )
    assert set(groups.values()) == {1}
    named = [row[0] for row in site.query("SELECT depositor_order FROM shipments")]
    told = [t for p, c in seen.items() if p.startswith("wh") for t in c.decode().split("W05*")[1:]]
    old = {text.split("*")[1] for text in told}
    assert len(named) == 4
    assert len(set(named) & old) == 1  # the one order the backup has
    skipped = site.query("SELECT text, actor FROM events WHERE name = 'numbers.skipped'")
    assert ("ann", True) in {(actor, "isa:buyer" in text) for text, actor in skipped}


def test_a_restore_after_a_lost_disk_goes_by_the_marks_of_the_backup_and_the_gap(
    site: Site,
) -> None:
    order(site, 1)
    backup = kept(site).path
    order(site, 2)
    old = site.places.var.rename(site.root / "gone")
    assert old.exists()
    done = restored(site, backup, replace=False, gap=50)
    assert done.aside is None
    ((value,),) = site.query("SELECT value FROM counters WHERE name = 'isa:buyer'")
    assert value >= 51
    order(site, 3)
    assert max(found["order_id"] for found in site.orders()) > 50


def test_a_backup_is_made_while_somebody_writes(site: Site) -> None:
    order(site, 1)
    with closing(attach(site.places.database)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("DELETE FROM counters")
        done = kept(site)
        writer.rollback()
    assert check_backup(done.path) == []
    assert done.content_sha256 == site.content_hash()


def test_a_backup_in_a_folder_of_the_daemon_is_refused(site: Site) -> None:
    order(site, 1)
    for name in ("inbox", "var"):
        with pytest.raises(Refused, match=f"lies in folders.{name}"):
            back_up(
                site.config,
                config_path=site.root / "config.yaml",
                root=site.root / name / "backups",
                now=site.now,
                keep=0,
            )


def test_what_a_killed_backup_left_is_no_backup_and_goes_with_the_next(site: Site) -> None:
    order(site, 1)
    first = kept(site)
    left = first.path.parent / ".oms-edi-2026-03-02T00-00-00Z"
    first.path.rename(left)
    with pytest.raises(Refused, match="has none in it"):
        newest(left.parent)
    second = kept(site)
    assert newest(left.parent) == second.path
    assert not left.exists()


def test_a_backup_is_one_file_that_leaves_nothing_beside_it_when_read(site: Site) -> None:
    order(site, 1)
    path = kept(site).path
    with closing(sqlite3.connect(path / "oms.db")) as copy:
        assert copy.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert check_backup(path) == []


def test_a_restore_that_was_killed_between_its_renames_knows_the_marks_it_moved_away(
    site: Site,
) -> None:
    order(site, 1)
    backup = kept(site).path
    for number in range(2, 7):
        order(site, number)
    ((used,),) = site.query("SELECT value FROM counters WHERE name = 'isa:buyer'")
    site.places.var.rename(site.root / "var.before-2026-03-02T15-00-00Z")
    left = site.root / ".oms-edi-var"
    left.mkdir()
    done = restored(site, backup, replace=False, gap=0)
    assert not left.exists()
    ((value,),) = site.query("SELECT value FROM counters WHERE name = 'isa:buyer'")
    assert value == used
    paths = {file["name"]: Path(file["path"]) for file in done.not_in_book}
    assert paths.keys() == {f"{number}.edi" for number in range(2, 7)}
    assert paths["3.edi"].exists()
    order(site, 7)
    assert (site.places.control / "buyer.hwm").read_text() > f"{used:09}"


def test_where_a_restore_was_interrupted_nobody_begins_a_new_order_book(site: Site) -> None:
    order(site, 1)
    kept(site)
    site.places.restoring.mkdir()
    site.places.var.rename(site.root / "var.before-2026-03-02T15-00-00Z")
    (site.root / "items.csv").write_text("item\nA9\n")
    for command in (("run", "--once"), ("import-items", "items.csv")):
        assert "make it again" in run(site.root, *command, expect=78)
    assert not site.places.var.exists()
    run(site.root, "restore", str(site.root.parent / "backups"))
    run(site.root, "run", "--once")


def test_a_book_that_cannot_be_read_any_more_is_said_to_tell_no_numbers(site: Site) -> None:
    order(site, 1)
    backup = kept(site).path
    site.places.database.write_bytes(b"rotten" * 1000)
    told = restored(site, backup).numbers
    assert "oms.db cannot be read: file is not a database" in told[0]
    assert "the marks and --gap alone" in told[0]


def test_by_the_command_line_a_backup_comes_back_where_it_is_told(site: Site) -> None:
    order(site, 1)
    root = site.root.parent / "kept"
    run(site.root, "backup", str(root))
    time.sleep(1)  # a backup is named after its second
    made = read(site.root, "backup", "--keep", "1", str(root))
    assert made["divergences"] == []
    assert read(site.root, "restore", "--verify", str(root))["faults"] == []
    into = site.root / "elsewhere"
    tried = read(site.root, "restore", "--dry-run", "--into", str(into), str(root))
    assert not into.exists()
    assert any("isa:buyer" in text for text in tried["numbers"])
    assert "--replace" in run(site.root, "restore", str(root), expect=1)
    done = read(site.root, "restore", "--into", str(into), "--gap", "5", str(root))
    assert done["aside"] is None
    assert (into / "oms.db").exists()
    assert last_backup(Places(var=into)) is not None
    assert read(site.root, "verify")["divergences"] == []
    os.truncate(Path(made["backup"]) / "oms.db", 5000)
    assert "oms.db has 5000 bytes" in run(site.root, "restore", "--verify", str(root), expect=1)
