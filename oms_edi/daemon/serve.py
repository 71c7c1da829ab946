"""The loop: a pass whenever something may have happened, until a signal ends it.

What the watcher sees only wakes the loop; a full scan of the inboxes decides. A lost event costs
at most one `intake.rescan_s`. What a person or a portal's program did is seen within a second.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from oms_edi.config.config import Config
from oms_edi.daemon import systemd
from oms_edi.daemon.console import Console
from oms_edi.daemon.schedule import Schedule
from oms_edi.daemon.signals import Signals, handled
from oms_edi.daemon.watcher import Watcher
from oms_edi.errors import ConfigurationError, TransientError
from oms_edi.partners.book import PartnerBook
from oms_edi.pipeline.people.tell import Messenger
from oms_edi.pipeline.run import Done, Runner, owner
from oms_edi.store.figures import read_figures
from oms_edi.store.journal import data_version
from oms_edi.store.timeline import newest_at, stamp
from oms_edi.upkeep.metrics import EVERY_S, render, values_of, write_metrics

if TYPE_CHECKING:
    from oms_edi.daemon.metrics_port import MetricsPort

log = logging.getLogger(__name__)

#: Seconds until the next look while a file still settles.
_SETTLING_S = 0.25
#: Seconds between two looks at clock, watcher and servers.
_LOOK_S = 1.0
#: Seconds for which a refused reload stays in the STATUS line.
_REFUSED_S = 60.0
#: Seconds between two STATUS lines.
_STATUS_S = 1.0
#: A clock that is so far behind the order book at the start is not believed.
_BEHIND = timedelta(days=1)
#: Seconds between two lines that say so.
_COMPLAIN_S = 60.0
#: After so many `intake.rescan_s` without a pass, one is made whatever the schedule says.
_DEAF = 3

Load = Callable[[], tuple[Config, PartnerBook]]


def serve(load: Load, *, console: Sequence[str]) -> None:
    """Run until SIGTERM or SIGINT; the file at hand is finished first.

    `load` reads the settings; `console` is the command that serves the console.

    Raises:
        ConfigurationError: the settings are not usable.
        Busy: another daemon works on this order book.
        StopDaemon: the storage failed.
    """
    config, partners = load()
    with owner(config), handled() as signals:
        _Daemon(config, partners, load, signals, Console(console)).run()


class _Daemon:
    """One run of the process."""

    def __init__(
        self,
        config: Config,
        partners: PartnerBook,
        load: Load,
        signals: Signals,
        console: Console,
    ) -> None:
        self._load = load
        self._console = console
        self._signals = signals
        self._wake = threading.Event()
        self._alive_s = 0.0
        self._told_s = 0.0
        self._status = ""
        self._started = time.time()
        self._measured_s = -EVERY_S
        self._passed_s = 0.0
        self._seen = 0
        self._jumps = self._refused = 0
        self._total = Done()
        self._is_made = False
        self._complained_s = -_COMPLAIN_S
        self._runner = Runner(
            config=config,
            partners=partners,
            clock=lambda: datetime.now(UTC),
            stopping=signals.is_stopping,
            wake=self._wake.set,
            progress=self._tell_alive,
        )
        self._messenger = self._new_messenger(config)
        self._watcher = Watcher(config.folders.inbox, self._wake.set)
        self._port: MetricsPort | None = None
        self._schedule = Schedule()
        self._schedule.every("rescan", config.intake.rescan_s, self._wake.set)
        newest = newest_at(self._runner.connection)
        self._newest = (
            datetime.fromisoformat(newest) if newest else datetime.min.replace(tzinfo=UTC)
        )
        self._is_made = True

    @staticmethod
    def _new_messenger(config: Config) -> Messenger:
        return Messenger(config, clock=lambda: datetime.now(UTC))

    def run(self) -> None:
        """Go on until a signal; then let what is under way end."""
        self._schedule.start()
        self._watcher.check()
        self._messenger.start()
        systemd.notify("READY=1", "STATUS=started")
        log.info("daemon.started inbox=%s", self._runner.config.folders.inbox)
        try:
            while not self._signals.is_stopping():
                self._turn()
        finally:
            systemd.notify("STOPPING=1", "STATUS=stopping")
            self._runner.stop()
            self._console.stop()
            self._messenger.stop()
            self._schedule.stop()
            self._watcher.stop()
            if self._port:
                self._port.stop()
            log.info("daemon.stopped")

    def _turn(self) -> None:
        """Wait until something may have happened, and make one pass over what there is to do.

        However long there is something, signals, systemd and metrics have their turn in between.
        """
        settling = "still changing" in self._runner.settling.waiting.values()
        self._wake.wait(_SETTLING_S if settling else _LOOK_S)
        self._tell_alive()
        self._tell_status()
        self._tell_figures()
        self._console.check(self._runner.config.web)
        if self._signals.take_reload():
            self._reload()
        if self._schedule.check():
            self._jumps += 1
            self._wake.set()
        if self._is_in_the_past():
            self._wake.clear()  # the clock that jumps wakes it again, as the next rescan does
            return
        if not (settling or self._wake.is_set() or self._is_due() or self._is_deaf()):
            return
        self._wake.clear()
        self._watcher.check()
        self._passed_s = time.monotonic()
        try:
            if done := self._runner.run_pass():
                self._total.add(done)
                self._wake.set()  # until a pass finds nothing
        except TransientError as error:
            log.warning("pass.postponed reason=%s", error)

    def _is_in_the_past(self) -> bool:
        """True while the clock is far behind the order book: every deadline would be wrong."""
        now = datetime.now(UTC)
        if self._newest - now <= _BEHIND:
            return False
        if time.monotonic() - self._complained_s > _COMPLAIN_S:
            self._complained_s = time.monotonic()
            log.error(
                "clock.behind now=%s book=%s; nothing is done until it is set right",
                stamp(now),
                stamp(self._newest),
            )
        return True

    def _is_due(self) -> bool:
        """True if a visit or a call ended, or one is due, or somebody else wrote to the book."""
        return self._is_written() or self._runner.visits.is_due() or self._runner.calls.is_due()

    def _is_written(self) -> bool:
        """True if another connection wrote since this was asked last: the console, a command."""
        seen, self._seen = self._seen, data_version(self._runner.connection)
        return self._seen != seen

    def _is_deaf(self) -> bool:
        """True if neither the watcher nor the schedule has woken the loop for too long."""
        return time.monotonic() - self._passed_s > _DEAF * self._runner.config.intake.rescan_s

    def _reload(self) -> None:
        """Read the settings again as a whole; if anything is wrong, those in force stay."""
        systemd.reloading()
        try:
            config, partners = self._load()
            self._runner.reload(config, partners)
        except ConfigurationError as error:
            self._refused += 1
            log.error("configuration.refused reason=%s", error)
            systemd.notify("READY=1", f"STATUS=settings not reloaded: {_first_line(error)}")
            self._told_s = time.monotonic() + _REFUSED_S
            return
        self._messenger.stop()
        self._messenger = self._new_messenger(config)
        self._messenger.start()
        self._schedule.every("rescan", config.intake.rescan_s, self._wake.set)
        self._show(config.metrics_port, "")
        self._console.reload(config.web)
        self._measured_s = -EVERY_S
        self._wake.set()
        systemd.notify("READY=1", "STATUS=settings reloaded")
        log.info("configuration.reloaded")

    def _tell_alive(self) -> None:
        """Tell systemd that every loop makes progress, as often as it wants to hear it."""
        now = time.monotonic()
        within_s = systemd.watchdog_s()
        if not within_s or now - self._alive_s < within_s / 3:
            return
        self._alive_s = now
        if hanging := self._hanging(now):
            log.error("daemon.hangs in=%s; systemd will start it again", ", ".join(hanging))
        else:
            systemd.notify("WATCHDOG=1")

    def _hanging(self, now_s: float) -> list[str]:
        """Return the threads that are beyond every limit they have."""
        if not self._is_made:  # an order book may be migrated before there are any
            return []
        messenger = ["messenger"] if self._messenger.is_hanging(now_s) else []
        return self._runner.visits.hanging(now_s) + self._runner.calls.hanging(now_s) + messenger

    def _tell_status(self) -> None:
        """Tell what was done and what waits, if that is news."""
        now = time.monotonic()
        if now - self._told_s < _STATUS_S:
            return
        self._told_s = now
        waits = len(self._runner.settling.waiting)
        failing = self._runner.visits.failing()
        parts = [f"since start: {self._total}"]
        parts += [f"files not yet whole: {waits}"] if waits else []
        parts += [f"servers that fail: {', '.join(failing)}"] if failing else []
        status = "STATUS=" + "; ".join(parts)
        if status != self._status:
            self._status = status
            systemd.notify(status)

    def _tell_figures(self) -> None:
        """Show the metrics, each minute; a fault of theirs stops nothing."""
        now = time.monotonic()
        config = self._runner.config
        if now - self._measured_s < EVERY_S or not (config.metrics_file or config.metrics_port):
            return
        self._measured_s = now
        process = {
            "inbox_waiting_files": len(self._runner.settling.waiting),
            "clock_jumps_total": self._jumps,
            "reloads_refused_total": self._refused,
            "start_time_seconds": self._started,
        }
        step = self._runner.step()
        try:
            figures = read_figures(step.connection)
            values = values_of(figures, step.places, process=process, now=step.now)
            text = render(values)
            self._show(config.metrics_port, text)
            if config.metrics_file:
                write_metrics(step.places, text)
        except OSError as error:
            log.warning("metrics.not_written reason=%s", error)

    def _show(self, port: int, text: str) -> None:
        """Show the metrics on a port, where one is configured, or was."""
        if port and self._port is None:
            from oms_edi.daemon.metrics_port import MetricsPort  # few need its server

            self._port = MetricsPort()
        if self._port:
            self._port.serve(port, text)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
