"""Log-ins: who may try when, and what a success and a failure leave behind.

After some failures in a row the next try has to wait, twice as long each time, for the name from
that address; a name alone and an address alone have longer patience, so that nobody is kept out by
somebody else's guesses for long, and nobody guesses at many names.
"""

import secrets
from datetime import datetime, timedelta
from sqlite3 import Connection
from typing import NamedTuple

from oms_edi.store import access, sessions
from oms_edi.store.access import Entry
from oms_edi.store.sessions import Failures, Session
from oms_edi.store.timeline import stamp
from oms_edi.web.passwords import is_right

_FIRST_WAIT = timedelta(seconds=30)
_LONGEST_WAIT = timedelta(minutes=15)
#: Tries without a wait: of a name from an address, of an address, of a name.
_FREE_HERE, _FREE_ADDRESS, _FREE_NAME = 5, 20, 50
_FORGOTTEN_AFTER = timedelta(days=1)
_NAME = 64


class LoggedIn(NamedTuple):
    """It was right."""

    #: What the cookie holds; nothing but its hash is kept.
    token: str


class Wait(NamedTuple):
    """No password is looked at before an instant."""

    until: str


class Wrong(NamedTuple):
    """Name or password were not right; which of them is not said."""


def try_log_in(
    connection: Connection, *, name: str, password: str, address: str, now: datetime
) -> LoggedIn | Wait | Wrong:
    """Judge one try."""
    name = name.strip().casefold()[:_NAME]
    subjects = _subjects(name, address)
    with access.changed(connection):
        before = [sessions.failures(connection, subject) for subject, _ in subjects]
        until = max(failures.wait_until for failures in before)
        # Later than any wait ends: noted by a clock that was ahead, and set right.
        if stamp(now) < until <= stamp(now + _LONGEST_WAIT):
            return Wait(until)
        for subject, free in subjects:  # before the password is looked at: many may try at once
            _count(connection, subject, free, now)
        sessions.forget_old_failures(connection, before=stamp(now - _FORGOTTEN_AFTER))
    user = access.user(connection, name)
    is_good = is_right(password, user.password if user and not user.locked_at else "")
    with access.changed(connection):
        if user and is_good:
            here, (from_address, _), by_name = subjects
            sessions.forget_failures(connection, (here[0], by_name[0]))
            sessions.set_failures(connection, from_address, before[1])
            return begin(connection, user=name, how="password", address=address, now=now)
        entry = Entry(stamp(now), "log_in.refused", name if user else "", "", address, "")
        access.note(connection, entry)
    return Wrong()


def begin(connection: Connection, *, user: str, how: str, address: str, now: datetime) -> LoggedIn:
    """Begin a session under a new token; inside a change of the caller's."""
    token, at = secrets.token_urlsafe(32), stamp(now)
    sha = sessions.token_sha(token)
    sessions.add_session(connection, Session(sha, user, how, at, at, address))
    access.note(connection, Entry(at, "session.begun", user, user, address, how))
    return LoggedIn(token)


def _subjects(name: str, address: str) -> tuple[tuple[str, int], ...]:
    return (
        (f"here {name} {address}", _FREE_HERE),
        (f"address {address}", _FREE_ADDRESS),
        (f"name {name}", _FREE_NAME),
    )


def _count(connection: Connection, subject: str, free: int, now: datetime) -> None:
    """Count one more failure, and say how long the next try has to wait."""
    tries = sessions.failures(connection, subject).tries + 1
    until = ""
    if tries >= free:
        wait = min(_FIRST_WAIT * 2 ** min(tries - free, 10), _LONGEST_WAIT)
        until = stamp(now + wait)
    sessions.set_failures(connection, subject, Failures(tries, stamp(now), until))
