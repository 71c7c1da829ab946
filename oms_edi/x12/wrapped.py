"""Files whose lines are broken at a fixed width, wherever that is: mailboxes and mainframes do so.

The line ends are left out while the file is read, and put into account where places are told.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import BinaryIO

from oms_edi.domain.issue import Issue, Severity
from oms_edi.x12.events import Event, GroupEnd, InterchangeEnd, InterchangeStart, Junk, SetRead
from oms_edi.x12.isa import ISA_LONGEST, interchange_issue, read_isa

#: Narrower lines are segments.
_MIN_WIDTH = 40
#: So much of a file must be broken at one width.
_HEAD_BYTES = 4096


def width_of(head: bytes) -> int:
    """Return the width at which a file that begins so is broken; 0 where it is not.

    It is certain where every line but the last has the same width, and some line end stands where
    no segment ends.
    """
    text = head[:_HEAD_BYTES].decode("latin-1")
    *full, last = (line.removesuffix("\r") for line in text.rstrip("\r\n\x1a ").split("\n"))
    width = len(full[0]) if len(full) > 1 else 0
    if width < _MIN_WIDTH or len(last) > width or any(len(line) != width for line in full):
        return 0
    isa = read_isa("".join([*full, last])[:ISA_LONGEST])
    terminator = isa.header.delimiters.segment if isa else "\n"
    if terminator in "\r\n" or all(line.endswith(terminator) for line in full):
        return 0
    return width


class Unwrapped:
    """A file without the line ends at its width; from the first line of another width as it is."""

    def __init__(self, head: bytes, rest: BinaryIO, width: int) -> None:
        self._head = head
        self._rest = rest
        self._width = width
        self._column = 0
        self._is_regular = True
        self._end = b"\r\n" if head[width : width + 1] == b"\r" else b"\n"
        self._left_out = 0

    def read(self, size: int) -> bytes:
        """Return the next bytes; b"" at the end."""
        while True:
            block, self._head = self._head or self._rest.read(size), b""
            if block.endswith(b"\r"):
                block += self._rest.read(1)
            text = self._without(block) if self._is_regular else block
            if text or not block:
                return text

    def _without(self, block: bytes) -> bytes:
        lines = block.split(self._end)
        for number, line in enumerate(lines[:-1]):
            if self._column + len(line) != self._width:
                self._is_regular = False
                return b"".join(lines[:number]) + self._end.join(lines[number:])
            self._left_out += 1
            self._column = 0
        self._column += len(lines[-1])
        return b"".join(lines)

    def place(self, offset: int) -> int:
        """Return where in the file a byte is that was read as number `offset`."""
        return offset + min(offset // self._width, self._left_out) * len(self._end)

    def placed(self, events: Iterable[Event]) -> Iterator[Event]:
        """Yield events with their places in the file, and that its lines are broken."""
        for event in events:
            match event:
                case InterchangeStart():
                    yield replace(event, offset=self.place(event.offset))
                case InterchangeEnd():
                    text = f"the lines of the file are broken at {self._width} characters"
                    note = interchange_issue("022", Severity.NOTE, text)
                    issues = (*self._issues(event.issues), note)
                    yield replace(event, issues=issues, end=self.place(event.end))
                case GroupEnd():
                    yield replace(event, issues=tuple(self._issues(event.issues)))
                case SetRead():
                    self._place_set(event)
                    yield event
                case Junk():
                    (issue,) = self._issues((event.issue,))
                    yield replace(event, issue=issue, offset=self.place(event.offset))
                case _:
                    yield event

    def _issues(self, issues: Iterable[Issue]) -> Iterator[Issue]:
        for issue in issues:
            yield replace(issue, offset=self.place(issue.offset)) if issue.offset >= 0 else issue

    def _place_set(self, event: SetRead) -> None:
        one = event.set
        at = one.offset
        places = [self.place(at)]
        for length in one.lengths:
            at += length
            places.append(self.place(at))
        one.offset = places[0]
        one.lengths = [b - a for a, b in pairwise(places)]
        one.issues = list(self._issues(one.issues))
