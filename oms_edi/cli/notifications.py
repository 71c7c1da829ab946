"""`notifications`: who was told of what, who waits to be, and what could not be said."""

from datetime import UTC, datetime

import click

from oms_edi.cli.context import Context, json_option, limit_option, now_option, pass_context
from oms_edi.cli.output import emit_json, emit_table
from oms_edi.pipeline.people.tell import tell
from oms_edi.store.notifications import listed


@click.command()
@click.option("--state", type=click.Choice(["owed", "sent", "failed", "dropped"]))
@click.option("--channel", help="Only this channel's.")
@click.option("--send", is_flag=True, help="First send what is due; the daemon does it itself.")
@limit_option
@json_option
@now_option
@pass_context
def notifications(
    context: Context,
    state: str | None,
    channel: str | None,
    send: bool,
    limit: int,
    as_json: bool,
    now: datetime | None,
) -> None:
    """List what people were told of exceptions, or are still owed to hear."""
    connection = context.attach()
    if send:
        tell(context.config, connection, clock=lambda: now or datetime.now(UTC))
    found = listed(connection, state=state, channel=channel, limit=limit)
    if as_json:
        emit_json([row._asdict() for row in found])
        return
    emit_table(
        ("number", "channel", "state", "exception", "owed", "tries", "next or done", "why"),
        [
            (
                row.notification_id,
                row.channel,
                row.state,
                f"{row.kind}, {row.subject}",
                row.owed_at,
                row.attempts,
                row.settled_at or row.next_at,
                row.reason,
            )
            for row in found
        ],
        empty="nobody is told of anything; see `notify` in the configuration",
    )
