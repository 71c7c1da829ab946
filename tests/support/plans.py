"""What a statement reads, as SQLite plans it: a list must not read all there ever was."""

import re
from sqlite3 import Connection
from typing import Any

#: Tables that grow with every order.
GROWING = {
    *("files", "documents", "interchanges", "orders", "destinations", "order_lines", "holds"),
    *("line_ledger", "stock_ledger", "decisions", "rejections", "shipments", "allocations"),
    *("dispatches", "packages", "package_lines", "outbox", "events", "exceptions", "journal"),
    *("changes", "change_lines", "requests", "stops", "status_told"),
    *("words", "numbers", "listed", "promised", "booked_blocks", "moved_days"),  # of the index
}
#: Partial indexes that nevertheless grow with every order.
ALL_OF_IT = {
    *("documents_by_file", "documents_by_outbox", "documents_advices", "documents_seen"),
    *("allocations_by_shipment", "ledger_by_document", "events_by_order", "exceptions_over"),
    *("exceptions_over_of", "holds_by_line", "changes_by_order", "stock_documents_whole"),
}


def scans(book: Connection, sql: str, values: Any) -> list[str]:
    """Return the steps of a statement's plan that read all of a growing table."""
    if not sql.lstrip().startswith(("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")):
        return []
    named = re.findall(r"(?:FROM|JOIN|UPDATE|INTO) (\w+) (?:AS )?([a-z]\w*)\b", sql)
    tables = {alias: table for table, alias in named} | {name: name for name in GROWING}
    found = []
    for *_, step in book.execute(f"EXPLAIN QUERY PLAN {sql}", _bound(values)).fetchall():
        read = re.match(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?", step)
        read = read or _not_null(sql, step)
        if read is None or tables.get(read[1]) not in GROWING:
            continue
        if not (read[2] and _is_small(book, read[2])) and not _is_newest(sql):
            found.append(step)
    return found


def _bound(values: Any) -> Any:
    """Return the values as they would be bound; of rows that wait, lists become text first."""
    if isinstance(values, dict):
        return values
    return tuple(str(value) if isinstance(value, list) else value for value in values)


def _not_null(sql: str, step: str) -> re.Match[str] | None:
    """Return a search for whatever is not NULL: it reads all of an index, and is no search."""
    read = re.match(r"SEARCH (\w+) USING (?:COVERING )?INDEX (\w+) \((\w+)>\?\)", step)
    is_asked = read and re.search(rf"(?<!\+)\b{read[3]} IS NOT NULL", sql)
    is_used = read and re.search(rf"\b{read[3]} >=? |ORDER BY {read[3]} DESC", sql)
    return read if is_asked and not is_used else None


def _is_small(book: Connection, index: str) -> bool:
    """True if an index holds only few rows: what is open, owed or waits."""
    sql = book.execute("SELECT sql FROM sqlite_master WHERE name = ?", (index,)).fetchone()
    return bool(sql and sql[0] and " WHERE " in sql[0]) and index not in ALL_OF_IT


def _is_newest(sql: str) -> bool:
    """True if a statement takes the first rows by their number and asks nothing else of them."""
    return bool(re.search(r"ORDER BY (\w\.)?\w+_id DESC LIMIT", sql)) and bool(
        " WHERE " not in sql or re.search(r" WHERE (NOT )?EXISTS | WHERE order_id NOT IN ", sql)
    )
