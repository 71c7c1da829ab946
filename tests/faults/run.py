"""One run of a site, or another act, in a forked child with strace between it and the kernel.

The parent has everything imported; a child waits until strace holds it, then does what it is to do.
strace counts system calls from there, so the n-th one of a name is the same in every run.
"""

import errno
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from oms_edi.config.config import load_config
from oms_edi.errors import OmsError
from oms_edi.partners.book import load_partners
from oms_edi.pipeline.run import Runner, owner
from oms_edi.transports import folder
from tests.support.site import NOW

STRACE = shutil.which("strace")
#: System calls that change something durable, or are about to.
CALLS = (
    "openat",
    "write",
    "pwrite64",
    "fsync",
    "fdatasync",
    "rename",
    "unlink",
    "ftruncate",
    "mkdir",
)
#: Exit code of a child that ended by one of our errors, as the command does.
STOPPED = 74


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What happens at the n-th call of a name: `kill`, or an error such as ENOSPC."""

    call: str
    number: int
    what: str

    @property
    def inject(self) -> str:
        """As strace wants it."""
        how = "signal=KILL" if self.what == "kill" else f"error={self.what}"
        return f"inject={self.call}:{how}:when={self.number}"

    def __str__(self) -> str:
        return f"{self.what} at {self.call} {self.number}"


def run_once(site: Path) -> None:
    """Do everything there is to do in a site."""
    config = load_config(site / "config.yaml")
    partners = load_partners(site / "mappings", config)
    with owner(config):
        runner = Runner(config=config, partners=partners, clock=lambda: NOW)
        runner.once()
        runner.stop()


def run(
    site: Path,
    *,
    act: Callable[[Path], None] = run_once,
    fault: Fault | None = None,
    trace: Path | None = None,
    before: Callable[[], None] = lambda: None,
) -> int:
    """Do `act` to a site; return its exit code, or minus the signal that ended it.

    `trace` gets every call of `CALLS` if there is no fault; `before` is called in the child.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(writer)
        os.read(reader, 1)
        before()
        _child(site, act)
    os.close(reader)
    tracer = _traced(child, fault, trace) if fault or trace else None
    os.write(writer, b"x")
    os.close(writer)
    _, status = os.waitpid(child, 0)
    if tracer:
        tracer.wait(timeout=30)
    return os.waitstatus_to_exitcode(status)


def _child(site: Path, act: Callable[[Path], None]) -> None:
    folder._MANY = sys.maxsize  # no threads: strace counts the calls of one
    try:
        act(site)
    except (OmsError, OSError, sqlite3.DatabaseError):
        os._exit(STOPPED)
    except BaseException:
        import traceback

        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def _traced(child: int, fault: Fault | None, trace: Path | None) -> subprocess.Popen[bytes]:
    """Attach strace; return when it holds the child."""
    assert STRACE
    command = [STRACE, "-qq", "-y", "-p", str(child), "-o", str(trace or "/dev/null")]
    command += ["-e", f"trace={fault.call if fault else ','.join(CALLS)}"]
    command += ["-e", fault.inject] if fault else []
    tracer = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while "TracerPid:\t0" in Path(f"/proc/{child}/status").read_text():
        if tracer.poll() is not None or time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
            raise OSError(errno.EPERM, "strace cannot hold a process here")
        time.sleep(0.002)
    return tracer


def counts(trace: Path) -> dict[str, int]:
    """Return how often each call was made."""
    found = dict.fromkeys(CALLS, 0)
    for match in re.finditer(r"^(?:\d+ +)?(\w+)\(", trace.read_text(errors="replace"), re.M):
        if match[1] in found:
            found[match[1]] += 1
    return found
