"""One document, raw and readable side by side: its bytes, and what each segment says."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from sqlite3 import Connection
from typing import Any

from oms_edi.pipeline.frame.step import Places
from oms_edi.store import outbox
from oms_edi.x12.events import Event, GroupStart, InterchangeStart, SetRead
from oms_edi.x12.nesting import ScanLimits
from oms_edi.x12.scan import scan
from oms_edi.x12.show import Line, show

#: Bytes of a document that are shown at most, and rows of one.
SHOWN_BYTES = 200_000
_ROWS = 2000
#: Of sets that came in (997 codes), in words; those of what we sent are words already.
VERDICTS = {"A": "accepted", "E": "accepted with errors", "R": "rejected", "D": "a repeat"}
#: ISA with its terminator.
_ISA_BYTES = 106


@dataclass(slots=True, kw_only=True)
class SegmentRow:
    """One segment: as it was written, and what it means."""

    depth: int
    raw: str
    name: str
    elements: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def content_of(row: dict[str, Any], book: Connection, places: Places) -> tuple[bytes, bytes]:
    """Return the file of a document, a row of `order_facts.document`, and the bytes of its set.

    Empty where the file is not kept any more. A document that is all of its file has no bounds.
    """
    if row["direction"] == "out":
        whole = outbox.content(book, row["outbox_id"])
    else:
        sha256 = row["file_sha256"]
        path = places.archive / sha256[:2] / sha256
        whole = path.read_bytes() if path.is_file() else b""
    size = row["size_bytes"] or len(whole)
    return whole, whole[row["start_byte"] : row["start_byte"] + size]


def readable(whole: bytes, start: int, one: bytes) -> list[SegmentRow]:
    """Return the segments of a set in their loops; [] where it is no X12."""
    interchange = _alone(whole, start, one)
    if not interchange:
        return []
    found: list[SegmentRow] = []
    for line in show(_wanted(interchange), elements=True):
        _add(found, line)
        if len(found) > _ROWS:
            break
    return found


def _alone(whole: bytes, start: int, one: bytes) -> bytes:
    """Return a set within the heads of its own interchange and group; b"" if it has none."""
    isa = whole.rfind(b"ISA", 0, start)
    head = whole[isa : isa + _ISA_BYTES] if isa >= 0 else b""
    if len(head) < _ISA_BYTES:
        return b""
    element, terminator = head[3:4], head[105:106]
    group = whole.rfind(b"GS" + element, isa, start)
    end = whole.find(terminator, group) if group >= 0 else -1
    return head + whole[group : end + 1] + one if end > group else b""


def _wanted(interchange: bytes) -> Iterator[Event]:
    """Yield what there is of it; its ends are not there, and nobody misses them."""
    for event in scan(io.BytesIO(interchange), limits=ScanLimits()):
        if isinstance(event, InterchangeStart | GroupStart | SetRead):
            yield event
        if isinstance(event, SetRead):
            return


def _add(found: list[SegmentRow], line: Line) -> None:
    if line.kind == "element" and found:
        found[-1].elements.append(line.text)
    elif line.kind == "issue" and found:
        found[-1].faults.append(line.text)
    elif line.kind == "segment":
        raw, _, name = line.text.rpartition("  ")
        found.append(SegmentRow(depth=line.depth - 3, raw=raw or name, name=name if raw else ""))


def raw_lines(one: bytes) -> list[str]:
    """Return bytes as lines of text."""
    return re.split(r"\r\n|\r|\n", one[:SHOWN_BYTES].decode("utf-8", "replace").rstrip("\r\n"))
