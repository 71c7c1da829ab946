"""Wakes the loop when something happens in the inboxes; may die without harm.

Events get lost, and a folder that is made anew is not watched any more while its watch looks alive.
So events only wake, a full scan decides, and the watch is put up again where it went away.
"""

import logging
from collections.abc import Callable
from pathlib import Path

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver

log = logging.getLogger(__name__)


class _Wake(FileSystemEventHandler):
    """Anything more than waking would risk the observer's only thread."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        #: True once a folder was removed; one made in its place may even have its inode.
        self.is_lost = False

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Wake for whatever could mean a new file."""
        if event.event_type in ("created", "moved", "modified", "closed"):
            self._wake()
        elif event.event_type == "deleted" and event.is_directory:
            self.is_lost = True


class Watcher:
    """Watches a folder and those in it."""

    def __init__(self, folder: Path, wake: Callable[[], None]) -> None:
        self._folder = folder
        self._wake = wake
        self._observer: BaseObserver | None = None
        self._handler = _Wake(wake)
        self._watched: tuple[tuple[int, int], ...] = ()

    def check(self) -> None:
        """Put the watch up if there is none, or if a folder is another one than was watched."""
        found = self._identity()
        is_up = bool(self._observer and self._observer.is_alive())
        if is_up and found == self._watched and not self._handler.is_lost:
            return
        self.stop()
        self._handler = _Wake(self._wake)
        try:
            observer = Observer()
            observer.schedule(self._handler, str(self._folder), recursive=True)
            observer.start()
        except OSError as error:  # too many watches on this machine: scans do it, less quickly
            log.warning("watch.failed reason=%s; files are found by scans", error)
        else:
            self._observer = observer
        self._watched = found
        self._wake()  # what came meanwhile was not seen

    def _identity(self) -> tuple[tuple[int, int], ...]:
        """Return device and inode of the folder and of those in it."""
        try:
            folders = [self._folder, *sorted(p for p in self._folder.iterdir() if p.is_dir())]
            found = [folder.stat() for folder in folders]
        except OSError:
            return ()
        return tuple((status.st_dev, status.st_ino) for status in found)

    def stop(self) -> None:
        """Take the watch down."""
        if self._observer is None:
            return
        self._observer.stop()
        if self._observer.is_alive():
            self._observer.join(timeout=5)
        self._observer = None
