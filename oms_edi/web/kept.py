"""Figures of the whole book, which take long in a large one: shown as of some seconds ago.

What is made quickly is made anew each time. What took longer is kept, and made again by a thread
of its own as soon as somebody looks at it after a while, so no page waits for it but the first;
and not even that one for what `oms_edi.web.warm` makes as the console starts, and keeps from
growing old while nobody looks.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

log = logging.getLogger(__name__)

T = TypeVar("T")

#: Seconds within which figures are made for each page.
_QUICK_S = 0.04
#: Seconds for which the others are shown.
_FRESH_S = 20.0
#: A figure takes no more of a processor than one part of so many.
_SHARE = 30
#: Figures kept; each partner has its own.
_MOST = 500


@dataclass(slots=True)
class _Figure:
    value: Any
    made_s: float
    took_s: float
    is_making: bool = False


class Kept:
    """Figures by name."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._figures: dict[str, _Figure] = {}
        #: Held by whoever makes a figure nobody knows yet; others wait for it.
        self._first: dict[str, threading.Lock] = {}

    def get(self, name: str, make: Callable[[], T], *, let_go: Callable[[], None]) -> T:
        """Return a figure; `make` may be called in another thread, which then calls `let_go`."""
        with self._lock:
            known = self._figures.get(name)
            is_slow = known is not None and known.took_s > _QUICK_S
            if known is not None and is_slow:
                is_old = time.monotonic() - known.made_s > max(_FRESH_S, _SHARE * known.took_s)
                if is_old and not known.is_making:
                    known.is_making = True
                    work = (name, make, let_go)
                    threading.Thread(target=self._again, args=work, daemon=True).start()
                value: T = known.value
                return value
            first = self._first.setdefault(name, threading.Lock())
        if known is not None:
            return self._make(name, make)
        with first:
            with self._lock:
                known = self._figures.get(name)
            if known is not None and known.took_s > _QUICK_S:
                return cast(T, known.value)
            return self._make(name, make)

    def _make(self, name: str, make: Callable[[], T]) -> T:
        began = time.monotonic()
        value = make()
        ended = time.monotonic()
        with self._lock:
            if len(self._figures) >= _MOST:
                self._figures.clear()
                self._first.clear()
            self._figures[name] = _Figure(value, ended, ended - began)
        return value

    def _again(self, name: str, make: Callable[[], T], let_go: Callable[[], None]) -> None:
        try:
            self._make(name, make)
        except Exception as error:  # the top of a thread: the figure that is known stays
            log.warning("figures.not_made name=%s reason=%s", name, error)
        finally:
            with self._lock:
                if name in self._figures:
                    self._figures[name].is_making = False
            let_go()
