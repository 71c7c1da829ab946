"""Customers in the book: terms and places imported, shown, and what waited for them goes on."""

import json
import time
from sqlite3 import Connection
from typing import Any

import pytest
from click.testing import CliRunner, Result

from oms_edi.cli.main import cli
from oms_edi.domain.order import NewOrder
from oms_edi.errors import Refused
from oms_edi.pipeline.master import import_customers as master
from oms_edi.pipeline.master.imports import Imported
from oms_edi.store import orders
from tests.support.site import MAPPINGS, Site


def load(site: Site, what: str, text: str, *, dry_run: bool = False) -> Imported:
    path = site.root / f"{what}.csv"
    path.write_text(text)
    act = getattr(master, f"import_{what}")
    done: Imported = act(site.step(), path, actor="mia", dry_run=dry_run)
    return done


def command(site: Site, *arguments: str) -> Result:
    done = CliRunner().invoke(cli, ["--config", str(site.root / "config.yaml"), *arguments])
    assert done.exit_code == 0, f"{done.output}{done.exception}"
    return done


def order(po_number: str = "J-1", **changes: Any) -> str:
    line = {"item": "A1", "quantity": 24, "unit_price": "4.00"}
    return json.dumps(
        {"po_number": po_number, "ship_to": {"code": "P1"}, "lines": [line], **changes}
    )


def test_a_raised_limit_lets_what_waits_go_on_oldest_first_as_far_as_it_goes(site: Site) -> None:
    load(site, "customers", "partner,credit_limit\nportal,50\n")
    site.send("portal", "\n".join(order(f"J-{n}") for n in (1, 2, 3)), "three.jsonl")
    assert site.exception_kinds() == ["credit"] * 3
    done = load(site, "customers", "partner,credit_limit\nportal,200\n")
    assert done.cured == 2
    site.run()
    assert [site.order(n)["status"] for n in (1, 2, 3)] == ["released", "released", "held"]
    load(site, "customers", "partner,credit_limit\nportal,none\n")
    site.run()
    assert site.order(3)["status"] == "released"
    assert site.divergences() == []


def test_a_balance_counts_as_owed(site: Site) -> None:
    load(site, "customers", "partner,credit_limit,balance\nportal,100,10\n")
    site.send("portal", order())
    assert "owes 10.00 and has 0.00 open; with 96.00" in site.exceptions()[0]["text"]


@pytest.mark.parametrize(
    ("column", "low", "high", "kind"),
    [("approval_above", "50", "500", "approval"), ("minimum", "500", "50", "minimum")],
)
def test_changed_terms_end_the_holds_they_no_longer_ask_for(
    site: Site, column: str, low: str, high: str, kind: str
) -> None:
    load(site, "customers", f"partner,{column}\nportal,{low}\n")
    site.send("portal", order())
    assert site.exception_kinds() == [kind]
    done = load(site, "customers", f"partner,{column}\nportal,{high}\n")
    assert (done.cured, site.exception_kinds()) == (1, [])


def test_the_book_goes_before_the_mapping_and_nothing_gives_way_to_it(site: Site) -> None:
    text = MAPPINGS["portal"].replace("tier: 2", "tier: 2\n  money: {credit_limit: 1000}")
    site.configure("portal", text)
    load(site, "customers", "partner,tier,credit_limit,contact\nportal,1,50,Mia\n")
    site.send("portal", order())
    assert site.order()["tier"] == 1
    assert site.exception_kinds() == ["credit"]
    load(site, "customers", "partner,tier,credit_limit\nportal,,\n")
    assert site.exception_kinds() == []
    (row,) = [r for r in _listed(site) if r["customer"] == "portal"]
    assert (row["tier"], row["credit_limit"], row["contact"]) == (2, "1000", "Mia")
    assert (row["open"], row["room"]) == ("96.00", "904.00")


def _listed(site: Site) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(command(site, "customers", "list", "--json").output)
    return found


def test_an_imported_place_lets_orders_that_waited_for_it_go_on(site: Site) -> None:
    site.send("portal", order(ship_to={"code": "P7"}))
    assert site.exception_kinds() == ["address"]
    text = "partner,code,name,street,city,state,postal_code\nportal,P7,SEVEN,7 St,TULSA,OK,74133\n"
    assert load(site, "places", text, dry_run=True).changes[0].after == (
        "SEVEN, 7 St, TULSA, OK, 74133"
    )
    assert site.exception_kinds() == ["address"]
    assert load(site, "places", text).cured == 1
    site.run()
    assert site.order()["status"] == "released"
    assert site.order()["destinations"][0]["name"] == "SEVEN"
    done = load(site, "places", "partner,code,name,postal_code\nportal,P7,SEVEN B,74133\n")
    assert done.changes[0].after == "SEVEN B, 7 St, TULSA, OK, 74133"


def test_a_place_of_the_book_goes_before_one_of_the_mapping(site: Site) -> None:
    load(site, "places", "partner,code,name,postal_code\nportal,P1,MOVED,80216\n")
    site.send("portal", order())
    assert site.order()["destinations"][0]["name"] == "MOVED"
    shown = command(site, "customers", "places", "portal").output
    assert "MOVED" in shown
    assert "book" in shown


@pytest.mark.parametrize(
    ("what", "row", "told"),
    [
        ("customers", "partner,tier\nnobody,1\n", "row 2, column partner: expected a customer"),
        ("customers", "partner,tier\nwh,1\n", "expected a customer"),
        ("customers", "partner,tier\nportal,0\n", "column tier: expected 1 to 9"),
        ("customers", "partner,credit_limit\nportal,-5\n", "column credit_limit: expected an am"),
        ("customers", "partner,credit_limit\nportal,1e5\n", "column credit_limit"),
        ("customers", "partner,balance\nportal,none\n", "column balance"),
        ("customers", "partner,credits\nportal,1\n", "unknown column credits"),
        ("customers", "partner,tier\nportal,1\nportal,2\n", "row 2 says something else"),
        ("places", "partner,code,name,postal_code\nportal,P1,X,7413\n", "column postal_code"),
        ("places", "partner,code,name,postal_code\nportal,,X,74133\n", "column code"),
        ("places", "partner,code,name,postal_code\nportal,P1,,74133\n", "column name"),
    ],
)
def test_a_bad_row_refuses_the_file_and_is_named(
    site: Site, what: str, row: str, told: str
) -> None:
    with pytest.raises(Refused, match=told):
        load(site, what, row)
    assert site.query(
        f"SELECT count(*) FROM {'customers' if what == 'customers' else 'customer_places'}"
    ) == [(0,)]


def test_groups_list_import_and_say_what_would_change(site: Site) -> None:
    path = site.root / "new.csv"
    path.write_text("partner,item,price,minimum\n,A1,4.10,12\n")
    done = json.loads(command(site, "prices", "import", str(path), "--dry-run", "--json").output)
    assert done["changes"] == [
        {"what": "price of A1 for everyone", "before": "4.00", "after": "4.10, at least 12"}
    ]
    assert done["dry_run"] is True
    assert "4.00" in command(site, "prices", "list", "A1").output
    command(site, "import-prices", str(path))  # the same command by its older name
    assert "4.10" in command(site, "prices", "list", "A1", "--customer", "portal").output
    assert "ARTICLE TWO" in command(site, "items", "list", "two").output
    assert command(site, "items", "list", "%").output == "no such item\n"
    assert len(json.loads(command(site, "items", "list", "--json").output)) == 3
    assert [row["customer"] for row in _listed(site)] == ["buyer", "buyer5", "portal", "shop"]


@pytest.mark.parametrize("kind", ["item_unknown", "price", "credit"])
def test_one_import_lets_a_thousand_waiting_lines_go_on_in_one_transaction(
    site: Site, kind: str
) -> None:
    line: dict[str, Any] = {"item": "C3", "quantity": 1, "unit_price": "1.25"}
    if kind == "item_unknown":
        line["item"] = "NEW"
    if kind == "price":
        line["unit_price"] = "1.30"
    if kind == "credit":
        load(site, "customers", "partner,credit_limit\nportal,0\n")
    lines = [{**line, "line": str(n)} for n in range(1, 11 if kind != "credit" else 2)]
    count = 100 if kind != "credit" else 1000
    site.send("portal", "\n".join(order(f"J-{n}", lines=lines) for n in range(count)), "many")
    assert site.query("SELECT count(*) FROM holds WHERE closed_at IS NULL") == [(1000,)]
    ((before,),) = site.query("SELECT count(*) FROM journal")
    began = time.monotonic()
    if kind == "item_unknown":
        text = "item,description,unit,weight_g,pack,ids\nNEW,NEW ONE,EA,100,1,portal:VN=NEW\n"
        done = site.load("items", text)
    elif kind == "price":
        done = site.load("prices", "partner,item,price\nportal,C3,1.30\n")
    else:
        done = load(site, "customers", "partner,credit_limit\nportal,100000\n")
    took_s = time.monotonic() - began
    assert done.cured == 1000
    assert site.query("SELECT count(*) FROM holds WHERE closed_at IS NULL") == [(0,)]
    assert site.query("SELECT count(*) FROM exceptions WHERE closed_at IS NULL") == [(0,)]
    assert site.query("SELECT count(*) FROM journal") == [(before + 1,)]  # one transaction
    assert took_s < 20


def test_an_order_that_could_not_be_taken_uses_none_of_a_limit(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(site, "customers", "partner,credit_limit\nportal,200\n")  # each order is worth 96

    def faulty(connection: Connection, new: NewOrder, **more: Any) -> Any:
        if new.message.po_number == "J-1":
            raise RuntimeError
        return real(connection, new, **more)

    real = orders.put_order
    monkeypatch.setattr(orders, "put_order", faulty)
    site.is_touched = True  # a replay knows nothing of the fault
    site.send("portal", "\n".join(order(f"J-{n}") for n in (1, 2, 3)), "three.jsonl")
    assert [row["po_number"] for row in site.orders()] == ["J-2", "J-3"]
    assert site.query("SELECT kind FROM holds") == []
