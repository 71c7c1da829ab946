"""Segments whose terminator is missing, in files that break lines after each: the line end is one.

X12 text holds no line ends, so one that is followed by the id of a segment can be nothing else.
"""

import re
from functools import lru_cache

from oms_edi.x12.envelope import Delimiters
from oms_edi.x12.guide import segment_ids


def may_be_unended(text: str, terminator: str) -> bool:
    """True if a line end stands somewhere else than behind a terminator."""
    if "\n" not in text or len(terminator) != 1 or terminator in "\r\n":
        return False
    lines = text.count(f"{terminator}\n") + text.count(f"{terminator}\r\n")
    begins = text.startswith(("\n", "\r\n"))  # behind the terminator before
    return text.count("\n") != lines + begins


def cut_unended(pieces: list[str], delimiters: Delimiters) -> tuple[list[str], set[int]]:
    """Cut pieces at line ends that begin a segment; return them, and which end so.

    The line end counts for the piece before it, as its terminator would.
    """
    begins = _begins(delimiters.element)
    found: list[str] = []
    unended: set[int] = set()
    for piece in pieces:
        if "\n" not in piece.lstrip():
            found.append(piece)
            continue
        start = 0
        for match in begins.finditer(piece):
            if match[1] in segment_ids() and piece[start : match.start()].strip():
                unended.add(len(found))
                found.append(piece[start : match.start()])
                start = match.start() + 1
        found.append(piece[start:])
    return found, unended


@lru_cache(maxsize=64)
def _begins(separator: str) -> re.Pattern[str]:
    """A line end with the beginning of a segment behind it, and a few blanks between."""
    return re.compile(rf"\n(?=[ \t\r\n]{{0,40}}([A-Z][A-Z0-9]{{1,2}}){re.escape(separator)})")
