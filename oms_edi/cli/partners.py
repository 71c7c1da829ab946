"""`partners`: who they are and what they owe."""

import click

from oms_edi.cli.context import Context, json_option, pass_context
from oms_edi.cli.output import emit_json, emit_table
from oms_edi.store import queries


@click.command()
@json_option
@pass_context
def partners(context: Context, as_json: bool) -> None:
    """List trading partners with their counts."""
    counts = {row["partner"]: row for row in queries.partner_counts(context.attach())}
    found = [
        {
            "partner": profile.id,
            "name": profile.name,
            "role": profile.role,
            "channel": profile.channel,
            "x12": profile.x12.version if profile.x12 else "",
            **{
                name: counts.get(profile.id, {}).get(name, 0)
                for name in ("orders", "files", "sent")
            },
        }
        for profile in context.partners
    ]
    if as_json:
        return emit_json(found)
    headers = ("partner", "name", "role", "channel", "x12", "orders", "files", "sent")
    emit_table(headers, [[row[name] for name in headers] for row in found])
    return None
