"""The command line as an administrator runs it."""

import json
import sys
from pathlib import Path
from typing import Any

from oms_edi.testing_command import run_command

#: The installed command, for what must be a process of its own from the first instruction on.
COMMAND = Path(sys.executable).with_name("oms-edi")


def run(folder: Path, *arguments: str, expect: int = 0) -> str:
    """Run `oms-edi` in a folder; return what it printed, on both streams if it failed."""
    done = run_command(arguments, folder=folder)
    assert done.code == expect, f"{arguments}: {done.code}\n{done.stdout}{done.stderr}"
    return done.stdout if expect == 0 else done.stdout + done.stderr


def read(folder: Path, *arguments: str) -> Any:
    """Run a read command with `--json`."""
    return json.loads(run(folder, *arguments, "--json"))
