"""A file for eyes, with its faults where they stand; long ones are cut to those places."""

from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from oms_edi.domain.issue import Issue
from oms_edi.x12.isa import looks_like_x12

_TERMINATOR_AT = 105
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
    the first `head` pieces, and what stands around each fault.
    """
    end = _end_of(content)
    starts = _starts(content, end)
    found: dict[int, dict[str, None]] = {}  # a fault of a file and of a document in it is one
    for issue in issues[:_ISSUES]:
        found.setdefault(_place(starts, issue), {})[str(issue)] = None
    for told in found.pop(-1, {}):
        yield "issue", told
    shown = set(range(min(head, len(starts))))
    for place in found:
        shown.update(range(max(place - _AROUND, 0), min(place + _AROUND + 1, len(starts))))
    last = -1
    for place in sorted(shown)[:_MOST]:
        if place != last + 1:
            yield "gap", "..."
        piece = _text(_piece(content, starts[place], end))
        cut = "..." if len(piece) > _WIDTH else ""
        number = place + 1 if end == b"\n" else starts[place]
        yield "text", f"{number:>8}  {piece[:_WIDTH]}{cut}"
        for told in found.get(place, ()):
            yield "issue", told
        last = place
    if last + 1 < len(starts):
        yield "gap", f"... {len(content)} bytes in all"


def _end_of(content: bytes) -> bytes:
    """Return what ends a piece: the terminator of X12, else the end of a line."""
    if looks_like_x12(content) and len(content) > _TERMINATOR_AT:
        return content[_TERMINATOR_AT : _TERMINATOR_AT + 1]
    return b"\n"


def _starts(content: bytes, end: bytes) -> "array[int]":
    """Return the first byte of each segment of X12, or of each line; a file may have a million."""
    found = array("q")
    at = 0
    while at < len(content):
        stop = content.find(end, at)
        stop = len(content) if stop < 0 else stop
        piece = content[at:stop]
        if piece.strip():
            found.append(stop - len(piece.lstrip(b"\r\n")))
        at = stop + len(end)
    return found


def _piece(content: bytes, start: int, end: bytes) -> bytes:
    stop = content.find(end, start)
    return content[start : len(content) if stop < 0 else stop].strip(b"\r\n")


def _text(piece: bytes) -> str:
    """Return bytes as text; what is no UTF-8 is shown byte by byte."""
    try:
        return piece.decode()
    except UnicodeDecodeError:
        return piece.decode("latin-1")


def _place(starts: Sequence[int], issue: Issue) -> int:
    """Return the piece a fault stands at, -1 if it stands at none."""
    if issue.row:
        return min(issue.row, len(starts)) - 1
    return bisect_right(starts, issue.offset) - 1
