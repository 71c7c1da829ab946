"""Segments that hold bytes: BIN and BDS say how many, so delimiters among these are none.

Source: BIN, BDS and data elements 784, 785 of X12.
"""

import re
from functools import lru_cache
from itertools import accumulate

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
    starts = list(accumulate((len(piece) + len(end) for piece in pieces), initial=0))
    pieces_by_end = {start - len(end): number for number, start in enumerate(starts)}
    known = starts[-1] + len(rest)
    found: list[str] = []
    counted: set[int] = set()
    at = 0
    while at < len(pieces):
        match = head.match(pieces[at])
        size = match.end() + int(match[1]) if match else 0
        after = at + 1
        if match and size + len(end) <= limit:
            target = starts[at] + size
            if target + len(end) > known and not ended:
                return found, end.join([*pieces[at:], rest]), counted
            after = pieces_by_end.get(target, 0)
            if after > at:
                counted.add(len(found))
            else:
                after = at + 1
        found.append(end.join(pieces[at:after]))
        at = after
    return found, rest, counted


@lru_cache(maxsize=64)
def _head(separator: str) -> re.Pattern[str]:
    """What stands before the bytes."""
    sign = re.escape(separator)
    return re.compile(rf"[{BLANK}]*(?:BIN|BDS{sign}[^{sign}]*){sign}(\d{{1,9}}){sign}", re.ASCII)
