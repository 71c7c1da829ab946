"""One order book, all channels: the same checks, the same states, the channel kept."""

import json
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner

from oms_edi.cli.main import cli
from tests.support.edi import interchange, x850
from tests.support.form import GOOD, filled
from tests.support.site import MAPPINGS, Site

LINE = {"line": "1", "item": "A1", "quantity": 10, "unit_price": "4.00"}


def document(po_number: str = "J-1", **changes: Any) -> dict[str, Any]:
    return {"po_number": po_number, "ship_to": {"code": "P1"}, "lines": [LINE], **changes}


def test_a_portal_order_goes_the_way_of_every_order(site: Site) -> None:
    site.send("portal", json.dumps(document()), "order.json")
    (file,) = site.files()
    assert (file["kind"], file["state"], file["issues"]) == ("order_json", "accepted", [])
    order = site.order()
    assert (order["status"], order["channel"]) == ("released", "json")
    assert order["destinations"][0]["name"] == "PORTAL ONE"
    assert len(site.outgoing("wh", "940")) == 1
    (told,) = [e["text"] for e in order["timeline"] if e["name"] == "order.received"]
    assert told == "PO J-1 from portal: 1 line, JSON"


def test_one_bad_order_of_a_file_is_named_and_its_neighbors_ship(site: Site) -> None:
    bad = document("J-2", lines=[{**LINE, "quantity": "ten"}])
    rows = [json.dumps(one) for one in (document("J-1"), bad, document("J-3"))]
    site.send("portal", "\n".join(rows), "orders.jsonl")
    assert [order["po_number"] for order in site.orders()] == ["J-1", "J-3"]
    (file,) = site.files()
    assert file["state"] == "partly"
    assert file["reason"] == (
        "order J-2 was not taken: line 2, /lines/0/quantity:"
        " must be a quantity above 0 such as 12 or 1.5; found 3 letters"
    )
    assert site.exception_kinds() == ["file_partly"]
    site.send("portal", "\n".join([rows[0], json.dumps(document("J-2")), rows[2]]), "again.jsonl")
    assert site.exception_kinds() == ["duplicate", "duplicate", "file_partly"]


def test_what_was_refused_of_a_file_is_tried_when_the_very_file_comes_again(site: Site) -> None:
    rows = f"{json.dumps(document('J-1'))}\nnonsense\n{{\n"
    site.send("portal", rows, "orders.jsonl")
    assert site.files()[0]["state"] == "quarantined"
    rows = f"{json.dumps(document('J-1'))}\n{{nonsense\n"
    for _ in range(2):
        site.send("portal", rows, "orders.jsonl")
    assert len(site.orders()) == 1


def test_the_same_po_over_two_channels_is_a_duplicate(site: Site) -> None:
    both = MAPPINGS["buyer"].replace("orders:\n", "order_json: {}\norders:\n", 1)
    site.configure("buyer", both)
    site.send("buyer", interchange(x850("PO1")))
    text = json.dumps({"po_number": "PO1", "ship_to": {"code": "S1"}, "lines": [LINE]})
    site.send("buyer", text, "order.json")
    assert [order["channel"] for order in site.orders()] == ["edi", "json"]
    assert site.exception_kinds() == ["amendment"]


@pytest.mark.parametrize(
    ("partner", "content", "told"),
    [
        ("buyer", b'{"po_number": "X"}', "its mapping has no order_json"),
        ("portal", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1old", "an old XLS workbook"),
        ("portal", b'{"po_number": ', "no JSON at line 1"),
        ("portal", b'\xef\xbb\xbf[{"po_number": 1}', "no JSON at line 1"),
        ("portal", b"PO,Item\n1,2\n", "sends no CSV"),
    ],
)
def test_what_a_partner_does_not_send_is_quarantined_by_its_content_not_its_name(
    site: Site, partner: str, content: bytes, told: str
) -> None:
    site.send(partner, content, "order.csv")
    (file,) = site.files()
    assert file["state"] == "quarantined"
    assert told in file["reason"]


def test_a_json_file_that_would_fill_the_memory_is_refused_unread(site: Site) -> None:
    config = (site.root / "config.yaml").read_text()
    site.configure("config", config.replace("intake: {", "intake: {max_json_bytes: 100, "))
    site.send("portal", json.dumps(document(notes=["x" * 90])), "order.json")
    assert "intake.max_json_bytes is lower" in site.files()[0]["reason"]


# Order forms.


def test_a_form_that_was_filled_in_and_dropped_is_an_order(site: Site) -> None:
    site.send("portal", filled(), "whatever.csv")
    (file,) = site.files()
    assert (file["kind"], file["state"]) == ("order_xlsx", "accepted")
    order = site.order()
    assert (order["po_number"], order["channel"], order["status"]) == ("F-1", "xlsx", "released")
    assert order["destinations"][0]["name"] == "PORTAL ONE"


def test_what_the_command_writes_has_our_items_and_can_be_dropped(site: Site) -> None:
    command = CliRunner()
    target = site.root / "form.xlsx"
    arguments = ["--config", str(site.root / "config.yaml"), "template", str(target)]
    done = command.invoke(cli, [*arguments, "--customer", "portal"])
    assert done.exit_code == 0, done.output
    again = command.invoke(cli, arguments)
    assert again.exit_code == 1
    assert "is there already" in str(again.exception)
    book = openpyxl.load_workbook(target)
    rows = list(book["Items"].values)
    assert rows[1] == ("A1", "ARTICLE ONE", "EA", 12, "CA 12, DZ 12", "4.00")
    assert list(book["Places"].values)[1] == ("P1", "PORTAL ONE", "TULSA OK 74133")
    form: Any = book["Order"]
    for cell, value in GOOD.items():
        form[cell] = value
    book.save(site.root / "inbox/portal/mine.xlsx")
    site.run()
    assert site.order()["status"] == "released"


def test_one_bad_form_of_a_workbook_is_named_by_its_cell_and_the_others_go_on(site: Site) -> None:
    site.send("portal", filled({**GOOD, "C20": "ten"}, sheets={"Two": {**GOOD, "B3": "F-2"}}))
    assert [order["po_number"] for order in site.orders()] == ["F-2"]
    assert site.files()[0]["reason"] == (
        "order F-1 was not taken: Order!C20: must be a quantity above 0 such as 12 or 1.5;"
        " found 3 letters"
    )


def test_a_form_from_somebody_who_sends_none_is_quarantined(site: Site) -> None:
    site.send("buyer", filled(), "order.edi")
    assert "its mapping has no order_xlsx" in site.files()[0]["reason"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("order.json", json.dumps(document()).encode()),
        ("order.xlsx", filled()),
    ],
)
def test_check_says_what_would_become_of_it(site: Site, name: str, content: bytes) -> None:
    path = site.root / name
    path.write_bytes(content)
    arguments = ["--config", str(site.root / "config.yaml"), "check", "--partner", "portal"]
    done = CliRunner().invoke(cli, [*arguments, str(path)])
    assert done.exit_code == 0, done.output
    assert "of portal: accepted" in done.output
    assert "would: send 940 to wh" in done.output
    assert site.orders() == []
