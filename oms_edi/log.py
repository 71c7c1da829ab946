"""Log lines: one a fact, ids and never contents; text for people, JSON for machines.

Where stderr is systemd's journal each line begins with its priority (sd-daemon(3)), which the
journal takes off again: `journalctl -p warning` finds what matters.
"""

import json
import logging
import os
import sys
from datetime import UTC, datetime
from typing import Literal

#: syslog(3) priorities by level.
_PRIORITIES = {"CRITICAL": 2, "ERROR": 3, "WARNING": 4, "INFO": 6, "DEBUG": 7}


def is_journal() -> bool:
    """True if stderr is the journal, as JOURNAL_STREAM says (systemd.exec(5))."""
    try:
        status = os.fstat(sys.stderr.fileno())
    except (OSError, ValueError):
        return False
    return os.environ.get("JOURNAL_STREAM", "") == f"{status.st_dev}:{status.st_ino}"


def for_journal(text: str, level: str) -> str:
    """Put the priority before every line: each is an entry of its own there."""
    return "\n".join(f"<{_PRIORITIES.get(level, 6)}>{line}" for line in text.split("\n"))


class _TextFormatter(logging.Formatter):
    """Text in which nobody's control characters steer the terminal it is read on."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        text = super().formatMessage(record)
        return "".join(c if c.isprintable() or c in "\n\t" else f"\\x{ord(c):02x}" for c in text)


class _JournalFormatter(logging.Formatter):
    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self._inner = inner

    def format(self, record: logging.LogRecord) -> str:
        return for_journal(self._inner.format(record), record.levelname)


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


def configure(style: Literal["text", "json"], *, level: int) -> None:
    """Send log lines to stderr, where systemd's journal takes them."""
    handler = logging.StreamHandler(sys.stderr)
    text = _TextFormatter("%(levelname)s %(message)s")
    formatter = _JsonFormatter() if style == "json" else text
    handler.setFormatter(_JournalFormatter(formatter) if is_journal() else formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for chatty in ("apscheduler", "watchdog", "paramiko", "pyx12"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
