"""997 and 999, and the TA1 beside them: what a partner says of what we sent.

Writing them is `x12.acknowledge`. Source: X12 997 in 004010 and 005010, 999 in 005010.
"""

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from oms_edi.domain.documents import GroupAnswer, InterchangeAnswer, SetAnswer
from oms_edi.domain.issue import Issue
from oms_edi.transactions.elements import at, refusal
from oms_edi.x12.dictionary import code_meaning
from oms_edi.x12.envelope import Delimiters, Segment


def read(
    segments: Sequence[Segment], *, delimiters: Delimiters, version: str
) -> tuple[tuple[GroupAnswer, ...], list[Issue]]:
    """Return the verdicts of a 997 or 999: one group, or several where a partner runs them on."""
    groups: list[list[Segment]] = []
    for segment in segments:
        if segment[0] == "AK1":
            groups.append([segment])
        elif groups:
            groups[-1].append(segment)
    if groups:
        return tuple(_group(one, delimiters) for one in groups), []
    return (), [refusal("AK1 is missing: it answers nothing", segment="AK1", position=2)]


def _group(segments: Sequence[Segment], delimiters: Delimiters) -> GroupAnswer:
    first, code = segments[0], ""
    codes: tuple[str, ...] = ()
    sets: list[SetAnswer] = []
    named: Segment | None = None
    notes: list[Segment] = []
    for segment in segments:
        match segment[0]:
            case "AK2":
                named, notes = segment, []
            case "AK3" | "IK3" | "AK4" | "IK4":
                notes.append(segment)
            case "AK5" | "IK5" if named is not None:
                sets.append(_set(named, segment, tuple(_faults(notes, delimiters))))
                named = None
            case "AK9":
                code, codes = at(segment, 1), _codes(segment, 5)
    number = at(first, 2)
    return GroupAnswer(
        functional_id=at(first, 1),
        group_control=number.lstrip("0") or number,
        code=code,
        error_codes=codes,
        sets=tuple(sets),
    )


def _faults(notes: Sequence[Segment], delimiters: Delimiters) -> Iterator[str]:
    """Say what AK3 and AK4 say; of a segment only where none of its elements is named."""
    segment_id = position = ""
    for note, after in zip_longest(notes, notes[1:], fillvalue=[""]):
        is_999 = note[0].startswith("IK")
        if note[0] in ("AK3", "IK3"):
            segment_id, position = at(note, 1)[:3], at(note, 2)[:6]
            what, element, code = segment_id, "620" if is_999 else "720", at(note, 4)[:3]
            if not code or after[0] in ("AK4", "IK4"):
                continue
        else:
            number = delimiters.first(at(note, 1))[:2]
            what, element, code = segment_id + number.zfill(2), "723", at(note, 3)[:3]
            element = "621" if is_999 else element
        meaning = code_meaning(element, code)
        yield f"{what} in segment {position}: {meaning or 'code'} ({code})"


def _set(named: Segment, verdict: Segment, faults: tuple[str, ...]) -> SetAnswer:
    return SetAnswer(
        set_id=at(named, 1),
        set_control=at(named, 2),
        code=at(verdict, 1),
        error_codes=_codes(verdict, 2),
        faults=faults,
    )


def _codes(segment: Segment, first: int) -> tuple[str, ...]:
    found = (at(segment, place) for place in range(first, len(segment)))
    return tuple(code for code in found if code)


def read_ta1(segment: Segment) -> InterchangeAnswer:
    """Return the verdict of a TA1."""
    return InterchangeAnswer(
        interchange_control=at(segment, 1).zfill(9), code=at(segment, 4), note=at(segment, 5)
    )
