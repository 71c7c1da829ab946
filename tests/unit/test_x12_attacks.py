"""What a careless or hostile sender may do: bounded, told once, no byte unaccounted for."""

import io
import time

from oms_edi.domain.issue import Issue, Severity
from oms_edi.x12.events import GroupEnd, InterchangeEnd, Junk, SetRead
from oms_edi.x12.nesting import ScanLimits
from oms_edi.x12.scan import scan
from tests.support.edi import interchange, x850

GOOD = interchange(x850("PO1"))


def read(data: bytes, **limits: int) -> tuple[list[SetRead], list[Issue]]:
    """The sets of a file, and what is wrong with groups and interchanges."""
    sets: list[SetRead] = []
    issues: list[Issue] = []
    for event in scan(io.BytesIO(data), limits=ScanLimits(**limits)):
        match event:
            case SetRead():
                sets.append(event)
            case GroupEnd() | InterchangeEnd():
                issues += event.issues
    return sets, issues


def test_segments_outside_any_set_are_told_one_by_one_up_to_ten_then_counted() -> None:
    data = GOOD.replace(b"GE*1*1~", b"GE*1*1~" + b"XY*1~" * 5000)
    sets, issues = read(data)
    assert len(sets) == 1
    assert len(issues) == 11
    assert issues[-1].message == "4990 more segments stand outside any transaction set"
    assert {issue.code for issue in issues} == {"022"}


def test_segments_that_begin_like_a_frame_count_as_any_other() -> None:
    data = GOOD.replace(b"CTT*1~", b"SEX*1~" * 500 + b"CTT*1~")
    (one,), _ = read(data, max_set_segments=50)
    assert len(one.set.raw) == 51  # its SE is always kept
    assert "more than 50 segments (max_set_segments)" in [i.message for i in one.set.issues]


def test_each_limit_is_told_once_a_set() -> None:
    long = b"MSG*" + b"X" * 2000 + b"~"
    wide = b"NTE" + b"*1" * 60 + b"~"
    data = GOOD.replace(b"CTT*1~", (long + wide) * 100 + b"CTT*1~")
    (one,), _ = read(data, max_segment_bytes=1000, max_segment_elements=50)
    refused = [issue.message for issue in one.set.issues if issue.severity is Severity.REJECT]
    assert [text.rpartition(" ")[2] for text in refused] == [
        "(max_segment_bytes)",
        "(max_segment_elements)",
    ]


def test_what_is_left_out_moves_no_offset() -> None:
    data = GOOD.replace(b"CTT*1~", b"MSG*" + b"X" * 2000 + b"~CTT*1~")
    (one,), _ = read(data, max_segment_bytes=1000)
    place = [raw.startswith("CTT") for raw in one.set.raw].index(True) + 1
    assert data[one.set.offset_of(place) :].startswith(b"CTT*1~")
    assert sum(one.set.lengths) == data.index(b"GE*") - data.index(b"ST*")


def test_a_set_between_two_groups_is_named_and_not_lost_silently() -> None:
    stray = x850("PO2", control="0002").encode()
    sets, issues = read(GOOD.replace(b"IEA*", stray + b"IEA*"))
    assert len(sets) == 1
    assert [(i.code, i.severity, i.offset) for i in issues] == [
        ("022", Severity.ERROR, GOOD.index(b"IEA*"))
    ]


def test_many_small_interchanges_cost_what_one_large_one_costs() -> None:
    one = interchange(*[x850(f"PO{n}", control=f"{n:04d}") for n in range(3000)])
    many = GOOD * 3000

    def seconds(data: bytes) -> float:
        began = time.process_time()
        read(data)
        return time.process_time() - began

    assert seconds(many) < 40 * seconds(one)


def test_a_count_no_integer_holds_is_a_wrong_count() -> None:
    data = GOOD.replace(b"SE*6*", b"SE*" + b"9" * 6000 + b"*").replace(
        b"IEA*1*", b"IEA*" + b"9" * 6000 + b"*"
    )
    (one,), issues = read(data)
    assert [issue.code for issue in one.set.issues] == ["4"]
    assert [issue.code for issue in issues] == ["021"]


def test_every_fault_of_a_frame_says_where_it_stands() -> None:
    data = GOOD.replace(b"SE*6*0001", b"SE*7*0009").replace(b"GE*1*1~", b"GE*2*3~")
    data = data.replace(b"IEA*1*000000001", b"IEA*3*000000002")
    (one,), issues = read(data)
    where = [(i.segment, i.element, i.offset) for i in [*one.set.issues, *issues]]
    se, ge, iea = (data.index(name) for name in (b"SE*7", b"GE*2", b"IEA*3"))
    assert where[:4] == [("SE", 1, se), ("SE", 2, se), ("GE", 1, ge), ("GE", 2, ge)]
    assert [offset for _, _, offset in where[4:]] == [iea, iea]


def junk(data: bytes) -> list[Issue]:
    found = scan(io.BytesIO(data), limits=ScanLimits())
    return [event.issue for event in found if isinstance(event, Junk)]


def test_terminators_behind_an_interchange_are_no_junk() -> None:
    assert junk(GOOD.replace(b"~", b"~~") + b"\r\n~\n" + GOOD) == []
    assert [issue.code for issue in junk(GOOD + b"~X~")] == ["022"]


def test_an_isa_that_cannot_be_read_is_said_to_be_one() -> None:
    (issue,) = junk(GOOD.replace(b"000000001", b"00000000A"))
    assert "an ISA that cannot be read" in issue.message
