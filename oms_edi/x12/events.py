"""What a scan finds, in the order it stands in the file."""

from dataclasses import dataclass

from oms_edi.domain.issue import Issue
from oms_edi.x12.envelope import GroupHeader, InterchangeHeader, Segment, TransactionSet


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
    #: Byte offset in the file of what comes after it.
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Junk:
    """Bytes outside any interchange."""

    issue: Issue
    offset: int
    size_bytes: int


Event = InterchangeStart | InterchangeAck | GroupStart | SetRead | GroupEnd | InterchangeEnd | Junk
