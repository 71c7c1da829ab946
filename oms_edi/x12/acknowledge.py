"""The 997 or 999: what we found in a functional group, in the words of X12 (AK1 to AK9).

Written in the release of the group it answers. Source: X12 997 in 004010 and 005010; note codes
of data elements 715 to 723.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from oms_edi.domain.issue import Issue, Level, Severity
from oms_edi.x12 import echo
from oms_edi.x12.envelope import GroupHeader
from oms_edi.x12.write import OutSegment

#: At most so many AK4 under one AK3 (X12 997), codes in an AK5 or AK9, AK3 in a set (ours).
_MAX_ELEMENTS = 99
_MAX_CODES = 5
_MAX_SEGMENTS = 100
_IN_SEGMENTS = (Level.SEGMENT, Level.ELEMENT, Level.COMPONENT)
#: Codes of AK403 that came with 005010, and what says the same before: too many elements.
_BEFORE_5010 = {"12": "3", "13": "3"}


#: Which acknowledgment a group gets.
Kind = Literal["997", "999"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Segments of one kind of acknowledgment, and which of an issue's codes it has."""

    segment: str
    element: str
    verdict: str
    code: Callable[[Issue], str]


_NAMES = {
    "997": Names(segment="AK3", element="AK4", verdict="AK5", code=lambda issue: issue.code),
    "999": Names(
        segment="IK3",
        element="IK4",
        verdict="IK5",
        code=lambda issue: issue.code_999 or issue.code,
    ),
}


class SetVerdict(NamedTuple):
    """Our verdict on one transaction set."""

    set_id: str
    control_number: str
    #: AK501: A accepted, E accepted with errors, R rejected.
    code: str
    issues: tuple[Issue, ...] = ()


def verdict(issues: Iterable[Issue], *, strict: bool) -> str:
    """Return AK501 for a set with these issues; `strict` rejects for any error."""
    code = "A"
    for issue in issues:
        if issue.severity is Severity.REJECT:
            return "R"
        if issue.severity is Severity.ERROR:
            code = "R" if strict else "E"
    return code


def acknowledge_group(
    header: GroupHeader,
    verdicts: Sequence[SetVerdict],
    *,
    group_issues: Sequence[Issue],
    declared_sets: int | None,
    received_sets: int,
    version: str,
    kind: Kind = "997",
) -> list[OutSegment]:
    """Return the body of the 997 or 999 for a group: AK1, a loop a set, AK9.

    `version` is its release; AK103, AK401-3 and some codes came with 005010.
    """
    release_5010 = version >= "005010"
    names = _NAMES[kind]
    first: OutSegment = (
        "AK1",
        echo.kind_of_group(header.functional_id, (one.set_id for one in verdicts)),
        echo.group_number(header.control_number),
    )
    body: list[OutSegment] = [first]
    if release_5010:
        body = [(*first, *echo.group_version(header.version))]
    for one in verdicts:
        body.extend(_set(one, names, release_5010=release_5010))
    accepted = sum(one.code != "R" for one in verdicts)
    errors = any(one.code == "E" for one in verdicts) or any(
        issue.severity is not Severity.NOTE for issue in group_issues
    )
    if verdicts and not accepted:
        code = "R"
    elif accepted < len(verdicts):
        code = "P"
    else:
        code = "E" if errors else "A"
    included = received_sets if declared_sets is None else declared_sets
    codes = _codes((i for i in group_issues if i.severity is not Severity.NOTE), Level.GROUP)
    counts = map(echo.count, (included, received_sets, accepted))
    body.append(("AK9", code, *counts, *codes))
    return body


def _set(one: SetVerdict, names: Names, *, release_5010: bool) -> Iterator[OutSegment]:
    yield ("AK2", echo.set_id(one.set_id), echo.set_number(one.control_number))
    if one.code == "A":
        yield (names.verdict, "A")
        return
    told = [issue for issue in one.issues if issue.severity is not Severity.NOTE]
    segments = list(_segments(told, names, release_5010=release_5010))
    yield from segments[: _MAX_SEGMENTS * 2]
    codes = _codes(told, Level.SET)
    if (segments or not codes) and "5" not in codes:
        codes = ("5", *codes)[:_MAX_CODES]
    yield (names.verdict, one.code, *codes)


def _codes(issues: Iterable[Issue], level: Level) -> tuple[str, ...]:
    found = dict.fromkeys(issue.code for issue in issues if issue.level is level and issue.code)
    return tuple(found)[:_MAX_CODES]


def _segments(issues: Iterable[Issue], names: Names, *, release_5010: bool) -> Iterator[OutSegment]:
    """Yield AK3 and AK4: segments by position, elements by place, one AK3 an error code.

    A fault that both the guide and the reader found is told once.
    """
    places: dict[tuple[int, str], list[Issue]] = {}
    for issue in issues:
        if issue.level in _IN_SEGMENTS and issue.position:
            places.setdefault((issue.position, issue.segment), []).append(issue)
    for (position, segment), found in sorted(places.items()):
        loop = next((issue.loop for issue in found if issue.loop), "")
        head = (names.segment, echo.segment_id(segment), str(position), loop[:4])
        codes = dict.fromkeys(names.code(i) for i in found if i.level is Level.SEGMENT and i.code)
        for code in codes:
            if code != "8":
                yield (*head, code)
        elements = [issue for issue in found if issue.level is not Level.SEGMENT]
        if elements:
            yield (*head, "8")
            elements.sort(key=lambda issue: (issue.element, issue.component, issue.repetition))
            told = dict.fromkeys(
                _element(issue, names, release_5010=release_5010)
                for issue in _by_the_guide(elements)
            )
            yield from list(told)[:_MAX_ELEMENTS]


def _by_the_guide(issues: Sequence[Issue]) -> Iterator[Issue]:
    """Yield issues; what the reader found in an element only if the guide found nothing there."""
    named = {(i.element, i.component) for i in issues if i.reference}
    for issue in issues:
        if issue.reference or (issue.element, issue.component) not in named:
            yield issue


def _element(issue: Issue, names: Names, *, release_5010: bool) -> OutSegment:
    """Return the AK4 of an issue."""
    place: str | tuple[str, ...] = str(issue.element)
    if issue.repetition and release_5010:
        component = str(issue.component) if issue.component else ""
        place = (str(issue.element), component, str(issue.repetition))
    elif issue.component:
        place = (str(issue.element), str(issue.component))
    code = names.code(issue) if release_5010 else _BEFORE_5010.get(issue.code, issue.code)
    return (names.element, place, issue.reference if issue.reference.isdecimal() else "", code)
