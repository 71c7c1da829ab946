"""Whole conversations with a partner: what came in, and every byte that went out.

A case is a folder `tests/golden/<partner>/<case>/`: `in/<step>-<partner>/` holds the files of a
step, `out/<partner>/` what lies in the outbox after the last one. Two hours pass between steps;
before `in/<step>+<hours>h-<partner>/` so many more. `in/<step>-person/acts.txt` is what a person
does: a command and its arguments a line. It runs on the shipped configuration and
mappings and the demo's master data; `nodes.yaml` of a case changes nodes, `watch.yaml` is its
`watch`, its `mappings/` adds partners, its `mappings.yaml` changes what it names of a partner's
`orders`. Where there is a `stock.txt`, it says what became of stock and what waits for a person,
where there is a `book.txt`, what the book says of each order. A new folder is a new test;
OMS_EDI_BLESS=1 writes `out/`, `stock.txt` and `book.txt` from what happens, for a person to read
before it is committed.
"""

import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from sqlite3 import Connection

import pytest
import yaml

from oms_edi.config.config import load_config
from oms_edi.partners.book import load_partners
from oms_edi.pipeline.master import imports
from oms_edi.pipeline.master.import_supplier_items import import_supplier_items
from oms_edi.pipeline.people.acts import hold
from oms_edi.pipeline.run import Runner, owner
from oms_edi.pipeline.shipping.warehouse_said import warehouse_said
from oms_edi.store import queries, stock_queries
from oms_edi.store.verify import divergences

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests/golden"
#: Acts of a person by their commands.
ACTS: dict[str, Callable[..., object]] = {
    "warehouse-said": warehouse_said,
    "hold": partial(hold, buyer_line=None),
}
CASES = sorted(path.parent for path in GOLDEN.glob("*/*/in"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_every_byte_of_the_conversation_is_as_it_was_agreed(case: Path, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(configuration(case))
    shutil.copytree(ROOT / "mappings", tmp_path / "mappings")
    change_mappings(case, tmp_path / "mappings")
    (tmp_path / "outbox").mkdir()
    if (case / "mappings").is_dir():
        shutil.copytree(case / "mappings", tmp_path / "mappings", dirs_exist_ok=True)
    config = load_config(tmp_path / "config.yaml")
    partners = load_partners(tmp_path / "mappings", config)
    now = datetime(2026, 3, 2, 15, tzinfo=UTC)
    with owner(config):
        runner = Runner(config=config, partners=partners, clock=lambda: now)
        for what in ("items", "prices", "stock"):
            act = getattr(imports, f"import_{what}")
            act(runner.step(), ROOT / f"demo/master/{what}.csv", actor="test", dry_run=False)
        sold = ROOT / "demo/master/supplier-items.csv"
        import_supplier_items(runner.step(), sold, actor="test", dry_run=False)
        for step in sorted((case / "in").iterdir()):
            when, partner = step.name.split("-", 1)
            now += timedelta(hours=int(when.partition("+")[2].removesuffix("h") or 0))
            if partner == "person":
                do_acts(runner, step / "acts.txt")
            else:
                drop(step, tmp_path / "inbox" / partner)
            runner.once()
            now += timedelta(hours=2)
        var = tmp_path / "var"
        found = divergences(runner.connection, archive=var / "archive", work=var / "work")
        assert list(found) == []
        told = stock_text(runner.connection)
        said = book(runner.connection)
        runner.connection.close()
    if os.environ.get("OMS_EDI_BLESS"):
        shutil.rmtree(case / "out", ignore_errors=True)
        shutil.copytree(tmp_path / "outbox", case / "out")
        if (case / "stock.txt").exists():
            (case / "stock.txt").write_text(told)
    if (case / "stock.txt").exists():
        assert told == (case / "stock.txt").read_text()
    if os.environ.get("OMS_EDI_BLESS") and (case / "book.txt").exists():
        (case / "book.txt").write_text(said)
    if (case / "book.txt").exists():
        assert said == (case / "book.txt").read_text()
    assert contents(tmp_path / "outbox") == contents(case / "out")


def drop(step: Path, inbox: Path) -> None:
    """Lay the files of a step into an inbox."""
    inbox.mkdir(parents=True, exist_ok=True)
    for path in step.glob("[!.]*"):
        shutil.copyfile(path, inbox / path.name)
        os.utime(inbox / path.name, (1, 1))


def do_acts(runner: Runner, path: Path) -> None:
    """Do what a person does in a step; a line that begins with # says what it does not."""
    for line in path.read_text().splitlines():
        if line and not line.startswith("#"):
            name, *arguments = line.split()
            ACTS[name](runner.step(), *arguments, actor="ann", reason="by phone")


def configuration(case: Path) -> str:
    """The shipped configuration with the nodes and clocks of this case."""
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    if (case / "nodes.yaml").exists():
        changed = yaml.safe_load((case / "nodes.yaml").read_text())
        for node in config["nodes"]:
            node.update(changed.get(node["id"], {}))
    if (case / "watch.yaml").exists():
        config["watch"] = yaml.safe_load((case / "watch.yaml").read_text())
    return str(yaml.safe_dump(config))


def change_mappings(case: Path, mappings: Path) -> None:
    """Give partners the terms of this case."""
    if (case / "mappings.yaml").exists():
        for partner, terms in yaml.safe_load((case / "mappings.yaml").read_text()).items():
            path = mappings / f"{partner}.yaml"
            mapping = yaml.safe_load(path.read_text())
            mapping["orders"].update(terms)
            path.write_text(yaml.safe_dump(mapping))


def stock_text(connection: Connection) -> str:
    """Levels that moved with how they did, and what waits for a person."""
    lines = []
    for item, node in connection.execute(
        "SELECT DISTINCT item, node FROM stock_ledger WHERE note NOT LIKE 'import by %'"
        " AND note <> 'assumed'"
        " ORDER BY 1, 2"
    ).fetchall():
        (level,) = stock_queries.levels(connection, item=item, node=node)
        names = ("on_hand", "held", "doubted", "reserved", "free", "oversold")
        lines.append(f"{item} at {node}: " + ", ".join(f"{name} {level[name]}" for name in names))
        for row in stock_queries.ledger(connection, item, node=node):
            moves = ("on_hand_delta", "held_delta", "doubted_delta", "reserved_delta")
            told = ", ".join(
                f"{name.removesuffix('_delta')} {row[name]:+d}" for name in moves if row[name]
            )
            lines.append(f"  {row['moved_at']} {row['kind']} {told}: {row['cause']}")
    for row in stock_queries.to_come(connection, item=None, node=None):
        lines.append(
            f"to come: {row['still_to_come']} {row['item']} to {row['node']}"
            f" on {row['due_on']}, {row['reference']}"
        )
    for kind, subject, text in connection.execute(
        "SELECT kind, subject, text FROM exceptions WHERE closed_at IS NULL ORDER BY exception_id"
    ):
        lines.append(f"open: {kind} {subject}: {text}")
    return "\n".join(lines) + "\n"


def book(connection: Connection) -> str:
    """What the book says of each order: lines, holds, what was settled by rule, who is to act."""
    told = []
    for row in queries.orders(connection, partner=None, limit=100):
        order = queries.order(connection, row["order_id"])
        told.append(
            f"{order['order']} {order['partner']} PO {order['po_number']} by {order['channel']}:"
            f" {order['status']}"
        )
        for place in order["destinations"]:
            told.append(f"  to {place['id_code']} {place['name']} {place['postal_code']}")
        for line in order["lines"]:
            asked = f"{line['buyer_quantity']} {line['buyer_unit']} at {line['buyer_price']}"
            told.append(
                f"  line {line['buyer_line']} {line['item']}: asked {asked};"
                f" {line['ordered']} at {line['price']}, {line['status']}"
            )
        told += [f"  held: {hold['kind']}: {hold['reason']}" for hold in order["holds"]]
        told += [
            f"  settled: {event['text']}"
            for event in order["timeline"]
            if event["name"] == "order.settled"
        ]
    for over, *one in connection.execute(
        "SELECT closed_at IS NOT NULL, kind, subject, text FROM exceptions ORDER BY exception_id"
    ):
        told.append(f"exception{', over' if over else ''}: " + ", ".join(one))
    return "\n".join(told) + "\n"


def contents(folder: Path) -> dict[str, str]:
    """Files by partner and name, a segment a line so that a difference can be read."""
    return {
        str(path.relative_to(folder)): path.read_bytes().decode("latin-1").replace("~", "~\n")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
