"""Keys of partners' programs: made, shown once, revoked; each is kept in the log of access."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from oms_edi.domain.scope import Scope
from oms_edi.errors import NotFound, Refused
from oms_edi.store import access, api_keys
from oms_edi.store.access import Entry
from oms_edi.store.api_keys import ApiKey
from oms_edi.store.timeline import stamp

#: Begins every key, so that one that lies around is known for what it is.
PREFIX = "oms_"
_BYTES = 32
_SHOWN = 4
_NAME_CHARACTERS = 60


class MadeKey(NamedTuple):
    """A key as it is shown, once."""

    key_id: int
    secret: str


def add(
    path: Path,
    partner: str,
    name: str,
    *,
    scopes: Iterable[Scope],
    per_minute: int,
    days: int | None,
    by: str,
    now: datetime,
) -> MadeKey:
    """Make a key for a partner's program; `days` None: until it is revoked.

    Raises:
        Refused: it has no name, or no scope.
    """
    wanted = sorted({scope.value for scope in scopes})
    name = name.strip()
    if not name or len(name) > _NAME_CHARACTERS or not name.isprintable():
        raise Refused(f"say what the key is for, in at most {_NAME_CHARACTERS} characters")
    if not wanted:
        raise Refused("a key without a scope opens nothing; name one at least")
    secret = PREFIX + secrets.token_urlsafe(_BYTES)
    key = ApiKey(
        key_id=0,
        partner=partner,
        name=name,
        ending=secret[-_SHOWN:],
        scopes=tuple(wanted),
        per_minute=per_minute,
        created_at=stamp(now),
        expires_at=stamp(now + timedelta(days=days)) if days else None,
        revoked_at=None,
        seen_at="",
    )
    with access.opened(path) as connection, access.changed(connection):
        key_id = api_keys.add_key(connection, key, secret=secret)
        text = f"key {key_id}, {name}: {' '.join(wanted)}"
        access.note(connection, Entry(stamp(now), "key.added", partner, by, "", text))
    return MadeKey(key_id, secret)


def revoke(path: Path, key_id: int, *, by: str, now: datetime) -> ApiKey:
    """Have a key open nothing any more, from the next call on.

    Raises:
        NotFound: there is none with this number.
        Refused: it is revoked already.
    """
    with access.opened(path) as connection, access.changed(connection):
        key = api_keys.read_key(connection, key_id)
        if key is None:
            raise NotFound(f"there is no key {key_id}; `keys list` names them")
        if key.revoked_at:
            raise Refused(f"key {key_id} was revoked {key.revoked_at}")
        api_keys.revoke_key(connection, key_id, at=stamp(now))
        text = f"key {key_id}, {key.name}"
        access.note(connection, Entry(stamp(now), "key.revoked", key.partner, by, "", text))
    return key


def state_of(key: ApiKey, now: datetime) -> str:
    """Return whether a key is in force, expired or revoked."""
    if key.revoked_at:
        return "revoked"
    return "expired" if key.expires_at and key.expires_at <= stamp(now) else "in force"
