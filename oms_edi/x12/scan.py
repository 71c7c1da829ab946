"""Bytes to interchanges, groups and transaction sets, streaming.

Every byte that is not blank belongs to exactly one ISA…IEA or is reported as junk. Memory is
bounded by the largest transaction set. What the sets mean is read in `oms_edi.transactions`.
Source: X12.5 and X12.6 control structures; delimiters as found in real files.
"""

from collections.abc import Collection, Iterator
from typing import BinaryIO

from oms_edi.domain.issue import Severity
from oms_edi.x12.counted import join_counted, may_hold_bytes
from oms_edi.x12.envelope import Delimiters
from oms_edi.x12.events import Event, InterchangeStart, Junk
from oms_edi.x12.isa import BLANK, BOM, ISA_LONGEST, interchange_issue, read_isa
from oms_edi.x12.nesting import Interchange, ScanLimits
from oms_edi.x12.unended import cut_unended, may_be_unended
from oms_edi.x12.wrapped import Unwrapped, width_of

_BLOCK = 1 << 16
#: So much is cut into segments at first, then twice as much: what follows a short interchange need
#: not be cut again and again.
_FIRST_LOOK = 1 << 10


def scan(stream: BinaryIO, *, limits: ScanLimits) -> Iterator[Event]:
    """Yield what is in `stream`, in order."""
    head = stream.read(_BLOCK)
    width = width_of(head)
    if width:
        unwrapped = Unwrapped(head, stream, width)
        yield from unwrapped.placed(_scan(_Source(unwrapped, b""), limits))
    else:
        yield from _scan(_Source(stream, head), limits)


def _scan(source: "_Source", limits: ScanLimits) -> Iterator[Event]:
    while True:
        # an interchange may end in empty segments, too
        yield from _skip_to_isa(source, BLANK + source.terminator)
        if not source.text:
            return
        yield from _interchange(source, limits)


class _Source:
    """Text not consumed yet, its byte offset in the file, and more when asked."""

    def __init__(self, stream: BinaryIO | Unwrapped, head: bytes) -> None:
        self._stream = stream
        self.text = head.decode("latin-1")
        self.offset = 0
        #: The segment last yielded, as it stands in the file.
        self.taken = ""
        #: Of the interchange before.
        self.terminator = ""
        self.ended = False

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


def _skip_to_isa(source: _Source, blank: str) -> Iterator[Event]:
    """Consume what stands before the next ISA; what is not `blank` there is junk."""
    start = source.offset
    junk_bytes = 0
    first = ""
    while True:
        source.need(ISA_LONGEST)
        found = _find_isa(source.text, whole=source.ended)
        skipped = source.text[:found] if found >= 0 else source.text
        if found < 0 and not source.ended:
            skipped = skipped[:-ISA_LONGEST]  # an ISA may begin in what is left
        visible = skipped.removeprefix(BOM).strip(blank)
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
        if first == "ISA":
            message = "an ISA that cannot be read: sixteen equal separators, ISA12 of five"
            message += " characters, a number in ISA13 and a terminator make one"
        elif first.startswith(("ST", "GS")):
            message = f"{first.rstrip('*|')} without an ISA before it: the envelope is missing"
        issue = interchange_issue("022", Severity.ERROR, message, offset=start)
        yield Junk(issue=issue, offset=start, size_bytes=junk_bytes)


def _find_isa(text: str, *, whole: bool) -> int:
    """Return where a readable ISA begins, -1 if none does."""
    at = text.find("ISA")
    while at >= 0:
        if not whole and len(text) - at < ISA_LONGEST and len(text) > ISA_LONGEST:
            return -1
        if read_isa(text[at : at + ISA_LONGEST]) is not None:
            return at
        at = text.find("ISA", at + 1)
    return -1


def _interchange(source: _Source, limits: ScanLimits) -> Iterator[Event]:
    """Read one interchange that begins at the beginning of the source."""
    source.need(ISA_LONGEST)
    isa = read_isa(source.text[:ISA_LONGEST])
    if isa is None:  # `_skip_to_isa` found one here
        raise AssertionError("no ISA where one was found")
    yield InterchangeStart(header=isa.header, offset=source.offset)
    source.drop(isa.size)
    source.terminator = isa.header.delimiters.segment
    reader = Interchange(isa, limits)
    for segment, blank, size, offset in _segments(source, isa.header.delimiters, limits, reader):
        yield from reader.take(segment, blank, size, offset)
        last = segment
    if reader.interrupted_at >= 0:  # the next interchange begins inside the last segment
        rest = source.taken[source.taken.find(last) + reader.interrupted_at :]
        source.text = rest + source.text
        source.offset -= len(rest)
    yield from reader.finish(source.offset)


def _segments(
    source: _Source, delimiters: Delimiters, limits: ScanLimits, reader: Interchange
) -> Iterator[tuple[str, int, int, int]]:
    """Yield (segment, bytes of blanks before it, size with terminator, offset) of each segment.

    Ends when the reader is done.
    """
    terminator = delimiters.segment
    width = len(terminator)
    oversize = 0
    look = _FIRST_LOOK
    longest_look = 2 * (limits.max_segment_bytes + _BLOCK)
    while True:
        text, later = source.text[:look], source.text[look:]
        pieces = text.split(terminator)
        rest = pieces.pop()
        counted: Collection[int] = ()
        unended: Collection[int] = ()
        if may_hold_bytes(text, delimiters.element):
            ended = source.ended and not later
            limit = limits.max_segment_bytes
            pieces, rest, counted = join_counted(pieces, rest, delimiters, limit=limit, ended=ended)
        elif may_be_unended(text, terminator):
            pieces, unended = cut_unended(pieces, delimiters)
        reader.is_counted = False
        at = 0
        for number, piece in enumerate(pieces):
            size = len(piece) + width
            offset = source.offset + at
            at += size
            if oversize or size > limits.max_segment_bytes:
                reader.too_long(oversize + size, offset)
                oversize = 0
                continue
            segment = piece.lstrip(BLANK)
            blank = len(piece) - len(segment)
            source.taken = text[at - size : at]
            if number in unended:
                reader.note_unended(segment, offset + blank)
            elif counted:
                reader.is_counted = number in counted
            yield (
                segment if reader.is_counted else segment.rstrip("\r\n"),
                *(blank, size - blank, offset + blank),
            )
            if reader.closed or reader.interrupted_at >= 0:
                source.drop(at)
                return
        source.text, source.offset = rest + later, source.offset + at
        if len(rest) > limits.max_segment_bytes:
            keep = width - 1  # a terminator may be cut
            oversize += len(rest) - keep
            source.drop(len(rest) - keep)
        look = min(look * 2, longest_look)
        if not later and not source.more() and terminator not in rest:
            break
    yield from _tail(source, delimiters, reader)


def _tail(
    source: _Source, delimiters: Delimiters, reader: Interchange
) -> Iterator[tuple[str, int, int, int]]:
    """Yield what stands behind the last terminator."""
    reader.is_counted = False
    pieces, unended = cut_unended([source.text], delimiters)
    for number, piece in enumerate(pieces):
        size = len(piece) + (number in unended)
        segment, offset = piece.strip(BLANK), source.offset
        source.taken = source.text[:size]
        source.drop(size)
        if segment:
            reader.unterminated = True
            if number in unended:
                reader.note_unended(segment, offset)
            yield segment, 0, size, offset
        if reader.closed or reader.interrupted_at >= 0:
            return
