"""A partner's companion guide as rules over a guide: what they need, forbid or restrict.

A rule names a place: `REF` a segment, `REF*DP` one with this qualifier, `REF*DP/02` an element of
it; of the whole set, or in each turn of a loop. What a guide itself says is checked by
`x12.validate`; these rules come on top.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from oms_edi.domain.issue import Issue, Level, Severity
from oms_edi.errors import ConfigurationError
from oms_edi.x12.envelope import Segment, TransactionSet
from oms_edi.x12.faults import value_class
from oms_edi.x12.guide import Guide
from oms_edi.x12.loops import Turn, leaders, stands_in, turns
from oms_edi.x12.validate import places

#: A segment with its position in the set, ST = 1.
Placed = tuple[int, Segment]

_PLACE = re.compile(r"([A-Z][A-Z0-9]{1,2})(?:\*([^*/]+))?(?:/(\d{2}))?")
_LOOP = re.compile(r"[A-Z0-9]{2,6}(?:/[A-Z0-9]{2,6})*")
_WHEN = re.compile(r"(\S+) is (given|missing|[^ ,]+(?:, ?[^ ,]+)*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One line of a companion guide."""

    #: `REF`, `REF*DP`, `REF*DP/02`, `PO1/06`.
    at: str
    #: `PO1`: asked of each turn of this loop; `PO1/N1`: of each N1 loop in a PO1 loop; empty: of
    #: the whole set. Segments of loops within it are not meant.
    loop: str = ""
    #: required, forbidden, or empty: only the restrictions below.
    presence: str = ""
    #: Characters; 0 = no limit.
    min_chars: int = 0
    max_chars: int = 0
    codes: tuple[str, ...] = ()
    #: Regular expression the whole value must match.
    pattern: str = ""
    #: `BEG/02 is SA, NE`, `REF*DP is given`, `REF*DP is missing`; empty = always. With a loop it is
    #: asked of the same turn where its segment can stand there, else of the loops around it, else
    #: of the whole set.
    when: str = ""
    severity: Severity = Severity.ERROR
    #: For people; empty = made from the rule.
    text: str = ""
    #: A value for the example document.
    example: str = ""

    @property
    def place(self) -> tuple[str, str, int]:
        """Segment, qualifier or "", element or 0.

        Raises:
            ConfigurationError: `at` cannot be read.
        """
        return _place(self.at)

    @property
    def expected(self) -> str:
        """What stands where the rule holds, in a few words."""
        if self.codes:
            return f"one of {', '.join(self.codes)}"
        if self.pattern:
            return f"what matches {self.pattern}"
        if self.min_chars or self.max_chars:
            return f"{self.min_chars or 'any'} to {self.max_chars or 'any'} characters"
        return "given" if self.presence == "required" else "nothing"

    @property
    def sentence(self) -> str:
        """What the rule asks for, in words."""
        if self.text:
            return self.text
        parts = [f"is {self.presence}"] if self.presence else []
        if self.min_chars or self.max_chars:
            low, high = self.min_chars or "any", self.max_chars or "any"
            parts.append(f"has {low} to {high} characters")
        if self.codes:
            parts.append("is one of " + ", ".join(self.codes))
        if self.pattern:
            parts.append(f"matches {self.pattern}")
        if self.loop:
            inner, *around = reversed(self.loop.split("/"))
            parts[-1] += f" in each {inner} loop" + "".join(f" of a {name} loop" for name in around)
        return f"{self.at} " + " and ".join(parts) + (f" when {self.when}" if self.when else "")


def check_rules(rules: Sequence[Rule]) -> Iterator[str]:
    """Yield what is wrong with rules themselves."""
    for rule in rules:
        try:
            _, _, element = rule.place
            if rule.when:
                _condition(rule.when)
            if rule.pattern:
                re.compile(rule.pattern)
            if rule.loop and not _LOOP.fullmatch(rule.loop):
                raise ConfigurationError(f"loop: {rule.loop!r} is no loop such as PO1 or PO1/N1")
        except ConfigurationError as error:
            yield f"{rule.at}: {error}"
        except re.error as error:
            yield f"{rule.at}: pattern is no regular expression: {error}"
        else:
            restricts = rule.codes or rule.pattern or rule.min_chars or rule.max_chars
            if restricts and not element:
                yield f"{rule.at}: codes, pattern and lengths need an element, such as {rule.at}/02"
            if not (restricts or rule.presence):
                yield f"{rule.at}: the rule asks for nothing"


def places_in_loop(guide: Guide, rule: Rule) -> list[int]:
    """Return where a rule about a loop wants its segment, one place in each loop of that id."""
    return [
        place
        for leader in (leaders(guide, rule.loop) if rule.loop else ())
        for place in stands_in(guide, leader, rule.place[0])[:1]
    ]


def strange(rules: Sequence[Rule], guide: Guide) -> Iterator[str]:
    """Yield rules about what a set cannot hold: they would never be kept, or never matter."""
    for rule in rules:
        name, _, element = rule.place
        definition = guide.segment(name) if name in guide.segment_ids else None
        if definition is None:
            yield f"{rule.at}: {name} is no segment of a {guide.set_id} in {guide.version}"
        elif element > len(definition.elements):
            yield f"{rule.at}: {name} has {len(definition.elements)} elements in {guide.version}"
        elif rule.loop:
            found = leaders(guide, rule.loop)
            if not found:
                yield f"{rule.at}: {rule.loop} is no loop of a {guide.set_id} in {guide.version}"
            elif not any(stands_in(guide, leader, name) for leader in found):
                yield f"{rule.at}: a {rule.loop} loop of a {guide.set_id} holds no {name} itself"


def apply(read: TransactionSet, rules: Sequence[Rule], guide: Guide) -> list[Issue]:
    """Return what a set breaks of a partner's rules."""
    every = list(enumerate(read.segments(), start=1))
    where = places(read, guide) if any(rule.loop for rule in rules) else []
    found: list[Issue] = []
    for rule in rules:
        if rule.loop:
            found += _in_loops(rule, every, where, guide)
        elif not rule.when or _holds(rule.when, every):
            found += _broken(rule, every, end=len(every))
    return found


def _in_loops(
    rule: Rule, every: Sequence[Placed], where: Sequence[int], guide: Guide
) -> Iterator[Issue]:
    """Yield what is broken of a rule in each turn of its loop."""
    for leader in leaders(guide, rule.loop):
        if not stands_in(guide, leader, rule.place[0]):
            continue
        here = list(turns(guide, where, leader))
        for turn, asked in zip(here, _asked(rule, leader, here, every, where, guide), strict=True):
            if rule.when and not _holds(rule.when, asked):
                continue
            segments = [every[position - 1] for position in turn.members]
            for issue in _broken(rule, segments, end=min(turn.end, len(every))):
                yield replace(issue, loop=guide.nodes[leader].loop)


def _asked(
    rule: Rule,
    leader: int,
    here: Sequence[Turn],
    every: Sequence[Placed],
    where: Sequence[int],
    guide: Guide,
) -> Iterator[Sequence[Placed]]:
    """Yield, for each turn, what a condition is asked of.

    The innermost loop around the turn that can hold the segment of the condition, or every segment.
    """
    name = _place(_condition(rule.when)[0])[0] if rule.when else ""
    while leader >= 0 and not stands_in(guide, leader, name):
        leader = guide.nodes[leader].parent
    around = list(turns(guide, where, leader)) if name and leader >= 0 else []
    starts = [turn.members[0] for turn in around]
    for turn in here:
        at = bisect_right(starts, turn.members[0]) - 1
        yield [every[place - 1] for place in around[at].members] if at >= 0 else every


@lru_cache(maxsize=4096)
def _place(at: str) -> tuple[str, str, int]:
    match = _PLACE.fullmatch(at)
    if match is None:
        raise ConfigurationError(f"{at!r} is no place such as REF, REF*DP or REF*DP/02")
    return match[1], match[2] or "", int(match[3] or 0)


@lru_cache(maxsize=4096)
def _condition(text: str) -> tuple[str, tuple[str, ...]]:
    match = _WHEN.fullmatch(text)
    if match is None or _PLACE.fullmatch(match[1]) is None:
        raise ConfigurationError(f"when: {text!r} is not like `BEG/02 is SA` or `REF*DP is given`")
    return match[1], tuple(part.strip() for part in match[2].split(","))


def _holds(when: str, segments: Sequence[Placed]) -> bool:
    at, wanted = _condition(when)
    name, qualifier, element = _place(at)
    found = [segment for _, segment in _find(segments, name, qualifier)]
    values = [_element(segment, element) if element else "given" for segment in found]
    given = [value for value in values if value]
    if wanted == ("given",):
        return bool(given)
    if wanted == ("missing",):
        return not given
    return any(value in wanted for value in given)


def _find(segments: Sequence[Placed], name: str, qualifier: str) -> Iterator[Placed]:
    for position, segment in segments:
        if segment[0] == name and (not qualifier or _element(segment, 1) == qualifier):
            yield position, segment


def _element(segment: Segment, element: int) -> str:
    return segment[element].strip() if element < len(segment) else ""


def _broken(rule: Rule, segments: Sequence[Placed], *, end: int) -> Iterator[Issue]:
    """Yield what segments break of a rule; what is missing is missing before position `end`."""
    name, qualifier, element = rule.place
    found = list(_find(segments, name, qualifier))
    if not element:
        if rule.presence == "required" and not found:
            codes = ("3", "I6" if rule.when else "I8")
            yield _issue(rule, Level.SEGMENT, codes, name, end, 0, "nothing")
        elif rule.presence == "forbidden":
            codes = ("2", "I9" if rule.when else "I4")
            yield from (_issue(rule, Level.SEGMENT, codes, name, at, 0, "given") for at, _ in found)
        return
    for position, segment in found:
        value = _element(segment, element)
        broken = _fault(rule, value)
        if broken:
            kind = value_class(value)
            yield _issue(rule, Level.ELEMENT, broken, name, position, element, kind)


def _fault(rule: Rule, value: str) -> tuple[str, str] | None:
    """Return the codes (AK403, IK403) of what is wrong with a value, None if nothing is."""
    if not value:
        if rule.presence != "required":
            return None
        return ("2", "I9") if rule.when else ("1", "1")
    if rule.presence == "forbidden":
        return "10", "I13" if rule.when else "I10"
    if rule.min_chars and len(value) < rule.min_chars:
        return "4", "4"
    if rule.max_chars and len(value) > rule.max_chars:
        return "5", "5"
    if rule.codes and value not in rule.codes:
        return "7", "I6"
    if rule.pattern and re.fullmatch(rule.pattern, value) is None:
        return "7", "I12"
    return None


def _issue(
    rule: Rule,
    level: Level,
    codes: tuple[str, str],
    name: str,
    position: int,
    element: int,
    found: str,
) -> Issue:
    code, code_999 = codes
    return Issue(
        level=level,
        severity=rule.severity,
        message=rule.sentence,
        code=code,
        code_999=code_999,
        segment=name,
        position=position,
        element=element,
        found=found,
        expected=rule.expected,
    )
