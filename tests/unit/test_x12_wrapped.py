"""Files whose lines are broken at a width: read as if they were not, told where they are."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oms_edi.domain.issue import Issue, Severity
from oms_edi.x12.envelope import TransactionSet
from oms_edi.x12.events import Event, GroupEnd, InterchangeEnd, InterchangeStart, Junk, SetRead
from oms_edi.x12.isa import ends_whole
from oms_edi.x12.nesting import ScanLimits
from oms_edi.x12.scan import scan
from oms_edi.x12.wrapped import width_of
from tests.support.edi import interchange, x850

LINES = ["1*10*EA*4.00**VN*A1~PID*F****AN ARTICLE", "2*5*CA*7.50**VN*B22"]
GOOD = interchange(x850("PO1", *LINES), x850("PO2", *LINES, control="0002"))
SECOND = interchange(x850("PO3", *LINES), control=2)


def events(data: bytes) -> list[Event]:
    return list(scan(io.BytesIO(data), limits=ScanLimits()))


def sets(data: bytes) -> list[TransactionSet]:
    return [event.set for event in events(data) if isinstance(event, SetRead)]


def issues(data: bytes) -> list[Issue]:
    found: list[Issue] = []
    for event in events(data):
        match event:
            case InterchangeEnd() | GroupEnd():
                found += event.issues
            case SetRead():
                found += event.set.issues
            case Junk():
                found.append(event.issue)
    return found


def broken(data: bytes, width: int, end: bytes = b"\n") -> bytes:
    return end.join(data[at : at + width] for at in range(0, len(data), width))


@pytest.mark.parametrize("width", [64, 72, 76, 80, 104, 105, 106, 107, 128, 132, 160])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("tail", [b"", b"\n", b"    \r\n\x1a"])
def test_lines_broken_anywhere_are_put_together_again(width: int, end: bytes, tail: bytes) -> None:
    data = broken(GOOD + SECOND, width, end) + tail
    assert [one.raw for one in sets(data)] == [one.raw for one in sets(GOOD + SECOND)]
    assert {issue.severity for issue in issues(data)} == {Severity.NOTE}
    assert issues(data)[0].message == f"the lines of the file are broken at {width} characters"


@settings(max_examples=150, deadline=None)
@given(width=st.integers(40, 300), end=st.sampled_from([b"\n", b"\r\n"]), data=st.data())
def test_every_place_is_that_in_the_file(width: int, end: bytes, data: st.DataObject) -> None:
    delimiters = data.draw(st.sampled_from(["*>~", "|<!", "\x1d\x1f\x1c"]))
    plain = interchange(x850("PO1", *LINES), delimiters=delimiters) + SECOND
    file = broken(plain, width, end)
    where = [at for at, byte in enumerate(file) if byte not in b"\r\n"]
    read, expected = sets(file), sets(plain)
    assert [one.raw for one in read] == [one.raw for one in expected]
    for one, other in zip(read, expected, strict=True):
        for position in range(1, len(one.raw) + 1):
            assert one.offset_of(position) == where[other.offset_of(position)]
    starts = [event.offset for event in events(file) if isinstance(event, InterchangeStart)]
    assert starts == [0, where[plain.index(b"ISA", 1)]]
    ends = [event.end for event in events(file) if isinstance(event, InterchangeEnd)]
    assert file[ends[0] :].lstrip(b"\r\n").startswith(SECOND[:1])


def test_a_large_file_is_put_together_across_its_blocks() -> None:
    many = [x850(f"PO{n}", *LINES, control=f"{n:04d}") for n in range(1, 900)]
    plain = interchange(*many)
    assert [one.raw for one in sets(broken(plain, 80, b"\r\n"))] == [one.raw for one in sets(plain)]


def test_from_the_first_line_of_another_width_on_a_file_is_read_as_it_is() -> None:
    many = [x850(f"PO{n}", *LINES, control=f"{n:04d}") for n in range(1, 60)]
    plain = interchange(*many)
    lines = SECOND.replace(b"~", b"~\n")
    data = broken(plain, 80) + b"\n" + lines
    assert [one.raw[1] for one in sets(data)][-1] == "BEG*00*SA*PO3**20260302"
    assert len(sets(data)) == 60


@pytest.mark.parametrize(
    "data",
    [
        GOOD,
        GOOD.replace(b"~", b"~\n"),
        interchange(x850("PO1"), delimiters="*>\n"),
        interchange(*["REF*IA*1234567890123456789012345678901234567890~" * 90]).replace(
            b"~", b"~\n"
        )[106:],
        b"",
        b"HELLO\n" * 500,
        (b"x" * 80 + b"\n") * 50,
    ],
)
def test_lines_that_end_where_segments_do_are_not_broken(data: bytes) -> None:
    assert width_of(data) == 0


@pytest.mark.parametrize("at", range(1, 12))
def test_a_file_whose_iea_is_broken_by_a_line_end_is_whole(at: int) -> None:
    cut = len(GOOD) - at
    assert ends_whole(GOOD[:cut] + b"\n" + GOOD[cut:])
    assert not ends_whole(GOOD[:-6])
