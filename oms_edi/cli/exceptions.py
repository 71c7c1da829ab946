"""`exceptions`: what needs a person."""

import click

from oms_edi.cli.context import Context, json_option, limit_option, pass_context
from oms_edi.cli.output import emit_fields, emit_json
from oms_edi.store import queries


@click.command()
@click.option("--closed", is_flag=True, help="Those that are over.")
@limit_option
@json_option
@pass_context
def exceptions(context: Context, closed: bool, limit: int, as_json: bool) -> None:
    """List what needs a person, the worst first, with the act that helps."""
    found = queries.exceptions(context.attach(), closed=closed, limit=limit)
    if as_json:
        return emit_json(found)
    for exception in found:
        emit_fields(
            [
                (
                    exception["severity"],
                    f"{exception['kind']}, {exception['subject']} (exception"
                    f" {exception['exception_id']}, since {exception['opened_at']})",
                ),
                ("  what", exception["text"]),
                ("  do", exception["action"]),
            ]
        )
    if not found:
        click.echo("nothing needs a person")
    return None
