"""Bytes to interchanges, groups and transaction sets, streaming.

Every byte that is not blank belongs to exactly one ISA…IEA or is reported as junk. Memory is
bounded by the largest transaction set. What the sets mean is read in `oms_edi.transactions`.
Source: X12.5 and X12.6 control structures; delimiters as found in real files.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import BinaryIO

from oms_edi.domain.issue import Issue, Level, Severity
from oms_edi.x12.envelope import (
    Delimiters,
    GroupHeader,
    InterchangeHeader,
    Segment,
    TransactionSet,
)

_BLOCK = 1 << 18
_BLANK = " \t\r\n\x00\x1a\ufeff"
#: Where the element separator stands in an ISA of the right width.
_ISA_SEPARATORS = (3, 6, 17, 20, 31, 34, 50, 53, 69, 76, 81, 83, 89, 99, 101, 103)
_ISA_WIDTH = 106
_ISA_LONGEST = 400
_ISA_SHORTEST = 40
#: UTF-8 marks that arrive as several latin-1 characters.
_BOM = "\xef\xbb\xbf"
#: A no-break space, the same way; some programs pad ids with it.
_WIDE_BLANK = "\xc2\xa0"
_WIDE_TERMINATORS = ("\r\n", "\xe2\x80\xa6", "\xc2\x85")
#: A number of fewer than nine digits may go on, unless something else follows it.
_WHOLE_IEA = re.compile(
    r"IEA(.)\d{1,5}\1(?:\d{9}|\d{1,8}(?=\D))\D{0,3}[ \t\r\n\x00\x1a]*\Z", re.DOTALL
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanLimits:
    """How large a part of an interchange may be."""

    max_segment_bytes: int = 16_384
    max_set_segments: int = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class InterchangeStart:
    """An ISA was read; one `InterchangeEnd` follows."""

    header: InterchangeHeader
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InterchangeAck:
    """A TA1 inside an interchange, as its elements."""

    elements: Segment


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupStart:
    """A GS was read; one `GroupEnd` follows."""

    header: GroupHeader


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRead:
    """A whole transaction set."""

    set: TransactionSet


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupEnd:
    """The group is over, with or without its GE."""

    issues: tuple[Issue, ...]
    #: GE01; None where it is missing or no number.
    declared_sets: int | None
    received_sets: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InterchangeEnd:
    """The interchange is over, with or without its IEA."""

    issues: tuple[Issue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Junk:
    """Bytes outside any interchange."""

    issue: Issue
    offset: int
    size_bytes: int


Event = InterchangeStart | InterchangeAck | GroupStart | SetRead | GroupEnd | InterchangeEnd | Junk


def looks_like_x12(head: bytes) -> bool:
    """True if a file that begins so holds X12: blanks or a BOM, then ISA."""
    text = head.decode("latin-1").removeprefix(_BOM).lstrip(_BLANK)
    return text.startswith("ISA") and len(text) > 3 and not text[3].isalnum()


def ends_whole(tail: bytes) -> bool:
    """True if the last bytes of a file are a whole IEA, whatever its delimiters."""
    return _WHOLE_IEA.search(tail.decode("latin-1")) is not None


def segment_offset(read: TransactionSet, position: int) -> int:
    """Return the byte offset in the file of the segment at `position` (ST = 1)."""
    return read.offset + sum(read.lengths[: position - 1])


def scan(stream: BinaryIO, *, limits: ScanLimits) -> Iterator[Event]:
    """Yield what is in `stream`, in order."""
    source = _Source(stream)
    while True:
        yield from _skip_to_isa(source)
        if not source.text:
            return
        yield from _interchange(source, limits)


class _Source:
    """Text not consumed yet, its byte offset in the file, and more when asked."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.text = ""
        self.offset = 0
        self.ended = False
        self.more()

    def more(self) -> bool:
        """Append the next block; False at the end of the file."""
        block = self._stream.read(_BLOCK)
        self.ended = not block
        self.text += block.decode("latin-1")
        return not self.ended

    def need(self, size: int) -> None:
        """Read until `size` characters are there, or the file ends."""
        while len(self.text) < size and self.more():
            pass

    def drop(self, size: int) -> None:
        """Consume `size` characters."""
        self.text = self.text[size:]
        self.offset += size


def _skip_to_isa(source: _Source) -> Iterator[Event]:
    """Consume what stands before the next ISA; what is not blank there is junk."""
    start = source.offset
    junk_bytes = 0
    first = ""
    while True:
        source.need(_ISA_LONGEST)
        found = _find_isa(source.text, whole=source.ended)
        skipped = source.text[:found] if found >= 0 else source.text
        if found < 0 and not source.ended:
            skipped = skipped[:-_ISA_WIDTH]  # an ISA may begin in what is left
        visible = skipped.removeprefix(_BOM).strip(_BLANK)
        if visible:
            first = first or visible[:3]
            junk_bytes += len(visible)
        source.drop(len(skipped))
        if found >= 0 or (source.ended and not source.more()):
            break
        source.more()
    if found < 0:
        source.drop(len(source.text))
    if junk_bytes:
        message = f"{junk_bytes} bytes outside any interchange (no ISA before them)"
        if first.startswith(("ST", "GS")):
            message = f"{first.rstrip('*|')} without an ISA before it: the envelope is missing"
        issue = _interchange_issue("022", Severity.ERROR, message, offset=start)
        yield Junk(issue=issue, offset=start, size_bytes=junk_bytes)


def _find_isa(text: str, *, whole: bool) -> int:
    """Return where a readable ISA begins, -1 if none does."""
    at = text.find("ISA")
    while at >= 0:
        if not whole and len(text) - at < _ISA_LONGEST and len(text) > _ISA_LONGEST:
            return -1
        if _header(text[at : at + _ISA_LONGEST]) is not None:
            return at
        at = text.find("ISA", at + 1)
    return -1


@dataclass(frozen=True, slots=True)
class _Isa:
    header: InterchangeHeader
    size: int
    issues: tuple[Issue, ...]


def _header(text: str) -> _Isa | None:
    """Read an ISA at the beginning of `text`; None if it cannot be one."""
    if len(text) < 40 or text[3].isalnum() or text[3] in " \t\r\n":
        return None
    separator = text[3]
    issues: list[Issue] = []
    fixed = len(text) >= _ISA_WIDTH and all(text[at] == separator for at in _ISA_SEPARATORS)
    parts = text.split(separator, 16)
    if fixed:
        component, after = text[104], 105
        elements = [text[a + 1 : b] for a, b in pairwise(_ISA_SEPARATORS)]
    elif len(parts) == 17 and len(parts[16]) >= 2:
        component, elements = parts[16][0], parts[1:16]
        after = len(text) - len(parts[16]) + 1
        issues.append(_interchange_issue("022", Severity.NOTE, "ISA is not 106 characters wide"))
    else:
        return None
    terminator = next(
        (t for t in _WIDE_TERMINATORS if text.startswith(t, after)), text[after : after + 1]
    )
    if not terminator or terminator.isalnum() or terminator in (" ", "\x00", separator):
        return None
    values = [element.replace(_WIDE_BLANK, " ").strip(" \t\r\n\xa0") for element in elements]
    if len(values[11]) != 5 or not values[12].isdigit() or len(values[12]) > 9:
        return None
    if component in (separator, terminator) or component.isalnum():
        message = "ISA16 must be a character that is used for nothing else"
        issues.append(_interchange_issue("027", Severity.NOTE, message))
        component = ""
    repetition = elements[10]
    if values[11] < "00402" or len(repetition) != 1 or repetition.isalnum() or repetition.isspace():
        repetition = ""
    if repetition in (separator, component, terminator):
        repetition = ""
    header = InterchangeHeader(
        sender_qualifier=values[4],
        sender_id=values[5],
        receiver_qualifier=values[6],
        receiver_id=values[7],
        date=values[8],
        time=values[9],
        version=values[11],
        control_number=values[12],
        ack_requested=values[13] == "1",
        usage=values[14],
        delimiters=Delimiters(
            element=separator, component=component, repetition=repetition, segment=terminator
        ),
    )
    return _Isa(header, after + len(terminator), tuple(issues))


def _interchange(source: _Source, limits: ScanLimits) -> Iterator[Event]:
    """Read one interchange that begins at the beginning of the source."""
    source.need(_ISA_LONGEST)
    isa = _header(source.text[:_ISA_LONGEST])
    if isa is None:  # `_skip_to_isa` found one here
        raise AssertionError("no ISA where one was found")
    yield InterchangeStart(header=isa.header, offset=source.offset)
    source.drop(isa.size)
    reader = _Interchange(isa, limits)
    terminator = isa.header.delimiters.segment
    for segment, size, offset in _segments(source, isa.header.delimiters, limits, reader):
        yield from reader.take(segment, size, offset)
        last = segment
    if reader.interrupted_at >= 0:  # the next interchange begins inside the last segment
        rest = last[reader.interrupted_at :] + terminator
        source.text = rest + source.text
        source.offset -= len(rest)
    yield from reader.finish()


def _segments(
    source: _Source, delimiters: Delimiters, limits: ScanLimits, reader: "_Interchange"
) -> Iterator[tuple[str, int, int]]:
    """Yield (segment without line ends, size with terminator, offset) until the reader is done."""
    terminator = delimiters.segment
    width = len(terminator)
    oversize = 0
    while True:
        pieces = source.text.split(terminator)
        rest = pieces.pop()
        offset = source.offset
        for number, piece in enumerate(pieces):
            size = len(piece) + width
            if oversize or size > limits.max_segment_bytes:
                reader.too_long(oversize + size, offset)
                oversize = 0
                offset += size
                continue
            segment = piece.lstrip(_BLANK).rstrip("\r\n")
            yield segment, size, offset
            offset += size
            if reader.closed or reader.interrupted_at >= 0:
                source.text = terminator.join([*pieces[number + 1 :], rest])
                source.offset = offset
                return
        source.text, source.offset = rest, offset
        if len(rest) > limits.max_segment_bytes:
            keep = width - 1  # a terminator may be cut
            oversize += len(rest) - keep
            source.drop(len(rest) - keep)
        if not source.more():
            break
    tail = source.text.strip(_BLANK)
    size, offset = len(source.text), source.offset
    source.drop(size)
    if tail:
        reader.unterminated = True
        yield tail, size, offset


class _Interchange:
    """State between ISA and IEA."""

    def __init__(self, isa: _Isa, limits: ScanLimits) -> None:
        self._isa = isa
        self._limits = limits
        self._separator = isa.header.delimiters.element
        self._issues = list(isa.issues)
        self._groups = 0
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
        if size >= _ISA_SHORTEST and self._is_interrupted(segment):
            return
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
        if at >= 0 and _header(segment[at:] + self._isa.header.delimiters.segment) is not None:
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
            yield from self._end(elements)
        elif name == "TA1" and self._group is None and current is None:
            yield InterchangeAck(elements=elements)
        elif current is not None:
            current.raw.append(segment)
            current.lengths.append(size)
        elif segment and name not in _SERVICE:
            message = f"{name[:3]} stands outside any transaction set"
            severity = Severity.ERROR if self._groups else Severity.REJECT
            code = "022" if self._groups else "024"
            self._issues.append(_interchange_issue(code, severity, message, offset=offset))

    def _note_blank(self, current: TransactionSet) -> None:
        issue = Issue(
            level=Level.SET,
            severity=Severity.NOTE,
            message="an empty segment (two terminators in a row)",
            position=len(current.raw),
        )
        if issue not in current.issues:
            current.issues.append(issue)

    def _too_many(self, current: TransactionSet) -> None:
        if not any(issue.severity is Severity.REJECT for issue in current.issues):
            message = f"more than {self._limits.max_set_segments} segments (max_set_segments)"
            current.issues.append(_set_issue("5", Severity.REJECT, message))

    def too_long(self, size: int, offset: int) -> None:
        """Note a segment beyond the limit; it is left out."""
        limit = self._limits.max_segment_bytes
        message = f"a segment of {size} bytes; {limit} are allowed (max_segment_bytes)"
        if self._set is not None:
            self._set.issues.append(_set_issue("5", Severity.REJECT, message))
        else:
            issue = _interchange_issue("022", Severity.REJECT, message, offset=offset)
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
        if not told.isdigit() or int(told) != len(current.raw):
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
                self._issues.append(_interchange_issue("024", Severity.REJECT, message))
            return
        self._group.received += 1
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
        declared = int(told) if told.isdigit() and len(told) < 10 else None
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

    def _end(self, elements: Segment) -> Iterator[Event]:
        told = elements[1].strip() if len(elements) > 1 else ""
        if not told.isdigit() or int(told) != self._groups:
            message = f"IEA01 must be {self._groups}, the number of functional groups"
            self._issues.append(_interchange_issue("021", Severity.ERROR, message))
        number = elements[2].strip() if len(elements) > 2 else ""
        if number.lstrip("0") != self._isa.header.control_number.lstrip("0"):
            message = "IEA02 differs from ISA13"
            self._issues.append(_interchange_issue("001", Severity.REJECT, message))
        if self.unterminated:
            message = "the last segment has no terminator"
            self._issues.append(_interchange_issue("004", Severity.NOTE, message))
        self.closed = True
        yield InterchangeEnd(issues=tuple(self._issues))

    def finish(self) -> Iterator[Event]:
        """End an interchange whose IEA is missing."""
        if self.closed:
            return
        yield from self._close_group()
        message = "the interchange ends without its IEA: it was cut off"
        self._issues.append(_interchange_issue("023", Severity.REJECT, message))
        self.closed = True
        yield InterchangeEnd(issues=tuple(self._issues))


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


def _interchange_issue(code: str, severity: Severity, message: str, *, offset: int = -1) -> Issue:
    return Issue(
        level=Level.INTERCHANGE, severity=severity, message=message, code=code, offset=offset
    )


def _group_issue(code: str, severity: Severity, message: str) -> Issue:
    return Issue(level=Level.GROUP, severity=severity, message=message, code=code)


def _set_issue(code: str, severity: Severity, message: str) -> Issue:
    return Issue(level=Level.SET, severity=severity, message=message, code=code)
