"""Addresses of status pages, in `access.db`."""

import secrets
from sqlite3 import Connection
from typing import NamedTuple

_SECRET = "status links"
_SECRET_BYTES = 32


class StatusLink(NamedTuple):
    """A link, without its address."""

    link_id: int
    partner: str
    #: None: all orders of the partner.
    order_id: int | None
    created_at: str
    created_by: str
    expires_at: str
    revoked_at: str | None


_COLUMNS = "link_id, partner, order_id, created_at, created_by, expires_at, revoked_at"


def signing_key(connection: Connection) -> bytes:
    """Return what addresses are signed with; made when it is first asked for."""
    row = connection.execute("SELECT value FROM secrets WHERE name = ?", (_SECRET,)).fetchone()
    if row is None:
        connection.execute(
            "INSERT INTO secrets (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING",
            (_SECRET, secrets.token_bytes(_SECRET_BYTES)),
        )
        return signing_key(connection)
    return bytes(row[0])


def add_link(connection: Connection, link: StatusLink, *, token_sha: str) -> int:
    """Add a link; its own `link_id` does not count. Return its id."""
    cursor = connection.execute(
        "INSERT INTO status_links (token_sha, partner, order_id, created_at, created_by,"
        " expires_at) VALUES (?, ?, ?, ?, ?, ?)",
        (
            token_sha,
            link.partner,
            link.order_id,
            link.created_at,
            link.created_by,
            link.expires_at,
        ),
    )
    return cursor.lastrowid or 0


def find_link(connection: Connection, token_sha: str) -> StatusLink | None:
    """Return the link with this address, in force or not; None if there is none."""
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM status_links WHERE token_sha = ?", (token_sha,)
    ).fetchone()
    return StatusLink(*row) if row else None


def read_link(connection: Connection, link_id: int) -> StatusLink | None:
    """Return a link by its number."""
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM status_links WHERE link_id = ?", (link_id,)
    ).fetchone()
    return StatusLink(*row) if row else None


def links(
    connection: Connection,
    *,
    limit: int,
    partner: str | None = None,
    order_id: int | None = None,
) -> list[StatusLink]:
    """Return the newest links, of a partner, of an order or of all."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM status_links WHERE (:partner IS NULL OR partner = :partner)"
        " AND (:order IS NULL OR order_id = :order) ORDER BY link_id DESC LIMIT :limit",
        {"partner": partner, "order": order_id, "limit": limit},
    )
    return [StatusLink(*row) for row in rows]


def revoke_link(connection: Connection, link_id: int, *, at: str) -> None:
    """Have a link show nothing any more."""
    connection.execute("UPDATE status_links SET revoked_at = ? WHERE link_id = ?", (at, link_id))


#: Links and keys that open nothing any more.
_OVER = "coalesce(revoked_at, expires_at) < :at OR expires_at < :at"


def count_over(connection: Connection, *, before: str) -> int:
    """Count the links and keys that were over before an instant."""
    (count,) = connection.execute(
        f"SELECT (SELECT count(*) FROM status_links WHERE {_OVER})"
        f" + (SELECT count(*) FROM api_keys WHERE {_OVER})",
        {"at": before},
    ).fetchone()
    return int(count)


def remove_over(connection: Connection, *, before: str) -> None:
    """Remove them."""
    for table in ("status_links", "api_keys"):
        connection.execute(f"DELETE FROM {table} WHERE {_OVER}", {"at": before})
