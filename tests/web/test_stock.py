"""Stock on pages: what there is and was, who waits, what comes; acts that correct it."""

import random
import re
from contextlib import closing
from datetime import timedelta
from functools import partial
from html import unescape
from sqlite3 import Connection
from typing import Any

import pytest
from starlette.testclient import TestClient

from oms_edi.pipeline.master.import_inbound import import_inbound
from oms_edi.store import ledger_sums, stock_page, stock_queries
from oms_edi.store.search_index import bring_up, open_index
from oms_edi.store.timeline import stamp
from oms_edi.web.asked import PAGE_ROWS
from tests.support.edi import interchange, x850
from tests.support.site import CONFIG, ITEMS, NOW, Site, name
from tests.support.visitor import send


def text_of(client: TestClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    text = re.sub(r"<[^>]+>", " ", answer.text.partition('<div class="page">')[2])
    return " ".join(unescape(text).split())


def test_items_are_listed_with_what_is_free_where(client: TestClient, site: Site) -> None:
    site.send("buyer", interchange(x850("PO1")))
    text = text_of(client, "/stock")
    assert "A1 Article One 150 10 140 free 140 reserved 10 DAL 90" in text
    assert "B2 Article Two" not in text_of(client, "/stock?q=article+one")
    assert "No such item" in text_of(client, "/stock?q=%25%27")


def test_a_list_is_narrowed_to_what_somebody_waits_for(client: TestClient, site: Site) -> None:
    assert "No such item" in text_of(client, "/stock?which=waited+for")
    site.send("buyer", interchange(x850("PO1", "1*90*EA*1.25**VN*C3")))
    text = text_of(client, "/stock?which=waited+for")
    assert "C3 Article Three" in text
    assert "A1 Article One" not in text
    text = text_of(client, "/stock/C3")
    assert f"{name(1)} line 1 buyer tier 1 60 not known" in text


def test_a_page_of_many_items_goes_on_where_the_last_ended(client: TestClient, site: Site) -> None:
    rows = "".join(f"N{n:03},NAIL {n},EA,1,1,,,\n" for n in range(PAGE_ROWS + 5))
    site.load("items", ITEMS + rows)
    first = client.get("/stock?q=nail")
    (rest,) = re.findall(r'rel="next" href="(/stock[^"]+)"', first.text)
    shown = [
        item
        for page in (first, client.get(unescape(rest)))
        for item in re.findall(r'<a href="/stock/(N\d+)"', page.text)
    ]
    assert shown == [f"N{n:03}" for n in range(PAGE_ROWS + 5)]


def with_movements(site: Site, *, hours: int) -> None:
    """Have four times eleven orders for A1 shipped."""
    for count in range(4):
        site.send(
            "buyer",
            interchange(
                *(
                    x850(f"PO{count}-{n}", "1*1*EA*4.00**VN*A1", control=f"{n:04}")
                    for n in range(1, 12)
                ),
                control=count + 1,
            ),
            f"{count}.edi",
        )
        site.ship("wh")
        site.now += timedelta(hours=hours)


def in_pages(book: Connection, newer: stock_page.Newer | None = None) -> list[dict[str, Any]]:
    """The ledger of A1 at DAL, seven movements a page."""
    before, found = None, []
    while page := stock_page.ledger(book, "A1", "DAL", before=before, limit=7, newer=newer):
        found += page
        before = stock_page.LedgerKey(page[-1]["moved_at"], page[-1]["entry_id"])
    return found


def with_late_documents(site: Site) -> None:
    """Write a ledger in which much was so at the node days before it was booked."""
    site.is_broken = True  # no document stands behind it
    draw = random.Random(7)
    rows = []
    for count in range(300):
        at = NOW + timedelta(hours=count // 3)
        moved_at = at - timedelta(hours=draw.choice((0, 0, 0, 1, 30, 100)))
        units = [draw.randrange(-9, 10) for _ in range(5)]
        node = draw.choice(("DAL", "RNO"))
        rows.append((stamp(at), stamp(moved_at), draw.choice(("A1", "B2")), node, *units))
    with site.connect() as book:
        book.executemany(
            "INSERT INTO stock_ledger (at, moved_at, item, node, kind, on_hand_delta, held_delta,"
            " doubted_delta, reserved_delta, oversold_delta)"
            " VALUES (?, ?, ?, ?, 'adjustment', ?, ?, ?, ?, ?)",
            rows,
        )


@pytest.mark.parametrize("taken", [0, 3, 1000])
def test_a_balance_is_the_same_however_much_of_the_ledger_is_added_up(
    site: Site, monkeypatch: pytest.MonkeyPatch, taken: int
) -> None:
    monkeypatch.setattr(ledger_sums, "BLOCK", 10)
    monkeypatch.setattr(ledger_sums, "_MOST_BEHIND", 1000)
    with_late_documents(site)
    with site.connect() as book, closing(open_index(site.root / "search.db")) as index:
        for _ in range(taken):
            if not bring_up(book, index):
                break
        assert ledger_sums.is_behind(book, index) == (taken < 1000)
        newer = partial(ledger_sums.newer, book, index, "A1", "DAL")
        assert in_pages(book, newer) == in_pages(book)
        instants = {at for (at,) in book.execute("SELECT moved_at FROM stock_ledger")}
        for at in (*sorted(instants)[::3], "2026-03-02T15:00:01Z", "2020-01-01T00:00:00Z", "9"):
            summed = ledger_sums.position_at(book, index, "A1", at=at)
            assert summed == stock_queries.position_at(book, "A1", node=None, at=at), at
    assert len(instants) > 90


def test_sums_that_are_far_behind_or_ahead_of_what_a_page_sees_are_not_used(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_sums, "BLOCK", 10)
    monkeypatch.setattr(ledger_sums, "_MOST_BEHIND", 5)
    with site.connect() as old, closing(open_index(site.root / "search.db")) as index:
        old.execute("BEGIN")
        key = stock_page.LedgerKey("2026-03-02T15:00:00Z", 1)
        assert ledger_sums.newer(old, index, "A1", "DAL", key) is not None
        with_movements(site, hours=9)
        with site.connect() as book:
            assert ledger_sums.newer(book, index, "A1", "DAL", key) is None  # far behind
            while bring_up(book, index):
                pass
            assert ledger_sums.newer(book, index, "A1", "DAL", key) is not None
        assert ledger_sums.newer(old, index, "A1", "DAL", key) is None  # ahead


def test_the_ledger_of_a_node_ends_at_what_is_there_on_every_page(
    client: TestClient, site: Site
) -> None:
    with_movements(site, hours=1)
    with site.connect() as book:
        found = in_pages(book)
        whole = stock_page.ledger(book, "A1", "DAL", before=None, limit=1000)
    assert found == whole
    assert len(whole) > 40
    on_hand, reserved = site.stock("A1", "DAL")
    assert (whole[0]["on_hand"], whole[0]["reserved"]) == (on_hand, reserved)
    last = whole[-1]
    assert last["on_hand"] == last["on_hand_delta"]
    assert "Older" in text_of(client, "/stock/A1?node=DAL")


def test_what_is_to_come_is_in_the_projected_balance(client: TestClient, site: Site) -> None:
    path = site.root / "expected.csv"
    path.write_text("reference,node,item,units,due_on\nPO-1,DAL,C3,500,2026-03-09\n")
    import_inbound(site.step(), path, actor="test", dry_run=False)
    text = text_of(client, "/stock/C3")
    assert "Tue Mar 10 500 500" in text
    assert "Mon Mar 9 DAL PO-1 import 500 of 500" in text
    assert 'aria-label="Projected balance of C3 at DAL: 0 now, 500 from' in (
        client.get("/stock/C3").text
    )
    assert "DAL 500 500" in text_of(client, "/stock/C3?at=2026-03-11T00:00")


def test_a_past_position_is_what_the_book_knew_then(client: TestClient, site: Site) -> None:
    site.send("buyer", interchange(x850("PO1")))
    site.now += timedelta(hours=2)
    site.ship("wh")
    text = text_of(client, "/stock/A1?at=2026-03-02T16:00")
    assert "DAL 100 0 10 90" in text
    assert "Nothing was known" in text_of(client, "/stock/A1?at=2020-01-01T00:00")
    assert client.get("/stock/A1?at=soon").status_code == 409
    assert client.get("/stock/NONE").status_code == 404


def test_what_arrived_is_booked_and_offered_to_who_waits(operator: TestClient, site: Site) -> None:
    site.send("buyer", interchange(x850("PO1", "1*90*EA*1.25**VN*C3")))
    values = {"item": "C3", "node": "RNO", "units": "60", "reason": "on the dock"}
    answer = send(operator, "/stock", do="receive", on="/stock/C3", **values)
    assert answer.headers["location"] == "/stock/C3"
    assert "60 C3 at RNO" in text_of(operator, "/stock/C3")
    site.run()
    assert site.order()["status"] == "released"
    for units in ("0", "-5", "x", "99999999999"):
        answer = send(
            operator, "/stock", do="receive", on="/stock/C3", **{**values, "units": units}
        )
        assert "say how many" in text_of(operator, "/stock/C3"), units


def test_a_count_that_differs_is_believed_by_a_person(operator: TestClient, site: Site) -> None:
    strict = "rank: 1, stock_feed: {believe: within_tolerance, tolerance_units: 2}}"
    site.configure("config", CONFIG.replace("rank: 1}", strict))
    site.now += timedelta(hours=1)
    site.send("wh", "sku,on hand\nA1,60\n", "count.csv")
    text = text_of(operator, "/stock/A1")
    assert "60 on hand 60 -40 count.csv Accept the count" in text
    values = {"item": "A1", "node": "DAL", "reason": "counted twice"}
    send(operator, "/stock", do="accept", on="/stock/A1", **values)
    assert site.stock("A1", "DAL") == (60, 0)
    assert 'value="accept"' not in operator.get("/stock/A1").text


def test_the_ledger_opens_at_a_node_that_has_some(client: TestClient) -> None:
    page = client.get("/stock/C3").text  # DAL has none of it
    assert re.findall(r'aria-current="true">(\w+)<', page) == ["RNO"]
