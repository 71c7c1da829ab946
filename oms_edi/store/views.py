"""Lists of orders a user comes back to; in `access.db`, for they are nobody else's."""

from sqlite3 import Connection
from typing import NamedTuple

from oms_edi.errors import Refused

#: Views a user may keep.
MOST = 30


class SavedView(NamedTuple):
    """A name and the address it stands for."""

    name: str
    link: str


def views(connection: Connection, user: str) -> list[SavedView]:
    """Return those of a user, by name."""
    rows = connection.execute(
        "SELECT name, link FROM views WHERE user = ? ORDER BY name LIMIT ?", (user, MOST)
    )
    return [SavedView(*row) for row in rows]


def put_view(connection: Connection, user: str, view: SavedView) -> None:
    """Keep one, in the place of another of this name.

    Raises:
        Refused: there are too many.
    """
    known = {one.name for one in views(connection, user)}
    if view.name not in known and len(known) >= MOST:
        raise Refused(f"{MOST} views are kept; forget one first")
    connection.execute(
        "INSERT INTO views (user, name, link) VALUES (?, ?, ?)"
        " ON CONFLICT (user, name) DO UPDATE SET link = excluded.link",
        (user, *view),
    )


def drop_view(connection: Connection, user: str, name: str) -> None:
    """Forget one."""
    connection.execute("DELETE FROM views WHERE user = ? AND name = ?", (user, name))
