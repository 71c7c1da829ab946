"""Make an order book again from its journal and the archive: the same steps, another database.

Every turn is done by the function that did it, at the instant it had, under the settings that were
in force. Nothing outside of the new book's own `var/` is touched: no inbox, no outbox, no partner.
"""

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from sqlite3 import Connection
from typing import Any, TypeVar

from pydantic import ValidationError

from oms_edi.config.config import Config, Folders
from oms_edi.errors import ConfigurationError, NotFound, OmsError, TurnOver
from oms_edi.partners.book import PartnerBook
from oms_edi.partners.profile import PartnerProfile
from oms_edi.pipeline.frame.step import Places, Step
from oms_edi.pipeline.frame.turns import all_acts, turn
from oms_edi.pipeline.intake.ingest import judge
from oms_edi.pipeline.steps import STEPS, do_step
from oms_edi.store import journal
from oms_edi.store.content import content_hash, first_difference
from oms_edi.store.database import create
from oms_edi.store.files import NewFile
from oms_edi.store.journal import Entry

T = TypeVar("T")

#: What stands in the journal for a file that was handed to an act.
_KEPT = {"archived", "name"}


@dataclass(slots=True)
class Replayed:
    """What a replay did and found."""

    #: Turns done, by kind: file, act, step.
    turns: Counter[str] = field(default_factory=Counter)
    #: The first turn that did not do what it had done; "" if all did.
    astray: str = ""
    #: Where the books first differ; None if they do not, or if not all was replayed.
    difference: str | None = None
    #: The content hash of the new book.
    content: str = ""

    @property
    def is_same(self) -> bool:
        """True if nothing differs."""
        return not self.astray and self.difference is None


class Archive:
    """Reads back from the archive what the journal names."""

    def __init__(self, root: Path, folders: Folders) -> None:
        self._root = root
        self._folders = folders
        self._configs: dict[str, Config] = {}
        self._partners: dict[str, PartnerBook] = {}

    def path(self, sha256: str) -> Path:
        """Return where these bytes lie.

        Raises:
            NotFound: they are not in the archive.
        """
        path = self._root / sha256[:2] / sha256
        if not path.exists():
            raise NotFound(f"{path} is missing; restore it from a backup of the archive")
        return path

    def config(self, sha256: str) -> Config:
        """Return the settings of that hash, with folders of the new book."""
        if sha256 not in self._configs:
            kept = self.path(sha256).read_bytes()
            found = Config.model_validate_json(kept).model_copy(update={"folders": self._folders})
            self._configs[sha256] = _checked(found, found.canonical(), kept, sha256)
        return self._configs[sha256]

    def partners(self, sha256: str) -> PartnerBook:
        """Return the partners of that hash."""
        if sha256 not in self._partners:
            kept = self.path(sha256).read_bytes()
            found = PartnerBook.of(
                PartnerProfile.model_validate_json(line) for line in kept.splitlines()
            )
            self._partners[sha256] = _checked(found, found.canonical, kept, sha256)
        return self._partners[sha256]


def _checked(found: T, canonical: bytes, kept: bytes, sha256: str) -> T:
    if canonical != kept:
        raise ConfigurationError(
            f"settings {sha256} mean something else to this program than to the one that kept"
            " them; replay with the version that did"
        )
    return found


@contextmanager
def fresh_book(places: Places) -> Iterator[Connection]:
    """Make an empty order book that need not survive a power cut."""
    places.make()
    connection = create(places.database)
    connection.execute("PRAGMA synchronous = OFF")
    try:
        yield connection
    finally:
        connection.close()


def replay(
    source: Connection,
    archive: Path,
    places: Places,
    *,
    until: datetime | None = None,
    tell: Callable[[int], None] = lambda done: None,
) -> Replayed:
    """Make the book of `source` again below `places`, and compare.

    With `until`, only what was done up to then; there is nothing to compare with then. `tell`
    hears how many turns are done.
    """
    folders = folders_below(places.var)
    kept = Archive(archive, folders)
    done = Replayed()
    source.execute("BEGIN")  # one look at it, whatever the daemon does meanwhile
    try:
        with fresh_book(places) as book:
            is_all = True
            for entry in journal.entries(source):
                if until is not None and datetime.fromisoformat(entry.at) > until:
                    is_all = False
                    break
                step = step_of(book, kept, entry)
                _again(step, kept, entry, done)
                done.turns[entry.kind] += 1
                tell(done.turns.total())
            done.content = content_hash(book)
            done.difference = first_difference(source, book) if is_all else None
    finally:
        source.rollback()
    return done


def what_is_missing(source: Connection, archive: Path) -> tuple[list[str], Counter[str]]:
    """Return what a replay would miss, and the turns there are by kind; nothing is done."""
    kept = Archive(archive, folders_below(archive.parent))
    missing: dict[str, None] = {}
    turns: Counter[str] = Counter()
    for entry in journal.entries(source):
        turns[entry.kind] += 1
        try:
            kept.config(entry.configuration)
            kept.partners(entry.mappings)
            if entry.kind == "file":
                kept.path(entry.body["sha256"])
            elif entry.name not in (STEPS if entry.kind == "step" else all_acts()):
                raise NotFound(f"this program knows no {entry.kind} {entry.name}")
            for value in entry.body.values():
                if isinstance(value, dict) and value.keys() == _KEPT:
                    kept.path(value["archived"])
        except (OmsError, ValidationError) as error:
            missing[str(error)] = None
    return list(missing), turns


def folders_below(var: Path) -> Folders:
    """Return folders of a book that talks to nobody."""
    root = var.parent
    return Folders(
        inbox=root / "inbox", outbox=root / "outbox", mappings=root / "mappings", var=var
    )


def step_of(book: Connection, kept: Archive, entry: Entry) -> Step:
    """Return the surroundings a turn had."""
    return Step(
        connection=book,
        config=kept.config(entry.configuration),
        partners=kept.partners(entry.mappings),
        now=datetime.fromisoformat(entry.at),
    )


def _again(step: Step, kept: Archive, entry: Entry, done: Replayed) -> None:
    """Do one turn again; note the first that writes more or less than it wrote."""
    before = journal.last_entry(step.connection)
    problem = ""
    try:
        do_turn(step, kept, entry, left=entry.count)
    except OmsError as error:
        problem = f": {error}"
    count = journal.last_entry(step.connection) - before
    if not done.astray and (problem or count != entry.count):
        done.astray = (
            f"journal entry {entry.turn}, {entry.kind} {entry.name} at {entry.at}, wrote"
            f" {entry.count} transactions, and {count} in the replay{problem}"
        )


def do_turn(step: Step, kept: Archive, entry: Entry, *, left: int | None) -> None:
    """Do what an entry says; a step ends after `left` transactions.

    Raises:
        NotFound: this program knows no such step or act, or its file is not in the archive.
        OmsError: it cannot be done again; whatever was refused then is refused again.
    """
    if entry.kind == "file":
        body = dict(entry.body)
        crashes = int(body.pop("crashes"))
        file = NewFile(**body)
        with turn(step, kind="file", name=entry.name, body=entry.body):
            judge(step, kept.path(file.sha256), file, crashes=crashes)
    elif entry.kind == "act":
        do_act(step, kept, entry.name, entry.body)
    elif entry.name not in STEPS:
        raise NotFound(f"this program knows no step {entry.name}")
    else:
        with suppress(TurnOver):
            do_step(step, entry.name, left=left)


def do_act(step: Step, kept: Archive, name: str, body: dict[str, Any]) -> None:
    """Do an act of a person again with the arguments it had.

    Raises:
        NotFound: this program knows no such act, or a file of it is not in the archive.
    """
    act = all_acts().get(name)
    if act is None:
        raise NotFound(f"this program knows no act {name}")
    parameters = act.parameters()
    with tempfile.TemporaryDirectory(prefix="oms-edi-") as folder:
        values = {}
        for key, value in body.items():
            if isinstance(value, dict) and value.keys() == _KEPT:
                copy = Path(folder) / value["name"]
                shutil.copyfile(kept.path(value["archived"]), copy)
                values[key] = copy
            else:
                values[key] = parameters[key].validate_python(value)
        act.perform(step, **values)
