"""What every command shares: the configuration, the order book, who is asking, what time it is."""

import getpass
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from sqlite3 import Connection
from typing import Any

import click

from oms_edi.config.config import Config, load_config
from oms_edi.errors import ConfigurationError, NotFound
from oms_edi.partners.book import PartnerBook, load_partners
from oms_edi.pipeline.frame.companion import faults_of
from oms_edi.pipeline.frame.step import Places, Step
from oms_edi.store import queries
from oms_edi.store.database import attach, create

_MAX_LIMIT = 1_000_000


@dataclass
class Context:
    """Loaded when first asked for, so that `--help` needs no configuration."""

    config_path: Path

    @cached_property
    def config(self) -> Config:
        """The configuration."""
        return load_config(self.config_path)

    def load(self) -> tuple[Config, PartnerBook]:
        """Read configuration and mappings as they are now.

        Raises:
            ConfigurationError: they are not usable.
        """
        fresh = Context(config_path=self.config_path)
        return fresh.config, fresh.partners

    @cached_property
    def partners(self) -> PartnerBook:
        """The mapping files."""
        return _partners(self.config.folders.mappings, self.config)

    @property
    def places(self) -> Places:
        """The folders below `var/`."""
        return Places(var=self.config.folders.var)

    def attach(self) -> Connection:
        """Open the order book to read, or to act on beside the daemon."""
        return attach(self.places.database)

    def check_partner(self, partner: str | None) -> None:
        """Raise NotFound for a partner of whom neither a mapping nor the book knows."""
        if partner is None or self.partners.find(partner):
            return
        if partner not in {row["partner"] for row in queries.partner_counts(self.attach())}:
            raise NotFound(f"there is no mapping {partner}.yaml, and nothing of {partner} came")

    def step(self, *, now: datetime | None = None, make: bool = False) -> Step:
        """Return the surroundings of one act of a person."""
        if make and not self.places.database.exists():
            self.places.make()
            create(self.places.database).close()
        return Step(
            connection=self.attach(),
            config=self.config,
            partners=self.partners,
            now=now or datetime.now(UTC),
        )


def load_settings(path: Path, mappings: Path | None) -> tuple[Config, PartnerBook]:
    """Load a configuration beside the one in force, with mappings of its own or others."""
    config = load_config(path)
    return config, _partners(mappings or config.folders.mappings, config)


def _partners(folder: Path, config: Config) -> PartnerBook:
    found = load_partners(folder, config)
    faults = [f"{p.id}.yaml: {fault}" for p in found for fault in faults_of(p)]
    if faults:
        raise ConfigurationError("\n".join(faults))
    return found


pass_context = click.make_pass_decorator(Context)


class Instant(click.ParamType[datetime]):
    """An ISO-8601 instant with its zone."""

    name = "instant"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Read `2026-03-02T15:00:00Z`."""
        if isinstance(value, datetime):
            return value
        try:
            instant = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no ISO-8601 instant such as 2026-03-02T15:00:00Z", param, ctx)
        if instant.tzinfo is None:
            self.fail(f"{value!r} has no zone; add Z for UTC", param, ctx)
        return instant.astimezone(UTC)


def now_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--now`: a fixed clock, for tests, demos and replays."""
    return click.option(
        "--now", type=Instant(), help="Pretend it is this instant (ISO-8601 with zone)."
    )(command)


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


def limit_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--limit`."""
    return click.option(
        "--limit",
        type=click.IntRange(min=1, max=_MAX_LIMIT),
        default=100,
        show_default=True,
        help="At most so many, the newest.",
    )(command)


def partner_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--partner`."""
    return click.option("--partner", help="Only this partner's.")(command)


def who_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--by` and `--reason`: who acts and why, for the timeline."""
    command = by_option(command)
    return click.option(
        "--reason", required=True, callback=not_empty, help="Why, for the timeline."
    )(command)


def by_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--by`: who acts."""
    return click.option(
        "--by", default=_user, callback=not_empty, help="Who acts; default: the user."
    )(command)


def _user() -> str:
    """Return who is logged in, or at least the number of one who has no name here."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def not_empty(context: click.Context, parameter: click.Parameter, value: str) -> str:
    """Refuse a value that says nothing; take the blanks around others away."""
    if not value.strip():
        raise click.BadParameter("must not be empty")
    return value.strip()
