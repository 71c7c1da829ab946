"""Calls of partners' servers: what the outbox owes them, one event after the other, until taken.

As for visits, each partner's calls are made by a thread that knows no database; the caller's thread
prepares them and books what came of them. An event leaves under its own id and bytes however often
it is sent, and the next one only after it: a server hears of an order in the order of things.

A server that answers 410 is not called as long as the exception that says so is open: it is about
that address, so another one in the mapping is called at once, and who resolves it has it tried.
"""

import hashlib
import logging
import queue
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from sqlite3 import Connection
from urllib.parse import urlsplit

from oms_edi.errors import EndpointGone, EndpointRefused, NotBefore, OmsError, StopDaemon
from oms_edi.partners.profile import PartnerProfile
from oms_edi.partners.webhook import WebhookSettings
from oms_edi.pipeline.frame.attention import attention
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.frame.turns import act
from oms_edi.store import outbox
from oms_edi.store.exceptions import close_exception, open_subjects
from oms_edi.store.outbox import PendingCall
from oms_edi.transports import webhook
from oms_edi.transports.credentials import read_credential

log = logging.getLogger(__name__)

#: Exceptions: a server does not take what it is told, and one that wants to hear nothing more.
_FAILED, _GONE = "webhook_failed", "webhook_gone"
#: Events one thread takes along; the next one goes on.
_TOGETHER = 50
#: Failed calls in a row before a person is asked.
_TELL_AFTER = 3
#: A server that fails is called again after at most so long.
_LONGEST_S = 3600.0
_LOOK_S = 0.05
#: A server that is gone is looked at so often: a person may have resolved that.
_GONE_S = 60.0
#: Seconds a thread may need beyond its limits, on a busy machine.
_GRACE_S = 120.0
#: Seconds a call takes at most, in timeouts (`oms_edi.transports.call`).
_TIMEOUTS = 4


@dataclass(slots=True)
class _Server:
    """What is known of one partner's server since the start."""

    settings: WebhookSettings | None = None
    due_s: float = 0.0
    failures: int = 0
    is_running: bool = False
    began_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What came of a thread."""

    partner: str
    #: The one that was called.
    address: str
    sent: list[int]
    error: OmsError | None


class Calls:
    """Every call of this process."""

    def __init__(self, *, at_once: int, wake: Callable[[], None] = lambda: None) -> None:
        self._at_once = at_once
        self._wake = wake
        self._servers: dict[str, _Server] = {}
        self._done: queue.SimpleQueue[_Told] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._left = 0

    def start(self, step: Step) -> int:
        """Begin what is owed and due, as far as there are turns; return how many."""
        started = 0
        for profile in step.partners:
            if profile.webhook is None:
                continue
            server = self._server(profile)
            running = sum(one.is_running for one in self._servers.values())
            if server.is_running or running >= self._at_once or time.monotonic() < server.due_s:
                continue
            owed = outbox.pending_calls(step.connection, profile.id, limit=_TOGETHER)
            if not owed:
                continue
            if is_gone(step.connection, profile):
                server.failures = max(1, server.failures)
                server.due_s = time.monotonic() + _GONE_S
                continue
            self._begin(step, profile, owed)
            started += 1
        return started

    def _server(self, profile: PartnerProfile) -> _Server:
        server = self._servers.setdefault(profile.id, _Server())
        if server.settings != profile.webhook:  # new, or corrected: try at once
            server.settings, server.due_s, server.failures = profile.webhook, 0.0, 0
        return server

    def _begin(self, step: Step, profile: PartnerProfile, owed: Sequence[PendingCall]) -> None:
        settings = profile.webhook
        assert settings is not None
        for one in owed:
            if hashlib.sha256(one.content).hexdigest() != one.sha256:
                raise StopDaemon(f"outgoing file {one.file_name} has rotten bytes")
        server = self._servers[profile.id]
        server.is_running, server.began_s = True, time.monotonic()
        try:
            secret = read_credential(settings.secret_credential, step.config.folders.credentials)
        except EndpointRefused as error:
            self._end_of(profile.id, settings, [], error)
            return
        arguments = (profile.id, settings, secret, tuple(owed), step.now)
        threading.Thread(
            target=self._run, args=arguments, name=f"calls-{profile.id}", daemon=True
        ).start()

    def _run(
        self,
        partner: str,
        settings: WebhookSettings,
        secret: str,
        owed: Sequence[PendingCall],
        at: datetime,
    ) -> None:
        """The thread of one partner's calls."""
        sent: list[int] = []
        problem: OmsError | None = None
        began_s = time.monotonic()
        try:
            for one in owed:
                if self._stopping.is_set():
                    break
                now = at + timedelta(seconds=time.monotonic() - began_s)
                webhook.call(settings, one.content, event_id=one.event_id, at=now, secret=secret)
                sent.append(one.outbox_id)
        except OmsError as error:
            problem = error
        except Exception as error:
            log.exception("webhook.failed partner=%s", partner)
            problem = OmsError(f"a fault of this program: {type(error).__name__}; see the log")
        self._end_of(partner, settings, sent, problem)

    def _end_of(
        self, partner: str, settings: WebhookSettings, sent: list[int], error: OmsError | None
    ) -> None:
        told = _Told(partner=partner, address=_address(partner, settings), sent=sent, error=error)
        self._done.put(told)
        self._wake()

    def collect(self, step: Step) -> None:
        """Book what came of every thread that ended."""
        while not self._done.empty():
            told = self._done.get()
            server = self._servers[told.partner]
            server.is_running = False
            self._left += len(told.sent)
            if told.error is None:
                server.failures, server.due_s = 0, 0.0
            else:
                server.failures = 1 if told.sent else server.failures + 1
                first_s = server.settings.retry_s if server.settings else _LONGEST_S
                wait_s = min(first_s * 2 ** min(server.failures - 1, 16), _LONGEST_S)
                wait_s *= random.uniform(0.9, 1.1)
                if isinstance(told.error, NotBefore):
                    wait_s = max(wait_s, told.error.after_s)
                server.due_s = time.monotonic() + wait_s
                log.warning(
                    "webhook.failed partner=%s attempts=%d reason=%s",
                    told.partner,
                    server.failures,
                    told.error,
                )
            self._book(step, told, failures=server.failures)

    def _book(self, step: Step, told: _Told, *, failures: int) -> None:
        is_gone = isinstance(told.error, EndpointGone)
        tell_after = 1 if isinstance(told.error, EndpointRefused) else _TELL_AFTER
        is_due = told.error is not None and (is_gone or failures == tell_after)
        if told.sent or is_due:
            book_calls(
                step,
                partner=told.partner,
                sent=told.sent,
                problem=str(told.error) if is_due else "",
                gone=told.address if is_gone else "",
            )

    def take_count(self) -> int:
        """Return how many events were taken since this was asked last."""
        left, self._left = self._left, 0
        return left

    def hanging(self, now_s: float) -> list[str]:
        """Return the partners whose calls go on beyond every limit they have, as of `now_s`."""
        return sorted(
            partner
            for partner, one in self._servers.items()
            if one.is_running
            and one.settings
            and now_s - one.began_s > _TOGETHER * _TIMEOUTS * one.settings.timeout_s + _GRACE_S
        )

    def is_due(self) -> bool:
        """True if calls ended, or a server that failed is due."""
        now = time.monotonic()
        return not self._done.empty() or any(
            one.failures and now >= one.due_s and not one.is_running
            for one in self._servers.values()
        )

    def is_busy(self, step: Step) -> bool:
        """True while calls are made, or would be: what failed once waits for another run."""
        for profile in step.partners:
            if profile.webhook is None:
                continue
            server = self._server(profile)
            if server.is_running or not self._done.empty():
                return True
            if not server.failures and outbox.pending_calls(step.connection, profile.id, limit=1):
                return True
        return False

    def stop(self, step: Step, *, within_s: float) -> None:
        """Let calls under way end; who takes longer hears of the event again, under its id."""
        self._stopping.set()
        deadline = time.monotonic() + within_s
        self.collect(step)
        while any(one.is_running for one in self._servers.values()):
            if time.monotonic() > deadline:
                return
            time.sleep(_LOOK_S)
            self.collect(step)


def is_gone(connection: Connection, profile: PartnerProfile) -> bool:
    """True if a partner's server said that nobody takes events at its address any more."""
    if profile.webhook is None:
        return False
    return _address(profile.id, profile.webhook) in open_subjects(connection, _GONE)


def _address(partner: str, settings: WebhookSettings) -> str:
    """Return how an exception calls an address; of its query, which may be a secret, a hash."""
    parts = urlsplit(settings.url)
    query = f"?{hashlib.sha256(parts.query.encode()).hexdigest()[:8]}" if parts.query else ""
    return f"{partner}/{parts.netloc}{parts.path}{query}"


@act
def book_calls(step: Step, *, partner: str, sent: list[int], problem: str, gone: str) -> None:
    """Book what a partner's server took, and why it does not take more where a person is asked.

    `gone` is the address nobody takes anything at any more, "" where it may be tried again.
    """
    outbox.set_sent(step.connection, sent, is_answer_due=False, at=step.at)
    if sent or gone:
        close_exception(step.connection, _FAILED, partner, at=step.at)
    for address in open_subjects(step.connection, _GONE) if sent else ():
        if address.startswith(f"{partner}/"):
            close_exception(step.connection, _GONE, address, at=step.at)
    if gone:
        text = f"{partner} is not called there any more: {problem}"
        attention(step, _GONE, gone, text, partner=partner)
    elif problem:
        attention(
            step,
            _FAILED,
            partner,
            f"{partner} does not take the events of its orders: {problem}",
            partner=partner,
        )
