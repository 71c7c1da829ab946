"""Where the last backup lies, and when it was made: a note in `var/`, for those who check."""

import json
from datetime import datetime
from pathlib import Path

from oms_edi.pipeline.frame.step import Places
from oms_edi.transports import folder


def _note(places: Places) -> Path:
    return places.var / "last-backup.json"


def note_backup(places: Places, backup: Path, *, at: datetime) -> None:
    """Note that a backup was made."""
    text = json.dumps({"at": at.isoformat(), "path": str(backup.resolve())})
    folder.write_whole(_note(places), text.encode())


def last_backup(places: Places) -> tuple[datetime, Path] | None:
    """Return when the last backup was made, and where it lies; None if none was."""
    try:
        note = json.loads(_note(places).read_bytes())
        return datetime.fromisoformat(note["at"]), Path(note["path"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
