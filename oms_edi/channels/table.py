"""A CSV as rows by column name, with every fault of form named by row and column.

Strict about quotes, widths, encodings and line ends: a file cut in its last row must not become
an order for a tenth of the quantity.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from oms_edi.domain.issue import Issue, Level, Severity

MAX_FIELD_CHARS = 4096
_MAX_COLUMNS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row: number in the file (header = 1) and values by lower-case column name."""

    number: int
    values: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What could be read of it; issues without rows mean that nothing can be trusted."""

    columns: tuple[str, ...]
    rows: list[Row]
    issues: list[Issue]


def column_key(name: str) -> str:
    """Return a header as it is compared: case and blanks around it do not count."""
    return " ".join(name.strip().lower().split())


def refuse(message: str, *, row: int = 0) -> Issue:
    """Return an issue that refuses the whole file."""
    return Issue(
        level=Level.ROW if row else Level.FILE, severity=Severity.REJECT, message=message, row=row
    )


def row_issue(message: str, row: Row, column: str = "", *, found: str = "") -> Issue:
    """Return an issue that refuses the order this row belongs to; `column` is its header."""
    return Issue(
        level=Level.COLUMN if column else Level.ROW,
        severity=Severity.REJECT,
        message=f"{message}; found {found}" if found else message,
        row=row.number,
        column=column,
        found=found,
    )


def read_table(
    data: bytes, *, encoding: str, delimiter: str, max_rows: int, known: Sequence[str] = ()
) -> Table:
    """Read a CSV; a REJECT issue of level FILE means nothing of it can be trusted.

    Where the first row has none of the headers `known`, it is no header: its values are told to
    nobody.
    """
    try:
        text = data.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        row = data[: error.start].count(b"\n") + 1
        message = f"not {encoding} at byte {error.start}, row {row}"
        return Table(columns=(), rows=[], issues=[refuse(message)])
    if "\x00" in text:
        return Table(columns=(), rows=[], issues=[refuse("holds NUL bytes")])
    if not text.endswith(("\n", "\r")):
        message = "does not end with a line end: it may have been cut off"
        return Table(columns=(), rows=[], issues=[refuse(message)])
    return _parse(text, delimiter, max_rows, known)


def _parse(text: str, delimiter: str, max_rows: int, known: Sequence[str]) -> Table:
    csv.field_size_limit(max(MAX_FIELD_CHARS * 4, 131_072))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    columns: tuple[str, ...] = ()
    rows: list[Row] = []
    issues: list[Issue] = []
    start = 1
    try:
        for values in reader:
            number, start = start, reader.line_num + 1
            if not any(value.strip() for value in values):
                continue
            if not columns:
                if number == 1 and values[0].lower().startswith("sep="):
                    continue
                columns = tuple(column_key(value) for value in values)
                problem = _no_header(columns, known) or _header_problem(columns)
                if problem:
                    return Table(columns=columns, rows=[], issues=[refuse(problem, row=number)])
                continue
            if len(rows) >= max_rows:
                message = f"more than {max_rows} rows (intake.max_csv_rows)"
                return Table(columns=columns, rows=[], issues=[refuse(message)])
            row = Row(number=number, values=dict(zip(columns, values, strict=False)))
            fault = _row_problem(values, columns)
            if fault:
                issues.append(row_issue(fault, row))
            rows.append(row)
    except csv.Error as error:
        message = f"no CSV from row {start} on: {error}"
        return Table(columns=columns, rows=[], issues=[refuse(message, row=start)])
    return Table(columns=columns, rows=rows, issues=issues)


def _no_header(columns: tuple[str, ...], known: Sequence[str]) -> str:
    """Say that a row is no header, "" if it has one of the headers `known`, or must have none."""
    if not known or {column_key(name) for name in known} & set(columns):
        return ""
    hint = hint_delimiter(columns)
    return f"it is no header: none of {', '.join(known)} is among its {len(columns)} columns{hint}"


def _header_problem(columns: tuple[str, ...]) -> str:
    """Return what is wrong with a header, "" if nothing is."""
    if len(columns) > _MAX_COLUMNS:
        return f"{len(columns)} columns; {_MAX_COLUMNS} are allowed"
    doubled = sorted({name for name in columns if name and columns.count(name) > 1})
    return f"column {', '.join(doubled)} stands there twice" if doubled else ""


def _row_problem(values: list[str], columns: tuple[str, ...]) -> str:
    if len(values) != len(columns):
        return f"{len(values)} values where the header has {len(columns)} columns"
    for name, value in zip(columns, values, strict=True):
        if len(value) > MAX_FIELD_CHARS:
            return f"column {name} has {len(value)} characters; {MAX_FIELD_CHARS} are allowed"
    return ""


def hint_delimiter(columns: tuple[str, ...]) -> str:
    """Return a hint where the whole header came out as one column."""
    if len(columns) == 1:
        for other in (";", "\t", "|", ","):
            if other in columns[0]:
                return f"; the file looks separated by {other!r}"
    return ""
