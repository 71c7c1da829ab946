"""A file for eyes, with its faults where they stand; long ones are cut to those places."""

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from oms_edi.channels.recognize import kind_of
from oms_edi.domain.issue import Issue
from oms_edi.x12.isa import looks_like_x12

_TERMINATOR_AT = 105
#: By so many it is known what a file is.
_HEAD_BYTES = 4096
#: How `Issue.place` begins in JSON lines.
_LINE = re.compile(r"line (\d+)\b")
#: Pieces shown before the first fault is, and around each.
_HEAD = 10
_AROUND = 2
#: Characters of a piece; pieces and faults of a file.
_WIDTH = 160
_MOST = 200
_ISSUES = 500


def marked(
    content: bytes, issues: Sequence[Issue], *, head: int = _HEAD
) -> Iterator[tuple[str, str]]:
    """Yield (kind, text): `text` with its byte or row and what stands there, `issue`, `gap`.

    Segments of X12 are named by their first byte, lines of other files by their row. Shown are
    the first `head` pieces, and what stands around each fault. Of a workbook only the faults are.
    """
    is_x12 = looks_like_x12(content) and len(content) > _TERMINATOR_AT
    end = content[_TERMINATOR_AT : _TERMINATOR_AT + 1] if is_x12 else _line_end(content)
    is_archive = (
        kind_of(content[:_HEAD_BYTES]) == "zip"
    )  # a workbook: its bytes say nothing to eyes
    starts, rows = (array("q"), array("q")) if is_archive else _starts(content, end)
    found: dict[int, dict[str, None]] = {}  # a fault of a file and of a document in it is one
    for issue in issues[:_ISSUES]:
        found.setdefault(_place(starts, rows, issue), {})[str(issue)] = None
    for told in found.pop(-1, {}):
        yield "issue", told
    if is_archive:
        yield "gap", f"a workbook or another archive, no text: {len(content)} bytes"
        return
    shown = set(range(min(head, len(starts))))
    for place in found:
        shown.update(range(max(place - _AROUND, 0), min(place + _AROUND + 1, len(starts))))
    last = -1
    for place in sorted(shown)[:_MOST]:
        if place != last + 1:
            yield "gap", "..."
        piece = _text(_piece(content, starts[place], end))
        cut = "..." if len(piece) > _WIDTH else ""
        number = starts[place] if is_x12 else rows[place]
        yield "text", f"{number:>8}  {piece[:_WIDTH]}{cut}"
        for told in found.get(place, ()):
            yield "issue", told
        last = place
    if last + 1 < len(starts):
        yield "gap", f"... {len(content)} bytes in all"


def _line_end(content: bytes) -> bytes:
    """Return what ends each line."""
    return b"\n" if b"\n" in content else b"\r"


def _starts(content: bytes, end: bytes) -> "tuple[array[int], array[int]]":
    """Return the first byte and the row of each piece that is not blank; there may be a million."""
    found, rows = array("q"), array("q")
    at = row = 0
    while at < len(content):
        row += 1
        stop = content.find(end, at)
        stop = len(content) if stop < 0 else stop
        piece = content[at:stop]
        if piece.strip():
            found.append(stop - len(piece.lstrip(b"\r\n")))
            rows.append(row)
        at = stop + len(end)
    return found, rows


def _piece(content: bytes, start: int, end: bytes) -> bytes:
    stop = content.find(end, start)
    return content[start : len(content) if stop < 0 else stop].strip(b"\r\n")


def _text(piece: bytes) -> str:
    """Return bytes as text; what is no UTF-8 is shown byte by byte."""
    try:
        return piece.decode()
    except UnicodeDecodeError:
        return piece.decode("latin-1")


def _place(starts: Sequence[int], rows: Sequence[int], issue: Issue) -> int:
    """Return the piece a fault stands at, -1 if it stands at none."""
    line = _LINE.match(issue.place)
    if row := int(line[1]) if line else issue.row:
        return bisect_right(rows, row) - 1
    return bisect_right(starts, issue.offset) - 1
