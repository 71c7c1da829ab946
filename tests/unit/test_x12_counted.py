"""Segments that hold bytes (BIN, BDS): as many as they say, whatever stands among these."""

import io
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oms_edi.domain.issue import Issue, Severity
from oms_edi.errors import UnreadableFile
from oms_edi.x12.envelope import TransactionSet
from oms_edi.x12.events import InterchangeEnd, Junk, SetRead
from oms_edi.x12.guide import guide_for
from oms_edi.x12.nesting import ScanLimits
from oms_edi.x12.plain import from_plain, gather, to_plain
from oms_edi.x12.scan import scan
from oms_edi.x12.show import show
from oms_edi.x12.validate import validate
from tests.support.edi import interchange, x850

MARK = "@@"


def status(content: bytes, *, length: int | None = None, delimiters: str = "*>~") -> bytes:
    """A 214 with a picture, and an order behind it in the same interchange."""
    size = len(content) if length is None else length
    bare = f"ST*214*0001~B10*1*S1*UPSN~LX*1~EFI*05~BIN*{size}*{MARK}~SE*6*0001~"
    made = interchange(bare, x850("PO2", control="0002"), functional_id="QM", delimiters=delimiters)
    return made.replace(MARK.encode(), content)


def read(data: bytes, **limits: int) -> tuple[list[TransactionSet], list[Issue]]:
    sets, issues = [], []
    for event in scan(io.BytesIO(data), limits=ScanLimits(**limits)):
        match event:
            case SetRead():
                sets.append(event.set)
                issues += event.set.issues
            case Junk():
                issues.append(event.issue)
            case InterchangeEnd():
                issues += event.issues
    return sets, issues


def content_of(one: TransactionSet) -> bytes:
    (row,) = [row for row in one.segments() if row[0] == "BIN"]
    return row[2].encode("latin-1")


def faults(one: TransactionSet) -> list[str]:
    guide = guide_for(one.set_id, "004010")
    assert guide is not None
    return [f"{i.segment}{i.element:02d} {i.code}" for i in validate(one, guide)]


WHOLE = interchange(x850("PO9"), control=9)


@pytest.mark.parametrize(
    "content",
    [
        b"PLAIN",
        b"ONE~TWO",
        b"~",
        b"***",
        b"ENDS IN ~",
        b"ENDS IN *",
        b"ENDS IN LINES\r\n",
        b"~SE*5*0001~GE*1*1~IEA*1*000000001~",
        b"BIN*3*ABC~",
        bytes(range(256)) * 4,
        WHOLE,
        b"*" * 600,
    ],
)
@pytest.mark.parametrize("delimiters", ["*>~", "|<\n", "\x1d\x1f\x1c"])
def test_delimiters_among_bytes_that_are_counted_are_no_delimiters(
    content: bytes, delimiters: str
) -> None:
    (first, second), issues = read(status(content, delimiters=delimiters))
    assert issues == []
    assert content_of(first) == content
    assert faults(first) == []
    assert [raw[:3] for raw in first.raw] == [
        *("ST" + delimiters[0], "B10", "LX" + delimiters[0], "EFI", "BIN", "SE" + delimiters[0]),
    ]
    assert second.raw[1].endswith("PO2" + delimiters[0] * 2 + "20260302")
    assert faults(second) == []


@settings(max_examples=200, deadline=None)
@given(
    content=st.binary(min_size=1, max_size=80) | st.text("~*>BIN1\r\n", min_size=1).map(str.encode)
)
def test_bytes_are_read_as_they_were_written(content: bytes) -> None:
    (found,) = gather(scan(io.BytesIO(status(content)), limits=ScanLimits()))
    again = from_plain(to_plain(found))
    (first, _), issues = read(again)
    assert (content_of(first), issues) == (content, [])


@pytest.mark.parametrize("at", range(-40, 41, 8))
def test_bytes_are_read_across_the_blocks_of_a_file(at: int) -> None:
    notes = "".join(f"K1*{'X' * 30}*{'Y' * 30}~" for _ in range((1 << 16) // 66 - 8))
    bare = f"ST*214*0001~B10*1*S1*UPSN~{notes}"
    padding = (1 << 16) + at - len(interchange(bare, functional_id="QM")) + 30
    bare += f"K1*{'Z' * (padding % 30 + 1)}~" + "N9*A*B~" * (padding // 7)
    bare += f"EFI*05~BIN*60*{MARK}~SE*5*0001~"
    data = interchange(bare, functional_id="QM").replace(MARK.encode(), b"~*" * 30)
    (one,), _ = read(data)
    assert content_of(one) == b"~*" * 30
    assert one.raw[-1] == "SE*5*0001"


@pytest.mark.parametrize("length", [0, 1, 8, 10, 11, 60, 5000, 10**8])
def test_a_wrong_length_is_told_and_costs_the_neighbors_nothing(length: int) -> None:
    (first, second), issues = read(status(b"NINE*BYTE", length=length))
    assert issues == []
    assert faults(first) == [f"BIN02 {'4' if length > 9 else '5'}"]
    assert faults(second) == []


def test_a_file_that_ends_among_bytes_ends_there() -> None:
    data = status(b"ONE~TWO~THREE", length=500)
    cut = data[: data.index(b"THREE")]
    (first,), issues = read(cut)
    assert [raw[:3] for raw in first.raw][-2:] == ["BIN", "TWO"]
    assert [issue.code for issue in issues if issue.severity is Severity.REJECT] == ["2", "023"]


@pytest.mark.parametrize("end", [b"SE", b"SEw", b"SE*6*0001", b"N9*A*B", b"se*6*0001"])
def test_what_a_cut_file_ends_in_behind_bytes_holds_none(end: bytes) -> None:
    data = status(b"ONE~TWO")
    (first,), _ = read(data[: data.index(b"SE*6")] + end)
    assert first.counted == [5]
    assert len(first.segments()) == len(first.raw)


def test_bytes_beyond_the_limit_of_a_segment_are_refused_and_nothing_else_is() -> None:
    content = b"x" * 3000
    (first, second), issues = read(status(content), max_segment_bytes=1000)
    assert ["max_segment_bytes" in issue.message for issue in issues if issue.code == "5"] == [True]
    assert faults(second) == []
    assert first.raw[-1] == "SE*6*0001"


def test_bytes_are_shown_by_their_number_and_kept_by_json() -> None:
    data = status(b"\x1b[2J~*")
    lines = [line.text for line in show(scan(io.BytesIO(data), limits=ScanLimits()), elements=True)]
    assert "BIN*6*(6 bytes)  binary payload" in lines
    assert not any("\x1b" in line for line in lines)


def test_bytes_whose_number_json_gets_wrong_are_counted_anew() -> None:
    (found,) = gather(scan(io.BytesIO(status(b"ONE")), limits=ScanLimits()))
    plain = to_plain(found)
    plain["groups"][0]["sets"][0]["segments"][3] = ["BIN", "1", "TWO~THREE"]
    (first, _), issues = read(from_plain(plain))
    assert (content_of(first), issues) == (b"TWO~THREE", [])
    plain["groups"][0]["sets"][0]["segments"][3] = ["BIN", "1~", "TWO", "THREE~"]
    with pytest.raises(UnreadableFile, match="holds a delimiter"):
        from_plain(plain)


def test_a_bds_names_its_filter_before_its_length() -> None:
    data = status(b"A~B").replace(b"BIN*3*", b"BDS*ASC*3*")
    (first, _), issues = read(data)
    assert issues == []
    assert first.segments()[4] == ["BDS", "ASC", "3", "A~B"]


def test_many_lengths_that_lead_nowhere_cost_no_more_than_their_bytes() -> None:
    bare = f"ST*214*0001~B10*1*S1*UPSN~{'BIN*16000*A~' * 20_000}SE*20003*0001~"
    data = interchange(bare, functional_id="QM")
    began = time.process_time()
    (one,), _ = read(data)
    assert len(one.raw) == 20_003
    assert time.process_time() - began < 3
