"""Visits to partners' servers: who is due, what a visit is to do, what follows from what it did.

Each visit is a thread of its own that knows no database; the caller's thread prepares it and books
its result. A server that fails is left alone for longer each time, one that refuses us until a
person has seen to it, and no number of slow ones takes all the turns.
"""

import hashlib
import logging
import queue
import random
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from oms_edi.errors import EndpointRefused, StopDaemon
from oms_edi.partners.profile import PartnerProfile
from oms_edi.partners.sftp import PutSettings, SftpSettings
from oms_edi.pipeline.delivery.deliver import files_to_leave, raise_mark
from oms_edi.pipeline.delivery.visit_result import begin_visit, book, book_fetched
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.intake.collect import Claim, claim_file, is_incomplete_x12, new_claim_id
from oms_edi.store import outbox, remote
from oms_edi.store.timeline import stamp
from oms_edi.transports import folder
from oms_edi.transports.arrived import read_arrived, write_arrived
from oms_edi.transports.credentials import read_credential
from oms_edi.transports.errand import Fetched, Owed, Secrets, Taken, Task, Visit

log = logging.getLogger(__name__)

#: Files and bytes one visit leaves at most; the next one goes on.
_MAX_OWED = 200
_MAX_OWED_BYTES = 16 << 20
#: Seconds between looks while visits end.
_LOOK_S = 0.05
#: Seconds a visit may need beyond its limits, on a busy machine.
_GRACE_S = 120
#: A server that fails is asked again after at most so long.
_LONGEST_S = 3600
#: One that refuses us is asked so seldom: logins are locked by trying.
_REFUSED_S = 6 * 3600
#: A file that could not be removed is fetched and compared again after this.
_COMPARE_AFTER = timedelta(days=1)


@dataclass(slots=True)
class _Endpoint:
    """What is known of one server since the start."""

    due_s: float
    settings: SftpSettings | None = None
    failures: int = 0
    #: True while a file of ours cannot be left there: it waits for the next regular visit.
    is_stuck: bool = False
    is_running: bool = False
    began_s: float = 0.0
    #: True while something is known to be left to do there.
    is_wanted: bool = True
    seen: dict[str, tuple[tuple[int, int], float]] = field(default_factory=dict)


class Visits:
    """Every visit of this process."""

    def __init__(self, *, at_once: int, wake: Callable[[], None] = lambda: None) -> None:
        self._at_once = at_once
        self._wake = wake
        self._endpoints: dict[str, _Endpoint] = {}
        self._done: queue.SimpleQueue[tuple[tuple[Owed, ...], Visit]] = queue.SimpleQueue()
        self._stopping = threading.Event()
        #: Files left at partners' servers that nobody has counted yet.
        self._left = 0

    def start(self, step: Step) -> int:
        """Begin what is due, longest due first, as far as there are turns; return how many."""
        profiles = [profile for profile in step.partners if profile.sftp]
        if not profiles:
            return 0
        now = time.monotonic()
        owing = _owing(step)
        due: list[tuple[float, PartnerProfile]] = []
        for profile in profiles:
            endpoint = self._endpoint(profile, now)
            is_due = now >= endpoint.due_s or _is_owed(profile, endpoint, owing)
            if endpoint.is_running or not is_due:
                continue
            due.append((endpoint.due_s, profile))
        started = 0
        for _, profile in sorted(due, key=lambda pair: (pair[0], pair[1].id)):
            if self._has_turn(self._endpoints[profile.id]):
                self._begin(step, profile)
                started += 1
        return started

    def _endpoint(self, profile: PartnerProfile, now: float) -> _Endpoint:
        endpoint = self._endpoints.setdefault(profile.id, _Endpoint(due_s=now))
        if endpoint.settings != profile.sftp:  # new, or corrected: try at once
            endpoint.settings = profile.sftp
            endpoint.due_s, endpoint.failures, endpoint.is_wanted = now, 0, True
        return endpoint

    def _has_turn(self, endpoint: _Endpoint) -> bool:
        """Servers that failed last time share half of the turns: the others never wait for them."""
        running = [one for one in self._endpoints.values() if one.is_running]
        if len(running) >= self._at_once:
            return False
        failing = sum(1 for one in running if one.failures)
        return not endpoint.failures or failing < max(1, self._at_once // 2)

    def _begin(self, step: Step, profile: PartnerProfile) -> None:
        endpoint = self._endpoints[profile.id]
        endpoint.is_running, endpoint.began_s = True, time.monotonic()
        try:
            task = self._task(step, profile, endpoint)
        except EndpointRefused as error:
            self._done.put(((), Visit(partner=profile.id, error=error)))
            self._wake()
            return
        thread = threading.Thread(
            target=self._run, args=(task,), name=f"visit-{profile.id}", daemon=True
        )
        thread.start()

    def _task(self, step: Step, profile: PartnerProfile, endpoint: _Endpoint) -> Task:
        settings = profile.sftp
        assert settings is not None
        credentials = step.config.folders.credentials
        known = Secrets(
            password=read_credential(settings.password_credential, credentials),
            key=read_credential(settings.key_credential, credentials),
            passphrase=read_credential(settings.passphrase_credential, credentials),
        )
        rows = remote.to_remove(step.connection, profile.id, since=stamp(step.now - _COMPARE_AFTER))
        return Task(
            partner=profile.id,
            settings=settings,
            secrets=known,
            owed=_owed(step, profile.id, settings.put) if settings.put else (),
            taken=tuple(
                Taken(claim_id=r.claim_id, name=r.name, size_bytes=r.size_bytes, mtime=r.mtime)
                for r in rows
            ),
            seen=dict(endpoint.seen),
            landing=step.places.landing,
            limit_bytes=step.config.intake.max_file_bytes,
            arrived=_arrived(step, profile.id),
        )

    def _run(self, task: Task) -> None:
        """The thread of one visit."""
        from oms_edi.transports.visit import visit  # paramiko: 0.15 s for those who visit nobody

        done = visit(task, clock=time.monotonic, stopping=self._stopping.is_set)
        self._done.put((task.owed, done))
        self._wake()

    def collect(self, step: Step) -> list[Claim]:
        """Book every visit that ended; return what they fetched, claimed.

        Raises:
            StopDaemon: the storage failed in one of them.
        """
        claims: list[Claim] = []
        while True:
            try:
                owed, done = self._done.get_nowait()
            except queue.Empty:
                return claims
            claims += self._end(step, owed, done)

    def _end(self, step: Step, owed: tuple[Owed, ...], done: Visit) -> list[Claim]:
        endpoint = self._endpoints[done.partner]
        endpoint.is_running = False
        if isinstance(done.error, StopDaemon):
            raise done.error
        endpoint.seen = done.seen
        endpoint.failures = endpoint.failures + 1 if done.error else 0
        endpoint.is_stuck = bool(done.failed)
        self._left += len(done.sent)
        claims = [
            claim
            for file in done.fetched
            if (claim := self._claim(step, done, endpoint, file)) is not None
        ]
        book(step, owed, done, failures=endpoint.failures)
        self._schedule(endpoint, done, has_claims=bool(claims))
        return claims

    def _claim(self, step: Step, done: Visit, endpoint: _Endpoint, file: Fetched) -> Claim | None:
        """Make a fetched file ours; None if it is not whole yet and may become so."""
        age_s = time.monotonic() - file.seen_s
        if age_s < step.config.intake.stale_after_s and is_incomplete_x12(file.path):
            folder.remove(file.path)
            endpoint.seen[file.name] = ((file.size_bytes, file.mtime), file.seen_s)
            done.waiting[file.name] = "no whole IEA at its end yet"
            return None
        claim_id = new_claim_id()
        book_fetched(
            step,
            partner=done.partner,
            claim_id=claim_id,
            name=file.name,
            size_bytes=file.size_bytes,
            mtime=file.mtime,
        )
        return claim_file(step, done.partner, file.path, name=file.name, claim_id=claim_id)

    def _schedule(self, endpoint: _Endpoint, done: Visit, *, has_claims: bool) -> None:
        settings = endpoint.settings
        assert settings is not None
        endpoint.is_wanted = False
        wait_s = settings.every_s * random.uniform(0.9, 1.1)
        if isinstance(done.error, EndpointRefused):
            wait_s = _REFUSED_S
        elif done.error:
            wait_s = min(wait_s * 2 ** (endpoint.failures - 1), max(_LONGEST_S, settings.every_s))
        elif has_claims:  # they are removed as soon as they are committed
            wait_s, endpoint.is_wanted = 0.0, True
        elif "still changing" in done.waiting.values() and settings.fetch:
            wait_s, endpoint.is_wanted = min(settings.fetch.settle_s, wait_s), True
        endpoint.due_s = time.monotonic() + wait_s

    def take_count(self) -> int:
        """Return how many files were left at servers since this was asked last."""
        left, self._left = self._left, 0
        return left

    def failing(self) -> list[str]:
        """Return the partners whose last visit failed."""
        return sorted(partner for partner, one in self._endpoints.items() if one.failures)

    def hanging(self, now_s: float) -> list[str]:
        """Return the partners whose visit goes on beyond every limit it has, as of `now_s`."""
        return sorted(
            partner
            for partner, one in self._endpoints.items()
            if one.is_running
            and one.settings
            and now_s - one.began_s > one.settings.visit_s + one.settings.reply_s + _GRACE_S
        )

    def is_due(self) -> bool:
        """True if a visit ended, or one is due."""
        now = time.monotonic()
        return not self._done.empty() or any(
            now >= one.due_s and not one.is_running for one in self._endpoints.values()
        )

    def is_busy(self, step: Step) -> bool:
        """True while a visit runs, or one would find something to do."""
        profiles = [profile for profile in step.partners if profile.sftp]
        owing = _owing(step) if profiles else set()
        for profile in profiles:
            endpoint = self._endpoint(profile, time.monotonic())
            is_owed = _is_owed(profile, endpoint, owing)
            if endpoint.is_running or endpoint.is_wanted or is_owed:
                return True
        return False

    def stop(self, step: Step, *, within_s: float) -> None:
        """Let running visits end after the file at hand; leave those that take longer.

        What was fetched lies in `work/` and is read at the next start.
        """
        self._stopping.set()
        deadline = time.monotonic() + within_s
        self.collect(step)
        while any(one.is_running for one in self._endpoints.values()):
            if time.monotonic() > deadline:
                log.warning("visit.left reason=it takes longer than %.0f s to end", within_s)
                return
            time.sleep(_LOOK_S)
            self.collect(step)


def _owing(step: Step) -> set[str]:
    """Return the partners who are owed a file."""
    return {file.partner for file in files_to_leave(step)}


def _is_owed(profile: PartnerProfile, endpoint: _Endpoint, owing: Collection[str]) -> bool:
    """True if something can be left there that need not wait for the next regular visit."""
    is_put = bool(profile.sftp and profile.sftp.put)
    return is_put and profile.id in owing and not (endpoint.failures or endpoint.is_stuck)


def _arrived(step: Step, partner: str) -> Path:
    return step.places.control / f"{partner}.arrived"


def _owed(step: Step, partner: str, put: PutSettings) -> tuple[Owed, ...]:
    """Return what a visit is to leave; its numbers and its state are durable before it begins."""
    files = [file for file in files_to_leave(step) if file.partner == partner]
    noted = read_arrived(_arrived(step, partner)) if put.takes_at_once else frozenset()
    owed: list[Owed] = []
    size = 0
    for file in files[:_MAX_OWED]:
        content = outbox.content(step.connection, file.outbox_id)
        if hashlib.sha256(content).hexdigest() != file.sha256:
            raise StopDaemon(f"outgoing file {file.file_name} for {partner} has rotten bytes")
        size += len(content)
        if owed and size > _MAX_OWED_BYTES:
            break
        name = file.file_name.rpartition("/")[2]  # their folder has no others in it
        owed.append(
            Owed(
                outbox_id=file.outbox_id,
                name=name,
                content=content,
                is_unclear=file.is_unclear,
                may_be_taken=file.is_unclear and name in noted,
            )
        )
    if owed:
        raise_mark(step, partner, files[: len(owed)])
        still = {file.name for file in owed if file.may_be_taken}
        if still != noted:
            write_arrived(_arrived(step, partner), still)
        begin_visit(step, outbox_ids=[file.outbox_id for file in owed])
    return tuple(owed)
