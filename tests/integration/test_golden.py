"""Whole conversations with a partner: what came in, and every byte that went out.

A case is a folder `tests/golden/<partner>/<case>/`: `in/<step>-<partner>/` holds the files of a
step, `out/<partner>/` what lies in the outbox after the last one. Two hours pass between steps;
before `in/<step>+<hours>h-<partner>/` so many more. It runs on the shipped
configuration and mappings and the demo's master data. A new folder is a new test;
OMS_EDI_BLESS=1 writes `out/` from what happens, for a person to read before it is committed.
"""

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from oms_edi.config.config import load_config
from oms_edi.partners.book import load_partners
from oms_edi.pipeline import imports
from oms_edi.pipeline.run import Runner, owner
from oms_edi.store.verify import divergences

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests/golden"
CASES = sorted(path.parent for path in GOLDEN.glob("*/*/in"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_every_byte_of_the_conversation_is_as_it_was_agreed(case: Path, tmp_path: Path) -> None:
    shutil.copy(ROOT / "config.yaml", tmp_path)
    shutil.copytree(ROOT / "mappings", tmp_path / "mappings")
    config = load_config(tmp_path / "config.yaml")
    partners = load_partners(tmp_path / "mappings", config)
    now = datetime(2026, 3, 2, 15, tzinfo=UTC)
    with owner(config):
        runner = Runner(config=config, partners=partners, clock=lambda: now)
        for what in ("items", "prices", "stock"):
            act = getattr(imports, f"import_{what}")
            act(runner.step(), ROOT / f"demo/master/{what}.csv", actor="test", dry_run=False)
        for step in sorted((case / "in").iterdir()):
            when, partner = step.name.split("-", 1)
            now += timedelta(hours=int(when.partition("+")[2].removesuffix("h") or 0))
            inbox = tmp_path / "inbox" / partner
            inbox.mkdir(parents=True, exist_ok=True)
            for path in step.glob("[!.]*"):
                shutil.copyfile(path, inbox / path.name)
                os.utime(inbox / path.name, (1, 1))
            runner.once()
            now += timedelta(hours=2)
        var = tmp_path / "var"
        found = divergences(runner.connection, archive=var / "archive", work=var / "work")
        assert list(found) == []
        runner.connection.close()
    if os.environ.get("OMS_EDI_BLESS"):
        shutil.rmtree(case / "out", ignore_errors=True)
        shutil.copytree(tmp_path / "outbox", case / "out")
    assert contents(tmp_path / "outbox") == contents(case / "out")


def contents(folder: Path) -> dict[str, str]:
    """Files by partner and name, a segment a line so that a difference can be read."""
    return {
        str(path.relative_to(folder)): path.read_bytes().decode("latin-1").replace("~", "~\n")
        for path in sorted(folder.glob("*/*"))
    }
