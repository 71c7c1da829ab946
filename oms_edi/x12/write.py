"""Values to bytes: transaction sets rendered one by one, then wrapped, counted and padded.

Refuses what no reader could take apart again. Whether a set says what its guide asks for is
checked by `x12.validate` on the rendered text.
"""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, cast

from oms_edi.errors import OmsError
from oms_edi.x12.envelope import Delimiters, GroupHeader, InterchangeHeader, Segment

#: A segment to be written: its id, then elements; a tuple is a composite.
OutSegment = tuple[str | tuple[str, ...], ...]
Body = Sequence[OutSegment]


class Unwritable(OmsError):
    """A value cannot be written in X12."""


class SetOut(NamedTuple):
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
    terminator = delimiters.segment
    return terminator.join(render_segments(out, delimiters)) + terminator


def render_segments(out: SetOut, delimiters: Delimiters) -> list[str]:
    """Render ST to SE, a segment each, without terminators.

    Raises:
        Unwritable: a value holds a delimiter, a control character or none of latin-1.
    """
    separator, terminator = delimiters.element, delimiters.segment
    rows = [segment if segment[-1] else _trimmed(segment) for segment in out.body]
    components = 0
    join = cast("Callable[[OutSegment], str]", separator.join)
    try:
        body = [join(row) for row in rows]
    except TypeError:  # a composite is among them
        flat = [_flat(row, delimiters) for row in rows]
        body = [separator.join(plain) for plain, _ in flat]
        components = sum(inner for _, inner in flat)
    lines = [
        f"ST{separator}{out.set_id}{separator}{out.control_number}",
        *body,
        f"SE{separator}{len(body) + 2}{separator}{out.control_number}",
    ]
    counts = {
        terminator: len(lines) - 1,
        separator: 4 + sum(map(len, rows)) - len(rows),  # two each in ST and SE
        delimiters.component: components,
    }
    _check(terminator.join(lines), out, counts)
    return lines


def _trimmed(values: OutSegment) -> OutSegment:
    """Return values without the empty ones at the end."""
    size = len(values)
    while size and not values[size - 1]:
        size -= 1
    return values[:size]


def _flat(values: OutSegment, delimiters: Delimiters) -> tuple[list[str], int]:
    """Return values with composites joined, and how many component separators that took."""
    inner = 0
    plain = []
    for value in values:
        if not isinstance(value, str):
            parts = _trimmed(value)
            inner += len(parts) - 1
            value = delimiters.component.join(cast(Sequence[str], parts))
        plain.append(value)
    return plain, inner


def _check(text: str, out: SetOut, counts: dict[str, int]) -> None:
    """Refuse characters that would be read as structure: each delimiter only where we put it."""
    for delimiter, count in counts.items():
        if text.count(delimiter) != count:
            raise Unwritable(_guilty(out, delimiter, f"the delimiter {delimiter!r}"))
    if not (text.isprintable() and text.isascii()):
        # delimiters are often control characters themselves, and stand where they should by now
        bad = next((c for c in text if not _is_writable(c) and c not in counts), "")
        if bad:
            raise Unwritable(_guilty(out, bad, f"the character {bad!r}"))


def _is_writable(character: str) -> bool:
    return character.isprintable() and ord(character) < 256


def _guilty(out: SetOut, character: str, what: str) -> str:
    for segment in out.body:
        for number, value in enumerate(segment):
            if character in "".join(value):
                return f"{segment[0]}{number:02d} of a {out.set_id} holds {what}"
    return f"a {out.set_id} holds {what}"


def assemble(
    *,
    header: InterchangeHeader,
    groups: Sequence[RenderedGroup],
    answers: Sequence[Segment] = (),
    newline: bool = False,
) -> tuple[bytes, list[tuple[int, int]]]:
    """Wrap rendered sets; return the bytes and (start, size) of each set in them.

    `answers` are TA1 segments that go along.
    """
    delimiters = header.delimiters
    separator = delimiters.element
    end = delimiters.segment + ("\n" if newline else "")
    pieces = [_isa(header) + end, *(separator.join(ta1) + end for ta1 in answers)]
    places: list[tuple[int, int]] = []
    at = sum(map(len, pieces))
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
            header.authorization_qualifier,
            header.authorization.ljust(10),
            header.security_qualifier,
            header.security.ljust(10),
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
            header.delimiters.component or _unused(header.delimiters),
        )
    )


def _unused(delimiters: Delimiters) -> str:
    """Return a sign for ISA16 of an interchange that has no composites."""
    taken = delimiters.element + delimiters.repetition + delimiters.segment
    return next(sign for sign in ">:<\\|" if sign not in taken)


def render_ta1(
    *, header: InterchangeHeader, acknowledged: InterchangeHeader, code: str, note: str
) -> bytes:
    """Render an interchange that holds only a TA1 for `acknowledged`."""
    delimiters = header.delimiters
    separator, end = delimiters.element, delimiters.segment
    number = acknowledged.control_number.zfill(9)
    when = (_digits(acknowledged.date, 6), _digits(acknowledged.time, 4))
    ta1 = ("TA1", number, *when, code, note)
    text = (
        f"{_isa(header)}{end}{separator.join(ta1)}{end}"
        f"IEA{separator}0{separator}{header.control_number}{end}"
    )
    return text.encode("latin-1")


def _digits(text: str, width: int) -> str:
    """Return so many digits as they were sent; zeros where they cannot be said again."""
    return text if len(text) == width and text.isascii() and text.isdecimal() else "0" * width


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


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """Return free text in the X12 extended set: accents dropped, delimiters made blanks."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.translate(TRANSLITERATION))
        text = text.encode("ascii", "ignore").decode()
    text = text.translate(_NEVER_IN_TEXT)
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    return text.strip()
