"""Ids of segments and codes that came in lower case: what they mean is certain, so they are read.

X12 has capitals in both. What was raised is told as an issue of what a mapping tolerates
(`lower_case_code`); text, numbers and ids of the partner stay as they came.
"""

import re
from itertools import product
from string import ascii_letters, ascii_lowercase, ascii_uppercase, digits

from oms_edi.x12.dictionary import code_meaning, known_codes
from oms_edi.x12.envelope import TransactionSet
from oms_edi.x12.guide import ElementDef, Guide

#: First two characters of every segment id that is not in capitals.
LOWER_BEGINNINGS = frozenset(map("".join, product(ascii_letters, ascii_letters + digits))) - (
    frozenset(map("".join, product(ascii_uppercase, ascii_uppercase + digits)))
)
_ID = re.compile(r"[A-Za-z][A-Za-z0-9]{1,2}")
_LOWER = re.compile(f"[{ascii_lowercase}]")


def raised(segment: str, separator: str) -> str:
    """Return a segment with its id in capitals, as it is where it has no such id."""
    name, found, rest = segment.partition(separator)
    if not (found and _ID.fullmatch(name)):
        return segment
    return name.upper() + found + rest


def capital(element: ElementDef, value: str) -> str:
    """Return the code that is meant by a value in lower case; "" if it is none, or not certain."""
    if element.type != "ID" or not _LOWER.search(value):
        return ""
    meant = value.upper()
    if element.codes is not None:
        return meant if meant in element.codes and value not in element.codes else ""
    number = element.element
    return meant if code_meaning(number, meant) or not known_codes(number) else ""


def raise_codes(read: TransactionSet, guide: Guide) -> None:
    """Write the codes of a set in capitals where that is what they mean."""
    separator = read.delimiters.element
    for place, raw in enumerate(read.raw):
        definition = guide.segment(raw.partition(separator)[0])
        if definition is None or not _LOWER.search(raw):
            continue
        values = raw.split(separator)
        for at, element in enumerate(definition.elements[: len(values) - 1], start=1):
            values[at] = _raised(element, values[at], read)
        read.raw[place] = separator.join(values)


def _raised(element: ElementDef, value: str, read: TransactionSet) -> str:
    repetition, component = read.delimiters.repetition, read.delimiters.component
    if element.repeat > 1 and repetition and repetition in value:
        return repetition.join(_single(element, one, component) for one in value.split(repetition))
    return _single(element, value, component)


def _single(element: ElementDef, value: str, component: str) -> str:
    if not element.components:
        return capital(element, value) or value
    parts = value.split(component) if component else [value]
    for number, inner in enumerate(element.components[: len(parts)]):
        parts[number] = capital(inner, parts[number]) or parts[number]
    return component.join(parts)
