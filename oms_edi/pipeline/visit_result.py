"""What follows from a visit to a partner's server: deliveries noted, faults put before a person."""

import logging
from collections.abc import Sequence
from datetime import timedelta

from oms_edi.errors import EndpointRefused
from oms_edi.pipeline.attention import attention
from oms_edi.pipeline.deliver import is_answer_due
from oms_edi.pipeline.step import Step
from oms_edi.store import outbox, remote
from oms_edi.store.database import write_tx
from oms_edi.store.exceptions import close_exception, open_subjects
from oms_edi.store.timeline import stamp
from oms_edi.transports.visit import Owed, Visit

log = logging.getLogger(__name__)

#: Failed visits in a row before a person is asked.
_TELL_AFTER = 3
#: How old the time of the last good visit may become.
_REWRITE_AFTER = timedelta(minutes=5)
#: Exceptions about what lies there.
_MANNERS = ("remote_files_skipped", "remote_not_removed")
#: Names told in one exception.
_TOLD = 5


def book_visit(step: Step, owed: Sequence[Owed], done: Visit, *, failures: int) -> None:
    """Write what a visit did, in one transaction; `failures` counts failed visits in a row."""
    before = remote.endpoint(step.connection, done.partner)
    if not _is_news(step, owed, done, before):
        return
    with write_tx(step.connection):
        _book_deliveries(step, owed, done)
        remote.set_removed(step.connection, done.removed, at=step.at)
        remote.set_endpoint(
            step.connection,
            remote.EndpointRow(
                partner=done.partner,
                visited_at=step.at,
                good_at=step.at if not done.error else before.good_at if before else "",
                failures=failures,
                problem=str(done.error or ""),
            ),
        )
        _tell(step, done, failures)
    if done.error:
        log.warning("visit.failed partner=%s reason=%s", done.partner, done.error)


def _is_news(
    step: Step, owed: Sequence[Owed], done: Visit, before: remote.EndpointRow | None
) -> bool:
    """False for a visit like the last one: hundreds of servers are asked every minute."""
    if before is None or before.problem or before.visited_at < stamp(step.now - _REWRITE_AFTER):
        return True
    if owed or done.removed or done.error or done.skipped or done.not_removed:
        return True
    return any(done.partner in open_subjects(step.connection, kind) for kind in _MANNERS)


def _book_deliveries(step: Step, owed: Sequence[Owed], done: Visit) -> None:
    """A file that was not reached is as it was before; an unclear one is looked for next time."""
    outbox.set_sent(
        step.connection,
        done.sent,
        is_answer_due=is_answer_due(step, done.partner),
        at=step.at,
    )
    settled = {*done.sent, *done.unclear}
    outbox.set_pending(
        step.connection,
        [
            file.outbox_id
            for file in owed
            if file.outbox_id not in settled
            and (not file.is_unclear or file.outbox_id in done.failed)
        ],
    )
    for file in owed:
        subject = f"{done.partner}/{file.name}"
        if file.outbox_id in done.sent:
            log.info("file.delivered partner=%s name=%s", done.partner, file.name)
            close_exception(step.connection, "delivery_stuck", subject, at=step.at)
        elif file.outbox_id in done.failed and not done.error:
            attention(
                step,
                "delivery_stuck",
                subject,
                f"{file.name} cannot be left at {done.partner}: {done.failed[file.outbox_id]}",
                partner=done.partner,
            )


def _tell(step: Step, done: Visit, failures: int) -> None:
    """Open and close what this visit says about the server."""
    is_refused = isinstance(done.error, EndpointRefused)
    _set(step, "endpoint_refused", done.partner, str(done.error) if is_refused else "")
    if not done.error or failures >= _TELL_AFTER:
        is_down = done.error and not is_refused
        text = f"{failures} visits failed: {done.error}" if is_down else ""
        _set(step, "endpoint_down", done.partner, text)
    if done.error:
        return
    names = sorted(done.skipped)
    told = "; ".join(f"{name}: {done.skipped[name]}" for name in names[:_TOLD])
    more = f"; and {len(names) - _TOLD} more" if len(names) > _TOLD else ""
    _set(step, "remote_files_skipped", done.partner, told + more)
    text = f"files taken there stay there: {done.not_removed}" if done.not_removed else ""
    _set(step, "remote_not_removed", done.partner, text)


def _set(step: Step, kind: str, partner: str, text: str) -> None:
    """Open an exception that says `text` of a partner's server, or close it where it is empty."""
    if text:
        attention(step, kind, partner, f"{partner}: {text}", partner=partner)
    elif partner in open_subjects(step.connection, kind):
        close_exception(step.connection, kind, partner, at=step.at)
