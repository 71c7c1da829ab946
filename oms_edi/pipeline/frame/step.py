"""What every step needs: where things are, who the partners are, what time it is."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from sqlite3 import Connection
from typing import Any

from oms_edi.config.config import Config
from oms_edi.config.node import NodeSettings, ReleaseSettings
from oms_edi.errors import ConfigurationError
from oms_edi.partners.book import PartnerBook
from oms_edi.partners.profile import PartnerProfile
from oms_edi.store.timeline import stamp

_AT_ONCE = ReleaseSettings()


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The folders below `var/`."""

    var: Path

    @property
    def database(self) -> Path:
        """The order book."""
        return self.var / "oms.db"

    @property
    def access(self) -> Path:
        """Users, sessions and keys of the console."""
        return self.var / "access.db"

    @property
    def work(self) -> Path:
        """Claimed files that are not committed yet."""
        return self.var / "work"

    @property
    def archive(self) -> Path:
        """Every byte ever received, by SHA-256."""
        return self.var / "archive"

    @property
    def quarantine(self) -> Path:
        """Files a person must look at, each with its reason."""
        return self.var / "quarantine"

    @property
    def landing(self) -> Path:
        """Files being fetched from partners' servers."""
        return self.var / "landing"

    @property
    def control(self) -> Path:
        """High-water marks of control numbers, one file a partner."""
        return self.var / "control"

    @property
    def restoring(self) -> Path:
        """Where a restore builds the `var` to be, beside it."""
        return self.var.with_name(f".oms-edi-{self.var.name}")

    def make(self) -> None:
        """Make every folder, readable by the daemon's group only.

        Raises:
            ConfigurationError: a restore was interrupted; a new order book would use numbers twice.
        """
        if self.restoring.exists() and not self.database.exists():
            raise ConfigurationError(
                f"a restore to {self.var} was interrupted: make it again, with `oms-edi restore`,"
                f" before anything else; {self.restoring} is its half-made work"
            )
        for folder in (
            self.var,
            self.work,
            self.archive,
            self.quarantine,
            self.landing,
            self.control,
        ):
            folder.mkdir(mode=0o750, parents=True, exist_ok=True)


def as_told(value: Any, partner: PartnerProfile) -> Any:
    """Take what a partner reports as it is."""
    return value


@dataclass(frozen=True, kw_only=True)
class Step:
    """The surroundings of one step; the clock was read when it began."""

    connection: Connection
    config: Config
    partners: PartnerBook
    now: datetime
    #: What a process need not read twice. It may be empty at any time: nothing follows from it.
    memory: dict[str, object] = field(default_factory=dict)
    #: What a report on what we sent means: a 945, a count, a 997, as a value. Only a simulation
    #: hears anything else than was told; None is nothing.
    hear: Callable[[Any, PartnerProfile], Any] = as_told
    #: The newest entry of the journal whoever acts has seen, where what they ask for may be asked
    #: for twice: a form whose answer was lost. None: it is not.
    seen: int | None = None

    @cached_property
    def at(self) -> str:
        """`now` as the store keeps it."""
        return stamp(self.now)

    @cached_property
    def told_later(self) -> dict[str, NodeSettings]:
        """Nodes that are not told at once what is allocated, by id."""
        return {node.id: node for node in self.config.nodes if node.release != _AT_ONCE}

    @property
    def places(self) -> Places:
        """The folders below `var/`."""
        return Places(var=self.config.folders.var)
