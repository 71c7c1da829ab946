"""Events (append-only) and holds: what happened, and what waits."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from sqlite3 import Connection

from oms_edi.store.book import write_later


def stamp(now: datetime) -> str:
    """Write an instant as the store keeps it: UTC, seconds, Z."""
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def add_event(
    connection: Connection,
    name: str,
    text: str,
    *,
    at: str,
    actor: str = "daemon",
    order_id: int | None = None,
    line_id: int | None = None,
    shipment_id: int | None = None,
    file_id: int | None = None,
) -> None:
    """Append to the timeline."""
    write_later(
        connection,
        "INSERT INTO events (at, name, order_id, line_id, shipment_id, file_id, actor, text)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [(at, name, order_id, line_id, shipment_id, file_id, actor, text)],
    )


def add_hold(
    connection: Connection, order_id: int, line_id: int | None, kind: str, reason: str, *, at: str
) -> None:
    """Place a hold on a line, or on the whole order."""
    connection.execute(
        "INSERT INTO holds (order_id, line_id, kind, reason, created_at) VALUES (?, ?, ?, ?, ?)",
        (order_id, line_id, kind, reason, at),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenHold:
    """A hold that is still in force."""

    hold_id: int
    order_id: int
    line_id: int | None
    #: The buyer's number of that line; "" for the whole order.
    buyer_line: str
    kind: str
    reason: str


_HOLDS = (
    "SELECT h.hold_id, h.order_id, h.line_id, coalesce(l.buyer_line, ''), h.kind, h.reason"
    " FROM holds h LEFT JOIN order_lines l ON l.line_id = h.line_id WHERE h.closed_at IS NULL"
)


def newest_at(connection: Connection) -> str:
    """Return when the newest event was written, "" if there is none."""
    row = connection.execute("SELECT at FROM events ORDER BY event_id DESC LIMIT 1").fetchone()
    return str(row[0]) if row else ""


def open_holds(connection: Connection, order_id: int) -> list[OpenHold]:
    """Return the holds in force on an order and its lines."""
    rows = connection.execute(
        _HOLDS + " AND h.order_id = ? ORDER BY h.hold_id",
        (order_id,),
    ).fetchall()
    return [_hold(row) for row in rows]


def was_released(connection: Connection, order_id: int, kind: str) -> bool:
    """True if a person ever released a hold of this kind on the whole order."""
    row = connection.execute(
        "SELECT 1 FROM holds WHERE order_id = ? AND kind = ? AND line_id IS NULL"
        " AND outcome = 'released' LIMIT 1",
        (order_id, kind),
    ).fetchone()
    return row is not None


def has_open_holds(connection: Connection, kind: str) -> bool:
    """True if anything is held for this reason."""
    row = connection.execute(
        "SELECT 1 FROM holds WHERE kind = ? AND closed_at IS NULL LIMIT 1", (kind,)
    ).fetchone()
    return row is not None


def did_last_hold_end(connection: Connection, line_id: int, *, outcome: str) -> bool:
    """True if the last hold on this line ended so."""
    row = connection.execute(
        "SELECT outcome FROM holds WHERE line_id = ? ORDER BY hold_id DESC LIMIT 1", (line_id,)
    ).fetchone()
    return row is not None and row[0] == outcome


def open_holds_of(connection: Connection, kinds: Sequence[str]) -> list[OpenHold]:
    """Return every hold in force of these kinds."""
    marks = ", ".join("?" * len(kinds))
    rows = connection.execute(
        _HOLDS + f" AND h.kind IN ({marks}) ORDER BY h.hold_id",
        tuple(kinds),
    ).fetchall()
    return [_hold(row) for row in rows]


def _hold(row: tuple[int, int, int | None, str, str, str]) -> OpenHold:
    return OpenHold(
        hold_id=row[0],
        order_id=row[1],
        line_id=row[2],
        buyer_line=row[3],
        kind=row[4],
        reason=row[5],
    )


def close_holds(connection: Connection, hold_ids: Iterable[int], outcome: str, *, at: str) -> None:
    """End holds: 'released' or 'rejected'."""
    connection.executemany(
        "UPDATE holds SET closed_at = ?, outcome = ? WHERE hold_id = ?",
        [(at, outcome, hold_id) for hold_id in hold_ids],
    )


def newest_event(
    connection: Connection, order_id: int, *, but: Sequence[str] = ()
) -> tuple[str, str]:
    """Return name and text of the newest event of an order but some; "" if there is none."""
    row = connection.execute(
        "SELECT name, text FROM events WHERE order_id = ?"
        f" AND name NOT IN ({', '.join('?' * len(but))}) ORDER BY event_id DESC LIMIT 1",
        (order_id, *but),
    ).fetchone()
    return (row[0], row[1]) if row else ("", "")
