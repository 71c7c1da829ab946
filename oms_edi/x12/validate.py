"""Check a transaction set against its guide and name every fault.

Two ways through: a compiled expression a segment and one table look-up a step accept what is
right; only where they do not, the slow way says what is wrong, where, and by which code.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import cast

from oms_edi.domain.issue import Issue, Level, Severity, Tolerance
from oms_edi.x12.envelope import Delimiters, Segment, TransactionSet
from oms_edi.x12.faults import element_faults, segment_issue
from oms_edi.x12.guide import Guide, Move, Node, SegmentDef, functional_ids, guide_for
from oms_edi.x12.patterns import pattern_of

#: Shapes of a segment known to satisfy its conditions; they begin anew when there are so many.
_MAX_SHAPES = 2000
#: Segments, and orders of segments, known to be right; the sets begin anew when they are full.
_MAX_GOOD = 8192
_MAX_SEQUENCES = 512
_MAX_SEQUENCE = 1000


def validate(read: TransactionSet, guide: Guide, *, max_issues: int = 100) -> list[Issue]:
    """Return what is wrong with a set, in the order of its segments.

    At most `max_issues` faults and as many notes, so that notes never hide a fault. Faults of the
    frame (SE counts, control numbers) are in `read.issues` already.
    """
    checks = _checks(guide.set_id, guide.version, guide.exact, read.delimiters)
    found = list(map(checks.good.get, read.raw))
    new: list[tuple[str, str]] = []
    for at, name in enumerate(found):
        if name is None:
            raw = read.raw[at]
            found[at] = name = raw.partition(read.delimiters.element)[0]
            new.append((name, raw))
    names = cast("tuple[str, ...]", tuple(found))
    if names in checks.sequences and all([checks.accept(name, raw) for name, raw in new]):
        return []
    told = Told(max_issues)
    _walk(read, guide, checks, names, told)
    if not told.issues:
        checks.remember(names)
    return read.located(told.issues)


class Told:
    """Issues up to a limit; notes have one of their own."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._notes = 0
        self.issues: list[Issue] = []

    @property
    def is_full(self) -> bool:
        """True if no more faults are taken."""
        return len(self.issues) - self._notes >= self._limit

    def add(self, issue: Issue) -> None:
        """Take an issue, if there is room for one of its kind."""
        if issue.severity is Severity.NOTE:
            if self._notes < self._limit:
                self._notes += 1
                self.issues.append(issue)
        elif not self.is_full:
            self.issues.append(issue)

    def extend(self, issues: Iterable[Issue]) -> None:
        """Take several."""
        for issue in issues:
            self.add(issue)


def _walk(
    read: TransactionSet, guide: Guide, checks: "_Checks", names: tuple[str, ...], told: Told
) -> None:
    """Follow the set through its guide, segment by segment, and name every fault."""
    nodes = guide.nodes
    place = before = -1
    #: Where reading was when a segment out of sequence took it back; what was seen is not missing.
    turned = -1
    runs: dict[int, int] = {}
    for position, (raw, (place, move)) in enumerate(
        zip(read.raw, _follow(names, guide, told), strict=True), start=1
    ):
        if told.is_full:
            return
        if move is None:
            turned = max(turned, before) if place < before else turned
        else:
            if move.missing:
                missing = _unseen(move.missing, names[: position - 1], turned)
                told.extend(_missing(missing, position, nodes[place].loop, guide))
            turned = -1 if place >= turned else turned
            limit = nodes[place].max
            if limit is not None:
                runs[place] = count = runs.get(place, 0) + 1 if move.again else 1
                if count > limit:
                    told.add(_too_often(nodes[place], position))
        before = place
        definition = guide.segment(names[position - 1])
        if definition is not None and not checks.accept(names[position - 1], raw):
            loop = nodes[place].loop
            faults = element_faults(definition, raw, position, loop, read.delimiters, guide)
            told.extend(faults)
    if place >= 0 and nodes[place].missing_at_end and nodes[place].segment != "SE":
        missing = tuple(name for name in nodes[place].missing_at_end if name != "SE")
        missing = _unseen(missing, names, turned)
        told.extend(_missing(missing, len(read.raw) + 1, "", guide))


def _unseen(missing: tuple[str, ...], names: Sequence[str], turned: int) -> tuple[str, ...]:
    """Return what is missing all the same after reading was taken back; all of it if it was not."""
    return tuple(name for name in missing if name not in names) if turned >= 0 else missing


def _follow(names: Sequence[str], guide: Guide, told: Told) -> Iterator[tuple[int, Move | None]]:
    """Yield, for each segment, its place in the guide and the move that led there.

    No move: the first segment, or one that may not stand there, which `told` then names; the
    place is where reading goes on.
    """
    place = 0
    for position, name in enumerate(names, start=1):
        if position == 1:
            if name != guide.nodes[place].segment:
                text = f"the set must begin with {guide.nodes[place].segment}"
                told.add(segment_issue(name, position, "", "1", Severity.ERROR, text))
            yield place, None
            continue
        move = guide.nodes[place].next.get(name)
        place = move.target if move else _lost(guide, place, name, position, told)
        yield place, move


def group_issues(read: TransactionSet, guide: Guide, functional_id: str) -> list[Issue]:
    """Return what is wrong with a set standing in a group with this GS01; unknown ones aside."""
    if functional_id == guide.functional_id or functional_id not in functional_ids():
        return []
    has_code = guide.version >= "005010"  # 718 has it from then on
    return [
        Issue(
            level=Level.SET,
            severity=Severity.ERROR if has_code else Severity.NOTE,
            message=f"a {guide.set_id} belongs into a group {guide.functional_id}",
            code="18" if has_code else "",
            segment="ST",
            position=1,
            element=1,
            offset=read.offset if read.lengths else -1,
            found=functional_id,
            expected=guide.functional_id,
        )
    ]


def ta1_issues(elements: Segment, delimiters: Delimiters) -> list[Issue]:
    """Return what is wrong with the elements of a TA1; they are the same in every release."""
    guide = guide_for("997", "004010")
    definition = guide.segment("TA1") if guide else None
    if guide is None or definition is None:
        raise LookupError("there is no guide of TA1")
    raw = delimiters.element.join(elements)
    return list(element_faults(definition, raw, 0, "", delimiters, guide))


def places(read: TransactionSet, guide: Guide) -> list[int]:
    """Return the place of each segment in `guide.nodes`; -1 for one that does not belong there."""
    separator = read.delimiters.element
    names = [raw.partition(separator)[0] for raw in read.raw]
    return [
        place if guide.nodes[place].segment == name else -1
        for name, (place, _) in zip(names, _follow(names, guide, Told(0)), strict=True)
    ]


#: Expression of a segment, and shapes known to satisfy its conditions (None = it has none).
Check = tuple[Callable[[str], object], set[bytes] | None, SegmentDef]


class _Checks:
    """What is known to be right in a release under one set of delimiters; learned on the way."""

    def __init__(self, guide: Guide, delimiters: Delimiters) -> None:
        self._guide = guide
        self._delimiters = delimiters
        self._made: dict[str, Check] = {}
        #: Leaves of a segment its shape: where its separators stand.
        self._blank = bytes(chr(n) == delimiters.element for n in range(256))
        #: Segments and their ids: references, stores and articles come again and again.
        self.good: dict[str, str] = {}
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
            shape = raw.encode("latin-1", "replace").translate(self._blank)
            if shape not in shapes:
                present = tuple(map(bool, raw.split(self._delimiters.element)))
                if not all(condition.holds(present) for condition in definition.conditions):
                    return False
                if len(shapes) >= _MAX_SHAPES:
                    shapes.clear()
                shapes.add(shape)
        if len(self.good) >= _MAX_GOOD:
            self.good.clear()
        self.good[raw] = name
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
        pattern = re.compile(pattern_of(definition, self._delimiters))
        shapes: set[bytes] | None = set() if definition.conditions else None
        found = self._made[name] = (pattern.fullmatch, shapes, definition)
        return found


@lru_cache(maxsize=64)
def _checks(set_id: str, version: str, exact: bool, delimiters: Delimiters) -> _Checks:
    guide = guide_for(set_id, version)
    if guide is None:
        raise ValueError(f"no guide for {set_id} {version}")
    return _Checks(guide, delimiters)


def _lost(guide: Guide, place: int, name: str, position: int, told: Told) -> int:
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
        told.add(_too_often(nodes[place], position))
        return place
    if near:
        text = f"{name} stands out of sequence here"
        issue = segment_issue(name, position, loop, "7", Severity.NOTE, text)
        told.add(replace(issue, tolerance=Tolerance.OUT_OF_SEQUENCE))
        return near[-1] if nodes[near[-1]].is_leader else place
    if found:
        code, text = "2", f"{name} is not expected here"
    elif guide.segment(name) is not None:
        code, text = "6", f"{name} is no segment of a {guide.set_id}"
    else:
        code, text = "1", f"{name[:3]} is no segment of release {guide.version}"
    severity = Severity.ERROR if guide.exact else Severity.NOTE
    tolerance = Tolerance.UNKNOWN_SEGMENT if code == "1" else Tolerance.MISPLACED_SEGMENT
    issue = segment_issue(name, position, loop, code, severity, text)
    told.add(replace(issue, tolerance=tolerance))
    return place


def _missing(names: tuple[str, ...], position: int, loop: str, guide: Guide) -> Iterator[Issue]:
    first = guide.nodes[1].segment
    for name in names:
        severity = Severity.REJECT if name == first else Severity.ERROR
        message = f"{name} is mandatory and missing"
        yield segment_issue(name, position, loop, "3", severity, message, found="nothing")


def _too_often(node: Node, position: int) -> Issue:
    what = f"loop {node.loop}" if node.is_leader else node.segment
    message = f"{what} may come {node.max} times here at most"
    code = "4" if node.is_leader else "5"
    expected = f"{node.max} at most"
    return segment_issue(
        node.segment, position, node.loop, code, Severity.ERROR, message, expected=expected
    )
