"""What people ask of exceptions: what is open, the dearest first; what it cost. Reads only."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from sqlite3 import Connection
from typing import Any

from oms_edi.domain.exceptions import KINDS
from oms_edi.domain.lifecycle import order_name
from oms_edi.store.timeline import stamp

Row = dict[str, Any]

_COLUMNS = (
    "exception_id, kind, queue, severity, subject, text, action, partner, node, order_id,"
    " buyer_line, file_id, due_at, risk_cents, owner, snoozed_until, level, repeats, opened_at,"
    " closed_at, closed_how, closed_by, closed_why"
)
_WORST = "CASE severity WHEN 'error' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END"

#: What stands behind another one in the order of each list.
_BEHIND_OPEN = (
    f"(-risk_cents, {_WORST}, exception_id) >"
    f" (SELECT -risk_cents, {_WORST}, exception_id FROM exceptions WHERE exception_id = ?)"
)
_BEHIND_CLOSED = (
    "EXISTS (SELECT 1 FROM exceptions e WHERE e.exception_id = ? AND (exceptions.closed_at"
    " < e.closed_at OR (exceptions.closed_at = e.closed_at"
    " AND exceptions.exception_id > e.exception_id)))"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which exceptions are asked for; an empty text is any."""

    #: Those that are over, the newest first, instead of those that are open.
    closed: bool = False
    #: Also those that sleep.
    snoozed: bool = False
    queue: str = ""
    owner: str = ""
    kind: str = ""
    severity: str = ""
    partner: str = ""
    #: At least so old.
    age: timedelta | None = None
    #: Only what stands behind this one in the list; 0: from its beginning.
    after: int = 0
    limit: int = 100


def exceptions(connection: Connection, wanted: Wanted, *, now: datetime) -> list[Row]:
    """Return exceptions with what still helps: by money at risk, then severity, then age."""
    conditions = [f"closed_at IS {'NOT ' if wanted.closed else ''}NULL"]
    values: list[object] = []
    for name in ("queue", "owner", "kind", "severity", "partner"):
        if getattr(wanted, name):
            conditions.append(f"{'' if wanted.closed else '+'}{name} = ?")
            values.append(getattr(wanted, name))
    if wanted.age is not None:
        conditions.append("opened_at <= ?")
        values.append(stamp(now - wanted.age))
    if not (wanted.closed or wanted.snoozed):
        conditions.append("(snoozed_until IS NULL OR snoozed_until <= ?)")
        values.append(stamp(now))
    if wanted.after:
        conditions.append(_BEHIND_CLOSED if wanted.closed else _BEHIND_OPEN)
        values.append(wanted.after)
    by = "closed_at DESC" if wanted.closed else f"risk_cents DESC, {_WORST}"
    # What is open is found in the index of the worst alone, hence the plus: in the right order.
    cursor = connection.execute(
        f"SELECT {_COLUMNS} FROM exceptions WHERE exception_id IN (SELECT exception_id"
        f" FROM exceptions WHERE {' AND '.join(conditions)} ORDER BY {by}, exception_id LIMIT ?)"
        f" ORDER BY {by}, exception_id",
        (*values, wanted.limit),
    )
    names = [column[0] for column in cursor.description]
    return [_told(dict(zip(names, row, strict=True)), now) for row in cursor.fetchall()]


def of_order(connection: Connection, order_id: int, *, now: datetime) -> list[Row]:
    """Return what is open about an order, the worst first; also what sleeps."""
    cursor = connection.execute(
        f"SELECT {_COLUMNS} FROM exceptions WHERE order_id = ? AND closed_at IS NULL"
        f" ORDER BY {_WORST}, risk_cents DESC, exception_id",
        (order_id,),
    )
    names = [column[0] for column in cursor.description]
    return [_told(dict(zip(names, row, strict=True)), now) for row in cursor.fetchall()]


def of_file(connection: Connection, file_id: int, *, now: datetime) -> list[Row]:
    """Return what is open because of a file that came in."""
    cursor = connection.execute(
        f"SELECT {_COLUMNS} FROM exceptions WHERE closed_at IS NULL AND subject = ?"
        " AND kind IN ('file_quarantined', 'file_rejected', 'file_partly') ORDER BY exception_id",
        (f"file {file_id}",),
    )
    names = [column[0] for column in cursor.description]
    return [_told(dict(zip(names, row, strict=True)), now) for row in cursor.fetchall()]


def exception(connection: Connection, exception_id: int, *, now: datetime) -> Row | None:
    """Return one, open or over; None if there never was one with this number."""
    cursor = connection.execute(
        f"SELECT {_COLUMNS} FROM exceptions WHERE exception_id = ?", (exception_id,)
    )
    row = cursor.fetchone()
    if row is None:
        return None
    names = [column[0] for column in cursor.description]
    return _told(dict(zip(names, row, strict=True)), now)


def open_counts(connection: Connection, *, now: datetime) -> list[Row]:
    """Return how many are open and awake, and what is at risk, by queue and severity."""
    rows = connection.execute(
        "SELECT queue, severity, count(*), sum(risk_cents) FROM exceptions"
        # All that is asked stands in this index: no row is read.
        " INDEXED BY exceptions_worst WHERE closed_at IS NULL"
        " AND (snoozed_until IS NULL OR snoozed_until <= ?)"
        " GROUP BY queue, severity ORDER BY queue, severity",
        (stamp(now),),
    )
    names = ("queue", "severity", "count", "risk_cents")
    return [dict(zip(names, row, strict=True)) for row in rows]


def owners(connection: Connection) -> list[str]:
    """Return who sees to something that is open."""
    rows = connection.execute(
        "SELECT DISTINCT owner FROM exceptions INDEXED BY exceptions_worst"
        " WHERE closed_at IS NULL AND owner <> '' ORDER BY 1"
    )
    return [owner for (owner,) in rows]


def _told(row: Row, now: datetime) -> Row:
    """Add the order's name, the age and the commands."""
    kind = KINDS.get(row["kind"])
    row["order"] = order_name(row["order_id"]) if row["order_id"] else ""
    until = datetime.fromisoformat(row["closed_at"]) if row["closed_at"] else now
    age = until - datetime.fromisoformat(row["opened_at"])
    row["age_h"] = round(max(age, timedelta(0)).total_seconds() / 3600, 1)
    row["commands"] = (
        kind.commands(exception_id=row["exception_id"], order=row["order"], partner=row["partner"])
        if kind and not row["closed_at"]
        else []
    )
    return row


_SUMS = (
    *("opened", "open", "itself", "person", "superseded"),
    *("open_cents", "closed_cents", "missed_cents"),
)


def cost(connection: Connection, by: str, *, since: str, now: datetime) -> list[Row]:
    """Return what exceptions opened since an instant did, by 'queue', 'kind' or 'partner'.

    Ages are hours, to the tenth. Money is what was last at risk; `missed` of it was past its due
    instant before it closed, or still is open then.
    """
    if by not in ("queue", "kind", "partner"):
        raise ValueError(f"exceptions have no {by}")
    rows = connection.execute(
        f"SELECT {by},"
        " round((julianday(coalesce(closed_at, :now)) - julianday(opened_at)) * 24, 1) AS age_h,"
        " count(*), sum(closed_at IS NULL), sum(coalesce(closed_how = 'itself', 0)),"
        " sum(coalesce(closed_how = 'person', 0)), sum(coalesce(closed_how = 'superseded', 0)),"
        " sum(CASE WHEN closed_at IS NULL THEN risk_cents ELSE 0 END),"
        " sum(CASE WHEN closed_at IS NULL THEN 0 ELSE risk_cents END),"
        " sum(CASE WHEN coalesce(closed_at, :now) > due_at THEN risk_cents ELSE 0 END)"
        " FROM exceptions WHERE opened_at >= :since GROUP BY 1, 2 ORDER BY 1, 2",
        {"now": stamp(now), "since": since},
    )
    found = [_summed(name, list(some)) for name, some in groupby(rows, key=lambda row: row[0])]
    return sorted(
        found,
        key=lambda row: (-row["open_cents"] - row["closed_cents"], -row["opened"], row["name"]),
    )


def _summed(name: str, rows: list[tuple[Any, ...]]) -> Row:
    """Add up the rows of one group, which are by age, youngest first."""
    row: Row = {"name": name}
    for number, each in enumerate(_SUMS, start=2):
        row[each] = sum(part[number] for part in rows)
    reached, median = 0, rows[-1][1]
    for part in rows:
        reached += part[2]
        if 2 * reached >= row["opened"]:
            median = part[1]
            break
    return row | {"median_h": median, "longest_h": rows[-1][1]}
