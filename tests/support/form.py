"""Order forms for tests: the template, filled in; and workbooks nobody should open."""

import io
import zipfile
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import openpyxl

from oms_edi.channels.form_template import FormItem, FormPlace, write_form

#: Cells of a form that is right: two lines for store P1.
GOOD = {"B3": "F-1", "B10": "P1", "B20": "A1", "C20": 10, "E20": 4, "B21": "B2", "C21": "6"}
#: The row of the template in which the table of lines begins.
TABLE_ROW = 19


@cache
def template() -> bytes:
    """The form as the command writes it."""
    return write_form(
        customer="THE PORTAL",
        items=[FormItem("A1", "ARTICLE ONE", "EA", 12, "CA 12", "4.00")],
        places=[FormPlace("P1", "PORTAL ONE", "TULSA OK")],
        units=["EA", "CA"],
    )


def filled(
    cells: Mapping[str, Any] = GOOD,
    *,
    sheets: Mapping[str, Mapping[str, Any]] | None = None,
    formats: Mapping[str, str] | None = None,
    change: Callable[[Any], None] | None = None,
) -> bytes:
    """The template with these cells filled in; `sheets` are more forms by name."""
    book = openpyxl.load_workbook(io.BytesIO(template()))
    form = book["Order"]
    for title, more in (sheets or {}).items():
        copy = book.copy_worksheet(form)
        copy.title = title
        for name, value in more.items():
            copy[name] = value
    for name, value in cells.items():
        form[name] = value
    for name, code in (formats or {}).items():
        form[name].number_format = code
    if change:
        change(book)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def repacked(content: bytes, change: Callable[[str, bytes], bytes | None], **extra: bytes) -> bytes:
    """The workbook with its parts changed, left out (None) or added."""
    result = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for entry in source.infolist():
            changed = change(entry.filename, source.read(entry))
            if changed is not None:
                target.writestr(entry.filename, changed)
        for name, part in extra.items():
            target.writestr(name, part)
    return result.getvalue()
