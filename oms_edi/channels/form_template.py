"""Write the empty order form: labels, lists to choose from, instructions, our items.

The same input gives the same bytes. What it writes, `order_xlsx` reads.
"""

import io
import zipfile
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from oms_edi.channels.order_form import HEAD, LINE, SHEET, TITLE

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

#: Rows for lines that have their lists and formats; more may be filled in below them.
_LINES = 200
_TABLE_ROW = len(HEAD) + 4
_WIDTHS = {"A": 16, "B": 26, "C": 12, "D": 8, "E": 12, "F": 36}
_FORMATS = {"id": "@", "text": "@", "day": "yyyy-mm-dd", "number": "General"}
_DAY_OF_FILE = datetime(2026, 1, 1)  # noqa: DTZ001 - ZIP and document properties have no zone

_INSTRUCTIONS = (
    "One sheet Order is one order. For more orders in one file copy the sheet.",
    "Fill in the PO number, where it goes (a code we know, or name and address), and the lines.",
    "Item: our number, or the customer's. The sheet Items lists ours.",
    "Unit: EA unless you say otherwise. Unit price: for one such unit; leave it empty for ours.",
    "Days as 2026-03-31, or as a date of the spreadsheet.",
    "Do not change the words in column A and above the lines; rows may be added.",
    "Save as XLSX without a password and drop the file into your inbox folder.",
    "What is wrong is named by sheet and cell, such as Order!C22; other orders in the file go on.",
)


class FormItem(NamedTuple):
    """One row of the sheet Items."""

    item: str
    description: str
    unit: str
    pack: int
    #: Other units with their base units: "CA 12, DZ 12".
    units: str
    #: For one base unit; "" if there is none.
    price: str


class FormPlace(NamedTuple):
    """One row of the sheet Places."""

    code: str
    name: str
    town: str


def write_form(
    *, customer: str, items: Sequence[FormItem], places: Sequence[FormPlace], units: Sequence[str]
) -> bytes:
    """Return the form as an XLSX file; without items and places their lists are left out."""
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = SHEET
    _head(sheet, customer)
    _table(sheet)
    _instructions(book)
    if items:
        headers = ("Item", "Description", "Unit", "Pack", "Other units", "Price")
        _list(book, "Items", headers, items)
        _choose(sheet, "Item", f"=Items!$A$2:$A${len(items) + 1}", strict=False)
    if places:
        _list(book, "Places", ("Code", "Name", "Town"), places)
        row = next(n for n, field in enumerate(HEAD, start=3) if field.label == "Ship to code")
        _validate(sheet, f"=Places!$A$2:$A${len(places) + 1}", f"B{row}", strict=False)
    _choose(sheet, "Unit", '"' + ",".join(units) + '"', strict=False)
    return _packed(book)


def _head(sheet: "Worksheet", customer: str) -> None:
    from openpyxl.styles import Font
    from openpyxl.worksheet.datavalidation import DataValidation

    sheet["A1"] = TITLE
    sheet["A1"].font = Font(bold=True, size=14)
    sheet["B1"] = customer
    sheet["B1"].data_type = "s"  # never a formula
    for letter, width in _WIDTHS.items():
        sheet.column_dimensions[letter].width = width
    days = DataValidation(type="date", operator="greaterThan", formula1="36526", allow_blank=True)
    days.error = "A day such as 2026-03-31"
    sheet.add_data_validation(days)
    for row, field in enumerate(HEAD, start=3):
        sheet.cell(row, 1, field.label).font = Font(bold=True)
        cell = sheet.cell(row, 2)
        cell.number_format = _FORMATS[field.kind]
        sheet.cell(row, 3, field.hint or None).font = Font(italic=True, color="808080")
        if field.kind == "day":
            days.add(cell.coordinate)


def _table(sheet: "Worksheet") -> None:
    from openpyxl.styles import Font, PatternFill

    fill = PatternFill("solid", start_color="DDE6EE")
    for column, field in enumerate(LINE, start=1):
        cell = sheet.cell(_TABLE_ROW, column, field.label)
        cell.font = Font(bold=True)
        cell.fill = fill
        for row in range(_TABLE_ROW + 1, _TABLE_ROW + 1 + _LINES):
            sheet.cell(row, column).number_format = _FORMATS[field.kind]
    sheet.freeze_panes = f"A{_TABLE_ROW + 1}"


def _instructions(book: "Workbook") -> None:
    sheet = book.create_sheet("Instructions")
    sheet.column_dimensions["A"].width = 100
    for row, text in enumerate(_INSTRUCTIONS, start=1):
        sheet.cell(row, 1, text)


def _list(
    book: "Workbook", title: str, headers: Sequence[str], rows: Sequence[Sequence[object]]
) -> None:
    from openpyxl.styles import Font

    sheet = book.create_sheet(title)
    for column, header in enumerate(headers, start=1):
        sheet.cell(1, column, header).font = Font(bold=True)
        sheet.column_dimensions[chr(64 + column)].width = 32 if column == 2 else 16
    for row, values in enumerate(rows, start=2):
        for column, value in enumerate(values, start=1):
            cell = sheet.cell(row, column)
            cell.value = value
            cell.data_type = "n" if isinstance(value, int) else "s"  # never a formula
            cell.number_format = "General" if isinstance(value, int) else "@"
    sheet.freeze_panes = "A2"


def _choose(sheet: "Worksheet", label: str, formula: str, *, strict: bool) -> None:
    column = chr(64 + [field.label for field in LINE].index(label) + 1)
    cells = f"{column}{_TABLE_ROW + 1}:{column}{_TABLE_ROW + _LINES}"
    _validate(sheet, formula, cells, strict=strict)


def _validate(sheet: "Worksheet", formula: str, cells: str, *, strict: bool) -> None:
    """Offer a list; what it does not have may be typed all the same unless `strict`."""
    from openpyxl.worksheet.datavalidation import DataValidation

    offered = DataValidation(type="list", formula1=formula, allow_blank=True)
    offered.showErrorMessage = strict
    sheet.add_data_validation(offered)
    offered.add(cells)


def _packed(book: "Workbook") -> bytes:
    """Save with fixed times: the library stamps the properties and every part with the clock."""
    from openpyxl.packaging.core import DocumentProperties
    from openpyxl.xml.functions import tostring

    written = io.BytesIO()
    book.save(written)
    properties = DocumentProperties(
        creator="oms-edi", created=_DAY_OF_FILE, modified=_DAY_OF_FILE, title=TITLE
    )
    result = io.BytesIO()
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(result, "w") as target:
        for entry in source.infolist():
            content: Any = source.read(entry)
            if entry.filename == "docProps/core.xml":
                content = tostring(properties.to_tree())
            info = zipfile.ZipInfo(entry.filename, _DAY_OF_FILE.timetuple()[:6])
            info.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(info, content)
    return result.getvalue()
