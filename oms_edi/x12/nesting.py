"""Groups and sets between an ISA and its IEA: what belongs into what, and what is missing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from oms_edi.domain.issue import Issue, Level, Severity, Tolerance
from oms_edi.x12.capitals import LOWER_BEGINNINGS, raised
from oms_edi.x12.envelope import Segment, TransactionSet
from oms_edi.x12.events import (
    Event,
    GroupEnd,
    GroupStart,
    InterchangeAck,
    InterchangeEnd,
    SetRead,
)
from oms_edi.x12.group import group_issue, read_gs
from oms_edi.x12.isa import ISA_SHORTEST, Isa, interchange_issue, read_isa


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanLimits:
    """How large a part of an interchange may be."""

    max_segment_bytes: int = 16_384
    max_segment_elements: int = 500
    max_sets: int = 200_000
    max_set_segments: int = 100_000


class Interchange:
    """State between ISA and IEA."""

    def __init__(self, isa: Isa, limits: ScanLimits) -> None:
        self._isa = isa
        self._limits = limits
        self._separator = isa.header.delimiters.element
        self._issues = list(isa.issues)
        self._groups = 0
        self._sets = 0
        self._group: _Group | None = None
        self._set: TransactionSet | None = None
        self._group_numbers: set[str] = set()
        self.closed = False
        #: Where in the last segment the next interchange begins; -1 = it does not.
        self.interrupted_at = -1
        self._next_isa = f"ISA{self._separator}"
        self.unterminated = False
        #: Segments outside any set.
        self._strays = 0
        #: Limits the set at hand, or the interchange, was refused for; each is told once.
        self._refused: set[str] = set()
        self._has_blank = False
        #: True: the segment to be taken holds bytes; nothing in them is structure.
        self.is_counted = False

    def take(self, segment: str, blank: int, size: int, offset: int) -> Iterable[Event]:
        """Take the next segment, which stands after so many bytes of blanks."""
        current = self._set
        if blank and current is not None:
            current.lengths[-1] += blank
        if size >= ISA_SHORTEST and not self.is_counted and self._is_interrupted(segment):
            return ()
        if size > self._limits.max_segment_elements and not self.is_counted:
            self._check_elements(segment, offset)
        if current is not None and segment[:2] not in _NOT_PLAIN:
            if not segment:
                current.lengths[-1] += size
                self._note_blank(current, offset)
            elif len(current.raw) < self._limits.max_set_segments:
                current.raw.append(segment)
                current.lengths.append(size)
            else:
                self._too_many(size, offset)
            return ()
        return self._control(segment, size, offset)

    def _is_interrupted(self, segment: str) -> bool:
        """True if the interchange was cut off and the next one begins in this segment."""
        at = segment.find(self._next_isa)
        if at >= 0 and read_isa(segment[at:] + self._isa.header.delimiters.segment) is not None:
            self.interrupted_at = at
        return self.interrupted_at >= 0

    def _control(self, segment: str, size: int, offset: int) -> Iterator[Event]:
        current = self._set
        if segment[:2] in LOWER_BEGINNINGS:
            segment = self._raised(segment, offset)
        elements = segment.split(self._separator)
        name = elements[0].strip()
        if name == "SE" and current is not None:
            current.raw.append(segment)
            current.lengths.append(size)
            yield from self._end_set(elements, offset)
        elif name == "ST" and len(elements) > 1:
            yield from self._close_set()
            self._start_set(segment, elements, size, offset)
        elif name == "GS" and len(elements) >= 8:
            yield from self._close_group()
            yield from self._start_group(elements, offset)
        elif name == "GE" and self._group is not None:
            yield from self._close_set()
            yield from self._end_group(elements, offset)
        elif name == "IEA":
            yield from self._close_group()
            yield from self._end(elements, offset, offset + size)
        elif name == "TA1" and self._group is None and current is None:
            yield InterchangeAck(elements=elements)
        elif current is not None and len(current.raw) < self._limits.max_set_segments:
            current.raw.append(segment)
            current.lengths.append(size)
            if self.is_counted:
                current.counted.append(len(current.raw))
        elif current is not None:
            self._too_many(size, offset)
        elif segment and name not in _SERVICE:
            self._strays += 1
            if self._strays <= _MAX_STRAYS:
                self._stray(f"{name[:3]} stands outside any transaction set", offset)

    def _stray(self, message: str, offset: int) -> None:
        severity = Severity.ERROR if self._groups else Severity.REJECT
        code = "022" if self._groups else "024"
        self._issues.append(interchange_issue(code, severity, message, offset=offset))

    def _raised(self, segment: str, offset: int) -> str:
        """Return a segment with its id in capitals, and note that it had none."""
        told = raised(segment, self._separator)
        name = told.partition(self._separator)[0]
        if told != segment:
            message = f"{name} must be written in capitals"
            issue = _set_issue("1", Severity.NOTE, message, offset=offset)
            issue = replace(issue, tolerance=Tolerance.LOWER_CASE_CODE, found="lower case")
            self._note(replace(issue, segment=name, expected=name))
        return told

    def note_unended(self, segment: str, offset: int) -> None:
        """Note that the segment about to be taken has a line end for a terminator."""
        name = segment.partition(self._separator)[0]
        message = "its terminator is missing; the line end was taken for one"
        issue = _set_issue("", Severity.ERROR, message, offset=offset)
        self._note(
            replace(
                issue,
                segment=name[:3],
                tolerance=Tolerance.MISSING_TERMINATOR,
                found="line end",
                expected="terminator",
            )
        )

    def _note(self, issue: Issue) -> None:
        """Note what is wrong with the segment about to be taken: in its set, or the envelope."""
        if self._set is None or issue.segment in _FRAME:
            message = f"{issue.segment}: {issue.message}"
            told = interchange_issue("022", Severity.NOTE, message, offset=issue.offset)
            self._issues.append(told)
        elif len(self._set.issues) < _MAX_NOTES:
            position = len(self._set.raw) + 1
            self._set.issues.append(replace(issue, level=Level.SEGMENT, position=position))

    def _note_blank(self, current: TransactionSet, offset: int) -> None:
        """Note the first empty segment of a set."""
        if not self._has_blank:
            self._has_blank = True
            issue = Issue(
                level=Level.SET,
                severity=Severity.NOTE,
                message="an empty segment (two terminators in a row)",
                position=len(current.raw),
                offset=offset,
            )
            current.issues.append(issue)

    def _check_elements(self, segment: str, offset: int) -> None:
        found, limit = segment.count(self._separator), self._limits.max_segment_elements
        if found > limit:
            message = f"{found} elements in a segment; {limit} are allowed"
            self._refuse("max_segment_elements", message, offset)

    def _too_many(self, size: int, offset: int) -> None:
        """Leave a segment out of a set that has as many as it may; its bytes count all the same."""
        if self._set is not None:
            self._set.lengths[-1] += size
        message = f"more than {self._limits.max_set_segments} segments"
        self._refuse("max_set_segments", message, offset)

    def too_long(self, size: int, offset: int) -> None:
        """Note a segment beyond the limit; it is left out."""
        message = f"a segment of {size} bytes; {self._limits.max_segment_bytes} are allowed"
        if self._set is not None:
            self._set.lengths[-1] += size
        self._refuse("max_segment_bytes", message, offset)

    def _refuse(self, limit: str, message: str, offset: int) -> None:
        """Refuse the set at hand, or the interchange if none is."""
        if limit in self._refused:
            return
        self._refused.add(limit)
        told = f"{message} ({limit})"
        if self._set is not None:
            self._set.issues.append(_set_issue("5", Severity.REJECT, told, offset=offset))
        else:
            issue = interchange_issue("022", Severity.REJECT, told, offset=offset)
            self._issues.append(issue)

    def _start_set(self, segment: str, elements: Segment, size: int, offset: int) -> None:
        control = elements[2].strip() if len(elements) > 2 else ""
        self._refused.clear()
        self._has_blank = False
        self._set = TransactionSet(
            set_id=elements[1].strip(),
            control_number=control,
            delimiters=self._isa.header.delimiters,
            raw=[segment],
            offset=offset,
            lengths=[size],
        )
        if not control:
            self._set.issues.append(_st02("7", "ST02 is missing", offset))
        group = self._group
        if group is not None and control:
            if control in group.controls:
                message = "ST02 was used before in this group"
                self._set.issues.append(_st02("23", message, offset))
            if self._sets <= self._limits.max_sets:
                group.controls.add(control)

    def _end_set(self, elements: Segment, offset: int) -> Iterator[Event]:
        current = self._set
        if current is None:
            return
        told = elements[1].strip() if len(elements) > 1 else ""
        count = len(current.raw)
        if _count(told) != count:
            message = f"SE01 must be {count}, the number of segments from ST to SE"
            issue = _set_issue("4", Severity.ERROR, message, offset=offset)
            current.issues.append(
                replace(issue, segment="SE", position=count, element=1, expected=str(count))
            )
        if len(elements) < 3 or elements[2].strip() != current.control_number:
            issue = _set_issue("3", Severity.REJECT, "SE02 differs from ST02", offset=offset)
            current.issues.append(replace(issue, segment="SE", position=count, element=2))
        yield from self._emit_set()

    def _close_set(self) -> Iterator[Event]:
        """End a set whose SE is missing."""
        if self._set is not None:
            offset = self._set.offset
            issue = _set_issue("2", Severity.REJECT, "SE is missing", offset=offset)
            self._set.issues.append(issue)
            yield from self._emit_set()

    def _emit_set(self) -> Iterator[Event]:
        current, self._set = self._set, None
        if current is None:
            return
        if self._group is None:
            self._strays += 1
            if self._strays <= _MAX_STRAYS:
                message = "a transaction set stands outside any functional group (no GS)"
                self._stray(message, current.offset)
            return
        self._group.received += 1
        self._sets += 1
        if self._sets > self._limits.max_sets:
            if self._sets == self._limits.max_sets + 1:
                message = f"more than {self._limits.max_sets} transaction sets (max_sets)"
                issue = interchange_issue("022", Severity.REJECT, message, offset=current.offset)
                self._issues.append(issue)
            return
        yield SetRead(set=current)

    def _start_group(self, elements: Segment, offset: int) -> Iterator[Event]:
        header, issues = read_gs(elements, offset)
        self._groups += 1
        number = header.control_number.lstrip("0")
        if number in self._group_numbers:
            message = "GS06 was used before in this interchange"
            issues.insert(0, group_issue("19", message, "GS", 6, offset))
        self._group_numbers.add(number)
        self._group = _Group(offset=offset, control_number=header.control_number, issues=issues)
        yield GroupStart(header=header)

    def _end_group(self, elements: Segment, offset: int) -> Iterator[Event]:
        group, self._group = self._group, None
        if group is None:
            return
        told = elements[1].strip() if len(elements) > 1 else ""
        declared = _count(told)
        if declared != group.received:
            message = f"GE01 must be {group.received}, the number of transaction sets"
            group.issues.append(group_issue("5", message, "GE", 1, offset))
        number = elements[2].strip() if len(elements) > 2 else ""
        if number.lstrip("0") != group.control_number.lstrip("0"):
            group.issues.append(group_issue("4", "GE02 differs from GS06", "GE", 2, offset))
        yield GroupEnd(
            issues=tuple(group.issues), declared_sets=declared, received_sets=group.received
        )

    def _close_group(self) -> Iterator[Event]:
        """End a group whose GE is missing."""
        yield from self._close_set()
        group, self._group = self._group, None
        if group is not None:
            group.issues.append(group_issue("3", "GE is missing", "GE", 0, group.offset))
            yield GroupEnd(
                issues=tuple(group.issues), declared_sets=None, received_sets=group.received
            )

    def _end(self, elements: Segment, offset: int, end: int) -> Iterator[Event]:
        told = elements[1].strip() if len(elements) > 1 else ""
        if _count(told) != self._groups:
            message = f"IEA01 must be {self._groups}, the number of functional groups"
            self._issues.append(interchange_issue("021", Severity.ERROR, message, offset=offset))
        number = elements[2].strip() if len(elements) > 2 else ""
        if number.lstrip("0") != self._isa.header.control_number.lstrip("0"):
            message = "IEA02 differs from ISA13"
            self._issues.append(interchange_issue("001", Severity.REJECT, message, offset=offset))
        if self.unterminated:
            message = "the last segment has no terminator"
            self._issues.append(interchange_issue("004", Severity.NOTE, message, offset=offset))
        yield self._closing(end)

    def _closing(self, end: int) -> InterchangeEnd:
        if self._strays > _MAX_STRAYS:
            more = self._strays - _MAX_STRAYS
            self._stray(f"{more} more segments stand outside any transaction set", -1)
        self.closed = True
        return InterchangeEnd(issues=tuple(self._issues), end=end)

    def finish(self, end: int) -> Iterator[Event]:
        """End an interchange whose IEA is missing."""
        if self.closed:
            return
        yield from self._close_group()
        message = "the interchange ends without its IEA: it was cut off"
        self._issues.append(interchange_issue("023", Severity.REJECT, message, offset=end))
        yield self._closing(end)


#: How segments begin that are no plain content of a set: those of the envelope, those that hold
#: bytes, those in lower case.
_NOT_PLAIN = LOWER_BEGINNINGS | {"SE", "ST", "GS", "GE", "IE", "IS", "TA", "BI", "BD"}
#: Interchange service segments (X12.5): nothing we act on.
_SERVICE = ("ISB", "ISE")
#: Segments outside any set that are told one by one; the others are counted.
_MAX_STRAYS = 10
#: Ids in lower case that are told in a set.
_MAX_NOTES = 100
_FRAME = ("ST", "GS", "GE", "IEA", "TA1")


@dataclass(slots=True)
class _Group:
    #: Byte offset of its GS.
    offset: int
    control_number: str = ""
    received: int = 0
    controls: set[str] = field(default_factory=set)
    issues: list[Issue] = field(default_factory=list)


def _count(text: str) -> int | None:
    """Read a count; None if it is none, or has more digits than any count."""
    return int(text) if text.isdecimal() and text.isascii() and len(text) <= 10 else None


def _set_issue(code: str, severity: Severity, message: str, *, offset: int) -> Issue:
    return Issue(level=Level.SET, severity=severity, message=message, code=code, offset=offset)


def _st02(code: str, message: str, offset: int) -> Issue:
    issue = _set_issue(code, Severity.ERROR, message, offset=offset)
    return replace(issue, segment="ST", position=1, element=2)
