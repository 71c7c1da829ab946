"""Values to bytes: transaction sets rendered one by one, then wrapped, counted and padded.

Refuses what no reader could take apart again. Whether a set says what its guide asks for is
checked by `x12.validate` on the rendered text.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from oms_edi.errors import OmsError
from oms_edi.x12.envelope import Delimiters, GroupHeader, InterchangeHeader

#: A segment to be written: its id, then elements; a tuple is a composite.
OutSegment = tuple[str | tuple[str, ...], ...]
Body = Sequence[OutSegment]


class Unwritable(OmsError):
    """A value cannot be written in X12."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetOut:
    """A transaction set to be rendered: what stands between ST and SE."""

    set_id: str
    control_number: str
    body: Body


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedGroup:
    """A functional group whose sets are rendered."""

    header: GroupHeader
    sets: Sequence[str]


def render_set(out: SetOut, delimiters: Delimiters) -> str:
    """Render ST to SE, each segment with its terminator.

    Raises:
        Unwritable: a value holds a delimiter, a control character or none of latin-1.
    """
    separator, terminator = delimiters.element, delimiters.segment
    lines = [f"ST{separator}{out.set_id}{separator}{out.control_number}"]
    lines += [_segment(segment, delimiters) for segment in out.body]
    lines.append(f"SE{separator}{len(lines) + 1}{separator}{out.control_number}")
    text = terminator.join(lines)
    _check(text, out, delimiters)
    return text + terminator


def _segment(segment: OutSegment, delimiters: Delimiters) -> str:
    values = [
        value
        if isinstance(value, str)
        else delimiters.component.join(value).rstrip(delimiters.component)
        for value in segment
    ]
    return delimiters.element.join(values).rstrip(delimiters.element)


def _check(text: str, out: SetOut, delimiters: Delimiters) -> None:
    """Refuse characters that would be read as structure. One pass over the whole text."""
    body = text.replace(delimiters.segment, "")
    if text.count(delimiters.segment) != len(out.body) + 1:
        raise Unwritable(_guilty(out, delimiters.segment, "the segment terminator"))
    if not (body.isprintable() and body.isascii()):
        bad = next((c for c in body if not _is_writable(c)), "")
        if bad:
            raise Unwritable(_guilty(out, bad, f"the character {bad!r}"))
    for segment in out.body:
        for value in segment:
            for part in (value,) if isinstance(value, str) else value:
                if delimiters.element in part:
                    raise Unwritable(_guilty(out, delimiters.element, "the element separator"))
                if delimiters.component in part:
                    raise Unwritable(_guilty(out, delimiters.component, "the component separator"))


def _is_writable(character: str) -> bool:
    return character.isprintable() and ord(character) < 256


def _guilty(out: SetOut, character: str, what: str) -> str:
    for segment in out.body:
        for number, value in enumerate(segment):
            if character in "".join(value):
                return f"{segment[0]}{number:02d} of a {out.set_id} holds {what}"
    return f"a {out.set_id} holds {what}"


def assemble(
    *, header: InterchangeHeader, groups: Sequence[RenderedGroup], newline: bool = False
) -> tuple[bytes, list[tuple[int, int]]]:
    """Wrap rendered sets; return the bytes and (start, size) of each set in them."""
    delimiters = header.delimiters
    separator = delimiters.element
    end = delimiters.segment + ("\n" if newline else "")
    pieces = [_isa(header) + end]
    places: list[tuple[int, int]] = []
    at = len(pieces[0])
    for group in groups:
        gs = group.header
        head = separator.join(
            (
                "GS",
                gs.functional_id,
                gs.sender,
                gs.receiver,
                gs.date,
                gs.time,
                gs.control_number,
                "X",
                gs.version,
            )
        )
        pieces.append(head + end)
        at += len(pieces[-1])
        for text in group.sets:
            pieces.append(text.replace(delimiters.segment, end) if newline else text)
            places.append((at, len(pieces[-1])))
            at += len(pieces[-1])
        pieces.append(f"GE{separator}{len(group.sets)}{separator}{gs.control_number}{end}")
        at += len(pieces[-1])
    pieces.append(f"IEA{separator}{len(groups)}{separator}{header.control_number}{end}")
    return "".join(pieces).encode("latin-1"), places


def _isa(header: InterchangeHeader) -> str:
    repetition = header.delimiters.repetition if header.version >= "00402" else ""
    return header.delimiters.element.join(
        (
            "ISA",
            "00",
            " " * 10,
            "00",
            " " * 10,
            header.sender_qualifier,
            header.sender_id.ljust(15),
            header.receiver_qualifier,
            header.receiver_id.ljust(15),
            header.date,
            header.time,
            repetition or "U",
            header.version,
            header.control_number,
            "1" if header.ack_requested else "0",
            header.usage,
            header.delimiters.component,
        )
    )


def render_ta1(
    *, header: InterchangeHeader, acknowledged: InterchangeHeader, code: str, note: str
) -> bytes:
    """Render an interchange that holds only a TA1 for `acknowledged`."""
    delimiters = header.delimiters
    separator, end = delimiters.element, delimiters.segment
    ta1 = ("TA1", acknowledged.control_number, acknowledged.date, acknowledged.time, code, note)
    text = (
        f"{_isa(header)}{end}{separator.join(ta1)}{end}"
        f"IEA{separator}0{separator}{header.control_number}{end}"
    )
    return text.encode("latin-1")


#: What letters and signs outside the X12 extended set become; the rest by Unicode decomposition.
TRANSLITERATION = str.maketrans(
    {
        "ß": "ss",
        "Æ": "AE",
        "æ": "ae",
        "Ø": "O",
        "ø": "o",
        "Œ": "OE",
        "œ": "oe",
        "Ł": "L",
        "ł": "l",
        "Đ": "D",
        "đ": "d",
        "“": '"',
        "”": '"',
        "„": '"',
        "‘": "'",
        "’": "'",
        "–": "-",
        "—": "-",
        "…": "...",
        "•": "-",
        "€": "EUR",
        "£": "GBP",
        "®": "(R)",
        "™": "(TM)",
        "×": "x",
        "½": "1/2",
        "¼": "1/4",
    }
)
#: Delimiters of every partner are taken from these, so free text never holds one.
_NEVER_IN_TEXT = str.maketrans(dict.fromkeys("*~^|>\\", " "))


def fold(text: str) -> str:
    """Return free text in the X12 extended set: accents dropped, delimiters made blanks."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.translate(TRANSLITERATION))
        text = text.encode("ascii", "ignore").decode()
    text = text.translate(_NEVER_IN_TEXT)
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    return text.strip()
