"""What is wrong with the elements of a segment: each fault with its place and its code.

Source: data elements 723 (AK403) and the syntax notes P, R, E, C, L of X12.6.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import cache
from typing import NamedTuple

from oms_edi.domain.issue import Issue, Level, Severity, Tolerance
from oms_edi.x12.capitals import capital
from oms_edi.x12.charset import plain_text
from oms_edi.x12.envelope import Delimiters
from oms_edi.x12.guide import ElementDef, Guide, SegmentDef
from oms_edi.x12.patterns import TIME

#: Element faults that another release may explain; only notes where the guide is not exact.
_RELEASE_CODES = frozenset({"4", "5", "7", "8"})


def _conditions(
    definition: SegmentDef, shape: tuple[bool, ...], position: int, loop: str, *, exact: bool
) -> Iterator[Issue]:
    for condition in definition.conditions:
        if condition.holds(shape):
            continue
        names = [f"{definition.id}{at:02d}" for at in condition.positions]
        text, at, code = _told(condition.kind, names, condition.positions, shape)
        yield Issue(
            level=Level.ELEMENT,
            severity=Severity.NOTE if condition.disputed or not exact else Severity.ERROR,
            message=text,
            code=code,
            segment=definition.id,
            position=position,
            loop=loop,
            element=at,
            reference=definition.elements[at - 1].element,
            found="given" if code == "10" else "empty",
            expected="empty" if code == "10" else "given",
        )


def _told(
    kind: str, names: list[str], positions: tuple[int, ...], shape: tuple[bool, ...]
) -> tuple[str, int, str]:
    """Return the sentence, the element and the code of a broken condition."""
    absent = [at for at in positions if not (at < len(shape) and shape[at])]
    present = [at for at in positions if at not in absent]
    listed = ", ".join(names)
    if kind == "P":
        return f"{listed} must all be given, or none", absent[0], "2"
    if kind == "R":
        return f"one of {listed} must be given", positions[0], "2"
    if kind == "E":
        return f"only one of {listed} may be given", present[-1], "10"
    others = " and ".join(names[1:]) if kind == "C" else "one of " + ", ".join(names[1:])
    missing = next(at for at in positions[1:] if at in absent)
    return f"{names[0]} is given, so {others} must be, too", missing, "2"


def element_faults(
    definition: SegmentDef,
    raw: str,
    position: int,
    loop: str,
    delimiters: Delimiters,
    guide: Guide,
) -> Iterator[Issue]:
    """Name what is wrong with the elements of a segment that was not accepted at once."""
    holds_bytes = definition.elements[-1].type == "B" if definition.elements else False
    values = raw.split(delimiters.element, len(definition.elements) if holds_bytes else -1)
    trimmed = list(values)
    while len(trimmed) > 1 and not trimmed[-1]:
        trimmed.pop()
    if len(trimmed) < len(values):
        message = f"{definition.id} ends in empty elements"
        issue = segment_issue(definition.id, position, loop, "", Severity.NOTE, message)
        yield replace(issue, tolerance=Tolerance.TRAILING_EMPTY)
    for at, element in enumerate(definition.elements, start=1):
        value = trimmed[at] if at < len(trimmed) else ""
        if element.type == "B":
            found = _bytes_fault(element, trimmed[at - 1 : at + 1])
        else:
            found = _faults(element, value, delimiters)
        for fault in found:
            part = f"-{fault.component}" if fault.component else ""
            release = fault.code in _RELEASE_CODES and not guide.exact
            yield Issue(
                level=Level.COMPONENT if fault.component else Level.ELEMENT,
                severity=Severity.NOTE if release else fault.severity,
                message=f"{definition.id}{at:02d}{part} {fault.text}",
                code=fault.code,
                segment=definition.id,
                position=position,
                loop=loop,
                element=at,
                component=fault.component,
                repetition=fault.repetition,
                reference=fault.of.element,
                tolerance=fault.tolerance,
                found=fault.found,
                expected=_expected(fault.of),
            )
    if len(trimmed) - 1 > len(definition.elements):
        yield Issue(
            level=Level.ELEMENT,
            severity=Severity.ERROR if guide.exact else Severity.NOTE,
            message=f"{definition.id} has {len(definition.elements)} elements at most",
            code="3",
            segment=definition.id,
            position=position,
            loop=loop,
            element=len(definition.elements) + 1,
            found=f"{len(trimmed) - 1} elements",
            expected=f"{len(definition.elements)} elements at most",
        )
    shape = tuple(map(bool, trimmed))
    yield from _conditions(definition, shape, position, loop, exact=guide.exact)


class Fault(NamedTuple):
    """What is wrong with one element, component or repetition."""

    code: str
    text: str
    #: What was looked at: the element, or the component.
    of: ElementDef
    #: Class of the value that was found.
    found: str
    severity: Severity = Severity.ERROR
    component: int = 0
    repetition: int = 0
    tolerance: Tolerance | None = None


def _faults(element: ElementDef, value: str, delimiters: Delimiters) -> Iterator[Fault]:
    """Yield what is wrong with one element as it stands in its segment."""
    if not value:
        if element.required:
            yield Fault("1", "is mandatory and missing", element, "empty")
        return
    is_repeating = element.repeat > 1 and delimiters.repetition
    repeats = value.split(delimiters.repetition) if is_repeating else [value]
    if len(repeats) > element.repeat:
        text = f"may repeat {element.repeat} times at most"
        yield Fault("12", text, element, f"{len(repeats)} times")
    for number, one in enumerate(repeats, start=1):
        faults = _component_faults if element.components else _simple_faults
        for fault in faults(element, one, delimiters):
            yield fault._replace(repetition=number if len(repeats) > 1 else 0)


def _bytes_fault(element: ElementDef, length_and_bytes: list[str]) -> Iterator[Fault]:
    """Yield what is wrong with bytes, which may be any, but as many as the element before says."""
    length, content = (*length_and_bytes, "", "")[:2]
    if not content:
        yield Fault("1", "is mandatory and missing", element, "empty")
    elif length.isascii() and length.isdecimal() and int(length[:15]) != len(content):
        is_short = len(content) < int(length[:15])
        text = f"has {len(content)} bytes, not as many as the element before says"
        yield Fault("4" if is_short else "5", text, element, f"{len(content)} bytes")


def _simple_faults(element: ElementDef, value: str, delimiters: Delimiters) -> Iterator[Fault]:
    fault = _fault(element, value)
    if fault:
        yield fault
        return
    for code, kind, separator in (
        ("13", "component", delimiters.component),
        ("12", "repetition", delimiters.repetition),
    ):
        if separator and separator in value:
            text = f"holds the {kind} separator"
            yield Fault(code, text, element, value_class(value), Severity.NOTE)


def _component_faults(element: ElementDef, value: str, delimiters: Delimiters) -> Iterator[Fault]:
    parts = value.split(delimiters.component) if delimiters.component else [value]
    if len(parts) > len(element.components):
        text = f"has {len(element.components)} components at most"
        yield Fault("13", text, element, f"{len(parts)} components")
    for number, (part, component) in enumerate(
        zip(parts, element.components, strict=False), start=1
    ):
        if part:
            fault = _fault(component, part)
            if fault:
                yield fault._replace(component=number)
        elif component.required:
            yield Fault("1", "is mandatory and missing", component, "empty", component=number)


def _fault(element: ElementDef, value: str) -> Fault | None:
    """Return what is wrong with one plain value, None if it is right."""
    fault = _value_fault(element, value)
    if fault is None:
        return None
    code, text, severity = fault
    tolerance = Tolerance.LOWER_CASE_CODE if code == "7" and severity is Severity.NOTE else None
    if severity is not Severity.NOTE:
        meant = plain_text(value).strip(" ")
        right = _value_fault(element, meant) if meant not in ("", value) else fault
        if right is None or right[2] is Severity.NOTE:  # nobody can take it for anything else
            severity = Severity.NOTE
            text, tolerance = "has blanks around it", Tolerance.BLANKS
            if not value.isascii():
                text, tolerance = "is not in the X12 character set", Tolerance.FOREIGN_CHARACTER
    return Fault(code, text, element, value_class(value), severity, tolerance=tolerance)


def _value_fault(element: ElementDef, value: str) -> tuple[str, str, Severity] | None:
    """Return (code, sentence, severity) of one plain value as it stands, None if it is right."""
    if any(ord(c) < 32 or 127 <= ord(c) < 160 for c in value):
        return "6", "holds a control character", Severity.ERROR
    if element.type == "DT":
        return _date_fault(element, value)
    if element.type == "TM":
        right = re.fullmatch(TIME, value) is not None
        return None if right else ("9", "must be a time HHMM, HHMMSS or finer", Severity.ERROR)
    length = len(value)
    if element.type == "R" or element.type.startswith("N"):
        pattern = r"-?(?:\d+\.?\d*|\.\d+)" if element.type == "R" else r"-?\d+"
        if not re.fullmatch(pattern, value, re.ASCII):
            what = "a decimal number" if element.type == "R" else "a whole number"
            return "6", f"must be {what}", Severity.ERROR
        length = sum(c.isdecimal() for c in value)
    if length < element.min:
        return "4", f"must have {element.min} characters at least", Severity.ERROR
    if length > element.max:
        return "5", f"must have {element.max} characters at most", Severity.ERROR
    if element.codes is not None and value not in element.codes:
        if capital(element, value):
            return "7", "must be an upper-case code", Severity.NOTE
        return "7", "is no code of this element", Severity.ERROR
    if capital(element, value):
        return "7", "must be an upper-case code", Severity.NOTE
    return None


def _date_fault(element: ElementDef, value: str) -> tuple[str, str, Severity] | None:
    digits = value.isascii() and value.isdecimal()
    if digits and len(value) == 6 and element.min == 8:
        text = "must be a date CCYYMMDD; six digits were read as YYMMDD"
        return ("8", text, Severity.NOTE) if _is_date("20" + value) else ("8", text, Severity.ERROR)
    if not digits or not element.min <= len(value) <= element.max:
        form = "CCYYMMDD" if element.min == 8 else "YYMMDD"
        return "8", f"must be a date {form}", Severity.ERROR
    whole = value if len(value) == 8 else "20" + value
    return None if _is_date(whole) else ("8", "is no day of the calendar", Severity.ERROR)


def _is_date(value: str) -> bool:
    try:
        date(int(value[:4]), int(value[4:6]), int(value[6:8]))
    except ValueError:
        return False
    return True


#: Codes told of a list that is not that long.
_MAX_CODES = 12


@cache
def _expected(element: ElementDef) -> str:
    """Say in a few words what an element may be."""
    if element.components:
        return f"{len(element.components)} components at most"
    if element.codes is not None and len(element.codes) <= _MAX_CODES:
        return f"one of {', '.join(sorted(element.codes))}"
    many = f"{element.min} to {element.max}" if element.min != element.max else f"{element.max}"
    match element.type:
        case "DT":
            return "date CCYYMMDD" if element.min == 8 else "date YYMMDD"
        case "TM":
            return "time HHMM or finer"
        case "R":
            return f"decimal number of {many} digits"
        case kind if kind.startswith("N"):
            return f"whole number of {many} digits"
    return f"{'code' if element.type == 'ID' else 'text'} of {many} characters"


def value_class(value: str) -> str:
    """Say what kind of value was found, never the value."""
    if not value:
        return "empty"
    if value.isdecimal():
        return f"{len(value)} digits"
    if value.isalpha():
        return f"{len(value)} letters"
    return f"{len(value)} characters"


def segment_issue(
    name: str,
    position: int,
    loop: str,
    code: str,
    severity: Severity,
    message: str,
    *,
    found: str = "",
    expected: str = "",
) -> Issue:
    """Return a fault of a whole segment, with a code of AK304."""
    return Issue(
        level=Level.SEGMENT,
        severity=severity,
        message=message,
        code=code,
        segment=name[:3],
        position=position,
        loop=loop,
        found=found,
        expected=expected,
    )
