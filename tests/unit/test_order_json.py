"""Orders as JSON: what is read, and twice twenty ways to send something else, each named."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms_edi.channels.order_json import read
from oms_edi.channels.read_order import ReadOrder
from oms_edi.domain.issue import Severity
from oms_edi.partners.documents import JsonSettings

GOOD = '{"po_number": "G-1", "lines": [{"item": "A1", "quantity": 5}]}'


def orders(data: str | bytes, settings: JsonSettings | None = None) -> list[ReadOrder]:
    raw = data if isinstance(data, bytes) else data.encode()
    found, issues = read(raw, settings or JsonSettings(), max_orders=5, max_lines=3)
    assert issues == []
    return found


def refused(data: str | bytes) -> str:
    raw = data if isinstance(data, bytes) else data.encode()
    found, issues = read(raw, JsonSettings(), max_orders=5, max_lines=3)
    assert found == []
    assert issues[0].severity is Severity.REJECT
    return str(issues[0])


WHOLE: dict[str, Any] = {
    "po_number": "P-1",
    "release_number": "7",
    "ordered_on": "2026-03-02",
    "not_before": "2026-03-05",
    "deliver_by": "2026-03-20",
    "currency": "USD",
    "ship_to": {"code": "S1", "name": "Store One", "postal_code": "74133"},
    "references": [{"qualifier": "DP", "value": "062"}],
    "notes": ["ring twice"],
    "lines": [
        {"line": "10", "item": "A1", "quantity": 1.5, "unit": "dz", "unit_price": "48.00"},
        {"item": "4711", "item_qualifier": "IN", "quantity": "3", "deliver_by": "2026-03-25"},
        {"item": "B2", "quantity": 2, "ship_to": {"code": "S2"}, "description": None},
    ],
}


def test_one_order_says_all_that_any_channel_can() -> None:
    (found,) = orders(json.dumps(WHOLE))
    message = found.message
    assert message is not None
    assert (message.po_number, message.release_number, message.currency) == ("P-1", "7", "USD")
    assert str(message.not_before) == "2026-03-05"
    assert str(message.deliver_by) == "2026-03-25"  # the latest of all, as of an 850
    assert message.references == (("DP", "062"),)
    (place,) = message.parties
    assert (place.id_qualifier, place.id_code, place.postal_code) == ("92", "S1", "74133")
    first, second, third = message.lines
    assert (first.buyer_line, first.quantity, first.unit) == ("10", Decimal("1.5"), "DZ")
    assert (first.unit_price, first.items) == (Decimal("48.00"), (("VN", "A1"),))
    assert (second.items, second.unit) == ((("IN", "4711"),), "EA")
    assert str(second.destinations[0].requested_on) == "2026-03-25"
    assert third.destinations[0].ship_to is not None
    assert third.destinations[0].ship_to.id_code == "S2"


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        (GOOD, ["G-1"]),
        ("\ufeff" + GOOD, ["G-1"]),
        (f"[{GOOD}, {GOOD.replace('G-1', 'G-2')}]", ["G-1", "G-2"]),
        (GOOD + "\n" + GOOD.replace("G-1", "G-2") + "\r\n\n", ["G-1", "G-2"]),
        (json.dumps(json.loads(GOOD), indent=2), ["G-1"]),
        (json.dumps([json.loads(GOOD)], indent=2), ["G-1"]),
    ],
)
def test_a_file_is_an_order_a_list_or_an_order_a_line(text: str, numbers: list[str]) -> None:
    found = orders(text)
    assert [order.po_number for order in found] == numbers
    assert all(order.message for order in found)


def broken(**changes: Any) -> str:
    """An order with one thing wrong, as one line of JSON."""
    return json.dumps({"po_number": "X-1", "lines": [{"item": "A1", "quantity": 5}], **changes})


def line(**changes: Any) -> str:
    return broken(lines=[{"item": "A1", "quantity": 5, **changes}])


HOSTILE = [
    # (one line of a JSON-lines file, where it must be named, what must be said)
    ('{"po_number": "X-1", "lines": [', "line 1", "no JSON at line 1, column 32"),
    ('{"po_number": "X-1",}', "line 1", "no JSON at line 1"),
    ("{'po_number': 'X-1'}", "line 1", "no JSON at line 1, column 2"),
    ('{"a": 1} {"b": 2}', "line 1", "Extra data"),
    ('{"po_number": "X\x01"}', "line 1", "control character"),
    ('{"x": ' + "[" * 100_000 + "]" * 100_000 + "}", "line 1", "nested too deep"),
    (broken(x=0).replace("0", "[" * 500 + "]" * 500), "line 1, /x", "no field of an order"),
    ("{}", "line 1, /po_number", "is missing"),
    (broken(lines=[]), "line 1, /lines", "must not be empty"),
    (broken(lines=None), "line 1, /lines", "is missing"),
    (broken(lines={"item": "A1"}), "line 1, /lines", "must be a list; found an object"),
    (broken(lines=["A1"]), "line 1, /lines/0", "must be an object; found letters and digits"),
    (broken(po_number=4711), "line 1, /po_number", "must be text in quotes"),
    (broken(po_number="1.2E+11"), "line 1, /po_number", "scientific notation"),
    (broken(po_number="P\u0410"), "line 1, /po_number", "plain letters"),
    (broken(po_number="x'; DROP TABLE orders;--"), "line 1, /po_number", "plain letters"),
    (broken(po_number="9" * 36), "line 1, /po_number", "found 36 digits"),
    (broken(po_nummer="X"), "line 1, /po_nummer", "no field of an order"),
    (broken(**{"a/b~\n\ud800": 1}), "line 1, /a~1b~0\\u000a\\ud800", "no field of an order"),
    (broken(ordered_on="03/02/2026"), "line 1, /ordered_on", "a day such as 2026-03-31"),
    (broken(deliver_by="2026-02-30"), "line 1, /deliver_by", "a day such as"),
    (broken(deliver_by=20260330), "line 1, /deliver_by", "a day such as 2026-03-31; found a numb"),
    (broken(ship_to="S1"), "line 1, /ship_to", "must be an object"),
    (broken(ship_to={"street": "a\u202eb"}), "line 1, /ship_to/street", "U+202E"),
    (broken(ship_to={"name": "\ud800"}), "line 1, /ship_to/name", "U+D800"),
    (broken(ship_to={"name": "a\nb"}), "line 1, /ship_to/name", "U+000A"),
    (broken(ship_to={"name": "x" * 81}), "line 1, /ship_to/name", "at most 80 characters"),
    (broken(notes="ring"), "line 1, /notes", "must be a list"),
    (line(quantity="five"), "line 1, /lines/0/quantity", "a quantity above 0"),
    (line(quantity=0), "line 1, /lines/0/quantity", "a quantity above 0"),
    (line(quantity=-5), "line 1, /lines/0/quantity", "a quantity above 0"),
    (line(quantity=True), "line 1, /lines/0/quantity", "found true or false"),
    (line(quantity=10**10), "line 1, /lines/0/quantity", "a quantity above 0"),
    (line(quantity=float("nan")), "line 1, /lines/0/quantity", "found NaN, which is no number"),
    (line(quantity=float("inf")), "line 1, /lines/0/quantity", "found Infinity"),
    (
        line().replace("5", "9" * 5000),
        "line 1, /lines/0/quantity",
        "found a number of 5000 characters",
    ),
    (line().replace("5", "1e999999999"), "line 1, /lines/0/quantity", "found a number"),
    (line().replace("5", "5.0000001"), "line 1, /lines/0/quantity", "a quantity above 0"),
    (line(quantity="\u0665"), "line 1, /lines/0/quantity", "a quantity above 0"),
    (line(unit_price="cheap"), "line 1, /lines/0/unit_price", "a price such as 4.25"),
    (line(unit="EACH"), "line 1, /lines/0/unit", "at most 3 characters"),
    (line(item=12), "line 1, /lines/0/item", "leading zeros"),
    (line()[:-2].replace('"A1"', '"A1", "item": "A2"') + "}]}", "line 1", "no JSON"),
    (line().replace('"A1"', '"A1", "item": "A2"'), "line 1, /lines/0/item", "stands there twice"),
    (
        broken(lines=[{"line": "1", "item": "A1", "quantity": 1}] * 2),
        "line 1, /lines/1/line",
        "stands at line 1, /lines/0/line",
    ),
    (broken(lines=[{"item": "A1", "quantity": 1}] * 4), "line 1, /lines", "4 lines; 3 are allowed"),
]


@pytest.mark.parametrize(("bad", "place", "told"), HOSTILE, ids=range(len(HOSTILE)))
def test_a_bad_order_is_named_by_line_and_pointer_and_its_neighbor_is_taken(
    bad: str, place: str, told: str
) -> None:
    first, second = orders(f"{bad}\n{GOOD}\n")
    assert first.message is None
    issue = first.issues[0]
    assert (issue.place, issue.severity) == (place, Severity.REJECT)
    assert told in issue.message
    str(issue).encode()  # can be stored and shown
    assert second.message is not None


def test_in_a_list_the_pointer_counts_from_the_list() -> None:
    first, second = orders(f"[{line(quantity=0)}, {GOOD}]")
    assert first.issues[0].place == "/0/lines/0/quantity"
    assert second.message is not None


def test_all_faults_of_an_order_are_told_up_to_a_cap() -> None:
    (found,) = orders(broken(lines=[{"item": "", "quantity": 0, "unit_price": "x"}]))
    assert [issue.place for issue in found.issues] == [
        "/lines/0/item",
        "/lines/0/quantity",
        "/lines/0/unit_price",
    ]
    (flood,) = orders(broken(**{f"k{n}": n for n in range(1000)}))
    assert len(flood.issues) == 50


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ("[" + GOOD + ",", "no JSON at line 1"),
        ('{"po_number": "X",\n "lines": [}\n', "no JSON at line 2, column 12"),
        ("[" * 100_000, "nested too deep"),
        ("[]", "an order file without orders"),
        (b'{"po_number": "X",\n"notes": ["\xff"]}', "not UTF-8 at byte 30, line 2"),
        ("\n".join([GOOD] * 6), "more than 5 orders"),
        ("[" + ",".join([GOOD] * 6) + "]", "more than 5 orders"),
        (GOOD[:-3], "no JSON at line 1"),
    ],
    ids=range(8),
)
def test_a_file_that_cannot_be_trusted_is_refused_as_a_whole(data: str | bytes, told: str) -> None:
    assert told in refused(data)


@pytest.mark.parametrize("cut", range(0, len(GOOD), 3))
def test_a_file_that_was_cut_off_never_becomes_another_order(cut: int) -> None:
    found, issues = read(GOOD[:cut].encode(), JsonSettings(), max_orders=5, max_lines=3)
    assert issues or all(order.message is None for order in found)


_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(sorted(WHOLE)) | st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(
    value=_ANY | st.fixed_dictionaries({"po_number": st.text(max_size=5), "lines": st.lists(_ANY)})
)
def test_whatever_json_says_it_is_an_order_or_its_faults_are_told(value: Any) -> None:
    found, issues = read(json.dumps(value).encode(), JsonSettings(), max_orders=50, max_lines=50)
    assert found or issues
    for order in found:
        assert (order.message is None) is bool(order.issues)
        for issue in order.issues:
            str(issue).encode()


@given(data=st.binary(max_size=60))
def test_whatever_the_bytes_are_nothing_but_issues_comes_out(data: bytes) -> None:
    found, issues = read(b'{"po_number": ' + data, JsonSettings(), max_orders=5, max_lines=5)
    assert issues or all(order.message is None for order in found)
