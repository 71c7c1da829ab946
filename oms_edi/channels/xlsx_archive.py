"""What a workbook is made of, looked at before any parser is: a ZIP of XML, with a limit on all.

The sizes a ZIP declares bound what its entries can unpack to (the reader stops there), so a sum of
declared sizes below the limit is a bound on memory. XML that defines entities is never parsed.
"""

import io
import zipfile
import zlib
from dataclasses import dataclass

_MAX_PARTS = 500
#: Of any part that holds neither cells nor strings, such as styles: they are parsed as a whole.
_MAX_OTHER_BYTES = 4_000_000
_MAX_STRINGS = 100_000
_MAX_CELLS = 500_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How large a workbook may be."""

    unpacked_bytes: int
    sheets: int


def archive_fault(data: bytes, limits: Limits) -> str:
    """Return why this is no workbook to be opened, "" if it is one."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _list_fault(archive, limits) or _parts_fault(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError):
        return "damaged, or cut off: its ZIP cannot be read"
    except (NotImplementedError, RuntimeError, ValueError):
        return "packed in a way we do not read"


def _list_fault(archive: zipfile.ZipFile, limits: Limits) -> str:
    entries = archive.infolist()
    names = [entry.filename for entry in entries]
    if len(entries) > _MAX_PARTS:
        return f"{len(entries)} parts; {_MAX_PARTS} are allowed"
    if len(set(names)) < len(names):
        return "two parts have the same name"
    if "[Content_Types].xml" not in names:
        return "a ZIP that is no workbook; send the XLSX itself"
    if any(entry.flag_bits & 1 for entry in entries):
        return "packed with a password; save it without one"
    if any("vbaproject" in name.lower() for name in names):
        return "a workbook with macros; save it as XLSX"
    size = sum(entry.file_size for entry in entries)
    if size > limits.unpacked_bytes:
        return f"{size} bytes unpacked; intake.max_xlsx_unpacked_bytes is lower"
    sheets = sum(_is_sheet(name) for name in names)
    if sheets > limits.sheets:
        return f"{sheets} sheets; {limits.sheets} are allowed (intake.max_xlsx_sheets)"
    return ""


def _is_sheet(name: str) -> bool:
    return name.lower().startswith("xl/worksheets/") and name.lower().endswith(".xml")


def _parts_fault(archive: zipfile.ZipFile) -> str:
    for entry in archive.infolist():
        name = entry.filename.lower()
        if not name.endswith((".xml", ".rels")):
            continue
        content = archive.read(entry)
        if b"\x00" in content:
            return f"{entry.filename} is no UTF-8"
        if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
            return f"{entry.filename} defines entities, which no spreadsheet does"
        is_sheet, is_strings = _is_sheet(name), name.endswith("sharedstrings.xml")
        if is_strings and content.count(b"<si") > _MAX_STRINGS:
            return f"more than {_MAX_STRINGS} texts"
        if is_sheet and content.count(b"<c") > _MAX_CELLS:
            return f"more than {_MAX_CELLS} cells in a sheet"
        if not (is_sheet or is_strings) and len(content) > _MAX_OTHER_BYTES:
            return f"{entry.filename} has {len(content)} bytes; {_MAX_OTHER_BYTES} are allowed"
    return ""
