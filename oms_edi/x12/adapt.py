"""Fit a document into what a partner's release and character set can carry, before it is numbered.

Source: X12.6 basic and extended character sets; dates of six digits before 004010.
"""

from collections.abc import Callable

from oms_edi.x12.guide import Guide
from oms_edi.x12.write import Body, OutSegment, Unwritable

#: Elements of free text: names, addresses, descriptions, notes. Any other value is an id or a code,
#: and to fold it would say something else.
_FREE_TEXT = frozenset({"3", "19", "93", "166", "352", "369", "387", "933"})
#: Numbers of lines, ids of items and parties, as somebody else wrote them. The first stand first in
#: their segments, the others behind their qualifiers, at the end.
_ECHOED = frozenset({"350", "234", "67"})
_UNKNOWN = ("ZZ", "UNKNOWN")
_DATE = "373"
_REFERENCE = "127"
#: What characters of the extended set become in the basic one, letters beside.
BASIC = {
    "%": "PCT",
    "@": "(AT)",
    "#": "NO.",
    "$": "USD",
    "_": "-",
    "[": "(",
    "]": ")",
    "{": "(",
    "}": ")",
    "`": "'",
}
_BASIC = str.maketrans(BASIC)
_BASIC_SIGNS = frozenset(" ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!\"&'()*+,-./:;?=")


def to_basic(body: Body, guide: Guide) -> list[OutSegment]:
    """Return a body in the basic character set: free text folded, capitals only.

    Raises:
        Unwritable: an id or a code holds what the basic set lacks.
    """

    def fold(value: str, element: str, place: str) -> str:
        if element in _FREE_TEXT:
            value = value.translate(_BASIC).upper()
        strange = next((c for c in value if c not in _BASIC_SIGNS), "")
        if strange:
            raise Unwritable(f"{place} holds {strange!r}, which the basic character set lacks")
        return value

    return [_each(segment, guide, fold) for segment in body]


def without(body: Body, guide: Guide, signs: str) -> list[OutSegment]:
    """Return a body whose text holds none of these signs.

    Blanks stand in their place in free text and references. What only repeats a reader's own words,
    such as its number of a line, is left out, with its qualifier: it knows it by the rest.
    """
    blanks = str.maketrans(dict.fromkeys(signs, " "))

    def clear(value: str, element: str, place: str) -> str:
        if element in _ECHOED:
            return "" if any(sign in value for sign in signs) else value
        is_text = element in _FREE_TEXT or element == _REFERENCE
        return value.translate(blanks).strip() if is_text else value

    return [_qualified(_each(segment, guide, clear), segment) for segment in body]


def _qualified(cleared: OutSegment, before: OutSegment) -> OutSegment:
    """Return a segment without the qualifiers of ids that were left out; later ids move up."""
    gone = [at for at in range(2, len(before)) if before[at] and not cleared[at]]
    if not gone:
        return cleared
    kept = [v for at, v in enumerate(cleared) if at not in gone and at + 1 not in gone]
    if kept[0] == "LIN" and len(kept) == 2:  # which must have one
        kept += _UNKNOWN
    return tuple(kept)


def to_short_dates(body: Body, guide: Guide) -> list[OutSegment]:
    """Return a body with dates YYMMDD, as releases before 004010 have them."""

    def shorten(value: str, element: str, place: str) -> str:
        return value[2:] if element == _DATE and len(value) == 8 else value

    return [_each(segment, guide, shorten) for segment in body]


def _each(segment: OutSegment, guide: Guide, change: Callable[[str, str, str], str]) -> OutSegment:
    """Return a segment with each element changed; `change` gets value, element number, place."""
    name = str(segment[0])
    definition = guide.segment(name)
    values: list[str | tuple[str, ...]] = [name]
    for at, value in enumerate(segment[1:], start=1):
        known = definition is not None and at <= len(definition.elements)
        number = definition.elements[at - 1].element if definition and known else ""
        place = f"{name}{at:02d}"
        if isinstance(value, str):
            values.append(change(value, number, place))
        else:
            values.append(tuple(change(part, number, place) for part in value))
    return tuple(values)
