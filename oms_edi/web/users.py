"""What an administrator does about users; each is kept in the log of access."""

import re
from datetime import datetime
from pathlib import Path
from sqlite3 import Connection

from oms_edi.domain.role import Role
from oms_edi.errors import NotFound, Refused
from oms_edi.store import access, sessions
from oms_edi.store.access import Entry, User
from oms_edi.store.timeline import stamp
from oms_edi.web.passwords import hashed

_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,63}")


def add(path: Path, name: str, role: Role, password: str, *, by: str, now: datetime) -> User:
    """Add a user; an empty password is for one who comes by single sign-on only.

    Raises:
        Refused: the name is taken or none, or the password is too easy.
    """
    name = name.strip().casefold()
    if not _NAME.fullmatch(name):
        raise Refused(
            f"{name!r} is no name of a user: letters, digits and . _ @ + -, 64 at most, beginning"
            " with a letter or digit"
        )
    kept = hashed(password, name=name) if password else ""
    user = User(name, role.value, kept, stamp(now), None)
    with access.opened(path) as connection, access.changed(connection):
        if access.user(connection, name):
            raise Refused(f"there is a user {name} already")
        access.add_user(connection, user)
        _note(connection, "user.added", name, by, role.value, now)
    return user


def set_role(path: Path, name: str, role: Role, *, by: str, now: datetime) -> None:
    """Give a user another role, from the next page on."""
    with access.opened(path) as connection, access.changed(connection):
        user = _known(connection, name)
        access.set_role(connection, user.name, role.value)
        _note(connection, "user.role_changed", user.name, by, f"{user.role} to {role}", now)


def set_password(path: Path, name: str, password: str, *, by: str, now: datetime) -> None:
    """Give a user another password; their sessions end, and tries are counted anew."""
    with access.opened(path) as connection:
        user = _known(connection, name)
        kept = hashed(password, name=user.name)
        with access.changed(connection):
            access.set_password(connection, user.name, kept)
            sessions.end_sessions_of(connection, user.name)
            sessions.forget_failures(connection, (f"name {user.name}",))
            _note(connection, "user.password_changed", user.name, by, "", now)


def set_locked(path: Path, name: str, is_locked: bool, *, by: str, now: datetime) -> None:
    """Lock a user out, sessions included, or let them in again.

    Raises:
        Refused: it is so already.
    """
    with access.opened(path) as connection, access.changed(connection):
        user = _known(connection, name)
        if bool(user.locked_at) == is_locked:
            raise Refused(f"{user.name} is {'' if is_locked else 'not '}locked already")
        access.set_locked(connection, user.name, stamp(now) if is_locked else None)
        sessions.end_sessions_of(connection, user.name)
        event = "user.locked" if is_locked else "user.unlocked"
        _note(connection, event, user.name, by, "", now)


def remove(path: Path, name: str, *, by: str, now: datetime) -> None:
    """Remove a user; what they did stays on timelines."""
    with access.opened(path) as connection, access.changed(connection):
        user = _known(connection, name)
        access.remove_user(connection, user.name)
        _note(connection, "user.removed", user.name, by, user.role, now)


def _known(connection: Connection, name: str) -> User:
    user = access.user(connection, name.strip().casefold())
    if user is None:
        raise NotFound(f"there is no user {name}; `users list` names them")
    return user


def _note(connection: Connection, event: str, user: str, by: str, text: str, now: datetime) -> None:
    access.note(connection, Entry(stamp(now), event, user, by, "", text))
