"""What a file says, as parts for eyes: values with their names, tables, and faults beside both.

`laid_out` makes it of a file; `templates/_laid_out.html` shows it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any

from oms_edi.channels.document_values import Unusable
from oms_edi.channels.order_form import MAX_COLUMNS
from oms_edi.channels.table import column_key
from oms_edi.domain.issue import Issue

#: Rows of a table and values of a file that are shown at most.
ROWS, VALUES = 200, 1200
REST = "The rest is not laid out here; the bytes of the file have it."
#: Of one value; and faults at one place.
_CHARS, _FAULTS = 300, 20
#: Between the line of JSON lines and a pointer.
_LINE_START = ", "


@dataclass(slots=True, kw_only=True)
class Part:
    """A value with its name; or what holds others, below one another or as the rows of a table."""

    name: str = ""
    text: str = ""
    #: What is wrong with it.
    faults: list[str] = field(default_factory=list)
    inner: "list[Part]" = field(default_factory=list)
    #: Headers, where `inner` are rows and theirs are cells.
    columns: tuple[str, ...] = ()
    #: What is not shown of it, as a sentence.
    cut: str = ""


class Layout:
    """What is laid out so far, and where each part of it stands in the file."""

    def __init__(self, po_number: str) -> None:
        self.po_number = po_number
        self.root = Part()
        self.places: dict[str, Part] = {}
        self.left = VALUES

    def put(self, under: Part, name: str, place: str, text: str = "") -> Part:
        """Add a part; beyond the limit it is one that nobody shows."""
        part = Part(name=short(name), text=short(text))
        self.left -= 1
        if self.left < 0:
            self.root.cut = REST
        else:
            under.inner.append(part)
            self.places.setdefault(place, part)
        return part

    def row(self, table: Part, name: str, place: str, cells: Sequence[tuple[str, str]]) -> bool:
        """Add a row, of cells by place; False if it is one too many."""
        cells = self.some(cells)
        if len(table.inner) == ROWS or self.left <= len(cells):
            self.root.cut = REST
            return False
        row = self.put(table, name, place)
        for at, text in cells:
            self.put(row, "", at, text)
        return True

    def some(self, values: Sequence[Any], most: int = MAX_COLUMNS) -> Sequence[Any]:
        """Return the first of them, and keep in mind that there are more."""
        if len(values) > most:
            self.root.cut = REST
        return values[:most]

    def tell(self, issue: Issue) -> None:
        """Put a fault beside what it is about, or what holds that; it says where if that is not."""
        where = issue.place
        if issue.row:
            where = f"row {issue.row}" + (f"/{column_key(issue.column)}" if issue.column else "")
        elif where + _LINE_START in self.places:
            where += _LINE_START
        at = where
        while at and at not in self.places:
            at = at[: max(at.rfind("/"), at.rfind("!"), 0)]
        told = issue.message if at and at == where else str(issue)
        faults = self.places.get(at, self.root).faults
        if told not in faults and len(faults) <= _FAULTS:
            faults.append(told if len(faults) < _FAULTS else "there are more; these are the first")


def text_of(value: object) -> str:
    """Return a value as a person reads it."""
    match value:
        case None:
            return ""
        case Unusable():
            return value.what
        case bool():
            return str(value).lower()
        case float():
            return f"{value:.15g}"
        case datetime() if value.time() == time():
            return str(value.date())
        case dict() | list():
            return "..." if value else "empty"
    return str(value)


def short(text: str) -> str:
    """Return a value no longer than it is shown."""
    return text if len(text) <= _CHARS else f"{text[:_CHARS]}..."
