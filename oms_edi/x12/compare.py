"""Two X12 files by meaning: what they say differently, whatever their bytes.

Who sends to whom, and production or test, count. Delimiters, line ends, envelope numbers and
dates, set control numbers, trailing empty elements and ways of writing a number (10, 10.0, 010)
do not.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation

from oms_edi.x12.envelope import Delimiters
from oms_edi.x12.guide import Guide, SegmentDef, guide_for
from oms_edi.x12.matching import differing
from oms_edi.x12.plain import PlainInterchange

Row = tuple[str, ...]
#: Element types whose values are numbers.
_NUMBERS = ("R", "N")


def differences(
    first: Sequence[PlainInterchange], second: Sequence[PlainInterchange]
) -> Iterator[str]:
    """Yield one line a difference, `-` in the first, `+` in the second, `~` changed."""
    ours, theirs = list(_rows(first)), list(_rows(second))
    for a, b, c, d in differing([row for _, row in ours], [row for _, row in theirs]):
        old, new = ours[a:b], theirs[c:d]
        if [x[1][0] for x in old] == [y[1][0] for y in new]:
            for (where, before), (_, after) in zip(old, new, strict=True):
                yield from _changed(where, before, after)
        else:
            yield from (f"- {where}: {'*'.join(row)}" for where, row in old)
            yield from (f"+ {where}: {'*'.join(row)}" for where, row in new)


def _rows(interchanges: Sequence[PlainInterchange]) -> Iterator[tuple[str, Row]]:
    for interchange in interchanges:
        isa = interchange.header
        sender = (isa.sender_qualifier, isa.sender_id)
        receiver = (isa.receiver_qualifier, isa.receiver_id)
        # at their places: ISA05 to ISA08, ISA15
        yield "interchange", ("ISA", *("",) * 4, *sender, *receiver, *("",) * 6, isa.usage)
        for ta1 in interchange.answers:
            yield "interchange", tuple(ta1)
        for group in interchange.groups:
            gs = group.header
            named = (gs.functional_id, gs.sender, gs.receiver)  # GS01 to GS03
            yield "group", ("GS", *named, *("",) * 4, gs.version)
            for count, one in enumerate(group.sets, start=1):
                guide = guide_for(one.set_id, group.header.version)
                for position, values in enumerate(one.segments(), start=1):
                    where = f"{one.set_id} {count} segment {position}"
                    yield where, _row(values, guide, one.delimiters)


def _row(values: Sequence[str], guide: Guide | None, delimiters: Delimiters) -> Row:
    if values[0] in ("ST", "SE"):
        return (values[0], values[1] if values[0] == "ST" else "")
    definition = guide.segment(values[0]) if guide else None
    row = [values[0], *(_value(v, definition, at) for at, v in enumerate(values[1:], start=1))]
    while len(row) > 1 and not row[-1]:
        row.pop()
    component = delimiters.component
    return tuple(value.replace(component, ">") if component else value for value in row)


def _value(value: str, definition: SegmentDef | None, at: int) -> str:
    value = value.strip()
    if definition is None or at > len(definition.elements):
        return value
    if definition.elements[at - 1].type.startswith(_NUMBERS):
        try:
            return format(Decimal(value).normalize(), "f")
        except InvalidOperation:
            return value
    return value


def _changed(where: str, before: Row, after: Row) -> Iterator[str]:
    for at in range(1, max(len(before), len(after))):
        old = before[at] if at < len(before) else ""
        new = after[at] if at < len(after) else ""
        if old != new:
            yield f"~ {where}: {before[0]}{at:02d} {old or '(none)'} -> {new or '(none)'}"
