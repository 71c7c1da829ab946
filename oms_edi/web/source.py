"""The settings in force: read again when a file of theirs changes; wrong ones change nothing."""

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from oms_edi.config.config import Config
from oms_edi.errors import ConfigurationError
from oms_edi.partners.book import PartnerBook

log = logging.getLogger(__name__)

#: Seconds between two looks at the files.
_LOOK_S = 1.0

Load = Callable[[], tuple[Config, PartnerBook]]
Print = tuple[tuple[str, int, int], ...]


class Source:
    """Configuration and mappings as they last were right."""

    def __init__(self, load: Load, path: Path) -> None:
        """Read them.

        Raises:
            ConfigurationError: they are not usable.
        """
        self._load = load
        self._path = path
        self._lock = threading.Lock()
        self._settings = load()
        self._print = self._printed()
        self._looked_s = time.monotonic()
        #: Why what lies there now is not in force; "" if it is.
        self.fault = ""

    @property
    def path(self) -> Path:
        """Where the configuration stands."""
        return self._path

    def settings(self) -> tuple[Config, PartnerBook]:
        """Return those in force, after a look at the files now and then."""
        if time.monotonic() - self._looked_s > _LOOK_S and self._lock.acquire(blocking=False):
            try:
                self._looked_s = time.monotonic()
                if (found := self._printed()) != self._print:
                    self._read(found)
            finally:
                self._lock.release()
        return self._settings

    def look_again(self) -> None:
        """Have them read at the next question, whatever their files say."""
        self._print = ()
        self._looked_s = -_LOOK_S

    def _read(self, found: Print) -> None:
        self._print = found
        try:
            self._settings = self._load()
        except ConfigurationError as error:
            self.fault = str(error)
            log.error("configuration.refused reason=%s", error)
        else:
            self.fault = ""
            log.info("configuration.reloaded")

    def _printed(self) -> Print:
        """Return name, time and size of each file the settings stand in."""
        config, _ = self._settings
        found = [self._path, *sorted(config.folders.mappings.glob("*.y*ml"))]
        return tuple(_stat(path) for path in found)


def _stat(path: Path) -> tuple[str, int, int]:
    try:
        stat = path.stat()
    except OSError:
        return str(path), 0, -1
    return str(path), stat.st_mtime_ns, stat.st_size
