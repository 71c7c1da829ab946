"""What the book was made of: every input that changed it, in the order of commits, append-only.

A turn is one file taken, one act of a person or one step of a pass. `database.write_tx` writes a
row for each transaction of the turn that changed something, in that transaction. State is a
function of these rows, of the archived bytes they name, and of nothing else.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from sqlite3 import Connection
from typing import Any

from oms_edi.errors import Stale, TurnOver


def _nothing() -> None:
    pass


@dataclass(slots=True, kw_only=True)
class Turn:
    """What is being done to the book through one connection."""

    #: file, act or step.
    kind: str
    #: Partner and file, or the name of the function that is called.
    name: str
    #: The clock of the turn, ISO-8601 with microseconds.
    at: str
    #: Arguments as JSON.
    body: str
    #: SHA-256 of the settings and of the partners in force, which `keep` puts in the archive.
    configuration: str
    mappings: str
    #: Makes the bytes the row names durable; called before the first row of the turn is written.
    keep: Callable[[], None] = _nothing
    #: `data_version` when the turn began to read; None if it reads in its transaction only.
    seen: int | None = None
    #: Transactions it may still commit; None is any number. A replay ends a turn where it ended.
    left: int | None = None
    #: True while a transaction is open that `write_tx` is to take over.
    is_begun: bool = False
    #: True while an act is one transaction, whatever it calls.
    is_one: bool = False
    #: Rows changed and changed back by a savepoint.
    undone: int = 0
    #: The id of its first row, once there is one.
    first: int | None = None

    def check(self, connection: Connection) -> None:
        """Refuse the transaction that has just begun if the turn is over, or read an older book.

        Raises:
            TurnOver: in a replay, the turn committed all that it committed once.
            Stale: somebody else committed since the turn began to read; do it again.
        """
        if self.left == 0:
            raise TurnOver
        if self.seen is not None and data_version(connection) != self.seen:
            raise Stale

    def note(self, connection: Connection) -> None:
        """Write the row of a transaction that is about to be committed."""
        if self.first is None:
            self.keep()
            row = connection.execute("SELECT coalesce(max(entry_id), 0) + 1 FROM journal")
            (self.first,) = row.fetchone()
        connection.execute(
            "INSERT INTO journal (turn, at, kind, name, body, configuration, mappings)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                self.first,
                self.at,
                self.kind,
                self.name,
                self.body,
                self.configuration,
                self.mappings,
            ),
        )
        if self.left is not None:
            self.left -= 1


def data_version(connection: Connection) -> int:
    """Return a number that changes when another connection commits, and only then."""
    (version,) = connection.execute("PRAGMA data_version").fetchone()
    return int(version)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One turn as the journal has it."""

    turn: int
    at: str
    kind: str
    name: str
    body: dict[str, Any]
    configuration: str
    mappings: str
    #: Transactions it committed.
    count: int


def entries(connection: Connection) -> Iterator[Entry]:
    """Yield every turn in the order of commits.

    Transactions of one turn stand together: a step that somebody else wrote into begins again.
    """
    rows = connection.execute(
        "SELECT turn, at, kind, name, body, configuration, mappings, count(*) FROM journal"
        " GROUP BY turn, at, kind, name, body, configuration, mappings ORDER BY turn"
    )
    for row in rows:
        yield Entry(
            turn=row[0],
            at=row[1],
            kind=row[2],
            name=row[3],
            body=json.loads(row[4]),
            configuration=row[5],
            mappings=row[6],
            count=row[7],
        )


def last_settings(connection: Connection) -> tuple[str, str]:
    """Return the hashes of the settings and partners the book was last changed under."""
    row = connection.execute(
        "SELECT configuration, mappings FROM journal ORDER BY entry_id DESC LIMIT 1"
    ).fetchone()
    return (row[0], row[1]) if row else ("", "")


def archived(connection: Connection) -> set[str]:
    """Return the SHA-256 of what the archive keeps beside the files of partners."""
    rows = connection.execute(
        "SELECT configuration FROM journal UNION SELECT mappings FROM journal"
        " UNION SELECT json_extract(j.value, '$.archived') FROM journal, json_each(body) j"
        " WHERE kind = 'act' AND j.type = 'object'"
    )
    return {sha for (sha,) in rows if sha}


#: Keys of settings, and of each partner, as they are archived.
_CONFIG, _PARTNER = {"company", "nodes", "routing", "allocation"}, {"id", "name", "role", "orders"}


def is_settings(content: bytes) -> bool:
    """True for settings or partners as a turn archives them, whether or not it was committed.

    They are durable before the row that names them; a process killed in between loses nothing.
    """
    if not content.startswith(b'{"'):
        return False
    try:
        found = [json.loads(line) for line in content.splitlines()]
    except ValueError:
        return False
    keys = [set(one) for one in found if isinstance(one, dict)]
    return len(keys) == len(found) and (
        (len(keys) == 1 and keys[0] >= _CONFIG) or all(some >= _PARTNER for some in keys)
    )


def last_entry(connection: Connection) -> int:
    """Return the number of the newest row, 0 if there is none."""
    (last,) = connection.execute("SELECT coalesce(max(entry_id), 0) FROM journal").fetchone()
    return int(last)


#: Rows looked through for an act that may have been done: those of an hour in which much happened.
_LOOKED_THROUGH = 300_000


def done_since(connection: Connection, seen: int, name: str, body: str) -> str | None:
    """Return when the same act was done after entry `seen`, None if it was not."""
    row = connection.execute(
        "SELECT at FROM journal WHERE entry_id > max(?, ?) AND kind = 'act' AND name = ?"
        " AND body = ? LIMIT 1",
        (seen, last_entry(connection) - _LOOKED_THROUGH, name, body),
    ).fetchone()
    return str(row[0]) if row else None
