"""The first and the last segment of an interchange, as real files have them.

Delimiters are read from the ISA; it need not be 106 characters wide, and blanks may be squeezed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from oms_edi.domain.issue import Issue, Level, Severity
from oms_edi.x12.envelope import Delimiters, InterchangeHeader

BLANK = " \t\r\n\x00\x1a\ufeff"
#: Where the element separator stands in an ISA of the right width.
_ISA_SEPARATORS = (3, 6, 17, 20, 31, 34, 50, 53, 69, 76, 81, 83, 89, 99, 101, 103)
ISA_WIDTH = 106
ISA_LONGEST = 400
ISA_SHORTEST = 40
#: UTF-8 marks that arrive as several latin-1 characters.
BOM = "\xef\xbb\xbf"
#: A no-break space, the same way; some programs pad ids with it.
_WIDE_BLANK = "\xc2\xa0"
_WIDE_TERMINATORS = ("\xe2\x80\xa6", "\xc2\x85")
#: Some mailers break lines at 80 characters, wherever that is.
_WRAPPED = str.maketrans("", "", "\r\n")
_DATE = re.compile(r"\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])", re.ASCII)
_TIME = re.compile(r"([01]\d|2[0-3])[0-5]\d", re.ASCII)
_VERSION = re.compile(r"00[2-8]0\d", re.ASCII)
_LINE_END = re.compile(r"\r?\n")
_FLAG = re.compile(r"[01]")
#: Qualifiers and ISA15, which a few programs write in lower case.
_CODES = (4, 6, 14)
#: A number of fewer than nine digits may go on, unless something else follows it.
_WHOLE_IEA = re.compile(
    r"IEA(.)\d{1,5}\1(?:\d{9}|\d{1,8}(?=\D))\D{0,3}[ \t\r\n\x00\x1a]*\Z", re.DOTALL
)


def looks_like_x12(head: bytes) -> bool:
    """True if a file that begins so holds X12: blanks or a BOM, then ISA."""
    text = head.decode("latin-1").removeprefix(BOM).lstrip(BLANK)
    return text.startswith("ISA") and len(text) > 3 and not text[3].isalnum()


def ends_whole(tail: bytes) -> bool:
    """True if the last bytes of a file are a whole IEA, whatever its delimiters."""
    text = tail.decode("latin-1")
    # a line may be broken within the IEA
    return any(_WHOLE_IEA.search(one) for one in (text, text.translate(_WRAPPED)))


@dataclass(frozen=True, slots=True)
class Isa:
    """An ISA: its values, its size with terminator, what is odd about it."""

    header: InterchangeHeader
    size: int
    issues: tuple[Issue, ...]


def read_isa(text: str) -> Isa | None:
    """Read an ISA at the beginning of `text`; None if it cannot be one."""
    if len(text) < 40 or text[3].isalnum() or text[3] in " \r\n":
        return None
    separator = text[3]
    issues: list[Issue] = []
    fixed = len(text) >= ISA_WIDTH and all(text[at] == separator for at in _ISA_SEPARATORS)
    parts = text.split(separator, 16)
    if fixed:
        component, after = text[104], 105
        elements = [text[a + 1 : b] for a, b in pairwise(_ISA_SEPARATORS)]
    elif len(parts) == 17 and len(parts[16]) >= 2 and separator != "\t":
        component, elements = parts[16][0], parts[1:16]
        after = len(text) - len(parts[16]) + 1
        issues.append(interchange_issue("022", Severity.NOTE, "ISA is not 106 characters wide"))
    else:
        return None
    if _lacks_isa16(text, component, after):
        message = "ISA16 is missing: the terminator stands in its place"
        issues.append(interchange_issue("027", Severity.NOTE, message))
        component, after = "", after - 1
    elif text.startswith("\r\n", after):  # then LF ends a segment: some files mix both
        after += 1
    terminator = next(
        (t for t in _WIDE_TERMINATORS if text.startswith(t, after)), text[after : after + 1]
    )
    if not terminator or terminator.isalnum() or terminator in (" ", "\x00", separator):
        return None
    values = [
        element.replace(_WIDE_BLANK, " ").translate(_WRAPPED).strip(" \t\xa0")
        for element in elements
    ]
    if len(values[11]) != 5 or not values[12].isdecimal() or len(values[12]) > 9:
        return None
    if component and (component in (separator, terminator) or component.isalnum()):
        message = "ISA16 must be a character that is used for nothing else"
        issues.append(interchange_issue("027", Severity.NOTE, message))
        component = ""
    repetition = elements[10]
    if values[11] < "00402" or len(repetition) != 1 or repetition.isalnum() or repetition.isspace():
        repetition = ""
    if repetition in (separator, component, terminator):
        repetition = ""
    issues += _value_issues(values)
    for at in _CODES:
        values[at] = values[at].upper() if values[at].isascii() else values[at]
    header = InterchangeHeader(
        authorization_qualifier=values[0],
        authorization=values[1],
        security_qualifier=values[2],
        security=values[3],
        sender_qualifier=values[4],
        sender_id=values[5],
        receiver_qualifier=values[6],
        receiver_id=values[7],
        date=values[8],
        time=values[9],
        version=values[11],
        control_number=values[12],
        ack_requested=values[13] == "1",
        usage=values[14],
        delimiters=Delimiters(
            element=separator, component=component, repetition=repetition, segment=terminator
        ),
    )
    return Isa(header, after + len(terminator), tuple(issues))


def _lacks_isa16(text: str, component: str, after: int) -> bool:
    """True if what seems to be ISA16 also ends the GS in the next line: then it ends segments."""
    line_end = _LINE_END.match(text, after)
    if line_end is None or component in ("\r", "\n"):
        return False
    line, found, _ = text[line_end.end() :].partition(line_end[0])
    return bool(found) and line.lstrip(BLANK).startswith("GS") and line.endswith(component)


def _value_issues(values: list[str]) -> Iterator[Issue]:
    """Yield what is wrong with values nothing hangs on: a partner should mend it all the same."""
    for code, at, pattern, text in (
        ("014", 8, _DATE, "ISA09 must be a date YYMMDD"),
        ("015", 9, _TIME, "ISA10 must be a time HHMM"),
        ("017", 11, _VERSION, "ISA12 is no version of X12"),
        ("019", 13, _FLAG, "ISA14 must be 0 or 1"),
    ):
        if not pattern.fullmatch(values[at]):
            yield interchange_issue(code, Severity.ERROR, text)
    for at in _CODES:
        if values[at].isascii() and values[at] != values[at].upper():
            message = f"ISA{at + 1:02d} must be written in capitals"
            yield interchange_issue("022", Severity.NOTE, message)


def interchange_issue(code: str, severity: Severity, message: str, *, offset: int = -1) -> Issue:
    """Return a fault of an envelope, with a note code of TA105."""
    return Issue(
        level=Level.INTERCHANGE, severity=severity, message=message, code=code, offset=offset
    )
