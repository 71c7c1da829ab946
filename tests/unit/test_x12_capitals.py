"""What came in lower case is read as if it had not, where that is certain, and is told."""

import io

import pytest

from oms_edi.domain.issue import Issue, Severity, Tolerance
from oms_edi.domain.message import OrderMessage
from oms_edi.transactions import t850_purchase_order
from oms_edi.x12.capitals import raise_codes
from oms_edi.x12.envelope import TransactionSet
from oms_edi.x12.events import GroupStart, InterchangeEnd, InterchangeStart, SetRead
from oms_edi.x12.guide import guide_for
from oms_edi.x12.nesting import ScanLimits
from oms_edi.x12.scan import scan
from oms_edi.x12.validate import validate
from tests.support.edi import interchange

SET = (
    "ST*850*0001~BEG*00*SA*PO1**20260302~CUR*BY*USD~REF*IA*1~ITD*01*3~DTM*010*20260305~"
    "TD5**2*UPSN*M*GROUND~N1*ST*STORE*92*S1~N3*1 ELM ST~N4*TULSA*OK*74133*US~"
    "PO1*1*10*EA*4.00*PE*VN*A1*UP*012345678905~PID*F*08***ARTICLE~SDQ*EA*92*S1*4*S2*6~"
    "DTM*002*20260306~CTT*1~SE*16*0001~"
)
SEGMENTS = SET.split("~")[:-1]
#: Codes, as (segment, element); everything else in capitals is text or an id of the partner.
CODES = [
    *[("BEG", 2), ("CUR", 1), ("CUR", 2), ("REF", 1), ("TD5", 4), ("N1", 1)],
    *[("N4", 2), ("N4", 4), ("PO1", 3), ("PO1", 5), ("PO1", 6), ("PO1", 8), ("PID", 1), ("SDQ", 1)],
]


def taken(text: str, version: str = "004010") -> tuple[OrderMessage, list[Issue]]:
    """Read a set as the daemon does; return the order and what is told of it."""
    (one,) = sets(interchange(text, version=version))
    guide = guide_for("850", version)
    assert guide is not None
    issues = [*one.issues, *validate(one, guide)]
    raise_codes(one, guide)
    order, more = t850_purchase_order.read(
        one.segments(), delimiters=one.delimiters, version=version
    )
    assert order is not None
    return order, [*issues, *more]


def sets(data: bytes) -> list[TransactionSet]:
    events = scan(io.BytesIO(data), limits=ScanLimits())
    return [event.set for event in events if isinstance(event, SetRead)]


@pytest.mark.parametrize("place", range(1, len(SEGMENTS)), ids=lambda n: SEGMENTS[n][:3])
def test_a_segment_id_in_lower_case_is_that_segment(place: int) -> None:
    name, _, rest = SEGMENTS[place].partition("*")
    lower = [*SEGMENTS[:place], f"{name.lower()}*{rest}", *SEGMENTS[place + 1 :]]
    order, (issue,) = taken("~".join(lower) + "~")
    assert order == taken(SET)[0]
    assert (issue.segment, issue.position, issue.code) == (name, place + 1, "1")
    assert (issue.severity, issue.tolerance) == (Severity.NOTE, Tolerance.LOWER_CASE_CODE)


@pytest.mark.parametrize(("name", "element"), CODES)
def test_a_code_in_lower_case_is_that_code(name: str, element: int) -> None:
    place = next(n for n, segment in enumerate(SEGMENTS) if segment.startswith(name + "*"))
    values = SEGMENTS[place].split("*")
    values[element] = values[element].lower()
    lower = [*SEGMENTS[:place], "*".join(values), *SEGMENTS[place + 1 :]]
    order, (issue,) = taken("~".join(lower) + "~")
    assert order == taken(SET)[0]
    assert (issue.segment, issue.element, issue.code) == (name, element, "7")
    assert (issue.severity, issue.tolerance) == (Severity.NOTE, Tolerance.LOWER_CASE_CODE)


@pytest.mark.parametrize("version", ["004010", "005010"])
def test_an_order_all_in_lower_case_loses_nothing(version: str) -> None:
    order, issues = taken(SET.lower(), version)
    assert {issue.severity for issue in issues} == {Severity.NOTE}
    assert (
        order
        == taken(
            SET.replace("PO1**", "po1**")
            .replace("GROUND", "ground")
            .replace("STORE*92*S1", "store*92*s1")
            .replace("1 ELM ST", "1 elm st")
            .replace("TULSA", "tulsa")
            .replace("VN*A1", "VN*a1")
            .replace("ARTICLE", "article")
            .replace("S1*4*S2", "s1*4*s2"),
            version,
        )[0]
    )


def test_a_value_that_may_be_a_code_of_the_partners_own_stays_as_it_came() -> None:
    order, issues = taken(SET.replace("REF*IA*1", "REF*zq*1"))
    assert ("zq", "1") in order.references
    assert issues == []


def test_codes_within_composites_and_repetitions_are_read_too() -> None:
    line = "QTY*38*5*ea>1>1>ca~"
    (one,) = sets(interchange(SET.replace("CTT*1~", line + "CTT*1~"), version="005010"))
    guide = guide_for("850", "005010")
    assert guide is not None
    raise_codes(one, guide)
    assert "QTY*38*5*EA>1>1>CA" in one.raw


def test_an_envelope_in_lower_case_is_one() -> None:
    data = interchange(SET)
    for name in (b"GS*PO*", b"ST*", b"SE*", b"GE*", b"IEA*", b"*ZZ*US", b"*P*>"):
        assert data.count(name) >= 1
        data = data.replace(name, name.lower().replace(b"us", b"US"), 1)
    events = list(scan(io.BytesIO(data), limits=ScanLimits()))
    (start,) = [event for event in events if isinstance(event, InterchangeStart)]
    (group,) = [event for event in events if isinstance(event, GroupStart)]
    (end,) = [event for event in events if isinstance(event, InterchangeEnd)]
    assert (start.header.receiver_qualifier, start.header.usage) == ("ZZ", "P")
    assert group.header.functional_id == "PO"
    assert {issue.severity for issue in end.issues} == {Severity.NOTE}
    told = {issue.message.split()[0].rstrip(":") for issue in end.issues}
    assert told == {"ISA07", "ISA15", "GS", "ST", "GE", "IEA"}
    (one,) = sets(data)
    assert [issue.message for issue in one.issues] == ["SE must be written in capitals"]


def test_text_after_a_stray_terminator_is_no_segment_id() -> None:
    (one,) = sets(interchange(SET.replace("1 ELM ST", "1 ELM~the old mill~by*x*y")))
    assert "the old mill" in one.raw
    assert [issue.segment for issue in one.issues if issue.code == "1"] == ["BY"]
