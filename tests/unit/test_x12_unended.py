"""Line ends where a terminator should be, and an ISA without ISA16: read where it is certain."""

import io
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oms_edi.domain.issue import Issue, Severity, Tolerance
from oms_edi.x12.envelope import TransactionSet
from oms_edi.x12.events import GroupEnd, InterchangeEnd, InterchangeStart, Junk, SetRead
from oms_edi.x12.nesting import ScanLimits
from oms_edi.x12.scan import scan
from tests.support.edi import interchange, x850

ORDER = x850("PO1", "1*10*EA*4.00**VN*A1~PID*F****ONE", "2*5*EA*4.00**VN*A1")


def read(data: bytes) -> tuple[list[TransactionSet], list[Issue]]:
    sets, issues = [], []
    for event in scan(io.BytesIO(data), limits=ScanLimits()):
        match event:
            case SetRead():
                sets.append(event.set)
                issues += event.set.issues
            case Junk():
                issues.append(event.issue)
            case InterchangeEnd() | GroupEnd():
                issues += event.issues
    return sets, issues


def lines(text: str, end: bytes = b"\n") -> bytes:
    return interchange(text).replace(b"~", b"~" + end)


GOOD = [segment for segment in ORDER.split("~") if segment]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\n\n", b" \n  "])
@pytest.mark.parametrize("number", range(len(GOOD)))
def test_a_line_end_stands_for_a_terminator_that_is_missing(number: int, end: bytes) -> None:
    data = lines(ORDER, end)
    segment = GOOD[number].encode()
    damaged = data.replace(segment + b"~", segment, 1)
    assert damaged != data
    (one,), issues = read(damaged)
    assert [raw.rstrip() for raw in one.raw] == GOOD
    for position, wanted in enumerate(GOOD, start=1):
        assert damaged[one.offset_of(position) :].startswith(wanted.encode())
    (told,) = issues
    assert told.found == ("line end" if number else "")
    if number:
        assert (told.segment, told.position) == (GOOD[number].split("*")[0], number + 1)
        assert (told.severity, told.tolerance) == (Severity.ERROR, Tolerance.MISSING_TERMINATOR)


@pytest.mark.parametrize("name", ["GS", "GE", "IEA"])
def test_a_line_end_stands_for_a_terminator_in_the_envelope_too(name: str) -> None:
    data = lines(ORDER) + lines(ORDER.replace("PO1**", "PO2**"))
    at = data.index(name.encode() + b"*")
    end = data.index(b"~", at)
    damaged = data[:end] + data[end + 1 :]
    (first, second), issues = read(damaged)
    assert [first.raw, second.raw[1]] == [GOOD, "BEG*00*SA*PO2**20260302"]
    assert [issue.severity for issue in issues] == [Severity.NOTE]
    assert "line end" in issues[0].message


def test_a_file_without_terminators_after_some_point_is_read_to_its_end() -> None:
    data = lines(ORDER)
    at = data.index(b"PID")
    damaged = data[:at] + data[at:].replace(b"~", b"")
    (one,), issues = read(damaged)
    assert one.raw == GOOD
    assert {issue.severity for issue in issues} == {Severity.ERROR, Severity.NOTE}


@pytest.mark.parametrize(
    "text",
    ["ONE\nTWO", "ONE\nTWO*THREE", "ONE\nXYZ*1", "\nPO1 IS MINE", "ONE\npo1*2", "A\n\nB"],
)
def test_a_line_end_in_text_begins_no_segment(text: str) -> None:
    (one,), _ = read(lines(ORDER.replace("ONE", text)))
    assert len(one.raw) == len(GOOD)


def test_line_ends_that_are_terminators_are_no_others() -> None:
    (one,), issues = read(interchange(ORDER, delimiters="*>\n"))
    assert (one.raw, issues) == (GOOD, [])


@settings(max_examples=60, deadline=None)
@given(missing=st.sets(st.integers(0, len(GOOD) - 1)), block=st.integers(0, 70_000))
def test_any_terminators_may_be_missing_wherever_a_block_of_the_file_ends(
    missing: set[int], block: int
) -> None:
    notes = "".join(f"NTE*GEN*{n:050}~" for n in range(block // 62))
    filler = interchange(f"ST*850*0001~{notes}SE*{block // 62 + 2}*0001~").replace(b"~", b"~\n")
    data = lines(ORDER)
    for number in missing:
        segment = b"\n" + GOOD[number].encode()
        data = data.replace(segment + b"~", segment, 1)
    sets, _ = read(filler + data)
    assert sets[-1].raw == GOOD


def test_many_blank_lines_cost_no_more_than_their_bytes() -> None:
    data = lines(ORDER).replace(b"ONE", b"ONE" + b"\n" * 300_000)
    began = time.process_time()
    (one,), _ = read(data)
    assert time.process_time() - began < 3
    assert one.raw[-1] == GOOD[-1]


LACKING = b"*0*P*>~"


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_an_isa_without_isa16_is_read_where_the_gs_shows_the_terminator(end: bytes) -> None:
    data = lines(ORDER, end).replace(LACKING, b"*0*P*~", 1)
    (one,), issues = read(data)
    assert (one.raw, one.delimiters.segment, one.delimiters.component) == (GOOD, "~", "")
    assert [issue.code for issue in issues] == ["027"]
    (start,) = [
        event
        for event in scan(io.BytesIO(data), limits=ScanLimits())
        if isinstance(event, InterchangeStart)
    ]
    assert start.header.usage == "P"


def test_a_composite_at_the_end_of_a_line_is_no_missing_isa16() -> None:
    data = interchange(ORDER.replace("PID*F****ONE", "PID*F****ONE>"), delimiters="*>\n")
    (one,), _ = read(data)
    assert one.delimiters.component == ">"
