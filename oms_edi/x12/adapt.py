"""Fit a document into what a partner's release and character set can carry, before it is numbered.

Source: X12.6 basic and extended character sets; dates of six digits before 004010.
"""

from collections.abc import Callable

from oms_edi.x12.guide import Guide
from oms_edi.x12.write import Body, OutSegment, Unwritable

#: Elements of free text: names, addresses, descriptions, notes. Any other value is an id or a code,
#: and to fold it would say something else.
_FREE_TEXT = frozenset({"3", "19", "93", "166", "352", "369", "387", "933"})
_DATE = "373"
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
    """Return a body whose free text holds none of these signs: blanks stand in their place."""
    blanks = str.maketrans(dict.fromkeys(signs, " "))

    def clear(value: str, element: str, place: str) -> str:
        return value.translate(blanks).strip() if element in _FREE_TEXT else value

    return [_each(segment, guide, clear) for segment in body]


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
