"""What is old and needed by nothing: counted first, removed when a person says so.

Never touched: the archive and the journal, from which the book can be made again and by which
`verify` proves it; the bytes and numbers of what was sent, by which a partner's 997 is understood
and a repeat is known; whatever waits for a person, a partner or a 997. They grow by what comes in
and goes out, and by nothing else.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from sqlite3 import Connection
from urllib.parse import quote

from oms_edi.pipeline.frame.step import Places
from oms_edi.store import access, notifications, quarantined, sessions, status_links
from oms_edi.store.database import scratch_tx
from oms_edi.store.timeline import stamp

#: Notifications removed in one transaction.
_AT_ONCE = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Old:
    """What can go."""

    #: Copies in `quarantine/` of files that were seen to; the archive has them.
    copies: Sequence[Path]
    #: Order books as they were before a migration.
    books: Sequence[Path]
    #: News of exceptions that are over, and were told.
    notifications: int
    #: Sessions of the console that nobody uses any more, and what was kept of who logged in.
    sessions: int
    #: Bytes that come free on the disk.
    size_bytes: int


def find_old(places: Places, connection: Connection, *, before: datetime) -> Old:
    """Return what was done with before an instant."""
    at = stamp(before)
    copies = [
        path
        for partner, claim_id in quarantined.settled_before(connection, at)
        if (path := places.quarantine / quote(partner or "nobody", safe="") / claim_id).is_dir()
    ]
    books = [path for path in sorted(places.var.glob("oms.db.version-*")) if _is_old(path, before)]
    return Old(
        copies=copies,
        books=books,
        notifications=notifications.count_over(connection, before=at),
        sessions=_sessions(places, at),
        size_bytes=sum(_size(path) for path in (*copies, *books)),
    )


def _sessions(places: Places, at: str) -> int:
    if not places.access.exists():
        return 0
    with access.opened(places.access) as connection:
        return sessions.count_old(connection, before=at) + status_links.count_over(
            connection, before=at
        )


def _is_old(path: Path, before: datetime) -> bool:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC) < before


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


def remove_old(places: Places, connection: Connection, old: Old, *, before: datetime) -> None:
    """Remove it; what is gone already is as good, so it can be done again after a crash."""
    for path in old.copies:
        shutil.rmtree(path, ignore_errors=True)
    for path in old.books:
        path.unlink(missing_ok=True)
    at = stamp(before)
    if places.access.exists():
        with access.opened(places.access) as opened, access.changed(opened):
            sessions.remove_old(opened, before=at)
            status_links.remove_over(opened, before=at)
    while True:
        with scratch_tx(connection):
            if notifications.remove_over(connection, before=at, limit=_AT_ONCE) < _AT_ONCE:
                return
