"""A GS as a value, and what is wrong with it. What stands between GS and GE is `x12.nesting`'s."""

import re
from collections.abc import Iterator
from dataclasses import replace

from oms_edi.domain.issue import Issue, Level, Severity
from oms_edi.x12.envelope import GroupHeader, Segment

_RELEASE = re.compile(r"00[2-8]\d{3}", re.ASCII)
_VALUES = (
    (1, re.compile(r"[A-Z]{2}"), "two letters"),
    (2, re.compile(r".{2,15}", re.DOTALL), "2 to 15 characters"),
    (3, re.compile(r".{2,15}", re.DOTALL), "2 to 15 characters"),
    (4, re.compile(r"(?:\d\d)?\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])", re.ASCII), "a date"),
    (5, re.compile(r"(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d\d{0,2})?", re.ASCII), "a time"),
    (7, re.compile(r"[XT]|TD?"), "X or T"),
)


def read_gs(elements: Segment, offset: int) -> tuple[GroupHeader, list[Issue]]:
    """Read a GS of at least seven elements; GS01 in lower case is read in capitals."""
    values = [element.strip() for element in elements] + [""]
    issues: list[Issue] = []
    if not (values[6].isdecimal() and len(values[6]) <= 9):
        message = "GS06 must be a number of 1 to 9 digits"
        issues.append(group_issue("6", message, "GS", 6, offset))
    if not _RELEASE.match(values[8]):
        issues.append(group_issue("2", "GS08 is no release of X12", "GS", 8, offset))
    issues += _notes(values, offset)
    header = GroupHeader(
        functional_id=values[1].upper() if values[1].isascii() else values[1],
        sender=values[2],
        receiver=values[3],
        date=values[4],
        time=values[5],
        control_number=values[6],
        version=values[8],
    )
    return header, issues


def _notes(values: Segment, offset: int) -> Iterator[Issue]:
    """Yield what is wrong with values of a GS nothing hangs on; 716 has no codes for them."""
    for at, pattern, expected in _VALUES:
        if not pattern.fullmatch(values[at]):
            issue = group_issue("", f"GS{at:02d} must be {expected}", "GS", at, offset)
            yield replace(issue, severity=Severity.NOTE, expected=expected)


def group_issue(code: str, message: str, segment: str, element: int, offset: int) -> Issue:
    """Return a fault of a functional group, with a code of AK905."""
    return Issue(
        level=Level.GROUP,
        severity=Severity.ERROR,
        message=message,
        code=code,
        segment=segment,
        element=element,
        offset=offset,
    )
