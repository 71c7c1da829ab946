"""`quarantine`: files that were not taken, seen, tried again or closed."""

from dataclasses import asdict
from datetime import datetime

import click

from oms_edi.cli.context import (
    Context,
    json_option,
    limit_option,
    now_option,
    pass_context,
    who_options,
)
from oms_edi.cli.output import clean, emit_fields, emit_json, emit_table
from oms_edi.domain.issue import Issue
from oms_edi.pipeline.intake import quarantine as acts
from oms_edi.store import quarantined
from oms_edi.upkeep.marked import marked


@click.group()
def quarantine() -> None:
    """Files nobody could read, or whose partner nobody knows."""


@quarantine.command("list")
@click.option("--all", "is_all", is_flag=True, help="Also those that were seen to.")
@limit_option
@json_option
@pass_context
def list_files(context: Context, is_all: bool, limit: int, as_json: bool) -> None:
    """List what waits in quarantine, with the reason."""
    found = quarantined.files(context.attach(), limit=limit, is_all=is_all)
    if as_json:
        return emit_json([asdict(file) for file in found])
    return emit_table(
        ("file", "partner", "name", "bytes", "received", "seen to", "why not taken"),
        [
            (f.file_id, f.partner, f.name, f.size_bytes, f.received_at, f.settled_by, f.reason)
            for f in found
        ],
        empty="quarantine is empty",
    )


@quarantine.command("show")
@click.argument("file", type=int)
@json_option
@pass_context
def show(context: Context, file: int, as_json: bool) -> None:
    """Show FILE (its number) with its faults where they stand; control characters are escaped."""
    step = context.step()
    found = acts.find(step, file)
    if as_json:
        return emit_json(asdict(found))
    emit_fields(
        [
            ("file", found.file_id),
            ("partner", found.partner),
            ("name", found.name),
            ("bytes", found.size_bytes),
            ("sha256", found.sha256),
            ("received", found.received_at),
            ("not taken", found.reason),
            ("seen to", f"{found.settled_by}: {found.settled_why}" if found.settled_at else ""),
        ]
    )
    issues = [Issue(**issue) for issue in found.issues]
    for kind, text in marked(acts.content_of(step, found), issues):
        if kind == "issue":
            click.secho(f"{'':>8}  ^ {clean(text)}", fg="red")
        else:
            click.echo(clean(text))
    return None


@quarantine.command("release")
@click.argument("file", type=int)
@click.option("--partner", default="", help="Whose it is, where it lay in the wrong inbox or none.")
@who_options
@now_option
@pass_context
def release(
    context: Context, file: int, partner: str, by: str, reason: str, now: datetime | None
) -> None:
    """Let FILE arrive again, the same bytes through the same gate: correct the mapping first."""
    step = context.step(now=now)
    target = acts.release(step, file, partner=partner, actor=by, reason=reason)
    click.echo(f"{clean(target)} is taken in the next run")


@quarantine.command("discard")
@click.argument("file", type=int)
@who_options
@now_option
@pass_context
def discard(context: Context, file: int, by: str, reason: str, now: datetime | None) -> None:
    """Close FILE for good; its bytes stay in the archive."""
    name = acts.discard(context.step(now=now), file, actor=by, reason=reason)
    click.echo(f"{clean(name)} is closed")
