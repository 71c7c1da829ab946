"""Try a file on a copy of the order book that is thrown away: the production path, no effects."""

import json
import shutil
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from oms_edi.config.config import Config, Folders
from oms_edi.domain.issue import Issue
from oms_edi.partners.book import PartnerBook
from oms_edi.pipeline.frame.step import Places
from oms_edi.pipeline.run import Runner
from oms_edi.store import queries
from oms_edi.store.database import copy_book
from oms_edi.x12.events import InterchangeStart
from oms_edi.x12.nesting import ScanLimits
from oms_edi.x12.scan import scan


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The verdict on one file."""

    path: Path
    partner: str
    kind: str
    state: str
    reason: str
    issues: tuple[Issue, ...]
    #: What a run would do with it.
    effects: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {**asdict(self), "path": str(self.path)}


def check_file(
    config: Config, partners: PartnerBook, path: Path, *, partner: str | None, scratch: Path
) -> Checked:
    """Run one file through the whole job in `scratch` and say what happened."""
    whose = partner or _whose(partners, path)
    if not whose:
        reason = "no partner has this sender or folder; name one with --partner"
        return _untaken(path, "", "quarantined", reason)
    places = Places(var=scratch / "var")
    places.make()
    if config.folders.var.joinpath("oms.db").exists():
        copy_book(config.folders.var / "oms.db", places.database)
    folders = Folders(
        inbox=scratch / "inbox",
        outbox=scratch / "outbox",
        mappings=config.folders.mappings,
        var=places.var,
    )
    inbox = folders.inbox / whose
    inbox.mkdir(parents=True, exist_ok=True)
    eager = config.intake.model_copy(update={"settle_s": 0.0, "stale_after_s": 1e-9})
    trial = config.model_copy(update={"folders": folders, "intake": eager})
    now = datetime.now(UTC)
    runner = Runner(config=trial, partners=partners, clock=lambda: now)
    (last,) = runner.connection.execute("SELECT coalesce(max(event_id), 0) FROM events").fetchone()
    dropped = inbox / path.name
    shutil.copyfile(path, dropped)
    if not runner.once().files:
        reason = runner.settling.waiting.get(dropped, "names that begin with a dot are left alone")
        return _untaken(path, whose, "waits", reason)
    return _verdict(runner, path, whose, last)


def _untaken(path: Path, partner: str, state: str, reason: str) -> Checked:
    return Checked(
        path=path,
        partner=partner,
        kind="unknown",
        state=state,
        reason=reason,
        issues=(),
        effects=(),
    )


def _whose(partners: PartnerBook, path: Path) -> str:
    """Return the partner whose file it is: by its folder, else by the sender in it."""
    if partners.find(path.resolve().parent.name):
        return path.resolve().parent.name
    with open(path, "rb") as stream:
        for event in scan(stream, limits=ScanLimits()):
            if isinstance(event, InterchangeStart):
                header = event.header
                found = partners.by_isa(header.sender_qualifier, header.sender_id)
                return found.id if found else ""
    return ""


def _verdict(runner: Runner, path: Path, whose: str, last_event: int) -> Checked:
    (file,) = queries.files(runner.connection, state=None, limit=1)
    effects = [
        f"{event['name']}: {event['text']}"
        for event in queries.events_after(runner.connection, last_event)
        if event["name"] != "file.taken"
    ]
    effects += [
        f"send {sent['set_id']} to {sent['partner']} ({sent['bytes']} bytes)"
        for sent in queries.outgoing(runner.connection, limit=1000)
        if sent["created_at"] == runner.step().at
    ]
    return Checked(
        path=path,
        partner=whose,
        kind=file["kind"],
        state=file["state"],
        reason=file["reason"],
        issues=tuple(Issue(**issue) for issue in json.loads(file["issues"])),
        effects=tuple(effects),
    )
