"""Files in quarantine: tried again through the same gate, or closed for good.

The bytes come from the archive, checked by their hash. What is released arrives anew: it is
claimed, judged and booked like any file, and if nothing changed it ends in quarantine again.
"""

import re
from pathlib import Path

from oms_edi.errors import NotFound, Refused, StopDaemon
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.frame.turns import act
from oms_edi.pipeline.intake.collect import new_claim_id
from oms_edi.store import quarantined
from oms_edi.store.exceptions import close_exception
from oms_edi.store.quarantined import QuarantinedFile
from oms_edi.store.timeline import add_event
from oms_edi.transports import folder

_NAME_BYTES = 200
#: A file between its release and its name: file number, and a token that no other try has.
_WAITING = re.compile(r"\.oms-edi-released-(\d+)-[0-9a-f]{32}")


def release(step: Step, file_id: int, *, partner: str, actor: str, reason: str) -> Path:
    """Lay a file into its partner's inbox again; return where.

    `partner` says whose it is where nobody knew, or where it lay in the wrong inbox. It is written
    before the act is booked, and appears under its name after; if the process ends between, the
    next start gives it its name (`finish_releases`).

    Raises:
        Refused: it was seen to already, a file of its name waits in the inbox, or it was too large
            to be archived as a whole.
    """
    file = find(step, file_id)
    whose = partner or file.partner
    if step.partners.find(whose) is None:
        known = ", ".join(profile.id for profile in step.partners)
        raise Refused(f"there is no mapping {whose}.yaml; say --partner, one of {known}")
    target = step.config.folders.inbox / whose / _name(file)
    if target.exists():
        raise Refused(f"{target} waits there already; it is taken first")
    content = content_of(step, file)
    if len(content) < file.size_bytes:
        lies = step.places.quarantine / (file.partner or "nobody")
        raise Refused(
            f"the archive has only the first {len(content)} of its {file.size_bytes} bytes; it lies"
            f" whole below {lies}: set intake.max_file_bytes and move it to {target}"
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".oms-edi-released-{file_id}-{new_claim_id()}")
    folder.write_whole(temporary, content)
    try:
        book_release(step, file_id, partner=whose, actor=actor, reason=reason)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return _named(temporary, target)


def _named(temporary: Path, target: Path) -> Path:
    """Give a released file its name, or another one if a partner's file came there meanwhile."""
    if not folder.rename_new(temporary, target):
        target = target.with_name(f"{temporary.name[-32:]}-{target.name}")
        folder.rename_new(temporary, target)
    folder.sync_folder(target.parent)
    return target


def finish_releases(step: Step) -> None:
    """Give files their names whose release was booked before the process that did it ended."""
    for path in sorted(step.config.folders.inbox.glob("*/.oms-edi-released-*")):
        match = _WAITING.fullmatch(path.name)
        file = quarantined.find(step.connection, int(match[1])) if match else None
        if file and quarantined.is_released(step.connection, file.file_id):
            _named(path, path.with_name(_name(file)))


@act
def book_release(step: Step, file_id: int, *, partner: str, actor: str, reason: str) -> None:
    """Note that a file arrives anew; its exception is over, it may open another."""
    _end(step, file_id, "file.released", f"goes to {partner} again", actor, reason)


@act
def discard(step: Step, file_id: int, *, actor: str, reason: str) -> str:
    """Close a quarantined file for good; its bytes stay in the archive. Return its name.

    Raises:
        Refused: it was seen to already.
    """
    return _end(step, file_id, "file.discarded", "is not taken", actor, reason)


def _end(step: Step, file_id: int, event: str, what: str, actor: str, reason: str) -> str:
    file = find(step, file_id)
    if file.settled_at:
        raise Refused(f"file {file_id} was seen to by {file.settled_by}: {file.settled_why}")
    subject = f"file {file_id}"
    close_exception(step.connection, "file_quarantined", subject, at=step.at, by=actor, why=reason)
    told = f"{file.name} {what}: {reason}"
    add_event(step.connection, event, told, at=step.at, actor=actor, file_id=file_id)
    return file.name


def find(step: Step, file_id: int) -> QuarantinedFile:
    """Return a quarantined file.

    Raises:
        NotFound: there is none with this number.
    """
    file = quarantined.find(step.connection, file_id)
    if file is None:
        raise NotFound(f"no file {file_id} is in quarantine; see quarantine list")
    return file


def content_of(step: Step, file: QuarantinedFile) -> bytes:
    """Return its bytes from the archive; only the first of a file that was too large.

    Raises:
        StopDaemon: they are not what came.
    """
    path = step.places.archive / file.sha256[:2] / file.sha256
    if not path.is_file() or folder.sha256_of(path) != file.sha256:
        raise StopDaemon(f"{path} is missing or rotten; restore it from a backup of the archive")
    return path.read_bytes()


def _name(file: QuarantinedFile) -> str:
    """Return a name the inbox takes."""
    name = file.name.replace("/", "_")
    if folder.is_unfinished(name) or len(name.encode()) > _NAME_BYTES:
        return f"released-{file.file_id}"
    return name
