"""What keeps the daemon awake: the watch that is put up again, the clock that jumps."""

import shutil
import threading
import time
from pathlib import Path

import pytest

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
