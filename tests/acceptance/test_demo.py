"""The demo: the same each time, clean at the end, and git sees nothing of it."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PARTS = ("config.yaml", "mappings", "inbox", "outbox", "demo")


def play(folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "demo/run.py"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    return done.stdout


def test_the_demo_ends_the_same_twice_and_shows_what_a_person_wants_to_see(tmp_path: Path) -> None:
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            ignore = (
                shutil.ignore_patterns("*.edi", "*.csv") if part in ("inbox", "outbox") else None
            )
            shutil.copytree(source, tmp_path / part, ignore=ignore)
        else:
            shutil.copy(source, tmp_path / part)
    first, second = play(tmp_path), play(tmp_path)
    assert first == second
    assert "clean; content" in first
    for shown in (
        "Before it HP-1011 was promised to",
        "duplicate, SO100009",
        "IEA02 differs from ISA13",
        "order LH-30553 was not taken",
        "price, SO100008 line 01",
        "item_unknown, SO100011 line 2",
        "856_",
    ):
        assert shown in first
    ignored = subprocess.run(
        ["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert "inbox/" not in ignored.stdout
    assert "outbox/" not in ignored.stdout
