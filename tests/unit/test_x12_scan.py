"""Bytes to interchanges: any delimiters, any line ends, and every byte accounted for."""

import io
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oms_edi.domain.issue import Issue, Severity
from oms_edi.x12.events import GroupEnd, InterchangeEnd, InterchangeStart, Junk, SetRead
from oms_edi.x12.isa import ends_whole, looks_like_x12
from oms_edi.x12.nesting import ScanLimits
from oms_edi.x12.scan import scan
from tests.support.edi import interchange, x850


def events(data: bytes, **limits: int) -> list[object]:
    return list(scan(io.BytesIO(data), limits=ScanLimits(**limits)))


def of(kind: type, data: bytes, **limits: int) -> list[object]:
    return [event for event in events(data, **limits) if isinstance(event, kind)]


def sets(data: bytes, **limits: int) -> list[str]:
    return [
        event.set.raw[1].split(event.set.delimiters.element)[3]
        for event in events(data, **limits)
        if isinstance(event, SetRead)
    ]


def issues(data: bytes, **limits: int) -> list[Issue]:
    found: list[Issue] = []
    for event in events(data, **limits):
        if isinstance(event, InterchangeEnd | GroupEnd):
            found += event.issues
        elif isinstance(event, SetRead):
            found += event.set.issues
        elif isinstance(event, Junk):
            found.append(event.issue)
    return found


GOOD = interchange(x850("PO1"))


@pytest.mark.parametrize(
    "data",
    [
        GOOD,
        b"\xef\xbb\xbf" + GOOD,
        b"\r\n  " + GOOD,
        GOOD + b"\r\n\x1a",
        GOOD.replace(b"~", b"~\n"),
        GOOD.replace(b"~", b"~\r\n   "),
        GOOD.replace(b"~", b"\n"),
        GOOD.replace(b"~", b"\r\n"),
        GOOD.replace(b"~", b"\x15"),
        GOOD.replace(b"~", b"!"),
        GOOD.replace(b"~", "…".encode()),
        GOOD.replace(b"*", b"\x1d"),
        GOOD.replace(b"*", b"|"),
        GOOD.replace(b"*", b"\t"),
        GOOD[:-1],
    ],
)
def test_one_order_is_read_whatever_the_delimiters_and_line_ends(data: bytes) -> None:
    assert sets(data) == ["PO1"]
    assert not [issue for issue in issues(data) if issue.severity is not Severity.NOTE]


def test_all_delimiters_seen_in_real_files_are_read_in_any_combination() -> None:
    wild = product("*|~^\x07>@\x1d\t", ">:<\\|\x1f", "~\n\x85\x15\x1c\\|*}!$^?")
    for element, component, terminator in wild:
        if len({element, component, terminator}) == 3:
            signs = bytes.maketrans(b"*>~", (element + component + terminator).encode("latin-1"))
            (event,) = of(SetRead, GOOD.translate(signs))
            assert isinstance(event, SetRead)
            raw = [segment.split(element) for segment in event.set.raw]
            assert raw[1] == ["BEG", "00", "SA", "PO1", "", "20260302"]
            assert event.set.issues == []


def test_an_isa_with_squeezed_blanks_is_read() -> None:
    head, rest = GOOD[:106], GOOD[106:]
    squeezed = b"*".join(part.strip() or b" " for part in head.split(b"*"))
    assert sets(squeezed + rest) == ["PO1"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(b"*00*          *", b"*00**", id="authorization left empty"),
        pytest.param(b"BUYER          *", b"BUYER*", id="sender not padded"),
        pytest.param(b"BUYER          *", b"BUYER           *", id="sender padded too far"),
        pytest.param(b"*260302*0610*", b"*20260302*0610*", id="a date of eight digits"),
        pytest.param(b"*000000001*0*", b"*1*0*", id="a number that is not padded"),
        pytest.param(b"ISA*00*", b"ISA*00*", id="nothing"),
    ],
)
def test_an_isa_of_another_width_is_repaired_where_its_seventeen_parts_are_clear(
    old: bytes, new: bytes
) -> None:
    data = GOOD.replace(old, new, 1)
    assert sets(data) == ["PO1"]
    (start,) = of(InterchangeStart, data)
    assert isinstance(start, InterchangeStart)
    header = start.header
    assert (header.sender_id, header.receiver_id, header.control_number.lstrip("0")) == (
        "BUYER",
        "US",
        "1",
    )
    told = [issue.code for issue in issues(data)]
    assert ("022" in told) == (len(new) != len(old))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(b"*00401*", b"*", id="an element is missing"),
        pytest.param(b"*00401*", b"*0401*", id="a version of four digits"),
        pytest.param(b"*000000001*0*", b"*00000000A*0*", id="a number that is none"),
        pytest.param(b"*000000001*0*", b"*0000000001*0*", id="a number of ten digits"),
        pytest.param(b"ISA*", b"ISAX", id="a letter for a separator"),
        pytest.param(b"*P*>~GS", b"*P*>GS", id="a letter for a terminator"),
    ],
)
def test_an_isa_that_leaves_a_doubt_is_junk_and_named(old: bytes, new: bytes) -> None:
    data = GOOD.replace(old, new, 1)
    assert data != GOOD
    assert sets(data) == []
    (junk,) = of(Junk, data)
    assert isinstance(junk, Junk)
    assert junk.size_bytes >= len(data.strip()) - 2


def test_an_empty_segment_between_interchanges_loses_nothing() -> None:
    second = interchange(x850("PO2"), control=2)
    assert sets(GOOD + b"~" + second) == ["PO1", "PO2"]
    assert sets(GOOD + b"\n~\n" + second) == ["PO1", "PO2"]


def test_the_second_interchange_may_have_other_delimiters() -> None:
    second = interchange(x850("PO2"), control=2, delimiters="|<\n")
    assert sets(GOOD + second) == ["PO1", "PO2"]


@pytest.mark.parametrize("cut", range(107, len(GOOD) - 1))
def test_an_interchange_cut_off_by_the_next_one_costs_only_itself(cut: int) -> None:
    second = interchange(x850("PO2"), control=2)
    found = events(GOOD[:cut] + second)
    (_, start) = [event for event in found if isinstance(event, InterchangeStart)]
    assert start.offset == cut
    last = [event for event in found if isinstance(event, SetRead)][-1]
    assert last.set.raw[1].endswith("PO2**20260302")
    assert last.set.issues == []
    ends = [event for event in found if isinstance(event, InterchangeEnd)]
    assert ends[0].issues[-1].severity is Severity.REJECT
    assert ends[1].issues == ()


@pytest.mark.parametrize(
    ("old", "new", "code", "severity"),
    [
        (b"IEA*1*000000001", b"IEA*1*000000002", "001", Severity.REJECT),
        (b"IEA*1*", b"IEA*2*", "021", Severity.ERROR),
        (b"GE*1*1", b"GE*2*1", "5", Severity.ERROR),
        (b"GE*1*1", b"GE*1*9", "4", Severity.ERROR),
        (b"GE*1*1~", b"", "3", Severity.ERROR),
        (b"SE*6*0001", b"SE*9*0001", "4", Severity.ERROR),
        (b"SE*6*0001", b"SE*6*0009", "3", Severity.REJECT),
        (b"SE*6*0001~", b"", "2", Severity.REJECT),
        (b"IEA*1*000000001~", b"", "023", Severity.REJECT),
    ],
)
def test_faults_of_the_frame_are_named(
    old: bytes, new: bytes, code: str, severity: Severity
) -> None:
    data = GOOD.replace(old, new)
    assert data != GOOD
    assert (code, severity) in [(issue.code, issue.severity) for issue in issues(data)]


def test_a_repeated_set_number_is_named_on_the_second_set() -> None:
    data = interchange(x850("PO1"), x850("PO2"))
    first, second = of(SetRead, data)
    assert isinstance(first, SetRead)
    assert isinstance(second, SetRead)
    assert [issue.code for issue in first.set.issues] == []
    assert [issue.code for issue in second.set.issues] == ["23"]


def test_a_set_without_its_group_is_named() -> None:
    data = GOOD.replace(b"GS*PO*BUYER*US*20260302*0610*1*X*004010~", b"").replace(b"GE*1*1~", b"")
    assert sets(data) == []
    assert "024" in [issue.code for issue in issues(data)]


def test_junk_is_named_with_its_place_and_size() -> None:
    (junk,) = of(Junk, b"HELLO " + GOOD)
    assert isinstance(junk, Junk)
    assert (junk.offset, junk.size_bytes) == (0, 5)


def test_a_segment_above_the_limit_rejects_its_set_only() -> None:
    long = x850("PO1", "1*5*EA*4.00**VN*A1~MSG*" + "X" * 5000)
    data = interchange(long, x850("PO2", control="0002"))
    found = of(SetRead, data, max_segment_bytes=1000)
    codes = [
        [i.severity for i in event.set.issues] for event in found if isinstance(event, SetRead)
    ]
    assert codes[0] == [Severity.REJECT, Severity.ERROR]
    assert codes[1] == []


def test_a_set_above_the_limit_is_rejected() -> None:
    data = interchange(x850("PO1", *[f"{n}*5*EA*4.00**VN*A1" for n in range(50)]))
    assert Severity.REJECT in [issue.severity for issue in issues(data, max_set_segments=20)]


def test_a_segment_with_too_many_elements_rejects_its_set_only() -> None:
    long = x850("PO1", header=["NTE" + "*1" * 60])
    data = interchange(long, x850("PO2", control="0002"))
    told = issues(data, max_segment_elements=50)
    assert [(issue.code, issue.message) for issue in told if issue.severity is Severity.REJECT] == [
        ("5", "60 elements in a segment; 50 are allowed (max_segment_elements)")
    ]
    assert sets(data, max_segment_elements=50) == ["PO1", "PO2"]


def test_an_interchange_of_too_many_sets_is_rejected() -> None:
    data = interchange(*[x850(f"PO{n}", control=f"{n:04d}") for n in range(1, 6)])
    assert sets(data, max_sets=3) == ["PO1", "PO2", "PO3"]
    (told,) = issues(data, max_sets=3)
    assert (told.severity, told.code) == (Severity.REJECT, "022")
    assert told.message == "more than 3 transaction sets (max_sets)"


def test_the_offset_of_a_segment_is_where_it_stands_in_the_file() -> None:
    data = b"\n\n" + GOOD.replace(b"~", b"~\r\n")
    (event,) = of(SetRead, data)
    assert isinstance(event, SetRead)
    for position, raw in enumerate(event.set.raw, start=1):
        at = event.set.offset_of(position)
        assert data[at : at + 40].startswith(raw.encode()[:20])


def test_a_large_file_is_read_in_pieces() -> None:
    data = interchange(*[x850(f"PO{n}", control=f"{n:04d}") for n in range(1, 6000)])
    assert len(data) > 1 << 19
    assert sets(data) == [f"PO{n}" for n in range(1, 6000)]


@pytest.mark.parametrize(
    ("tail", "whole"),
    [
        (GOOD, True),
        (GOOD + b"\r\n", True),
        (GOOD[:-1], True),
        (GOOD[:-2], False),
        (GOOD.replace(b"~", b"\n"), True),
        (GOOD[:-20], False),
        (b"", False),
    ],
)
def test_a_file_is_whole_when_its_last_segment_is_a_whole_iea(tail: bytes, whole: bool) -> None:
    assert ends_whole(tail) is whole


def test_only_an_isa_makes_a_file_x12() -> None:
    assert looks_like_x12(GOOD)
    assert looks_like_x12(b"\xef\xbb\xbf\r\n" + GOOD)
    assert not looks_like_x12(b"ISABELLA,1,2\n")
    assert not looks_like_x12(b"PO,Item\n")


@settings(max_examples=300, deadline=None)
@given(
    cuts=st.lists(st.tuples(st.integers(0, 600), st.binary(max_size=6)), max_size=4),
    twice=st.booleans(),
)
def test_no_damage_makes_the_scan_fail_or_forget_bytes(
    cuts: list[tuple[int, bytes]], twice: bool
) -> None:
    data = GOOD + interchange(x850("PO2"), control=2) if twice else GOOD
    for at, bytes_ in cuts:
        data = data[:at] + bytes_ + data[at + len(bytes_) :]
    found = events(data)
    starts = [event for event in found if isinstance(event, InterchangeStart)]
    ends = [event for event in found if isinstance(event, InterchangeEnd)]
    assert len(starts) == len(ends)
    visible = data.strip(b" \t\r\n\x00\x1a")
    if visible and not starts:
        assert [event for event in found if isinstance(event, Junk)] or visible == b"\xef\xbb\xbf"


@settings(max_examples=100, deadline=None)
@given(junk=st.binary(max_size=300).filter(lambda data: b"ISA" not in data))
def test_whatever_stands_around_an_interchange_the_order_is_read(junk: bytes) -> None:
    assert sets(junk + b"\n" + GOOD + b"\n" + junk) == ["PO1"]


def test_line_ends_may_be_mixed_where_they_end_segments() -> None:
    lines = GOOD.decode().split("~")
    mixed = "".join(line + ("\r\n" if n % 3 == 0 else "\n") for n, line in enumerate(lines[:-1]))
    (event,) = of(SetRead, mixed.encode())
    assert isinstance(event, SetRead)
    assert len(event.set.raw) == 6
    assert not any("\r" in raw for raw in event.set.raw)
    assert issues(mixed.encode()) == []
