"""Element values: numbers, dates and segments by position, read leniently, written exactly."""

import re
from datetime import date
from decimal import Decimal
from functools import lru_cache

from oms_edi.domain.issue import Issue, Level, Severity
from oms_edi.x12.charset import plain_text
from oms_edi.x12.envelope import Segment

_NUMBER = re.compile(r"-?(?:\d{1,15}(?:\.\d{0,6})?|\.\d{1,6})", re.ASCII)


def at(segment: Segment, position: int) -> str:
    """Return element `position` without blanks around it, "" if it is absent."""
    try:
        value = segment[position]
    except IndexError:
        return ""
    return value.strip() if value.isascii() else plain_text(value).strip()


#: Numbers and days come again and again.
_MEMORY = 4096


@lru_cache(maxsize=_MEMORY)
def number(text: str) -> Decimal | None:
    """Read a plain decimal number; None if it is none."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


@lru_cache(maxsize=_MEMORY)
def day(text: str) -> date | None:
    """Read CCYYMMDD, or YYMMDD as of 1970 to 2069; None if it is no day."""
    if not (text.isascii() and text.isdecimal()):
        return None
    if len(text) == 6:
        text = ("20" if text < "70" else "19") + text
    if len(text) != 8:
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return None


def pairs(segment: Segment, first: int) -> tuple[tuple[str, str], ...]:
    """Return (qualifier, value) pairs from element `first` on; halves are left out."""
    found = []
    for place in range(first, len(segment) - 1, 2):
        qualifier, value = at(segment, place), at(segment, place + 1)
        if qualifier and value:
            found.append((qualifier, value))
    return tuple(found)


@lru_cache(maxsize=_MEMORY)
def write_number(value: Decimal) -> str:
    """Write a number as X12 wants it: no exponent, no blank decimals."""
    text = str(value)
    if text.isdecimal():
        return text
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


@lru_cache(maxsize=_MEMORY)
def write_day(value: date) -> str:
    """Write CCYYMMDD."""
    return f"{value:%Y%m%d}"


def fit(text: str, size: int) -> str:
    """Cut free text to `size` characters, at a blank where there is one in the last third."""
    if len(text) <= size:
        return text
    cut = text[:size]
    blank = cut.rfind(" ")
    return cut[:blank] if blank > size * 2 // 3 else cut.rstrip()


def fault(
    segment: Segment,
    position: int,
    element: int,
    code: str,
    message: str,
    *,
    severity: Severity = Severity.ERROR,
) -> Issue:
    """Return an issue about one element of a segment."""
    return Issue(
        level=Level.ELEMENT,
        severity=severity,
        message=message,
        code=code,
        segment=segment[0][:3],
        position=position,
        element=element,
    )


def refusal(message: str, *, segment: str = "", position: int = 0, code: str = "") -> Issue:
    """Return an issue that rejects the whole set."""
    return Issue(
        level=Level.SEGMENT if segment else Level.SET,
        severity=Severity.REJECT,
        message=message,
        code=code or ("3" if segment else "5"),
        segment=segment,
        position=position,
    )
