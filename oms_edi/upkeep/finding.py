"""What a check finds: good, odd or wrong, with the remedy; and what checks look at."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from sqlite3 import Connection

from oms_edi.config.config import Config
from oms_edi.partners.book import PartnerBook
from oms_edi.pipeline.frame.step import Places


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"  # as it should be
    WARN = "warn"  # goes on, and should be seen to
    FAIL = "fail"  # stops something, or will lose something


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of a report."""

    level: Level
    #: What was looked at, in two words.
    check: str
    text: str
    #: What to do; "" where all is well.
    remedy: str = ""


def ok(check: str, text: str) -> Finding:
    """Say that something is as it should be."""
    return Finding(level=Level.OK, check=check, text=text)


def warn(check: str, text: str, remedy: str) -> Finding:
    """Say that something should be seen to."""
    return Finding(level=Level.WARN, check=check, text=text, remedy=remedy)


def fail(check: str, text: str, remedy: str) -> Finding:
    """Say that something is wrong."""
    return Finding(level=Level.FAIL, check=check, text=text, remedy=remedy)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkup:
    """What checks look at."""

    config_path: Path
    config: Config
    partners: PartnerBook
    #: None if there is no order book, or it cannot be opened.
    book: Connection | None
    now: datetime
    #: True while a daemon, or another run, holds the order book.
    is_running: bool

    @property
    def places(self) -> Places:
        """The folders below `var/`."""
        return Places(var=self.config.folders.var)


def exit_code(levels: list[Level]) -> int:
    """Return 0, 1 if something should be seen to, 2 if something is wrong."""
    if Level.FAIL in levels:
        return 2
    return 1 if Level.WARN in levels else 0


def ago(seconds: float) -> str:
    """Write a span of time for people."""
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(0, seconds):.0f} s"
