"""`keys`: what partners' programs ask the API with."""

from datetime import UTC, datetime
from pathlib import Path

import click

from oms_edi.cli.context import (
    Context,
    by_option,
    json_option,
    limit_option,
    partner_option,
    pass_context,
)
from oms_edi.cli.output import clean, emit_json, emit_table
from oms_edi.domain.scope import Scope
from oms_edi.errors import NotFound, Refused
from oms_edi.store import access, api_keys
from oms_edi.web import keys as acts

_SCOPES = click.Choice([scope.value for scope in Scope])
_READING = tuple(scope for scope in Scope if scope.value.endswith(":read"))


@click.group()
def keys() -> None:
    """What partners' programs ask the API with; a key is shown once."""


@keys.command()
@click.argument("partner")
@click.option("--name", required=True, help="What it is for, such as `live portal`.")
@click.option("--scope", "scopes", type=_SCOPES, multiple=True, help="Default: all that read.")
@click.option(
    "--per-minute", type=click.IntRange(1, 100_000), default=600, show_default=True, help="Calls."
)
@click.option("--days", type=click.IntRange(1, 3650), help="Default: until it is revoked.")
@by_option
@pass_context
def add(
    context: Context,
    partner: str,
    name: str,
    scopes: tuple[str, ...],
    per_minute: int,
    days: int | None,
    by: str,
) -> None:
    """Make a key for a program of PARTNER; it is written to standard output, this once."""
    profile = context.partners.find(partner)
    if profile is None:
        raise NotFound(f"no partner {partner}")
    if profile.role != "customer":
        raise Refused(f"{partner} is a {profile.role}; the API is for customers")
    made = acts.add(
        context.places.access,
        partner,
        name,
        scopes=[Scope(scope) for scope in scopes] or _READING,
        per_minute=per_minute,
        days=days,
        by=by,
        now=_now(),
    )
    click.echo(f"key {made.key_id} of {partner}; it is not shown again:", err=True)
    click.echo(made.secret)


@keys.command("list")
@partner_option
@limit_option
@json_option
@pass_context
def list_keys(context: Context, partner: str | None, limit: int, as_json: bool) -> None:
    """List keys, newest first; none of them can be shown again."""
    context.check_partner(partner)
    found = []
    if context.places.access.exists():
        with access.opened(context.places.access) as connection:
            found = api_keys.keys(connection, partner=partner, limit=limit)
    now = _now()
    if as_json:
        return emit_json([{**key._asdict(), "state": acts.state_of(key, now)} for key in found])
    return emit_table(
        ("key", "partner", "name", "ends in", "scopes", "a minute", "state", "until", "used"),
        [
            (
                key.key_id,
                key.partner,
                key.name,
                key.ending,
                " ".join(key.scopes),
                key.per_minute,
                acts.state_of(key, now),
                key.expires_at,
                key.seen_at,
            )
            for key in found
        ],
        empty="there are no keys: no program may ask",
    )


@keys.command()
@click.argument("key", type=int)
@by_option
@pass_context
def revoke(context: Context, key: int, by: str) -> None:
    """Have KEY open nothing any more, from the next call on."""
    revoked = acts.revoke(_there(context), key, by=by, now=_now())
    click.echo(f"key {key} of {revoked.partner}, {clean(revoked.name)}, opens nothing any more")


def _there(context: Context) -> Path:
    if not context.places.access.exists():
        raise NotFound("there are no keys yet; `keys add` makes one")
    return context.places.access


def _now() -> datetime:
    return datetime.now(UTC)
