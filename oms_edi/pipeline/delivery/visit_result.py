"""What is booked of a visit to a partner's server: its acts, since the network is no function.

Deliveries, what was fetched and removed, and what has to be put in front of a person.
"""

import logging
from datetime import timedelta

from oms_edi.errors import EndpointRefused, InternalFault
from oms_edi.pipeline.delivery.deliver import is_answer_due
from oms_edi.pipeline.frame.attention import attention
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.frame.turns import act
from oms_edi.store import outbox, remote
from oms_edi.store.exceptions import close_exception, open_subjects
from oms_edi.store.timeline import stamp
from oms_edi.transports.errand import Owed, Visit

log = logging.getLogger(__name__)

#: Failed visits in a row before a person is asked.
_TELL_AFTER = 3
#: How old the time of the last good visit may become.
_REWRITE_AFTER = timedelta(hours=1)
#: Names told in one exception.
_TOLD = 5


@act
def begin_visit(step: Step, *, outbox_ids: list[int]) -> None:
    """Note, before the first byte leaves, that the network has these files."""
    outbox.set_sending(step.connection, outbox_ids)


@act
def book_fetched(
    step: Step, *, partner: str, claim_id: str, name: str, size_bytes: int, mtime: int
) -> None:
    """Note a fetched file before it is claimed: its claim id tells later whether it was taken."""
    row = remote.RemoteFileRow(claim_id, name, size_bytes, mtime)
    remote.put_remote_file(step.connection, partner, row, at=step.at)


@act
def book_visit(
    step: Step,
    *,
    partner: str,
    sent: list[int],
    not_sent: list[int],
    stuck: dict[str, str],
    removed: list[str],
    problem: str,
    problem_kind: str,
    failures: int,
    skipped: str,
    not_removed: str,
) -> None:
    """Book how a visit went.

    `sent` are outbox ids that lie there, `not_sent` those that surely do not; any other stays
    unclear. `stuck` is the reason by file name, `removed` claim ids. `problem` ended the visit and
    is told as `problem_kind`, at once or after some `failures` in a row; `skipped` and
    `not_removed` say what lies there.
    """
    is_due = is_answer_due(step, partner)
    outbox.set_sent(step.connection, sent, is_answer_due=is_due, at=step.at)
    outbox.set_pending(step.connection, not_sent)
    remote.set_removed(step.connection, removed, at=step.at)
    before = remote.endpoint(step.connection, partner)
    remote.set_endpoint(
        step.connection,
        remote.EndpointRow(
            partner=partner,
            visited_at=step.at,
            good_at=step.at if not problem else before.good_at if before else "",
            failures=failures,
            problem=problem,
        ),
    )
    _tell_stuck(step, partner, stuck, is_whole=not problem)
    for kind in ("endpoint_refused", "visit_failed"):
        _tell(step, kind, partner, problem if problem_kind == kind else "")
    if not problem or failures >= _TELL_AFTER:
        is_down = problem_kind == "endpoint_down"
        _tell(step, "endpoint_down", partner, f"{failures} visits failed: {problem}" * is_down)
    if not problem:
        _tell(step, "remote_files_skipped", partner, skipped)
        _tell(step, "remote_not_removed", partner, not_removed)


def _tell_stuck(step: Step, partner: str, stuck: dict[str, str], *, is_whole: bool) -> None:
    """Say which files cannot be left, and no more of those that a whole visit could leave."""
    subjects = {f"{partner}/{name}": reason for name, reason in stuck.items()}
    known = {
        subject
        for subject in open_subjects(step.connection, "delivery_stuck")
        if subject.startswith(f"{partner}/")
    }
    for subject in sorted(known - subjects.keys()) if is_whole else ():
        close_exception(step.connection, "delivery_stuck", subject, at=step.at)
    for subject, reason in subjects.items():
        text = f"{subject} cannot be left there: {reason}"
        attention(step, "delivery_stuck", subject, text, partner=partner)


def _tell(step: Step, kind: str, partner: str, text: str) -> None:
    """Open an exception that says `text` of a partner's server, or close it where it is empty."""
    if text:
        attention(step, kind, partner, f"{partner}: {text}", partner=partner)
    elif partner in open_subjects(step.connection, kind):
        close_exception(step.connection, kind, partner, at=step.at)


def book(step: Step, owed: tuple[Owed, ...], done: Visit, *, failures: int) -> None:
    """Book a visit unless it was like the last one: hundreds of servers are asked every minute."""
    if done.error:
        log.warning("visit.failed partner=%s reason=%s", done.partner, done.error)
    if not _is_news(step, owed, done):
        return
    settled = {*done.sent, *done.unclear}
    for file in owed:
        if file.outbox_id in done.sent:
            log.info("file.delivered partner=%s name=%s", done.partner, file.name)
    book_visit(
        step,
        partner=done.partner,
        sent=done.sent,
        not_sent=[
            file.outbox_id
            for file in owed
            if file.outbox_id not in settled
            and (not file.is_unclear or file.outbox_id in done.failed)
        ],
        stuck={
            file.name: done.failed[file.outbox_id]
            for file in owed
            if file.outbox_id in done.failed and not done.error
        },
        removed=done.removed,
        problem=str(done.error or ""),
        problem_kind=_kind(done),
        failures=failures,
        skipped=_skipped(done),
        not_removed=done.not_removed and f"files taken there stay there: {done.not_removed}",
    )


def _kind(done: Visit) -> str:
    """Return the kind of exception a failed visit is, "" if it did not fail."""
    if isinstance(done.error, EndpointRefused):
        return "endpoint_refused"
    if isinstance(done.error, InternalFault):
        return "visit_failed"
    return "endpoint_down" if done.error else ""


def _is_news(step: Step, owed: tuple[Owed, ...], done: Visit) -> bool:
    before = remote.endpoint(step.connection, done.partner)
    if before is None or before.problem or before.visited_at < stamp(step.now - _REWRITE_AFTER):
        return True
    if owed or done.removed or done.error or done.skipped or done.not_removed:
        return True
    return any(
        done.partner in open_subjects(step.connection, kind)
        for kind in ("remote_files_skipped", "remote_not_removed")
    )


def _skipped(done: Visit) -> str:
    names = sorted(done.skipped)
    told = "; ".join(f"{name}: {done.skipped[name]}" for name in names[:_TOLD])
    return told + (f"; and {len(names) - _TOLD} more" if len(names) > _TOLD else "")
