"""`resend`, `reissue`: what was sent, once more."""

from datetime import datetime

import click

from oms_edi.cli.context import Context, now_option, pass_context, who_options
from oms_edi.cli.output import clean
from oms_edi.pipeline.delivery import send_again

_force = click.option("--force", is_flag=True, help="Even if the partner has accepted it.")


@click.command()
@click.argument("partner")
@click.argument("file")
@_force
@who_options
@now_option
@pass_context
def resend(
    context: Context,
    partner: str,
    file: str,
    force: bool,
    by: str,
    reason: str,
    now: datetime | None,
) -> None:
    """Deliver FILE (name or control number) to PARTNER again: the same bytes, the same name."""
    step = context.step(now=now)
    name = send_again.resend(step, partner, file, force=force, actor=by, reason=reason)
    click.echo(f"{clean(name)} goes out with the next run")


@click.command()
@click.argument("partner")
@click.argument("file")
@_force
@who_options
@now_option
@pass_context
def reissue(
    context: Context,
    partner: str,
    file: str,
    force: bool,
    by: str,
    reason: str,
    now: datetime | None,
) -> None:
    """Send the documents of FILE (name or control number) to PARTNER under new control numbers.

    The partner cannot know them as a repeat: for what it refused, or never got.
    """
    step = context.step(now=now)
    name = send_again.reissue(step, partner, file, force=force, actor=by, reason=reason)
    click.echo(f"{clean(name)} goes out with the next run")
