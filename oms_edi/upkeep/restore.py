"""Bring back a backup: checked first, beside what is there, swapped in by two renames.

Control numbers never fall back. What partners have seen is told by the marks of the backup, those
that lie there now and, where it can still be read, the order book that lies there now; beyond all
of them a gap is skipped, and the timeline says so.
"""

import os
import shutil
import tempfile
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from oms_edi.config.config import Config
from oms_edi.errors import Refused, StopDaemon
from oms_edi.partners.book import PartnerBook
from oms_edi.pipeline.delivery.skip_numbers import skip_numbers
from oms_edi.pipeline.frame.step import Places, Step
from oms_edi.pipeline.run import owner
from oms_edi.store import access, verify
from oms_edi.store.copies import reading, salvage, what_is_archived
from oms_edi.store.database import create
from oms_edi.store.integrity import integrity_faults
from oms_edi.transports import folder
from oms_edi.upkeep import manifest
from oms_edi.upkeep.backup import backups
from oms_edi.upkeep.last_backup import note_backup
from oms_edi.upkeep.manifest import ACCESS, DATABASE
from oms_edi.x12.control import interchange_control

#: Files copied together.
_TOGETHER = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be restored, where, and by whom."""

    backup: Path
    #: The `var` to be.
    target: Path
    config: Config
    partners: PartnerBook
    #: True moves aside what is in the way.
    replace: bool
    #: Numbers skipped beyond the highest known.
    gap: int
    actor: str
    reason: str
    now: datetime


@dataclass(slots=True)
class Restored:
    """What a restore did, or would do."""

    #: Where what was there lies now.
    aside: Path | None = None
    #: Which numbers were skipped.
    numbers: list[str] = field(default_factory=list)
    #: Files that were received after the backup: partner, name, path.
    not_in_book: list[dict[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class _Seen:
    """The highest numbers that are known to be used."""

    counters: dict[str, int] = field(default_factory=dict)
    #: Of them, what the files in `control/` say, by partner.
    marks: dict[str, int] = field(default_factory=dict)
    last_order: int = 0
    #: Order books that lie there and tell nothing, with the reason.
    silent: list[str] = field(default_factory=list)

    def add(self, name: str, value: int) -> None:
        self.counters[name] = max(self.counters.get(name, 0), value)


def newest(root: Path) -> Path:
    """Return the backup that `root` is, or the newest in it.

    Raises:
        Refused: it is none and has none.
    """
    if (root / manifest.NAME).exists() or (root / DATABASE).exists():
        return root
    found = backups(root)
    if not found:
        raise Refused(f"{root} is no backup, and has none in it")
    return found[-1]


def check_backup(backup: Path) -> list[str]:
    """Return what is wrong with a backup; its manifest, its database, its balances."""
    try:
        told = manifest.read(backup)
    except Refused as error:
        return [str(error)]
    faults = list(manifest.faults(told, backup))
    if DATABASE not in told.files:
        faults.append(f"{DATABASE} is not in the manifest")
    if faults:
        return faults
    with reading(backup / DATABASE) as book:
        faults = integrity_faults(book)
        known = set(told.divergences)
        with tempfile.TemporaryDirectory(prefix="oms-edi-") as nothing:
            found = verify.divergences(book, archive=backup / "archive", work=Path(nothing))
            # What was wrong with the book when it was backed up is no fault of the backup.
            faults += [text for name, what in found if (text := f"{name}: {what}") not in known]
    return faults


def restore_backup(plan: Plan, *, dry_run: bool) -> Restored:
    """Restore a backup; nothing there is deleted.

    Raises:
        Busy: a daemon works there.
        Refused: the backup is damaged, or something is in the way.
    """
    faults = check_backup(plan.backup)
    if faults:
        raise Refused(f"{plan.backup} cannot be restored: {faults[0]}; take another backup")
    target = plan.target.resolve()
    is_used = target.is_dir() and any(path.name != "lock" for path in target.iterdir())
    if is_used and not plan.replace and not dry_run:
        raise Refused(
            f"{target} is not empty; with --replace it is moved aside, nothing is deleted"
        )
    stamp = plan.now.astimezone(UTC).strftime("%Y-%m-%dT%H-%M-%SZ")
    aside = _free(target.with_name(f"{target.name}.before-{stamp}"))
    done = Restored(aside=aside if is_used else None)
    with ExitStack() as stack:
        if target.is_dir():
            stack.enter_context(owner(_with_var(plan.config, target)))
        seen = _seen(plan, target)
        done.not_in_book = _lost(plan.backup, target, target if dry_run else aside)
        if dry_run:
            with tempfile.TemporaryDirectory(prefix="oms-edi-") as scratch:
                done.numbers = _make(plan, Path(scratch) / "var", seen, whole=False)
            return done
        making = Places(var=target).restoring
        shutil.rmtree(making, ignore_errors=True)
        done.numbers = _make(plan, making, seen)
        _swap(making, target, aside, was_used=is_used)
    return done


def _free(path: Path) -> Path:
    if path.exists():
        raise Refused(f"{path} is there already; try again in a second")
    return path


def _with_var(config: Config, var: Path) -> Config:
    folders = config.folders.model_copy(update={"var": var})
    return config.model_copy(update={"folders": folders})


def _seen(plan: Plan, target: Path) -> _Seen:
    """Collect what partners may have seen: marks and books of the backup, there, and set aside."""
    seen = _Seen()
    places = [Places(var=var) for var in (target, *_set_aside(target))]
    for control in (plan.backup / "control", *(place.control for place in places)):
        for path in control.glob("*.hwm"):
            text = path.read_text().strip()
            number = int(text) if text.isdecimal() else 0
            seen.add(f"isa:{path.stem}", number)
            seen.marks[path.stem] = max(seen.marks.get(path.stem, 0), number)
    for place in places:
        old = salvage(place.database)
        seen.silent += [f"{place.database} cannot be read: {old.fault}"] if old.fault else []
        for name, value in old.counters.items():
            seen.add(name, value)
        seen.last_order = max(seen.last_order, old.last_order)
    return seen


def _set_aside(target: Path) -> list[Path]:
    """Return what earlier restores moved away, or one that was killed between its renames."""
    return sorted(target.parent.glob(f"{target.name}.before-*"))


def _lost(backup: Path, target: Path, aside: Path) -> list[dict[str, str]]:
    """Name what was received or imported there and is not in the backup, with where it will lie."""
    with reading(backup / DATABASE) as book:
        known = what_is_archived(book)
    source = target if Places(var=target).database.exists() else None
    source = source or next(reversed(_set_aside(target)), None)
    if source is None:
        return []
    places = Places(var=source)
    files = salvage(places.database).files
    lost: list[tuple[str, str, Path]] = []
    for path in sorted(places.archive.glob("[!.]?/*")):
        if path.name in known or (files and path.name not in files):  # settings are no loss
            continue
        lost.append((*files.get(path.name, ("", "")), path))
    for path in sorted(places.work.glob("[!.]*")):
        _, partner, name = [*path.name.split(".", 2), "", ""][:3]
        lost.append((partner, name, path))
    lies = aside if source == target else source
    return [
        {"partner": partner, "name": name, "path": str(lies / path.relative_to(source))}
        for partner, name, path in lost
    ]


def _make(plan: Plan, making: Path, seen: _Seen, *, whole: bool = True) -> list[str]:
    """Build the `var` to be: the backup, with numbers raised and marks merged."""
    places = Places(var=making)
    places.make()
    _copy(plan.backup / DATABASE, places.database)
    if whole:
        _copy_archive(plan.backup / "archive", places.archive)
    with closing(create(places.database)) as connection:
        step = Step(
            connection=connection,
            config=_with_var(plan.config, making),
            partners=plan.partners,
            now=plan.now,
        )
        told = skip_numbers(
            step,
            seen=seen.counters,
            last_order=seen.last_order,
            gap=plan.gap,
            actor=plan.actor,
            reason=plan.reason,
        )
    _keep_access(plan, places)
    note_backup(places, plan.backup, at=manifest.read(plan.backup).made_at)
    for partner, number in seen.marks.items():
        content = f"{interchange_control(number)}\n".encode()
        folder.write_whole(places.control / f"{partner}.hwm", content)
    for place in (making, *(path for path in making.rglob("*") if path.is_dir())):
        folder.sync_folder(place)
    silent = [f"{text}; numbers go on by the marks and --gap alone" for text in seen.silent]
    return silent + told


def _keep_access(plan: Plan, places: Places) -> None:
    """Keep users and keys as they are now; the backup's only where nothing is left of them.

    Whoever was locked out, or a key that was revoked since, must not come back with older orders.
    """
    kept = (Places(var=plan.target).access, plan.backup / ACCESS)
    source = next((path for path in kept if path.exists()), None)
    if source is not None:
        access.copy(source, places.access)


def _copy(source: Path, target: Path) -> None:
    with open(source, "rb") as reader, open(target, "wb") as writer:
        shutil.copyfileobj(reader, writer, 1 << 20)
        writer.flush()
        os.fsync(writer.fileno())


def _copy_archive(source: Path, target: Path) -> None:
    paths = sorted(source.glob("??/*"))
    for start in range(0, len(paths), _TOGETHER):
        some = paths[start : start + _TOGETHER]
        for path, copy in zip(some, folder.archive(some, target), strict=True):
            if not isinstance(copy, folder.Archived) or copy.sha256 != path.name:
                raise StopDaemon(f"{path} changed while it was copied; take another backup")


def _swap(making: Path, target: Path, aside: Path, *, was_used: bool) -> None:
    """Put the new `var` in place of what is there, which stays aside if it held anything."""
    try:
        if target.exists():
            os.rename(target, aside)
        os.rename(making, target)
    except OSError as error:
        raise Refused(
            f"{target} cannot be replaced: {error.strerror}; the restored one lies in {making}."
            " Stop the daemon, or name that folder in folders.var"
        ) from error
    folder.sync_folder(target.parent)
    if aside.exists() and not was_used:
        shutil.rmtree(aside)
