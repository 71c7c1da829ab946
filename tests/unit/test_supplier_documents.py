"""What suppliers write: 855 and 856 read back, and what an answer means for what was bought."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oms_edi.domain.documents import (
    AcknowledgedLine,
    Acknowledgment,
    LineAnswer,
    NoticeItem,
    NoticePack,
    PurchaseLine,
    PurchaseOrder,
    ShipNotice,
    SupplierAnswer,
)
from oms_edi.domain.item import check_digit
from oms_edi.domain.party import Party
from oms_edi.pipeline.shipping.supplier_answer import Answer, Asked, read_answer, strangers
from oms_edi.transactions import (
    t850_purchase_order,
    t855_acknowledgment,
    t856_ship_notice,
    t856_supplier_notice,
)
from oms_edi.x12.envelope import Delimiters, Segment

DELIMITERS = Delimiters(element="*", component=">", repetition="", segment="~")
DAY = date(2026, 3, 2)
ITEMS = (("VN", "S-1"), ("BP", "A1"))


def wide(body: Sequence[Sequence[object]]) -> list[Segment]:
    """A body as it is read back: every segment a list of texts."""
    return [[str(part) for part in segment] for segment in body]


def asked(units: int = 40, number: int = 1) -> Asked:
    names = frozenset({"S-1", "A1"})
    return Asked(7, number, "A1", names, units, {"EA": 1, "CA": 12})


def line(
    *answers: LineAnswer, quantity: int = 40, unit: str = "EA", **how: object
) -> AcknowledgedLine:
    base = {
        "buyer_line": "1",
        "quantity": Decimal(quantity),
        "unit": unit,
        "unit_price": None,
        "price_basis": "",
        "items": ITEMS,
        "answers": answers,
    }
    return AcknowledgedLine(**{**base, **how})  # type: ignore[arg-type]


def said(*lines: AcknowledgedLine, kind: str = "AC") -> SupplierAnswer:
    return SupplierAnswer(kind=kind, po_number="SO1-1", their_order="", lines=lines)


def only(answer: SupplierAnswer, units: int = 40) -> Answer | None:
    return read_answer(answer, [asked(units)])[7]


def test_an_855_is_read_as_it_was_written() -> None:
    lines = (
        AcknowledgedLine(
            "1", Decimal(40), "EA", Decimal("1.25"), "PE", ITEMS,
            (LineAnswer("IA", Decimal(30), DAY), LineAnswer("IB", Decimal(10), DAY, "069")),
        ),
        AcknowledgedLine("2", Decimal(5), "EA", None, "", ITEMS, (LineAnswer("IR", Decimal(5)),)),
    )  # fmt: skip
    value = Acknowledgment(
        purpose="00", kind="AC", po_number="SO100001-1", release_number="", ordered_on=DAY,
        order_id="T9", acknowledged_on=DAY, lines=lines,
    )  # fmt: skip
    body = wide(t855_acknowledgment.write(value, version="004010"))
    found, issues = t855_acknowledgment.read(body, delimiters=DELIMITERS, version="004010")
    assert issues == []
    assert found is not None
    assert (found.kind, found.po_number, found.their_order) == ("AC", "SO100001-1", "T9")
    first, second = found.lines
    assert first == lines[0]
    assert second.answers == (LineAnswer("IR", Decimal(5), None, ""),)


@pytest.mark.parametrize(
    ("segments", "element"),
    [
        ([["BAK", "00", "AC", "PO"], ["PO1", "1", "5", "EA"], ["ACK", "IA", "x"]], 2),
        ([["BAK", "00", "AC", "PO"], ["PO1", "1", "5", "EA"], ["ACK", "IA", "5", "CA"]], 3),
        (
            [
                ["BAK", "00", "AC", "PO"],
                ["PO1", "1", "5", "EA"],
                ["ACK", "IA", "5", "EA", "068", "1"],
            ],
            5,
        ),
    ],
)
def test_an_ack_that_cannot_be_right_is_named(segments: list[Segment], element: int) -> None:
    found, issues = t855_acknowledgment.read(segments, delimiters=DELIMITERS, version="004010")
    assert found is not None
    assert [issue.element for issue in issues] == [element]


def test_an_855_of_no_order_is_refused() -> None:
    for segments in ([], [["BAK", "00", "AC"]]):
        found, issues = t855_acknowledgment.read(segments, delimiters=DELIMITERS, version="")
        assert found is None
        assert issues[0].segment == "BAK"


@pytest.mark.parametrize("version", ["004010", "005010"])
def test_a_supplier_reads_our_850_as_we_mean_it(version: str) -> None:
    value = PurchaseOrder(
        order_type="DS", po_number="SO100001-1", ordered_on=DAY, buyer=Party("BY", "WE"),
        supplier=Party("VN", "THEY"), ship_to=Party("ST", "JO", street=("1 A ST",), city="TULSA",
        state="OK", postal_code="74133"), ship_on=DAY, deliver_by=None, cancel_after=DAY,
        references=(("CO", "4711"),), notes=("leave at the door",), scac="BLBF",
        carrier_name="BLUEBIRD",
        lines=(PurchaseLine(1, Decimal(40), "EA", Decimal("0.8000"), ITEMS, "A THING"),),
    )  # fmt: skip
    body = wide(t850_purchase_order.write(value, version=version))
    order, issues = t850_purchase_order.read(body, delimiters=DELIMITERS, version=version)
    assert issues == []
    assert order is not None
    assert (order.po_number, order.order_type) == ("SO100001-1", "DS")
    assert order.references[0] == ("CO", "4711")
    assert order.party("ST") == value.ship_to
    (one,) = order.lines
    assert (one.quantity, one.unit_price, one.items) == (Decimal(40), Decimal("0.8"), ITEMS)
    assert any("leave at the door" in note for note in order.notes)


def notice(structure: str) -> ShipNotice:
    def pack(serial: int, units: int) -> NoticePack:
        digits = f"00789014{serial:09d}"
        item = NoticeItem(
            buyer_line="1", items=ITEMS, shipped=Decimal(units), unit="EA", ordered=Decimal(40)
        )
        return NoticePack(sscc=digits + check_digit(digits), tracking=f"1Z{serial}", items=(item,))

    return ShipNotice(
        shipment="L1", created_at=datetime(2026, 3, 3, 12, tzinfo=UTC), shipped_on=date(2026, 3, 3),
        expected_on=None, structure=structure, po_number="SO100001-1", release_number="",
        ordered_on=DAY, references=(), ship_from=Party("SF", "S"), ship_to=Party("ST", "T"),
        scac="PRTL", carrier_name="PRAIRIE", transport="M", bill_of_lading="B1", tracking="P1",
        weight=Decimal(9), packs=(pack(1, 30), pack(2, 10)),
    )  # fmt: skip


@pytest.mark.parametrize("structure", ["0001", "0002", "0004"])
def test_an_856_of_any_structure_says_what_left(structure: str) -> None:
    body = wide(t856_ship_notice.write(notice(structure), version="004010"))
    found, issues = t856_supplier_notice.read(body, delimiters=DELIMITERS, version="004010")
    assert issues == []
    assert found is not None
    (advice,) = found
    assert (advice.depositor_order, advice.warehouse_shipment) == ("SO100001-1", "L1")
    assert (advice.scac, advice.carrier_name) == ("PRTL", "PRAIRIE")
    assert (advice.bill_of_lading, advice.tracking) == ("B1", "P1")
    assert advice.shipped_on == date(2026, 3, 3)
    assert sum(one.shipped for one in advice.lines) == 40
    labeled = dict(pack for one in advice.lines for pack in one.packs)
    expected = {one.sscc: one.tracking for one in notice("0001").packs}
    assert labeled == ({} if structure == "0004" else expected)
    assert all(one.status == "" for one in advice.lines)


def test_labels_of_packs_may_stand_in_ref() -> None:
    body = []
    for segment in wide(t856_ship_notice.write(notice("0001"), version="004010")):
        if segment[0] == "MAN":
            body += [["REF", "GM", segment[2]], ["REF", "CN", segment[5]]]
        else:
            body.append(segment)
    found, _ = t856_supplier_notice.read(body, delimiters=DELIMITERS, version="004010")
    assert found is not None
    labeled = dict(pack for one in found[0].lines for pack in one.packs)
    assert labeled == {one.sscc: one.tracking for one in notice("0001").packs}


def test_the_status_of_a_line_goes_before_that_of_the_load() -> None:
    body = wide(t856_ship_notice.write(notice("0004"), version="004010"))
    for segment in body:
        if segment[0] == "TD5":
            segment += ["CC"]
        if segment[0] == "SN1":
            segment += ["", "BP"]
    found, _ = t856_supplier_notice.read(body, delimiters=DELIMITERS, version="004010")
    assert found is not None
    assert {one.status for one in found[0].lines} == {"BP"}


def test_levels_in_a_circle_end_and_orders_without_a_number_are_refused() -> None:
    circle: list[Segment] = [["BSN", "00", "X"], ["HL", "1", "2", "I"], ["HL", "2", "1", "P"]]
    found, issues = t856_supplier_notice.read(circle, delimiters=DELIMITERS, version="")
    assert found is None
    assert issues[0].segment == "PRF"
    body = [*circle, ["HL", "3", "", "O"], ["PRF", "A"], ["HL", "4", "", "O"], ["PRF", ""]]
    found, _ = t856_supplier_notice.read(body, delimiters=DELIMITERS, version="")
    assert found is None


def test_lines_are_found_by_number_and_item_or_by_item_alone() -> None:
    yes = LineAnswer("IA", Decimal(40))
    assert only(said(line(yes))) == Answer(confirmed=40)
    assert only(said(line(yes, buyer_line="00001"))) == Answer(confirmed=40)
    assert only(said(line(yes, buyer_line="10"))) == Answer(confirmed=40)
    assert only(said(line(yes, items=()))) == Answer(confirmed=40)
    other = said(line(yes, items=(("VN", "S-2"),)))
    assert only(other) is None
    assert len(strangers(other, [asked()])) == 1


def test_a_case_counts_as_what_is_in_it_and_no_part_of_a_unit_counts() -> None:
    cases = line(LineAnswer("IA", Decimal(2)), quantity=2, unit="CA", unit_price=Decimal("9.60"))
    assert only(said(cases), 24) == Answer(confirmed=24, price=Decimal("0.8"))
    assert only(said(line(LineAnswer("IA", Decimal("1.5"))))) is None
    assert only(said(line(LineAnswer("IA", Decimal(1)), unit="DZ"))) is None


STATUSES = ("IA", "IQ", "IP", "DR", "IB", "IR", "ID", "IH", "R2", "AC", "IS", "BP", "??")


@settings(deadline=None, max_examples=300)
@given(
    units=st.integers(1, 60),
    parts=st.lists(
        st.tuples(st.sampled_from(STATUSES), st.integers(0, 60), st.sampled_from((None, DAY))),
        max_size=4,
    ),
    kind=st.sampled_from(("AD", "AC", "RD", "AH", "??")),
)
def test_every_unit_bought_is_confirmed_waits_or_is_refused(
    units: int, parts: list[tuple[str, int, date | None]], kind: str
) -> None:
    answers = tuple(LineAnswer(code, Decimal(count), on, "068") for code, count, on in parts)
    found = only(said(line(*answers, quantity=units), kind=kind), units)
    assert found is not None
    assert found.confirmed >= 0
    assert found.waiting >= 0
    refused = units - found.confirmed - found.waiting
    assert refused >= 0
    assert bool(found.refusal) == (refused > 0)
    promised = sum(
        count
        for code, count, on in parts
        if code in ("IA", "IQ", "IP", "DR", "AC", "BP") or (code == "IB" and on)
    )
    if parts:
        assert found.confirmed == min(promised, units)
        assert found.over == max(0, promised - units)


@pytest.mark.parametrize(
    ("basis", "unit", "price", "one"),
    [
        ("HP", "EA", "1420", "14.20"),
        ("TP", "EA", "14200", "14.20"),
        ("PD", "EA", "170.40", "14.20"),
        ("PD", "CA", "170.40", "170.40"),  # a case is no piece: a dozen of what?
        ("PE", "EA", "14.20", "14.20"),
        ("", "EA", "14.20", "14.20"),
    ],
)
def test_a_price_of_several_is_read_as_that_of_one_and_written_as_it_came(
    basis: str, unit: str, price: str, one: str
) -> None:
    told = ["PO1", "1", "8", unit, price, basis, "VN", "S-1"]
    answer, issues = t855_acknowledgment.read(
        [["BAK", "00", "AD", "SO1-1", "20260302"], told], delimiters=DELIMITERS, version="004010"
    )
    assert answer is not None
    assert issues == []
    (read,) = answer.lines
    assert read.unit_price == Decimal(one)
    body = Acknowledgment(
        purpose="00",
        kind="AD",
        po_number="PO1",
        release_number="",
        ordered_on=DAY,
        order_id="SO1",
        acknowledged_on=DAY,
        references=(),
        ship_to=None,
        lines=(read,),
    )
    written = next(
        row for row in t855_acknowledgment.write(body, version="004010") if row[0] == "PO1"
    )
    assert Decimal(written[4]) == Decimal(price)
    assert written[5] == basis
