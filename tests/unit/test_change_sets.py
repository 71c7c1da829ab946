"""860 read, 865 written: every code, every fault, both releases."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from oms_edi.domain.change import ADD, ASPECTS, DELETE, OrderChange, change_of
from oms_edi.domain.documents import ChangeAnswer, ChangedLine, LineAnswer
from oms_edi.domain.issue import Issue, Severity
from oms_edi.domain.message import LineMessage, OrderMessage, Purpose
from oms_edi.domain.party import Party
from oms_edi.transactions import t860_purchase_order_change, t865_change_acknowledgment
from oms_edi.x12.envelope import Delimiters
from oms_edi.x12.write import SetOut, render_set
from tests.support.edi import x860
from tests.support.rendered import check_rendered

DELIMITERS = Delimiters(element="*", component=">", repetition="", segment="~")


def read(text: str, delimiters: Delimiters = DELIMITERS) -> tuple[OrderChange | None, list[Issue]]:
    segments = [segment.split("*") for segment in text.split("~") if segment]
    return t860_purchase_order_change.read(segments, delimiters=delimiters, version="004010")


@pytest.mark.parametrize("code", sorted([ADD, *DELETE, *ASPECTS]))
def test_a_known_change_code_is_no_fault(code: str) -> None:
    change, issues = read(x860("PO1", f"1*{code}*6*6*EA>1*4.00*PE*VN*A1"))
    assert change is not None
    assert issues == []
    (line,) = change.lines
    six = Decimal(6)
    assert (line.code, line.quantity, line.left, line.unit) == (code, six, six, "EA")
    assert (line.unit_price, line.items) == (Decimal("4.00"), (("VN", "A1"),))


def test_a_change_is_read_in_an_interchange_without_a_component_separator() -> None:
    change, _ = read(x860("PO1", "1*QD*6*6*EA"), replace(DELIMITERS, component=""))
    assert change is not None
    assert [line.unit for line in change.lines] == ["EA"]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("1*ZZ*6*6*EA", "change code ZZ is none we apply"),
        ("1**6*6*EA", "change code missing is none we apply"),
        ("1*QD*six*6*EA", "its quantity cannot be read"),
        ("1*QD*-6*6*EA", "its quantity cannot be read"),
        ("1*PC*6*6*EA*free", "its price cannot be read"),
    ],
)
def test_a_line_that_cannot_be_applied_is_an_issue_and_costs_no_other(
    line: str, fault: str
) -> None:
    change, issues = read(x860("PO1", line, "2*AI*5*5*EA*1.25*PE*VN*C3"))
    assert change is not None
    assert [one.fault for one in change.lines] == [fault, ""]
    assert [issue.severity for issue in issues] == [Severity.ERROR]
    assert issues[0].segment == "POC"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("ST*860*0001~POC*1*QD*5*5*EA~SE*3*0001", "BCH is missing"),
        (x860("PO1", "1*QD*5*5*EA", bch="BCH*44*SA*{po}***20260302"), "BCH01 must be"),
        (x860("", "1*QD*5*5*EA"), "BCH03 must be"),
        (x860("PO1", bch="BCH*05*SA*{po}***20260302"), "POC is missing"),
        (x860("PO1"), "neither a line, a date nor a ship-to"),
    ],
)
def test_a_change_nobody_can_apply_is_rejected(text: str, told: str) -> None:
    change, issues = read(text)
    assert change is None
    assert issues[-1].severity is Severity.REJECT
    assert told in issues[-1].message


def test_an_order_that_replaces_another_is_a_change_of_all_its_lines() -> None:
    line = LineMessage(buyer_line="1", quantity=Decimal(5), unit="EA", items=(("VN", "A1"),))
    place = Party(role="ST", id_qualifier="92", id_code="S1")
    message = OrderMessage(
        purpose=Purpose.REPLACE, po_number="PO1", parties=(place,), lines=(line,)
    )
    change = change_of(message)
    assert (change.purpose, change.ship_to) == (Purpose.REPLACE, place)
    assert [(one.code, one.quantity, one.items) for one in change.lines] == [
        ("RZ", Decimal(5), (("VN", "A1"),))
    ]


@pytest.mark.parametrize("version", ["004010", "005010"])
def test_what_we_write_our_own_guide_accepts(version: str) -> None:
    poc = ChangedLine(
        buyer_line="1",
        code="QD",
        quantity=Decimal("1.5"),
        unit="DZ",
        unit_price=Decimal("48.00"),
        price_basis="PE",
        items=(("UP", "789012001013"), ("VN", "A1")),
        answers=(
            LineAnswer(status="IA", quantity=Decimal(1), on=date(2026, 3, 9)),
            LineAnswer(status="IB", quantity=Decimal("0.5")),
        ),
    )
    bare = poc._replace(buyer_line="2", code="RC", quantity=None, unit_price=None, answers=())
    value = ChangeAnswer(
        purpose="00",
        kind="AC",
        po_number="PO1",
        release_number="",
        sequence="2",
        ordered_on=date(2026, 3, 2),
        order_id="SO100001",
        answered_on=date(2026, 3, 4),
        changed_on=date(2026, 3, 3),
        references=(("IA", "778812"),),
        dates=(("010", date(2026, 3, 9)),),
        ship_to=Party(role="ST", name="STORE ONE", id_qualifier="92", id_code="S1"),
        lines=(poc, bare),
    )
    for one in (value, replace(value, kind="RJ", lines=())):
        body = t865_change_acknowledgment.write(one, version=version)
        text = render_set(SetOut(set_id="865", control_number="0001", body=body), DELIMITERS)
        assert check_rendered(text, "865", version, DELIMITERS) == []
