"""The reference pages are written from the models and never behind them."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_reference_is_what_the_models_say() -> None:
    done = subprocess.run(
        [sys.executable, "tools/reference.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_setting_has_a_meaning() -> None:
    for page in ("configuration", "mapping"):
        for line in (ROOT / f"docs/{page}.md").read_text().splitlines():
            assert not line.endswith("|  |"), f"{page}: {line}"
