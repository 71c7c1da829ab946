"""Kill a run with SIGKILL at one point after another, run again, compare with an undisturbed run.

    python -m tests.support.kill_sweep TEMPLATE WORK STRIDE KILLS

A point lies before and after every rename, fsync, unlink and mkdir, at every BEGIN, COMMIT and
SAVEPOINT, and inside statements, every few thousand steps of SQLite's machine. Prints JSON.
"""

import json
import os
import random
import shutil
import signal
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from oms_edi.config.config import load_config
from oms_edi.partners.book import load_partners
from oms_edi.pipeline.frame.step import Places
from oms_edi.pipeline.history.replay import replay
from oms_edi.pipeline.run import Runner, owner
from oms_edi.store import database
from oms_edi.store.book import Book
from oms_edi.store.content import content_hash
from oms_edi.store.verify import divergences
from tests.support.site import NOW

_CALLS = ("rename", "fsync", "unlink", "mkdir")
_STATEMENTS = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
_VM_STEPS = 4000


class Points:
    """Counts points, and ends the process at one of them."""

    def __init__(self, fatal: int) -> None:
        self.count = 0
        self._fatal = fatal

    def reach(self) -> None:
        self.count += 1
        if self.count == self._fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    def install(self) -> None:
        for name in _CALLS:
            setattr(os, name, self._around(getattr(os, name)))
        connect = database._connect

        def watched(path: Path, *, checkpoint: bool) -> Book:
            connection = connect(path, checkpoint=checkpoint)
            connection.set_trace_callback(self._statement)
            connection.set_progress_handler(self.reach, _VM_STEPS)
            return connection

        database._connect = watched

    def _around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def around(*args: Any, **kwargs: Any) -> Any:
            self.reach()
            result = call(*args, **kwargs)
            self.reach()
            return result

        return around

    def _statement(self, sql: str) -> None:
        if sql.startswith(_STATEMENTS):
            self.reach()


def run(site: Path, fatal: int = 0) -> int:
    """Run the site once in a child process; return its points, or -1 if it was killed."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        points = Points(fatal)
        points.install()
        config = load_config(site / "config.yaml")
        partners = load_partners(site / "mappings", config)
        with owner(config):
            Runner(config=config, partners=partners, clock=lambda: NOW).once()
        os.write(writer, str(points.count).encode())
        os._exit(0)
    os.close(writer)
    told = os.read(reader, 100)
    os.close(reader)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return -1
    if os.WEXITSTATUS(status):
        raise RuntimeError(f"a run ended with {os.WEXITSTATUS(status)}")
    return int(told)


def result(site: Path) -> dict[str, Any]:
    """Everything a run leaves behind that must not depend on whether it was killed."""
    places = Places(var=site / "var")
    with closing(database.attach(places.database)) as connection:
        faults = [
            f"{name}: {what}"
            for name, what in divergences(connection, archive=places.archive, work=places.work)
        ]
        content = content_hash(connection)
        again = replay(connection, places.archive, Places(var=site / "again"))
        faults += [f"replay: {told}" for told in (again.astray, again.difference) if told]
    shutil.rmtree(site / "again")
    return {
        "content": content,
        "faults": faults,
        "files": {
            str(path.relative_to(site)): path.read_bytes().hex()
            for folder in ("outbox", "inbox", "var/work")
            for path in sorted((site / folder).rglob("*"))
            if path.is_file()
        },
    }


def main() -> None:
    """Sweep."""
    template, work = Path(sys.argv[1]), Path(sys.argv[2])
    stride, kills = int(sys.argv[3]), int(sys.argv[4])
    base = work / "undisturbed"
    shutil.copytree(template, base)
    total = run(base)
    wanted = result(base)
    chance = random.Random(20260302)
    different = []
    killed = 0
    for first in range(1, total + 1, stride):
        site = work / "killed"
        shutil.copytree(template, site)
        fatal = first
        for _ in range(kills):
            killed += run(site, fatal) == -1
            fatal = chance.randrange(1, total)
        run(site)
        found = result(site)
        if found != wanted:
            names = [key for key in wanted if found[key] != wanted[key]]
            different.append({"point": first, "differs": names, "faults": found["faults"]})
        shutil.rmtree(site)
    sys.stdout.write(
        json.dumps({"points": total, "killed": killed, "different": different, **wanted})
    )


if __name__ == "__main__":
    main()
