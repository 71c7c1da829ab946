"""What a backup holds: every file with its SHA-256, and when and of what it was made.

The manifest has a hash over itself, so that a damaged one is told from a damaged file. It proves
nothing against somebody who may write to the backup.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from oms_edi.errors import Refused
from oms_edi.transports import folder

NAME = "manifest.json"
#: Of the order book inside a backup.
DATABASE = "oms.db"
#: Of the users of the console inside a backup; not there where there never was one.
ACCESS = "access.db"


class Kept(BaseModel):
    """One file of a backup."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sha256: str
    size_bytes: int


class Manifest(BaseModel):
    """Everything a backup holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    #: Of this layout.
    format: Literal[1] = 1
    made_at: datetime
    #: Of the program that made it.
    program: str
    #: `user_version` of the order book.
    schema_version: int
    #: The order book's content hash, as `verify` tells it.
    content_sha256: str
    #: What `verify` found in the copy; a backup of a book that is not clean is better than none.
    divergences: tuple[str, ...] = ()
    #: By path inside the backup, with slashes.
    files: dict[str, Kept]


def write(manifest: Manifest, backup: Path) -> None:
    """Write a manifest into a backup; it is durable then."""
    body = manifest.model_dump(mode="json")
    folder.write_whole(
        backup / NAME, json.dumps({**body, "sha256": _hash(body)}, indent=1).encode()
    )


def read(backup: Path) -> Manifest:
    """Read the manifest of a backup.

    Raises:
        Refused: there is none, or it was damaged, or a later program wrote it.
    """
    try:
        body = json.loads((backup / NAME).read_bytes())
        told = body.pop("sha256")
    except FileNotFoundError as error:
        raise Refused(f"{backup} is no backup: it has no {NAME}") from error
    except (ValueError, AttributeError, KeyError, TypeError) as error:
        raise Refused(f"{backup / NAME} is damaged; take another backup") from error
    if told != _hash(body):
        raise Refused(f"{backup / NAME} is not as it was written; take another backup")
    try:
        return Manifest.model_validate(body)
    except ValidationError as error:
        raise Refused(f"{backup / NAME} was written by another version of this program") from error


def faults(manifest: Manifest, backup: Path) -> Iterator[str]:
    """Yield what of a backup is missing, changed or beside it."""
    for name, kept in sorted(manifest.files.items()):
        path = backup / name
        if not path.is_file() or path.is_symlink():
            yield f"{name} is missing"
        elif path.stat().st_size != kept.size_bytes:
            yield f"{name} has {path.stat().st_size} bytes, not {kept.size_bytes}"
        elif folder.sha256_of(path) != kept.sha256:
            yield f"{name} is not as it was written"
    there = {str(path.relative_to(backup)) for path in backup.rglob("*") if not path.is_dir()}
    for name in sorted(there - manifest.files.keys() - {NAME}):
        yield f"{name} does not belong to it"


def _hash(body: object) -> str:
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
