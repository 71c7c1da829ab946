"""Commands about orders, stock and people: what they print, as text and JSON, and how they end."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command import read, run

NOW = ("--now", "2026-03-02T15:00:00Z")
LATER = ("--now", "2026-03-02T18:00:00Z")
WHY = ("--by", "ann", "--reason", "they called")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """The starter with both example orders taken: A-1001 waits in part, T-1 is released."""
    folder = tmp_path / "home"
    run(tmp_path, "init", "home")
    for what in ("items", "prices", "stock"):
        run(folder, f"import-{what}", f"master/{what}.csv", *NOW)
    shutil.copy(folder / "examples/acme-850.edi", folder / "inbox/acme/")
    shutil.copy(folder / "examples/phone-orders.csv", folder / "inbox/phone/")
    take(folder)
    yield folder
    run(folder, "verify")


def take(home: Path) -> None:
    """Take what lies in the inboxes."""
    for path in home.glob("inbox/*/*"):
        os.utime(path, (1, 1))
    run(home, "run", "--once", *NOW)


def test_a_cancel_at_a_warehouse_is_listed_until_the_warehouse_has_said(home: Path) -> None:
    assert run(home, "changes") == "no changes\n"
    assert read(home, "changes") == []
    run(home, "cancel", "T-1", *WHY, *NOW)
    (change,) = read(home, "changes", "--open")
    assert (change["po_number"], change["state"]) == ("T-1", "requested")
    (request,) = change["requests"]
    assert (request["depositor_order"], request["state"]) == ("SO100002-1", "requested")
    assert "SO100002-1" in run(home, "changes")
    told = run(home, "warehouse-said", "SO100002-1", "agreed", *WHY, *NOW)
    assert told == "SO100002-1 agreed: what 2026-03-02T15:00:00Z was asked\n"
    take(home)
    assert read(home, "changes", "--open") == []
    assert read(home, "order", "T-1")["status"] == "cancelled"
    assert "asked nothing" in run(
        home, "warehouse-said", "SO100002-1", "agreed", *WHY, *NOW, expect=1
    )
    assert "no shipment SO9-1" in run(
        home, "warehouse-said", "SO9-1", "refused", *WHY, *NOW, expect=1
    )
    run(home, "warehouse-said", "SO100002-1", "perhaps", *WHY, expect=2)


def test_a_line_is_held_by_a_person_and_let_go(home: Path) -> None:
    assert run(home, "hold", "A-1001", "--line", "2", *WHY, *NOW) == "SO100001 line 2 is held\n"
    (hold,) = [one for one in read(home, "order", "A-1001")["holds"] if not one["closed_at"]]
    assert hold["kind"] == "manual"
    (told,) = [one for one in read(home, "exceptions") if one["kind"] == "manual"]
    assert (told["order"], told["buyer_line"]) == ("SO100001", "2")
    assert "manual" in run(home, "release", "A-1001", *WHY, *NOW)
    assert [one for one in read(home, "exceptions") if one["kind"] == "manual"] == []
    run(home, "hold", "NOPE", *WHY, expect=1)
    run(home, "hold", "A-1001", expect=2)
    assert "nothing that is not with a warehouse" in run(home, "hold", "T-1", *WHY, expect=1)


def test_a_count_nobody_can_explain_is_believed_by_a_person(home: Path) -> None:
    config = (home / "config.yaml").read_text()
    feed = "    stock_feed: {believe: within_tolerance}\n"
    (home / "config.yaml").write_text(config.replace("    cutoff:", f"{feed}    cutoff:"))
    count = home / "inbox/wh-main/count.csv"
    count.write_text("item,on_hand\nWIDGET-1,70\n")
    os.utime(count, (1, 1))
    run(home, "run", "--once", *LATER)
    assert "stock_drift" in [one["kind"] for one in read(home, "exceptions")]
    before = read(home, "stock", "WIDGET-1")[0]["on_hand"]
    told = run(home, "accept-count", "WIDGET-1", "MAIN", *WHY, *LATER)
    assert told == "WIDGET-1 at MAIN: 70 on hand, 34 free\n"
    assert before == 100
    assert read(home, "stock", "WIDGET-1")[0]["on_hand"] == 70
    assert "see exceptions" in run(home, "accept-count", "WIDGET-1", "MAIN", *WHY, expect=1)


def test_goods_to_come_are_imported_as_a_dry_run_and_for_good(home: Path) -> None:
    (home / "due.csv").write_text(
        "reference,node,item,units,due_on\nPO-7,MAIN,WIDGET-2,90,2026-03-09\n"
    )
    dry = read(home, "import-inbound", "due.csv", "--dry-run", *NOW)
    assert (dry["dry_run"], dry["rows"], len(dry["changes"])) == (True, 1, 1)
    assert read(home, "stock", "--inbound") == []
    done = read(home, "import-inbound", "due.csv", *NOW)
    assert done["changes"] == dry["changes"]
    (row,) = read(home, "stock", "--inbound")
    assert (row["reference"], row["item"], row["due_on"]) == ("PO-7", "WIDGET-2", "2026-03-09")
    assert "0 changed" in run(home, "import-inbound", "due.csv", *NOW)
    (home / "due.csv").write_text("reference,node,item,units,due_on\nPO-7,MAIN,NOPE,1,2026-03-09\n")
    assert "row 2, column item" in run(home, "import-inbound", "due.csv", *NOW, expect=1)
    run(home, "import-inbound", "missing.csv", expect=2)


def test_who_is_told_of_what_is_listed_and_sent_on_demand(home: Path) -> None:
    assert "nobody is told of anything" in run(home, "notifications")
    assert read(home, "notifications") == []
    config = (home / "config.yaml").read_text()
    hook = "{name: pager, webhook: {url: 'http://127.0.0.1:9/', timeout_s: 1}}"
    (home / "config.yaml").write_text(config + f"notify: {{max_attempts: 1, channels: [{hook}]}}\n")
    run(home, "cancel", "T-1", *WHY, *NOW)
    (owed,) = read(home, "notifications", "--state", "owed")
    assert (owed["channel"], owed["kind"]) == ("pager", "cancel_requested")
    (failed,) = read(home, "notifications", "--send", "--channel", "pager", *LATER)
    assert (failed["state"], failed["attempts"]) == ("failed", 1)
    assert "cancel_requested, SO100002-1" in run(home, "notifications", "--state", "failed")
    assert read(home, "notifications", "--state", "sent") == []
    run(home, "notifications", "--state", "lost", expect=2)
