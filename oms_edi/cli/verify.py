"""`verify`: every balance recomputed from ledger and archive."""

import click

from oms_edi.cli.context import Context, json_option, pass_context
from oms_edi.cli.output import emit_json
from oms_edi.pipeline.frame.step import Step
from oms_edi.store import verify as checks
from oms_edi.store.content import content_hash


@click.command()
@json_option
@pass_context
def verify(context: Context, as_json: bool) -> None:
    """Recompute every balance from ledger and archive; exit 1 and name what differs first."""
    step: Step = context.step()
    found = [
        {"check": name, "what": what}
        for name, what in checks.divergences(
            step.connection, archive=step.places.archive, work=step.places.work
        )
    ]
    content = content_hash(step.connection)
    if as_json:
        emit_json({"divergences": found, "content_sha256": content})
    elif found:
        click.secho(f"NOT CLEAN: {found[0]['check']}: {found[0]['what']}", fg="red")
        for fault in found[1:20]:
            click.echo(f"  also: {fault['check']}: {fault['what']}")
    else:
        click.echo(f"clean; content {content[:16]}")
    if found:
        raise SystemExit(1)
