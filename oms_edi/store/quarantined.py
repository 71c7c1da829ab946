"""Files that were quarantined, and what a person did about each."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from sqlite3 import Connection
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantinedFile:
    """A file nobody could read, or whose partner nobody knows."""

    file_id: int
    #: The folder it lay in; "" beside the partners' folders.
    partner: str
    name: str
    size_bytes: int
    sha256: str
    reason: str
    issues: Sequence[dict[str, Any]]
    received_at: str
    #: When it was seen to, "" while it waits, by whom and why.
    settled_at: str
    settled_by: str
    settled_why: str


_FILES = (
    "SELECT f.file_id, f.partner, f.name, f.size_bytes, f.sha256, f.reason, f.issues,"
    " f.received_at, coalesce(e.closed_at, ''), coalesce(e.closed_by, ''),"
    " coalesce(e.closed_why, '') FROM files f LEFT JOIN exceptions e ON e.exception_id ="
    " (SELECT max(exception_id) FROM exceptions WHERE kind = 'file_quarantined'"
    " AND subject = 'file ' || f.file_id) WHERE f.state = 'quarantined'"
)


def find(connection: Connection, file_id: int) -> QuarantinedFile | None:
    """Return one, None if no such file is in quarantine."""
    row = connection.execute(f"{_FILES} AND f.file_id = ?", (file_id,)).fetchone()
    return _file(row) if row else None


def is_released(connection: Connection, file_id: int) -> bool:
    """True if a person let this file arrive again."""
    row = connection.execute(
        "SELECT 1 FROM events WHERE file_id = ? AND name = 'file.released'", (file_id,)
    ).fetchone()
    return row is not None


def files(connection: Connection, *, limit: int, is_all: bool) -> list[QuarantinedFile]:
    """Return those that wait for a person, or all, the newest first."""
    rows = connection.execute(
        f"{_FILES} AND (? OR e.closed_at IS NULL) ORDER BY f.file_id DESC LIMIT ?", (is_all, limit)
    ).fetchall()
    return [_file(row) for row in rows]


def _file(row: tuple[Any, ...]) -> QuarantinedFile:
    return QuarantinedFile(
        file_id=row[0],
        partner=row[1],
        name=row[2],
        size_bytes=row[3],
        sha256=row[4],
        reason=row[5],
        issues=json.loads(row[6]),
        received_at=row[7],
        settled_at=row[8],
        settled_by=row[9],
        settled_why=row[10],
    )


def settled_before(connection: Connection, at: str) -> list[tuple[str, str]]:
    """Return (partner, claim id) of quarantined files that were seen to before an instant.

    One that came again and was taken closes by itself, which is as good.
    """
    rows = connection.execute(
        "SELECT f.partner, f.claim_id FROM files f WHERE f.state = 'quarantined' AND"
        " (SELECT max(coalesce(closed_at, '~')) FROM exceptions WHERE kind = 'file_quarantined'"
        " AND subject = 'file ' || f.file_id) < ? ORDER BY f.file_id",
        (at,),
    ).fetchall()
    return [(partner, claim_id) for partner, claim_id in rows]
