"""Jobs at fixed intervals, which a jump of the clock cannot silence.

APScheduler goes by the wall clock: set back by an hour it would sleep that hour. The loop compares
both clocks and puts the jobs up again.
"""

import logging
import time
from collections.abc import Callable
from datetime import UTC

from apscheduler.schedulers.background import BackgroundScheduler

log = logging.getLogger(__name__)

#: Seconds by which the clocks must part to call it a jump.
_JUMP_S = 10.0


class Schedule:
    """Calls functions at intervals; each must be quick."""

    def __init__(self) -> None:
        self._jobs: dict[str, tuple[float, Callable[[], object]]] = {}
        self._apart_s = time.time() - time.monotonic()
        self._scheduler = self._new()

    @staticmethod
    def _new() -> BackgroundScheduler:
        return BackgroundScheduler(
            timezone=UTC,
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )

    def start(self) -> None:
        """Begin."""
        self._scheduler.start()

    def every(self, name: str, seconds: float, do: Callable[[], object]) -> None:
        """Call `do` every so many seconds; a job of this name is replaced."""
        self._jobs[name] = (seconds, do)
        self._scheduler.add_job(do, "interval", seconds=seconds, id=name, replace_existing=True)

    def check(self) -> float:
        """Put all jobs up anew after a jump of the clock; return the jump in seconds, or 0."""
        apart_s = time.time() - time.monotonic()
        jump_s = apart_s - self._apart_s
        if abs(jump_s) < _JUMP_S:
            return 0.0
        self._apart_s = apart_s
        log.warning("clock.jumped seconds=%.0f", jump_s)
        self.stop()
        self._scheduler = self._new()
        for name, (seconds, do) in self._jobs.items():
            self.every(name, seconds, do)
        self._scheduler.start()
        return jump_s

    def stop(self) -> None:
        """End; a job under way is not waited for."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
