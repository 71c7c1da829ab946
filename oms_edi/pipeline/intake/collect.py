"""Step 1: take what lies complete in the inboxes, keep its bytes, hand it to `ingest`.

A file is taken by renaming it into `work/` under a random claim id. Name, size, times and inode
are no identity: a replaced file can have all of them in common with the one before.
"""

import re
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, unquote

from oms_edi.errors import ConfigurationError, TransientError, UnreadableFile
from oms_edi.pipeline.frame.step import Step
from oms_edi.transports import folder
from oms_edi.x12.isa import ends_whole, looks_like_x12

_NAME_BYTES = 180
#: Nanosecond of the last claim id.
_last_ns = 0
#: Claim id, the quoted name of the folder it lay in, the file's name.
_WORK_NAME = re.compile(r"([0-9a-f]{32})\.([^.]*)\.(.*)", re.DOTALL)
_TAIL_BYTES = 1024
#: Files of one partner before the next one has a turn.
_TURN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A file in `work/` that is ours to deal with."""

    claim_id: str
    partner: str
    #: As the partner named it, safe to print.
    name: str
    path: Path
    #: The folder it was taken from, to be synced before anything rests on the claim.
    came_from: Path
    #: True if a run before this one claimed it and ended before it was dealt with.
    recovered: bool


@dataclass(slots=True)
class Settling:
    """What the last scans saw, to know when a file stands still. Forgotten at restart."""

    #: Path to (size, mtime, inode) and the monotonic second they were first seen.
    seen: dict[Path, tuple[tuple[int, int, int], float]] = field(default_factory=dict)
    #: Files that wait, with the reason, after the last scan.
    waiting: dict[Path, str] = field(default_factory=dict)


def _safe_name(name: str) -> str:
    """Return a file name that can be stored and printed: no control or undecodable characters."""
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def check_places(step: Step) -> None:
    """Refuse inboxes whose files could not be taken, by taking one of ours.

    Raises:
        ConfigurationError: nothing can be renamed from one into `work/`; two mounts of one file
            system are as bad as two file systems.
    """
    root, work = step.config.folders.inbox, step.places.work
    for inbox in (root, *sorted(path for path in root.glob("[!.]*") if path.is_dir())):
        if not folder.can_rename(inbox, work):
            raise ConfigurationError(
                f"{inbox} and {step.places.var} must be on one file system and in one mount: files"
                " are taken by renaming them; move folders.var or the inbox"
            )


def new_claim_id() -> str:
    """Draw a claim id: unlike any other, and after those drawn before when sorted."""
    global _last_ns
    _last_ns = max(time.time_ns(), _last_ns + 1)
    return f"{_last_ns:016x}{secrets.token_hex(8)}"


def recover(step: Step) -> Iterator[Claim]:
    """Yield files a run before this one claimed, in the order they were claimed."""
    folder.remove_leftovers(step.places.archive)
    for path in step.places.landing.iterdir():  # fetched again, should it still lie there
        folder.remove(path)
    for path in sorted(step.places.work.iterdir()):
        match = _WORK_NAME.fullmatch(path.name)
        if match:
            yield Claim(
                claim_id=match[1],
                partner=unquote(match[2]),
                name=_safe_name(match[3]),
                path=path,
                came_from=path.parent,
                recovered=True,
            )


def arrivals(step: Step, settling: Settling) -> Iterator[tuple[str, Path]]:
    """Yield (partner, path) of each complete file: partners in order of id, files by name.

    After `_TURN` files of a partner the next one has a turn, so that nobody waits for another's
    thousands. The partner of a file that lies beside the partners' folders is "".
    """
    settling.waiting.clear()
    now = time.monotonic()
    root = step.config.folders.inbox
    # A link may lead anywhere; it is told as what it is, no regular file.
    inboxes = sorted(p for p in root.glob("[!.]*") if p.is_dir() and not p.is_symlink())
    waiting: dict[Path, list[folder.Arrival]] = {}
    for inbox in (root, *inboxes):
        try:
            waiting[inbox] = list(folder.list_arrivals(inbox))
        except OSError as error:  # one partner's folder must not stop the others
            settling.waiting[inbox / "*"] = f"the folder cannot be read: {error.strerror}"
    present = {arrival.path for found in waiting.values() for arrival in found}
    for gone in settling.seen.keys() - present:
        del settling.seen[gone]
    while waiting:
        for inbox, found in list(waiting.items()):
            for arrival in found[:_TURN]:
                try:
                    reason = _why_wait(step, settling, arrival, now)
                except (TransientError, UnreadableFile) as error:
                    reason = str(error)
                except OSError as error:  # a bad block: nobody else waits for it
                    reason = f"it cannot be read: {error.strerror}"
                if reason:
                    settling.waiting[arrival.path] = reason
                else:
                    yield "" if inbox == root else _safe_name(inbox.name), arrival.path
            waiting[inbox] = found[_TURN:]
            if not waiting[inbox]:
                del waiting[inbox]


def _why_wait(step: Step, settling: Settling, arrival: folder.Arrival, now: float) -> str:
    """Return why a file is not taken yet, "" if it is complete."""
    if arrival.unfit:
        return arrival.unfit
    intake = step.config.intake
    shape = (arrival.size_bytes, arrival.mtime_ns, arrival.inode)
    known = settling.seen.get(arrival.path)
    if known is None or known[0] != shape:
        # The first look counts from the file's own time, where that is believable.
        age = min(max(0.0, time.time() - arrival.mtime_ns / 1e9), intake.stale_after_s)
        settling.seen[arrival.path] = known = (shape, now - age)
    still_s = now - known[1]
    if still_s < intake.settle_s and not arrival.was_finished:
        return "still changing"
    # What may not be read is told here, however old it is: a claim on it would stop all others.
    if is_incomplete_x12(arrival.path) and still_s < intake.stale_after_s:
        return "no whole IEA at its end yet"
    return ""


def is_incomplete_x12(path: Path) -> bool:
    """True for X12 that does not end in a whole IEA.

    Raises:
        UnreadableFile: it is a link, a FIFO, or not ours to read.
    """
    head, tail = folder.peek(path, head_bytes=_TAIL_BYTES, tail_bytes=_TAIL_BYTES)
    return looks_like_x12(head) and not ends_whole(tail)


def take(step: Step, partner: str, path: Path) -> Claim | None:
    """Claim one complete file of an inbox; None if it went away."""
    return claim_file(step, partner, path, name=path.name, claim_id=new_claim_id())


def claim_file(step: Step, partner: str, path: Path, *, name: str, claim_id: str) -> Claim | None:
    """Move a complete file into `work/` under this claim id; None if it went away."""
    name = _safe_name(name)
    quoted = quote(partner, safe="").replace(".", "%2E")
    room = max(_NAME_BYTES - len(quoted), 20)
    kept = name.encode()[:room].decode(errors="ignore").replace("/", "_")
    target = step.places.work / f"{claim_id}.{quoted}.{kept}"
    if not folder.claim(path, target):
        return None
    return Claim(
        claim_id=claim_id,
        partner=partner,
        name=name,
        path=target,
        came_from=path.parent,
        recovered=False,
    )
