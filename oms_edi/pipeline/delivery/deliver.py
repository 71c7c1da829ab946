"""Step 6: put what is owed where the partner takes it. At least once, always the same bytes.

The partner's high-water mark of control numbers is durable before the first byte leaves: an
order book restored from an older backup must not use a number again.
"""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from oms_edi.domain.counted import counted
from oms_edi.errors import StopDaemon
from oms_edi.pipeline.frame.attention import attention
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.frame.turns import act
from oms_edi.store import outbox
from oms_edi.store.exceptions import close_exception, has_open_exceptions
from oms_edi.store.outbox import PendingFile
from oms_edi.transports import folder

log = logging.getLogger(__name__)

#: Files written together: they are flushed together.
_TOGETHER = 64


@dataclass(slots=True)
class _Told:
    """What became of the files of one pass."""

    #: Outbox ids that lie at their partners now.
    sent: list[int] = field(default_factory=list)
    #: Outbox ids that cannot be delivered, with the reason.
    stuck: dict[int, str] = field(default_factory=dict)
    #: Partners nothing can be delivered to, with the reason.
    failed: dict[str, str] = field(default_factory=dict)


def deliver(step: Step) -> int:
    """Deliver every pending file to its folder; return how many now lie there.

    What goes to a partner's server is left by `oms_edi.pipeline.delivery.visits` and `calls`.
    """
    told = _Told()
    by_partner: dict[str, list[PendingFile]] = {}
    for file in files_to_leave(step):
        profile = step.partners.find(file.partner)
        if not (profile and profile.sftp and profile.sftp.put):
            by_partner.setdefault(file.partner, []).append(file)
    for partner, queue in by_partner.items():
        try:
            _deliver_to(step, partner, queue, told)
        except OSError as error:  # one partner's folder must not stop the others
            log.warning("delivery.failed partner=%s reason=%s", partner, error)
            told.failed[partner] = f"{counted(len(queue), 'file waits', 'files wait')}: {error}"
    if by_partner:
        book_delivery(step, sent=told.sent, stuck=told.stuck, failed=told.failed)
    return len(told.sent)


def files_to_leave(step: Step) -> list[PendingFile]:
    """Return what leaves as a file, oldest first: all but calls of who has a server for them."""
    called = [partner.id for partner in step.partners if partner.webhook]
    return outbox.pending(step.connection, called=called)


def is_answer_due(step: Step, partner: str) -> bool:
    """True if this partner answers what we send with a 997."""
    profile = step.partners.find(partner)
    return bool(profile and profile.x12 and profile.x12.acknowledged_within_h)


def _deliver_to(step: Step, partner: str, queue: list[PendingFile], told: _Told) -> None:
    """Put files into a partner's folder."""
    target = step.config.folders.outbox / partner
    for place in sorted({(target / file.file_name).parent for file in queue}):
        place.mkdir(parents=True, exist_ok=True)
        folder.remove_leftovers(place)
    raise_mark(step, partner, queue)
    for start in range(0, len(queue), _TOGETHER):
        some = queue[start : start + _TOGETHER]
        there = {file.outbox_id: _is_there(target, file, told) for file in some}
        missing = [file for file in some if there[file.outbox_id] is None]
        folder.write_all(target, [(file.file_name, _content(step, file)) for file in missing])
        for file in missing:
            log.info("file.delivered partner=%s name=%s", partner, file.file_name)
        told.sent += [file.outbox_id for file in some if there[file.outbox_id] is not False]


def _content(step: Step, file: PendingFile) -> bytes:
    content = outbox.content(step.connection, file.outbox_id)
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise StopDaemon(f"outgoing file {file.file_name} for {file.partner} has rotten bytes")
    return content


def _is_there(target: Path, file: PendingFile, told: _Told) -> bool | None:
    """Say whether it lies there already; False if another file has its name, None if none has."""
    path = target / file.file_name
    if not path.exists():
        return None
    if folder.sha256_of(path) == file.sha256:
        return True
    told.stuck[file.outbox_id] = "another file with this name lies in the partner's folder"
    return False


@act
def book_delivery(
    step: Step, *, sent: list[int], stuck: dict[int, str], failed: dict[str, str]
) -> None:
    """Book what became of outgoing files: what partners' folders took is no function of the book.

    `sent` are outbox ids, `stuck` the reason by outbox id, `failed` the reason by partner.
    """
    files = outbox.pending_files(step.connection, [*sent, *stuck])
    lying = [files[outbox_id] for outbox_id in sent]
    for is_due in (True, False):
        ids = [f.outbox_id for f in lying if is_answer_due(step, f.partner) is is_due]
        outbox.set_sent(step.connection, ids, is_answer_due=is_due, at=step.at)
    if has_open_exceptions(step.connection, ("delivery_failed", "delivery_stuck")):
        for partner in dict.fromkeys(file.partner for file in lying):
            close_exception(step.connection, "delivery_failed", partner, at=step.at)
        for file in lying:
            close_exception(step.connection, "delivery_stuck", _subject(file), at=step.at)
    for outbox_id, reason in stuck.items():
        file = files[outbox_id]
        attention(
            step,
            "delivery_stuck",
            _subject(file),
            f"{file.file_name} cannot be delivered to {file.partner}: {reason}",
            partner=file.partner,
        )
    for partner, reason in failed.items():
        attention(
            step,
            "delivery_failed",
            partner,
            f"nothing can be delivered to {partner}: {reason}",
            partner=partner,
        )


def _subject(file: PendingFile) -> str:
    return f"{file.partner}/{file.file_name}"


def raise_mark(step: Step, partner: str, files: Sequence[PendingFile]) -> None:
    """Make the highest control number a partner will see durable outside the database."""
    isa_control = max((file.isa_control for file in files if file.is_interchange), default="")
    path = step.places.control / f"{partner}.hwm"
    known = path.read_text().strip() if path.exists() else ""
    if isa_control > known:
        folder.write_whole(path, f"{isa_control}\n".encode())


def check_marks(step: Step) -> None:
    """Refuse to go on with an order book older than what partners have seen.

    Raises:
        StopDaemon: a number above the book's own has been sent.
    """
    folder.remove_leftovers(step.places.control)
    for path in sorted(step.places.control.glob("*.hwm")):
        sent = int(path.read_text().strip() or 0)
        drawn = outbox.last_drawn(step.connection, f"isa:{path.stem}")
        if sent > drawn:
            raise StopDaemon(
                f"partner {path.stem} has seen control number {sent}, this order book only drew"
                f" {drawn}: it is older than what was sent; bring back the newer one, or a backup"
                " with `oms-edi restore`, which goes on above it"
            )
