"""Checks of folders and files: are they there, whose, who may read them, on what file system."""

import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from oms_edi.errors import ConfigurationError
from oms_edi.transports.folder import can_rename
from oms_edi.upkeep.finding import Checkup, Finding, ago, fail, ok, warn

_NETWORK = ("nfs", "cifs", "smb", "fuse", "9p", "afs", "ceph", "gluster")
#: Those of them that are surely another machine's; fuse and 9p may be a container's own disk.
_REMOTE = ("nfs", "cifs", "smb", "afs", "ceph", "gluster")
_MOUNTS = Path("/proc/self/mounts")
#: A temporary name this old was left by a crash.
_LEFT_S = 3600
_MAX_TOLD = 3


def check_folders(checkup: Checkup) -> Iterator[Finding]:
    """Every folder of `folders:` is there, ours, and nobody else's to write."""
    faults = 0
    for name, place in checkup.config.folders:
        if name == "credentials" and (not place.exists() or _is_roots_alone(place)):
            continue
        for finding in _folder(f"folders.{name}", place, is_read_only=name == "mappings"):
            faults += 1
            yield finding
    for inbox in sorted(checkup.config.folders.inbox.glob("[!.]*")):
        if not inbox.is_dir():
            continue
        if inbox.is_symlink():
            faults += 1
            yield fail("folders", f"{inbox} is a link", "make it a folder, or move what it names")
        elif checkup.partners.find(inbox.name) is None:
            faults += 1
            text = f"{inbox} has no mapping {inbox.name}.yaml: what is dropped is quarantined"
            yield warn("folders", text, "write the mapping, or remove the folder")
    if not faults:
        yield ok("folders", "all there, and nobody else may write to them")


def _is_roots_alone(place: Path) -> bool:
    """True if systemd hands out what is in it (`LoadCredential`), and nobody else may look."""
    status = place.stat()
    return status.st_uid == 0 and not status.st_mode & 0o077 and os.geteuid() != 0


def _folder(name: str, place: Path, *, is_read_only: bool) -> Iterator[Finding]:
    if not place.exists() and name in ("folders.var", "folders.inbox", "folders.outbox"):
        yield warn("folders", f"{name}: {place} is not there yet", "oms-edi run makes it")
        return
    if not place.is_dir():
        yield fail("folders", f"{name}: {place} is no folder", f"mkdir -p {place}")
        return
    need = os.R_OK | os.X_OK | (0 if is_read_only or name == "folders.credentials" else os.W_OK)
    if not os.access(place, need):
        owner = place.stat()
        text = f"{name}: this user may not use {place} (uid {owner.st_uid}, {owner.st_mode:o})"
        yield fail("folders", text, "run as the user of the daemon, or chown it to that user")
    mode = place.stat().st_mode
    if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        yield fail("folders", f"{name}: everybody may write to {place}", f"chmod o-w {place}")


def check_secrecy(checkup: Checkup) -> Iterator[Finding]:
    """What holds orders or secrets may not be read by everybody."""
    var = checkup.places.var
    is_closed = _is_there(var) and not var.stat().st_mode & stat.S_IXOTH
    kept = (checkup.places.database, checkup.places.archive, checkup.places.access)
    exposed = [] if is_closed else [path for path in kept if _is_open(path)]
    credentials = checkup.config.folders.credentials
    try:
        secrets = sorted(credentials.iterdir()) if credentials.is_dir() else []
    except PermissionError:
        secrets = []
    exposed += [path for path in secrets if _is_open(path)]
    for path in exposed:
        yield fail("secrecy", f"everybody may read {path}", f"chmod o= {path}")
    for path in (checkup.config_path.resolve(), *checkup.config.folders.mappings.glob("*.yaml")):
        if _is_there(path) and path.stat().st_mode & stat.S_IWOTH:
            exposed.append(path)
            yield fail("secrecy", f"everybody may change {path}", f"chmod o-w {path}")
    if not exposed:
        yield ok("secrecy", "order book, archive and credentials are closed to others")


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except PermissionError:
        return False


def _is_open(path: Path) -> bool:
    return _is_there(path) and bool(path.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH))


def check_file_systems(checkup: Checkup) -> Iterator[Finding]:
    """No order book on a network; inbox and work on one mount."""
    mounts = _mounts()
    bad = False
    for name in ("var", "inbox", "outbox"):
        kind = file_system_of(getattr(checkup.config.folders, name), mounts)
        if not kind.startswith(_NETWORK):
            continue
        bad = True
        text = f"folders.{name} lies on {kind}"
        if name == "var":
            remedy = "move var to a disk of this machine: locks and fsync cannot be relied on there"
            yield fail("file systems", text, remedy)
        else:
            remedy = "better a disk of this machine; without inotify files wait for intake.rescan_s"
            yield warn("file systems", text, remedy)
    inbox, work = checkup.config.folders.inbox, checkup.places.work
    if inbox.is_dir() and work.is_dir():
        apart = [path for path in (inbox, *_folders(inbox)) if not can_rename(path, work)]
        for path in apart[:_MAX_TOLD]:
            bad = True
            text = f"nothing can be renamed from {path} into {work}"
            yield fail("file systems", text, "bring them on one file system and into one mount")
    if not bad:
        kind = file_system_of(checkup.config.folders.var, mounts) or "unknown"
        yield ok("file systems", f"var lies on {kind}, and files can be renamed into it")


def check_disk(var: Path) -> None:
    """Refuse an order book on another machine's disk: two would believe that they own it.

    Raises:
        ConfigurationError: it lies on NFS or SMB.
    """
    kind = file_system_of(var, _mounts())
    if kind.startswith(_REMOTE):
        raise ConfigurationError(
            f"folders.var: {var} lies on {kind}, where neither locks nor fsync can be relied on;"
            " move it to a disk of this machine"
        )


def _folders(root: Path) -> list[Path]:
    return sorted(path for path in root.glob("[!.]*") if path.is_dir())


def _mounts() -> list[tuple[Path, str]]:
    """Return (where, kind) of every mount."""
    try:
        lines = _MOUNTS.read_text().splitlines()
    except OSError:
        return []
    words = [line.split(" ") for line in lines]
    return [(Path(word[1].replace("\\040", " ")), word[2]) for word in words if len(word) > 2]


def file_system_of(place: Path, mounts: list[tuple[Path, str]]) -> str:
    """Return the kind of the file system a path lies on; "" if nobody knows."""
    place = place.resolve()
    found = [(len(where.parts), kind) for where, kind in mounts if place.is_relative_to(where)]
    return max(found, default=(0, ""))[1]


def check_leftovers(checkup: Checkup) -> Iterator[Finding]:
    """Temporary names of ours that a crash left."""
    folders = checkup.config.folders
    old = time.time() - _LEFT_S
    found = []
    for root in (folders.var, folders.inbox, folders.outbox):
        for pattern in (".oms-edi-*", "*/.oms-edi-*"):
            for path in root.glob(pattern):
                if _is_there(path) and path.lstat().st_mtime < old:
                    found.append(path)
    if not found:
        yield ok("leftovers", "none")
        return
    age_s = time.time() - min(path.lstat().st_mtime for path in found)
    names = ", ".join(str(path) for path in found[:_MAX_TOLD])
    text = f"{len(found)} temporary names of ours, the oldest of {ago(age_s)} ago: {names}"
    remedy = "if no daemon runs, remove them; a start removes most of them"
    yield warn("leftovers", text, remedy)
