"""Tell people what they are owed to hear of exceptions: outside of every step, with retries.

At least once, under a key that is the same each time. A channel that fails costs the others
nothing, and the pipeline never waits for it: the daemon does this in a thread of its own.
"""

import logging
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, time, timedelta
from sqlite3 import Connection
from time import monotonic
from zoneinfo import ZoneInfo

from oms_edi.config.config import Config
from oms_edi.config.notify import Channel
from oms_edi.domain.message_out import Message
from oms_edi.errors import OmsError, TransientError
from oms_edi.pipeline.frame.step import Places
from oms_edi.pipeline.people.compose import one, summary
from oms_edi.store import notifications
from oms_edi.store.database import attach, scratch_tx
from oms_edi.store.notifications import Owed
from oms_edi.store.timeline import stamp
from oms_edi.transports import mail, webhook
from oms_edi.transports.credentials import read_credential

log = logging.getLogger(__name__)

_HOUR = timedelta(hours=1)
_LONGEST = timedelta(hours=1)
#: Seconds between looks at what is owed.
_LOOK_S = 2.0
#: A round over every channel, each of whose messages has its own limit, takes no longer.
_HANGING_S = 3600.0
#: Each waits for the book as long as any writer does.
_NOTE_ATTEMPTS = 10


def tell(config: Config, connection: Connection, *, clock: Callable[[], datetime]) -> int:
    """Send what is owed and due on every channel; return how many messages left."""
    return sum(_tell_channel(config, connection, one, clock) for one in config.notify.channels)


def _tell_channel(
    config: Config, connection: Connection, channel: Channel, clock: Callable[[], datetime]
) -> int:
    now = clock()
    news = _worth_telling(config, connection, channel, now)
    sent = 0
    for group in _groups(connection, channel, news, now):
        message = _message(config, channel, group, now)
        ids = [each.notification_id for each in group]
        try:
            _send(config, channel, message)
        except OmsError as error:
            _failed(config, connection, channel, group, str(error), clock())
            break
        _note_sent(connection, ids, message, clock())
        log.info("notification.sent channel=%s exceptions=%d", channel.name, len(ids))
        sent += 1
    return sent


def _note_sent(connection: Connection, ids: list[int], message: Message, now: datetime) -> None:
    """Note what left; a step may hold the book for long, and what is not noted is sent again."""
    for attempt in range(_NOTE_ATTEMPTS):
        try:
            with scratch_tx(connection):
                notifications.settle(connection, ids, "sent", message=message.key, at=stamp(now))
            return
        except TransientError:
            if attempt == _NOTE_ATTEMPTS - 1:
                raise


def _worth_telling(
    config: Config, connection: Connection, channel: Channel, now: datetime
) -> list[Owed]:
    """Return what is due; what is over, or too old, is dropped, and what sleeps waits."""
    oldest = stamp(now - timedelta(hours=config.notify.max_age_h))
    dropped: dict[str, list[int]] = {}
    due = []
    for news in notifications.owed(connection, channel.name, now=stamp(now)):
        asleep = news.exception["snoozed_until"]
        if news.exception["closed_at"]:
            dropped.setdefault("it was over before", []).append(news.notification_id)
        elif news.owed_at < oldest and not (asleep and asleep > oldest):
            dropped.setdefault("it is too old", []).append(news.notification_id)
        elif not (asleep and asleep > stamp(now)) and _is_time(channel, news, now):
            due.append(news)
    if dropped:
        with scratch_tx(connection):
            for reason, ids in dropped.items():
                notifications.settle(connection, ids, "dropped", reason=reason, at=stamp(now))
    return due


def _is_time(channel: Channel, news: Owed, now: datetime) -> bool:
    """True at once, or as soon as a time of the digest has passed since it was owed."""
    if not channel.digest_at:
        return True
    return datetime.fromisoformat(news.owed_at) < _last_digest(channel, now)


def _last_digest(channel: Channel, now: datetime) -> datetime:
    """Return the last time of a channel's digest that has come."""
    zone = ZoneInfo(channel.timezone)
    today = now.astimezone(zone).date()
    times = [
        datetime.combine(day, at, tzinfo=zone).astimezone(UTC)
        for day in (today - timedelta(days=1), today)
        for at in channel.digest_at or (time.min,)
    ]
    return max(at for at in times if at <= now)


def _groups(
    connection: Connection, channel: Channel, news: list[Owed], now: datetime
) -> list[list[Owed]]:
    """Return what goes into each message: one each, and the rest in the last one of the hour."""
    if not news:
        return []
    if channel.digest_at:
        return [news]
    since = stamp(now - _HOUR)
    left = channel.per_hour - notifications.messages_since(connection, channel.name, since)
    if left <= 0:
        return []
    if len(news) <= left - 1 or (len(news) == left == 1):
        return [[each] for each in news]
    return [*([each] for each in news[: left - 1]), news[left - 1 :]]


def _message(config: Config, channel: Channel, group: list[Owed], now: datetime) -> Message:
    company = config.company.name
    if len(group) == 1:
        return one(channel, group[0], company=company, now=now)
    return summary(channel, group, company=company, now=now)


def _send(config: Config, channel: Channel, message: Message) -> None:
    folder = config.folders.credentials
    if channel.mail is not None:
        password = read_credential(channel.mail.password_credential, folder)
        mail.send(channel.mail, message, password=password)
    elif channel.webhook is not None:
        secret = read_credential(channel.webhook.secret_credential, folder)
        webhook.send(channel.webhook, message, secret=secret)


def _failed(
    config: Config,
    connection: Connection,
    channel: Channel,
    group: list[Owed],
    reason: str,
    now: datetime,
) -> None:
    """Try again later, ever more seldom; after the last attempt give it up where it is listed."""
    attempts = max(each.attempts for each in group) + 1
    ids = [each.notification_id for each in group]
    wait = min(timedelta(seconds=config.notify.retry_s * 2 ** min(attempts - 1, 16)), _LONGEST)
    with scratch_tx(connection):
        if attempts >= config.notify.max_attempts:
            notifications.settle(connection, ids, "failed", reason=reason, at=stamp(now))
            ids = []
        notifications.postpone(
            connection, channel.name, ids, reason=reason, until=stamp(now + wait)
        )
    log.warning(
        "notification.failed channel=%s attempts=%d reason=%s", channel.name, attempts, reason
    )


class Messenger:
    """Tells in a thread of its own until it is stopped; it has its own connection."""

    def __init__(self, config: Config, *, clock: Callable[[], datetime]) -> None:
        self._config = config
        self._clock = clock
        self._stop = threading.Event()
        self._seen_s = monotonic()
        self._thread = threading.Thread(target=self._run, name="messenger", daemon=True)

    def start(self) -> None:
        """Begin, if there is anybody to tell."""
        if self._config.notify.channels:
            self._thread.start()

    def stop(self) -> None:
        """End after the message at hand; one that hangs is left: it is sent again next time."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def is_hanging(self, now_s: float) -> bool:
        """True if it should tell and has not come round for longer than all its limits together."""
        is_begun = self._thread.ident is not None and not self._stop.is_set()
        return is_begun and now_s - self._seen_s > _HANGING_S

    def _run(self) -> None:
        while not self._stop.wait(_LOOK_S):
            try:
                with closing(attach(Places(var=self._config.folders.var).database)) as connection:
                    while not self._stop.is_set():
                        self._seen_s = monotonic()
                        tell(self._config, connection, clock=self._clock)
                        self._stop.wait(_LOOK_S)
            except Exception:  # nobody else would hear of it, and the next look may do
                log.exception("messenger.failed")
