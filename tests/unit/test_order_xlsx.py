"""Order forms: what is read, every fault by its cell, and workbooks that are traps."""

import io
import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pytest

from oms_edi.channels.order_form import HEAD, LINE
from oms_edi.channels.order_xlsx import read
from oms_edi.channels.read_order import ReadOrder
from oms_edi.channels.xlsx_archive import Limits
from oms_edi.domain.issue import Issue, Severity
from oms_edi.partners.documents import XlsxSettings
from tests.support.form import GOOD, TABLE_ROW, filled, repacked, template

MIDNIGHT = datetime(2026, 3, 20)  # noqa: DTZ001 - a spreadsheet's times have no zone
LIMITS = Limits(unpacked_bytes=3_000_000, sheets=6)


def look(data: bytes, *, max_lines: int = 50) -> tuple[list[ReadOrder], list[Issue]]:
    return read(data, XlsxSettings(), LIMITS, max_lines=max_lines)


def orders(data: bytes) -> list[ReadOrder]:
    found, issues = look(data)
    assert issues == []
    return found


def test_a_filled_in_form_is_an_order() -> None:
    cells = {
        **GOOD,
        "B4": date(2026, 3, 2),
        "B8": MIDNIGHT,
        "B9": "2026-04-01",
        "B17": "ring twice",
        "D20": "ca",
        "A21": "7",
        "F21": "no plastic",
        "E21": 7.1 * 3,  # 21.299999999999997
    }
    (found,) = orders(filled(cells))
    message = found.message
    assert message is not None
    assert (message.po_number, message.notes) == ("F-1", ("ring twice",))
    assert str(message.ordered_on) == "2026-03-02"
    assert str(message.deliver_by) == "2026-03-20"
    assert str(message.cancel_after) == "2026-04-01"
    assert message.parties[0].id_code == "P1"
    first, second = message.lines
    assert (first.items, first.quantity, first.unit) == ((("VN", "A1"),), Decimal(10), "CA")
    assert first.unit_price == Decimal(4)
    assert (second.buyer_line, second.quantity, second.unit) == ("7", Decimal(6), "EA")
    assert (second.unit_price, second.notes) == (Decimal("21.3"), ("no plastic",))


def test_the_template_has_every_field_lists_to_choose_from_and_is_the_same_each_time() -> None:
    book = openpyxl.load_workbook(io.BytesIO(template()))
    form = book["Order"]
    assert [form.cell(row, 1).value for row in range(3, 3 + len(HEAD))] == [f.label for f in HEAD]
    assert [form.cell(TABLE_ROW, n).value for n in range(1, 1 + len(LINE))] == [
        field.label for field in LINE
    ]
    offered = [str(one.formula1) for one in form.data_validations.dataValidation]
    assert "=Items!$A$2:$A$2" in offered
    assert "=Places!$A$2:$A$2" in offered
    assert '"EA,CA"' in offered
    assert "Do not change the words" in str(list(book["Instructions"].values))
    assert template() == template()


def test_an_empty_form_is_no_order_and_the_filled_one_beside_it_is() -> None:
    found, issues = look(template())
    assert (found, str(issues[0])) == ([], "no form in it is filled in")
    (one,) = orders(filled({}, sheets={"Second": GOOD}))
    assert (one.po_number, one.place) == ("F-1", "sheet Second")


def test_rows_may_be_inserted_and_left_blank_and_numbers_stand_for_text() -> None:
    def change(book: Any) -> None:
        book["Order"].insert_rows(2, 3)
        book["Order"]["B6"] = 4711
        book["Order"]["B18"] = 74133

    cells = {**GOOD, "B21": None, "C21": None, "B25": 4720, "C25": 3}
    (found,) = orders(filled(cells, change=change))
    assert found.message is not None
    assert found.message.po_number == "4711"
    assert found.message.parties[0].postal_code == "74133"
    assert [line.items[0][1] for line in found.message.lines] == ["A1", "4720"]


def test_a_formula_counts_by_the_result_the_spreadsheet_kept() -> None:
    def result(name: str, part: bytes) -> bytes:
        if name == "xl/worksheets/sheet1.xml":
            return re.sub(
                rb"(<f>4\*3</f>)<v ?/>|(<f>4\*3</f><v></v>)", rb"<f>4*3</f><v>12</v>", part
            )
        return part

    (found,) = orders(repacked(filled({**GOOD, "C20": "=4*3"}), result))
    assert found.message is not None
    assert found.message.lines[0].quantity == 12


FAULTS: list[tuple[dict[str, Any], str, str]] = [
    ({"C20": "ten"}, "Order!C20", "a quantity above 0 such as 12 or 1.5; found 3 letters"),
    ({"C20": 0}, "Order!C20", "a quantity above 0"),
    ({"C20": -3}, "Order!C20", "a quantity above 0"),
    ({"C20": None}, "Order!C20", "is missing"),
    ({"C20": True}, "Order!C20", "found true or false"),
    ({"C20": "=1+1"}, "Order!C20", "found a formula without a result"),
    ({"C20": "#N/A"}, "Order!C20", "found an error of the spreadsheet"),
    ({"C20": date(2026, 3, 2)}, "Order!C20", "found a date; write it as text"),
    ({"C20": 1e300}, "Order!C20", "found a number"),
    ({"C20": 10**10}, "Order!C20", "found a number"),
    ({"E20": "4,25"}, "Order!E20", "a price such as 4.25"),
    ({"B20": None}, "Order!B20", "is missing"),
    ({"B20": 7.5}, "Order!B20", "found a number; write it as text"),
    ({"B20": 123456789012345678}, "Order!B20", "found a number; write it as text"),
    ({"B20": "7.9E+11"}, "Order!B20", "scientific notation"),
    ({"B3": None}, "Order!B3", "is missing"),
    ({"B3": "P\u0410"}, "Order!B3", "plain letters"),
    ({"B8": 1e9}, "Order!B8", "a day such as 2026-03-31; found an error of the spreadsheet"),
    ({"B8": True}, "Order!B8", "a day such as 2026-03-31; found true or false"),
    ({"B8": "20.03.2026"}, "Order!B8", "a day such as"),
    ({"B8": MIDNIGHT.replace(hour=15)}, "Order!B8", "found a day with a time"),
    ({"B11": "a\u202eb"}, "Order!B11", "U+202E"),
    ({"B11": "a\nb"}, "Order!B11", "U+000A"),
    ({"B15": 2134}, "Order!B15", "lost its leading zeros"),
    ({"B17": "x" * 501}, "Order!B17", "at most 500 characters"),
    ({"A20": "1", "A21": "1"}, "Order!A21", "the same line number stands at Order!A20"),
    ({"B20": None, "C20": None, "E20": None, "B21": None, "C21": None}, "Order", "is missing"),
    ({f"G{TABLE_ROW}": "Discount"}, f"Order!G{TABLE_ROW}", "is no column of the form"),
    ({f"B{TABLE_ROW}": "Artikel"}, "Order", "no table of lines"),
]


@pytest.mark.parametrize(("cells", "place", "told"), FAULTS, ids=range(len(FAULTS)))
def test_a_fault_is_named_by_its_cell_and_the_form_beside_it_is_taken(
    cells: dict[str, Any], place: str, told: str
) -> None:
    bad, good = orders(filled({**GOOD, **cells}, sheets={"Second": {**GOOD, "B3": "F-2"}}))
    assert bad.message is None
    assert bad.issues[0].place == place
    assert told in bad.issues[0].message
    assert good.message is not None


def test_a_hidden_order_is_not_taken_unseen() -> None:
    def hide(book: Any) -> None:
        book["Second"].sheet_state = "hidden"

    first, second = orders(filled(sheets={"Second": {**GOOD, "B3": "F-2"}}, change=hide))
    assert first.message is not None
    assert "is hidden" in str(second.issues[0])


def test_more_lines_than_allowed_are_refused() -> None:
    cells = dict(GOOD)
    for row in range(20, 80):
        cells |= {f"B{row}": "A1", f"C{row}": 1}
    (found,) = orders(filled(cells))
    assert "60 lines; 50 are allowed" in str(found.issues[0])


def keep(name: str, part: bytes) -> bytes:
    return part


def only(target: str, how: Callable[[bytes], bytes]) -> Callable[[str, bytes], bytes]:
    return lambda name, part: how(part) if name == target else part


SHEET, CORE = "xl/worksheets/sheet1.xml", "docProps/core.xml"
ENTITY = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]><x>&a;</x>'


def many_parts() -> bytes:
    return repacked(filled(), keep, **{f"xl/p{n}.xml": b"<x/>" for n in range(600)})


def lying_size() -> bytes:
    """A ZIP entry that says it unpacks to 10 bytes."""
    data = bytearray(repacked(filled(), keep, **{"xl/big.xml": b"<x>" + b" " * 100_000 + b"</x>"}))
    for offset in (m.start() for m in re.finditer(rb"xl/big\.xml", bytes(data))):
        for header, at in ((b"PK\x03\x04", 30), (b"PK\x01\x02", 46)):
            if data[offset - at : offset - at + 4] == header:
                place = offset - at + (22 if at == 30 else 24)
                data[place : place + 4] = (10).to_bytes(4, "little")
    return bytes(data)


def encrypted() -> bytes:
    data = bytearray(filled())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def plain_zip() -> bytes:
    result = io.BytesIO()
    with zipfile.ZipFile(result, "w") as target:
        target.writestr("order.csv", "a,b")
    return result.getvalue()


def twice() -> bytes:
    result = io.BytesIO(filled())
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(result, "a") as target:
        target.writestr(SHEET, "<x/>")
    return result.getvalue()


def no_form(book: Any) -> None:
    book["Order"]["A1"] = "Invoice"


def many_sheets(book: Any) -> None:
    for _ in range(6):
        book.create_sheet()


TRAPS: list[tuple[Callable[[], bytes], str]] = [
    (lambda: filled()[:2000], "damaged, or cut off"),
    (lambda: filled()[:-10], "damaged, or cut off"),
    (lambda: b"PK\x03\x04" + b"\x00" * 50, "damaged, or cut off"),
    (lambda: filled().replace(b"PK\x05\x06", b"PK\x05\x07"), "damaged, or cut off"),
    (plain_zip, "a ZIP that is no workbook"),
    (encrypted, "packed with a password"),
    (many_parts, "500 are allowed"),
    (lying_size, "damaged, or cut off"),
    (twice, "two parts have the same name"),
    (lambda: repacked(filled(), keep, **{"xl/vbaProject.bin": b"x"}), "a workbook with macros"),
    (lambda: repacked(filled(), keep, **{"xl/x.xml": b" " * 4_000_000}), "max_xlsx_unpacked_bytes"),
    (lambda: repacked(filled(), only(CORE, lambda _: ENTITY)), "defines entities"),
    (lambda: repacked(filled(), only(SHEET, lambda _: ENTITY)), "defines entities"),
    (lambda: repacked(filled(), only(SHEET, lambda p: p.decode().encode("utf-16"))), "no UTF-8"),
    (lambda: repacked(filled(), only(SHEET, lambda p: p[: len(p) // 2])), "no workbook that can"),
    (lambda: repacked(filled(), only(SHEET, lambda p: b"<worksheet/>")), "no sheet is an order"),
    (lambda: repacked(filled(), only("xl/workbook.xml", lambda p: b"<x/>")), "no "),
    (
        lambda: repacked(filled(), only("[Content_Types].xml", lambda p: b"<Types/>")),
        "no workbook that can be read",
    ),
    (
        lambda: repacked(filled(), keep, **{"xl/sharedStrings.xml": b"<si/>" * 100_001}),
        "more than 100000 texts",
    ),
    (lambda: repacked(filled(), only(SHEET, lambda p: b"<c/>" * 500_001)), "cells in a sheet"),
    (lambda: filled(change=no_form), "no sheet is an order form: cell A1 must say Order form"),
    (lambda: filled(change=many_sheets), "sheets; 6 are allowed"),
    (
        lambda: repacked(
            filled(), only(SHEET, lambda p: p.replace(b'r="B3"', b'r="ZZZZZZ9999999999"', 1))
        ),
        "no workbook that can be read",
    ),
]


@pytest.mark.parametrize(("trap", "told"), TRAPS, ids=range(len(TRAPS)))
def test_a_workbook_that_cannot_be_trusted_is_refused_as_a_whole(
    trap: Callable[[], bytes], told: str
) -> None:
    found, issues = look(trap())
    assert found == []
    assert issues[0].severity is Severity.REJECT
    assert told in str(issues[0])


def test_a_row_a_million_below_costs_no_time_and_is_not_read() -> None:
    def far(part: bytes) -> bytes:
        row = b'<row r="1048576"><c r="B1048576" t="inlineStr"><is><t>A1</t></is></c></row>'
        return part.replace(b"</sheetData>", row + b"</sheetData>")

    (found,) = orders(repacked(filled(), only(SHEET, far)))
    assert found.message is not None
    assert len(found.message.lines) == 2


@pytest.mark.parametrize("at", range(0, 200, 8))
def test_a_damaged_workbook_never_gets_out_as_an_error_of_ours(at: int) -> None:
    data = bytearray(filled())
    for place in range(at, len(data), 397):
        data[place] ^= 0x5A
    found, issues = look(bytes(data))
    assert issues or found
