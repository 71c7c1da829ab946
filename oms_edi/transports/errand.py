"""What a visit to a partner's server is to do, and what it did: values, so that the order book and
the network know nothing of each other. The visit itself is `oms_edi.transports.visit`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from oms_edi.errors import EndpointRefused, StopDaemon, TransientError
from oms_edi.partners.sftp import SftpSettings


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Secrets:
    """What proves who we are; never shown."""

    password: str = ""
    #: A private key as its file holds it.
    key: str = ""
    passphrase: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """A file to leave on their server."""

    outbox_id: int
    name: str
    content: bytes
    #: True if an earlier try ended without a clear answer: look before writing.
    is_unclear: bool
    #: True if all of it had arrived in that try, so that it may have been taken since.
    may_be_taken: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A file of theirs that is safe with us and still lies there."""

    claim_id: str
    name: str
    size_bytes: int
    mtime: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What a visit is to do."""

    partner: str
    settings: SftpSettings
    secrets: Secrets
    owed: tuple[Owed, ...]
    taken: tuple[Taken, ...]
    #: Name to (size, mtime) and the second of the monotonic clock it was first seen so.
    seen: Mapping[str, tuple[tuple[int, int], float]]
    #: Folder for what is fetched.
    landing: Path
    limit_bytes: int
    #: Note of the files that have arrived whole (`oms_edi.transports.arrived`).
    arrived: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A whole file of theirs, durable in the landing folder."""

    path: Path
    name: str
    size_bytes: int
    mtime: int
    #: Second of the monotonic clock it was first seen so.
    seen_s: float


@dataclass(slots=True, kw_only=True)
class Visit:
    """What happened."""

    partner: str
    sent: list[int] = field(default_factory=list)
    #: Outbox ids that may or may not have arrived.
    unclear: list[int] = field(default_factory=list)
    #: Outbox ids that are surely not there under their name, with the reason.
    failed: dict[int, str] = field(default_factory=dict)
    fetched: list[Fetched] = field(default_factory=list)
    #: Claim ids of files that are gone from there.
    removed: list[str] = field(default_factory=list)
    #: Why taken files could not be removed; empty if all could.
    not_removed: str = ""
    #: Names that are not taken yet, with the reason.
    waiting: dict[str, str] = field(default_factory=dict)
    #: Names that are never taken, with the reason.
    skipped: dict[str, str] = field(default_factory=dict)
    seen: dict[str, tuple[tuple[int, int], float]] = field(default_factory=dict)
    #: What ended the visit early; `StopDaemon` is to end the process.
    error: TransientError | EndpointRefused | StopDaemon | None = None
