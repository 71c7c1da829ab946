"""Files that are no X12: what they are, and orders as CSV, with every fault named by row."""

from decimal import Decimal

import pytest

from oms_edi.channels import kind_of
from oms_edi.channels.order_csv import read
from oms_edi.channels.read_order import ReadOrder
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


def good(text: str, settings: CsvSettings = PLAIN) -> list[ReadOrder]:
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
        (
            "P1,1,A1,many,EA,4.00,,,",
            "Qty",
            "must be a quantity above 0 such as 12.5; found 4 letters",
        ),
        ("P1,1,A1,-5,EA,4.00,,,", "Qty", "found digits with -, 2 characters"),
        ("P1,1,A1,0,EA,4.00,,,", "Qty", "found 1 digit"),
        ("P1,1,A1,,EA,4.00,,,", "Qty", "found empty"),
        ("P1,1,A1,1e3,EA,4.00,,,", "Qty", "found letters and digits, 3 characters"),
        ("P1,1,,5,EA,4.00,,,", "Item", "must not be empty"),
        ("P1,1,7.89E+11,5,EA,4.00,,,", "Item", "spreadsheet"),
        ("P1,1,A1,5,EA,cheap,,,", "Price", "price"),
        ("P1,1,A1,5,EA,4.00,20/03/2026,,", "Due", "found digits with /, 10 characters"),
        ("P1,1,A1,5,EA,4.00,2026-02-30,,", "Due", "must be a date like 2026-03-31; found"),
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


def test_rows_that_name_different_stores_ship_to_each_of_them() -> None:
    (found,) = good(HEAD + "P1,1,A1,5,EA,4.00,,S1,\nP1,2,B2,6,EA,,,S2,\nP1,3,C3,1,EA,,,S1,\n")
    assert found.message is not None
    assert found.message.parties == ()
    shares = [line.destinations[0] for line in found.message.lines]
    assert [share.ship_to.id_code for share in shares if share.ship_to] == ["S1", "S2", "S1"]
    assert [share.quantity for share in shares] == [5, 6, 1]


def test_the_same_line_for_two_stores_is_one_line_in_shares() -> None:
    (found,) = good(HEAD + "P1,1,A1,12,EA,4.00,,S1,\nP1,1,A1,18,EA,4.00,,S2,\n")
    assert found.message is not None
    (line,) = found.message.lines
    assert line.quantity == 30
    assert [(d.quantity, d.ship_to and d.ship_to.id_code) for d in line.destinations] == [
        (Decimal(12), "S1"),
        (Decimal(18), "S2"),
    ]


def test_rows_with_days_of_their_own_become_requested_days() -> None:
    rows = "P1,1,A1,5,EA,,2026-03-20,,\nP1,1,A1,6,EA,,2026-03-12,,\nP1,2,B2,6,EA,,2026-03-20,,\n"
    (found,) = good(HEAD + rows)
    assert found.message is not None
    assert str(found.message.deliver_by) == "2026-03-20"
    first, second = found.message.lines
    assert [str(d.requested_on) for d in first.destinations] == ["2026-03-20", "2026-03-12"]
    assert [str(d.requested_on) for d in second.destinations] == ["2026-03-20"]


def test_one_store_and_one_day_for_all_rows_may_stand_in_one_of_them() -> None:
    rows = "P1,1,A1,5,EA,,,,\nP1,2,B2,6,EA,,2026-03-20,S1,\nP1,3,B2,6,EA,,2026-03-20,S1,\n"
    (found,) = good(HEAD + rows)
    assert found.message is not None
    assert [party.id_code for party in found.message.parties] == ["S1"]
    assert [line.destinations for line in found.message.lines] == [(), (), ()]


WHOLE = CsvSettings(
    columns={
        "po_number": "PO",
        "line": "Line",
        "item": "Item",
        "quantity": "Qty",
        "unit_price": "Price",
        "ordered_on": "Of",
        "ship_on": "Ship",
        "deliver_by": "Due",
        "cancel_after": "End",
        "ship_to": "Store",
        "ship_to_name": "Name",
        "ship_to_postal_code": "Zip",
    },
)
WHOLE_HEAD = "PO,Line,Item,Qty,Price,Of,Ship,Due,End,Store,Name,Zip\n"


@pytest.mark.parametrize(
    ("rows", "column", "said"),
    [
        ("P1,1,A1,5,,,,,2026-04-01,,,|P1,2,B2,5,,,,,2026-04-02,,,", "End", "differs from row 2"),
        ("P1,1,A1,5,,2026-03-01,,,,,,|P1,2,B2,5,,2026-03-02,,,,,,", "Of", "differs from row 2"),
        ("P1,1,A1,5,,,2026-03-01,,,,,|P1,2,B2,5,,,2026-03-02,,,,,", "Ship", "an order has one"),
        ("P1,1,A1,5,,,,,,S1,,|P1,2,B2,5,,,,,,S2,,|P1,3,B2,5,,,,,,,,", "Store", "must not be empty"),
        ("P1,1,A1,5,,,,,,,NO,11111|P1,2,B2,5,,,,,,,,|P1,3,B2,5,,,,,,,X,2", "Store", "ship-to"),
        (
            "P1,1,A1,5,,,,2026-04-01,,,,|P1,2,B2,5,,,,2026-04-02,,,,|P1,3,B2,5,,,,,,,,",
            "Due",
            "more than one date",
        ),
        ("P1,1,A1,5,,,,,,S1,,11111|P1,2,B2,5,,,,,,S1,,22222", "Store", "another address"),
        ("P1,1,A1,5,1.00,,,,,S1,,|P1,1,A1,5,2.00,,,,,S2,,", "", "another unit or price in row 2"),
        ("P1,1,A1,5,1.00,,,,,S1,,|P1,1,A1,5,1.00,,,,,S1,,", "", "same line stands in row 2"),
    ],
)
def test_rows_that_contradict_each_other_refuse_their_order_and_are_named(
    rows: str, column: str, said: str
) -> None:
    text = WHOLE_HEAD + rows.replace("|", "\n") + "\nP2,1,A1,5,,,,,,,,\n"
    bad, other = good(text, WHOLE)
    assert bad.message is None
    (issue,) = bad.issues
    assert (issue.row in bad.rows[1:], issue.column) == (True, column)
    assert said in issue.message
    assert other.message is not None


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
        (b"P\x00O\x00", "utf-16"),
        (b"\x00P\x00O", "utf-16"),
        ("ISA*00*".encode("cp037"), "ebcdic"),
        (b"isa*00*a*00*b*zz*c*zz*d*260302*0610*u*00401*1*0*p*>~gs*po", "lower-case"),
        (b"isa,item,qty\n", "csv"),
    ],
)
def test_a_file_is_what_its_first_bytes_say(head: bytes, kind: str) -> None:
    assert kind_of(head) == kind
