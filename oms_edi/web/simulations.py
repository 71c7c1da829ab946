"""What would have been under other settings: `oms-edi simulate` as a process of its own.

One at a time, with a limit on its time; its result is a file below `var/simulations/`, so no page
waits for it and a restart loses nothing that is done. The newest are kept.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from oms_edi.config.config import load_config
from oms_edi.errors import NotFound, Refused
from oms_edi.pipeline.frame.step import Places

#: How long one may take.
LIMIT = timedelta(minutes=30)
_KEPT = 20
#: Rows kept of each list of a result.
_ROWS = 200
_LISTS = ("lines", "shares", "documents", "exceptions")
_CONFIG, _ABOUT, _RESULT, _SHOWN, _SAID = (
    "config.yaml",
    "about.json",
    "result.json",
    "shown.json",
    "said.txt",
)
_begin = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One simulation."""

    number: int
    name: str
    by: str
    started_at: str
    #: Process number; 0 before it was started.
    pid: int
    state: Literal["running", "done", "failed"] = "running"
    #: Why it failed, or how far it is.
    told: str = ""


def _folder(places: Places) -> Path:
    return places.var / "simulations"


def runs(places: Places, *, now: datetime) -> list[Run]:
    """Return those kept, the newest first."""
    folder = _folder(places)
    found = [_read(folder / str(number), now) for number in sorted(_numbers(places), reverse=True)]
    return [run for run in found if run is not None]


def _numbers(places: Places) -> list[int]:
    """Return the numbers that are taken, also by what was ended before it began."""
    return [int(path.name) for path in _folder(places).glob("*") if path.name.isdecimal()]


def run_of(places: Places, number: int, *, now: datetime) -> Run:
    """Return one.

    Raises:
        NotFound: it is not kept.
    """
    found = _read(_folder(places) / str(number), now)
    if found is None:
        raise NotFound(f"there is no simulation {number}; the newest {_KEPT} are kept")
    return found


def _read(folder: Path, now: datetime) -> Run | None:
    try:
        about = Run(**json.loads((folder / _ABOUT).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    if _shown(folder) is not None:
        return _with(about, "done", "")
    age = now - datetime.fromisoformat(about.started_at)
    said = _last_line(folder / _SAID)
    if _is_alive(about.pid) and age < LIMIT:
        return _with(about, "running", said)
    return _with(about, "failed", said or "it ended before it was done")


def _with(run: Run, state: Literal["running", "done", "failed"], told: str) -> Run:
    return Run(**{**asdict(run), "state": state, "told": told})


def _is_alive(pid: int) -> bool:
    """True if the process is there and is ours; one that ended is waited for by its thread."""
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    try:
        return b"simulate" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return True


def _last_line(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")[-4000:]
    except OSError:
        return ""
    lines = [line.strip() for line in text.replace("\r", "\n").split("\n") if line.strip()]
    return lines[-1][:500] if lines else ""


def result(places: Places, number: int) -> dict[str, Any]:
    """Return what came of one that is done, its lists cut to what a page shows.

    Raises:
        NotFound: it is not done.
    """
    found = _shown(_folder(places) / str(number))
    if found is None:
        raise NotFound(f"simulation {number} has no result")
    return found


def _shown(folder: Path) -> dict[str, Any] | None:
    for name in (_SHOWN, _RESULT):
        try:
            found = json.loads((folder / name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if name == _RESULT:
            found["counts"] = {key: len(found[key]) for key in _LISTS}
            found |= {key: found[key][:_ROWS] for key in _LISTS}
            with suppress(OSError):  # a full disk: it is made again for the next page
                (folder / _SHOWN).write_text(json.dumps(found), encoding="utf-8")
        return dict(found)
    return None


def start(
    places: Places,
    *,
    config_path: Path,
    mappings: Path,
    text: str,
    name: str,
    by: str,
    now: datetime,
) -> int:
    """Begin one with the configuration in `text`; return its number.

    Raises:
        ConfigurationError: the configuration is wrong.
        Refused: another one is running.
    """
    with _begin:
        kept = runs(places, now=now)
        if any(run.state == "running" for run in kept):
            raise Refused("a simulation is running; one at a time")
        number = max(_numbers(places), default=0) + 1
        folder = _folder(places) / str(number)
        try:
            folder.mkdir(parents=True)
            (folder / _CONFIG).write_text(text, encoding="utf-8")
            load_config(folder / _CONFIG)
            pid = _start(folder, config_path, mappings)
            about = Run(number=number, name=name, by=by, started_at=now.isoformat(), pid=pid)
            (folder / _ABOUT).write_text(json.dumps(asdict(about)), encoding="utf-8")
        except BaseException as error:
            shutil.rmtree(folder, ignore_errors=True)
            if isinstance(error, OSError):
                raise Refused(f"a simulation cannot be written: {error.strerror}") from error
            raise
        for old in kept[_KEPT - 1 :]:
            shutil.rmtree(_folder(places) / str(old.number), ignore_errors=True)
    return number


def _start(folder: Path, config_path: Path, mappings: Path) -> int:
    command = [
        *(sys.executable, "-m", "oms_edi", "--config", str(config_path), "simulate"),
        *("--config", str(folder / _CONFIG), "--mappings", str(mappings), "--json"),
    ]
    with open(folder / _RESULT, "wb") as out, open(folder / _SAID, "wb") as said:
        process = subprocess.Popen(
            command, stdout=out, stderr=said, stdin=subprocess.DEVNULL, start_new_session=True
        )
    threading.Thread(target=_watch, args=(process,), name="simulation", daemon=True).start()
    return process.pid


def _watch(process: "subprocess.Popen[bytes]") -> None:
    """End a simulation that takes too long."""
    try:
        process.wait(LIMIT.total_seconds())
    except subprocess.TimeoutExpired:
        with suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
