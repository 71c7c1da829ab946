"""Files that are no X12: what they are, and orders as CSV, with every fault named by row."""

from decimal import Decimal

import pytest

from oms_edi.channels import kind_of
from oms_edi.channels.order_csv import CsvOrder, read
from oms_edi.partners.profile import CsvSettings

PLAIN = CsvSettings(
    columns={
        "po_number": "PO",
        "line": "Line",
        "item": "Item",
        "quantity": "Qty",
        "unit": "Unit",
        "unit_price": "Price",
        "deliver_by": "Due",
        "ship_to": "Store",
        "note": "Remark",
    },
    ignore_columns=("Total",),
)
HEAD = "PO,Line,Item,Qty,Unit,Price,Due,Store,Remark\n"
GERMAN = CsvSettings(
    delimiter=";",
    decimal=",",
    thousands=".",
    date_format="%d.%m.%Y",
    encoding="cp1252",
    columns={"po_number": "Auftrag", "item": "Artikel", "quantity": "Menge", "deliver_by": "Bis"},
)


def good(text: str, settings: CsvSettings = PLAIN) -> list[CsvOrder]:
    found, issues = read(text.encode(settings.encoding), settings, max_rows=1000)
    assert issues == []
    return found


def refused(text: str | bytes, settings: CsvSettings = PLAIN) -> str:
    data = text if isinstance(text, bytes) else text.encode(settings.encoding)
    found, issues = read(data, settings, max_rows=10)
    assert found == []
    return str(issues[0])


def test_rows_of_one_po_are_one_order_wherever_they_stand() -> None:
    rows = "P1,1,A1,5,EA,4.00,2026-03-20,S1,\nP2,1,A1,1,,,,,\nP1,2,B2,6,CA,7.5,,,be quick\n"
    first, second = good(HEAD + rows)
    assert first.message is not None
    assert (first.po_number, first.rows) == ("P1", (2, 4))
    assert [(x.buyer_line, x.quantity, x.unit) for x in first.message.lines] == [
        ("1", Decimal(5), "EA"),
        ("2", Decimal(6), "CA"),
    ]
    assert str(first.message.deliver_by) == "2026-03-20"
    assert first.message.notes == ("be quick",)
    assert second.message is not None
    assert second.message.lines[0].unit == "EA"


def test_decimals_dates_and_encoding_are_the_partners() -> None:
    (found,) = good("Auftrag;Artikel;Menge;Bis\nMU-1;A1;1.234,5;20.03.2026\n", GERMAN)
    assert found.message is not None
    assert found.message.lines[0].quantity == Decimal("1234.5")
    assert str(found.message.deliver_by) == "2026-03-20"


@pytest.mark.parametrize(
    ("row", "column", "said"),
    [
        ("P1,1,A1,many,EA,4.00,,,", "Qty", "must be a quantity"),
        ("P1,1,A1,-5,EA,4.00,,,", "Qty", "must be a quantity"),
        ("P1,1,A1,0,EA,4.00,,,", "Qty", "must be a quantity"),
        ("P1,1,A1,,EA,4.00,,,", "Qty", "must be a quantity"),
        ("P1,1,A1,1e3,EA,4.00,,,", "Qty", "must be a quantity"),
        ("P1,1,,5,EA,4.00,,,", "Item", "must not be empty"),
        ("P1,1,7.89E+11,5,EA,4.00,,,", "Item", "spreadsheet"),
        ("P1,1,A1,5,EA,cheap,,,", "Price", "price"),
        ("P1,1,A1,5,EA,4.00,20/03/2026,,", "Due", "date"),
        ("P1,1,A1,5,EA,4.00,2026-02-30,,", "Due", "date"),
        ("P1,1,A1,5,EA,4.00,,", "", "8 values where the header has 9"),
        ("P1,1,A1,5,EA,4.00,,,,", "", "10 values where the header has 9"),
    ],
)
def test_a_bad_row_refuses_its_order_and_names_row_and_column(
    row: str, column: str, said: str
) -> None:
    bad, other = good(HEAD + row + "\nP2,1,A1,5,EA,4.00,,,\n")
    assert bad.message is None
    (issue,) = bad.issues
    assert (issue.row, issue.column) == (2, column)
    assert said in issue.message
    assert other.message is not None


def test_all_faults_of_an_order_are_told() -> None:
    (found,) = good(HEAD + "P1,1,A1,x,EA,4.00,,,\nP1,2,,5,EA,4.00,soon,,\n")
    assert [(issue.row, issue.column) for issue in found.issues] == [
        (2, "Qty"),
        (3, "Item"),
        (3, "Due"),
    ]


def test_the_same_line_twice_is_a_fault() -> None:
    (found,) = good(HEAD + "P1,1,A1,5,EA,4.00,,,\nP1,1,A1,5,EA,4.00,,,\n")
    assert "the same line stands in row 2" in found.issues[0].message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("PO,Item\nP1,A1\n", "column Qty is missing"),
        (HEAD.replace("Remark", "Comment") + "P1,1,A1,5,EA,4.00,,,\n", "comment is not in the map"),
        (HEAD.replace("Line", "PO") + "P1,1,A1,5,EA,4.00,,,\n", "stands there twice"),
        (HEAD, "no rows"),
        (HEAD.replace(",", ";") + "P1;1;A1;5;EA;4.00;;;\n", "separated by ';'"),
        (HEAD + "P1,1,A1,5,EA,4.00,,,", "may have been cut off"),
        (HEAD + 'P1,1,"A1,5,EA,4.00,,,\n', "no CSV from row 2"),
        (HEAD + "P1,1,A1,5,EA,4.00,,,\n" * 11, "more than 10 rows"),
        (b"PO,Item,Qty\nP1,\xff,5\n", "not utf-8 at byte 15, row 2"),
        (HEAD.encode() + b"P1,1,A\x00,5,EA,4.00,,,\n", "NUL bytes"),
        (HEAD + ",1,A1,5,EA,4.00,,,\n", "no row has a usable PO number"),
    ],
)
def test_a_file_that_cannot_be_trusted_is_refused_as_a_whole(text: str | bytes, said: str) -> None:
    assert said in refused(text)


def test_a_bom_a_sep_line_blank_rows_and_ignored_columns_do_no_harm() -> None:
    text = "\ufeffsep=,\n" + HEAD.replace("Remark", "Total") + "P1,1,A1,5,EA,4.00,,,20\n,,,,,,,,\n"
    (found,) = good(text)
    assert found.message is not None


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"ISA*00*", "x12"),
        (b"\xef\xbb\xbfISA*00*", "x12"),
        (b"PO,Item\n", "csv"),
        (b"ISABELLA,Item\n", "csv"),
        (b"", "empty"),
        (b" \r\n", "empty"),
        (b"%PDF-1.4", "pdf"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"<?xml version", "xml"),
        (b"<!DOCTYPE HTML", "html"),
        (b'{"a": 1}', "json"),
        (b"\xff\xfeP\x00", "utf-16"),
        (b"abc\x00def", "binary"),
    ],
)
def test_a_file_is_what_its_first_bytes_say(head: bytes, kind: str) -> None:
    assert kind_of(head) == kind
