"""A backup and a restore as acts of the sweep: the old state is there or the whole new one.

Nothing half is ever taken for whole, nothing that was there is gone, and the next try ends well.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from oms_edi.config.config import load_config
from oms_edi.partners.book import load_partners
from oms_edi.pipeline.frame.step import Places
from oms_edi.store import database
from oms_edi.store.content import content_hash
from oms_edi.store.verify import divergences
from oms_edi.upkeep.backup import back_up, backups
from oms_edi.upkeep.restore import Plan, check_backup, newest, restore_backup
from tests.faults.run import STOPPED, run
from tests.support.edi import interchange, x850
from tests.support.site import NOW, Site

_GAP = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What is done under faults, and how to see that it was done well or not at all."""

    do: Callable[[Path], None]
    #: From the site before, and after the undisturbed act: what `check` compares with.
    expect: Callable[[Path, Path], Any]
    #: What is wrong with a site after a fault.
    check: Callable[[Path, Any], list[str]]


def prepare(root: Path) -> None:
    """Make a site with an older backup, and an order that came after it."""
    site = Site(root)
    for number in (1, 2):
        order = x850(f"PO{number}", f"1*{number}*EA*4.00**VN*A1")
        site.send("buyer", interchange(order, control=number), f"{number}.edi")
        if number == 1:
            _back_up(root, at_s=1)


def _back_up(site: Path, *, at_s: int) -> None:
    back_up(
        load_config(site / "config.yaml"),
        config_path=site / "config.yaml",
        root=site / "backups",
        now=NOW + timedelta(seconds=at_s),
        keep=1,
    )


def _restore(site: Path, *, at_s: int) -> None:
    config = load_config(site / "config.yaml")
    plan = Plan(
        backup=newest(site / "backups"),
        target=site / "var",
        config=config,
        partners=load_partners(site / "mappings", config),
        replace=True,
        gap=_GAP,
        actor="ann",
        reason="the disk broke",
        now=NOW + timedelta(seconds=at_s),
    )
    restore_backup(plan, dry_run=False)


def _hash(var: Path) -> str:
    with closing(database.attach(Places(var=var).database)) as connection:
        return content_hash(connection)


def _counters(database_path: Path) -> dict[str, int]:
    with closing(sqlite3.connect(database_path)) as connection:
        return dict(connection.execute("SELECT name, value FROM counters"))


def _faults(var: Path) -> list[str]:
    places = Places(var=var)
    with closing(database.attach(places.database)) as book:
        found = divergences(book, archive=places.archive, work=places.work)
        return [f"{name}: {what}" for name, what in found]


def _fell_back(var: Path, before: dict[str, int]) -> list[str]:
    reached = _counters(var / "oms.db")
    return [f"{name} fell back" for name in before if reached.get(name, 0) < before[name]]


def _of_backup(before: Path, after: Path) -> str:
    assert len(backups(after / "backups")) == 1
    return _hash(before / "var")


def _check_backup(site: Path, book: str) -> list[str]:
    root = site / "backups"
    wrong = [fault for found in backups(root) for fault in check_backup(found)]
    wrong += [] if backups(root) else ["no backup is left"]
    wrong += [] if _hash(site / "var") == book else ["the order book is another one"]
    _back_up(site, at_s=60)
    (last,) = backups(root)
    wrong += check_backup(last)
    left = {path.name for path in root.iterdir()} - {last.name, ".oms-edi-lock"}
    return wrong + [f"{name} was left" for name in sorted(left)]


def _of_restore(before: Path, after: Path) -> tuple[str, str, dict[str, int]]:
    return _hash(before / "var"), _hash(after / "var"), _counters(before / "var" / "oms.db")


def _check_restore(site: Path, wanted: tuple[str, str, dict[str, int]]) -> list[str]:
    old, new, counters = wanted
    var = site / "var"
    wrong = []
    if (var / "oms.db").exists():
        # Where the old book cannot be read, numbers go on by marks and gap: another new state.
        is_whole = _hash(var) in (old, new) or not (_faults(var) or _fell_back(var, counters))
        wrong += [] if is_whole else ["a half-restored order book"]
    else:  # between its two renames: nobody may begin a new book in place of the old one
        wrong += [] if run(site) == STOPPED else ["a new order book was begun"]
        wrong += ["a new order book was begun"] if (var / "oms.db").exists() else []
    _restore(site, at_s=60)
    wrong += _faults(var) + _fell_back(var, counters)
    kept = [path for path in site.glob("var.before-*") if (path / "oms.db").exists()]
    wrong += [] if [_hash(path) for path in kept].count(old) == 1 else ["the old book is gone"]
    left = [path.name for path in site.glob(".oms-edi-*")]
    return wrong + [f"{name} was left" for name in left]


#: By name.
ACTS = {
    "backup": Act(do=lambda site: _back_up(site, at_s=2), expect=_of_backup, check=_check_backup),
    "restore": Act(
        do=lambda site: _restore(site, at_s=3), expect=_of_restore, check=_check_restore
    ),
}
