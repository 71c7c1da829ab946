"""Code that is wrong on purpose: the harness must catch each, or it has no teeth."""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from sqlite3 import Connection
from typing import Any

from oms_edi.pipeline import run
from oms_edi.pipeline.delivery import deliver
from oms_edi.pipeline.frame.outcome import Outcome
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.intake import ingest
from oms_edi.pipeline.intake.collect import Claim
from oms_edi.store import files as store_files
from oms_edi.store import outbox
from oms_edi.store.outbox import PendingFile
from oms_edi.transports import folder


def removed_before_commit() -> None:
    """The work file goes before what it said is committed."""
    real = ingest.ingest

    def wrong(step: Step, kept: ingest.Kept) -> Outcome:
        folder.remove(kept.claim.path)
        return real(step, kept)

    run.ingest = wrong  # type: ignore[attr-defined]


def work_forgotten() -> None:
    """A start does not look into work/."""

    def wrong(step: Step) -> Iterator[Claim]:
        return iter(())

    run.recover = wrong  # type: ignore[attr-defined]


def written_in_place() -> None:
    """Files are written under their final names."""

    def wrong(target: Path, content: bytes) -> None:
        with open(target, "wb") as writer:
            for byte in content:
                writer.write(bytes([byte]))
                if byte == content[-1]:
                    writer.flush()
            writer.flush()
            os.fsync(writer.fileno())

    folder._write = wrong


def sent_before_written() -> None:
    """Deliveries are booked before they are made."""
    real_write, real_book = folder.write_all, deliver.book_delivery
    waiting: list[tuple[Path, Sequence[tuple[str, bytes]]]] = []

    def write_later(folder: Path, files: Sequence[tuple[str, bytes]]) -> None:
        waiting.append((folder, files))

    def book(step: Step, **told: Any) -> None:
        real_book(step, **told)
        for target, files in waiting:
            real_write(target, files)
        waiting.clear()

    folder.write_all = write_later
    deliver.book_delivery = book


def numbers_outside() -> None:
    """Control numbers are drawn before, and beside, the transaction of their document."""
    real = outbox.draw
    memory: dict[str, int] = {}

    def wrong(connection: Connection, name: str, *, limit: int = 999_999_999) -> int:
        (path,) = [row[2] for row in connection.execute("PRAGMA database_list") if row[1] == "main"]
        beside = Path(path).parent / f"number-{name.replace(':', '-').replace('/', '-')}"
        last = int(beside.read_text()) if beside.exists() else 0
        memory[name] = number = last + 1
        folder.write_whole(beside, str(number).encode())
        while real(connection, name, limit=limit) < number:
            pass
        return number

    outbox.draw = wrong


def claimed_by_name() -> None:
    """What was dealt with is known by its name, not by its claim id."""
    real = store_files.is_committed

    def wrong(connection: Connection, claim_id: str) -> bool:
        row = connection.execute(
            "SELECT 1 FROM files WHERE name LIKE '%.edi' AND file_id > 3 LIMIT 1"  # of today
        ).fetchone()
        return row is not None or real(connection, claim_id)

    store_files.is_committed = wrong


def mark_after_sending() -> None:
    """The high-water mark is written after the files it stands for."""
    real_mark, real_write = deliver.raise_mark, folder.write_all
    waiting: list[tuple[Step, str, Sequence[PendingFile]]] = []

    def later(step: Step, partner: str, files: Sequence[PendingFile]) -> None:
        waiting.append((step, partner, files))

    def write(folder: Path, files: Sequence[tuple[str, bytes]]) -> None:
        real_write(folder, files)
        while waiting:
            real_mark(*waiting.pop())

    deliver.raise_mark = later
    folder.write_all = write


def never_synced() -> None:
    """No file and no folder is made durable; only the order of calls tells."""

    def wrong(descriptor: int, path: Path) -> None:
        return None

    folder.sync_file = wrong


#: Found by killing.
KILLED: dict[str, Callable[[], None]] = {
    "removed_before_commit": removed_before_commit,
    "work_forgotten": work_forgotten,
    "written_in_place": written_in_place,
    "sent_before_written": sent_before_written,
    "numbers_outside": numbers_outside,
    "claimed_by_name": claimed_by_name,
}
#: Found by the order of calls in a trace.
TRACED: dict[str, Callable[[], None]] = {
    "never_synced": never_synced,
    "mark_after_sending": mark_after_sending,
}
