"""A small workbook as rows of text, to be shown; `channels.order_xlsx` reads orders from it.

A page waits for it: what would take a parser long is not opened, and rows have a limit.
"""

import io
import zipfile
from collections.abc import Iterator
from typing import Any, NamedTuple

from oms_edi.channels.order_form import MAX_COLUMNS, TITLE
from oms_edi.channels.table import column_key
from oms_edi.channels.xlsx_archive import Limits, archive_fault
from oms_edi.web.layout import ROWS, VALUES, text_of

_PACKED_BYTES = 100_000
_LIMITS = Limits(unpacked_bytes=600_000, sheets=10)
#: Of styles and strings: they are parsed as a whole, while rows are as far as they are shown.
_OTHER_BYTES = 250_000
#: Cells of all sheets; who looks for one order sees fewer of them.
_CELLS = 3 * VALUES
_SHEETS = "xl/worksheets/"


class Sheet(NamedTuple):
    """One sheet, its rows with their numbers and without blank ones."""

    title: str
    is_hidden: bool
    rows: list[tuple[int, list[str]]]


def is_small(content: bytes) -> bool:
    """Tell whether it may be opened while somebody waits."""
    if len(content) > _PACKED_BYTES or archive_fault(content, _LIMITS):
        return False
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        others = [one for one in archive.infolist() if not one.filename.startswith(_SHEETS)]
    return sum(one.file_size for one in others) <= _OTHER_BYTES


def sheets(content: bytes) -> list[Sheet]:
    """Return the sheets that are order forms, every sheet where none is; without blank ones."""
    from openpyxl import load_workbook  # 0.2 s that pages without workbooks do not need

    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    for sheet in book.worksheets:
        sheet.reset_dimensions()  # what a file says of its own size is not believed
    forms = [sheet for sheet in book.worksheets if _is_form(sheet)]
    found, left = [], _CELLS
    for sheet in forms or book.worksheets:
        rows = list(_rows(sheet, min(left, VALUES)))
        left -= sum(len(row) for _, row in rows)
        if rows:
            found.append(Sheet(sheet.title, sheet.sheet_state != "visible", rows))
        if left <= 0:
            break
    return found


def _is_form(sheet: Any) -> bool:
    first = next(sheet.iter_rows(max_row=1, max_col=1, values_only=True), (None,))
    return column_key(text_of(first[0])) == column_key(TITLE)


def _rows(sheet: Any, left: int) -> Iterator[tuple[int, list[str]]]:
    """Yield rows of so many cells, or as many as are shown, and one more of each."""
    cells = sheet.iter_rows(max_row=ROWS + 1, max_col=MAX_COLUMNS + 1, values_only=True)
    for number, row in enumerate(cells, start=1):
        told = [text_of(value).strip() for value in row]
        while told and not told[-1]:
            told.pop()
        if told:
            yield number, told
        left -= len(told)
        if left < 0:
            return
