"""Sets without an envelope are looked at as if they had one; faults of it are not made up."""

import io

import pytest

from oms_edi.domain.issue import Severity
from oms_edi.x12.bare import scan_bare
from oms_edi.x12.envelope import Delimiters
from oms_edi.x12.events import Event, GroupStart, InterchangeEnd, SetRead
from oms_edi.x12.nesting import ScanLimits
from oms_edi.x12.validate import ta1_issues
from tests.support.edi import interchange, x850

SET = x850("PO1")
GROUP = interchange(SET, version="005010")[106:].partition(b"IEA")[0].decode()


def events(text: str, version: str = "004010") -> list[Event]:
    stream = io.BytesIO(text.encode("latin-1"))
    return list(scan_bare(stream, version=version, limits=ScanLimits()))


@pytest.mark.parametrize("element", "*|\x1d")
@pytest.mark.parametrize("end", ["~", "~\n", "\n", "\r\n", "\x1c", "'"])
@pytest.mark.parametrize("before", ["", "\xef\xbb\xbf", "\r\n "])
def test_a_set_is_read_whatever_its_delimiters(element: str, end: str, before: str) -> None:
    text = before + SET.replace("*", element).replace("~", end)
    found = events(text)
    (one,) = [event.set for event in found if isinstance(event, SetRead)]
    assert [raw.split(element) for raw in one.raw] == [s.split("*") for s in SET.split("~")[:-1]]
    assert one.issues == []
    assert one.offset == len(before)
    assert text[one.offset_of(3) :].startswith("N1" + element)
    assert isinstance(found[-1], InterchangeEnd)
    assert [issue.severity for issue in found[-1].issues] == [Severity.NOTE]


def test_a_group_keeps_its_header() -> None:
    found = events(GROUP)
    (group,) = [event.header for event in found if isinstance(event, GroupStart)]
    assert (group.functional_id, group.version) == ("PO", "005010")
    (one,) = [event.set for event in found if isinstance(event, SetRead)]
    assert GROUP[one.offset :].startswith("ST*850")


def test_the_version_is_that_which_was_named() -> None:
    (group,) = [e.header for e in events(SET, "005010") if isinstance(e, GroupStart)]
    assert group.version == "005010"


def test_faults_of_a_set_stand_where_they_are_in_the_file() -> None:
    text = SET.replace("SE*6", "SE*7")
    (one,) = [event.set for event in events(text) if isinstance(event, SetRead)]
    (issue,) = one.issues
    assert text[issue.offset :].startswith("SE*7")


@pytest.mark.parametrize(
    "text", ["", "HELLO", "STATION*850*0001~", "ST*850*0001", "ST 850 0001", "GS*PO~", "ST*8X0*1~"]
)
def test_what_is_no_set_is_none(text: str) -> None:
    assert events(text) == []


def test_a_ta1_is_checked_like_any_segment() -> None:
    good = ["TA1", "000000001", "260302", "1500", "A", "000"]
    assert ta1_issues(good, Delimiters()) == []
    bad = ["TA1", "1", "261302", "1500", "Q", "99", "MORE"]
    found = [(issue.element, issue.code) for issue in ta1_issues(bad, Delimiters())]
    assert found == [(1, "4"), (2, "8"), (4, "7"), (5, "4"), (6, "3")]
