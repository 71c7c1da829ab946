"""The frame around transaction sets: delimiters, ISA, GS, ST as values.

Reading them from bytes is `x12.scan`, writing them `x12.write`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from oms_edi.domain.issue import Issue

#: A segment split into its elements; [0] is the segment id, [n] element n. Composites unsplit.
Segment = list[str]
#: Segments that hold bytes: how many elements they have. The last is the bytes, the one before it
#: their number.
COUNTED = {"BIN": 2, "BDS": 3}


def split_counted(segment: str, separator: str) -> Segment:
    """Return the elements of a segment that holds bytes."""
    return segment.split(separator, COUNTED[segment[:3]])


@dataclass(frozen=True, slots=True, kw_only=True)
class Delimiters:
    """The separators of one interchange, one character each (latin-1)."""

    element: str = "*"
    #: Empty: ISA16 is missing, or is what it cannot be.
    component: str = ">"
    #: Empty: the interchange has none (ISA12 up to 00401, or an alphanumeric ISA11).
    repetition: str = ""
    segment: str = "~"

    def first(self, value: str) -> str:
        """Return the first component of a value; all of it where the interchange has none."""
        return value.partition(self.component)[0] if self.component else value


def address(qualifier: str, isa_id: str) -> str:
    """Return who somebody says to be, `ZZ/ACME`, so that a terminal and a log can bear it."""
    return "/".join(
        "".join(c if " " <= c <= "~" else "?" for c in text)[:15] for text in (qualifier, isa_id)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class InterchangeHeader:
    """ISA, blanks stripped."""

    sender_qualifier: str  # ISA05
    sender_id: str  # ISA06
    receiver_qualifier: str  # ISA07
    receiver_id: str  # ISA08
    date: str  # ISA09, YYMMDD
    time: str  # ISA10, HHMM
    version: str  # ISA12
    control_number: str  # ISA13 as sent
    ack_requested: bool  # ISA14 = 1
    usage: str  # ISA15: P production, T test
    delimiters: Delimiters
    authorization_qualifier: str = "00"  # ISA01
    authorization: str = ""  # ISA02
    security_qualifier: str = "00"  # ISA03
    security: str = ""  # ISA04


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupHeader:
    """GS."""

    functional_id: str  # GS01
    sender: str  # GS02
    receiver: str  # GS03
    date: str  # GS04
    time: str  # GS05
    control_number: str  # GS06 as sent
    version: str  # GS08 as sent, such as 004010VICS


@dataclass(slots=True, kw_only=True)
class TransactionSet:
    """ST to SE of one set: raw segments, trimmed of line ends, without terminators."""

    set_id: str  # ST01
    control_number: str  # ST02
    delimiters: Delimiters
    #: Raw segments, ST first, SE last (if it was there).
    raw: list[str]
    #: Byte offset of ST in the file.
    offset: int
    #: Bytes from each segment to the next; empty for a set that was not read from a file.
    lengths: list[int] = field(default_factory=list)
    #: Positions of segments that hold bytes, counted by their own length (BIN, BDS).
    counted: list[int] = field(default_factory=list)
    #: Faults of the frame: SE missing (2), ST02 not SE02 (3), SE01 wrong (4), ST02 repeated (23).
    issues: list[Issue] = field(default_factory=list)

    def offset_of(self, position: int) -> int:
        """Return the byte offset in the file of the segment at `position` (ST = 1)."""
        return self.offset + sum(self.lengths[: position - 1])

    def located(self, issues: Iterable[Issue]) -> list[Issue]:
        """Return issues with the byte offset of their segment, where the set has one."""
        return [
            replace(issue, offset=self.offset_of(issue.position))
            if self.lengths and issue.position and issue.offset < 0
            else issue
            for issue in issues
        ]

    def segments(self) -> list[Segment]:
        """Split every raw segment into its elements."""
        separator = self.delimiters.element
        found = [segment.split(separator) for segment in self.raw]
        for position in self.counted:
            found[position - 1] = split_counted(self.raw[position - 1], separator)
        return found
