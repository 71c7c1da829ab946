"""Check a transaction set against its guide and name every fault.

Two ways through: a compiled expression a segment and one table look-up a step accept what is
right; only where they do not, the slow way says what is wrong, where, and by which code.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date
from functools import lru_cache

from oms_edi.domain.issue import Issue, Level, Severity
from oms_edi.x12.envelope import Delimiters, TransactionSet
from oms_edi.x12.guide import ElementDef, Guide, Node, SegmentDef, guide_for

#: Shapes of a segment (which elements are present) known to satisfy its conditions.
_MAX_SHAPES = 2000
#: Segments, and orders of segments, known to be right; the sets begin anew when they are full.
_MAX_GOOD = 8192
_MAX_SEQUENCES = 512
_MAX_SEQUENCE = 1000

_DATE = (
    r"\d{4}(?:(?:0[13578]|1[02])(?:0[1-9]|[12]\d|3[01])"
    r"|(?:0[469]|11)(?:0[1-9]|[12]\d|30)|02(?:0[1-9]|1\d|2[0-8]))"
)
_TIME = r"(?:[01]\d|2[0-3])[0-5]\d(?:[0-5]\d\d{0,2})?"
_CONTROLS = r"\x00-\x1f\x7f-\x9f"
#: Element faults that another release may explain; only notes where the guide is not exact.
_RELEASE_CODES = frozenset({"4", "5", "7", "8"})


def validate(read: TransactionSet, guide: Guide, *, max_issues: int = 100) -> list[Issue]:
    """Return what is wrong with a set, in the order of its segments; at most `max_issues`.

    Faults of the frame (SE counts, control numbers) are in `read.issues` already.
    """
    checks = _checks(guide.set_id, guide.version, guide.exact, read.delimiters)
    separator = read.delimiters.element
    names = tuple([raw.partition(separator)[0] for raw in read.raw])
    good = checks.good
    if names in checks.sequences:
        new = [pair for pair in zip(names, read.raw, strict=True) if pair[1] not in good]
        if all(checks.accept(name, raw) for name, raw in new):
            return []
    issues = _walk(read, guide, checks, names, max_issues)
    if not issues:
        checks.remember(names)
    return issues


def _walk(
    read: TransactionSet, guide: Guide, checks: "_Checks", names: tuple[str, ...], max_issues: int
) -> list[Issue]:
    """Follow the set through its guide, segment by segment, and name every fault."""
    issues: list[Issue] = []
    nodes = guide.nodes
    place = -1
    runs: dict[int, int] = {}
    for position, (name, raw) in enumerate(zip(names, read.raw, strict=True), start=1):
        if len(issues) >= max_issues:
            return issues[:max_issues]
        if place < 0:
            place = 0
        else:
            move = nodes[place].next.get(name)
            if move is None:
                place = _lost(guide, place, name, position, issues)
            else:
                place = move.target
                if move.missing:
                    issues += _missing(move.missing, position, nodes[place].loop, guide)
                limit = nodes[place].max
                if limit is not None:
                    runs[place] = count = runs.get(place, 0) + 1 if move.again else 1
                    if count > limit:
                        issues.append(_too_often(nodes[place], position))
        definition = guide.segment(name)
        if definition is not None and not checks.accept(name, raw):
            loop = nodes[place].loop
            issues += _elements(definition, raw, position, loop, read.delimiters, guide)
    if place >= 0 and nodes[place].missing_at_end and nodes[place].segment != "SE":
        missing = tuple(name for name in nodes[place].missing_at_end if name != "SE")
        issues += _missing(missing, len(read.raw) + 1, "", guide)
    return issues[:max_issues]


#: Expression of a segment, and shapes known to satisfy its conditions (None = it has none).
Check = tuple[Callable[[str], object], set[tuple[bool, ...]] | None, SegmentDef]


class _Checks:
    """What is known to be right in a release under one set of delimiters; learned on the way."""

    def __init__(self, guide: Guide, delimiters: Delimiters) -> None:
        self._guide = guide
        self._delimiters = delimiters
        self._made: dict[str, Check] = {}
        #: Segments: references, stores and articles come again and again.
        self.good: set[str] = set()
        #: Sets, as the ids of their segments.
        self.sequences: set[tuple[str, ...]] = set()

    def accept(self, name: str, raw: str) -> bool:
        """Say at once that a segment is right; False means look closer."""
        if raw in self.good:
            return True
        match, shapes, definition = self._made.get(name) or self._make(name)
        if match(raw) is None:
            return False
        if shapes is not None:
            shape = tuple(map(bool, raw.split(self._delimiters.element)))
            if shape not in shapes:
                if not all(condition.holds(shape) for condition in definition.conditions):
                    return False
                if len(shapes) < _MAX_SHAPES:
                    shapes.add(shape)
        if len(self.good) >= _MAX_GOOD:
            self.good.clear()
        self.good.add(raw)
        return True

    def remember(self, names: tuple[str, ...]) -> None:
        """Keep that segments may follow each other so."""
        if len(names) <= _MAX_SEQUENCE:
            if len(self.sequences) >= _MAX_SEQUENCES:
                self.sequences.clear()
            self.sequences.add(names)

    def _make(self, name: str) -> Check:
        definition = self._guide.segment(name)
        if definition is None:
            raise LookupError(f"release {self._guide.version} has no segment {name}")
        pattern = re.compile(_pattern(definition, self._delimiters))
        shapes: set[tuple[bool, ...]] | None = set() if definition.conditions else None
        found = self._made[name] = (pattern.fullmatch, shapes, definition)
        return found


@lru_cache(maxsize=64)
def _checks(set_id: str, version: str, exact: bool, delimiters: Delimiters) -> _Checks:
    guide = guide_for(set_id, version)
    if guide is None:
        raise ValueError(f"no guide for {set_id} {version}")
    return _Checks(guide, delimiters)


def _pattern(definition: SegmentDef, delimiters: Delimiters) -> str:
    """Write the expression that accepts a segment without trailing empty elements."""
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
        return _composite(element.components, delimiters)
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
            return _TIME
        case "ID" if element.codes:
            return "(?:" + "|".join(re.escape(code) for code in sorted(element.codes)) + ")"
        case kind if kind.startswith("N"):
            return rf"-?\d{{{low},{high}}}"
    excluded = re.escape(delimiters.element + delimiters.component + delimiters.repetition)
    return f"[^{_CONTROLS}{excluded}]{{{low},{high}}}"


def _lost(guide: Guide, place: int, name: str, position: int, issues: list[Issue]) -> int:
    """Name a segment that may not follow; return where to go on."""
    nodes = guide.nodes
    home: set[int] = {-1}
    at = place
    while at >= 0:
        home.add(at)
        at = nodes[at].parent
    found = [n for n, node in enumerate(nodes) if node.segment == name]
    near = [n for n in found if nodes[n].parent in home]
    loop = nodes[place].loop
    if near and nodes[near[-1]].max == 1 and near[-1] == place:
        issues.append(_too_often(nodes[place], position))
        return place
    if near:
        issues.append(
            _segment_issue(
                name, position, loop, "7", Severity.NOTE, f"{name} stands out of sequence here"
            )
        )
        return near[-1] if nodes[near[-1]].is_leader else place
    if found:
        code, text = "2", f"{name} is not expected here"
    elif guide.segment(name) is not None:
        code, text = "6", f"{name} is no segment of a {guide.set_id}"
    else:
        code, text = "1", f"{name[:3]} is no segment of release {guide.version}"
    severity = Severity.ERROR if guide.exact else Severity.NOTE
    issues.append(_segment_issue(name, position, loop, code, severity, text))
    return place


def _segment_issue(
    name: str, position: int, loop: str, code: str, severity: Severity, message: str
) -> Issue:
    return Issue(
        level=Level.SEGMENT,
        severity=severity,
        message=message,
        code=code,
        segment=name[:3],
        position=position,
        loop=loop,
    )


def _missing(names: tuple[str, ...], position: int, loop: str, guide: Guide) -> Iterator[Issue]:
    first = guide.nodes[1].segment
    for name in names:
        severity = Severity.REJECT if name == first else Severity.ERROR
        message = f"{name} is mandatory and missing"
        yield _segment_issue(name, position, loop, "3", severity, message)


def _too_often(node: Node, position: int) -> Issue:
    what = f"loop {node.loop}" if node.is_leader else node.segment
    message = f"{what} may come {node.max} times here at most"
    code = "4" if node.is_leader else "5"
    return _segment_issue(node.segment, position, node.loop, code, Severity.ERROR, message)


def _conditions(
    definition: SegmentDef, shape: tuple[bool, ...], position: int, loop: str
) -> Iterator[Issue]:
    for condition in definition.conditions:
        if condition.holds(shape):
            continue
        names = [f"{definition.id}{at:02d}" for at in condition.positions]
        text, at, code = _told(condition.kind, names, condition.positions, shape)
        yield Issue(
            level=Level.ELEMENT,
            severity=Severity.NOTE if condition.disputed else Severity.ERROR,
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


def _elements(
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
        yield _segment_issue(definition.id, position, loop, "", Severity.NOTE, message)
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
    yield from _conditions(definition, tuple(map(bool, trimmed)), position, loop)


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
        right = re.fullmatch(_TIME, value) is not None
        return None if right else ("9", "must be a time HHMM, HHMMSS or finer", Severity.ERROR)
    length = len(value)
    if element.type == "R" or element.type.startswith("N"):
        pattern = r"-?(?:\d+\.?\d*|\.\d+)" if element.type == "R" else r"-?\d+"
        if not re.fullmatch(pattern, value, re.ASCII):
            what = "a decimal number" if element.type == "R" else "a whole number"
            return "6", f"must be {what}", Severity.ERROR
        length = sum(c.isdigit() for c in value)
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
    digits = value.isascii() and value.isdigit()
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
    if value.isdigit():
        return f"{len(value)} digits"
    if value.isalpha():
        return f"{len(value)} letters"
    return f"{len(value)} characters"
