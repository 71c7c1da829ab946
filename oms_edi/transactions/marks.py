"""Marks of packs: the SSCC-18 and the parcel tracking number of each.

Some write a MAN for each mark, some both in one, some a REF or N9; the labels of several packs may
stand together. Source: X12 004010 MAN, and what warehouse systems write.
"""

from collections.abc import Iterable

from oms_edi.domain.item import check_digit
from oms_edi.transactions.elements import at
from oms_edi.x12.envelope import Segment

_LABEL = ("GM", "AA")
_TRACKING = ("CP", "CN", "2I")


def packs_of(segments: Iterable[Segment]) -> tuple[tuple[str, str], ...]:
    """Return (SSCC-18, tracking number) of each pack that is marked, "" where not told.

    A mark goes to the first pack that has none of its kind. A label whose check digit is wrong
    is no label.
    """
    packs: list[tuple[str, str]] = []
    for segment in segments:
        if segment[0] not in ("MAN", "REF", "N9"):
            continue
        sscc = tracking = ""
        marks = [(at(segment, 1), at(segment, 2))]
        if segment[0] == "MAN":
            marks.append((at(segment, 4), at(segment, 5)))
        for q, value in marks:
            digits = value.removeprefix("00") if len(value) == 20 else value
            if q in _LABEL and _is_sscc(digits):
                sscc = digits
            elif q in _TRACKING:
                tracking = value
        if sscc or tracking:
            _put(packs, sscc, tracking)
    return tuple(packs)


def _put(packs: list[tuple[str, str]], sscc: str, tracking: str) -> None:
    for place, (label, number) in enumerate(packs):
        if not (sscc and label) and not (tracking and number):
            packs[place] = (sscc or label, tracking or number)
            return
    packs.append((sscc, tracking))


def _is_sscc(digits: str) -> bool:
    return (
        len(digits) == 18
        and digits.isascii()
        and digits.isdecimal()
        and check_digit(digits[:17]) == digits[17]
    )
