"""A set against its guide: every fault has its place and its code; what is right is accepted."""

import io
import random

import pytest

from oms_edi.domain.issue import Issue, Level, Severity
from oms_edi.x12.envelope import Delimiters, TransactionSet
from oms_edi.x12.events import SetRead
from oms_edi.x12.guide import guide_for
from oms_edi.x12.nesting import ScanLimits
from oms_edi.x12.scan import scan
from oms_edi.x12.validate import validate
from tests.support.edi import interchange, x850

SETS = (
    *("850", "855", "856", "860", "865", "940", "943", "944", "945", "947", "846", "870", "869"),
    *("824", "810", "204", "990", "214", "997"),
)
GOOD = x850(
    "PO1",
    "1*10*EA*4.00*PE*VN*A1~PID*F****ARTICLE",
    "2*5*CA*7.50**UP*789012001020",
    header=["CUR*BY*USD", "REF*IA*1", "DTM*010*20260305"],
)


def made(text: str, delimiters: Delimiters | None = None) -> TransactionSet:
    raw = [segment for segment in text.split("~") if segment]
    return TransactionSet(
        set_id=raw[0].split("*")[1],
        control_number="0001",
        delimiters=delimiters or Delimiters(),
        raw=raw,
        offset=0,
    )


def check(text: str, version: str = "004010", **options: int) -> list[Issue]:
    read = made(text)
    guide = guide_for(read.set_id, version)
    assert guide is not None
    return validate(read, guide, **options)


def told(text: str, version: str = "004010") -> list[tuple[str, str, int, int]]:
    """(code, segment, position, element) of every fault."""
    return [(i.code, i.segment, i.position, i.element) for i in check(text, version)]


@pytest.mark.parametrize("version", ["004010", "005010"])
def test_a_good_order_has_no_fault_at_first_and_at_second_sight(version: str) -> None:
    assert check(GOOD, version) == []
    assert check(GOOD, version) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("BEG*00*SA*PO1*", "BEG*00*SA**", ("1", "BEG", 2, 3)),
        ("BEG*00*SA", "BEG*0*SA", ("4", "BEG", 2, 1)),
        ("PID*F*", "PID*Q*", ("7", "PID", 8, 1)),
        ("**20260302", "**20261302", ("8", "BEG", 2, 5)),
        ("**20260302", "**2026", ("8", "BEG", 2, 5)),
        ("PO1*1*10*EA", "PO1*1*TEN*EA", ("6", "PO1", 7, 2)),
        ("PO1*1*10*EA*4.00", "PO1*1*10*EA*4.0.0", ("6", "PO1", 7, 4)),
        ("PE*VN*A1", "PE*VN", ("2", "PO1", 7, 7)),
        ("CUR*BY*USD", "CUR*BY*DOLLAR", ("5", "CUR", 3, 2)),
        ("CTT*2", "CTT*2*1*1*LB*1*CF*X*Y*Z", ("3", "CTT", 10, 8)),
        ("REF*IA*1", "REF*IA", ("2", "REF", 4, 2)),
        ("DTM*010*20260305", "DTM*010", ("2", "DTM", 5, 2)),
        ("N1*ST*STORE ONE*92*S1", "N1*ST*STORE ONE*92", ("2", "N1", 6, 4)),
        ("PID*F****ARTICLE", "ZZZ*1", ("1", "ZZZ", 8, 0)),
        ("PID*F****ARTICLE", "W01*1*EA", ("6", "W01", 8, 0)),
        ("BEG*00*SA*PO1**20260302~", "", ("3", "BEG", 2, 0)),
    ],
)
def test_a_fault_is_named_with_its_code_segment_and_element(
    old: str, new: str, expected: tuple[str, str, int, int]
) -> None:
    text = GOOD.replace(old, new, 1)
    assert text != GOOD
    assert expected in told(text)


def test_all_faults_are_told_not_only_the_first() -> None:
    text = GOOD.replace("PO1*1*10*EA", "PO1*1*TEN*EA").replace("PO1*2*5*CA", "PO1*2*5*CASES")
    assert [(code, element) for code, _, _, element in told(text)] == [("6", 2), ("5", 3)]


def test_no_more_faults_are_told_than_asked_for() -> None:
    text = x850("PO1", *[f"{n}*X*EA*4.00**VN*A1" for n in range(50)])
    assert len(check(text, max_issues=7)) == 7


def test_a_missing_beg_rejects_other_faults_do_not() -> None:
    missing = GOOD.replace("BEG*00*SA*PO1**20260302~", "")
    assert Severity.REJECT in [issue.severity for issue in check(missing)]
    wrong = GOOD.replace("PO1*1*10*EA", "PO1*1*TEN*EA")
    assert {issue.severity for issue in check(wrong)} == {Severity.ERROR}


def test_a_segment_out_of_sequence_is_only_a_note() -> None:
    """An N3 before its N1 or a CUR after DTM: real retailers send it, nothing is unclear."""
    text = GOOD.replace("CUR*BY*USD~", "").replace(
        "DTM*010*20260305~", "DTM*010*20260305~CUR*BY*USD~"
    )
    assert {issue.severity for issue in check(text)} <= {Severity.NOTE}


def test_a_segment_beyond_its_maximum_is_named() -> None:
    text = GOOD.replace("CUR*BY*USD~", "CUR*BY*USD~CUR*BY*USD~")
    assert ("5", "CUR", 4, 0) in told(text)


def test_other_releases_are_read_by_the_nearest_and_their_lengths_and_codes_are_notes() -> None:
    text = GOOD.replace("PID*F*", "PID*Q*")
    assert {issue.severity for issue in check(text, "004030")} == {Severity.NOTE}
    assert {issue.severity for issue in check(text, "004010VICS")} == {Severity.ERROR}


def test_trailing_empty_elements_are_a_note() -> None:
    (issue,) = check(GOOD.replace("REF*IA*1", "REF*IA*1***"))
    assert (issue.severity, issue.level) == (Severity.NOTE, Level.SEGMENT)


def test_composites_are_checked_part_by_part() -> None:
    good = GOOD.replace("PID*F****ARTICLE", "MEA**WT*4*LB")
    assert check(good) == []
    bad = GOOD.replace("PID*F****ARTICLE", "MEA**WT*4*LB>QQQ")
    assert [(i.element, i.component) for i in check(bad)] == [(4, 2)]


def test_a_value_is_never_told_only_what_kind_it_is() -> None:
    (issue,) = check(GOOD.replace("PO1*1*10*EA", "PO1*1*SECRET*EA"))
    assert "SECRET" not in issue.message + issue.found


def test_damage_anywhere_never_makes_the_check_fail() -> None:
    chance = random.Random(7)
    for _ in range(2000):
        text = GOOD
        for _ in range(chance.randrange(1, 5)):
            at = chance.randrange(len(text))
            text = text[:at] + chance.choice("~*>^AZ09 \x01é") + text[at + chance.randrange(3) :]
        if text.startswith("ST*850*"):
            check(text)


@pytest.mark.parametrize("version", ["004010", "005010"])
@pytest.mark.parametrize("set_id", SETS)
def test_every_guide_loads_and_begins_and_ends_with_its_frame(set_id: str, version: str) -> None:
    guide = guide_for(set_id, version)
    assert guide is not None
    assert guide.exact
    assert [guide.nodes[0].segment, guide.nodes[-1].segment] == ["ST", "SE"]
    assert all(guide.segment(node.segment) for node in guide.nodes)


def test_what_we_have_no_guide_for_is_none() -> None:
    assert guide_for("999", "004010") is None or guide_for("999", "005010") is not None
    assert guide_for("123", "004010") is None
    assert guide_for("", "004010") is None
    assert guide_for("../etc", "004010") is None


def test_a_set_that_begins_with_no_st_is_named_at_first_and_at_second_sight() -> None:
    text = GOOD.replace("ST*", "ST\x1f*", 1)
    read = made(text)
    read.set_id = "850"
    guide = guide_for("850", "004010")
    assert guide is not None
    for _ in range(2):
        (issue,) = validate(read, guide)
        assert (issue.code, issue.position) == ("1", 1)


def test_notes_never_hide_a_fault() -> None:
    """Partners who end every segment in empty elements have more notes than the cap."""
    lines = [f"{n}*10*EA*4.00**VN*A1***" for n in range(1, 31)]
    text = x850("PO1", *lines, "31*TEN*EA*4.00**VN*A1")
    found = check(text, max_issues=5)
    assert [(i.code, i.element) for i in found if i.severity is Severity.ERROR] == [("6", 2)]
    assert sum(i.severity is Severity.NOTE for i in found) == 5


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("20260302~", "20260302  ~"),
        ("PO1*1*10*", "PO1*1*10 *"),
        ("BEG*00*", "BEG* 00*"),
        ("*EA*", "*EA *"),
        ("REF*IA*1", "REF*IA*CAF\xc3\x89"),  # É in UTF-8
        ("REF*IA*1", "REF*IA*JOE\x92S"),  # a typographic apostrophe in Windows-1252
        ("REF*IA*1", "REF*IA*" + "1" * 29 + "\xc3\xa9"),  # 30 characters, 31 bytes
    ],
)
def test_blanks_around_a_value_and_letters_x12_lacks_are_notes(old: str, new: str) -> None:
    assert old in GOOD
    (issue,) = check(GOOD.replace(old, new, 1))
    assert (issue.severity, bool(issue.code)) == (Severity.NOTE, True)


def test_a_control_character_is_a_fault() -> None:
    (issue,) = check(GOOD.replace("REF*IA*1", "REF*IA*\x071"))
    assert (issue.severity, issue.code) == (Severity.ERROR, "6")


def test_a_code_of_a_later_release_is_none_of_an_earlier_one() -> None:
    text = "ST*940*0001~W05*A*D-1~N1*ST*X*92*1~G62*10*20260302~LX*1~W01*1*EA**VN*A~SE*7*0001~"
    codes = [(i.segment, i.element, i.code) for i in check(text, "004010") if i.code == "7"]
    assert codes == [("W05", 1, "7")]
    assert not [i for i in check(text, "005010") if i.code == "7"]


@pytest.mark.parametrize(
    ("old", "new", "found", "expected"),
    [
        ("PO1*1*10*EA", "PO1*1*TEN*EA", "3 letters", "decimal number of 1 to 15 digits"),
        ("*20260302~", "*20261302~", "8 digits", "date CCYYMMDD"),
        ("BEG*00*", "BEG**", "empty", "code of 2 characters"),
        ("PE*VN*A1", "PE*VN", "empty", "given"),
        ("PID*F*", "PID*Q*", "1 letters", "one of F, S, X"),
        ("CTT*2", "CTT*2~CTT*2", "", "1 at most"),
        ("CTT*2", "CTT*2*1*1*LB*1*CF*X*Y", "8 elements", "7 elements at most"),
    ],
)
def test_a_fault_says_what_was_found_and_what_was_expected(
    old: str, new: str, found: str, expected: str
) -> None:
    assert old in GOOD
    (issue,) = [i for i in check(GOOD.replace(old, new, 1)) if i.severity is Severity.ERROR]
    assert (issue.found, issue.expected) == (found, expected)


def test_a_fault_of_a_repetition_and_of_a_component_says_which() -> None:
    text = GOOD.replace("PID*F****ARTICLE", "MEA**WT*4*LB>QQQ")
    (issue,) = check(text)
    assert (issue.level, issue.component, issue.reference) == (Level.COMPONENT, 2, "1018")
    read = made(
        "ST*999*0001~AK1*PO*1*005010~AK2*850*0001~IK3*N1*3**8~"
        "CTX*A:1^B:2^C:3^D:4~IK5*R*5~AK9*R*1*1*0~SE*8*0001~",
        Delimiters(component=":", repetition="^"),
    )
    guide = guide_for("999", "005010")
    assert guide is not None
    assert validate(read, guide) == []
    read.raw[4] = "CTX*A:1^B:2^:3^D:4:5"
    found = [(i.element, i.component, i.repetition, i.code) for i in validate(read, guide)]
    assert found == [(1, 1, 3, "1"), (1, 0, 4, "13")]
    read.raw[4] = "CTX*" + "^".join(["A:1"] * 11)
    (issue,) = validate(read, guide)
    assert (issue.code, issue.found) == ("12", "11 times")


def test_a_separator_inside_plain_text_is_noted() -> None:
    text = GOOD.replace("REF*IA*1", "REF*IA*A^1>B")
    read = made(text, Delimiters(repetition="^"))
    guide = guide_for("850", "005010")
    assert guide is not None
    found = [(i.severity, i.code) for i in validate(read, guide)]
    assert found == [(Severity.NOTE, "13"), (Severity.NOTE, "12")]


def test_the_offset_of_a_fault_is_that_of_its_segment_in_the_file() -> None:
    data = b"\r\n" + interchange(GOOD.replace("PO1*1*10*EA", "PO1*1*TEN*EA")).replace(
        b"~", b"~\r\n"
    )
    (event,) = [e for e in scan(io.BytesIO(data), limits=ScanLimits()) if isinstance(e, SetRead)]
    guide = guide_for("850", "004010")
    assert guide is not None
    (issue,) = validate(event.set, guide)
    assert data[issue.offset :].startswith(b"PO1*1*TEN*EA")


@pytest.mark.parametrize("version", ["004010", "005010"])
def test_a_loop_that_comes_too_late_makes_nothing_missing_that_was_there(version: str) -> None:
    """A header's LDT behind the lines: reading goes back to the header, but the lines were seen."""
    text = GOOD.replace("CTT*2", "LDT*AF*1*DA~CTT*2")
    assert {(i.segment, i.code) for i in check(text, version)} == {("LDT", "7")}


def test_what_is_missing_behind_such_a_loop_is_missing_all_the_same() -> None:
    text = "ST*850*0001~BEG*00*SA*P**20260302~N1*ST*X*92*S1~SAC*A*C310***100~CTT*1~SE*6*0001~"
    assert [(i.segment, i.code) for i in check(text)] == [("SAC", "7"), ("PO1", "3")]


@pytest.mark.parametrize("version", ["004010", "005010"])
def test_loops_between_ls_and_le_are_followed(version: str) -> None:
    lead = "PO1*1*10*EA*4.00*PE*VN*A1~LS*LDT~LDT*AF*1*DA~LE*LDT~"
    good = x850("PO1").replace("PO1*1*10*EA*4.00**VN*A1~", lead)
    assert check(good, version) == []
    found = [(i.segment, i.code) for i in check(good.replace("LE*LDT~", ""), version)]
    assert found == [("LE", "3")]
