"""Files in and out a page at a time, and one of them with what is in it. Reads only."""

import json
from sqlite3 import Connection

from oms_edi.domain.lifecycle import order_name
from oms_edi.store.queries import Row, rows

_FILE = (
    "file_id, partner, name, kind, state, reason, size_bytes, sha256, repeat_of, received_at,"
    " issues"
)
_SENT = (
    "outbox_id, partner, set_id, isa_control, file_name, state, length(content) AS size_bytes,"
    " sha256, created_at, sent_at, reissue_of"
)


def files(
    connection: Connection, *, state: str, partner: str, before: int, limit: int
) -> list[Row]:
    """Return files that came in, the newest first: those below the number `before`, 0 for all."""
    conditions, values = ["1 = 1"], []
    for name, value in (("state", state), ("partner", partner)):
        if value:
            conditions.append(f"{name} = ?")
            values.append(value)
    by = "file_id"
    if partner:  # by the index that has the partner: rows that do not fit are not read
        by = "received_at DESC, file_id"
    if before:
        conditions.append("file_id < ?")
        values.append(str(before))
        if partner:
            conditions.append("received_at <= (SELECT received_at FROM files WHERE file_id = ?)")
            values.append(str(before))
    found = rows(
        connection,
        f"SELECT {_FILE} FROM files WHERE file_id IN (SELECT file_id FROM files"
        f" WHERE {' AND '.join(conditions)} ORDER BY {by} DESC LIMIT ?) ORDER BY file_id DESC",
        (*values, limit),
    )
    return [_with_issues(row) for row in found]


def file(connection: Connection, file_id: int) -> Row | None:
    """Return one with what was in it, None if there is none."""
    found = rows(connection, f"SELECT {_FILE} FROM files WHERE file_id = ?", (file_id,))
    if not found:
        return None
    row = _with_issues(found[0])
    row["documents"] = _documents(connection, "file_id", file_id)
    return row


def _with_issues(row: Row) -> Row:
    row["issues"] = json.loads(row["issues"])
    return row


def sent_files(
    connection: Connection, *, partner: str, is_waiting: bool, before: int, limit: int
) -> list[Row]:
    """Return files that went out, or still wait to, the newest first."""
    conditions, values = ["1 = 1"], []
    if is_waiting:
        conditions.append("state <> 'sent'")
    if partner:
        conditions.append("partner = ?")
        values.append(partner)
    if before:
        conditions.append("outbox_id < ?")
        values.append(str(before))
    return rows(
        connection,
        f"SELECT {_SENT} FROM outbox WHERE {' AND '.join(conditions)}"
        " ORDER BY outbox_id DESC LIMIT ?",
        (*values, limit),
    )


def sent_file(connection: Connection, outbox_id: int) -> Row | None:
    """Return one with its bytes and what is in it, None if there is none."""
    found = rows(
        connection, f"SELECT {_SENT}, content FROM outbox WHERE outbox_id = ?", (outbox_id,)
    )
    if not found:
        return None
    found[0]["documents"] = _documents(connection, "outbox_id", outbox_id)
    return found[0]


#: Documents of a file that are shown; an interchange may hold thousands.
_MOST = 200


def _documents(connection: Connection, column: str, number: int) -> list[Row]:
    found = rows(
        connection,
        "SELECT document_id, direction, set_id, isa_control, gs_control, st_control, verdict,"
        f" order_id, start_byte, issues, at, answered_at FROM documents WHERE {column} = ?"
        " ORDER BY document_id LIMIT ?",
        (number, _MOST),
    )
    for row in found:
        row["issues"] = json.loads(row["issues"])
        row["order"] = order_name(row["order_id"]) if row["order_id"] else ""
    return found
