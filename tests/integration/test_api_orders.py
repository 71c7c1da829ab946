"""Orders, changes and cancels a portal asks for: one way, once, and the book can be made again."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from oms_edi.errors import KeyUsed, NotFound, NotThisDocument, Refused
from oms_edi.store import orders
from oms_edi.testing import answer_940
from tests.support.kill_sweep import Points
from tests.support.portal import cancel, change, order, place
from tests.support.site import MAPPINGS, Site


def faults(error: pytest.ExceptionInfo[NotThisDocument]) -> list[tuple[str, str]]:
    return [(issue.place, issue.message.partition(";")[0]) for issue in error.value.issues]


def test_an_order_of_the_portal_goes_the_way_of_its_files(site: Site) -> None:
    assert place(site, order())[:2] == (1, True)
    site.run()
    found = site.order()
    assert (found["channel"], found["status"], found["partner"]) == ("api", "released", "portal")
    (file,) = site.files()
    assert (file["kind"], file["name"], file["state"]) == ("order_api", "k-1", "accepted")
    (entered,) = [e for e in found["timeline"] if e["name"] == "order.entered"]
    assert (entered["actor"], entered["text"]) == ("partner", "placed by key 1, request k-1")
    site.send("portal", '{"po_number": "WEB-2", "lines": [{"item": "A1", "quantity": 1}]}')
    assert [one["channel"] for one in site.orders()] == ["api", "json"]


def test_the_same_key_is_the_same_order_whatever_happened_to_the_answer(site: Site) -> None:
    assert place(site, order())[:2] == (1, True)
    assert place(site, order())[:2] == (1, False)
    site.run()
    assert place(site, order())[:2] == (1, False)
    assert (len(site.orders()), len(site.files())) == (1, 1)
    with pytest.raises(KeyUsed):
        place(site, order("WEB-2"))
    with pytest.raises(KeyUsed):
        cancel(site, {}, key="k-1")
    assert len(site.orders()) == 1


def test_many_tries_at_once_are_one_order(site: Site) -> None:
    site.step().connection.close()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: place(site, order()), range(16)))
    assert {done.order_id for done in found} == {1}
    assert sum(done.is_new for done in found) == 1
    assert len(site.orders()) == 1


def test_a_key_belongs_to_its_partner(site: Site) -> None:
    assert place(site, order())[:2] == (1, True)
    buyers = {"po_number": "B-1", "lines": [{"item": "A1", "quantity": 1}]}
    assert place(site, buyers, partner="buyer")[:2] == (2, True)


def test_a_refused_request_leaves_its_key_free(site: Site) -> None:
    with pytest.raises(NotThisDocument):
        place(site, {"po_number": "WEB-1"})
    assert (site.orders(), site.files()) == ([], [])
    assert place(site, order())[:2] == (1, True)


def test_a_process_killed_anywhere_leaves_one_order_for_a_key(site: Site) -> None:
    site.step().connection.close()

    def attempt(number: int, fatal: int) -> bool:
        """Place an order in a process of its own; True if it was killed."""
        child = os.fork()
        if child == 0:
            points = Points(fatal)
            points.install()
            place(site, order(f"WEB-{number}"), key=f"k-{number}")
            os._exit(0)
        _, status = os.waitpid(child, 0)
        return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL

    fatal = 1
    while attempt(fatal, fatal):
        before = len(site.orders())
        found = place(site, order(f"WEB-{fatal}"), key=f"k-{fatal}")
        assert found.order_id == len(site.orders()) == fatal
        assert found.is_new == (before < fatal)
        fatal += 1
    assert fatal > 10
    assert len(site.orders()) == fatal


def test_the_same_po_under_another_key_is_judged_as_from_any_channel(site: Site) -> None:
    place(site, order())
    assert place(site, order(), key="k-2")[:2] == (2, True)
    assert site.lines(2) == [("1", "held"), ("2", "held")]
    site.configure(
        "portal", MAPPINGS["portal"].replace("tier: 2", "tier: 2\n  duplicate_po: ignore")
    )
    assert place(site, order(), key="k-3")[:2] == (1, False)
    cancel(site, {})
    cancel(site, {}, name="SO100002", key="x-2")
    assert place(site, order(), key="k-4")[:2] == (3, True)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", ("", "no JSON at line 1, column 1: Expecting value")),
        (b"\xff", ("", "not UTF-8 at byte 0")),
        (b"[1]", ("", "must be one JSON object")),
        (b"[" * 99999, ("", "lists or objects nested too deep")),
        (b'{"po_number": "A", "po_number": "B"}', ("/po_number", "stands there twice")),
        (order(lines=[]), ("/lines", "must not be empty")),
        (order(lines=[{"item": "A1", "quantity": 0}]), ("/lines/0/quantity", "must be a quantity")),
        (order(lines=[{"item": "A1", "quantity": 1}] * 10001), ("/lines", "10001 lines")),
        (order(po_number="<script>"), ("/po_number", "must be 1 to 35 plain letters")),
        (order(note="x"), ("/note", "is no field of an order")),
    ],
)
def test_what_is_no_order_is_refused_with_the_field(
    site: Site, body: Any, told: tuple[str, str]
) -> None:
    with pytest.raises(NotThisDocument) as error:
        place(site, body)
    ((field, message),) = faults(error)
    assert field == told[0]
    assert message.startswith(told[1])
    assert (site.orders(), site.files()) == ([], [])


def test_a_change_says_what_is_to_be_otherwise_and_nothing_else(site: Site) -> None:
    place(site, order())
    wanted = {
        "deliver_by": "2026-03-20",
        "lines": [
            {"line": "1", "quantity": 12},
            {"line": "2", "quantity": 0},
            {"line": "3", "item": "C3", "quantity": 5},
        ],
    }
    assert change(site, wanted)[:2] == (1, True)
    assert change(site, wanted)[:2] == (1, False)
    found = site.order()
    assert found["deliver_by"] == "2026-03-20"
    assert [(x["buyer_line"], x["ordered"], x["cancelled"]) for x in found["lines"]] == [
        ("1", 12, 0),
        ("2", 6, 6),
        ("3", 5, 0),
    ]
    site.run()
    assert [line["shipped"] for line in site.order()["lines"]] == [0, 0, 0]
    assert site.order()["status"] == "released"


def test_a_change_of_many_lines_reads_the_order_a_few_times_not_once_for_each(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = orders.read_order
    asked: list[int] = []

    def counted(connection: Any, order_id: int) -> Any:
        asked.append(order_id)
        return read(connection, order_id)

    lines = [{"line": f"{n}", "item": "A1", "quantity": 1, "unit": "EA"} for n in range(60)]
    place(site, order(lines=lines))
    site.run()
    monkeypatch.setattr(orders, "read_order", counted)
    wanted = [{"line": f"{n}", "quantity": 2 * (n % 2)} for n in range(60)]
    change(site, {"lines": [*wanted, *({**line, "line": f"x{line['line']}"} for line in lines)]})
    assert len(asked) < 10
    rows = site.query("SELECT ordered FROM order_lines ORDER BY line_id")
    assert [ordered for (ordered,) in rows] == [1, 2] * 30 + [1] * 60


def test_a_cancelled_line_may_be_ordered_anew(site: Site) -> None:
    place(site, order())
    change(site, {"lines": [{"line": "2", "quantity": 0}]})
    with pytest.raises(NotThisDocument) as error:
        change(site, {"lines": [{"line": "2", "quantity": 6}]}, key="c-2")
    assert faults(error) == [("/lines/0/item", "is missing: the order has no such line yet")]
    change(site, {"lines": [{"line": "2", "item": "B2", "quantity": 6}]}, key="c-3")
    assert [(x["ordered"], x["cancelled"]) for x in site.order()["lines"]] == [
        (24, 0),
        (6, 6),
        (6, 0),
    ]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, ("", "changes nothing")),
        ({"lines": []}, ("", "changes nothing")),
        ({"lines": [{"quantity": 1}]}, ("/lines/0/line", "is missing")),
        ({"lines": [{"line": "1", "quantity": -1}]}, ("/lines/0/quantity", "must be a quantity")),
        ({"lines": [{"line": "9", "quantity": 1}]}, ("/lines/0/item", "is missing")),
        ({"lines": [{"line": "9", "item": "A1"}]}, ("/lines/0/quantity", "is missing")),
        ({"po_number": "X"}, ("/po_number", "is no field of an order")),
        (
            {"lines": [{"line": "1", "quantity": 1}] * 2},
            ("/lines/1/line", "the same line number stands at /lines/0/line"),
        ),
    ],
)
def test_what_is_no_change_is_refused_with_the_field(
    site: Site, body: Any, told: tuple[str, str]
) -> None:
    place(site, order())
    with pytest.raises(NotThisDocument) as error:
        change(site, body)
    ((field, message),) = faults(error)
    assert field == told[0]
    assert message.startswith(told[1])
    assert site.query("SELECT count(*) FROM changes") == [(0,)]


def test_a_change_of_what_a_warehouse_has_waits_for_its_answer(site: Site) -> None:
    place(site, order())
    site.run()
    change(site, {"lines": [{"line": "1", "quantity": 12}]})
    site.run()
    assert site.lines() == [("1", "change requested"), ("2", "released")]
    site.ship("wh")
    assert [line["shipped"] for line in site.order()["lines"]] == [12, 6]


@pytest.mark.parametrize("is_released", [False, True])
def test_what_was_wanted_less_and_again_does_not_ship_twice_when_nobody_stopped_it(
    site: Site, is_released: bool
) -> None:
    place(site, order(lines=[{"line": "1", "item": "A1", "quantity": 24, "unit": "EA"}]))
    site.run()
    (first,) = site.outgoing("wh", "940")
    change(site, {"lines": [{"line": "1", "quantity": 12}]})
    change(site, {"lines": [{"line": "1", "quantity": 24}]}, key="c-2")
    if is_released:  # 12 more are on their way to a warehouse
        site.run()
    answer = answer_940(
        first.read_bytes(), control_number=9, now=site.now, scenario=lambda _: "full"
    )
    assert answer
    site.send("wh", answer)
    site.ship("wh2")
    (line,) = site.order()["lines"]
    asked = 12 if is_released else 0
    assert (line["shipped"], line["ordered"]) == (24, 24 + asked)
    assert site.exception_kinds() == ["change_requested"] * is_released


def test_a_cancel_is_of_the_order_or_of_some_lines(site: Site) -> None:
    place(site, order())
    assert cancel(site, {"lines": ["2"], "reason": "wrong color"})[:2] == (1, True)
    assert site.lines() == [("1", "open"), ("2", "cancelled")]
    with pytest.raises(NotThisDocument) as error:
        cancel(site, {"lines": ["1", "7"]}, key="x-2")
    assert faults(error) == [("/lines/1", "the order has no such line")]
    assert cancel(site, b"", key="x-3")[:2] == (1, True)
    assert site.lines() == [("1", "cancelled"), ("2", "cancelled")]
    with pytest.raises(Refused):
        cancel(site, b"", key="x-4")
    with pytest.raises(Refused):
        change(site, {"lines": [{"line": "1", "quantity": 1}]})
    assert cancel(site, b"", key="x-3")[:2] == (1, False)


def test_what_warehouses_are_asked_to_stop_already_is_not_cancelled_once_more(site: Site) -> None:
    place(site, order())
    site.run()
    change(site, {"lines": [{"line": "1", "quantity": 12}]})
    first = cancel(site, {})
    for key, document in (("x-2", {}), ("x-3", {"lines": ["2"]}), ("x-2", {})):
        again = cancel(site, document, key=key)
        assert (again.is_new, again.is_replayed, again.change_id) == (False, False, 2)
    assert cancel(site, {}).file_id == first.file_id
    assert site.query("SELECT count(*) FROM changes") == [(2,)]
    site.run()
    site.ship("wh")
    with pytest.raises(Refused):
        cancel(site, {}, key="x-2")


def test_what_has_shipped_is_neither_changed_nor_cancelled(site: Site) -> None:
    place(site, order())
    site.run()
    site.ship("wh")
    for act in (cancel, change):
        with pytest.raises(Refused):
            act(site, {"lines": [{"line": "1", "quantity": 1}]} if act is change else {})


def test_the_order_of_somebody_else_is_no_order(site: Site) -> None:
    place(site, {"po_number": "B-1", "lines": [{"item": "A1", "quantity": 1}]}, partner="buyer")
    for act in (cancel, change):
        for name in ("SO100001", "SO100002", "SO", "B-1", "so100001", "1"):
            with pytest.raises(NotFound, match="there is no such order"):
                act(site, {"deliver_by": "2026-03-20"} if act is change else {}, name=name)
    with pytest.raises(NotFound, match="no customer wh"):
        place(site, order(), partner="wh")


def test_what_the_portal_did_can_be_made_again_and_lived_through_again(site: Site) -> None:
    place(site, order())
    place(site, order("WEB-2"), key="k-2")
    site.run()
    change(site, {"lines": [{"line": "1", "quantity": 12}]}, name="SO100002", key="c-1")
    cancel(site, {"lines": ["2"]})
    site.run()
    site.ship("wh")
    again = site.replayed()
    assert (again.astray, again.difference) == ("", None)
    assert again.content == site.content_hash()
    done, difference = site.simulated()
    assert done.refused == []
    assert not difference
