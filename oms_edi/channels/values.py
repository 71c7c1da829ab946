"""Single values as people and their spreadsheets write them: ids, numbers, days."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

ID_PATTERN = "[A-Za-z0-9][A-Za-z0-9 ._/#-]{0,34}"
_ID = re.compile(ID_PATTERN)
#: Longest PO number an 855, 940 or 856 can name: X12 element 324.
PO_CHARS = 22
#: Signs that tell how a number or day is written and nothing of whose it is.
_SIGNS = "+-.,/:%$"
_SPREADSHEET = re.compile(r"\d[.,]?\d*E\+\d+", re.IGNORECASE)


def id_fault(value: str) -> str:
    """Return what is wrong with a PO, item or line number, "" if nothing is."""
    if not value:
        return "must not be empty"
    if _SPREADSHEET.fullmatch(value):
        return "was turned into a number by a spreadsheet (scientific notation)"
    if not _ID.fullmatch(value):
        return "must be 1 to 35 plain letters, digits, blanks or . _ / # -"
    return ""


def po_fault(value: str) -> str:
    """Return what is wrong with a PO number, "" if nothing is."""
    if len(value) > PO_CHARS:
        return f"must have {PO_CHARS} characters at most: no document could name it"
    return id_fault(value)


def value_class(text: str) -> str:
    """Describe a value without telling it: `4 letters`, `digits with /, 10 characters`."""
    if not text:
        return "empty"
    if text.isdecimal():
        return f"{len(text)} digit{'s' * (len(text) > 1)}"
    if text.isalpha():
        return f"{len(text)} letter{'s' * (len(text) > 1)}"
    kinds = [
        name
        for name, has in (("letters", str.isalpha), ("digits", str.isdecimal))
        if any(map(has, text))
    ]
    signs = "".join(sorted({c for c in text if c in _SIGNS}))
    shape = " and ".join(kinds) + (f" with {signs}" if signs else "")
    return f"{shape.strip() or 'other signs'}, {len(text)} character{'s' * (len(text) > 1)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notation:
    """How a partner writes numbers and days."""

    #: Before the decimals.
    decimal: str = "."
    #: Between groups of three digits; "" = there is none.
    thousands: str = ""
    #: As in strptime.
    date_format: str = "%Y-%m-%d"

    def number(self, text: str) -> Decimal | None:
        """Read a number of at most nine digits and six decimals; None if it is none."""
        whole = r"\d{1,9}"
        if self.thousands:
            whole = rf"(?:\d{{1,9}}|\d{{1,3}}(?:{re.escape(self.thousands)}\d{{3}}){{1,2}})"
        if not re.fullmatch(rf"{whole}(?:{re.escape(self.decimal)}\d{{1,6}})?", text, re.ASCII):
            return None
        plain = text.replace(self.thousands, "") if self.thousands else text
        return Decimal(plain.replace(self.decimal, "."))

    def day(self, text: str) -> date | None:
        """Read a day; None if it is none."""
        try:
            return datetime.strptime(text, self.date_format).date()  # noqa: DTZ007
        except ValueError:
            return None
