"""One visit to a partner's server: leave what is owed, fetch what is complete, remove what we have.

Network and files only: what was decided before the visit comes in as a `Task`, what happened goes
out as a `Visit`. Whatever fails, the rest of the visit's result stands.
"""

import logging
import re
import secrets
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path

from oms_edi.errors import EndpointRefused, InternalFault, StopDaemon, TransientError
from oms_edi.partners.sftp import FetchSettings, PutSettings
from oms_edi.transports import folder
from oms_edi.transports.arrived import read_arrived, write_arrived
from oms_edi.transports.errand import Fetched, Owed, Taken, Task, Visit
from oms_edi.transports.sftp import RemoteFile, Session, Unclear, session
from oms_edi.transports.ssh import printable

log = logging.getLogger(__name__)

#: Names we take: nothing that is a path, an option, hidden, or hard to type.
_SAFE_NAME = re.compile(r"[A-Za-z0-9_#@(+,=][A-Za-z0-9._ #@()+,=-]{0,199}")
#: Name of a file of ours while it is being written there; the same at every try.
_TEMP = ".oms-edi-"


def visit(task: Task, *, clock: Callable[[], float], stopping: Callable[[], bool]) -> Visit:
    """Make one visit; never raises, so that what it did until then is booked.

    `clock` is monotonic, in seconds.
    """
    done = Visit(partner=task.partner, seen=dict(task.seen))
    try:
        with session(task.settings, task.secrets) as open_session:
            if task.settings.put is not None:
                _leave(open_session, task, task.settings.put, done, stopping)
            if task.settings.fetch is not None:
                listing = _look(open_session, task.settings.fetch)
                _fetch(open_session, task, task.settings.fetch, listing, done, clock, stopping)
                _tidy(open_session, task.settings.fetch, task.taken, listing, done)
    except (TransientError, EndpointRefused, StopDaemon) as error:
        done.error = error
    except Exception as error:  # the top of a visit: a fault of ours must not cost what it did
        log.exception("visit.broken partner=%s", task.partner)
        done.error = InternalFault(
            f"a fault of oms-edi itself, {type(error).__name__}: see the log"
        )
    return done


def _leave(
    to: Session,
    task: Task,
    put: PutSettings,
    done: Visit,
    stopping: Callable[[], bool],
) -> None:
    for file in task.owed:
        if stopping():
            return
        try:
            problem = _leave_one(to, put, file, task.arrived)
        except Unclear:
            done.unclear.append(file.outbox_id)
            raise
        except (TransientError, EndpointRefused) as error:
            done.failed[file.outbox_id] = str(error)
            raise
        except Exception:  # a fault of ours: what there is of it there is ours, too
            done.unclear.append(file.outbox_id)
            raise
        if problem:
            done.failed[file.outbox_id] = problem
        else:
            done.sent.append(file.outbox_id)


def _leave_one(to: Session, put: PutSettings, file: Owed, note: Path) -> str:
    """Leave one file; return why it must not be, "" if it lies there now."""
    path = f"{put.folder}/{file.name}"
    temporary = path if put.mode != "rename" else f"{put.folder}/{_TEMP}{file.name}"
    there = to.holds(path, file.content)
    may_be_gone = there is None and file.may_be_taken and put.takes_at_once
    if may_be_gone and (temporary == path or to.holds(temporary, file.content) is None):
        return ""  # it was complete, and their server takes complete files away at once
    if there is False and (put.mode == "rename" or not file.is_unclear):
        return f"another file with the name {file.name} lies there"
    if not there:
        closing = partial(_note, note, file.name) if put.takes_at_once else _say_nothing
        _write(to, temporary, file.content, is_final=temporary == path, closing=closing)
        if temporary != path:
            _publish(to, temporary, path)
    if put.mode == "marker":
        to.put(path + put.marker, b"")
    return ""


def _note(note: Path, name: str) -> None:
    write_arrived(note, read_arrived(note) | {name})


def _say_nothing() -> None:
    pass


def _write(
    to: Session, path: str, content: bytes, *, is_final: bool, closing: Callable[[], None]
) -> None:
    try:
        to.put(path, content, closing=closing)
    except TransientError as error:
        if is_final:  # half of it may lie there under its name: look before writing again
            raise Unclear(str(error)) from error
        raise


def _publish(to: Session, temporary: str, path: str) -> None:
    try:
        to.publish(temporary, path)
    except EndpointRefused as error:
        raise EndpointRefused(
            f"{error}; where renames are forbidden, set sftp.put.mode to direct or marker"
        ) from error


def _look(at: Session, fetch: FetchSettings) -> dict[str, RemoteFile]:
    return {file.name: file for file in at.list_files(fetch.folder, limit=fetch.max_listed)}


def _fetch(
    from_: Session,
    task: Task,
    fetch: FetchSettings,
    listing: Mapping[str, RemoteFile],
    done: Visit,
    clock: Callable[[], float],
    stopping: Callable[[], bool],
) -> None:
    known = {(file.name, file.size_bytes, file.mtime) for file in task.taken}
    done.seen = {name: seen for name, seen in task.seen.items() if name in listing}
    for file in listing.values():
        if (file.name, file.size_bytes, file.mtime) in known or not _is_wanted(file, fetch):
            continue
        if why := _why_never(file, task.limit_bytes):
            done.skipped[printable(file.name)] = why
        elif why := _why_wait(file, fetch, listing, done, clock()):
            done.waiting[file.name] = why
        elif len(done.fetched) < fetch.max_files and not stopping():
            _, seen_s = done.seen.pop(file.name)
            done.fetched.append(_fetch_one(from_, task, fetch, file, seen_s))


def _is_wanted(file: RemoteFile, fetch: FetchSettings) -> bool:
    """True for names that could be a file for us; folders, temporary names and markers are not."""
    if file.name in (".", "..") or folder.is_unfinished(file.name):
        return False
    if fetch.marker and file.name.endswith(fetch.marker):
        return False
    return fnmatchcase(file.name, fetch.pattern)


def _why_never(file: RemoteFile, limit_bytes: int) -> str:
    if not _SAFE_NAME.fullmatch(file.name):
        return "its name is not one we take: letters, digits, blanks and . _ # @ ( ) + , = - only"
    if not file.is_regular:
        return "it is no regular file"
    if file.size_bytes > limit_bytes:
        return f"{file.size_bytes} bytes; intake.max_file_bytes is lower"
    return ""


def _why_wait(
    file: RemoteFile,
    fetch: FetchSettings,
    listing: Mapping[str, RemoteFile],
    done: Visit,
    now: float,
) -> str:
    """Return why a file is not fetched yet; notes when it was first seen as it is."""
    shape = (file.size_bytes, file.mtime)
    known = done.seen.get(file.name)
    if known is None or known[0] != shape:
        done.seen[file.name] = known = (shape, now)
    if not file.size_bytes:
        return "empty"
    if fetch.marker:
        return "" if file.name + fetch.marker in listing else f"no {fetch.marker} beside it yet"
    return "still changing" if now - known[1] < fetch.settle_s else ""


def _fetch_one(
    from_: Session, task: Task, fetch: FetchSettings, file: RemoteFile, seen_s: float
) -> Fetched:
    path = task.landing / f"{secrets.token_hex(16)}.part"
    try:
        from_.fetch(
            f"{fetch.folder}/{file.name}", path, expected=file, limit_bytes=task.limit_bytes
        )
    except BaseException:
        folder.remove(path)
        raise
    return Fetched(
        path=path, name=file.name, size_bytes=file.size_bytes, mtime=file.mtime, seen_s=seen_s
    )


def _tidy(
    at: Session,
    fetch: FetchSettings,
    taken: tuple[Taken, ...],
    listing: Mapping[str, RemoteFile],
    done: Visit,
) -> None:
    """Remove or move what is safe with us, if it is still the file that was taken."""
    for file in taken:
        there = listing.get(file.name)
        if there is None or (there.size_bytes, there.mtime) != (file.size_bytes, file.mtime):
            done.removed.append(file.claim_id)  # gone, or another file has the name now
            continue
        path = f"{fetch.folder}/{file.name}"
        try:
            if fetch.after == "move":
                at.move(path, f"{fetch.move_to}/{file.name}")
            else:
                at.remove(path)
            if fetch.marker:
                at.remove(path + fetch.marker)
        except EndpointRefused as error:
            done.not_removed = str(error)
            return
        done.removed.append(file.claim_id)
