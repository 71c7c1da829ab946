"""Groups and sets between an ISA and its IEA: what belongs into what, and what is missing."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from oms_edi.domain.issue import Issue, Level, Severity
from oms_edi.x12.envelope import GroupHeader, Segment, TransactionSet
from oms_edi.x12.events import (
    Event,
    GroupEnd,
    GroupStart,
    InterchangeAck,
    InterchangeEnd,
    SetRead,
)
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

    def take(self, segment: str, size: int, offset: int) -> Iterator[Event]:
        """Take the next segment."""
        current = self._set
        if size >= ISA_SHORTEST and self._is_interrupted(segment):
            return
        if size > self._limits.max_segment_elements:
            self._check_elements(segment, offset)
        if current is not None and not segment.startswith(_CONTROL):
            if len(current.raw) < self._limits.max_set_segments:
                if segment:
                    current.raw.append(segment)
                    current.lengths.append(size)
                elif current.lengths:
                    current.lengths[-1] += size
                    self._note_blank(current)
            else:
                self._too_many(current)
            return
        yield from self._control(segment, size, offset)

    def _is_interrupted(self, segment: str) -> bool:
        """True if the interchange was cut off and the next one begins in this segment."""
        at = segment.find(self._next_isa)
        if at >= 0 and read_isa(segment[at:] + self._isa.header.delimiters.segment) is not None:
            self.interrupted_at = at
        return self.interrupted_at >= 0

    def _control(self, segment: str, size: int, offset: int) -> Iterator[Event]:
        elements = segment.split(self._separator)
        name = elements[0].strip()
        current = self._set
        if name == "SE" and current is not None:
            current.raw.append(segment)
            current.lengths.append(size)
            yield from self._end_set(elements)
        elif name == "ST" and len(elements) > 1:
            yield from self._close_set()
            self._start_set(segment, elements, size, offset)
        elif name == "GS" and len(elements) >= 8:
            yield from self._close_group()
            yield from self._start_group(elements)
        elif name == "GE" and self._group is not None:
            yield from self._close_set()
            yield from self._end_group(elements)
        elif name == "IEA":
            yield from self._close_group()
            yield from self._end(elements, offset + size)
        elif name == "TA1" and self._group is None and current is None:
            yield InterchangeAck(elements=elements)
        elif current is not None:
            current.raw.append(segment)
            current.lengths.append(size)
        elif segment and name not in _SERVICE:
            message = f"{name[:3]} stands outside any transaction set"
            severity = Severity.ERROR if self._groups else Severity.REJECT
            code = "022" if self._groups else "024"
            self._issues.append(interchange_issue(code, severity, message, offset=offset))

    def _note_blank(self, current: TransactionSet) -> None:
        issue = Issue(
            level=Level.SET,
            severity=Severity.NOTE,
            message="an empty segment (two terminators in a row)",
            position=len(current.raw),
        )
        if issue not in current.issues:
            current.issues.append(issue)

    def _check_elements(self, segment: str, offset: int) -> None:
        found, limit = segment.count(self._separator), self._limits.max_segment_elements
        if found > limit:
            message = f"{found} elements in a segment; {limit} are allowed (max_segment_elements)"
            self._refuse(message, offset)

    def _too_many(self, current: TransactionSet) -> None:
        if not any(issue.severity is Severity.REJECT for issue in current.issues):
            message = f"more than {self._limits.max_set_segments} segments (max_set_segments)"
            current.issues.append(_set_issue("5", Severity.REJECT, message))

    def too_long(self, size: int, offset: int) -> None:
        """Note a segment beyond the limit; it is left out."""
        limit = self._limits.max_segment_bytes
        message = f"a segment of {size} bytes; {limit} are allowed (max_segment_bytes)"
        self._refuse(message, offset)

    def _refuse(self, message: str, offset: int) -> None:
        """Refuse the set at hand, or the interchange if none is."""
        if self._set is not None:
            self._set.issues.append(_set_issue("5", Severity.REJECT, message))
        else:
            issue = interchange_issue("022", Severity.REJECT, message, offset=offset)
            self._issues.append(issue)

    def _start_set(self, segment: str, elements: Segment, size: int, offset: int) -> None:
        control = elements[2].strip() if len(elements) > 2 else ""
        self._set = TransactionSet(
            set_id=elements[1].strip(),
            control_number=control,
            delimiters=self._isa.header.delimiters,
            raw=[segment],
            offset=offset,
            lengths=[size],
        )
        if not control:
            self._set.issues.append(_set_issue("7", Severity.ERROR, "ST02 is missing"))
        group = self._group
        if group is not None and control:
            if control in group.controls:
                message = "ST02 was used before in this group"
                self._set.issues.append(_set_issue("23", Severity.ERROR, message))
            group.controls.add(control)

    def _end_set(self, elements: Segment) -> Iterator[Event]:
        current = self._set
        if current is None:
            return
        told = elements[1].strip() if len(elements) > 1 else ""
        if not told.isdecimal() or int(told) != len(current.raw):
            message = f"SE01 must be {len(current.raw)}, the number of segments from ST to SE"
            current.issues.append(_set_issue("4", Severity.ERROR, message))
        if len(elements) < 3 or elements[2].strip() != current.control_number:
            message = "SE02 differs from ST02"
            current.issues.append(_set_issue("3", Severity.REJECT, message))
        yield from self._emit_set()

    def _close_set(self) -> Iterator[Event]:
        """End a set whose SE is missing."""
        if self._set is not None:
            self._set.issues.append(_set_issue("2", Severity.REJECT, "SE is missing"))
            yield from self._emit_set()

    def _emit_set(self) -> Iterator[Event]:
        current, self._set = self._set, None
        if current is None:
            return
        if self._group is None:
            if not self._groups:
                message = "a transaction set stands outside any functional group (no GS)"
                self._issues.append(interchange_issue("024", Severity.REJECT, message))
            return
        self._group.received += 1
        self._sets += 1
        if self._sets > self._limits.max_sets:
            if self._sets == self._limits.max_sets + 1:
                message = f"more than {self._limits.max_sets} transaction sets (max_sets)"
                self._issues.append(interchange_issue("022", Severity.REJECT, message))
            return
        yield SetRead(set=current)

    def _start_group(self, elements: Segment) -> Iterator[Event]:
        values = [element.strip() for element in elements] + [""] * 8
        self._groups += 1
        self._group = _Group()
        number = values[6].lstrip("0")
        if number in self._group_numbers:
            message = "GS06 was used before in this interchange"
            self._group.issues.append(_group_issue("19", Severity.ERROR, message))
        self._group_numbers.add(number)
        if not (values[6].isdecimal() and len(values[6]) <= 9):
            message = "GS06 must be a number of 1 to 9 digits"
            self._group.issues.append(_group_issue("6", Severity.ERROR, message))
        if not _RELEASE.match(values[8]):
            message = "GS08 is no release of X12"
            self._group.issues.append(_group_issue("2", Severity.ERROR, message))
        self._group.control_number = values[6]
        yield GroupStart(
            header=GroupHeader(
                functional_id=values[1],
                sender=values[2],
                receiver=values[3],
                date=values[4],
                time=values[5],
                control_number=values[6],
                version=values[8],
            )
        )

    def _end_group(self, elements: Segment) -> Iterator[Event]:
        group, self._group = self._group, None
        if group is None:
            return
        told = elements[1].strip() if len(elements) > 1 else ""
        declared = int(told) if told.isdecimal() and len(told) < 10 else None
        if declared != group.received:
            message = f"GE01 must be {group.received}, the number of transaction sets"
            group.issues.append(_group_issue("5", Severity.ERROR, message))
        number = elements[2].strip() if len(elements) > 2 else ""
        if number.lstrip("0") != group.control_number.lstrip("0"):
            group.issues.append(_group_issue("4", Severity.ERROR, "GE02 differs from GS06"))
        yield GroupEnd(
            issues=tuple(group.issues), declared_sets=declared, received_sets=group.received
        )

    def _close_group(self) -> Iterator[Event]:
        """End a group whose GE is missing."""
        yield from self._close_set()
        group, self._group = self._group, None
        if group is not None:
            group.issues.append(_group_issue("3", Severity.ERROR, "GE is missing"))
            yield GroupEnd(
                issues=tuple(group.issues), declared_sets=None, received_sets=group.received
            )

    def _end(self, elements: Segment, end: int) -> Iterator[Event]:
        told = elements[1].strip() if len(elements) > 1 else ""
        if not told.isdecimal() or int(told) != self._groups:
            message = f"IEA01 must be {self._groups}, the number of functional groups"
            self._issues.append(interchange_issue("021", Severity.ERROR, message))
        number = elements[2].strip() if len(elements) > 2 else ""
        if number.lstrip("0") != self._isa.header.control_number.lstrip("0"):
            message = "IEA02 differs from ISA13"
            self._issues.append(interchange_issue("001", Severity.REJECT, message))
        if self.unterminated:
            message = "the last segment has no terminator"
            self._issues.append(interchange_issue("004", Severity.NOTE, message))
        self.closed = True
        yield InterchangeEnd(issues=tuple(self._issues), end=end)

    def finish(self, end: int) -> Iterator[Event]:
        """End an interchange whose IEA is missing."""
        if self.closed:
            return
        yield from self._close_group()
        message = "the interchange ends without its IEA: it was cut off"
        self._issues.append(interchange_issue("023", Severity.REJECT, message))
        self.closed = True
        yield InterchangeEnd(issues=tuple(self._issues), end=end)


_RELEASE = re.compile(r"00[2-8]\d{3}", re.ASCII)
#: Segments that are never content of a transaction set.
_CONTROL = ("SE", "ST", "GS", "GE", "IEA", "ISA", "TA1")
#: Interchange service segments (X12.5): nothing we act on.
_SERVICE = ("ISB", "ISE")


@dataclass(slots=True)
class _Group:
    control_number: str = ""
    received: int = 0
    controls: set[str] = field(default_factory=set)
    issues: list[Issue] = field(default_factory=list)


def _group_issue(code: str, severity: Severity, message: str) -> Issue:
    return Issue(level=Level.GROUP, severity=severity, message=message, code=code)


def _set_issue(code: str, severity: Severity, message: str) -> Issue:
    return Issue(level=Level.SET, severity=severity, message=message, code=code)
