"""Interchanges as plain values and back: what `x12 json` prints, what `x12 split` cuts.

Line ends, blanks and trailing empty elements are not kept; counts and trailers are written anew.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from oms_edi.domain.issue import Issue
from oms_edi.errors import UnreadableFile
from oms_edi.x12.envelope import (
    COUNTED,
    Delimiters,
    GroupHeader,
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
from oms_edi.x12.guide import guide_for
from oms_edi.x12.isa import ISA_WIDTH
from oms_edi.x12.write import RenderedGroup, assemble


@dataclass(slots=True)
class PlainGroup:
    """A functional group with its sets."""

    header: GroupHeader
    sets: list[TransactionSet] = field(default_factory=list)


@dataclass(slots=True)
class PlainInterchange:
    """An interchange with its groups, and what is wrong with its frame."""

    header: InterchangeHeader
    #: TA1 segments.
    answers: list[Segment] = field(default_factory=list)
    groups: list[PlainGroup] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)


def gather(events: Iterable[Event]) -> list[PlainInterchange]:
    """Return the interchanges of a scan, in memory.

    Raises:
        UnreadableFile: there is none.
    """
    found: list[PlainInterchange] = []
    before: list[Issue] = []
    for event in events:
        match event:
            case InterchangeStart():
                found.append(PlainInterchange(event.header, issues=before))
                before = []
            case InterchangeAck():
                found[-1].answers.append(event.elements)
            case GroupStart():
                found[-1].groups.append(PlainGroup(event.header))
            case SetRead():
                found[-1].groups[-1].sets.append(event.set)
            case GroupEnd() | InterchangeEnd():
                found[-1].issues += event.issues
            case Junk():
                (found[-1].issues if found else before).append(event.issue)
    if not found:
        raise UnreadableFile("there is no interchange in it")
    return found


def to_plain(interchange: PlainInterchange) -> dict[str, Any]:
    """Return an interchange as JSON values; composites become lists."""
    return {
        "isa": asdict(interchange.header),
        "ta1": interchange.answers,
        "groups": [
            {
                "gs": asdict(group.header),
                "sets": [
                    {
                        "set": one.set_id,
                        "control": one.control_number,
                        "segments": list(_segments(one, group.header.version)),
                    }
                    for one in group.sets
                ],
            }
            for group in interchange.groups
        ],
    }


def _segments(read: TransactionSet, version: str) -> Iterator[list[Any]]:
    guide = guide_for(read.set_id, version)
    component = read.delimiters.component
    for values in read.segments():
        if values[0] in ("ST", "SE"):
            continue
        definition = guide.segment(values[0]) if guide else None
        elements = definition.elements if definition else ()
        row: list[Any] = list(values)
        for at, element in enumerate(elements, start=1):
            if at < len(row) and element.components and component and component in row[at]:
                row[at] = row[at].split(component)
        while len(row) > 1 and not row[-1]:
            row.pop()
        yield row


def from_plain(document: dict[str, Any]) -> bytes:
    """Write what `to_plain` returned as an interchange.

    Raises:
        UnreadableFile: a key is missing or a value is of the wrong kind.
    """
    try:
        isa = dict(document["isa"])
        delimiters = Delimiters(**isa.pop("delimiters"))
        header = InterchangeHeader(**isa, delimiters=delimiters)
        groups = [
            RenderedGroup(
                header=GroupHeader(**group["gs"]),
                sets=[_render(one, delimiters) for one in group["sets"]],
            )
            for group in document["groups"]
        ]
        answers = document.get("ta1", [])
        content, _ = assemble(header=header, groups=groups, answers=answers)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise UnreadableFile(f"not an interchange as `x12 json` prints it: {error}") from error
    head = content.partition(delimiters.segment.encode("latin-1"))[0]
    if len(head) != ISA_WIDTH - 1:
        raise UnreadableFile(f"ISA has {len(head) + 1} characters, must have {ISA_WIDTH}")
    return content


def _render(one: dict[str, Any], delimiters: Delimiters) -> str:
    rows = [["ST", one["set"], one["control"]], *one["segments"]]
    rows.append(["SE", str(len(rows) + 1), one["control"]])
    lines = []
    for row in rows:
        values = [v if isinstance(v, str) else delimiters.component.join(v) for v in row]
        plain = values
        if COUNTED.get(values[0]) == len(values) - 1:
            *plain, content = values
            values[-2] = str(len(content))
        if any(delimiters.element in v or delimiters.segment in v for v in plain):
            raise UnreadableFile(f"a value of {values[0]} holds a delimiter; choose another one")
        lines.append(delimiters.element.join(values))
    return delimiters.segment.join(lines) + delimiters.segment


def split(interchange: PlainInterchange, *, by_set: bool) -> Iterator[tuple[str, bytes]]:
    """Yield (name, bytes) of interchanges of their own: each set, or this interchange alone."""
    plain = to_plain(interchange)
    control = interchange.header.control_number
    if not by_set:
        yield control, from_plain(plain)
        return
    for group in plain["groups"]:
        number = group["gs"]["control_number"]
        for one in group["sets"]:
            name = f"{control}_{number}_{one['set']}_{one['control']}"
            alone = {"gs": group["gs"], "sets": [one]}
            yield name, from_plain({"isa": plain["isa"], "groups": [alone]})
    if plain["ta1"]:
        yield f"{control}_TA1", from_plain({**plain, "groups": []})
