"""A segment's definition as one regular expression: accepts what is right, says nothing else."""

import re

from oms_edi.x12.envelope import Delimiters
from oms_edi.x12.guide import ElementDef, SegmentDef

_DATE = (
    r"\d{4}(?:(?:0[13578]|1[02])(?:0[1-9]|[12]\d|3[01])"
    r"|(?:0[469]|11)(?:0[1-9]|[12]\d|30)|02(?:0[1-9]|1\d|2[0-8]))"
)
TIME = r"(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d\d{0,2})?"
CONTROLS = r"\x00-\x1f\x7f-\x9f"


def pattern_of(definition: SegmentDef, delimiters: Delimiters) -> str:
    """Write the expression that accepts a segment without trailing empty elements."""
    if any(element.type == "B" for element in definition.elements):
        return "(?!)"  # bytes have a length of their own, which is looked at one by one
    separator = re.escape(delimiters.element)
    tail = ""
    for element in reversed(definition.elements):
        value = _value(element, delimiters)
        here = f"{separator}{value}" if element.required else f"{separator}(?:{value})?"
        tail = here + tail
        tail = f"(?:{tail})" if _any_required(definition, element) else f"(?:{tail})?"
    end = f"(?<!{separator})"
    return re.escape(definition.id) + tail + end


def _any_required(definition: SegmentDef, element: ElementDef) -> bool:
    """True if this element or one after it is mandatory."""
    at = next(n for n, e in enumerate(definition.elements) if e is element)
    return any(e.required for e in definition.elements[at:])


def _value(element: ElementDef, delimiters: Delimiters) -> str:
    if element.components:
        single = _composite(element.components, delimiters)
    else:
        single = _simple(element, delimiters)
    if element.repeat > 1 and delimiters.repetition:
        more = f"(?:{re.escape(delimiters.repetition)}{single}){{0,{element.repeat - 1}}}"
        return f"(?:{single}{more})"
    return single


def _composite(components: tuple[ElementDef, ...], delimiters: Delimiters) -> str:
    if not delimiters.component:
        return _simple(components[0], delimiters)
    separator = re.escape(delimiters.component)
    tail = ""
    for component in reversed(components[1:]):
        tail = f"(?:{separator}(?:{_simple(component, delimiters)})?{tail})?"
    return f"{_simple(components[0], delimiters)}{tail}(?<!{separator})"


def _simple(element: ElementDef, delimiters: Delimiters) -> str:
    low, high = max(1, element.min), element.max
    match element.type:
        case "R":
            return rf"-?(?:\d{{{low},{high}}}|(?=\d*\.\d*(?![\d.]))(?=.?\d)[\d.]{{2,{high + 1}}})"
        case "DT" if low == 8:
            return _DATE
        case "TM":
            return TIME
        case "ID" if element.codes:
            return "(?:" + "|".join(re.escape(code) for code in sorted(element.codes)) + ")"
        case kind if kind.startswith("N"):
            return rf"-?\d{{{low},{high}}}"
    excluded = re.escape(delimiters.element + delimiters.component + delimiters.repetition)
    if element.type == "ID":
        excluded += "a-z"
    return f"[^{CONTROLS}{excluded}]{{{low},{high}}}"
