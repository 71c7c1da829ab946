"""`purge`: room, by removing what is old and needed by nothing."""

from datetime import UTC, datetime, timedelta

import click

from oms_edi.cli.context import Context, json_option, now_option, pass_context
from oms_edi.cli.output import emit_json
from oms_edi.domain.counted import counted
from oms_edi.upkeep.purge import find_old, remove_old


@click.command()
@click.option(
    "--older-than",
    "days",
    type=click.IntRange(min=1, max=36_500),
    default=90,
    show_default=True,
    help="Days since it was done with.",
)
@click.option(
    "--yes/--dry-run", default=False, help="Remove it, or only count it; default: only count."
)
@json_option
@now_option
@pass_context
def purge(context: Context, days: int, yes: bool, as_json: bool, now: datetime | None) -> None:
    """Remove copies of quarantined files that were seen to, old news, books before migrations.

    The archive, the journal, and what was sent stay for ever: `verify`, `replay` and partners'
    answers rest on them. Old backups go with `backup --keep`.
    """
    before = (now or datetime.now(UTC)) - timedelta(days=days)
    connection = context.attach()
    old = find_old(context.places, connection, before=before)
    if yes:
        remove_old(context.places, connection, old, before=before)
    if as_json:
        emit_json(
            {
                "quarantine_copies": len(old.copies),
                "books_before_migrations": [str(path) for path in old.books],
                "notifications": old.notifications,
                "sessions": old.sessions,
                "bytes": old.size_bytes,
                "removed": yes,
            }
        )
        return
    verb = "removed" if yes else "would remove"
    click.echo(
        f"{verb} {counted(len(old.copies), 'copy', 'copies')} of quarantined files,"
        f" {counted(old.notifications, 'notification')},"
        f" {old.sessions} sessions, log-ins, links and keys,"
        f" {counted(len(old.books), 'order book')} before migrations: {old.size_bytes / 1e6:.1f} MB"
    )
    if not yes:
        click.echo("nothing was removed; --yes does it")
