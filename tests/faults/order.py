"""The order of calls in a trace: what kill -9 cannot show, as the kernel keeps what it was given.

A name is given only to a durable file; nothing rests on a name before its folder is durable; a file
is removed only after the commit it waited for; a number is marked before it leaves.
"""

import re
from pathlib import Path

_CALL = re.compile(r"^(?:\d+ +)?(\w+)\((.*)\) += (-?\d+)")
_HANDLE = re.compile(r"^\d+<([^>]*)>")
_NAMES = re.compile(r'"((?:[^"\\]|\\.)*)"')


def violations(trace: Path, site: Path) -> list[str]:
    """Return every call that came too early."""
    found: list[str] = []
    dirty: set[str] = set()  # files with bytes that are not durable
    unsynced: dict[str, str] = {}  # folder -> a name in it that is not durable
    committed = True
    for line in trace.read_text(errors="replace").splitlines():
        match = _CALL.match(line)
        if match is None or match[3].startswith("-"):
            continue
        call, arguments = match[1], match[2]
        handle = _HANDLE.match(arguments)
        path = handle[1] if handle else ""
        if not (path.startswith(str(site)) or str(site) in arguments):
            continue
        if call in ("write", "pwrite64"):
            dirty.add(path)
            if path.endswith("oms.db-wal"):
                committed = False
        elif call in ("fsync", "fdatasync"):
            dirty.discard(path)
            unsynced.pop(path, None)
            if path.endswith("oms.db-wal"):
                committed = True
                found += [
                    f"committed before {name} in {folder} was durable"
                    for folder, name in unsynced.items()
                    if "/archive" in folder or "/work" in folder or "/outbox" in folder
                ]
        elif call == "rename":
            source, target = (Path(name) for name in _NAMES.findall(arguments)[:2])
            if str(source) in dirty:
                found.append(f"{target.name} got its name before its bytes were durable")
            unsynced[str(target.parent)] = target.name
        elif call == "unlink":
            gone = Path(_NAMES.findall(arguments)[0])
            if unsynced.get(str(gone.parent)) == gone.name:
                del unsynced[str(gone.parent)]
            if gone.parent.name == "work" and not committed:
                found.append("a work file was removed before the commit was durable")
    return found + _marks(trace, site)


def whole_before_named(trace: Path, site: Path) -> list[str]:
    """Return every folder that got its name before all that lies in it was durable."""
    found: list[str] = []
    dirty: set[str] = set()
    for line in trace.read_text(errors="replace").splitlines():
        match = _CALL.match(line)
        if match is None or match[3].startswith("-") or str(site) not in line:
            continue
        handle = _HANDLE.match(match[2])
        if match[1] in ("write", "pwrite64") and handle:
            dirty.add(handle[1])
        elif match[1] in ("fsync", "fdatasync") and handle:
            dirty.discard(handle[1])
        elif match[1] == "unlink":
            dirty.discard(_NAMES.findall(match[2])[0])
        elif match[1] == "rename":
            source, target = _NAMES.findall(match[2])[:2]
            inside = [path for path in dirty if f"{path}/".startswith(f"{source}/")]
            found += [f"{target} got its name before {path} was durable" for path in inside]
            dirty = {path.replace(source, target, 1) for path in dirty}
    return found


def _marks(trace: Path, site: Path) -> list[str]:
    """A partner's mark gets its name before any file of the partner does."""
    marked: set[str] = set()
    found = []
    for line in trace.read_text(errors="replace").splitlines():
        if "rename(" not in line or str(site) not in line:
            continue
        target = Path(_NAMES.findall(line)[1])
        if target.suffix == ".hwm":
            marked.add(target.stem)
        elif target.parent.parent == site / "outbox" and target.parent.name not in marked:
            found.append(f"{target.parent.name}/{target.name} left before its number was marked")
    return found
