"""Checks of the order book: whole, of this version, ahead of what partners saw, backed up."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from oms_edi.domain.counted import counted
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.intake.collect import Settling, arrivals
from oms_edi.store import outbox
from oms_edi.store.figures import read_deliveries, read_figures
from oms_edi.store.integrity import broken_parts
from oms_edi.store.migrations import schema_version
from oms_edi.upkeep.finding import Checkup, Finding, ago, fail, ok, warn
from oms_edi.upkeep.last_backup import last_backup

_BACKUP_WARN = timedelta(days=2)
_BACKUP_FAIL = timedelta(days=8)
#: A write-ahead log so large is never folded back into the book.
_WAL_BYTES = 512 << 20


def check_book(checkup: Checkup) -> Iterator[Finding]:
    """Is it whole, ours, and of this version?"""
    path = checkup.places.database
    if checkup.book is None:
        if not path.exists():
            yield warn("order book", f"there is none at {path} yet", "oms-edi run makes it")
        else:
            text = f"{path} cannot be opened"
            yield fail("order book", text, "oms-edi orders says why; if it is damaged, restore")
        return
    faults = broken_parts(checkup.book)
    if faults:
        text = f"{path} is damaged: {faults[0]}"
        yield fail("order book", text, "stop the daemon and restore a backup (oms-edi restore)")
    owner, var = path.stat().st_uid, path.parent.stat().st_uid
    wal = path.with_name(f"{path.name}-wal")
    wal_bytes = wal.stat().st_size if wal.exists() else 0
    if owner != var:
        text = f"{path} belongs to uid {owner}, its folder to {var}: the daemon may not write it"
        yield fail("order book", text, f"chown --reference={path.parent} {path}*")
    elif wal_bytes > _WAL_BYTES:
        text = f"its log {wal} has {wal_bytes // 1_000_000} MB: some program reads for very long"
        yield warn("order book", text, "end programs that hold oms.db open (fuser oms.db)")
    elif not faults:
        version = schema_version(checkup.book)
        size = path.stat().st_size // 1_000_000
        yield ok("order book", f"whole, {size} MB, schema version {version}")


def check_marks(checkup: Checkup) -> Iterator[Finding]:
    """Counters are at or above what partners have seen."""
    if checkup.book is None:
        return
    behind = []
    count = 0
    for path in sorted(checkup.places.control.glob("*.hwm")):
        count += 1
        text = path.read_text().strip()
        drawn = outbox.last_drawn(checkup.book, f"isa:{path.stem}")
        if not text.isdecimal():
            remedy = f"write the last number {path.stem} has seen into it"
            yield fail("control numbers", f"{path} holds no number", remedy)
        elif int(text) > drawn:
            behind.append(f"{path.stem} has seen {int(text)}, the book drew {drawn}")
    if behind:
        text = f"the order book is older than what was sent: {behind[0]}"
        yield fail("control numbers", text, "oms-edi restore: it goes on above what was seen")
    else:
        yield ok("control numbers", f"above what {counted(count, 'partner')} saw")


def check_backup(checkup: Checkup) -> Iterator[Finding]:
    """How old the last backup is, and whether it is still there."""
    remedy = "oms-edi backup FOLDER, nightly; systemctl enable --now oms-edi-backup.timer"
    last = last_backup(checkup.places)
    if last is None:
        yield warn("backup", "none was ever made", remedy)
        return
    at, path = last
    age = checkup.now - at
    told = f"the last one is {ago(age.total_seconds())} old, at {path}"
    try:
        is_there = path.stat().st_nlink > 0
    except PermissionError:
        yield warn("backup", f"{told}, which this user may not see", "check as another user")
        return
    except OSError:
        is_there = False
    if not is_there:
        yield fail("backup", f"{told}, but it is not there any more", remedy)
    elif age > _BACKUP_FAIL:
        yield fail("backup", told, remedy)
    elif age > _BACKUP_WARN:
        yield warn("backup", told, remedy)
    else:
        yield ok("backup", told)


def check_deliveries(checkup: Checkup) -> Iterator[Finding]:
    """How long files wait to leave."""
    if checkup.book is None:
        return
    deliveries = read_deliveries(checkup.book)
    if not deliveries.files:
        yield ok("deliveries", "nothing waits to leave")
        return
    age = checkup.now - datetime.fromisoformat(deliveries.since)
    waiting = ", ".join(f"{partner} {count}" for partner, count in deliveries.files.items())
    told = f"{waiting} wait, the oldest for {ago(age.total_seconds())}"
    if age > timedelta(hours=checkup.config.watch.delivery_within_h):
        remedy = "see exceptions --queue system, and endpoint list; every pass tries again"
        yield fail("deliveries", told, remedy)
    else:
        yield ok("deliveries", told)


def check_unclaimed(checkup: Checkup) -> Iterator[Finding]:
    """The oldest file in an inbox that is not taken, and why."""
    if checkup.book is None:
        return
    step = Step(
        connection=checkup.book,
        config=checkup.config,
        partners=checkup.partners,
        now=checkup.now,
    )
    settling = Settling()
    complete = [path for _, path in arrivals(step, settling)]
    waiting = {**dict.fromkeys(complete, ""), **settling.waiting}
    aged = sorted((_age_s(path), path) for path in waiting)
    if not aged:
        yield ok("inboxes", "empty")
        return
    age_s, path = aged[-1]
    reason = waiting[path]
    told = f"{len(aged)} files wait, the oldest, {path}, for {ago(age_s)}"
    intake = checkup.config.intake
    if reason and age_s > intake.stale_after_s:
        yield warn("inboxes", f"{told}: {reason}", "ask the partner to send it whole, or remove it")
    elif not reason and age_s > 2 * intake.rescan_s + intake.settle_s:
        remedy = "see the log" if checkup.is_running else "start the daemon, or run --once"
        yield fail("inboxes", f"{told}, and it is complete", remedy)
    else:
        yield ok("inboxes", told)


def _age_s(path: Path) -> float:
    try:
        return max(0.0, time.time() - path.lstat().st_mtime)
    except OSError:
        return 0.0


def check_exceptions(checkup: Checkup) -> Iterator[Finding]:
    """What of the machine needs a person."""
    if checkup.book is None:
        return
    figures = read_figures(checkup.book)
    system = sum(n for (queue, _), n in figures.exceptions.items() if queue == "system")
    if system:
        text = f"{system} are open in the queue system"
        yield warn("exceptions", text, "oms-edi exceptions --queue system")
    elif figures.untold:
        text = f"{figures.untold} could not be told to those who wanted to hear of them"
        yield warn("exceptions", text, "oms-edi notifications")
    else:
        yield ok("exceptions", "none of the queue system is open")
