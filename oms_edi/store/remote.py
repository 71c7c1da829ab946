"""What visits to partners' servers left: files still to be removed there, how visits went."""

from collections.abc import Sequence
from dataclasses import dataclass
from sqlite3 import Connection
from typing import NamedTuple


class RemoteFileRow(NamedTuple):
    """A file of theirs that we fetched."""

    claim_id: str
    name: str
    size_bytes: int
    mtime: int


def put_remote_file(connection: Connection, partner: str, file: RemoteFileRow, *, at: str) -> None:
    """Note a file before it is claimed: its claim id tells later whether it was taken."""
    connection.execute(
        "INSERT INTO remote_files (claim_id, partner, name, size_bytes, mtime, fetched_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (file.claim_id, partner, file.name, file.size_bytes, file.mtime, at),
    )


def to_remove(connection: Connection, partner: str, *, since: str) -> list[RemoteFileRow]:
    """Return files that are committed here and may still lie there.

    Those fetched before `since` are left out: name, size and time do not prove that it is still
    the same file, so it is fetched and compared once more.
    """
    rows = connection.execute(
        "SELECT r.claim_id, r.name, r.size_bytes, r.mtime FROM remote_files r"
        " JOIN files f ON f.claim_id = r.claim_id"
        " WHERE r.partner = ? AND r.removed_at IS NULL AND r.fetched_at >= ? ORDER BY r.fetched_at",
        (partner, since),
    ).fetchall()
    return [RemoteFileRow(*row) for row in rows]


def set_removed(connection: Connection, claim_ids: Sequence[str], *, at: str) -> None:
    """These lie there no more."""
    connection.executemany(
        "UPDATE remote_files SET removed_at = ? WHERE claim_id = ?",
        [(at, claim_id) for claim_id in claim_ids],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointRow:
    """How visits to a partner's server went."""

    partner: str
    visited_at: str
    #: Of the last visit that got in and ended well; "" for none.
    good_at: str
    #: Visits that failed since then.
    failures: int
    #: What ended the last visit; "" if nothing did.
    problem: str


def endpoint(connection: Connection, partner: str) -> EndpointRow | None:
    """Return how visits to a partner went; None before the first."""
    return next(iter(endpoints(connection, partner)), None)


def endpoints(connection: Connection, partner: str = "") -> list[EndpointRow]:
    """Return how visits went, for one partner or all."""
    rows = connection.execute(
        "SELECT partner, visited_at, good_at, failures, problem FROM endpoints"
        " WHERE partner = ? OR ? = '' ORDER BY partner",
        (partner, partner),
    ).fetchall()
    return [
        EndpointRow(
            partner=row[0], visited_at=row[1], good_at=row[2], failures=row[3], problem=row[4]
        )
        for row in rows
    ]


def set_endpoint(connection: Connection, row: EndpointRow) -> None:
    """Write how the last visit went."""
    connection.execute(
        "INSERT INTO endpoints (partner, visited_at, good_at, failures, problem)"
        " VALUES (?, ?, ?, ?, ?) ON CONFLICT (partner) DO UPDATE SET"
        " visited_at = excluded.visited_at, good_at = excluded.good_at,"
        " failures = excluded.failures, problem = excluded.problem",
        (row.partner, row.visited_at, row.good_at, row.failures, row.problem),
    )
