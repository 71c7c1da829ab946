"""Values to bytes, and acknowledgments: what leaves can be taken apart again."""

import io

import pytest

from oms_edi.domain.issue import Issue, Level, Severity
from oms_edi.x12.acknowledge import SetVerdict, acknowledge_group, verdict
from oms_edi.x12.envelope import Delimiters, GroupHeader, InterchangeHeader
from oms_edi.x12.events import SetRead
from oms_edi.x12.nesting import ScanLimits
from oms_edi.x12.scan import scan
from oms_edi.x12.write import (
    OutSegment,
    RenderedGroup,
    SetOut,
    Unwritable,
    assemble,
    fold,
    render_set,
    render_ta1,
)
from tests.support.rendered import check_rendered


def render(*body: OutSegment, delimiters: Delimiters | None = None, control: str = "0001") -> str:
    out = SetOut(set_id="855", control_number=control, body=body)
    return render_set(out, delimiters or Delimiters())


def header(delimiters: Delimiters, version: str = "00401") -> InterchangeHeader:
    return InterchangeHeader(
        sender_qualifier="ZZ",
        sender_id="US",
        receiver_qualifier="08",
        receiver_id="THEM",
        date="260302",
        time="1500",
        version=version,
        control_number="000000007",
        ack_requested=False,
        usage="P",
        delimiters=delimiters,
    )


GROUP = GroupHeader(
    functional_id="PR",
    sender="US",
    receiver="THEM",
    date="20260302",
    time="1500",
    control_number="3",
    version="004010",
)


def test_a_set_is_framed_and_counted() -> None:
    text = render(("BAK", "00", "AD", "PO1", "20260302"), ("CTT", "0"))
    assert text == "ST*855*0001~BAK*00*AD*PO1*20260302~CTT*0~SE*4*0001~"


def test_empty_elements_at_the_end_are_left_out_and_kept_in_the_middle() -> None:
    assert render(("N1", "ST", "", "92", "7", "", "")).split("~")[1] == "N1*ST**92*7"


def test_composites_are_written_with_their_separator() -> None:
    text = render(("AK4", ("3", "1"), "324", "1"), ("AK4", ("3", ""), "324", "1"))
    assert text.split("~")[1:3] == ["AK4*3>1*324*1", "AK4*3*324*1"]


@pytest.mark.parametrize("value", ["A*B", "A~B", "A>B", "A\nB", "A\x00B", "A\u2603B"])
def test_a_value_that_would_be_read_as_structure_is_refused(value: str) -> None:
    with pytest.raises(Unwritable, match="BAK03 of a 855"):
        render(("BAK", "00", "AD", value))


def test_other_delimiters_free_and_forbid_other_characters() -> None:
    piped = Delimiters(element="|", component="<", segment="\n")
    assert "A*B>C" in render(("BAK", "00", "AD", "A*B>C"), delimiters=piped)
    with pytest.raises(Unwritable):
        render(("BAK", "00", "AD", "A|B"), delimiters=piped)


@pytest.mark.parametrize("delimiters", [Delimiters(), Delimiters(element="|", segment="\x15")])
@pytest.mark.parametrize("newline", [False, True])
def test_what_is_assembled_is_scanned_again_and_its_places_are_right(
    delimiters: Delimiters, newline: bool
) -> None:
    sets = [
        render(("BAK", "00", "AD", f"PO{n}"), delimiters=delimiters, control=f"000{n}")
        for n in range(3)
    ]
    content, places = assemble(
        header=header(delimiters),
        groups=[RenderedGroup(header=GROUP, sets=sets)],
        newline=newline,
    )
    found = [
        event.set
        for event in scan(io.BytesIO(content), limits=ScanLimits())
        if isinstance(event, SetRead)
    ]
    assert [read.raw[1][-3:] for read in found] == ["PO0", "PO1", "PO2"]
    assert [read.issues for read in found] == [[], [], []]
    for number, (start, size) in enumerate(places):
        part = content[start : start + size].strip().strip(delimiters.segment.encode())
        assert part.startswith(b"ST")
        assert part.endswith(b"000%d" % number)


def test_an_isa_is_106_characters_wide() -> None:
    content, _ = assemble(header=header(Delimiters()), groups=[])
    assert content[105:109] == b"~IEA"


def test_a_ta1_says_which_interchange_it_is_about() -> None:
    content = render_ta1(
        header=header(Delimiters()), acknowledged=header(Delimiters()), code="R", note="025"
    )
    assert b"TA1*000000007*260302*1500*R*025~IEA*0*000000007~" in content


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Café Müller", "Cafe Muller"),
        ("Straße", "Strasse"),
        ("1/2\u201d pipe \u2013 5\u20ac", '1/2" pipe - 5EUR'),
        ("A*B~C>D|E^F", "A B C D E F"),
        ("tab\tnew\nline", "tab new line"),
        ("雪だるま", ""),
        ("  plain  ", "plain"),
    ],
)
def test_free_text_is_folded_into_what_x12_can_carry(text: str, folded: str) -> None:
    assert fold(text) == folded


def issue(level: Level, code: str, severity: Severity = Severity.ERROR, **where: object) -> Issue:
    return Issue(level=level, severity=severity, message="m", code=code, **where)  # type: ignore[arg-type]


def acknowledge(*verdicts: SetVerdict, declared: int | None = None) -> list[OutSegment]:
    return acknowledge_group(
        GROUP,
        verdicts,
        group_issues=(),
        declared_sets=len(verdicts) if declared is None else declared,
        received_sets=len(verdicts),
        version=GROUP.version,
    )


@pytest.mark.parametrize(
    ("codes", "group"), [("A", "A"), ("AE", "E"), ("AR", "P"), ("RR", "R"), ("E", "E"), ("", "A")]
)
def test_the_group_verdict_follows_from_those_of_its_sets(codes: str, group: str) -> None:
    verdicts = [
        SetVerdict(set_id="850", control_number=f"{n:04d}", code=code)
        for n, code in enumerate(codes)
    ]
    last = acknowledge(*verdicts)[-1]
    assert last[:2] == ("AK9", group)
    assert last[2:] == (str(len(codes)), str(len(codes)), str(len(codes) - codes.count("R")))


def test_faults_are_told_segment_by_segment_and_element_by_element() -> None:
    found = (
        issue(Level.ELEMENT, "6", segment="PO1", position=7, element=2, reference="330"),
        issue(Level.ELEMENT, "1", segment="BEG", position=2, element=3, reference="324"),
        issue(Level.SEGMENT, "3", segment="CTT", position=9),
        issue(Level.SET, "4"),
    )
    body = acknowledge(SetVerdict(set_id="850", control_number="0001", code="E", issues=found))
    assert [segment for segment in body if segment[0] in ("AK3", "AK4", "AK5")] == [
        ("AK3", "BEG", "2", "", "8"),
        ("AK4", "3", "324", "1"),
        ("AK3", "PO1", "7", "", "8"),
        ("AK4", "2", "330", "6"),
        ("AK3", "CTT", "9", "", "3"),
        ("AK5", "E", "5", "4"),
    ]


def test_notes_are_not_told() -> None:
    note = issue(Level.SEGMENT, "7", Severity.NOTE, segment="N3", position=4)
    body = acknowledge(SetVerdict(set_id="850", control_number="0001", code="A", issues=(note,)))
    assert [segment[0] for segment in body] == ["AK1", "AK2", "AK5", "AK9"]


@pytest.mark.parametrize(
    ("severities", "strict", "code"),
    [
        ([], False, "A"),
        ([Severity.NOTE], True, "A"),
        ([Severity.ERROR], False, "E"),
        ([Severity.ERROR], True, "R"),
        ([Severity.ERROR, Severity.REJECT], False, "R"),
    ],
)
def test_a_set_is_judged_by_its_worst_fault(
    severities: list[Severity], strict: bool, code: str
) -> None:
    found = [issue(Level.SEGMENT, "1", severity) for severity in severities]
    assert verdict(found, strict=strict) == code


def test_what_only_005010_can_say_is_told_to_an_earlier_release_in_its_words() -> None:
    found = (
        issue(Level.ELEMENT, "12", segment="DMG", position=3, element=5, reference="1067"),
        issue(Level.COMPONENT, "13", segment="QTY", position=4, element=3, component=2),
        issue(Level.ELEMENT, "7", segment="CTX", position=5, element=1, repetition=3),
        issue(
            Level.COMPONENT, "1", segment="REF", position=6, element=4, component=1, repetition=2
        ),
    )
    told = {}
    for version in ("004010", "005010"):
        body = acknowledge_group(
            GROUP,
            [SetVerdict(set_id="850", control_number="0001", code="E", issues=found)],
            group_issues=(),
            declared_sets=1,
            received_sets=1,
            version=version,
        )
        told[version] = [one for one in body if one[0] == "AK4"]
        text = render_set(SetOut(set_id="997", control_number="0001", body=body), Delimiters())
        assert check_rendered(text, "997", version, Delimiters()) == []
    assert told == {
        "004010": [
            ("AK4", "5", "1067", "3"),
            ("AK4", ("3", "2"), "", "3"),
            ("AK4", "1", "", "7"),
            ("AK4", ("4", "1"), "", "1"),
        ],
        "005010": [
            ("AK4", "5", "1067", "12"),
            ("AK4", ("3", "2"), "", "13"),
            ("AK4", ("1", "", "3"), "", "7"),
            ("AK4", ("4", "1", "2"), "", "1"),
        ],
    }
