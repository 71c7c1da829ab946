"""The console as a child of the daemon: started, watched, stopped with it.

A process of its own, because threads of one share its interpreter: no page may cost an order time.
It ends with the daemon however that ends: its standard input is a pipe nobody writes to.
"""

import logging
import os
import signal
import subprocess
import time
from collections.abc import Sequence

from oms_edi.config.web import Web
from oms_edi.errors import ConfigurationError

log = logging.getLogger(__name__)

#: Seconds until one that ended is started again: the first time, and at most.
_FIRST_WAIT_S, _LONGEST_WAIT_S = 1.0, 60.0
#: One that ran so long is no failure of the start.
_RAN_WELL_S = 60.0
#: Seconds it may take to stop.
_STOP_S = 10.0
#: What systemd tells the daemon alone.
_NOT_FOR_IT = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")


class Console:
    """The process of the console, if there is to be one."""

    def __init__(self, command: Sequence[str]) -> None:
        """`command` starts it; it ends when its standard input does."""
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None
        self._web: Web | None = None
        self._started_s = 0.0
        self._wait_s = _FIRST_WAIT_S
        self._again_s = 0.0

    @property
    def is_running(self) -> bool:
        """True while it does."""
        return self._process is not None and self._process.poll() is None

    def check(self, web: Web) -> None:
        """Have it run, or not, as these settings say; whoever ended is started again."""
        if not web.enabled:
            self.stop()
            return
        if self._process is not None and self._process.poll() is not None:
            self._note_end(self._process.returncode)
        if self._process is None and time.monotonic() >= self._again_s:
            self._start(web)

    def reload(self, web: Web) -> None:
        """Have it read its settings again; what needs a new process gets one."""
        self._wait_s, self._again_s = _FIRST_WAIT_S, 0.0
        if web != self._web:
            self.stop()
        elif self._process is not None and self.is_running:
            self._process.send_signal(signal.SIGHUP)
        self.check(web)

    def stop(self) -> None:
        """End it; requests under way are answered."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        _close(process)

    def _start(self, web: Web) -> None:
        environment = {key: text for key, text in os.environ.items() if key not in _NOT_FOR_IT}
        self._web = web
        self._started_s = time.monotonic()
        try:
            self._process = subprocess.Popen(
                [*self._command], stdin=subprocess.PIPE, env=environment, close_fds=True
            )
        except OSError as error:
            log.error("web.not_started reason=%s", error.strerror)
            self._later()

    def _note_end(self, code: int) -> None:
        """Say that it ended, and when the next try is."""
        assert self._process is not None
        _close(self._process)
        self._process = None
        if code == ConfigurationError.exit_code:
            log.error(
                "web.refused code=%d; it is started again when the settings are reloaded", code
            )
            self._again_s = float("inf")
            return
        if time.monotonic() - self._started_s > _RAN_WELL_S:
            self._wait_s = _FIRST_WAIT_S
        log.warning("web.ended code=%d again_in_s=%.0f", code, self._wait_s)
        self._later()

    def _later(self) -> None:
        self._again_s = time.monotonic() + self._wait_s
        self._wait_s = min(2 * self._wait_s, _LONGEST_WAIT_S)


def _close(process: subprocess.Popen[bytes]) -> None:
    if process.stdin:
        process.stdin.close()
