"""What keeps the daemon awake: the watch that is put up again, the clock that jumps."""

import shutil
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from oms_edi.config.web import Web
from oms_edi.daemon.console import Console
from oms_edi.daemon.schedule import Schedule
from oms_edi.daemon.watcher import Watcher


def test_a_watch_that_went_away_is_put_up_again(tmp_path: Path) -> None:
    wake = threading.Event()
    inbox = tmp_path / "inbox"
    (inbox / "acme").mkdir(parents=True)
    watcher = Watcher(inbox, wake.set)
    watcher.check()
    shutil.rmtree(inbox)
    (inbox / "acme").mkdir(parents=True)
    watcher.check()
    wake.clear()
    (inbox / "acme/order.edi").write_text("x")
    assert wake.wait(5)
    watcher.stop()


def test_a_folder_nobody_can_watch_is_no_error(tmp_path: Path) -> None:
    watcher = Watcher(tmp_path / "missing", lambda: None)
    watcher.check()
    watcher.stop()


@pytest.mark.parametrize("jump_s", [-3600.0, 30 * 86_400.0])
def test_jobs_go_on_after_the_clock_jumped(monkeypatch: pytest.MonkeyPatch, jump_s: float) -> None:
    called = threading.Event()
    schedule = Schedule()
    schedule.every("job", 0.2, called.set)
    schedule.start()
    assert schedule.check() == 0
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + jump_s)
    assert schedule.check() == pytest.approx(jump_s, abs=1)
    called.clear()
    assert called.wait(5)
    assert schedule.check() == 0
    schedule.stop()


# The console as a child.

ON, OFF = Web(enabled=True), Web()
#: Ends with its input, as the console does.
WAITS = (sys.executable, "-c", "import sys; sys.stdin.read()")


def ends_with(code: int) -> tuple[str, ...]:
    return (sys.executable, "-c", f"raise SystemExit({code})")


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _is_told(console: Console, log: pytest.LogCaptureFixture, text: str, times: int) -> bool:
    console.check(ON)
    return log.text.count(text) == times


def test_a_console_that_is_not_wanted_does_not_run() -> None:
    console = Console(WAITS)
    console.check(OFF)
    assert not console.is_running
    console.check(ON)
    assert console.is_running
    console.check(OFF)
    assert not console.is_running


def test_a_console_that_ends_is_started_again_later_each_time(
    caplog: pytest.LogCaptureFixture,
) -> None:
    console = Console(ends_with(1))
    console.check(ON)
    until(lambda: not console.is_running)
    console.check(ON)
    console.check(ON)
    assert not console.is_running  # not at once
    assert "web.ended code=1 again_in_s=1" in caplog.text
    until(lambda: _is_told(console, caplog, "again_in_s=2", 1))
    console.stop()


def test_a_console_that_refuses_its_settings_waits_for_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    console = Console(ends_with(78))
    console.check(ON)
    until(lambda: not console.is_running)
    console.check(ON)
    console.check(ON)
    assert "web.refused code=78" in caplog.text
    assert not console.is_running
    console.reload(ON)
    until(lambda: _is_told(console, caplog, "web.refused", 2))
    console.stop()


def test_a_console_nobody_can_start_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    console = Console(("/nowhere/at/all",))
    console.check(ON)
    assert "web.not_started" in caplog.text
    console.stop()
