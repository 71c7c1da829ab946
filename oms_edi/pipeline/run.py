"""One pass over everything there is to do, and passes until nothing is left."""

import gc
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, fields
from datetime import datetime
from fcntl import LOCK_EX, LOCK_NB, flock
from itertools import islice
from pathlib import Path

from oms_edi.config.config import Config
from oms_edi.domain.counted import counted
from oms_edi.errors import Busy, ConfigurationError, FileWaits, Stale, TransientError
from oms_edi.partners.book import PartnerBook
from oms_edi.pipeline.delivery.calls import Calls
from oms_edi.pipeline.delivery.deliver import check_marks, deliver
from oms_edi.pipeline.delivery.visits import Visits
from oms_edi.pipeline.frame.outcome import Outcome
from oms_edi.pipeline.frame.step import Places, Step
from oms_edi.pipeline.intake.collect import Claim, Settling, arrivals, check_places, recover, take
from oms_edi.pipeline.intake.ingest import Kept, committed_together, finish, ingest, keep
from oms_edi.pipeline.intake.quarantine import finish_releases
from oms_edi.pipeline.intake.room import has_room
from oms_edi.pipeline.intake.unread import see_to_unread
from oms_edi.pipeline.steps import do_step
from oms_edi.store.book import last_id
from oms_edi.store.database import create, joined
from oms_edi.store.files import is_committed

log = logging.getLogger(__name__)

#: Seconds between looks while a file settles.
_LOOK_S = 0.1
#: `run --once` waits at most so many settle times for files that keep changing.
_PATIENCE = 60
#: A step that others wrote into so often begins with the order book to itself.
_PATIENT = 2
#: Files claimed and archived together: their folders are then synced once.
_TOGETHER = 100


@dataclass(slots=True, kw_only=True)
class Done:
    """What a run did."""

    files: int = 0
    decided: int = 0
    released: int = 0
    notices: int = 0
    requests: int = 0
    changes: int = 0
    statuses: int = 0
    delivered: int = 0

    def __bool__(self) -> bool:
        return any(
            (
                self.files,
                self.decided,
                self.released,
                self.notices,
                self.requests,
                self.changes,
                self.statuses,
                self.delivered,
            )
        )

    def add(self, other: "Done") -> None:
        """Count what another pass did, too."""
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))

    def __str__(self) -> str:
        dispatches = counted(self.notices, "dispatch", "dispatches")
        changed = f" {counted(self.changes, 'change')} answered," if self.changes else ""
        statuses = counted(self.statuses, "status", "statuses")
        told = f" {statuses} told," if self.statuses else ""
        return (
            f"{counted(self.files, 'file')} taken, {counted(self.decided, 'order')} decided,"
            f" {self.released} released, {dispatches} told,{changed}{told}"
            f" {counted(self.delivered, 'file')} delivered"
        )


@contextmanager
def owner(config: Config) -> Iterator[Places]:
    """Be the one process that works on this order book.

    Raises:
        Busy: another one does.
    """
    places = Places(var=config.folders.var)
    places.make()
    with open(places.var / "lock", "w") as lock:
        try:
            flock(lock, LOCK_EX | LOCK_NB)
        except BlockingIOError as error:
            raise Busy(f"another oms-edi works on {places.var}") from error
        yield places


@dataclass
class Runner:
    """Runs passes over one order book; the caller owns the lock."""

    config: Config
    partners: PartnerBook
    #: Reads the clock, once a step.
    clock: Callable[[], datetime]
    #: True ends the run between two files or batches.
    stopping: Callable[[], bool] = lambda: False
    #: Called by the thread of a visit when it ends.
    wake: Callable[[], None] = lambda: None
    #: Called whenever a file or a step is done.
    progress: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        self.connection = create(Places(var=self.config.folders.var).database)
        self.settling = Settling()
        self.visits = Visits(at_once=self.config.limits.visits_at_once, wake=self.wake)
        self.calls = Calls(at_once=self.config.limits.visits_at_once, wake=self.wake)
        self.memory: dict[str, object] = {}
        self.config.folders.inbox.mkdir(parents=True, exist_ok=True)
        check_places(self.step())
        check_marks(self.step())
        self._do("settings")
        finish_releases(self.step())
        self._recovered = list(recover(self.step()))
        self._waiting: list[Claim] = []
        # A step makes values by the hundred thousand and hardly a cycle: look for those seldom,
        # and never again in what is loaded by now. Once: what a runner before this one left is
        # not to stay for ever.
        if not gc.get_freeze_count():
            gc.freeze()
            gc.set_threshold(50_000, 20, 20)

    def step(self) -> Step:
        """Return the surroundings of a step that begins now."""
        return Step(
            connection=self.connection,
            config=self.config,
            partners=self.partners,
            now=self.clock(),
            memory=self.memory,
        )

    def once(self) -> Done:
        """Collect, decide, deliver until nothing is left.

        Files that still change are waited for, so that all that was dropped is decided together;
        not for ever, should one never stop changing.
        """
        total = Done()
        give_up = time.monotonic() + _PATIENCE * max(self.config.intake.settle_s, _LOOK_S)
        self._settle(give_up)
        while not self.stopping():
            done = self.run_pass()
            total.add(done)
            if done or self._settle(give_up):
                continue
            if not (self.visits.is_busy(self.step()) or self.calls.is_busy(self.step())):
                break
            time.sleep(_LOOK_S)
        return total

    def _settle(self, give_up: float) -> bool:
        """Wait until no file changes any more; False if none did, or patience is over."""
        waited = False
        while time.monotonic() < give_up and not self.stopping():
            for _ in arrivals(self.step(), self.settling):
                pass
            if "still changing" not in self.settling.waiting.values():
                return waited
            waited = True
            time.sleep(_LOOK_S)
        return False

    def run_pass(self) -> Done:
        """Do everything there is to do now, once."""
        self._recovered += self.visits.collect(self.step())
        self.calls.collect(self.step())
        done = Done(files=self._take_files())
        self._do("match_changes")
        self._do("expire")
        before = last_id(self.connection, "shipments")
        done.decided = self._do("fulfill")
        self._do("release")
        done.released = last_id(self.connection, "shipments") - before
        done.requests = self._do("ask_warehouses")
        done.notices = self._do("notify")
        self._do("settle_changes")
        done.changes = self._do("answer_changes")
        done.statuses = self._do("report_status")
        done.delivered = deliver(self.step()) + self.visits.take_count() + self.calls.take_count()
        self.visits.start(self.step())
        self.calls.start(self.step())
        if "still changing" not in self.settling.waiting.values():  # they may bring what is late
            self._do("watch")
        return done

    def _do(self, name: str) -> int:
        """Do one step; begin it again if somebody else wrote between its reading and writing."""
        attempt = 0
        while True:
            try:
                did = do_step(self.step(), name, first=attempt >= _PATIENT)
                self.progress()
                return did
            except Stale:
                attempt += 1
                log.info("step.again name=%s", name)

    def reload(self, config: Config, partners: PartnerBook) -> None:
        """Go on with other settings; what waited for them is decided again.

        Raises:
            ConfigurationError: they would move the order book or its folders; the old ones stay.
        """
        for name, folder in config.folders:
            if folder != getattr(self.config.folders, name):
                raise ConfigurationError(f"folders.{name} was changed; that needs a restart")
        self.config, self.partners = config, partners
        self.memory.clear()  # what was worked out by the old settings
        self._do("settings")

    def stop(self) -> None:
        """End what runs beside the passes."""
        self.visits.stop(self.step(), within_s=self.config.limits.drain_s)
        self.calls.stop(self.step(), within_s=self.config.limits.drain_s)

    def _take_files(self) -> int:
        """Take up to `limits.files_per_pass` files; what they ask for is decided before more."""
        taken = 0
        if not has_room(self.step()):
            return taken
        self._recovered += self._waiting
        self._waiting = []
        claims = islice(self._claims(), self.config.limits.files_per_pass)
        while batch := list(islice(claims, _TOGETHER)):
            self._recovered = batch + self._recovered  # those in work/ nothing else looks for
            for group in committed_together(keep(self.step(), batch)):
                taken += self._take_group(group)
                if self.stopping():
                    return taken
            left = [claim for claim in batch if claim in self._recovered and claim.path.exists()]
            self._waiting += left  # the machine could not read them now; they have the next turn
            self._recovered = [claim for claim in self._recovered if claim not in batch]
        see_to_unread(self.step(), {f"{claim.partner}/{claim.name}" for claim in self._waiting})
        return taken

    def _take_group(self, group: Sequence[Kept]) -> int:
        """Deal with files in one transaction, then remove their work files; return how many."""
        dealt: list[tuple[Kept, Outcome]] = []
        try:
            with joined(self.connection) if len(group) > 1 else nullcontext():
                for kept in group:
                    try:
                        dealt.append((kept, ingest(self.step(), kept)))
                    except FileWaits as error:
                        log.warning("file.waits partner=%s reason=%s", kept.claim.partner, error)
                    self.progress()
        except TransientError:  # of one of them; those before it are committed
            for kept, outcome in dealt:
                if is_committed(self.connection, kept.claim.claim_id):
                    self._finish(kept, outcome)
            raise
        for kept, outcome in dealt:
            self._finish(kept, outcome)
        return len(dealt)

    def _finish(self, kept: Kept, outcome: Outcome) -> None:
        finish(self.step(), kept, outcome)
        self._recovered.remove(kept.claim)
        log.info("file.taken partner=%s state=%s", kept.claim.partner, outcome.state)

    def _claims(self) -> Iterator[Claim]:
        while self._recovered:
            yield self._recovered.pop(0)
        for partner, path in arrivals(self.step(), self.settling):
            claim = self._try_take(partner, path)
            if claim:
                yield claim

    def _try_take(self, partner: str, path: Path) -> Claim | None:
        try:
            return take(self.step(), partner, path)
        except TransientError as error:
            self.settling.waiting[path] = str(error)
            log.warning("file.not_taken partner=%s reason=%s", partner, error)
            return None
