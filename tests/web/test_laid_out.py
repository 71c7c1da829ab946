"""Orders that are no X12, laid out beside their bytes: rows, fields and cells with their faults."""

import json
import re
import time
from html import unescape

import pytest
from playwright.sync_api import Browser
from starlette.testclient import TestClient

from oms_edi.web.laid_out import laid_out
from oms_edi.web.layout import VALUES, Part
from tests.support.browser import WIDE, must_fit, needs_chromium, served
from tests.support.caller import Program
from tests.support.form import GOOD, filled, repacked
from tests.support.portal import order as placed
from tests.support.site import Site, name
from tests.web.test_new_order import save

HEADER = "PO,Line,Item,Qty,Unit,Price,Store,Due"
LINE = {"line": "1", "item": "A1", "quantity": 10, "unit_price": "4.00"}
MARKUP = "<script>alert(1)</script>"


def order(po_number: str = "J-1", **changes: object) -> dict[str, object]:
    return {"po_number": po_number, "ship_to": {"code": "P1"}, "lines": [LINE], **changes}


def reads(client: TestClient, path: str) -> str:
    """Return the HTML of what stands under "As it reads"."""
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    found = re.search(r'<section[^>]*"h-reads">(.*?)</section>', answer.text, re.DOTALL)
    return found[1] if found else ""


def rows(html: str) -> list[list[str]]:
    """Return the rows of its tables, each cell as a person reads it."""
    return [
        [
            " ".join(unescape(re.sub(r"<[^>]+>", " ", cell)).split())
            for cell in re.findall(r"<t[hd]\b[^>]*>(.*?)</t[hd]>", row, re.DOTALL)
        ]
        for row in re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL)
    ]


def document_of(site: Site, number: int, set_id: str) -> str:
    ((found,),) = site.query(
        "SELECT document_id FROM documents WHERE order_id = ? AND set_id = ?", number, set_id
    )
    return f"/orders/{name(number)}/documents/{found}"


def test_a_csv_order_reads_as_its_own_rows_under_the_headers(
    client: TestClient, site: Site
) -> None:
    lines = ["X1,1,A1,12,EA,4.00,S9,", "X2,1,B2,6,EA,7.50,S9,", "X1,2,C3,4,EA,1.25,S9,"]
    site.send("shop", "\n".join(["sep=,", HEADER, *lines, ""]), "s.csv")
    found = rows(reads(client, document_of(site, 1, "CSV")))
    assert found == [
        ["Row", *HEADER.split(",")],
        ["3", *lines[0].split(",")],
        ["5", *lines[2].split(",")],
    ]


def test_a_fault_stands_in_its_cell_beside_its_row_or_before_the_table(
    client: TestClient, site: Site
) -> None:
    lines = ["X1,1,A1,many,EA,4.00,S9,", "X2,1,B2,6,EA", "X3,1,B2,6,EA,7.50,S9,"]
    site.send("shop", "\n".join([HEADER, *lines, ""]), "s.csv")
    _, first, second, third = rows(reads(client, "/files/1"))
    assert first[4] == "many Fault: must be a quantity above 0 such as 12.5; found 4 letters"
    assert second[0] == "3 Fault: 5 values where the header has 8 columns"
    assert "Fault" not in " ".join(third)
    site.send("shop", "PO,Line\nX1,1\n", "t.csv")
    assert "Fault: column Item, Qty is missing" in reads(client, "/files/2").partition("<table")[0]


def test_a_json_order_reads_as_names_values_and_a_table_of_lines(
    client: TestClient, site: Site
) -> None:
    lines = [LINE, {"item": "B2", "quantity": 3, "notes": ["red", "soft"]}]
    site.send("portal", json.dumps(order(lines=lines, currency="USD")), "o.json")
    html = reads(client, document_of(site, 1, "JSON"))
    assert re.search(r"<dt>Currency</dt><dd>USD<", html)
    assert re.search(r"<dt>Code</dt><dd>P1<", html)
    assert rows(html) == [
        ["Row", "Line", "Item", "Quantity", "Unit price", "Notes"],
        ["1", "1", "A1", "10", "4.00", ""],
        ["2", "", "B2", "3", "", "1 red 2 soft"],
    ]


def test_an_order_of_the_api_or_the_phone_reads_as_its_fields(
    operator: TestClient, site: Site
) -> None:
    assert Program(site).post("/orders", placed()).status_code == 201
    html = reads(operator, document_of(site, 1, "API"))
    assert placed()["po_number"] in html
    assert rows(html)[0][0] == "Row"
    assert save(operator).status_code == 303
    html = reads(operator, document_of(site, 2, "PHONE"))
    assert ["1", "1", "A1", "2", "CA"] in [row[:5] for row in rows(html)]


@pytest.mark.parametrize("is_lines", [True, False])
def test_of_many_json_orders_a_document_shows_its_own_and_a_file_all_with_their_faults(
    client: TestClient, site: Site, is_lines: bool
) -> None:
    bad = order("J-2", lines=[{"line": "1", "item": "A1"}, {**LINE, "quantity": "ten"}])
    orders = [order("J-1"), bad, order("J-3")]
    text = "\n".join(map(json.dumps, orders)) if is_lines else json.dumps(orders)
    site.send("portal", text, "o.json")
    html = reads(client, document_of(site, 2, "JSON"))
    assert "J-3" in html
    assert "J-1" not in html
    html = reads(client, "/files/1")
    assert ("Line 3" if is_lines else "Order 3") in html
    _, missing, wrong = rows(html)[2:5]
    assert missing[3] == "Fault: is missing"
    assert wrong[3] == "ten Fault: must be a quantity above 0 such as 12 or 1.5; found 3 letters"


def test_a_fault_of_a_field_that_is_not_there_stands_beside_what_should_hold_it(
    client: TestClient, site: Site
) -> None:
    value = order("J-2")
    del value["lines"]
    site.send("portal", f"{json.dumps(order('J-1'))}\n{json.dumps(value)}\n{{no\n", "o.json")
    html = reads(client, "/files/1")
    assert re.search(r">Line 2</dt><dd[^>]*><strong[^>]*>Fault: line 2, /lines: is missing", html)
    assert "Fault: no JSON at line 3, column 2" in html


def test_a_workbook_reads_as_the_cells_of_its_forms(client: TestClient, site: Site) -> None:
    (site.root / "inbox/portal/o.xlsx").write_bytes(
        filled(sheets={"Second": {**GOOD, "B3": "F-2", "C20": "ten"}})
    )
    site.run()
    html = reads(client, document_of(site, 1, "XLSX"))
    assert ["3", "PO number", "F-1"] in [row[:3] for row in rows(html)]
    assert ["20", "", "A1", "10"] in [row[:4] for row in rows(html)]
    assert "Second" not in html
    html = reads(client, "/files/1")
    assert "Sheet Second" in html
    (fault,) = [one for row in rows(html) for one in row if "Fault" in one]
    assert fault == "ten Fault: must be a quantity above 0 such as 12 or 1.5; found 3 letters"


def test_markup_in_a_value_a_name_or_a_sheet_stays_text(client: TestClient, site: Site) -> None:
    site.send("shop", f"{HEADER},{MARKUP}\nX1,1,A1,12,{MARKUP},4.00,S9,,{MARKUP}\n", "s.csv")
    site.send("portal", json.dumps([order(MARKUP), {MARKUP: [{MARKUP: MARKUP}]}]), "o.json")
    (site.root / "inbox/portal/o.xlsx").write_bytes(filled({**GOOD, "B17": MARKUP, "F20": MARKUP}))
    site.run()
    for number in (1, 2, 3):
        html = client.get(f"/files/{number}").text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in reads(client, f"/files/{number}"), number
        assert "<script>" not in html, number


def test_a_long_file_is_cut_and_says_so(client: TestClient, site: Site) -> None:
    lines = [f"X{n},1,A1,1,EA,4.00,S9," for n in range(300)]
    site.send("shop", "\n".join([HEADER, *lines, ""]), "s.csv")
    html = reads(client, "/files/1")
    assert len(rows(html)) < len(lines)
    assert "The rest is not laid out here" in html
    html = reads(client, document_of(site, 300, "CSV"))
    assert [row[1] for row in rows(html)[1:]] == ["X299"]


@needs_chromium
def test_it_fits_a_phone_and_those_who_do_not_see_it(site: Site, browser: Browser) -> None:
    wide = ",".join(f"Column {n}" for n in range(20))
    site.send("shop", f"{HEADER},{wide}\nX1,1,A1,many,EA,4.00,S9,{',x' * 20}\n", "s.csv")
    site.send("portal", json.dumps([order("J-1"), order("J-2", lines=[{**LINE, "item": 1}])]), "o")
    page = browser.new_page(viewport=WIDE)
    with served(site) as address:
        for number in (1, 2):
            page.set_viewport_size(WIDE)
            page.goto(f"{address}/files/{number}")
            must_fit(page)
            assert "Fault:" in page.inner_text("main")
    page.close()


def bomb() -> bytes:
    """A small workbook with a large part."""
    return repacked(filled(), lambda _, part: part, **{"xl/other.xml": b"<a>" + b" " * 9_000_000})


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (f"{HEADER}\n".encode() + b"a,b\n" * 500_000, "The rest is not"),
        (b"\n".join([b"PO" + b"," * 5000] * 300), "The rest is not"),
        (b'PO,"' + b"x" * 400_000, ""),
        (b'{"a": ' + b"[" * 5000 + b"]" * 5000 + b"}", ""),
        (b"[" * 90_000, ""),
        (b"[" + b'{"a":1},' * 12_000 + b"{}]", "The rest is not"),
        (b"[" + b"[1,{}]," * 12_000 + b"{}]", "The rest is not"),
        (b'{"a": 1}\n' * 300_000, "The rest is not"),
        (b"{" + b'"a": 1,' * 300_000 + b'"b": 1}', "It is too large"),
        (b'{"lines": [' + b'{"a":' * 10 + b"[]" + b"}" * 10 + b"]}", ""),
        (b"PO" + b",x" * 40 + b"\n", "The rest is not"),
        (b"PO,x\na" + b",b" * 40 + b"\n", "The rest is not"),
        (json.dumps({"a": list(range(300))}).encode(), "The rest is not"),
        (json.dumps({"a": [{f"k{n}": n for n in range(40)}]}).encode(), "The rest is not"),
        (json.dumps({f"k{n}": n for n in range(2000)}).encode(), "The rest is not"),
        (filled({**GOOD, "AE3": "beyond"}), "The rest is not"),
        (bomb(), "It is too large"),
        (filled({**GOOD, **{f"H{row}": "x" * 30_000 for row in range(1, 20)}}), "It is too large"),
        (b"PK\x03\x04nothing", "It is too large"),
        (b"\x00\xff" * 1000, ""),
        (b"", ""),
    ],
)
def test_no_file_is_too_odd_or_too_large(site: Site, content: bytes, told: str) -> None:
    started = time.process_time()
    found = laid_out(content, site.partners.find("shop"), [], po_number="")
    assert time.process_time() - started < 1
    assert (found.cut if found else "").startswith(told)
    assert found is None or _size(found) <= VALUES + 1


def _size(part: Part) -> int:
    return 1 + sum(map(_size, part.inner))
