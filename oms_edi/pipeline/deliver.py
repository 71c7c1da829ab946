"""Step 6: put what is owed where the partner takes it. At least once, always the same bytes.

The partner's high-water mark of control numbers is durable before the first byte leaves: an
order book restored from an older backup must not use a number again.
"""

import hashlib
import logging

from oms_edi.errors import StopDaemon
from oms_edi.pipeline.attention import attention
from oms_edi.pipeline.step import Step
from oms_edi.store import outbox
from oms_edi.store.database import write_tx
from oms_edi.store.exceptions import close_exception, has_open_exceptions
from oms_edi.store.outbox import PendingFile
from oms_edi.transports import folder

log = logging.getLogger(__name__)


def deliver(step: Step) -> int:
    """Deliver every pending file; return how many now lie at their partners."""
    pending = outbox.pending(step.connection)
    by_partner: dict[str, list[PendingFile]] = {}
    for file in pending:
        by_partner.setdefault(file.partner, []).append(file)
    sent: dict[bool, list[int]] = {True: [], False: []}
    for partner, queue in by_partner.items():
        try:
            sent[_acknowledges(step, partner)] += _deliver_to(step, partner, queue)
        except OSError as error:  # one partner's folder must not stop the others
            log.warning("delivery.failed partner=%s reason=%s", partner, error)
            _tell_failed(step, partner, f"{len(queue)} files wait: {error}")
    if any(sent.values()):
        with write_tx(step.connection):
            for is_due, ids in sent.items():
                outbox.set_sent(step.connection, ids, is_answer_due=is_due, at=step.at)
    return sum(map(len, sent.values()))


def _acknowledges(step: Step, partner: str) -> bool:
    profile = step.partners.find(partner)
    return bool(profile and profile.x12 and profile.x12.acknowledged_within_h)


def _deliver_to(step: Step, partner: str, queue: list[PendingFile]) -> list[int]:
    """Put files into a partner's folder; return the ids of those that lie there now."""
    target = step.config.folders.outbox / partner
    target.mkdir(parents=True, exist_ok=True)
    folder.remove_leftovers(target)
    raise_mark(step, partner, max(file.isa_control for file in queue))
    sent = [file.outbox_id for file in queue if _deliver_one(step, file)]
    folder.sync_folder(target)
    with write_tx(step.connection):
        close_exception(step.connection, "delivery_failed", partner, at=step.at)
        if has_open_exceptions(step.connection, ("delivery_stuck",)):
            for file in queue:
                if file.outbox_id in sent:
                    subject = f"{partner}/{file.file_name}"
                    close_exception(step.connection, "delivery_stuck", subject, at=step.at)
    return sent


def _tell_failed(step: Step, partner: str, reason: str) -> None:
    with write_tx(step.connection):
        attention(
            step,
            "delivery_failed",
            partner,
            f"nothing can be delivered to {partner}: {reason}",
            partner=partner,
        )


def _deliver_one(step: Step, file: PendingFile) -> bool:
    content = outbox.content(step.connection, file.outbox_id)
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise StopDaemon(f"outgoing file {file.file_name} for {file.partner} has rotten bytes")
    target = step.config.folders.outbox / file.partner / file.file_name
    if target.exists():
        if folder.sha256_of(target) == file.sha256:
            return True
        _stuck(step, file, "another file with this name lies in the partner's folder")
        return False
    folder.write_whole(target, content, sync=False)
    log.info("file.delivered partner=%s name=%s", file.partner, file.file_name)
    return True


def _stuck(step: Step, file: PendingFile, reason: str) -> None:
    with write_tx(step.connection):
        attention(
            step,
            "delivery_stuck",
            f"{file.partner}/{file.file_name}",
            f"{file.file_name} cannot be delivered to {file.partner}: {reason}",
            partner=file.partner,
        )


def raise_mark(step: Step, partner: str, isa_control: str) -> None:
    """Make the partner's highest control number durable outside the database."""
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
                f" {drawn}: it is older than what was sent; restore the newer one"
            )
