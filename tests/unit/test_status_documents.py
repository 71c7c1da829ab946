"""How an order stands, in documents: what we write of it is read again, and reaches nobody else."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oms_edi.channels import status_csv
from oms_edi.domain.exceptions import KINDS
from oms_edi.domain.holds import HoldKind
from oms_edi.domain.lifecycle import Place, Status
from oms_edi.domain.order_status import (
    AskedDays,
    AskedLine,
    AskedOrder,
    OrderStatus,
    StatusInquiry,
    StatusLine,
    StatusPart,
    StatusReport,
)
from oms_edi.domain.tracking import CARRIERS, carrier_name, tracking_link
from oms_edi.domain.vocabulary import EXCEPTIONS, HOLDS, STATUS, UNITS, held_words
from oms_edi.transactions import t869_status_inquiry, t870_order_status
from oms_edi.x12.envelope import Delimiters
from oms_edi.x12.write import SetOut, render_set
from tests.support.edi import counted
from tests.support.rendered import check_rendered

STAR = Delimiters()
VERSIONS = pytest.mark.parametrize("version", ["004010", "005010"])
NOW = datetime(2026, 3, 3, 6, tzinfo=UTC)
TEXT = st.from_regex(r"[A-Z][A-Z0-9 ]{0,20}[A-Z0-9]", fullmatch=True)
CODE = st.from_regex(r"[A-Z0-9]{1,12}", fullmatch=True)
UNITS_TOLD = st.integers(0, 10**6).map(Decimal) | st.decimals(
    Decimal("0.01"), Decimal(9999), places=2
).map(lambda value: value.normalize())
DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))
CODES = sorted({words.code for words in (*STATUS.values(), *UNITS.values())})


@st.composite
def parts(draw: st.DrawFn) -> StatusPart:
    scac = draw(st.just("") | st.sampled_from(sorted(CARRIERS)))
    return StatusPart(
        code=draw(st.sampled_from(CODES)),
        word=draw(TEXT),
        quantity=draw(UNITS_TOLD),
        on=draw(st.none() | DAYS),
        arrives=draw(st.none() | DAYS),
        carrier=draw(st.just("") | TEXT),
        scac=scac,
        tracking=tuple(draw(st.lists(CODE, max_size=12))),
    )


@st.composite
def statuses(draw: st.DrawFn) -> OrderStatus:
    def line(number: int) -> StatusLine:
        pairs = st.tuples(st.sampled_from(["UP", "VN", "IN"]), CODE)
        return StatusLine(
            buyer_line=str(number),
            items=tuple(draw(st.lists(pairs, min_size=1, max_size=3))),
            description="",
            quantity=draw(UNITS_TOLD),
            unit="EA",
            parts=tuple(draw(st.lists(parts(), min_size=1, max_size=4))),
        )

    return OrderStatus(
        po_number=draw(CODE),
        release_number=draw(st.just("") | CODE),
        ordered_on=draw(st.none() | DAYS),
        order=draw(st.just("") | CODE),
        code=draw(st.sampled_from(CODES)),
        word=draw(TEXT),
        lines=tuple(line(number) for number in range(1, draw(st.integers(0, 3)) + 1)),
    )


def report(status: OrderStatus) -> StatusReport:
    return StatusReport(kind="3", scope="PA", number="000000001", at=NOW, status=status)


def split(text: str) -> list[list[str]]:
    return [segment.split("*") for segment in text.split("~") if segment]


@VERSIONS
@settings(max_examples=80, deadline=None)
@given(status=statuses())
def test_an_870_is_read_as_it_was_written_and_passes_its_guide(
    version: str, status: OrderStatus
) -> None:
    body = t870_order_status.write(report(status), version=version)
    text = render_set(SetOut(set_id="870", control_number="0001", body=body), STAR)
    assert check_rendered(text, "870", version, STAR) == []
    found, issues = t870_order_status.read(split(text), delimiters=STAR, version=version)
    assert (found, issues) == (status, [])


def test_an_order_of_many_lines_is_told_in_several_sets() -> None:
    line = StatusLine("1", (("VN", "A1"),), "", Decimal(1), "EA", ())
    status = OrderStatus("PO1", "", None, "SO1", "IN", "received", (line,) * 2500)
    told = [len(part.status.lines) for part in t870_order_status.split(report(status))]
    assert told == [999, 999, 502]
    for part in t870_order_status.split(report(status)):
        body = t870_order_status.write(part, version="004010")
        text = render_set(SetOut(set_id="870", control_number="0001", body=body), STAR)
        assert check_rendered(text, "870", "004010", STAR) == []


def inquiry(*body: str) -> tuple[StatusInquiry | None, list[str]]:
    segments = split(counted("869", "0001", body))
    found, issues = t869_status_inquiry.read(segments, delimiters=STAR, version="004010")
    return found, [issue.message for issue in issues]


def test_an_869_names_orders_and_lines() -> None:
    found, issues = inquiry(
        "BSI*INQ1*20260304*PP*SP",
        *("HL*1**O*1", "PRF*PO1*R1**20260302", "HL*2*1*I*0", "LIN*2*VN*B2", "LIN*UP*7890"),
        *("HL*3**O*0", "PRF*PO2"),
    )
    lines = (AskedLine("2", (("VN", "B2"),)), AskedLine("", (("UP", "7890"),)))
    orders = (AskedOrder("PO1", "R1", lines), AskedOrder("PO2", ""))
    assert found == StatusInquiry(reference="INQ1", scope="PP", orders=orders)
    assert issues == []


def test_an_869_of_an_unknown_scope_is_answered_as_well_as_it_can_be() -> None:
    found, issues = inquiry("BSI*INQ1*20260304*XX", "HL*1**O*0", "PRF*PO1")
    assert found is not None
    assert found.scope == "PA"
    assert issues == ["BSI03 is no scope we know; answered as PA"]


def test_an_869_is_narrowed_by_products_days_and_stores_where_it_says_so() -> None:
    levels = (
        *("HL*1**O*0", "DTM*010*20260302", "DTM*002****RD8*20260305-20260309", "DTM*206*20260301"),
        *("LIN*1*VN*B2", "REF*IA*7", "DTM*010*20200101", "N1*ST*STORE ONE*92*S1", "N1*SF*US*92*D"),
    )
    found, issues = inquiry("BSI*INQ1*20260304*CA*PD*SL", *levels)
    assert found == StatusInquiry(
        reference="INQ1",
        scope="CA",
        orders=(),
        lines=(AskedLine("1", (("VN", "B2"),)),),
        days=(
            AskedDays("ships", date(2026, 3, 2), date(2026, 3, 2)),
            AskedDays("arrives", date(2026, 3, 5), date(2026, 3, 9)),
        ),
        stores=("S1",),
    )
    assert issues == []
    found, issues = inquiry("BSI*INQ1*20260304*CA", *levels)
    assert found == StatusInquiry(reference="INQ1", scope="CA", orders=())
    assert issues == []


@pytest.mark.parametrize(
    ("codes", "told"),
    [
        ("SP", ["BSI04 selects products, but no LIN names one"]),
        ("SD", ["BSI04 selects dates, but no DTM names one of orders, shipping or arrival"]),
        ("*SL", ["BSI05 selects places of the buyer, but no N1 ST or BY has a code"]),
        ("*SB", ["BSI05 selects places of the supplier, which is not read"]),
    ],
)
def test_an_869_that_cannot_be_narrowed_is_answered_with_more_and_says_so(
    codes: str, told: list[str]
) -> None:
    found, issues = inquiry(f"BSI*INQ1*20260304*CA*{codes}", "HL*1**O*0", "DTM*206*20260301")
    assert found == StatusInquiry(reference="INQ1", scope="CA", orders=())
    assert issues == [f"{text}; more is answered than was asked" for text in told]


@pytest.mark.parametrize(
    "body",
    [
        ("HL*1**O*0", "PRF*PO1"),
        ("BSI*INQ1*20260304*PA", "HL*1**O*0"),
        ("BSI*INQ1*20260304*PA****01", "HL*1**O*0", "PRF*PO1"),
    ],
)
def test_an_869_that_asks_nothing_is_refused(body: tuple[str, ...]) -> None:
    found, issues = inquiry(*body)
    assert found is None
    assert issues


@given(text=st.sampled_from("=+-@\t\r\n") | st.text(max_size=3), rest=st.text(max_size=10))
def test_no_value_of_the_table_is_a_formula_and_all_of_it_is_there(text: str, rest: str) -> None:
    value = text + rest
    part = StatusPart("SH", "shipped", Decimal(2), tracking=(value,))
    line = StatusLine(value, ((value, value),), value, Decimal(2), value, (part,))
    status = OrderStatus(value, value, None, "SO1", "CC", "shipped", (line,))
    (row,) = csv.DictReader(
        io.StringIO(status_csv.write([status], at=NOW).decode(), newline=""), strict=True
    )
    for told in row.values():
        assert not told.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert row["description"].removeprefix("'") == value.removeprefix("'")
    assert tuple(row) == status_csv.COLUMNS


def test_every_word_of_ours_has_one_for_customers() -> None:
    assert set(STATUS) == set(Status)
    assert set(UNITS) == set(Place)
    assert set(HOLDS) == set(HoldKind)
    assert set(EXCEPTIONS) <= set(KINDS)
    assert all(words.customer for words in (*STATUS.values(), *UNITS.values()))


def test_a_hold_tells_a_customer_what_is_looked_at_once() -> None:
    kinds = (HoldKind.PRICE, HoldKind.CREDIT, HoldKind.MANUAL)
    assert held_words(kinds) == "price is being checked, being reviewed"
    assert held_words(()) == "being reviewed"


def test_a_tracking_number_becomes_a_link_that_leads_nowhere_else() -> None:
    assert tracking_link("UPSN", "1Z 9&x=1") == (
        "https://www.ups.com/track?tracknum=1Z%209%26x%3D1"
    )
    assert tracking_link("BLBF", "1") == ""
    assert tracking_link("UPSN", "") == ""
    assert all(carrier.page.startswith("https://") for carrier in CARRIERS.values())
    assert carrier_name("ODFL", "") == "Old Dominion"
    assert carrier_name("ODFL", "THEIR NAME") == "THEIR NAME"
