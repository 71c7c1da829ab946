"""What partners said of the sets we sent them, by file. Plain rows; reads only."""

from sqlite3 import Connection

from oms_edi.store.queries import Row, rows

#: Files of which a set may have a verdict, from partial indexes; of any other, the newest.
_IS_LEFT = "direction = 'out' AND verdict = 'sent'"
#: From file to file in the index: each may have hundreds of sets.
_LEFT = (
    f"WITH RECURSIVE walk (id) AS (SELECT max(outbox_id) FROM documents WHERE {_IS_LEFT}"
    f" UNION ALL SELECT (SELECT max(outbox_id) FROM documents WHERE {_IS_LEFT}"
    " AND outbox_id < walk.id) FROM walk WHERE walk.id IS NOT NULL)"
    " SELECT id FROM walk WHERE id IS NOT NULL"
)
_BAD = (
    "SELECT outbox_id FROM documents WHERE direction = 'out'"
    " AND verdict IN ('rejected', 'accepted with errors')"
)
#: A file whose answer is overdue; the clock has found out.
_IS_LATE = (
    "EXISTS (SELECT 1 FROM exceptions e WHERE e.kind = 'ack_overdue' AND e.closed_at IS NULL"
    " AND e.subject = f.partner || '/' || f.file_name)"
)
#: A file that asks for an answer; all its sets are of one kind.
_ASKS = "{}.set_id NOT IN ('997', '999')"
#: A file that has it; the sets of what is not answered yet are not read.
_IS_ANSWERED = f"NOT EXISTS (SELECT 1 FROM documents WHERE {_IS_LEFT} AND outbox_id = f.outbox_id)"
_HAS_SETS = "EXISTS (SELECT 1 FROM documents d WHERE d.outbox_id = f.outbox_id{})"


def _among(partner: str | None, verdict: str | None) -> str:
    """Return the query of files that may have a set with a verdict, or any; the newest of many."""
    if verdict in ("rejected", "accepted with errors"):
        return _BAD
    if verdict in ("sent", "overdue"):
        # those of a partner are found among the few that are left, hence the +
        where = [_IS_LATE if verdict == "overdue" else f"NOT {_IS_LATE}"]
        where += [f"f.outbox_id IN ({_LEFT})", *(["+f.partner = :partner"] if partner else [])]
    else:
        where = ["f.partner = :partner"] if partner else []
        where += [_IS_ANSWERED] if verdict else []
        where += [
            _HAS_SETS.format(" AND d.verdict = :verdict" if verdict else ""),
            _ASKS.format("f"),
        ]
    return (
        f"SELECT f.outbox_id FROM outbox f WHERE {' AND '.join(where)}"
        " ORDER BY f.outbox_id DESC LIMIT :limit"
    )


_UNMATCHED = (
    "SELECT NULL AS outbox_id, partner, '' AS set_id, text AS file_name, '' AS isa_control,"
    " substr(subject, instr(subject, ' ') + 1) AS gs_control, 'unmatched' AS verdict, 0 AS sets,"
    " opened_at AS sent_at FROM exceptions WHERE kind = 'unmatched_997' AND closed_at IS NULL"
)


def _answered(partner: str | None, verdict: str | None) -> str:
    """Return the query of what was said of files, by file and verdict."""
    so = {None: "", "sent": " AND d.verdict = 'sent'", "overdue": " AND d.verdict = 'sent'"}.get(
        verdict, " AND d.verdict = :verdict"
    )
    return (
        "SELECT o.outbox_id, o.partner, o.set_id, o.file_name, d.isa_control, d.gs_control,"
        " CASE WHEN d.verdict = 'sent' AND late.subject IS NOT NULL THEN 'overdue'"
        " ELSE d.verdict END AS verdict, count(*) AS sets, o.sent_at FROM outbox o"
        " JOIN documents d ON d.outbox_id = o.outbox_id"
        " LEFT JOIN exceptions late ON late.kind = 'ack_overdue' AND late.closed_at IS NULL"
        " AND late.subject = o.partner || '/' || o.file_name"
        f" WHERE o.outbox_id IN ({_among(partner, verdict)}) AND {_ASKS.format('o')}{so}"
        " AND d.direction = 'out' GROUP BY o.outbox_id, d.verdict"
    )


def acknowledgments(
    connection: Connection, *, partner: str | None, verdict: str | None, limit: int
) -> list[Row]:
    """Return what partners said of the sets we sent, by file, oldest first: the newest `limit`.

    Verdicts: sent, overdue, accepted, accepted with errors, rejected; and unmatched, which is an
    answer to nothing we sent.
    """
    parts = [] if verdict == "unmatched" else [_answered(partner, verdict)]
    parts += [_UNMATCHED] if verdict in (None, "unmatched") else []
    found = rows(
        connection,
        f"SELECT * FROM ({' UNION ALL '.join(parts)}) AS answers"
        " WHERE (:partner IS NULL OR partner = :partner)"
        " AND (:verdict IS NULL OR verdict = :verdict)"
        " ORDER BY outbox_id IS NULL DESC, outbox_id DESC, verdict LIMIT :limit",
        {"partner": partner, "verdict": verdict, "limit": limit},
    )
    return found[::-1]
