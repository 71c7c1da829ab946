"""What a person does about an exception: resolve, assign, snooze."""

from datetime import datetime

import click

from oms_edi.cli.context import Context, Instant, now_option, pass_context, who_options
from oms_edi.pipeline.people import see_to


@click.command()
@click.argument("number", type=int)
@who_options
@now_option
@pass_context
def resolve(context: Context, number: int, by: str, reason: str, now: datetime | None) -> None:
    """Close exception NUMBER when it is seen to; a hold is ended by `release` or `cancel`.

    It opens again when its cause comes back.
    """
    told = see_to.resolve(context.step(now=now), number, actor=by, reason=reason)
    click.echo(f"resolved {told}")


@click.command()
@click.argument("number", type=int)
@click.argument("owner")
@who_options
@now_option
@pass_context
def assign(
    context: Context, number: int, owner: str, by: str, reason: str, now: datetime | None
) -> None:
    """Give exception NUMBER to OWNER; an empty owner ('') gives it back to its queue."""
    told = see_to.assign(context.step(now=now), number, owner.strip(), actor=by, reason=reason)
    click.echo(f"{told} is {f'with {owner.strip()}' if owner.strip() else 'with nobody'}")


@click.command()
@click.argument("number", type=int)
@click.option("--until", type=Instant(), help="ISO-8601 instant with zone.")
@click.option("--wake", is_flag=True, help="Show it again now.")
@who_options
@now_option
@pass_context
def snooze(
    context: Context,
    number: int,
    until: datetime | None,
    wake: bool,
    by: str,
    reason: str,
    now: datetime | None,
) -> None:
    """Keep exception NUMBER out of sight, and out of notifications, until an instant."""
    if (until is None) != wake:
        raise click.UsageError("say --until INSTANT, or --wake")
    told = see_to.snooze(context.step(now=now), number, until, actor=by, reason=reason)
    click.echo(f"{told} is awake" if wake else f"{told} sleeps")
