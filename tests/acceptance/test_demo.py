"""The demo: the same each time, clean at the end, and git sees nothing of it."""

import re
import shutil
import socket
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from oms_edi.domain.exceptions import Queue
from oms_edi.domain.holds import HoldKind
from oms_edi.domain.issue import Severity
from oms_edi.pipeline.people.clocks.documents import DOCUMENTS
from oms_edi.x12.events import GroupStart, InterchangeEnd, Junk, SetRead
from oms_edi.x12.guide import guide_for
from oms_edi.x12.nesting import ScanLimits
from oms_edi.x12.scan import scan
from oms_edi.x12.validate import validate
from tests.support.command import read

ROOT = Path(__file__).parents[2]
PARTS = ("config.yaml", "mappings", "inbox", "outbox", "demo")


def play(folder: Path, *command: str) -> str:
    done = subprocess.run(
        [sys.executable, *(command or ("demo/run.py",))],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    return done.stdout


def copy(folder: Path) -> None:
    """Copy what the demo works on, its boxes empty."""
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            ignore = (
                shutil.ignore_patterns("*.edi", "*.csv", "*.jsonl", "*.xlsx")
                if part in ("inbox", "outbox")
                else None
            )
            shutil.copytree(source, folder / part, ignore=ignore)
        else:
            shutil.copy(source, folder / part)


def test_the_demo_ends_the_same_twice_and_shows_what_a_person_wants_to_see(tmp_path: Path) -> None:
    copy(tmp_path)
    first, documents = play(tmp_path), sent(tmp_path)
    assert play(tmp_path) == first
    assert sent(tmp_path) == documents
    assert "clean; content" in first
    assert "the same order book; content" in first
    assert "nothing differs" in first
    for shown in (
        "Before it HP-1011 was promised to",
        "duplicate, SO100009",
        "to the desk: HARROW & PINE SUPPLY: 7 exceptions",
        "desk     owed   ack_overdue, pinecrest/855_000000003.edi",
        "855_000000003.edi, sent to pinecrest 2026-03-02T21:30:00Z, has no 997 yet",
        "IEA02 differs from ISA13",
        "order LH-30553 was not taken",
        "warning   price          SO100008 line 01  finance",
        "item_unknown   SO100011 line 2",
        "order WEB-7002 was not taken: line 2, /lines/0/quantity",
        "credit         SO100019",
        "is PO T-5101 of lakeside",
        "856_",
        "line 01 QD: 60 units instead of 72",
        "940 F: 0 of 84 units stopped",
        "940 F: 84 of 84 units stopped",
        "DAL: rejected this line before; RNO: $2.30 more",
        "HBG counted 60 HP-1021 as of 2026-03-03T15:30:00Z, 12 fewer than documents say",
        "ironbound confirms 6 HP-1012, at 14.90 instead of 14.20 (855 AD)",
        "error     delivery_stuck  wh-reno/997_000000004.edi",
        "goods $85.20, freight $15.02",
        "we do not have this order",
        "WEB-7001,,SO1000",
        "944 RC88201: 8 HP-1020 of PO-8801 did not come to HBG",
    ):
        assert shown in first
    assert first.count("\n") < 450, "nobody reads as much"
    shows_one_of_each_family(tmp_path, first)


def shows_one_of_each_family(folder: Path, shown: str) -> None:
    """An exception of every queue, a hold, a clock of a document, a rule that took a node out."""
    told = [one for closed in ((), ("--closed",)) for one in read(folder, "exceptions", *closed)]
    assert {one["queue"] for one in told} == {queue.value for queue in Queue}
    assert all(any(one["kind"] in shown for one in told if one["queue"] == q) for q in Queue)
    assert {one["kind"] for one in told} & {kind.value for kind in HoldKind}
    assert {one["kind"] for one in told} & {clock.kind for clock in DOCUMENTS}
    assert "rejected this line before" in shown


def test_it_ends_with_the_address_of_the_console_and_git_sees_nothing(tmp_path: Path) -> None:
    copy(tmp_path)
    shutil.copy(ROOT / ".gitignore", tmp_path)
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "--all")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    told = play(tmp_path, "-m", "demo.console", "--seconds", "1", "--port", port)
    assert f"http://127.0.0.1:{port}\n" in told
    assert "log in as maria" in told
    assert git(tmp_path, "diff", "--name-only") == ""
    assert git(tmp_path, "ls-files", "--others", "--exclude-standard") == ""
    refer = ("items", "refer", "northgate", "IN", "NG-77310", "HP-1029", "--reason", "asked them")
    when = ("--now", "2026-03-04T14:40:00Z")
    assert "2 lines went on" in play(tmp_path, "-m", "oms_edi", *refer, *when)
    play(tmp_path, "-m", "oms_edi", "run", "--once", *when)
    status = {order["order"]: order["status"] for order in read(tmp_path, "orders")}
    assert (status["SO100025"], status["SO100026"]) == ("released", "released")


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments], cwd=folder, capture_output=True, text=True, check=True
    ).stdout


def sent(folder: Path) -> dict[str, bytes]:
    """Every file for a partner."""
    return {str(path): path.read_bytes() for path in folder.glob("outbox/**/[!.]*.*")}


@pytest.mark.parametrize("version", ["004010", "005010"])
def test_all_that_leaves_the_demo_is_right_in_either_release(tmp_path: Path, version: str) -> None:
    """With every partner on one release: read back from the outbox, judged by the guides alone."""
    copy(tmp_path)
    for path in (tmp_path / "mappings").glob("*.yaml"):
        text = re.sub(r'version: "00[45]010"', f'version: "{version}"', path.read_text())
        path.write_text(text)
    play(tmp_path)
    seen: Counter[str] = Counter()
    for path in sorted((tmp_path / "outbox").glob("*/*.edi")):
        release = ""
        with open(path, "rb") as stream:
            for event in scan(stream, limits=ScanLimits()):
                match event:
                    case GroupStart():
                        release = event.header.version
                    case SetRead():
                        guide = guide_for(event.set.set_id, release)
                        assert guide is not None
                        assert guide.exact
                        found = [*event.set.issues, *validate(event.set, guide)]
                        assert [str(i) for i in found if i.severity is not Severity.NOTE] == []
                        seen[f"{event.set.set_id} {release}"] += 1
                    case InterchangeEnd():
                        assert event.issues == ()
                    case Junk():
                        pytest.fail(f"{path}: {event.issue}")
    for set_id in ("855", "856", "940"):
        assert seen[f"{set_id} {version}"]
    assert sum(count for name, count in seen.items() if name.startswith("997"))
