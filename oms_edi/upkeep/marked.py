"""A file for eyes, with its faults where they stand; long ones are cut to those places."""

from collections.abc import Iterator, Sequence

from oms_edi.domain.issue import Issue
from oms_edi.x12.isa import looks_like_x12

_TERMINATOR_AT = 105
#: Pieces shown before the first fault is, and around each.
_HEAD = 10
_AROUND = 2
#: Characters of a piece, pieces of a file.
_WIDTH = 160
_MOST = 200


def marked(
    content: bytes, issues: Sequence[Issue], *, head: int = _HEAD
) -> Iterator[tuple[str, str]]:
    """Yield (kind, text): `text` with its byte and what stands there, `issue`, `gap`.

    Shown are the first `head` pieces, and what stands around each fault.
    """
    pieces = list(_pieces(content))
    found: dict[int, list[Issue]] = {}
    for issue in issues:
        found.setdefault(_place(pieces, issue), []).append(issue)
    for issue in found.pop(-1, []):
        yield "issue", str(issue)
    shown = set(range(head))
    for place in found:
        shown.update(range(place - _AROUND, place + _AROUND + 1))
    last = -1
    for place in sorted(shown & set(range(len(pieces))))[:_MOST]:
        if place != last + 1:
            yield "gap", "..."
        start, piece = pieces[place]
        cut = "..." if len(piece) > _WIDTH else ""
        yield "text", f"{start:>8}  {piece[:_WIDTH].decode('latin-1')}{cut}"
        for issue in found.get(place, []):
            yield "issue", str(issue)
        last = place
    if last + 1 < len(pieces):
        yield "gap", f"... {len(content)} bytes in all"


def _pieces(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (first byte, bytes) of each segment of X12, or of each line."""
    end = b"\n"
    if looks_like_x12(content) and len(content) > _TERMINATOR_AT:
        end = content[_TERMINATOR_AT : _TERMINATOR_AT + 1]
    start = 0
    for piece in content.split(end):
        if piece.strip():
            yield start + len(piece) - len(piece.lstrip(b"\r\n")), piece.strip(b"\r\n")
        start += len(piece) + len(end)


def _place(pieces: Sequence[tuple[int, bytes]], issue: Issue) -> int:
    """Return the piece a fault stands at, -1 if it stands at none."""
    if issue.row:
        return min(issue.row - 1, len(pieces) - 1)
    if issue.offset < 0:
        return -1
    before = [place for place, (start, _) in enumerate(pieces) if start <= issue.offset]
    return before[-1] if before else -1
