"""The list of orders: found by whatever people have in hand, as links, page by page."""

import re
import sqlite3
import time
from contextlib import closing
from datetime import timedelta
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from oms_edi.domain.party import Party
from oms_edi.domain.role import Role
from oms_edi.pipeline.people import acts
from oms_edi.store import access, order_page, search_index, views
from oms_edi.store.order_page import count_status
from oms_edi.web import finder
from oms_edi.web.asked import PAGE_ROWS
from tests.support.edi import interchange, x850
from tests.support.portal import change, order, place
from tests.support.site import Site, name
from tests.support.visitor import asking, logged_in, send, with_user


def found(client: TestClient, path: str) -> list[str]:
    """Return the orders a page lists, in its order; of one it leads to, that one."""
    answer = client.get(path)
    if answer.status_code == 303:
        return [answer.headers["location"].rpartition("/")[2]]
    assert answer.status_code == 200, answer.text
    return listed(answer.text)


def listed(page: str) -> list[str]:
    """Return the orders a page lists, in its order."""
    return re.findall(r'<th scope="row" class="short"><a href="/orders/(SO\d+)">', page)


def send_orders(site: Site, *sets: str) -> None:
    site.send("buyer", interchange(*sets))


def test_an_order_is_found_by_every_number_it_has(client: TestClient, site: Site) -> None:
    send_orders(site, x850("PO-77"), x850("PO-88", "1*5*EA*7.50**VN*B2", control="0002"))
    site.ship("wh")
    (tracking,) = site.query(
        "SELECT tracking FROM dispatches JOIN shipments USING (shipment_id) WHERE order_id = 1"
    )[0]
    (sscc,) = site.query("SELECT sscc FROM packages ORDER BY package_id LIMIT 1")[0]
    for number in ("PO-77", name(1), "SO100001-1", tracking, tracking.lower(), sscc, f"00{sscc}"):
        assert found(client, f"/orders?q={quote(number)}") == [name(1)], number


def test_an_order_is_found_by_how_its_po_ends(client: TestClient, site: Site) -> None:
    send_orders(site, x850("4500-118264"), x850("WEB-7010", control="0002"))
    for ending, number in (("8264", 1), ("118264", 1), ("00-118264", 1), ("7010", 2), ("b7010", 2)):
        assert found(client, f"/orders?q={ending}") == [name(number)], ending
    assert found(client, "/orders?q=010") == []  # too little to tell anything by


def test_an_order_is_found_by_items_of_both_sides_and_their_names(
    client: TestClient, site: Site
) -> None:
    send_orders(
        site,
        x850("PO1", "1*5*EA*7.50**VN*B2"),
        x850("PO2", "1*10*EA*4.00**IN*B-A1", control="0002"),
        x850("PO3", "1*30*EA*1.25**VN*C3", control="0003"),
    )
    for words in ("B2", "article two", "two  ARTICLE", "tulsa b2"):
        assert found(client, f"/orders?q={quote(words)}") == [name(1)], words
    for words in ("B-A1", "ba1", "A1", "A1 tulsa"):
        assert found(client, f"/orders?q={quote(words)}") == [name(2)], words


def test_an_order_is_found_by_customer_and_by_where_it_goes(client: TestClient, site: Site) -> None:
    send_orders(site, x850("PO1"), x850("PO2", ship_to="N1*ST*STORE TWO*92*S2", control="0002"))
    assert found(client, "/orders?q=boise") == [name(2)]
    assert found(client, "/orders?q=tul") == [name(1)]
    assert found(client, "/orders?q=the+buyer") == [name(2), name(1)]
    assert found(client, "/orders?q=buyer+store+two") == [name(2)]
    assert found(client, "/orders?q=boise+tulsa") == []


def test_what_is_searched_is_words_whatever_it_looks_like(client: TestClient, site: Site) -> None:
    send_orders(site, x850("PO1"))
    for text in (
        "'",
        '"',
        "*",
        "( OR",
        "a AND",
        "NEAR(",
        "-",
        "%",
        "\\",
        "<b>",
        "\x00",
        "a" * 9999,
    ):
        answer = client.get("/orders", params={"q": text})
        assert answer.status_code == 200, text
        assert "<b>" not in answer.text


def test_a_new_ship_to_and_a_tracking_number_are_found_once_they_are_there(
    client: TestClient, site: Site
) -> None:
    send_orders(site, x850("PO1", ship_to="N1*ST*NOWHERE*92*S99"))
    assert found(client, "/orders?q=tulsa") == []
    place = Party(role="ST", id_qualifier="92", id_code="S1")
    acts.ship_to(site.step(), "PO1", place, number=1, actor="ann", reason="called")
    assert found(client, "/orders?q=tulsa") == [name(1)]
    assert found(client, "/orders?q=nowhere") == []


def test_filters_are_links_and_leave_out_everything_else(client: TestClient, site: Site) -> None:
    send_orders(
        site,
        x850("PO1"),
        x850("PO2", "1*10*EA*9.00**VN*A1", control="0002"),
        x850("PO3", "1*500*EA*7.50**VN*B2", control="0003"),
    )
    site.send("shop", "PO,Line,Item,Qty,Unit,Price,Store,Due\nS1,1,A1,12,EA,4.00,S9,\n", "s.csv")
    assert found(client, "/orders?status=held") == [name(2)]
    assert found(client, "/orders?partner=shop") == [name(4)]
    assert found(client, "/orders?status=held&partner=shop") == []
    assert found(client, "/orders?exceptions=yes") == [name(3), name(2)]
    assert found(client, "/orders?node=DAL&partner=buyer") == [name(3), name(1)]
    assert found(client, "/orders?node=NOWHERE") == []
    assert len(found(client, "/orders?status=nonsense&age=nonsense")) == 4


def test_age_is_counted_from_when_an_order_came(client: TestClient, site: Site) -> None:
    send_orders(site, x850("PO1"))
    site.now += timedelta(days=3)
    site.send("buyer", interchange(x850("PO2"), control=2), "2.edi")
    site.now += timedelta(hours=1)
    assert found(client, "/orders?age=24h") == [name(2)]
    assert found(client, "/orders?age=older-2d") == [name(1)]
    assert found(client, "/orders?age=7d") == [name(2), name(1)]


def test_a_status_is_the_one_of_now_whatever_the_index_knew(client: TestClient, site: Site) -> None:
    send_orders(site, x850("PO1", "1*10*EA*9.00**VN*A1"))
    assert found(client, "/orders?status=held") == [name(1)]
    acts.release_holds(site.step(), "PO1", kinds=(), actor="ann", reason="agreed")
    site.run()
    assert found(client, "/orders?status=held") == []
    assert found(client, "/orders?status=released") == [name(1)]


def test_an_order_that_waits_on_is_found_as_one_that_waits_whatever_the_index_knew(
    client: TestClient, site: Site
) -> None:
    for number, units in (("W-1", 30), ("W-2", 5)):
        line = {"line": "1", "item": "C3", "quantity": units, "unit": "EA"}
        place(site, order(number, lines=[line]), key=number)
    site.run()
    assert found(client, "/orders?status=backordered") == [name(2)]
    change(site, {"deliver_by": "2026-03-20"}, name=name(2))
    assert found(client, "/orders?status=open") == [name(2)]
    site.run()
    assert found(client, "/orders?status=backordered") == [name(2)]


def test_pages_follow_each_other_by_key_and_miss_nothing(client: TestClient, site: Site) -> None:
    count = PAGE_ROWS + 3
    sets = [x850(f"PO{n:03}", "1*1*EA*4.00**VN*A1", control=f"{n:04}") for n in range(1, count + 1)]
    send_orders(site, *sets)
    partly = "node=DAL&partner=buyer&"
    for query in ("", "status=released&", "q=tulsa&", "partner=buyer&", "node=DAL&", partly):
        first = client.get(f"/orders?{query}")
        older = re.search(r'rel="next" href="(/orders[^"]+)"', first.text)
        assert older, query
        shown = found(client, f"/orders?{query}") + found(client, older[1].replace("&amp;", "&"))
        assert shown == [name(n) for n in range(count, 0, -1)], query


@pytest.mark.parametrize(("own", "here"), [(1, 1), (4, 1), (7, 1000), (1000, 5)])
def test_a_node_and_a_partner_together_are_found_from_either_end(
    client: TestClient, site: Site, monkeypatch: pytest.MonkeyPatch, own: int, here: int
) -> None:
    monkeypatch.setattr(order_page, "_OWN_WALK", own)
    monkeypatch.setattr(order_page, "_NODE_WALK", here)
    line = "1*1*EA*4.00**VN*A1"
    send_orders(site, *(x850(f"PO{n}", line, control=f"{n:04}") for n in range(1, 20)))
    site.send("shop", "PO,Line,Item,Qty,Unit,Price,Store,Due\nS1,1,A1,12,EA,4.00,S9,\n", "s.csv")
    for query in ("node=DAL&partner=buyer", "node=DAL&partner=buyer&status=released"):
        shown, address = [], f"/orders?{query}"
        while address:
            shown += found(client, address)
            older = re.search(r'rel="next" href="(/orders[^"]+)"', client.get(address).text)
            address = older[1].replace("&amp;", "&") if older else ""
        assert shown == [name(n) for n in range(19, 0, -1)], query


def test_an_index_that_is_lost_damaged_or_of_another_book_is_made_again(
    client: TestClient, site: Site
) -> None:
    send_orders(site, x850("PO1"))
    assert found(client, "/orders?q=tulsa") == [name(1)]
    path = site.places.var / "search.db"
    for end in ("-wal", "-shm"):
        path.with_name(f"search.db{end}").unlink(missing_ok=True)
    path.unlink()
    assert found(client, "/orders?q=tulsa") == [name(1)]
    path.with_name("broken.db").write_bytes(b"nonsense" * 1000)
    path.with_name("broken.db").rename(path)
    for end in ("-wal", "-shm"):
        path.with_name(f"search.db{end}").unlink(missing_ok=True)
    assert found(client, "/orders?q=tulsa") == [name(1)]


def test_an_index_that_is_damaged_while_it_is_open_is_made_again(
    client: TestClient, site: Site
) -> None:
    send_orders(site, *(x850(f"PO{n}", control=f"{n:04}") for n in range(1, 30)))
    before = found(client, "/orders?q=tulsa")
    path = site.places.var / "search.db"
    with closing(sqlite3.connect(path)) as index:
        index.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with open(path, "r+b") as file:  # all of it but what says that it is one
        file.seek(4096)
        file.write(b"x" * (path.stat().st_size - 4096))
    for address in ("/orders", "/stock/A1", "/orders?q=tulsa"):
        assert client.get(address).status_code == 200
    assert found(client, "/orders?q=tulsa") == before


def test_orders_are_shown_while_their_index_cannot_be_written(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    send_orders(site, x850("PO1"))
    mine, path = finder.Finder(), site.places.database
    with closing(site.connect()) as book:
        index = mine.index(book, path)
        index.execute("PRAGMA max_page_count = 1")  # full: not a page more than there are
        site.send(
            "buyer", interchange(*(x850(f"PO{n}" * 3, control=f"{n:04}") for n in range(2, 99)))
        )
        assert mine.index(book, path) is index
        assert "full" in caplog.text
        assert count_status(index, "released") == 1
        index.close()


def test_a_page_that_began_before_the_newest_orders_came_leaves_the_index_as_it_is(
    site: Site,
) -> None:
    send_orders(site, x850("PO1"))
    mine, path = finder.Finder(), site.places.database
    with closing(site.connect()) as earlier, closing(site.connect()) as now:
        earlier.execute("BEGIN")
        earlier.execute("SELECT count(*) FROM events").fetchone()
        site.send("buyer", interchange(x850("PO2", control="0002"), control=2), "2.edi")
        mine.index(now, path)
        index = mine.index(earlier, path)
        assert count_status(index, "released") == 2
        index.close()


def test_a_list_that_needs_an_index_nobody_can_write_says_so(
    client: TestClient, site: Site
) -> None:
    send_orders(site, x850("PO1"))
    (site.places.var / "search.db").mkdir()
    answer = client.get("/orders")
    assert answer.status_code == 503
    assert "The index of orders cannot be written" in answer.text


def test_markup_in_names_and_numbers_stays_text(client: TestClient, site: Site) -> None:
    send_orders(site, x850("<i 1", ship_to="N1*ST*<script>alert(1)</script>*92*S99"))
    text = client.get("/orders").text
    assert "&lt;i 1" in text
    assert "<i 1" not in text
    assert "<script>" not in text.lower()


def test_a_view_is_kept_under_a_name_for_who_kept_it(operator: TestClient, site: Site) -> None:
    send_orders(site, x850("PO1", "1*10*EA*9.00**VN*A1"))
    view = {"status": "held", "partner": "buyer", "name": "<b>mine"}
    answer = send(operator, "/orders", on="/orders?status=held", **view)
    assert answer.headers["location"] == "/orders?status=held&partner=buyer"
    page = operator.get("/orders").text
    assert "★ &lt;b&gt;mine" in page
    assert 'href="/orders?status=held&amp;partner=buyer"' in page
    assert "Forget" in operator.get("/orders?status=held&partner=buyer").text
    with_user(site, "vera", Role.VIEWER)
    viewer = logged_in(site, "vera")
    assert "★" not in viewer.get("/orders").text
    with access.opened(site.places.access) as connection, access.changed(connection):
        for number in range(views.MOST):
            views.put_view(connection, "vera", views.SavedView(f"view {number}", "/orders?q=a"))
    send(viewer, "/orders", on="/orders?status=open", status="open", name="one more")
    text = viewer.get("/orders").text
    assert "forget one first" in text
    assert text.count("★") == views.MOST
    send(operator, "/orders", on="/orders?status=held", do="forget", name="<b>mine")
    assert "★" not in operator.get("/orders").text


def test_without_a_name_there_is_nothing_to_keep(client: TestClient, site: Site) -> None:
    assert "Keep this view" not in client.get("/orders?status=held").text


def test_a_book_that_is_large_is_indexed_in_the_background_newest_first(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_index, "CHUNK", 2)
    monkeypatch.setattr(finder, "_PAUSE_S", 0.4)
    send_orders(site, *(x850(f"PO{n}", control=f"{n:04}") for n in range(1, 10)))
    client = asking(site)
    first = client.get("/orders?q=tulsa").text
    assert listed(first) == [name(9), name(8)]
    assert "older orders come within minutes" in first
    until = time.monotonic() + 20
    while len(found(client, "/orders?q=tulsa")) < 9 and time.monotonic() < until:
        time.sleep(0.05)
    assert found(client, "/orders?q=tulsa") == [name(n) for n in range(9, 0, -1)]
