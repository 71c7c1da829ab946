"""What is wrong with the elements of a segment: each fault with its place and its code.

Source: data elements 723 (AK403) and the syntax notes P, R, E, C, L of X12.6.
"""

import re
from collections.abc import Iterator
from datetime import date

from oms_edi.domain.issue import Issue, Level, Severity
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
    values = raw.split(delimiters.element)
    trimmed = list(values)
    while len(trimmed) > 1 and not trimmed[-1]:
        trimmed.pop()
    if len(trimmed) < len(values):
        message = f"{definition.id} ends in empty elements"
        yield segment_issue(definition.id, position, loop, "", Severity.NOTE, message)
    for at, element in enumerate(definition.elements, start=1):
        value = trimmed[at] if at < len(trimmed) else ""
        for code, text, component, found, severity in _faults(element, value, delimiters):
            part = f"-{component}" if component else ""
            inner = element.components[component - 1] if component else element
            release = code in _RELEASE_CODES and not guide.exact
            yield Issue(
                level=Level.ELEMENT,
                severity=Severity.NOTE if release else severity,
                message=f"{definition.id}{at:02d}{part} {text}",
                code=code,
                segment=definition.id,
                position=position,
                loop=loop,
                element=at,
                component=component,
                reference=inner.element,
                found=found,
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
        )
    shape = tuple(map(bool, trimmed))
    yield from _conditions(definition, shape, position, loop, exact=guide.exact)


Fault = tuple[str, str, int, str, Severity]


def _faults(element: ElementDef, value: str, delimiters: Delimiters) -> Iterator[Fault]:
    """Yield (code, sentence, component, value class, severity) for one element."""
    if not value:
        if element.required:
            yield "1", "is mandatory and missing", 0, "empty", Severity.ERROR
        return
    if element.components:
        yield from _component_faults(element, value, delimiters)
        return
    repeats = value.split(delimiters.repetition) if delimiters.repetition else [value]
    if element.repeat > 1 and len(repeats) > element.repeat:
        yield "12", f"may repeat {element.repeat} times at most", 0, "", Severity.ERROR
    for one in repeats if element.repeat > 1 else [value]:
        fault = _fault(element, one)
        if fault:
            code, text, severity = fault
            yield code, text, 0, _class(one), severity
        elif delimiters.component and delimiters.component in one:
            yield "13", "holds the component separator", 0, _class(one), Severity.NOTE


def _component_faults(element: ElementDef, value: str, delimiters: Delimiters) -> Iterator[Fault]:
    parts = value.split(delimiters.component) if delimiters.component else [value]
    if len(parts) > len(element.components):
        text = f"has {len(element.components)} components at most"
        yield "13", text, 0, f"{len(parts)} components", Severity.ERROR
    for number, (part, component) in enumerate(
        zip(parts, element.components, strict=False), start=1
    ):
        if part:
            fault = _fault(component, part)
            if fault:
                code, text, severity = fault
                yield code, text, number, _class(part), severity
        elif component.required:
            yield "1", "is mandatory and missing", number, "empty", Severity.ERROR


def _fault(element: ElementDef, value: str) -> tuple[str, str, Severity] | None:
    """Return (code, sentence, severity) of one plain value, None if it is right."""
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
        over = len(value.rstrip())
        severity = Severity.NOTE if over <= element.max else Severity.ERROR
        return "5", f"must have {element.max} characters at most", severity
    if element.codes is not None and value not in element.codes:
        if value.upper() in element.codes:
            return "7", "must be an upper-case code", Severity.NOTE
        return "7", "is no code of this element", Severity.ERROR
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


def _class(value: str) -> str:
    """Say what kind of value was found, never the value."""
    if value.isdecimal():
        return f"{len(value)} digits"
    if value.isalpha():
        return f"{len(value)} letters"
    return f"{len(value)} characters"


def segment_issue(
    name: str, position: int, loop: str, code: str, severity: Severity, message: str
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
    )
