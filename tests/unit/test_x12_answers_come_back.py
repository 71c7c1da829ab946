"""What a 997, 999 or TA1 of ours says is read again as it was meant, in every release."""

import io
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oms_edi.domain.documents import GroupAnswer, InterchangeAnswer, SetAnswer
from oms_edi.domain.issue import Issue, Level, Severity
from oms_edi.transactions.t997_answer import read, read_ta1
from oms_edi.x12 import echo
from oms_edi.x12.acknowledge import Kind, SetVerdict, acknowledge_group
from oms_edi.x12.envelope import Delimiters, GroupHeader, InterchangeHeader
from oms_edi.x12.events import InterchangeAck, SetRead
from oms_edi.x12.nesting import ScanLimits
from oms_edi.x12.scan import scan
from oms_edi.x12.write import RenderedGroup, SetOut, assemble, render_set, render_ta1
from tests.support.rendered import check_rendered

DELIMITERS = st.sampled_from(
    [
        Delimiters(),
        Delimiters(element="|", component="<", segment="\n"),
        Delimiters(element="\x1d", component="\x1f", repetition="\x1e", segment="\x1c"),
        Delimiters(component=":", repetition="^"),
    ]
)
KINDS: st.SearchStrategy[Kind] = st.sampled_from(("997", "999"))
SEGMENTS = st.sampled_from(["BEG", "N1", "PO1", "CTT"])


@st.composite
def issues(draw: st.DrawFn) -> Issue:
    level = draw(st.sampled_from([Level.SET, Level.SEGMENT, Level.ELEMENT, Level.COMPONENT]))
    codes = {Level.SET: "2347", Level.SEGMENT: "123456"}.get(level, "1234567")
    part = level is Level.COMPONENT
    return Issue(
        level=level,
        severity=draw(st.sampled_from(Severity)),
        message="a fault",
        code=draw(st.sampled_from([*codes, *(["12", "13"] if part else [])])),
        segment=draw(SEGMENTS),
        position=draw(st.integers(1, 999_999)),
        loop=draw(st.sampled_from(["", "N1", "PO1", "0100"])),
        element=draw(st.integers(1, 99)),
        component=draw(st.integers(1, 15)) if part else 0,
        repetition=draw(st.integers(0, 9)),
        reference=draw(st.sampled_from(["", "355", "C001", "1018"])),
    )


@st.composite
def verdicts(draw: st.DrawFn) -> SetVerdict:
    code = draw(st.sampled_from("AER"))
    return SetVerdict(
        set_id=draw(st.sampled_from(["850", "860", "945"])),
        control_number=f"{draw(st.integers(1, 999_999_999)):04d}",
        code=code,
        issues=() if code == "A" else tuple(draw(st.lists(issues(), max_size=4))),
    )


def header(delimiters: Delimiters, version: str) -> InterchangeHeader:
    return InterchangeHeader(
        sender_qualifier="ZZ",
        sender_id="US",
        receiver_qualifier="01",
        receiver_id="THEM",
        date="260302",
        time="1500",
        version=version[:5],
        control_number="000000042",
        ack_requested=False,
        usage="P",
        delimiters=delimiters,
    )


@settings(max_examples=150, deadline=None)
@given(
    said=st.lists(verdicts(), max_size=5),
    group=st.sets(st.sampled_from("23456"), max_size=3),
    version=st.sampled_from(["003060", "004010", "005010"]),
    kind=KINDS,
    delimiters=DELIMITERS,
)
def test_an_acknowledgment_is_read_as_it_was_written_and_passes_its_guide(
    said: list[SetVerdict], group: set[str], version: str, kind: Kind, delimiters: Delimiters
) -> None:
    version = "005010" if kind == "999" else version
    gs = GroupHeader(
        functional_id="PO",
        sender="US",
        receiver="THEM",
        date="20260302",
        time="1500",
        control_number="17",
        version=version,
    )
    body = acknowledge_group(
        gs,
        said,
        group_issues=[
            Issue(level=Level.GROUP, severity=Severity.ERROR, message="a fault", code=code)
            for code in sorted(group)
        ],
        declared_sets=len(said),
        received_sets=len(said),
        version=version,
        kind=kind,
    )
    text = render_set(SetOut(set_id=kind, control_number="0001", body=body), delimiters)
    assert check_rendered(text, kind, version, delimiters) == []
    content, _ = assemble(
        header=header(delimiters, version), groups=[RenderedGroup(header=gs, sets=[text])]
    )
    (event,) = [e for e in scan(io.BytesIO(content), limits=ScanLimits()) if isinstance(e, SetRead)]
    (answer,), found = read(event.set.segments(), delimiters=delimiters, version=version)
    assert found == []
    assert answer.sets == tuple(
        SetAnswer(one.set_id, one.control_number, one.code, read_set.error_codes, read_set.faults)
        for one, read_set in zip(said, answer.sets, strict=True)
    )
    for one, told in zip(said, answer.sets, strict=True):
        faults = [i for i in one.issues if i.severity is not Severity.NOTE]
        wanted = {i.code for i in faults if i.level is Level.SET}
        assert wanted <= set(told.error_codes)
        assert (told.error_codes == ()) == (one.code == "A")
    assert answer[:4] == GroupAnswer("PO", "17", answer.code, tuple(sorted(group)))[:4]
    refused = sum(one.code == "R" for one in said)
    assert (answer.code == "R") == (bool(said) and refused == len(said))
    assert (answer.code == "P") == (0 < refused < len(said))


@settings(max_examples=50, deadline=None)
@given(
    number=st.integers(1, 999_999_999),
    code=st.sampled_from("AER"),
    note=st.integers(0, 31),
    delimiters=DELIMITERS,
)
def test_a_ta1_is_read_as_it_was_written(
    number: int, code: str, note: int, delimiters: Delimiters
) -> None:
    ours = header(delimiters, "004010")
    theirs = InterchangeHeader(
        **{name: getattr(ours, name) for name in ours.__slots__ if name != "control_number"},
        control_number=f"{number:09d}",
    )
    content = render_ta1(header=ours, acknowledged=theirs, code=code, note=f"{note:03d}")
    (ack,) = [
        e for e in scan(io.BytesIO(content), limits=ScanLimits()) if isinstance(e, InterchangeAck)
    ]
    assert read_ta1(ack.elements) == InterchangeAnswer(f"{number:09d}", code, f"{note:03d}")


DAMAGED = st.text(st.characters(max_codepoint=255), max_size=12)


@settings(max_examples=150, deadline=None)
@given(
    group=st.tuples(*[DAMAGED | st.sampled_from(["PO", "17", "004010"])] * 3),
    named=st.lists(st.tuples(DAMAGED, DAMAGED, DAMAGED), max_size=3),
    declared=st.none() | st.integers(0, 10**10 - 1),
    answered=st.sampled_from([("997", "004010"), ("997", "005010"), ("999", "005010")]),
)
def test_what_was_damaged_on_its_way_is_answered_all_the_same(
    group: tuple[str, str, str],
    named: list[tuple[str, str, str]],
    declared: int | None,
    answered: tuple[Kind, str],
) -> None:
    gs01, gs06, gs08 = group
    kind, version = answered
    gs = GroupHeader(
        functional_id=gs01,
        sender="US",
        receiver="THEM",
        date="20260302",
        time="1500",
        control_number=gs06,
        version=gs08,
    )
    fault = Issue(level=Level.SEGMENT, severity=Severity.REJECT, message="a fault", code="1")
    said = [
        SetVerdict(
            set_id=st01,
            control_number=st02,
            code="R",
            issues=(replace(fault, segment=segment, position=2),),
        )
        for st01, st02, segment in named
    ]
    body = acknowledge_group(
        gs,
        said,
        group_issues=(),
        declared_sets=declared,
        received_sets=len(said),
        version=version,
        kind=kind,
    )
    text = render_set(SetOut(set_id=kind, control_number="0001", body=body), Delimiters())
    assert check_rendered(text, kind, version, Delimiters()) == []


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        *(("17", "17"), ("000017", "17"), ("123456789", "123456789"), ("0000000000012", "12")),
        # a number made up for them could be that of another group of theirs; no group has 0
        *(("1A", "0"), ("", "0"), ("1234567890", "0"), ("-1", "0"), ("0", "0"), ("\xb2", "0")),
    ],
)
def test_a_group_is_named_by_its_number_or_by_none(sent: str, said: str) -> None:
    assert echo.group_number(sent) == said


@pytest.mark.parametrize(
    ("sent", "said"),
    [("0001", "0001"), ("1", "0001"), ("1234567890", "12345678X"), ("00*1", "00X1"), ("", "0000")],
)
def test_a_damaged_number_of_a_set_is_never_that_of_another(sent: str, said: str) -> None:
    assert echo.set_number(sent) == said


def test_a_group_without_its_kind_is_answered_as_one_of_its_sets() -> None:
    assert echo.kind_of_group("", ["8#0", "850"]) == "PO"
    assert echo.kind_of_group("P*", []) == "XX"
    assert echo.kind_of_group("XX", ["850"]) == "XX"


def test_a_ta1_names_an_interchange_of_a_narrow_or_damaged_isa() -> None:
    theirs = replace(header(Delimiters(), "004010"), control_number="7", date="2603~2", time="25")
    content = render_ta1(
        header=header(Delimiters(), "004010"), acknowledged=theirs, code="R", note="023"
    )
    assert content[106:].startswith(b"TA1*000000007*000000*0000*R*023~IEA*")


def test_an_element_is_named_in_an_interchange_without_a_component_separator() -> None:
    """ISA16 was damaged; nothing says where a component ends."""
    text = "AK1*PR*1~AK2*855*0001~AK3*PO1*4**8~AK4*3*355*7*ZZ~AK5*R*5~AK9*R*1*1*0"
    (group,) = read(
        [segment.split("*") for segment in text.split("~")],
        delimiters=Delimiters(component=""),
        version="004010",
    )[0]
    assert group.sets[0].faults == ("PO103 in segment 4: invalid code value (7)",)
