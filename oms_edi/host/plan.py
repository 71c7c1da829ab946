"""Changes to the machine as values: shown as shell commands, or made by root."""

import os
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from oms_edi.errors import Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A command; skipped where `unless` already holds."""

    argv: tuple[str, ...]
    #: A command that succeeds if nothing is to do; empty: always run.
    unless: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A folder with owner, group and mode; made, or brought to them."""

    path: Path
    owner: str
    group: str
    mode: int


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file with this content, replaced as a whole."""

    path: Path
    content: str
    owner: str
    group: str
    mode: int
    #: True keeps one that is there.
    keep: bool = False


Change = Run | Folder | File


def shell(changes: Sequence[Change]) -> str:
    """Write changes as shell commands an administrator can read, and run as root."""
    lines: list[str] = []
    for change in changes:
        match change:
            case Run(argv=argv, unless=unless):
                guard = f"{shlex.join(unless)} >/dev/null 2>&1 || " if unless else ""
                lines.append(guard + shlex.join(argv))
            case Folder(path=path, owner=owner, group=group, mode=mode):
                lines.append(
                    f"install -d -o {shlex.quote(owner)} -g {shlex.quote(group)} -m {mode:o}"
                    f" {shlex.quote(str(path))}"
                )
            case File(path=path, owner=owner, group=group, mode=mode, content=content, keep=keep):
                place = shlex.quote(str(path))
                guard = f"test -e {place} || " if keep else ""
                lines.append(
                    f"{guard}install -o {shlex.quote(owner)} -g {shlex.quote(group)} -m {mode:o}"
                    f" /dev/stdin {place} <<'END_OF_FILE'\n{content.rstrip()}\nEND_OF_FILE"
                )
    return "\n".join(lines) + "\n"


def make(changes: Sequence[Change]) -> None:
    """Make changes in order; made ones stay, so the same plan can be made again.

    Raises:
        Refused: we are not root, an owner is nobody here, or a command failed, with what it said.
    """
    if os.geteuid() != 0:
        raise Refused("only root can do this; with --dry-run it prints the commands for root")
    for change in changes:
        match change:
            case Run():
                _run(change)
            case Folder():
                change.path.mkdir(parents=True, exist_ok=True)
                _give(change.path, change.owner, change.group)
                change.path.chmod(change.mode)
            case File():
                _write(change)


def _run(change: Run) -> None:
    if change.unless and subprocess.run(change.unless, capture_output=True).returncode == 0:
        return
    try:
        done = subprocess.run(change.argv, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise Refused(f"{change.argv[0]} is not installed here") from error
    if done.returncode:
        raise Refused(f"{shlex.join(change.argv)} failed: {done.stderr.strip()}")


def _give(path: Path, owner: str, group: str) -> None:
    try:
        shutil.chown(path, owner, group)
    except LookupError as error:
        raise Refused(
            f"{path} is to belong to {owner}:{group}, and this machine has no such user or group;"
            " install-service makes the daemon's, --owner names another"
        ) from error


def _write(change: File) -> None:
    if change.keep and change.path.exists():
        return
    temporary = change.path.with_name(f".{change.path.name}.new")
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as writer:
        writer.write(change.content)
        writer.flush()
        os.fsync(writer.fileno())
    _give(temporary, change.owner, change.group)
    temporary.chmod(change.mode)
    temporary.rename(change.path)
