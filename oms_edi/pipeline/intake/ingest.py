"""Step 2: judge one claimed file and write everything that follows from it in one transaction.

What kind of file it is decides who reads it: `ingest_x12`, `ingest_orders`, `ingest_stock`. A file
nobody can read, from nobody we know, or that keeps ending the process goes to quarantine with its
reason.
"""

import json
import logging
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote

from oms_edi.channels import KINDS_REFUSED, kind_of
from oms_edi.domain.issue import Issue
from oms_edi.errors import FileWaits, StopDaemon, TransientError, UnreadableFile
from oms_edi.partners.profile import PartnerProfile
from oms_edi.pipeline.frame.attention import attention
from oms_edi.pipeline.frame.outcome import Outcome
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.frame.turns import turn
from oms_edi.pipeline.intake.collect import Claim
from oms_edi.pipeline.intake.ingest_orders import (
    ingest_orders_csv,
    ingest_orders_json,
    ingest_orders_xlsx,
)
from oms_edi.pipeline.intake.ingest_stock import ingest_stock_csv
from oms_edi.pipeline.intake.ingest_x12 import ingest_x12
from oms_edi.store import files
from oms_edi.store.database import scratch_tx, write_tx
from oms_edi.store.exceptions import close_exception, open_subjects
from oms_edi.store.timeline import add_event
from oms_edi.transports import folder

log = logging.getLogger(__name__)

_HEAD_BYTES = 4096
#: Small files committed together: nobody else writes to the book meanwhile.
_JOINED = 32
_JOINED_BYTES = 256 << 10
#: States of a file a person must see to.
_NOT_WHOLE = ("quarantined", "rejected", "partly")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A claimed file with its archived copy."""

    claim: Claim
    path: Path
    file: files.NewFile


def keep(step: Step, claims: Sequence[Claim]) -> list[Kept]:
    """Archive claimed files before anything reads them; what was dealt with before is removed.

    What the machine cannot read now stays claimed, and is left out.
    """
    for place in {claim.path.parent for claim in claims} | {claim.came_from for claim in claims}:
        if place.is_dir():  # an inbox removed since then has no names to keep
            folder.sync_folder(place)
    new = []
    for claim in claims:
        if files.is_committed(step.connection, claim.claim_id):
            if claim.path.stat().st_size > step.config.intake.max_file_bytes:
                _set_aside(claim.path, _quarantine(step, claim.partner, claim.claim_id))
            folder.remove(claim.path)
        else:
            new.append(claim)
    copies = folder.archive(
        [claim.path for claim in new],
        step.places.archive,
        limit_bytes=step.config.intake.max_file_bytes,
    )
    kept = []
    for claim, copy in zip(new, copies, strict=True):
        if isinstance(copy, FileWaits):
            log.warning("file.waits partner=%s reason=%s", claim.partner, copy)
            continue
        if isinstance(copy, UnreadableFile):  # exchanged for a link or pipe, which holds nothing
            log.warning("file.not_taken partner=%s reason=%s", claim.partner, copy)
            folder.remove(claim.path)
            continue
        file = files.NewFile(
            claim_id=claim.claim_id,
            partner=claim.partner,
            name=claim.name,
            size_bytes=copy.size_bytes,
            sha256=copy.sha256,
        )
        kept.append(Kept(claim=claim, path=copy.path, file=file))
    return kept


def committed_together(kept: Sequence[Kept]) -> Iterator[list[Kept]]:
    """Yield files whose effects are committed in one transaction: small ones, a few at a time.

    What a run before this one claimed goes alone, so that what ends the process is found.
    """
    group: list[Kept] = []
    size = 0
    for one in kept:
        size += one.file.size_bytes
        if group and (one.claim.recovered or size > _JOINED_BYTES or len(group) == _JOINED):
            yield group
            group, size = [], one.file.size_bytes
        group.append(one)
        if one.claim.recovered:
            yield group
            group, size = [], 0
    if group:
        yield group


def ingest(step: Step, kept: Kept) -> Outcome:
    """Deal with one kept file; once this is committed, `finish` it.

    Raises:
        FileWaits: the machine could not read it; nothing of it is booked.
        StopDaemon: the storage failed.
    """
    claim = kept.claim
    started = 1
    if claim.recovered:
        with scratch_tx(step.connection):
            started = files.add_crash(step.connection, claim.claim_id)
    crashes = started if started >= step.config.intake.max_crashes else 0
    body = {**asdict(kept.file), "crashes": crashes}
    name = f"{claim.partner}/{claim.name}"
    with turn(step, kind="file", name=name, body=body):
        return judge(step, kept.path, kept.file, crashes=crashes)


def finish(step: Step, kept: Kept, outcome: Outcome) -> None:
    """Remove the work file of what was dealt with for good, or lay it beside its reason.

    Should a crash come before this, its claim id is known.
    """
    _report(step, kept, outcome)
    folder.remove(kept.claim.path)


def judge(step: Step, path: Path, file: files.NewFile, *, crashes: int) -> Outcome:
    """Read an archived file in one transaction; whatever it is, one outcome is committed.

    `crashes` is how often the process ended while it read the file, if that is too often, else 0.

    Raises:
        FileWaits: the machine cannot read it now; nothing is committed.
    """
    unread = _unread(step, file, crashes)
    if unread:
        _commit_only(step, file, unread)
        return unread
    try:
        with write_tx(step.connection):
            file_id = files.put_file(step.connection, file, at=step.at)
            outcome = _read(step, path, file, file_id)
            _finish(step, file, file_id, outcome)
        return outcome
    except (StopDaemon, TransientError):
        raise
    except UnreadableFile as error:
        outcome = Outcome(kind="unknown", state="quarantined", reason=str(error))
    except OSError as error:  # the machine's fault, not the file's: it stays and is read again
        raise FileWaits(f"{file.name} cannot be read now: {error.strerror}") from error
    except Exception:
        # The top of the step: a fault of ours in one file must not stop the others.
        log.exception("file.failed claim=%s partner=%s", file.claim_id, file.partner)
        reason = "an internal fault while reading; the log has the details"
        outcome = Outcome(kind="unknown", state="quarantined", reason=reason)
    _commit_only(step, file, outcome)
    return outcome


def _unread(step: Step, file: files.NewFile, crashes: int) -> Outcome | None:
    """Return why a file is not even read, None if it is."""
    if file.size_bytes > step.config.intake.max_file_bytes:
        reason = f"{file.size_bytes} bytes; intake.max_file_bytes is lower"
        return Outcome(kind="too_large", state="quarantined", reason=reason)
    if crashes:
        reason = f"the process ended {crashes} times while it read this file"
        return Outcome(kind="unknown", state="quarantined", reason=reason)
    return None


def _commit_only(step: Step, file: files.NewFile, outcome: Outcome) -> None:
    with write_tx(step.connection):
        file_id = files.put_file(step.connection, file, at=step.at)
        _finish(step, file, file_id, outcome)


def _read(step: Step, path: Path, file: files.NewFile, file_id: int) -> Outcome:
    profile = step.partners.find(file.partner)
    if not file.partner:
        reason = "it lay beside the partners' folders, so nobody knows whose it is"
        return Outcome(kind="unknown", state="quarantined", reason=reason)
    if profile is None:
        known = ", ".join(partner.id for partner in step.partners)
        reason = f"there is no mapping {file.partner}.yaml; partners are {known}"
        return Outcome(kind="unknown", state="quarantined", reason=reason)
    before = files.taken_before(step.connection, file.partner, file.sha256, file_id=file_id)
    if before is not None:
        reason = f"the same bytes as file {before}"
        return Outcome(kind="repeat", state="repeat", reason=reason, repeat_of=before)
    with open(path, "rb") as stream:
        kind = kind_of(stream.read(_HEAD_BYTES), utf16_is_csv=_takes_utf16(profile))
    if kind == "x12":
        return ingest_x12(step, path, profile, file_id)
    if kind == "csv":
        return _read_csv(step, path, profile, file_id)
    if kind == "json" and profile.order_json is not None:
        data = path.read_bytes()
        return ingest_orders_json(step, data, profile, profile.order_json, file_id)
    if kind == "zip" and profile.order_xlsx is not None:
        data = path.read_bytes()
        return ingest_orders_xlsx(step, data, profile, profile.order_xlsx, file_id)
    reason = KINDS_REFUSED.get(kind, f"this looks like {kind}, which we do not read")
    return Outcome(kind=kind, state="quarantined", reason=reason)


def _read_csv(step: Step, path: Path, profile: PartnerProfile, file_id: int) -> Outcome:
    data = path.read_bytes()
    if profile.stock_csv is not None:
        return ingest_stock_csv(step, data, profile, profile.stock_csv, file_id)
    if profile.csv is not None:
        return ingest_orders_csv(step, data, profile, profile.csv, file_id)
    reason = (
        f"no X12, which begins with ISA, and {profile.id} sends no CSV: its mapping has neither"
        " csv nor stock_csv"
    )
    return Outcome(kind="csv", state="quarantined", reason=reason)


def _finish(step: Step, file: files.NewFile, file_id: int, outcome: Outcome) -> None:
    files.finish_file(
        step.connection,
        file_id,
        kind=outcome.kind,
        state=outcome.state,
        reason=outcome.reason,
        repeat_of=outcome.repeat_of,
        issues=outcome.issues[: step.config.intake.max_issues],
    )
    text = f"{file.name}: {outcome.state}"
    if outcome.reason:
        text += f", {outcome.reason}"
    add_event(step.connection, "file.taken", text, at=step.at, file_id=file_id)
    if outcome.state == "accepted":
        for earlier in files.earlier_copies(step.connection, file_id):
            for state in _NOT_WHOLE:
                close_exception(step.connection, f"file_{state}", f"file {earlier}", at=step.at)
    if outcome.state in _NOT_WHOLE:
        about = _told_already(step, file_id, outcome.state)
        attention(
            step,
            f"file_{outcome.state}",
            f"file {about}",
            f"{file.partner}/{file.name}: {outcome.reason or outcome.summary}",
            file_id=about,
        )


def _told_already(step: Step, file_id: int, state: str) -> int:
    """Return the copy of a file of which a person was told the same and has not seen to it.

    Systems that send again what was refused do so for hours. What is in quarantine has an act of
    its own for each file.
    """
    copies = files.earlier_copies(step.connection, file_id) if state != "quarantined" else []
    told = open_subjects(step.connection, f"file_{state}") if copies else set()
    return next((copy for copy in copies if f"file {copy}" in told), file_id)


def _report(step: Step, kept: Kept, outcome: Outcome) -> None:
    """Lay a quarantined file beside its reason. The database has it already; this is for eyes."""
    if outcome.state != "quarantined":
        return
    target = _quarantine(step, kept.file.partner, kept.claim.claim_id)
    if kept.file.size_bytes > step.config.intake.max_file_bytes:
        _set_aside(kept.claim.path, target)
    else:
        shutil.copyfile(kept.path, target / "content")
    folder.write_whole(target / "reason.txt", _reason_text(kept, outcome.issues, outcome.reason))
    report = {
        "partner": kept.file.partner,
        "name": kept.file.name,
        "sha256": kept.file.sha256,
        "reason": outcome.reason,
        "issues": json.loads(files.issues_json(outcome.issues)),
    }
    folder.write_whole(target / "report.json", json.dumps(report, indent=2).encode())


def _quarantine(step: Step, partner: str, claim_id: str) -> Path:
    """Return the folder a file lies in beside its reason."""
    target = step.places.quarantine / quote(partner or "nobody", safe="") / claim_id
    target.mkdir(parents=True, exist_ok=True)
    return target


def _set_aside(path: Path, target: Path) -> None:
    """Move a file too large to be copied: the archive has its first bytes only."""
    folder.claim(path, target / "content")
    folder.sync_folder(target)


def _reason_text(kept: Kept, issues: tuple[Issue, ...], reason: str) -> bytes:
    lines = [f"{kept.file.name} ({kept.file.size_bytes} bytes) was not taken: {reason}"]
    lines += [f"  {issue}" for issue in issues]
    return ("\n".join(lines) + "\n").encode()


def _takes_utf16(profile: PartnerProfile) -> bool:
    return profile.csv is not None and profile.csv.encoding == "utf-16"
