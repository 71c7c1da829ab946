"""An X12 file for eyes: loops indented, elements and codes with their meaning, faults in place."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from oms_edi.domain.issue import Issue
from oms_edi.x12.charset import plain_text
from oms_edi.x12.dictionary import code_meaning, element_name
from oms_edi.x12.envelope import (
    Delimiters,
    InterchangeHeader,
    Segment,
    TransactionSet,
)
from oms_edi.x12.events import (
    Event,
    GroupEnd,
    GroupStart,
    InterchangeAck,
    InterchangeEnd,
    InterchangeStart,
    Junk,
    SetRead,
)
from oms_edi.x12.guide import ElementDef, Guide, guide_for
from oms_edi.x12.validate import group_issues, places, ta1_issues, validate


class Line(NamedTuple):
    """One line to print."""

    depth: int
    #: envelope, segment, element, issue: what it is, for its color.
    kind: str
    text: str


def show(events: Iterable[Event], *, elements: bool) -> Iterator[Line]:
    """Yield what a person wants to see of a file; `elements` adds a line for each element."""
    version = functional_id = ""
    delimiters = Delimiters()
    for event in events:
        match event:
            case InterchangeStart():
                delimiters = event.header.delimiters
                yield Line(0, "envelope", _interchange(event.header))
            case GroupStart():
                version, functional_id = event.header.version, event.header.functional_id
                header = event.header
                text = f"GS {header.functional_id} group {header.control_number}, {version}"
                yield Line(1, "envelope", f"{text}, {header.sender} to {header.receiver}")
            case SetRead():
                yield from _set(event.set, version, functional_id, elements=elements)
            case InterchangeAck():
                guide = guide_for("997", version)
                yield from _segment(event.elements, 1, guide, delimiters, elements=elements)
                yield from _issues(2, ta1_issues(event.elements, delimiters))
            case GroupEnd():
                yield from _issues(1, event.issues)
            case InterchangeEnd():
                yield from _issues(0, event.issues)
            case Junk():
                yield from _issues(0, (event.issue,))


def _interchange(header: InterchangeHeader) -> str:
    sender = f"{header.sender_qualifier}/{header.sender_id}"
    receiver = f"{header.receiver_qualifier}/{header.receiver_id}"
    used = "test" if header.usage == "T" else "production"
    return (
        f"ISA interchange {header.control_number}, {header.version}, {sender} to {receiver},"
        f" {header.date} {header.time}, {used}"
    )


def _issues(depth: int, issues: Iterable[Issue]) -> Iterator[Line]:
    for issue in issues:
        code = f" (code {issue.code})" if issue.code else ""
        yield Line(depth, "issue", f"{issue.severity}: {issue.message}{code}")


def _set(
    read: TransactionSet, version: str, functional_id: str, *, elements: bool
) -> Iterator[Line]:
    guide = guide_for(read.set_id, version)
    faults = list(read.issues)
    if guide:
        faults += [*group_issues(read, guide, functional_id), *validate(read, guide)]
    name = guide.name if guide else "no guide for this set"
    head = f"ST {read.set_id} {name}, control {read.control_number}, at byte {read.offset}"
    yield Line(2, "envelope", head)
    where = places(read, guide) if guide else [-1] * len(read.raw)
    found: dict[int, list[Issue]] = {}
    for issue in faults:
        found.setdefault(min(issue.position, len(read.raw)), []).append(issue)
    yield from _issues(3, found.get(0, []))
    rows = _readable(read)
    for position, (values, place) in enumerate(zip(rows, where, strict=True), start=1):
        depth = 3 + (_depth(guide, place) if guide and place >= 0 else 0)
        yield from _segment(values, depth, guide, read.delimiters, elements=elements)
        yield from _issues(depth + 1, found.get(position, []))


def _readable(read: TransactionSet) -> list[Segment]:
    """Return the segments of a set as a terminal can show them: bytes by their number."""
    rows = read.segments()
    for position in read.counted:
        *_, content = rows[position - 1]
        rows[position - 1][-1] = f"({len(content)} bytes)"
    return [[plain_text(value) for value in values] for values in rows]


def _depth(guide: Guide, place: int) -> int:
    """Return how many loops a place stands in; the first segment of a loop stands before it."""
    depth = 0
    parent = guide.nodes[place].parent
    while parent >= 0:
        depth += 1
        parent = guide.nodes[parent].parent
    return depth


def _segment(
    values: Segment, depth: int, guide: Guide | None, delimiters: Delimiters, *, elements: bool
) -> Iterator[Line]:
    definition = guide.segment(values[0]) if guide else None
    title = f"  {definition.name}" if definition and elements else ""
    yield Line(depth, "segment", "*".join(values) + title)
    if not elements or definition is None:
        return
    for at, value in enumerate(values[1:], start=1):
        if value and at <= len(definition.elements):
            element = definition.elements[at - 1]
            yield from _element(f"{values[0]}{at:02d}", value, element, depth + 2, delimiters)


def _element(
    name: str, value: str, element: ElementDef, depth: int, delimiters: Delimiters
) -> Iterator[Line]:
    if element.components and delimiters.component:
        parts = value.split(delimiters.component)
        for number, (part, inner) in enumerate(
            zip(parts, element.components, strict=False), start=1
        ):
            if part:
                yield from _element(f"{name}-{number}", part, inner, depth, delimiters)
        return
    meaning = code_meaning(element.element, value)
    told = f" = {meaning}" if meaning else ""
    yield Line(depth, "element", f"{name} {value}{told}  [{element_name(element.element)}]")
