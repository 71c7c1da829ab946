"""Orders as filled-in order forms: every sheet of a workbook that is one is an order.

`order_form` says which cell is which field, `order_document` what may stand in it; a fault is named
by its cell. Formulas count by the result the spreadsheet kept with them.
"""

import io
import warnings
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, NamedTuple

from oms_edi.channels.document_values import Unusable
from oms_edi.channels.order_document import read_document, refusal
from oms_edi.channels.order_form import (
    HEAD,
    LINE,
    MAX_COLUMNS,
    MAX_HEAD_ROWS,
    TABLE_LABELS,
    TITLE,
    Field,
)
from oms_edi.channels.read_order import ReadOrder
from oms_edi.channels.table import column_key
from oms_edi.channels.values import po_fault
from oms_edi.channels.xlsx_archive import Limits, archive_fault
from oms_edi.domain.issue import Issue, Level, Severity
from oms_edi.partners.documents import XlsxSettings

#: Spreadsheets keep no more digits of a number.
_MAX_DIGITS = 15
_POSTAL_DIGITS = 5
#: Rows looked at beyond the lines an order may have: blank ones, and the head.
_SPARE_ROWS = 1000


class Cell(NamedTuple):
    """One cell: what it shows, and whether a formula without a result stands there."""

    name: str
    value: object


Rows = list[list[Cell]]


def read(
    data: bytes, settings: XlsxSettings, limits: Limits, *, max_lines: int
) -> tuple[list[ReadOrder], list[Issue]]:
    """Return the orders by sheet, and the issues that belong to none of them.

    A REJECT among the latter means the whole file is refused.
    """
    fault = archive_fault(data, limits)
    if fault:
        return [], [_refuse(fault)]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of extensions and dates beyond the calendar
            sheets = list(_forms(data, max_rows=max_lines + _SPARE_ROWS))
    except Exception as error:  # whatever the parser meets in a stranger's XML is the file's fault
        return [], [_refuse(f"no workbook that can be read ({type(error).__name__})")]
    if not sheets:
        message = f"no sheet is an order form: cell A1 must say {TITLE}; `oms-edi template` has one"
        return [], [_refuse(message)]
    found = [_order(sheet, rows, settings, max_lines) for sheet, rows in sheets]
    orders = [order for order in found if order is not None]
    return orders, [] if orders else [_refuse("no form in it is filled in")]


def _refuse(message: str) -> Issue:
    return Issue(level=Level.FILE, severity=Severity.REJECT, message=message)


class _Sheet(NamedTuple):
    title: str
    is_hidden: bool


def _forms(data: bytes, *, max_rows: int) -> Iterator[tuple[_Sheet, Rows]]:
    """Yield the sheets that are forms, with their cells."""
    from openpyxl import load_workbook  # 0.2 s that a run without forms does not need

    books = [
        load_workbook(io.BytesIO(data), read_only=True, data_only=results, keep_links=False)
        for results in (True, False)
    ]
    shown, written = books
    for sheet in shown.worksheets:
        first = next(sheet.iter_rows(min_row=1, max_row=1, max_col=1, values_only=True), (None,))
        if not isinstance(first[0], str) or column_key(first[0]) != column_key(TITLE):
            continue
        rows = [
            [_cell(*pair) for pair in zip(row, other, strict=True)]
            for row, other in zip(
                _cells(sheet, max_rows), _cells(written[sheet.title], max_rows), strict=True
            )
        ]
        yield _Sheet(sheet.title, sheet.sheet_state != "visible"), rows


def _cells(sheet: Any, max_rows: int) -> Iterator[Sequence[Any]]:
    sheet.reset_dimensions()  # what a file says of its own size is not believed
    for number, row in enumerate(sheet.iter_rows(max_row=max_rows, max_col=MAX_COLUMNS), start=1):
        yield [(number, column, cell) for column, cell in enumerate(row)]


def _cell(shown: tuple[int, int, Any], written: tuple[int, int, Any]) -> Cell:
    row, column, cell = shown
    name = f"{column_letters(column)}{row}"
    value = cell.value
    if value is None and getattr(written[2], "data_type", "") == "f":
        value = Unusable("a formula without a result; open and save the form")
    elif getattr(cell, "data_type", "") == "e":
        value = Unusable("an error of the spreadsheet")
    return Cell(name, value)


def column_letters(column: int) -> str:
    """Return the name of a column, counted from 0."""
    return (chr(64 + column // 26) if column >= 26 else "") + chr(65 + column % 26)


def _order(sheet: _Sheet, rows: Rows, settings: XlsxSettings, max_lines: int) -> ReadOrder | None:
    """Return the order in a form, or its faults; None for a form nobody filled in."""
    form = _Form(sheet.title)
    table = form.head(rows)
    if table is not None:
        form.lines(rows[table:])
    if not form.is_filled and not form.issues:
        return None
    if sheet.is_hidden:
        form.issues.append(refusal("is hidden; show the sheet or delete it", place=sheet.title))
    message = None
    if not form.issues:
        message, form.issues = read_document(
            form.document, settings, locate=form.locate, max_lines=max_lines
        )
    po_number = form.document.get("po_number")
    return ReadOrder(
        po_number=po_number if isinstance(po_number, str) and not po_fault(po_number) else "",
        message=message,
        place=f"sheet {sheet.title}",
        issues=tuple(form.issues),
    )


class _Form:
    """A sheet on its way to a document: values by path, and the cell of each path."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.document: dict[str, Any] = {}
        self.cells: dict[tuple[str | int, ...], str] = {}
        self.issues: list[Issue] = []
        self.is_filled = False

    def locate(self, path: Sequence[str | int]) -> str:
        """Name the cell of a field, the sheet where it has none."""
        for end in range(len(path), 0, -1):
            cell = self.cells.get(tuple(path[:end]))
            if cell:
                return f"{self.title}!{cell}"
        return self.title

    def head(self, rows: Rows) -> int | None:
        """Read the labels and their values; return the index of the table's header."""
        labels = {column_key(field.label): field for field in HEAD}
        for index, row in enumerate(rows[:MAX_HEAD_ROWS]):
            words = [column_key(cell.value) for cell in row if isinstance(cell.value, str)]
            if all(label in words for label in TABLE_LABELS):
                return index
            if not row or not isinstance(row[0].value, str):
                continue
            field = labels.get(column_key(row[0].value))
            if field and len(row) > 1:
                self._put(self.document, field, row[1], field.path)
        message = f"no table of lines: a row with {' and '.join(TABLE_LABELS)} must stand above it"
        self.issues.append(refusal(message, place=self.title))
        return None

    def lines(self, rows: Rows) -> None:
        """Read the table of lines under its header."""
        known = {column_key(field.label): field for field in LINE}
        columns: dict[int, Field] = {}
        for at, cell in enumerate(rows[0]):
            label = column_key(cell.value) if isinstance(cell.value, str) else ""
            if label in known:
                columns[at] = known[label]
            elif label:
                place = f"{self.title}!{cell.name}"
                self.issues.append(refusal("is no column of the form", place=place))
        found: list[dict[str, Any]] = []
        for row in rows[1:]:
            line: dict[str, Any] = {}
            if any(_is_told(row[at].value) for at in columns if at < len(row)):
                for at, field in columns.items():
                    if at < len(row):
                        path: tuple[str | int, ...] = ("lines", len(found), *field.path)
                        self._put(line, field, row[at], path)
                found.append(line)
        if found:
            self.document["lines"] = found

    def _put(
        self, target: dict[str, Any], field: Field, cell: Cell, path: tuple[str | int, ...]
    ) -> None:
        self.cells[path] = cell.name
        if not _is_told(cell.value):
            return
        self.is_filled = True
        *outer, key = field.path
        for name in outer:
            target = target.setdefault(name, {})
        value = _value(field, cell.value)
        target[key] = [value] if key == "notes" else value


def _is_told(value: object) -> bool:
    return value is not None and not (isinstance(value, str) and not value.strip())


def _value(field: Field, value: object) -> object:
    """Return what a cell holds as the document has it; what cannot be is left, to be told."""
    if isinstance(value, bool | Unusable):
        return value
    if isinstance(value, datetime) and value.time() == time():
        value = value.date()
    if isinstance(value, int | float):
        return _number(field, value)
    if isinstance(value, date) and field.kind != "day":
        return Unusable("a date; write it as text")
    if isinstance(value, datetime):
        return Unusable("a day with a time")
    if isinstance(value, str):
        return value.strip()
    return value if isinstance(value, date) else Unusable("another kind of cell")


def _number(field: Field, value: float) -> object:
    number = Decimal(f"{value:.{_MAX_DIGITS}g}")
    if field.kind == "number" or field.kind == "day":
        return number
    digits = format(number, "f") if number.is_finite() and number.adjusted() <= _MAX_DIGITS else ""
    if not digits.isdecimal() or len(digits) > _MAX_DIGITS:
        return Unusable("a number; write it as text")
    if field.path[-1] == "postal_code" and len(digits) < _POSTAL_DIGITS:
        return Unusable("a number that lost its leading zeros; write it as text")
    return digits
