"""Meaning of the sets: what is read of them, and that what we write, we read again the same."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oms_edi.domain.documents import (
    AcknowledgedLine,
    Acknowledgment,
    AdviceLine,
    ChangeAnswer,
    ChangedLine,
    LineAnswer,
    NoticeItem,
    NoticePack,
    PurchaseLine,
    PurchaseOrder,
    ShipNotice,
    ShippingAdvice,
    ShippingOrder,
    ShippingOrderLine,
)
from oms_edi.domain.issue import Issue, Severity
from oms_edi.domain.item import check_digit
from oms_edi.domain.message import OrderMessage, Purpose
from oms_edi.domain.party import Party
from oms_edi.pipeline.frame.outgoing import FUNCTIONAL_ID
from oms_edi.transactions import (
    t850_purchase_order,
    t855_acknowledgment,
    t856_ship_notice,
    t865_change_acknowledgment,
    t940_shipping_order,
    t945_shipping_advice,
)
from oms_edi.x12.envelope import Delimiters
from oms_edi.x12.write import OutSegment, SetOut, render_set
from tests.support.edi import x850
from tests.support.partner import read_850, read_855, read_856, read_865
from tests.support.rendered import check_rendered

STAR = Delimiters()
VERSIONS = pytest.mark.parametrize("version", ["004010", "005010"])


def split(text: str) -> list[list[str]]:
    return [segment.split("*") for segment in text.split("~") if segment]


def read_order(text: str) -> tuple[OrderMessage | None, list[Issue]]:
    return t850_purchase_order.read(split(text), delimiters=STAR, version="004010")


def order(text: str) -> OrderMessage:
    found, _ = read_order(text)
    assert found is not None
    return found


def rendered(set_id: str, body: Sequence[OutSegment]) -> str:
    return render_set(SetOut(set_id=set_id, control_number="0001", body=body), STAR)


# The 850.


def test_every_value_of_an_order_is_where_it_belongs() -> None:
    header = [
        "CUR*BY*USD",
        "REF*IA*44871",
        "DTM*010*20260305",
        "DTM*037*20260304",
        "DTM*038*20260312",
        "DTM*002*20260315",
        "DTM*001*20260401",
        "TD5*****UPS GROUND",
        "N9*ZZ**NOTES",
        "MSG*RING TWICE",
    ]
    found = order(
        x850("PO-7", "01*12*CA*48.00*PE*VN*A1*UP*789012001013~PID*F****MUG", header=header)
    )
    assert found == OrderMessage(
        purpose=Purpose.ORIGINAL,
        po_number="PO-7",
        order_type="SA",
        ordered_on=date(2026, 3, 2),
        currency="USD",
        parties=(Party(role="ST", name="STORE ONE", id_qualifier="92", id_code="S1"),),
        ship_on=date(2026, 3, 5),
        not_before=date(2026, 3, 4),
        not_after=date(2026, 3, 12),
        deliver_by=date(2026, 3, 15),
        cancel_after=date(2026, 4, 1),
        references=(("IA", "44871"),),
        routing="UPS GROUND",
        notes=("NOTES", "RING TWICE"),
        lines=found.lines,
    )
    (read,) = found.lines
    assert (read.buyer_line, read.quantity, read.unit) == ("01", Decimal(12), "CA")
    assert (read.unit_price, read.price_basis, read.description) == (Decimal("48.00"), "PE", "MUG")
    assert read.items == (("VN", "A1"), ("UP", "789012001013"))


@pytest.mark.parametrize(
    ("code", "purpose"),
    [("00", "original"), ("06", "original"), ("01", "cancel"), ("04", "change"), ("05", "replace")],
)
def test_beg01_says_what_the_order_is_for(code: str, purpose: str) -> None:
    assert order(x850(beg=f"BEG*{code}*SA*PO1**20260302")).purpose == purpose


def test_a_street_in_n2_is_a_street() -> None:
    ship_to = "N1*ST*SHOP*92*S1~N2*12 MAIN ST~N4*TULSA*OK*74133*US"
    (party,) = order(x850(ship_to=ship_to)).parties
    assert (party.street, party.city, party.country) == (("12 MAIN ST",), "TULSA", "US")


def test_six_digits_are_a_date() -> None:
    assert order(x850(beg="BEG*00*SA*PO1**990302")).ordered_on == date(1999, 3, 2)


def test_segments_we_do_not_read_are_kept() -> None:
    found = order(x850("PO1", "1*5*EA*4.00**VN*A1~SAC*A*C310***100", header=["ITD*01*3*2"]))
    assert found.kept == ("ITD*01*3*2",)
    assert found.lines[0].kept == ("SAC*A*C310***100",)


@pytest.mark.parametrize("quantity", ["0", "-5", "", "X", "1E5", "9999999999"])
def test_a_line_without_a_usable_quantity_is_left_out_and_named(quantity: str) -> None:
    found, issues = read_order(x850("PO1", "1*3*EA***VN*A1", f"2*{quantity}*EA***VN*B2"))
    assert found is not None
    assert [line.buyer_line for line in found.lines] == ["1"]
    assert [(i.segment, i.element, i.code) for i in issues] == [("PO1", 2, "6")]


def test_an_order_of_which_no_line_can_be_read_is_rejected() -> None:
    found, issues = read_order(x850("PO1", "1*X*EA***VN*A1"))
    assert found is None
    assert issues[-1].severity is Severity.REJECT


def test_a_wrong_line_count_is_only_a_note() -> None:
    _, issues = read_order(x850("PO1").replace("CTT*1", "CTT*7"))
    assert [(i.segment, i.severity) for i in issues] == [("CTT", Severity.NOTE)]


def test_line_dates_and_line_ship_tos_are_destinations_of_the_line() -> None:
    line = "1*5*EA***VN*A1~DTM*002*20260320~N1*ST*SHOP*92*S7"
    (share,) = order(x850("PO1", line)).lines[0].destinations
    assert (share.requested_on, share.ship_to) == (
        date(2026, 3, 20),
        Party(role="ST", name="SHOP", id_qualifier="92", id_code="S7"),
    )


# What we write.

TEXT = st.text("ABCDEFGH 0123456789-.", min_size=1, max_size=20).map(str.strip).filter(bool)
CODE = st.text("ABCDEFGH0123456789", min_size=2, max_size=12)
DAYS = st.dates(date(2020, 1, 1), date(2039, 12, 31))
UNITS = st.integers(1, 99_999).map(Decimal)
REFERENCES = st.tuples(st.sampled_from(["IA", "DP"]), CODE)
ITEMS = st.lists(st.tuples(st.sampled_from(["VN", "UP", "IN"]), CODE), min_size=1, max_size=2)


@st.composite
def parties(draw: st.DrawFn, role: str) -> Party:
    place = draw(st.booleans())
    return Party(
        role=role,
        name=draw(TEXT),
        id_qualifier="92",
        id_code=draw(CODE),
        street=(draw(TEXT),) if place else (),
        city=draw(st.text("ABCDEFGH", min_size=2, max_size=20)) if place else "",
        state="TX" if place else "",
        postal_code="75201" if place else "",
        country="US" if place else "",
    )


@st.composite
def shipping_orders(draw: st.DrawFn) -> ShippingOrder:
    count = draw(st.integers(1, 5))
    return ShippingOrder(
        status="N",
        depositor_order=draw(CODE),
        po_number=draw(CODE),
        ship_to=draw(parties("ST")),
        warehouse=Party(role="WH", name="W", id_qualifier="91", id_code="DAL"),
        depositor=Party(role="DE", name="D", id_qualifier="91", id_code="US"),
        ordered_on=draw(DAYS),
        ship_on=draw(st.none() | DAYS),
        deliver_by=draw(st.none() | DAYS),
        cancel_after=draw(st.none() | DAYS),
        references=tuple(
            draw(st.lists(st.tuples(st.sampled_from(["IA", "DP"]), CODE), max_size=3))
        ),
        notes=tuple(draw(st.lists(TEXT, max_size=2))),
        carrier_name=draw(st.just("") | TEXT),
        scac=draw(st.sampled_from(["", "BLBF"])),
        lines=tuple(
            ShippingOrderLine(
                number=number,
                quantity=draw(UNITS),
                unit="EA",
                items=tuple(draw(ITEMS)),
                description=draw(st.just("") | TEXT),
                buyer_item=draw(st.just("") | CODE),
            )
            for number in range(1, count + 1)
        ),
    )


@VERSIONS
@settings(max_examples=150, deadline=None)
@given(value=shipping_orders())
def test_a_940_is_read_as_it_was_written_and_passes_its_guide(
    version: str, value: ShippingOrder
) -> None:
    text = rendered("940", t940_shipping_order.write(value, version=version))
    assert check_rendered(text, "940", version, STAR) == []
    again, issues = t940_shipping_order.read(split(text), delimiters=STAR, version=version)
    assert issues == []
    assert again == value


def sscc(number: int) -> str:
    digits = f"00789012{number:09d}"
    return digits + check_digit(digits)


#: Packs of a line as MAN segments can tell them.
MARKED = [
    (),
    ((sscc(1), ""),),
    (("", "1Z1"),),
    ((sscc(1), "1Z1"), (sscc(2), "1Z2")),
    ((sscc(1), ""), (sscc(2), ""), (sscc(3), "")),
    (("", "1Z1"), ("", "1Z2")),
]


@st.composite
def advices(draw: st.DrawFn) -> ShippingAdvice:
    lines = tuple(
        AdviceLine(
            status=draw(st.sampled_from(["CC", "CP", "BP"])),
            ordered=(ordered := draw(UNITS)),
            shipped=Decimal(draw(st.integers(0, int(ordered)))),
            unit="EA",
            items=tuple(draw(ITEMS)[:1]),
            reason=draw(st.sampled_from(["", "01"])),
            packs=draw(st.sampled_from(MARKED)),
        )
        for _ in range(draw(st.integers(1, 4)))
    )
    return ShippingAdvice(
        depositor_order=draw(CODE),
        warehouse_shipment=draw(CODE),
        po_number=draw(CODE),
        shipped_on=draw(DAYS),
        carrier_name=draw(TEXT),
        scac="BLBF",
        transport="M",
        bill_of_lading=draw(CODE),
        tracking=draw(CODE),
        lines=lines,
        total_shipped=sum((line.shipped for line in lines), Decimal(0)),
        weight=draw(UNITS),
        cartons=draw(st.integers(1, 99)),
    )


@VERSIONS
@settings(max_examples=150, deadline=None)
@given(value=advices())
def test_a_945_is_read_as_it_was_written_and_passes_its_guide(
    version: str, value: ShippingAdvice
) -> None:
    warehouse = Party(role="WH", name="W", id_qualifier="91", id_code="DAL")
    depositor = Party(role="DE", name="D", id_qualifier="91", id_code="US")
    body = t945_shipping_advice.write(
        value, version=version, warehouse=warehouse, depositor=depositor
    )
    text = rendered("945", body)
    assert check_rendered(text, "945", version, STAR) == []
    again, issues = t945_shipping_advice.read(split(text), delimiters=STAR, version=version)
    assert issues == []
    assert again == value


ANSWER = Acknowledgment(
    purpose="00",
    kind="AC",
    po_number="PO1",
    release_number="",
    ordered_on=date(2026, 3, 2),
    order_id="SO100001",
    acknowledged_on=date(2026, 3, 2),
    references=(("IA", "44871"),),
    ship_to=Party(role="ST", name="CAFÉ *", id_qualifier="92", id_code="S1"),
    lines=(
        AcknowledgedLine(
            buyer_line="01",
            quantity=Decimal("12.5"),
            unit="EA",
            unit_price=Decimal("4.00"),
            price_basis="PE",
            items=(("VN", "A1"),),
            answers=(
                LineAnswer(status="IA", quantity=Decimal(10), on=date(2026, 3, 5)),
                LineAnswer(status="IB", quantity=Decimal("2.5")),
            ),
        ),
    ),
)


@VERSIONS
def test_an_855_says_each_part_of_a_line_and_passes_its_guide(version: str) -> None:
    text = rendered("855", t855_acknowledgment.write(ANSWER, version=version))
    assert check_rendered(text, "855", version, STAR) == []
    found = split(text)
    assert ["PO1", "01", "12.5", "EA", "4", "PE", "VN", "A1"] in found
    assert ["ACK", "IA", "10", "EA", "068", "20260305"] in found
    assert ["ACK", "IB", "2.5", "EA"] in found
    assert ["N1", "ST", "CAFE", "92", "S1"] in found


PRICES = st.decimals(Decimal("0.01"), Decimal(9999), places=2).map(Decimal.normalize)


@st.composite
def acknowledgments(draw: st.DrawFn) -> Acknowledgment:
    def line(number: int) -> AcknowledgedLine:
        answers = tuple(
            LineAnswer(
                status=draw(st.sampled_from(["IA", "IQ", "IB", "IR", "IP"])),
                quantity=draw(UNITS),
                on=draw(st.none() | DAYS),
            )
            for _ in range(draw(st.integers(1, 3)))
        )
        price = draw(st.none() | PRICES)
        return AcknowledgedLine(
            buyer_line=str(number),
            quantity=sum((answer.quantity for answer in answers), Decimal(0)),
            unit="EA",
            unit_price=price,
            price_basis=draw(st.sampled_from(["", "PE"])) if price else "",
            items=tuple(draw(ITEMS)),
            answers=answers,
        )

    return Acknowledgment(
        purpose=draw(st.sampled_from(["00", "05"])),
        kind=draw(st.sampled_from(["AD", "AC", "RD", "AH"])),
        po_number=draw(CODE),
        release_number=draw(st.just("") | CODE),
        ordered_on=draw(DAYS),
        order_id=draw(CODE),
        acknowledged_on=draw(DAYS),
        references=tuple(draw(st.lists(REFERENCES, max_size=3))),
        ship_to=draw(st.none() | parties("ST")),
        lines=tuple(line(number) for number in range(1, draw(st.integers(1, 4)) + 1)),
    )


@VERSIONS
@settings(max_examples=150, deadline=None)
@given(value=acknowledgments())
def test_an_855_is_read_as_it_was_written_and_passes_its_guide(
    version: str, value: Acknowledgment
) -> None:
    text = rendered("855", t855_acknowledgment.write(value, version=version))
    assert check_rendered(text, "855", version, STAR) == []
    assert read_855(split(text)) == value


@st.composite
def change_answers(draw: st.DrawFn) -> ChangeAnswer:
    def line(number: int) -> ChangedLine:
        quantity = draw(st.none() | UNITS)
        price = draw(st.none() | PRICES)
        told = draw(st.none() | DAYS)
        answers = st.builds(
            LineAnswer,
            status=st.sampled_from(["IA", "IQ", "IR", "ID", "DR"]),
            quantity=UNITS,
            on=st.just(told),
            date_qualifier=st.sampled_from(["068", "069"]) if told else st.just("068"),
        )
        return ChangedLine(
            buyer_line=str(number),
            code=draw(st.sampled_from(["AI", "CA", "DI", "PC", "QD", "QI"])),
            quantity=quantity,
            unit="" if quantity is None else "EA",
            unit_price=price,
            price_basis=draw(st.sampled_from(["", "PE"])) if price else "",
            items=tuple(draw(ITEMS)),
            answers=() if quantity is None else tuple(draw(st.lists(answers, max_size=3))),
        )

    return ChangeAnswer(
        purpose=draw(st.sampled_from(["00", "05"])),
        kind=draw(st.sampled_from(["AT", "AC", "RD", "RJ"])),
        po_number=draw(CODE),
        release_number=draw(st.just("") | CODE),
        sequence=draw(st.sampled_from(["", "1", "12"])),
        ordered_on=draw(DAYS),
        order_id=draw(st.just("") | CODE),
        answered_on=draw(DAYS),
        changed_on=draw(st.none() | DAYS),
        references=tuple(draw(st.lists(REFERENCES, max_size=3))),
        dates=tuple(draw(st.lists(st.tuples(st.sampled_from(["002", "010"]), DAYS), max_size=2))),
        ship_to=draw(st.none() | parties("ST")),
        lines=tuple(line(number) for number in range(1, draw(st.integers(0, 4)) + 1)),
    )


@VERSIONS
@settings(max_examples=150, deadline=None)
@given(value=change_answers())
def test_an_865_is_read_as_it_was_written_and_passes_its_guide(
    version: str, value: ChangeAnswer
) -> None:
    text = rendered("865", t865_change_acknowledgment.write(value, version=version))
    assert check_rendered(text, "865", version, STAR) == []
    assert read_865(split(text)) == value


@st.composite
def purchase_orders(draw: st.DrawFn) -> PurchaseOrder:
    def named(role: str) -> Party:
        return Party(role=role, name=draw(TEXT), id_qualifier="92", id_code=draw(CODE))

    return PurchaseOrder(
        order_type=draw(st.sampled_from(["SA", "DS"])),
        po_number=draw(CODE),
        ordered_on=draw(DAYS),
        buyer=named("BY"),
        supplier=named("VN"),
        ship_to=draw(parties("ST")),
        ship_on=draw(st.none() | DAYS),
        deliver_by=draw(st.none() | DAYS),
        cancel_after=draw(st.none() | DAYS),
        references=tuple(draw(st.lists(REFERENCES, max_size=3))),
        notes=tuple(draw(st.lists(TEXT, max_size=3))),
        scac=draw(st.sampled_from(["", "BLBF"])),
        carrier_name=draw(st.just("") | TEXT),
        lines=tuple(
            PurchaseLine(number, draw(UNITS), "EA", draw(PRICES), tuple(draw(ITEMS)), description)
            for number in range(1, draw(st.integers(1, 4)) + 1)
            for description in [draw(st.just("") | TEXT)]
        ),
    )


@VERSIONS
@settings(max_examples=150, deadline=None)
@given(value=purchase_orders())
def test_an_850_of_ours_is_read_as_it_was_written_and_passes_its_guide(
    version: str, value: PurchaseOrder
) -> None:
    text = rendered("850", t850_purchase_order.write(value, version=version))
    assert check_rendered(text, "850", version, STAR) == []
    assert read_850(split(text)) == value
    message, issues = t850_purchase_order.read(split(text), delimiters=STAR, version=version)
    assert issues == []
    assert message is not None
    assert message.party("ST") == value.ship_to
    assert [(line.quantity, line.unit_price, line.items) for line in message.lines] == [
        (line.quantity, line.cost, line.items) for line in value.lines
    ]


@st.composite
def notices(draw: st.DrawFn) -> ShipNotice:
    def item(number: int) -> NoticeItem:
        return NoticeItem(
            buyer_line=str(number),
            items=tuple(draw(ITEMS)),
            shipped=draw(UNITS),
            unit="EA",
            ordered=draw(st.none() | UNITS),
        )

    return ShipNotice(
        shipment=draw(CODE),
        created_at=datetime.combine(draw(DAYS), draw(st.times()), tzinfo=UTC).replace(
            second=0, microsecond=0
        ),
        shipped_on=draw(DAYS),
        expected_on=draw(st.none() | DAYS),
        structure="0001",
        po_number=draw(CODE),
        release_number=draw(st.just("") | CODE),
        ordered_on=draw(st.none() | DAYS),
        references=tuple(draw(st.lists(REFERENCES, max_size=2))),
        ship_from=draw(parties("SF")),
        ship_to=draw(parties("ST")),
        scac=draw(st.sampled_from(["", "BLBF"])),
        carrier_name=draw(st.just("") | TEXT.filter(lambda text: len(text) > 1)),
        transport=draw(st.sampled_from(["", "M"])),
        bill_of_lading=draw(st.just("") | CODE),
        tracking=draw(st.just("") | CODE),
        weight=draw(st.none() | UNITS),
        packs=tuple(
            NoticePack(
                sscc=sscc(number),
                tracking=draw(st.just("") | CODE),
                items=tuple(item(n) for n in range(1, draw(st.integers(1, 3)) + 1)),
            )
            for number in range(1, draw(st.integers(1, 4)) + 1)
        ),
    )


@VERSIONS
@settings(max_examples=150, deadline=None)
@given(value=notices())
def test_an_856_is_read_as_it_was_written_and_passes_its_guide(
    version: str, value: ShipNotice
) -> None:
    text = rendered("856", t856_ship_notice.write(value, version=version))
    assert check_rendered(text, "856", version, STAR) == []
    assert read_856(split(text)) == value


def notice(structure: str) -> ShipNotice:
    item = NoticeItem(
        buyer_line="01", items=(("VN", "A1"),), shipped=Decimal(6), unit="EA", ordered=Decimal(18)
    )
    return ShipNotice(
        shipment="SO100001-1-1",
        created_at=datetime(2026, 3, 3, 15, tzinfo=UTC),
        shipped_on=date(2026, 3, 3),
        expected_on=date(2026, 3, 6),
        structure=structure,
        po_number="PO1",
        release_number="",
        ordered_on=date(2026, 3, 2),
        references=(),
        ship_from=Party(role="SF", name="DALLAS", city="DALLAS", state="TX", postal_code="75201"),
        ship_to=Party(role="ST", name="STORE", id_qualifier="92", id_code="S1"),
        scac="BLBF",
        carrier_name="BLUEBIRD",
        transport="M",
        bill_of_lading="B1",
        tracking="T1",
        weight=Decimal("12.5"),
        packs=tuple(
            NoticePack(sscc=sscc(number), tracking="T1", items=(item,)) for number in (1, 2, 3)
        ),
    )


@VERSIONS
@pytest.mark.parametrize(
    ("structure", "levels"),
    [("0001", "SOPIPIPI"), ("0002", "SOIPPP"), ("0004", "SOI")],
)
def test_an_856_has_its_levels_in_order_and_passes_its_guide(
    version: str, structure: str, levels: str
) -> None:
    text = rendered("856", t856_ship_notice.write(notice(structure), version=version))
    assert check_rendered(text, "856", version, STAR) == []
    found = split(text)
    hls = [segment for segment in found if segment[0] == "HL"]
    assert "".join(hl[3] for hl in hls) == levels
    assert [hl[1] for hl in hls] == [str(n) for n in range(1, len(hls) + 1)]
    assert all(int(hl[2] or 0) < int(hl[1]) for hl in hls)
    units = sum(int(segment[2]) for segment in found if segment[0] == "SN1")
    assert units == 18


def test_a_945_without_anything_to_match_it_by_is_rejected() -> None:
    found, issues = t945_shipping_advice.read(
        split("ST*945*0001~W06*F~W03*1~SE*4*0001~"), delimiters=STAR, version="004010"
    )
    assert found is None
    assert issues[0].severity is Severity.REJECT


def test_a_wrong_label_is_no_label() -> None:
    text = f"ST*945*0001~W06*F*D1~LX*1~MAN*GM*00{sscc(1)[:-1]}X~W12*CC*1*1*0*EA**VN*A1~SE*6*0001~"
    found, _ = t945_shipping_advice.read(split(text), delimiters=STAR, version="004010")
    assert found is not None
    assert found.lines[0].packs == ()


@pytest.mark.parametrize(
    "marks",
    [
        f"MAN*GM*00{sscc(1)}**CP*1Z1~MAN*GM*00{sscc(2)}**CP*1Z2",
        f"MAN*GM*00{sscc(1)}~MAN*CP*1Z1~MAN*GM*{sscc(2)}~MAN*CP*1Z2",
        f"MAN*AA*{sscc(1)}~MAN*AA*{sscc(2)}~MAN*CP*1Z1~MAN*CP*1Z2",
        f"MAN*CP*1Z1~MAN*GM*00{sscc(1)}~MAN*CP*1Z2~MAN*GM*00{sscc(2)}",
        f"MAN*GM*00{sscc(1)}**CN*1Z1~MAN*ZZ*BLBF**GM*00{sscc(2)}~N9*2I*1Z2",
    ],
)
def test_all_labels_of_a_line_are_read_in_whatever_order(marks: str) -> None:
    text = f"ST*945*0001~W06*F*D1~LX*1~{marks}~W12*CC*2*2*0*EA**VN*A1~N9*2I*9~SE*8*0001~"
    found, _ = t945_shipping_advice.read(split(text), delimiters=STAR, version="004010")
    assert found is not None
    assert found.lines[0].packs == ((sscc(1), "1Z1"), (sscc(2), "1Z2"))


def test_a_945_that_marks_its_second_line_in_the_same_group_marks_that_line_only() -> None:
    first, second = (
        f"MAN*GM*00{sscc(number)}~W12*CC*1*1*0*EA**VN*{item}~"
        for number, item in ((1, "A1"), (2, "B2"))
    )
    text = f"ST*945*0001~W06*F*D1~LX*1~{first}{second}SE*8*0001~"
    found, _ = t945_shipping_advice.read(split(text), delimiters=STAR, version="004010")
    assert found is not None
    assert [line.packs for line in found.lines] == [((sscc(1), ""),), ((sscc(2), ""),)]


def test_every_set_that_leaves_is_read_back_in_a_test() -> None:
    text = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    found = set(re.findall(r"test_an?_(\d{3})\w*_is_read_as_it_was_written", text))
    assert found >= FUNCTIONAL_ID.keys() - {"997", "999"}  # test_x12_answers_come_back
