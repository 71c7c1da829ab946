"""Orders by phone: entered from flags or step by step, kept as a file, judged like any other."""

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner, Result

from oms_edi.cli.main import cli
from oms_edi.pipeline.master.import_customers import import_customers
from oms_edi.pipeline.people import acts
from tests.support.form import filled
from tests.support.site import MAPPINGS, Site

FLAGS = ("--customer", "buyer", "--ship-to", "S1", "--now", "2026-03-02T15:00:00Z")


def command(site: Site, *arguments: str, answers: str = "", fails: bool = False) -> Result:
    config = str(site.root / "config.yaml")
    done = CliRunner().invoke(cli, ["--config", config, "orders", *arguments], input=answers)
    assert (done.exit_code != 0) is fails, f"{done.output}{done.exception}"
    return done


def test_an_order_from_flags_goes_the_way_of_every_order(site: Site) -> None:
    lines = ("--line", "A1=24", "--line", "B2=1CA@45.00")
    done = command(site, "new", *FLAGS, *lines, "--po", "T-1", "--by", "mia")
    assert done.output == "SO100001 is PO T-1 of buyer\n"
    site.run()
    order = site.order()
    assert (order["channel"], order["status"], order["partner"]) == ("phone", "released", "buyer")
    assert [line["ordered"] for line in order["lines"]] == [24, 6]
    (entered,) = [e for e in order["timeline"] if e["name"] == "order.entered"]
    assert (entered["actor"], entered["text"]) == (
        "mia",
        "mia took it by phone: the customer called",
    )
    assert len(site.outgoing("buyer", "855")) == 1
    assert site.divergences() == []


def test_what_was_entered_is_kept_as_a_file_of_the_customer(site: Site) -> None:
    command(site, "new", *FLAGS, "--line", "A1=24", "--note", "ring twice")
    (file,) = site.files()
    assert (file["partner"], file["kind"], file["name"]) == (
        "buyer",
        "order_phone",
        "phone-00001.json",
    )
    sha = file["sha256"]
    kept = json.loads((site.places.archive / sha[:2] / sha).read_bytes())
    assert kept == {
        "po_number": "TEL-00001",
        "notes": ["ring twice"],
        "ship_to": {"code": "S1"},
        "lines": [{"line": "1", "item": "A1", "quantity": "24"}],
    }
    assert site.order()["po_number"] == "TEL-00001"
    ((body,),) = site.query("SELECT body FROM journal WHERE name = 'new_order'")
    assert json.loads(body)["path"]["archived"] == sha


def test_a_dry_run_shows_price_stock_and_holds_and_saves_nothing(site: Site) -> None:
    text = MAPPINGS["buyer"].replace("tier: 1", "tier: 1\n  money: {approval_above: 50}")
    site.configure("buyer", text)
    shown = command(site, "new", *FLAGS, "--line", "A1=24@3.00", "--dry-run").output
    assert "ARTICLE ONE" in shown
    assert "150 (DAL 100, RNO 50)" in shown
    assert "worth 72.00" in shown
    assert "would wait: price: line 1: price 3.00 differs from ours, 4.00" in shown
    assert "would wait: approval: worth 72.00; above 50.00 a person approves" in shown
    told = command(site, "new", *FLAGS, "--line", "A1=24", "--dry-run", "--json").output
    found = json.loads(told.removesuffix("nothing was saved\n"))
    assert found["lines"][0]["free"] == {"DAL": 100, "RNO": 50}
    assert (site.orders(), site.files()) == ([], [])
    saved = command(site, "new", *FLAGS, "--line", "A1=24@3.00")
    assert "waits: price" in saved.output
    assert site.exception_kinds() == ["approval", "price"]


ANSWERS = [
    "nobody",  # no such customer
    "the",  # several
    "the portal",
    "",  # PO: the default
    "P9",  # no such code
    "P1",
    "soon",  # no day
    "2026-03-20",
    "article",  # several items
    "A1",
    "many",  # no number
    "2",
    "ca",
    "",  # our price
    "nothing like it",
    "two",  # the only one
    "6",
    "",
    "7.00",
    "",  # done
    "be quick",
    "y",
]


def test_an_order_is_asked_for_step_by_step(site: Site) -> None:
    done = command(site, "new", answers="\n".join(ANSWERS) + "\n")
    for shown in (
        "no customer is called so",
        "buyer: THE BUYER",
        "P1: PORTAL ONE, TULSA OK 74133",
        "no such code",
        "a day is written 2026-03-31",
        "B2: ARTICLE TWO",
        "A1 ARTICLE ONE: 4.00 a EA, 1 CA = 12, 1 DZ = 12; free: 150 (DAL 100, RNO 50)",
        "a number such as 12 or 4.25",
        "no item has these words",
        "worth 138.00",
        "would wait: price: line 2: price 7.00 differs from ours, 7.50",
        "SO100001 is PO TEL-00001 of portal",
    ):
        assert shown in done.output
    order = site.order()
    assert (order["channel"], order["deliver_by"]) == ("phone", "2026-03-20")
    assert [(x["item"], x["ordered"], x["buyer_price"]) for x in order["lines"]] == [
        ("A1", 24, "48.00"),
        ("B2", 6, "7.00"),
    ]


def test_what_is_not_confirmed_is_not_saved(site: Site) -> None:
    done = command(site, "new", answers="\n".join([*ANSWERS[:-1], "n"]) + "\n")
    assert "nothing was saved" in done.output
    assert site.orders() == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--customer", "nobody", "--line", "A1=1"), "no customer nobody; there are buyer"),
        (("--customer", "wh", "--line", "A1=1"), "no customer wh"),
        (("--customer", "buyer", "--line", "A1"), "is no ITEM=QUANTITY"),
        (("--customer", "buyer", "--line", "A1=0"), "/lines/0/quantity: must be a quantity"),
        (("--customer", "buyer", "--line", "A1=1", "--po", "=1"), "/po_number: must be 1 to 35"),
        (("--customer", "buyer", "--line", "A1=1", "--deliver-by", "soon"), "is no day such as"),
        (("--customer", "buyer", "--line", "A1=1", "--name", "a\u202e"), "U+202E"),
    ],
)
def test_what_is_no_order_changes_nothing_and_is_named(
    site: Site, arguments: tuple[str, ...], told: str
) -> None:
    done = command(site, "new", *arguments, fails=True)
    assert told in f"{done.output}{done.exception}"
    assert (site.orders(), site.files()) == ([], [])


def test_the_same_order_is_not_entered_twice(site: Site) -> None:
    order = ("new", *FLAGS, "--line", "A1=24", "--po", "T-1")
    command(site, *order)
    done = command(site, *order, fails=True)
    assert "PO T-1 was taken before as SO100001; is it another order?" in str(done.exception)
    command(site, "new", *FLAGS, "--line", "A1=25", "--po", "T-1")
    assert site.exception_kinds() == ["amendment"]
    assert len(site.files()) == 2


def test_a_cancelled_order_may_be_entered_anew(site: Site) -> None:
    command(site, "new", *FLAGS, "--line", "A1=24", "--po", "T-1")
    acts.cancel(site.step(), "T-1", buyer_line=None, actor="mia", reason="changed their mind")
    command(site, "new", *FLAGS, "--line", "A1=24", "--po", "T-1", "--note", "after all")
    assert site.exception_kinds() == []


def test_orders_without_a_command_are_still_listed(site: Site) -> None:
    command(site, "new", *FLAGS, "--line", "A1=24")
    assert "TEL-00001" in command(site).output
    (row,) = json.loads(command(site, "--partner", "buyer", "--json").output)
    assert row["channel"] == "phone"


def test_a_day_of_all_channels_is_made_again_from_what_came(site: Site) -> None:
    text = MAPPINGS["portal"].replace("tier: 2", "tier: 2\n  money: {credit_limit: 100}")
    site.configure("portal", text)
    line = {"item": "A1", "quantity": 24, "unit_price": "4.00"}
    rows = [
        json.dumps({"po_number": f"J-{n}", "ship_to": {"code": "P1"}, "lines": [line]})
        for n in (1, 2, 3)
    ]
    site.send("portal", "\n".join(rows), "orders.jsonl")
    site.send("portal", filled(), "form.xlsx")
    command(site, "new", *FLAGS, "--line", "A1=24", "--by", "mia")
    site.run()
    path = site.root / "customers.csv"
    path.write_text("partner,credit_limit\nportal,250\n")
    import_customers(site.step(), path, actor="mia", dry_run=False)
    site.run(later=timedelta(hours=1))
    site.ship("wh")
    site.run(later=timedelta(hours=1))
    assert {order["channel"] for order in site.orders()} == {"json", "xlsx", "phone"}
    again = site.replayed()
    assert again.is_same
    assert again.content == site.content_hash()
    assert site.divergences() == []
