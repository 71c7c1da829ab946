"""Files on this machine, moved so that a crash at any moment leaves a whole file or none.

Every rename is followed by an fsync of its folders, every write goes to a temporary name first.
An error of fsync stops the daemon: the kernel forgets failed pages, a retry would lie.
"""

import errno
import hashlib
import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from oms_edi.errors import FileWaits, StopDaemon, TransientError, UnreadableFile

#: Names that partners' programs use while they are still writing.
_UNFINISHED = (
    ".tmp",
    ".part",
    ".partial",
    ".filepart",
    ".writing",
    ".uploading",
    ".crdownload",
    ".swp",
    "~",
)
_BLOCK = 1 << 20
#: So much is kept of a file that is larger than allowed: what it was, not what it holds.
_HEAD_BYTES = 1 << 16
#: So many files are worth threads of their own, which wait for the disk together.
_MANY = 16
_AT_ONCE = 8
#: Our own temporary names; nobody else's file starts so.
_TEMP = ".oms-edi-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A file seen in a folder."""

    path: Path
    size_bytes: int
    mtime_ns: int
    inode: int
    #: True if its name was given or its times were set after its last byte was written.
    was_finished: bool
    #: Why it is no file to take as it is; "" if it may be.
    unfit: str


def is_unfinished(name: str) -> bool:
    """True for hidden files and for names partners' programs use while they are still writing."""
    return name.startswith(".") or name.lower().endswith(_UNFINISHED)


def list_arrivals(folder: Path) -> Iterator[Arrival]:
    """Yield what lies in `folder`, by name, but for folders and names that begin with a dot."""
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: os.fsencode(entry.name))
    except FileNotFoundError:
        return
    for entry in found:
        if entry.name.startswith("."):
            continue
        try:
            status = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            continue
        if not stat.S_ISDIR(status.st_mode):
            yield Arrival(
                path=Path(entry.path),
                size_bytes=status.st_size,
                mtime_ns=status.st_mtime_ns,
                inode=status.st_ino,
                was_finished=status.st_ctime_ns > status.st_mtime_ns,
                unfit=_unfit(entry.name, status),
            )


def _unfit(name: str, status: os.stat_result) -> str:
    if not stat.S_ISREG(status.st_mode):
        return "not a regular file"
    if status.st_nlink > 1:  # anybody's file, perhaps, or still written through its other name
        return "it has another name, too: a hard link"
    if is_unfinished(name):
        return "its name says that it is still written"
    return "" if status.st_size else "empty"


def peek(path: Path, *, head_bytes: int, tail_bytes: int) -> tuple[bytes, bytes]:
    """Return the first and the last bytes of a regular file.

    Raises:
        UnreadableFile: it is a link, a FIFO, or not ours to read.
    """
    descriptor = _open_regular(path)
    try:
        size = os.fstat(descriptor).st_size
        head = os.pread(descriptor, head_bytes, 0)
        return head, os.pread(descriptor, tail_bytes, max(0, size - tail_bytes))
    finally:
        os.close(descriptor)


def _open_regular(path: Path) -> int:
    """Open without following links and without waiting for the other end of a FIFO."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO):
            raise UnreadableFile(f"{path.name} is not a regular file") from error
        raise TransientError(f"{path.name} cannot be opened: {error.strerror}") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise UnreadableFile(f"{path.name} is not a regular file")
    return descriptor


def claim(path: Path, target: Path) -> bool:
    """Take a file out of its folder under `target`; False if it went away meanwhile.

    Both folders are the caller's to sync before anything rests on it.

    Raises:
        TransientError: the machine refuses it now.
    """
    try:
        os.rename(path, target)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise TransientError(f"{path} cannot be taken: {error.strerror}") from error
    return True


def rename_new(path: Path, target: Path) -> bool:
    """Give a file another name in its folder; False if another file has that, which stays.

    The caller syncs the folder. Between the two steps it has both names, and is not taken.
    """
    try:
        os.link(path, target)
    except FileExistsError:
        return False
    path.unlink()
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Archived:
    """A copy in the archive."""

    path: Path
    #: Of the copy.
    sha256: str
    #: Of the source: above the limit there is only a part of it in the copy.
    size_bytes: int


def archive(
    sources: Sequence[Path], folder: Path, *, limit_bytes: int = sys.maxsize
) -> list[Archived | UnreadableFile | FileWaits]:
    """Copy claimed files into the archive; when this returns, all of them are durable.

    Of a file that is larger than the limit its first bytes are copied; of one that grows beyond it
    what came until then. A source that is no regular file any more, or that the machine cannot read
    now, gives its error instead.
    """
    with _several(sources) as each:
        found = list(each(lambda source: _archive_one(source, folder, limit_bytes), sources))
    new = {copy.path.parent for copy in found if isinstance(copy, Archived)}
    for parent in sorted(new):
        sync_folder(parent)
    return found


def _archive_one(
    source: Path, folder: Path, limit_bytes: int
) -> Archived | UnreadableFile | FileWaits:
    try:
        descriptor = _open_regular(source)
    except UnreadableFile as error:
        return error
    temporary = folder / f"{_TEMP}{source.name[:32]}"
    digest = hashlib.sha256()
    size, told = 0, os.fstat(descriptor).st_size
    wanted = limit_bytes + 1 if told <= limit_bytes else min(_HEAD_BYTES, limit_bytes)
    with os.fdopen(descriptor, "rb") as reader, open(temporary, "wb") as writer:
        while True:
            try:
                block = reader.read(min(_BLOCK, wanted - size))
            except OSError as error:  # a bad block costs this file its turn, and no other
                return FileWaits(f"{source.name} cannot be read: {error.strerror}")
            if not block:
                break
            digest.update(block)
            size += len(block)
            writer.write(block)
        writer.flush()
        sync_file(writer.fileno(), temporary)
    name = digest.hexdigest()
    target = folder / name[:2] / name
    _make(target.parent)
    os.rename(temporary, target)
    return Archived(path=target, sha256=name, size_bytes=told if told > limit_bytes else size)


def _make(folder: Path) -> None:
    if not folder.exists():
        folder.mkdir(parents=True, exist_ok=True)
        sync_folder(folder.parent)


@contextmanager
def _several(work: Sequence[object]) -> Iterator[Callable[..., Iterable[Any]]]:
    """Yield a `map` that works on several at once: their fsyncs are then flushed together."""
    if len(work) < _MANY:
        yield map
    else:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            yield pool.map


def archive_bytes(content: bytes, folder: Path) -> str:
    """Keep bytes in the archive; return their SHA-256."""
    name = hashlib.sha256(content).hexdigest()
    target = folder / name[:2] / name
    if not target.exists():
        _make(target.parent)
        write_whole(target, content)
    return name


def write_all(folder: Path, files: Sequence[tuple[str, bytes]]) -> None:
    """Write files by name, each of which appears whole or not at all; then all are durable."""
    with _several(files) as each:
        list(each(lambda file: _write(folder / file[0], file[1]), files))
    for place in sorted({folder, *((folder / name).parent for name, _ in files)}):
        sync_folder(place)


def write_whole(target: Path, content: bytes) -> None:
    """Write a file that appears whole or not at all, and is durable then."""
    _write(target, content)
    sync_folder(target.parent)


def _write(target: Path, content: bytes) -> None:
    temporary = target.parent / f"{_TEMP}{target.name}"
    with open(temporary, "wb") as writer:
        writer.write(content)
        writer.flush()
        sync_file(writer.fileno(), temporary)
    os.rename(temporary, target)


def can_rename(source: Path, target: Path) -> bool:
    """Say whether files can be renamed from one folder into another; read-only is told later."""
    probe = source / f"{_TEMP}probe"
    try:
        probe.touch()
    except OSError:
        return source.stat().st_dev == target.stat().st_dev
    try:
        os.rename(probe, target / probe.name)
    except OSError as error:
        probe.unlink(missing_ok=True)
        return error.errno != errno.EXDEV
    (target / probe.name).unlink()
    return True


def remove(path: Path) -> None:
    """Remove a file of ours; gone already is as good."""
    path.unlink(missing_ok=True)


def remove_leftovers(folder: Path) -> None:
    """Remove temporary files that a crash left in `folder`."""
    for path in folder.glob(f"{_TEMP}*"):
        path.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        sync_file(descriptor, folder)
    finally:
        os.close(descriptor)


def sync_file(descriptor: int, path: Path) -> None:
    """Make what was written to an open file durable.

    Raises:
        StopDaemon: it failed; what the disk has of it is not known.
    """
    try:
        os.fsync(descriptor)
    except OSError as error:
        raise StopDaemon(f"{path}: fsync failed: {error.strerror}") from error


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    with open(path, "rb") as reader:
        return hashlib.file_digest(reader, "sha256").hexdigest()
