"""The installed command as a process, as an administrator runs it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

COMMAND = Path(sys.executable).with_name("oms-edi")


def run(folder: Path, *arguments: str, expect: int = 0) -> str:
    """Run `oms-edi` in a folder; return what it printed, on both streams if it failed."""
    done = subprocess.run(
        [COMMAND, *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == expect, f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout if expect == 0 else done.stdout + done.stderr


def read(folder: Path, *arguments: str) -> Any:
    """Run a read command with `--json`."""
    return json.loads(run(folder, *arguments, "--json"))
