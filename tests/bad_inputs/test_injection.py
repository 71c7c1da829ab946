"""Values that are segments, formulas, templates or commands elsewhere stay plain text here."""

import csv
import io
import json
from collections.abc import Callable

import openpyxl
import pytest

from oms_edi.channels.form_template import FormItem, write_form
from tests.support.edi import interchange, named, x850
from tests.support.site import ITEMS, Site

#: What they write into names, streets and notes.
EVIL = (
    "Smith~PO1*1*9999",
    "X~SE*1*0001~ST*855*0002",
    "A>B^C:D",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://x.example")',
    "@SUM(A1)",
    "{{7*7}} ${jndi:ldap://x} {0.__class__} %(x)s %n",
    "'; DROP TABLE orders;--",
    "$(reboot) `id` ;rm -rf /",
    "<script>alert(1)</script>",
)
TEXTS = """\
name: THE TEXTS
channel: csv
csv:
  columns: {po_number: PO, item: Item, quantity: Qty, ship_to_name: Name, ship_to_street: Street,
            ship_to_city: City, ship_to_state: State, ship_to_postal_code: Zip, description: Words,
            note: Note}
order_json: {}
x12: {isa_id: TEXTS, gs_id: TEXTS}
orders: {status: {send: [csv], when: change}}
"""
COLUMNS = ["PO", "Item", "Qty", "Name", "Street", "City", "State", "Zip", "Words", "Note"]
#: Delimiters of an interchange whose texts may hold ours.
_ELEMENT, _SEGMENT, _VALUE = "\x1d", "\x1c", "\x02"


def as_csv() -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for n, evil in enumerate(EVIL):
        writer.writerow([f"E-{n}", "A1", "1", evil, evil, "TULSA", "OK", "74133", evil, evil])
    return text.getvalue().encode()


def as_json() -> bytes:
    return json.dumps([json_order(f"E-{n}", evil) for n, evil in enumerate(EVIL)]).encode()


def json_order(po_number: str, evil: str) -> dict[str, object]:
    rest = {"city": "TULSA", "state": "OK", "postal_code": "74133"}
    return {
        "po_number": po_number,
        "ship_to": {"name": evil, "street": evil, **rest},
        "lines": [{"item": "A1", "quantity": 1, "description": evil}],
        "notes": [evil],
    }


def as_x12() -> bytes:
    place = f"N1*ST*{_VALUE}~N3*{_VALUE}~N4*TULSA*OK*74133"
    orders = [
        x850(f"E-{n}", "1*1*EA*4.00**VN*A1", ship_to=place, control=f"{n:04}")
        for n in range(1, len(EVIL) + 1)
    ]
    text = interchange(*orders, sender="TEXTS").decode()
    text = text.replace("*", _ELEMENT).replace("~", _SEGMENT)
    for evil in EVIL:
        text = text.replace(_VALUE, evil, 2)
    return text.encode()


@pytest.mark.parametrize("content", [as_csv, as_json, as_x12])
def test_a_text_that_would_be_segments_is_sent_on_as_text(
    site: Site, content: Callable[[], bytes]
) -> None:
    site.configure("texts", TEXTS)
    site.send("texts", content())
    assert [file["state"] for file in site.files()] == ["accepted"]
    assert len(site.orders()) == len(EVIL)
    sent = {name: text for name, text in site.delivered().items() if name.endswith(".edi")}
    assert {name[:3] for path in sent for name in path.split("/")[1:]} >= {"855", "940"}
    for name, text in sent.items():
        assert len(named(text, "ST")) == len(named(text, "SE")), name
        assert len(named(text, "PO1")) == len(named(text, "ACK")), name
        assert len(named(text, "W01")) == len(named(text, "W05")), name
        assert text.decode().isprintable(), name
        assert not [value for row in named(text, "PO1") for value in row if value == "9999"], name
    asked = [row for path, text in sent.items() if "/940" in path for row in named(text, "N1")]
    assert ["N1", "ST", "Smith PO1 1 9999"] in asked


def test_a_status_for_a_spreadsheet_holds_no_formula(site: Site) -> None:
    site.configure("texts", TEXTS)
    site.load("items", ITEMS.replace("ARTICLE ONE", "=cmd|' /C calc'!A0"))
    site.send("texts", as_csv())
    site.ship("wh")
    tables = [text for name, text in site.delivered().items() if name.endswith(".csv")]
    values = [v for text in tables for row in csv.reader(io.StringIO(text.decode())) for v in row]
    assert [value for value in values if value.startswith("'=cmd")]
    assert not [value for value in values if value.startswith(("=", "+", "-", "@"))]


def test_an_item_of_ours_is_no_formula_in_the_form_we_hand_out() -> None:
    item = FormItem("A1", "=cmd|' /C calc'!A0", "EA", 12, "CA 12", "4.00")
    form = write_form(customer="=1+1", items=[item], places=[], units=["EA"])
    kinds = {
        cell.data_type
        for sheet in openpyxl.load_workbook(io.BytesIO(form))
        for row in sheet.rows
        for cell in row
    }
    assert "s" in kinds
    assert "f" not in kinds
