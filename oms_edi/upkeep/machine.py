"""Checks of the machine: versions, clock, time zones, disks, watches, environment."""

import os
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from oms_edi.store.database import SAFE_WAL_VERSION
from oms_edi.store.timeline import newest_at
from oms_edi.upkeep.finding import Checkup, Finding, fail, ok, warn

#: Older SQLite into which the fix was brought back.
_FIXED_BEFORE = ((3, 44, 6), (3, 50, 7))
_PACKAGES = ("pyx12", "paramiko", "watchdog", "pydantic", "sqlite-utils", "APScheduler")
#: Variables that change what a Python process loads.
_MEDDLING = ("PYTHONPATH", "PYTHONSTARTUP", "PYTHONHOME", "LD_PRELOAD", "LD_LIBRARY_PATH")
_INOTIFY = Path("/proc/sys/fs/inotify")
#: What partners' clocks may be ahead without anybody caring.
_CLOCK_LAG = timedelta(minutes=2)


def check_versions(checkup: Checkup) -> Iterator[Finding]:
    """Program, Python, packages, SQLite."""
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    python = ".".join(map(str, sys.version_info[:3]))
    yield ok("versions", f"oms-edi {version('oms-edi')}, Python {python}, {packages}")
    yield sqlite_finding(sqlite3.sqlite_version_info, sqlite3.sqlite_version)


def sqlite_finding(found: tuple[int, ...], name: str) -> Finding:
    """Say whether a version of SQLite may corrupt an order book."""
    is_fixed = found >= SAFE_WAL_VERSION or any(
        found[:2] == fixed[:2] and found >= fixed for fixed in _FIXED_BEFORE
    )
    if is_fixed:
        return ok("sqlite", f"SQLite {name}")
    return warn(
        "sqlite",
        f"SQLite {name} can corrupt a database when two processes checkpoint it at once; only the"
        " daemon does here, so let no other program open oms.db for writing",
        "a Python that is linked with SQLite 3.51.3 or later",
    )


def check_clock(checkup: Checkup) -> Iterator[Finding]:
    """The clock against the order book, and zones."""
    newest = newest_at(checkup.book) if checkup.book else ""
    if newest and datetime.fromisoformat(newest) - checkup.now > _CLOCK_LAG:
        yield fail(
            "clock",
            f"it is {checkup.now:%Y-%m-%d %H:%M} UTC here, and the order book has an event of"
            f" {newest}",
            "set the clock (timedatectl set-ntp true), then restart the daemon",
        )
    else:
        yield ok("clock", f"{checkup.now:%Y-%m-%d %H:%M} UTC, not behind the order book")
    zones = {node.timezone for node in checkup.config.nodes}
    try:
        for zone in zones:
            ZoneInfo(zone)
    except ZoneInfoNotFoundError:
        yield fail("time zones", f"{zone} is not known", "apt-get install tzdata")
    else:
        yield ok("time zones", f"{len(zones)} in use, all known")


def check_disks(checkup: Checkup) -> Iterator[Finding]:
    """Room for bytes and for files."""
    least = checkup.config.intake.min_free_bytes
    folders = checkup.config.folders
    for name in ("var", "inbox", "outbox"):
        place = getattr(folders, name)
        if not place.is_dir():
            continue
        free = shutil.disk_usage(place).free
        told = f"folders.{name}: {free // 1_000_000} MB free"
        inodes = os.statvfs(place)
        if free < least:
            text = f"{told}, intake.min_free_bytes asks for {least // 1_000_000}: no file is taken"
            yield fail("disk", text, "make room (see purge), or take a larger disk")
        elif free < 3 * least:
            yield warn("disk", f"{told}, soon too little to take files", "make room (see purge)")
        elif inodes.f_files and inodes.f_favail < max(1000, inodes.f_files // 100):
            text = f"folders.{name}: room for only {inodes.f_favail} more files"
            yield fail("disk", text, "remove small files, or take a file system with more inodes")
        else:
            yield ok("disk", told)


def check_watches(checkup: Checkup) -> Iterator[Finding]:
    """What inotify allows; without it files are found by `intake.rescan_s` only."""
    inbox = checkup.config.folders.inbox
    wanted = 1 + sum(1 for path in inbox.glob("*") if path.is_dir()) if inbox.is_dir() else 1
    for name, least in (("max_user_watches", 2 * wanted), ("max_user_instances", 8)):
        path = _INOTIFY / name
        limit = int(path.read_text()) if path.exists() else None
        if limit is not None and limit < least:
            yield warn(
                "watches",
                f"fs.inotify.{name} is {limit}, and {least} may be needed: new files may wait for"
                " a rescan",
                f"sysctl -w fs.inotify.{name}={least * 10}, and put it into /etc/sysctl.d",
            )
            return
    yield ok("watches", f"{wanted} folders to watch, inotify allows them")


def check_environment(checkup: Checkup) -> Iterator[Finding]:
    """Variables and files that would change what runs."""
    found = [name for name in _MEDDLING if os.environ.get(name)]
    planted = Path.home() / ".pyx12.conf.xml"
    if found:
        text = f"{', '.join(found)} set: another code than the installed may run"
        yield warn("environment", text, "unset them; the unit starts Python with -I")
    elif planted.exists():
        yield warn("environment", f"{planted} changes how pyx12 reads", f"rm {planted}")
    else:
        yield ok("environment", "nothing meddles")
