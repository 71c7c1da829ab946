"""Keys of partners' programs, in `access.db`."""

import hashlib
from sqlite3 import Connection
from typing import NamedTuple

from oms_edi.store.access import note_in_passing


class ApiKey(NamedTuple):
    """A key, without the key."""

    key_id: int
    partner: str
    name: str
    #: Its last characters.
    ending: str
    scopes: tuple[str, ...]
    per_minute: int
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    #: When it was used last, to the hour; "" never.
    seen_at: str


_COLUMNS = (
    "key_id, partner, name, ending, scopes, per_minute, created_at, expires_at, revoked_at, seen_at"
)


def _key(row: tuple[object, ...]) -> ApiKey:
    values = list(row)
    values[4] = tuple(str(values[4]).split())
    return ApiKey._make(values)


def _sha_of(secret: str) -> str:
    """Return what is kept of a key."""
    return hashlib.sha256(secret.encode()).hexdigest()


def add_key(connection: Connection, key: ApiKey, *, secret: str) -> int:
    """Add a key; its own `key_id` does not count. Return its id."""
    cursor = connection.execute(
        "INSERT INTO api_keys (partner, name, key_sha, ending, scopes, per_minute, created_at,"
        " expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            key.partner,
            key.name,
            _sha_of(secret),
            key.ending,
            " ".join(key.scopes),
            key.per_minute,
            key.created_at,
            key.expires_at,
        ),
    )
    return cursor.lastrowid or 0


def find_key(connection: Connection, secret: str) -> ApiKey | None:
    """Return the key somebody shows, in force or not; None if there is none."""
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM api_keys WHERE key_sha = ?", (_sha_of(secret),)
    ).fetchone()
    return _key(row) if row else None


def read_key(connection: Connection, key_id: int) -> ApiKey | None:
    """Return a key by its number."""
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM api_keys WHERE key_id = ?", (key_id,)
    ).fetchone()
    return _key(row) if row else None


def keys(connection: Connection, *, partner: str | None, limit: int) -> list[ApiKey]:
    """Return the newest keys, of a partner or of all."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM api_keys WHERE ? IS NULL OR partner = ?"
        " ORDER BY key_id DESC LIMIT ?",
        (partner, partner, limit),
    )
    return [_key(row) for row in rows]


def revoke_key(connection: Connection, key_id: int, *, at: str) -> None:
    """Have a key open nothing any more."""
    connection.execute("UPDATE api_keys SET revoked_at = ? WHERE key_id = ?", (at, key_id))


def see_key(connection: Connection, key_id: int, *, at: str) -> None:
    """Note that a key is in use."""
    statement = "UPDATE api_keys SET seen_at = ? WHERE key_id = ?"
    note_in_passing(connection, statement, (at, str(key_id)))
