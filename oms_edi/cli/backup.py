"""`backup`, `restore`: the order book, kept elsewhere and brought back."""

from datetime import UTC, datetime
from pathlib import Path

import click

from oms_edi.cli.context import (
    Context,
    by_option,
    json_option,
    not_empty,
    now_option,
    pass_context,
)
from oms_edi.cli.output import clean, emit_json
from oms_edi.upkeep.backup import back_up
from oms_edi.upkeep.restore import Plan, check_backup, newest, restore_backup


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--keep",
    type=click.IntRange(min=1),
    help="Then remove all but so many of the newest; default: all stay.",
)
@json_option
@now_option
@pass_context
def backup(
    context: Context, folder: Path, keep: int | None, as_json: bool, now: datetime | None
) -> None:
    """Back up order book, archive, control marks and settings into FOLDER, beside the daemon.

    It is read back and verified before it counts. Credentials are not in it. Exit 1: it was made,
    but `verify` finds the order book itself not clean, and older backups were all kept.
    """
    done = back_up(
        context.config,
        config_path=context.config_path,
        root=folder,
        now=now or datetime.now(UTC),
        keep=keep or 0,
    )
    if as_json:
        emit_json(
            {
                "backup": str(done.path),
                "files": done.files,
                "bytes": done.size_bytes,
                "linked": done.linked,
                "content_sha256": done.content_sha256,
                "divergences": list(done.divergences),
                "removed": [str(path) for path in done.pruned],
            }
        )
    else:
        click.echo(
            f"{done.path}: {done.files} files, {done.size_bytes} bytes, {done.linked} of them links"
            f" to the last backup; content {done.content_sha256[:16]}"
        )
        for path in done.pruned:
            click.echo(f"removed {path}")
        for what in done.divergences[:20]:
            click.secho(f"NOT CLEAN: {clean(what)}", fg="red")
    if done.divergences:
        raise SystemExit(1)


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--verify", "verify_only", is_flag=True, help="Check it in a scratch folder only.")
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    help="Restore to this folder instead of folders.var.",
)
@click.option("--replace", is_flag=True, help="Move what is in the way aside; nothing is deleted.")
@click.option(
    "--gap",
    type=click.IntRange(min=0, max=100_000_000),
    default=10_000,
    show_default=True,
    help="Numbers skipped beyond the highest known: more than can have been used since the backup.",
)
@click.option("--dry-run", is_flag=True, help="Check, and tell what would be done.")
@click.option(
    "--reason",
    default="restored from a backup",
    callback=not_empty,
    help="Why, for the timeline.",
)
@by_option
@json_option
@now_option
@pass_context
def restore(
    context: Context,
    folder: Path,
    verify_only: bool,
    into: Path | None,
    replace: bool,
    gap: int,
    dry_run: bool,
    reason: str,
    by: str,
    as_json: bool,
    now: datetime | None,
) -> None:
    """Bring back the backup in FOLDER, or the newest of those in it; the daemon must be stopped.

    Control numbers, group numbers, SSCCs and order numbers go on above what anybody may have seen.
    Then drop again, or have sent again, what it names as received after the backup.
    """
    chosen = newest(folder)
    if verify_only:
        faults = check_backup(chosen)
        if as_json:
            emit_json({"backup": str(chosen), "faults": faults})
        else:
            for fault in faults[:20]:
                click.secho(f"NOT CLEAN: {clean(fault)}", fg="red")
            click.echo(f"{chosen} {'is not clean' if faults else 'can be restored'}")
        if faults:
            raise SystemExit(1)
        return
    plan = Plan(
        backup=chosen,
        target=into or context.config.folders.var,
        config=context.config,
        partners=context.partners,
        replace=replace,
        gap=gap,
        actor=by,
        reason=f"{reason} ({chosen.name})",
        now=now or datetime.now(UTC),
    )
    done = restore_backup(plan, dry_run=dry_run)
    if as_json:
        emit_json(
            {
                "backup": str(chosen),
                "restored": str(plan.target),
                "aside": str(done.aside) if done.aside else None,
                "dry_run": dry_run,
                "numbers": done.numbers,
                "not_in_book": done.not_in_book,
            }
        )
        return
    click.echo(f"{'would restore' if dry_run else 'restored'} {chosen} to {plan.target}")
    if done.aside:
        click.echo(f"what was there {'would go' if dry_run else 'went'} to {done.aside}")
    for text in done.numbers:
        click.echo(f"  {clean(text)}")
    if done.not_in_book:
        click.echo("received after the backup; drop these into the inbox again:")
    for lost in done.not_in_book:
        click.echo(f"  {clean(lost['partner'])}/{clean(lost['name'])}  {lost['path']}")
