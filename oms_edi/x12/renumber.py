"""An interchange of ours under other control numbers: its sets stay byte for byte."""

from datetime import datetime

from oms_edi.errors import OmsError

#: Where the separators stand in an ISA, which is of fixed width (X12.5).
_ELEMENT_AT = 3
_TERMINATOR_AT = 105


def renumber(content: bytes, *, isa: str, gs: str, now: datetime) -> tuple[bytes, int]:
    """Return it with this ISA13 and GS06, dated now, and by how many bytes its sets moved.

    It must have one group, as `write.assemble` makes it.

    Raises:
        OmsError: it has no group, such as a TA1 alone.
    """
    separator = content[_ELEMENT_AT : _ELEMENT_AT + 1]
    terminator = content[_TERMINATOR_AT : _TERMINATOR_AT + 1]
    segments = content.split(terminator)
    moved = 0
    done = set()
    for place, segment in enumerate(segments):
        name = segment.lstrip(b"\r\n").split(separator, 1)[0]
        if name not in (b"ISA", b"GS", b"GE", b"IEA"):
            continue
        done.add(name)
        elements = segment.split(separator)
        _set(name, elements, isa=isa.encode(), gs=gs.encode(), now=now)
        segments[place] = separator.join(elements)
        if name in (b"ISA", b"GS"):
            moved += len(segments[place]) - len(segment)
    if len(done) < 4:
        raise OmsError("only an interchange with a group can have other numbers")
    return terminator.join(segments), moved


def _set(name: bytes, elements: list[bytes], *, isa: bytes, gs: bytes, now: datetime) -> None:
    day, minute = now.strftime("%Y%m%d").encode(), now.strftime("%H%M").encode()
    if name == b"ISA":
        elements[9], elements[10], elements[13] = day[2:], minute, isa
    elif name == b"GS":
        elements[4], elements[5], elements[6] = day[-len(elements[4]) :], minute, gs
    else:
        elements[2] = isa if name == b"IEA" else gs
