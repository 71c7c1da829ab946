"""Segments that hold bytes: BIN and BDS say how many, so delimiters among these are none.

Source: BIN, BDS and data elements 784, 785 of X12.
"""

import re
from functools import lru_cache

from oms_edi.x12.envelope import Delimiters
from oms_edi.x12.isa import BLANK


def may_hold_bytes(text: str, separator: str) -> bool:
    """True if such a segment could stand in a text."""
    return f"BIN{separator}" in text or f"BDS{separator}" in text


def join_counted(
    pieces: list[str], rest: str, delimiters: Delimiters, *, limit: int, ended: bool
) -> tuple[list[str], str, set[int]]:
    """Put segments together again that were cut at a terminator among their bytes.

    `pieces` are what was cut, `rest` what follows without a terminator, `limit` the largest
    segment, `ended` that nothing comes behind `rest`. Returns pieces, what has to wait for more,
    and which pieces hold bytes that are counted right. Where the number does not lead to a
    terminator nothing is certain, and the delimiters stand as they are.
    """
    head, end = _head(delimiters.element), delimiters.segment
    found: list[str] = []
    counted: set[int] = set()
    at = 0
    while at < len(pieces):
        match = head.match(pieces[at])
        size = match.end() + int(match[1]) if match else 0
        joined, after = pieces[at], at + 1
        if match and size + len(end) <= limit:
            while len(joined) < size and after < len(pieces):
                joined += end + pieces[after]
                after += 1
            if len(joined) < size and not ended and len(joined) + len(rest) < size:
                return found, joined + end + rest, counted
        if match and len(joined) == size:
            counted.add(len(found))
            found.append(joined)
            at = after
        else:
            found.append(pieces[at])
            at += 1
    return found, rest, counted


@lru_cache(maxsize=64)
def _head(separator: str) -> re.Pattern[str]:
    """What stands before the bytes."""
    sign = re.escape(separator)
    return re.compile(rf"[{BLANK}]*(?:BIN|BDS{sign}[^{sign}]*){sign}(\d{{1,9}}){sign}", re.ASCII)
