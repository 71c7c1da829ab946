"""Every rule of routing as an order meets it: settings, what came in, why it ships from where.

A case is a folder `tests/golden_routing/<case>/`: `settings.yaml` changes the shipped
configuration (nodes by id) and mappings, `supplier-items.csv` says what suppliers sell, and
`in/<step>-<partner>/` holds the files of a step, two hours after the one before. `why.txt` says why
each line ships from where it does, `940s.txt` what the nodes were told. A new folder is a new test;
OMS_EDI_BLESS=1 writes both, for a person to read before it is committed.
"""

import json
import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from oms_edi.config.config import load_config
from oms_edi.domain.lifecycle import order_name
from oms_edi.partners.book import load_partners
from oms_edi.pipeline.master import imports
from oms_edi.pipeline.master.import_supplier_items import import_supplier_items
from oms_edi.pipeline.run import Runner, owner
from oms_edi.routing.alternatives import with_alternatives
from oms_edi.routing.explain import explain
from oms_edi.routing.stored import from_json
from oms_edi.store import queries
from oms_edi.testing import orders_in
from oms_edi.testing_supplier import purchases_in

ROOT = Path(__file__).parents[2]
CASES = sorted(path.parent for path in (ROOT / "tests/golden_routing").glob("*/settings.yaml"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_order_ships_from_where_the_rule_says(case: Path, tmp_path: Path) -> None:
    shutil.copy(ROOT / "config.yaml", tmp_path)
    shutil.copytree(ROOT / "mappings", tmp_path / "mappings")
    change_settings(tmp_path, yaml.safe_load((case / "settings.yaml").read_text()))
    config = load_config(tmp_path / "config.yaml")
    partners = load_partners(tmp_path / "mappings", config)
    now = datetime(2026, 3, 2, 15, tzinfo=UTC)
    with owner(config):
        runner = Runner(config=config, partners=partners, clock=lambda: now)
        for what in ("items", "prices", "stock"):
            act = getattr(imports, f"import_{what}")
            act(runner.step(), ROOT / f"demo/master/{what}.csv", actor="test", dry_run=False)
        sold = case / "supplier-items.csv"
        sold = sold if sold.exists() else ROOT / "demo/master/supplier-items.csv"
        import_supplier_items(runner.step(), sold, actor="test", dry_run=False)
        for step in sorted((case / "in").iterdir()):
            inbox = tmp_path / "inbox" / step.name.split("-", 1)[1]
            inbox.mkdir(parents=True, exist_ok=True)
            for path in step.iterdir():
                shutil.copyfile(path, inbox / path.name)
                os.utime(inbox / path.name, (1, 1))
            runner.once()
            now += timedelta(hours=2)
        found = {"why.txt": why(runner), "940s.txt": told(tmp_path / "outbox")}
        runner.connection.close()
    for name, text in found.items():
        if os.environ.get("OMS_EDI_BLESS"):
            (case / name).write_text(text)
        assert text == (case / name).read_text()


def told(outbox: Path) -> str:
    """What each node was told to ship."""
    lines = []
    for path in sorted(outbox.glob("*/850_*")):
        for bought in purchases_in(path.read_bytes()):
            parts = [f"{line.quantity} {dict(line.items)['BP']}" for line in bought.lines]
            name = f"{path.parent.name} {bought.po_number} on {bought.ship_on}"
            lines.append(f"{name}: {', '.join(parts)}\n")
    for path in sorted(outbox.glob("*/940_*")):
        for order in orders_in(path.read_bytes()):
            parts = [f"{line.quantity} {dict(line.items)['VN']}" for line in order.lines]
            name = f"{path.parent.name} {order.depositor_order} on {order.ship_on}"
            lines.append(f"{name}: {', '.join(parts)}\n")
    return "".join(lines)


def change_settings(folder: Path, changes: dict[str, Any]) -> None:
    """Change the configuration and mappings in a folder."""
    path = folder / "config.yaml"
    document = yaml.safe_load(path.read_text())
    for node in document["nodes"]:
        node.update(changes.get("nodes", {}).get(node["id"], {}))
    for section, values in changes.items():
        if section not in ("nodes", "mappings"):
            document[section] = {**document.get(section, {}), **values}
    path.write_text(yaml.safe_dump(document))
    for name, values in changes.get("mappings", {}).items():
        path = folder / f"mappings/{name}.yaml"
        mapping = yaml.safe_load(path.read_text())
        for section, inner in values.items():
            mapping[section] = {**mapping.get(section, {}), **inner}
        path.write_text(yaml.safe_dump(mapping))


def why(runner: Runner) -> str:
    """Every decision in words, oldest first."""
    told = []
    for (order_id,) in runner.connection.execute("SELECT order_id FROM orders ORDER BY order_id"):
        for row in queries.decisions(runner.connection, order_id):
            decision = with_alternatives(from_json(json.loads(row["decision"])))
            items = ", ".join(f"{one.quantity} {one.item}" for one in decision.request.lines)
            told += [f"{order_name(order_id)}: {items}, decided {row['at']}"]
            told += [f"  {sentence}" for sentence in explain(decision)]
    return "\n".join(told) + "\n"
