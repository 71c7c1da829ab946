"""The order book can be made again from its archive and journal, and from nothing else."""

import ast
import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from oms_edi import cli, pipeline
from oms_edi.errors import NotFound, OmsError, TransientError, TurnOver
from oms_edi.pipeline.decisions.fulfill import fulfill
from oms_edi.pipeline.frame.step import Places, Step
from oms_edi.pipeline.frame.turns import all_acts
from oms_edi.pipeline.history.replay import replay, what_is_missing
from oms_edi.pipeline.people import acts
from oms_edi.pipeline.run import Runner, owner
from oms_edi.pipeline.steps import STEPS, do_step
from oms_edi.store import backlog
from oms_edi.store.database import write_tx
from tests.support.command import run
from tests.support.edi import interchange, x850
from tests.support.site import NOW, Site


def _day(site: Site) -> None:
    """A day with a bit of everything."""
    site.send("buyer", interchange(x850("PO1", "1*24*EA*4.00**VN*A1", "2*60*EA*7.50**VN*B2")))
    site.send("shop", "PO,Line,Item,Qty,Unit,Price,Store,Due\nS-1,1,C3,40,EA,1.25,S9,\n", "s.csv")
    acts.receive(site.step(), "B2", "DAL", 30, actor="test", reason="truck")
    site.run(later=timedelta(hours=1))
    site.ship("wh", "short")
    acts.cancel(site.step(), "S-1", buyer_line=None, actor="test", reason="not wanted")
    site.load("prices", "partner,item,price\n,A1,4.10\n")
    site.run(later=timedelta(days=3))


def test_a_day_is_made_again_with_the_same_hash(site: Site) -> None:
    _day(site)
    again = site.replayed()
    assert again.is_same
    assert again.content == site.content_hash()
    assert again.turns["file"] == 4
    assert again.turns["act"] >= 6


def test_a_replay_needs_no_folder_but_the_archive(site: Site) -> None:
    _day(site)
    for folder in ("inbox", "outbox", "mappings"):
        (site.root / folder).rename(site.root / f"gone-{folder}")
    assert site.replayed().is_same
    assert not (site.root / "outbox").exists()
    for folder in ("inbox", "outbox", "mappings"):
        (site.root / f"gone-{folder}").rename(site.root / folder)


@pytest.mark.parametrize("seed", ["1", "77"])
def test_no_hash_order_gets_into_the_book(site: Site, tmp_path: Path, seed: str) -> None:
    _day(site)
    code = (
        "import sys; from pathlib import Path; from oms_edi.store.database import attach;"
        "from oms_edi.pipeline.history.replay import replay;"
        "from oms_edi.pipeline.frame.step import Places;"
        "var = Path(sys.argv[1]);"
        "done = replay(attach(var / 'oms.db'), var / 'archive', Places(var=Path(sys.argv[2])));"
        "sys.exit(done.astray or done.difference)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(site.places.var), str(tmp_path / "again" / "var")],
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_what_differs_is_named_by_table_row_and_column(site: Site) -> None:
    site.is_touched = True
    site.send("buyer", interchange(x850("PO1")))
    with closing(site.connect()) as connection:
        connection.execute("UPDATE orders SET tier = 9")
    again = site.replayed()
    assert not again.is_same
    assert again.difference == "orders (1,): tier 9 here, 1 there"


def test_a_row_that_is_missing_is_named(site: Site) -> None:
    site.is_touched = True
    site.send("buyer", interchange(x850("PO1")))
    with closing(site.connect()) as connection:
        connection.execute("DELETE FROM prices WHERE item = 'C3'")
    told = site.replayed().difference or ""
    assert told.startswith("prices has ('', 'C3'")
    assert told.endswith("not here")


def test_archived_bytes_that_are_missing_are_named_before_anything_is_done(site: Site) -> None:
    site.is_broken = True
    site.send("buyer", interchange(x850("PO1")))
    ((sha256,),) = site.query("SELECT sha256 FROM files")
    path = site.places.archive / sha256[:2] / sha256
    path.unlink()
    with closing(site.connect()) as connection:
        missing, turns = what_is_missing(connection, site.places.archive)
    assert missing == [f"{path} is missing; restore it from a backup of the archive"]
    assert turns["file"] == 1


def test_the_book_as_of_an_earlier_instant(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1")))
    before = site.content_hash()
    site.now += timedelta(hours=2)
    site.send("buyer", interchange(x850("PO2"), control=2))
    with TemporaryDirectory() as folder, closing(site.connect()) as connection:
        places = Places(var=Path(folder) / "var")
        again = replay(connection, site.places.archive, places, until=NOW)
    assert again.content == before
    assert again.difference is None


def test_settings_that_were_in_force_then_are_used_again(site: Site) -> None:
    site.send("buyer", interchange(x850("PO1")))
    text = (site.root / "config.yaml").read_text()
    site.configure("config", text.replace("id: DAL,", "id: DAL, closed: true,"))
    site.send("buyer", interchange(x850("PO2"), control=2))
    shas = site.query("SELECT DISTINCT configuration FROM journal")
    assert len(shas) == 2
    assert site.replayed().is_same


def _small_batches(site: Site) -> None:
    text = (site.root / "config.yaml").read_text()
    site.configure("config", text + "limits: {orders_per_transaction: 1}\n")
    for number in range(1, 4):
        content = interchange(x850(f"PO{number}"), control=number)
        site.drop("buyer", content, f"{number}.edi")


def test_a_step_that_was_ended_between_two_transactions_ends_there_again(site: Site) -> None:
    _small_batches(site)
    with owner(site.config):
        runner = Runner(config=site.config, partners=site.partners, clock=lambda: site.now)
        runner._take_files()
        with pytest.raises(TurnOver):  # the process ends here, after the first of three
            do_step(runner.step(), "fulfill", left=1)
        runner.connection.close()
    site.run(later=timedelta(minutes=5))
    rows = site.query("SELECT count(*) FROM journal WHERE name = 'fulfill' GROUP BY turn")
    assert rows[0] == (1,)
    assert len(rows) == 2
    assert site.replayed().is_same


def test_a_step_that_somebody_wrote_into_begins_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.drop("buyer", interchange(x850("PO1"), x850("PO2", control="0002")))
    begun = []

    def interrupted(step: Step) -> int:
        begun.append(step.now)
        if len(begun) == 1:
            other = site.step()
            acts.cancel(other, "PO2", buyer_line=None, actor="test", reason="meanwhile")
            other.connection.close()
        return fulfill(step)

    monkeypatch.setitem(STEPS, "fulfill", interrupted)
    site.run()
    assert len(begun) >= 2
    assert [site.lines(1), site.lines(2)] == [[("1", "released")], [("1", "cancelled")]]
    monkeypatch.undo()
    assert site.replayed().is_same


def test_a_step_that_is_written_into_again_and_again_gets_its_turn(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.drop("buyer", interchange(x850("PO1")))
    begun = []

    def interrupted(step: Step) -> int:
        begun.append(step.now)
        other = site.step()
        other.connection.execute("PRAGMA busy_timeout = 0")
        with suppress(TransientError):
            acts.receive(other, "C3", "DAL", 1, actor="test", reason="meanwhile")
        other.connection.close()
        return fulfill(step)

    monkeypatch.setitem(STEPS, "fulfill", interrupted)
    with owner(site.config):
        runner = Runner(config=site.config, partners=site.partners, clock=lambda: site.now)
        runner.run_pass()
        runner.connection.close()
    assert len(begun) == 3
    assert site.lines(1) == [("1", "released")]


def test_nothing_is_written_outside_of_a_turn(site: Site) -> None:
    step = site.step()
    with pytest.raises(OmsError, match="outside of a turn"), write_tx(step.connection):
        backlog.set_settings_mark(step.connection, "x")
    assert site.query("SELECT mark FROM decided_by") == []


def test_an_act_that_was_refused_is_not_in_the_journal(site: Site) -> None:
    before = site.query("SELECT count(*) FROM journal")
    with pytest.raises(NotFound):
        acts.receive(site.step(), "XX", "DAL", 1, actor="test", reason="truck")
    site.load("prices", "partner,item,price\n,A1,9.00\n", dry_run=True)
    assert site.query("SELECT count(*) FROM journal") == before
    assert site.divergences() == []


def test_the_journal_is_append_only(site: Site) -> None:
    with closing(site.connect()) as connection:
        for statement in ("UPDATE journal SET at = ''", "DELETE FROM journal"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                connection.execute(statement)


def test_verify_names_an_import_that_is_missing_from_the_archive(site: Site) -> None:
    site.is_broken = True
    ((sha256,),) = site.query(
        "SELECT json_extract(body, '$.path.archived') FROM journal WHERE name = 'import_items'"
    )
    (site.places.archive / sha256[:2] / sha256).unlink()
    assert site.divergences() == [
        ("every import and setting is in the archive", f"{sha256} is missing")
    ]


def test_quantities_that_the_line_ledger_does_not_explain_are_named(site: Site) -> None:
    site.is_broken = True
    site.send("buyer", interchange(x850("PO1", "1*500*EA*4.00**VN*A1")))
    with closing(site.connect()) as connection:
        connection.execute("UPDATE order_lines SET backordered = backordered - 1, open = open + 1")
    told = [what for name, what in site.divergences() if name.endswith("the line ledger")]
    assert sorted(told) == [
        "line 1 backordered: stored 349, computed 350",
        "line 1 open: stored 1, computed 0",
    ]


def test_every_function_a_command_changes_the_book_with_is_an_act() -> None:
    """What cli/ calls with a Step is an act, or does not write; a write past both is refused."""
    known = all_acts()
    called: set[str] = set()
    for path in sorted(Path(cli.__path__[0]).glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and any(_is_step(value) for value in node.args):
                called.add(ast.unparse(node.func).rpartition(".")[2])
    writing = {
        node.name
        for path in sorted(Path(pipeline.__path__[0]).rglob("*.py"))
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef) and "write_tx" in ast.unparse(node)
    }
    assert (called & writing) - known.keys() == set()
    assert {"cancel", "import_items"} <= called & known.keys()


def _is_step(node: ast.expr) -> bool:
    return ast.unparse(node) == "step" or ast.unparse(node).startswith("context.step(")


def test_the_command_makes_a_place_of_its_own_that_verifies(site: Site, tmp_path: Path) -> None:
    _day(site)
    into = tmp_path / "again"
    told = json.loads(run(site.root, "replay", "--into", str(into), "--json"))
    assert (told["same"], told["content_sha256"]) == (True, site.content_hash())
    assert json.loads(run(into, "verify", "--json"))["content_sha256"] == site.content_hash()
    assert "PO1" in run(into, "orders")
    assert not list((into / "outbox").glob("*/*"))
    again = run(site.root, "simulate", "--config", str(into / "config.yaml"))
    assert "nothing differs" in again


def test_the_command_tells_what_differs_and_fails(site: Site) -> None:
    site.is_touched = True
    site.send("buyer", interchange(x850("PO1")))
    with closing(site.connect()) as connection:
        connection.execute("UPDATE orders SET tier = 9")
    told = run(site.root, "replay", expect=1)
    assert "NOT THE SAME: orders (1,): tier 9 here, 1 there" in told
    assert "would replay 1 files" in run(site.root, "replay", "--dry-run")
