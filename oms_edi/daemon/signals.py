"""SIGTERM and SIGINT end the process, SIGHUP has it read its settings again."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

#: Exit code after a second SIGTERM: nothing is lost, the next start goes on.
_AT_ONCE = 75


class Signals:
    """What was asked for since the start; the loop looks every second.

    A handler that woke the loop would wait for a lock that the loop itself may hold.
    """

    def __init__(self) -> None:
        self._is_stopping = False
        self._is_reload_due = False

    def is_stopping(self) -> bool:
        """True after SIGTERM or SIGINT."""
        return self._is_stopping

    def take_reload(self) -> bool:
        """True once after each SIGHUP."""
        due, self._is_reload_due = self._is_reload_due, False
        return due

    def handle(self, number: int, frame: FrameType | None) -> None:
        """Note one signal; a second one to stop ends the process where it stands."""
        if number == signal.SIGHUP:
            self._is_reload_due = True
        elif self._is_stopping:
            os._exit(_AT_ONCE)
        else:
            self._is_stopping = True


@contextmanager
def handled() -> Iterator[Signals]:
    """Handle signals inside the block; the handlers before are put back."""
    signals = Signals()
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = {number: signal.signal(number, signals.handle) for number in numbers}
    try:
        yield signals
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
