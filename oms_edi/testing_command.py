"""`oms-edi` in a forked process that has everything imported already: for the demo and for tests.

A command as a person types it spends most of its time on imports; a hundred of them are a minute.
"""

import os
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from oms_edi.cli import main as command_line

#: Seconds a thread that made a page may need to close what it opened.
_THREADS_S = 0.5


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    stdout: str
    stderr: str


def run_command(arguments: Sequence[str], *, folder: Path, stdin: str = "") -> Ended:
    """Run one command in `folder`; it shares nothing with the caller but what was imported."""
    _import_all()
    with (
        tempfile.TemporaryFile() as given,
        tempfile.TemporaryFile() as out,
        tempfile.TemporaryFile() as err,
    ):
        given.write(stdin.encode())
        given.seek(0)
        sys.stdout.flush()
        sys.stderr.flush()
        _let_threads_end()
        child = os.fork()
        if child == 0:
            _child(arguments, folder, (given.fileno(), out.fileno(), err.fileno()))
        _, status = os.waitpid(child, 0)
        told = []
        for stream in (out, err):
            stream.seek(0)
            told.append(stream.read().decode())
    return Ended(os.waitstatus_to_exitcode(status), *told)


def _import_all() -> None:
    for place in command_line.COMMANDS.values():
        import_module(f"oms_edi.cli.{place.split('.')[0]}")


def _let_threads_end() -> None:
    """Wait for threads that end anyway: a lock one of them holds, SQLite's own among them, would
    be held in the child for ever.
    """
    until = time.monotonic() + _THREADS_S
    while time.monotonic() < until:
        if not any(one.name.startswith("AnyIO") for one in threading.enumerate()):
            return
        time.sleep(0.005)


def _child(arguments: Sequence[str], folder: Path, streams: tuple[int, int, int]) -> None:
    code: object = 70
    try:
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        sys.stdin = os.fdopen(0)
        sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
        os.chdir(folder)
        sys.argv = ["oms-edi", *arguments]
        command_line.main()
    except SystemExit as end:
        code = end.code if end.code is not None else 0
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 1)
