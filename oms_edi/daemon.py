"""The process: woken by the watcher, backed by a schedule, stopped by a signal.

What the watcher sees only wakes the loop; a full scan of the inboxes decides. A lost event costs
at most one `intake.rescan_s`.
"""

import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import FrameType

from apscheduler.schedulers.background import BackgroundScheduler
from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from oms_edi.config.config import Config
from oms_edi.errors import TransientError
from oms_edi.partners.book import PartnerBook
from oms_edi.pipeline.run import Runner, owner
from oms_edi.pipeline.tell import Messenger

log = logging.getLogger(__name__)

#: Seconds until the next look while a file still settles.
_SETTLING_S = 0.25


class _Wake(FileSystemEventHandler):
    """Sets an event; anything more would risk the observer's only thread."""

    def __init__(self, wake: threading.Event) -> None:
        self._wake = wake

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Wake the loop for whatever could mean a new file."""
        if event.event_type in ("created", "moved", "modified", "closed"):
            self._wake.set()


@contextmanager
def stop_on_signals() -> Iterator[threading.Event]:
    """Yield an event that SIGTERM and SIGINT set; the handlers before are put back."""
    stop = threading.Event()

    def handle(number: int, frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, handle) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def serve(config: Config, partners: PartnerBook) -> None:
    """Run until SIGTERM or SIGINT; the file at hand is finished first."""
    with owner(config), stop_on_signals() as stop:
        wake = threading.Event()
        runner = Runner(
            config=config,
            partners=partners,
            clock=lambda: datetime.now(UTC),
            stopping=stop.is_set,
            wake=wake.set,
        )
        scheduler = BackgroundScheduler(
            timezone=UTC,
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        scheduler.add_job(wake.set, "interval", seconds=config.intake.rescan_s, id="rescan")
        observer = Observer()
        observer.schedule(_Wake(wake), str(config.folders.inbox), recursive=True)
        observer.start()
        scheduler.start()
        messenger = Messenger(config, clock=lambda: datetime.now(UTC))
        messenger.start()
        log.info("daemon.started inbox=%s", config.folders.inbox)
        try:
            _loop(runner, wake, stop)
        finally:
            runner.stop()
            messenger.stop()
            scheduler.shutdown(wait=False)
            observer.stop()
            observer.join(timeout=5)
            log.info("daemon.stopped")


def _loop(runner: Runner, wake: threading.Event, stop: threading.Event) -> None:
    wake.set()
    while not stop.is_set():
        settling = "still changing" in runner.settling.waiting.values()
        wake.wait(_SETTLING_S if settling else 1.0)
        if not (settling or wake.is_set() or runner.visits.is_due()):
            continue
        wake.clear()
        try:
            while runner.run_pass() and not stop.is_set():
                pass
        except TransientError as error:
            log.warning("pass.postponed reason=%s", error)
