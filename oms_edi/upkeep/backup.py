"""A backup beside the running daemon: order book, archive, control marks, settings; no secrets.

The book is copied first, then what it names: what came later is no part of it. Archived files that
the last backup has are linked to its copies, never to the archive itself, so a rotten disk block
there is not rotten here. It is written under a temporary name, read back, and renamed when whole.
"""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fcntl import LOCK_EX, LOCK_NB, flock
from importlib.metadata import version
from pathlib import Path

from oms_edi.config.config import Config
from oms_edi.errors import Busy, Refused, StopDaemon
from oms_edi.pipeline.frame.step import Places
from oms_edi.store import access, verify
from oms_edi.store.content import content_hash
from oms_edi.store.copies import copy_durably, reading, what_is_archived
from oms_edi.store.migrations import schema_version
from oms_edi.transports import folder
from oms_edi.upkeep import manifest
from oms_edi.upkeep.last_backup import note_backup
from oms_edi.upkeep.manifest import ACCESS, DATABASE, Kept, Manifest

#: Names that are not a backup yet, or no more.
_TEMP = ".oms-edi-"
#: Files copied together.
_TOGETHER = 256
#: Divergences kept in the manifest.
_MAX_TOLD = 100


@dataclass(slots=True)
class Backup:
    """What a backup did."""

    path: Path
    size_bytes: int = 0
    files: int = 0
    #: Of the archive: how many are links to the last backup's copies.
    linked: int = 0
    content_sha256: str = ""
    #: What `verify` found in the copy.
    divergences: tuple[str, ...] = ()
    #: Older backups that were removed.
    pruned: list[Path] = field(default_factory=list)


def backups(root: Path) -> list[Path]:
    """Return the backups in a folder, the oldest first."""
    return sorted(
        path for path in root.glob("[!.]*") if path.is_dir() and (path / manifest.NAME).is_file()
    )


def back_up(config: Config, *, config_path: Path, root: Path, now: datetime, keep: int) -> Backup:
    """Make a backup below `root`; with `keep`, then remove all but so many of the newest.

    None is removed if the new one, or the book it shows, is not clean.

    Raises:
        Busy: another backup is being made there.
        Refused: `root` lies in a folder the daemon takes files from, or keeps them in.
        StopDaemon: the copy of the order book is damaged; older backups are left alone.
    """
    places = Places(var=config.folders.var)
    for name, place in config.folders:
        if root.resolve().is_relative_to(place.resolve()):
            raise Refused(
                f"{root} lies in folders.{name}; keep backups outside, best on another disk"
            )
    root.mkdir(mode=0o750, parents=True, exist_ok=True)
    with _alone(root):
        for left in root.glob(f"{_TEMP}*"):
            if left.is_dir():
                shutil.rmtree(left)
        target = _free_name(root, now)
        making = root / f"{_TEMP}{target.name}"
        try:
            done = _make(places, config_path, config.folders.mappings, making, target, now)
            os.rename(making, target)
        except BaseException:
            shutil.rmtree(making, ignore_errors=True)
            raise
        folder.sync_folder(root)
        note_backup(places, target, at=now)
        if keep and not done.divergences:
            done.pruned = _prune(root, keep)
    return done


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    with open(root / f"{_TEMP}lock", "w") as lock:
        try:
            flock(lock, LOCK_EX | LOCK_NB)
        except BlockingIOError as error:
            raise Busy(f"another backup is being made in {root}") from error
        yield


def _free_name(root: Path, now: datetime) -> Path:
    name = now.astimezone(UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
    if (root / name).exists():
        raise Refused(f"{root / name} is there already; try again in a second")
    return root / name


def _make(
    places: Places, config_path: Path, mappings: Path, making: Path, target: Path, now: datetime
) -> Backup:
    making.mkdir(mode=0o750)
    faults = copy_durably(places.database, making / DATABASE)
    if faults:
        raise StopDaemon(
            f"the copy of {places.database} is damaged: {faults[0]}; restore a backup, see verify"
        )
    done = Backup(path=target)
    with reading(making / DATABASE) as book:
        wanted = sorted(what_is_archived(book))
        done.linked = _keep_archive(places.archive, wanted, making, backups(target.parent)[-1:])
        _keep_small(places, config_path, mappings, making)
        if places.access.exists():
            access.copy(places.access, making / ACCESS)
        found = verify.divergences(book, archive=making / "archive", work=making / "work")
        done.divergences = tuple(f"{name}: {what}" for name, what in found)[:_MAX_TOLD]
        done.content_sha256 = content_hash(book)
        schema = schema_version(book)
    files = _described(making)
    manifest.write(
        Manifest(
            made_at=now,
            program=version("oms-edi"),
            schema_version=schema,
            content_sha256=done.content_sha256,
            divergences=done.divergences,
            files=files,
        ),
        making,
    )
    for place in (making, *(path for path in making.rglob("*") if path.is_dir())):
        folder.sync_folder(place)
    done.files = len(files)
    done.size_bytes = sum(kept.size_bytes for kept in files.values())
    return done


def _keep_archive(archive: Path, wanted: Sequence[str], making: Path, last: Sequence[Path]) -> int:
    """Copy what the book names, or link it to the last backup's copy; return how many are links."""
    target = making / "archive"
    target.mkdir()
    linked = 0
    missing = []
    for sha256 in wanted:
        kept = next((old / "archive" / sha256[:2] / sha256 for old in last), None)
        if kept is not None and _link(kept, target / sha256[:2] / sha256):
            linked += 1
        else:
            missing.append(archive / sha256[:2] / sha256)
    present = [path for path in missing if path.is_file()]
    for start in range(0, len(present), _TOGETHER):
        some = present[start : start + _TOGETHER]
        for source, copy in zip(some, folder.archive(some, target), strict=True):
            if not isinstance(copy, folder.Archived):
                raise StopDaemon(f"{source}: {copy}") from copy
            if copy.sha256 != source.name:  # rotten; `verify` says so
                copy.path.unlink()
    return linked


def _link(kept: Path, target: Path) -> bool:
    """Link to a copy that is still what its name says; False if it cannot be done."""
    if not kept.is_file() or folder.sha256_of(kept) != kept.name:
        return False
    target.parent.mkdir(exist_ok=True)
    try:
        os.link(kept, target)
    except OSError:  # another file system, too many links, or one that knows none
        return False
    return True


def _keep_small(places: Places, config_path: Path, mappings: Path, making: Path) -> None:
    """Copy control marks and settings. Marks come after the book: they may be ahead, not behind."""
    for name, sources in (
        ("control", sorted(places.control.glob("*.hwm"))),
        ("config", [config_path]),
        ("config/mappings", sorted(mappings.glob("*.yaml"))),
    ):
        (making / name).mkdir()
        folder.write_all(making / name, [(path.name, path.read_bytes()) for path in sources])


def _described(making: Path) -> dict[str, Kept]:
    """Read everything back from the disk."""
    return {
        str(path.relative_to(making)): Kept(
            sha256=folder.sha256_of(path), size_bytes=path.stat().st_size
        )
        for path in sorted(making.rglob("*"))
        if path.is_file()
    }


def _prune(root: Path, keep: int) -> list[Path]:
    """Remove all but the newest; each is no backup any more before its first file goes."""
    old = backups(root)[:-keep]
    for path in old:
        gone = root / f"{_TEMP}gone-{path.name}"
        os.rename(path, gone)
        shutil.rmtree(gone)
    return old
