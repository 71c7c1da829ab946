"""`simulate`: what would have come of the same history under other settings."""

import tempfile
from contextlib import closing
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click

from oms_edi.cli.context import Context, Instant, json_option, load_settings, pass_context
from oms_edi.cli.output import clean, emit_json, emit_table
from oms_edi.cli.replay import tell_progress
from oms_edi.pipeline.frame.step import Places
from oms_edi.pipeline.history.difference import Changed, Difference, Measure, difference
from oms_edi.pipeline.history.replay import Archive, folders_below, fresh_book
from oms_edi.pipeline.history.simulate import Simulated, Simulation


@click.command()
@click.option(
    "--config",
    "config_path",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The configuration to try.",
)
@click.option(
    "--mappings",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The mappings to try; default: those the configuration names.",
)
@click.option("--since", type=Instant(), help="As it was up to this instant; default: all anew.")
@click.option("--limit", default=20, show_default=True, help="At most so many of each kind.")
@json_option
@pass_context
def simulate(
    context: Context,
    config_path: Path,
    mappings: Path | None,
    since: datetime | None,
    limit: int,
    as_json: bool,
) -> None:
    """Live the history through again under another configuration and tell what differs.

    Everything runs on a copy under the history's clock, through the code that did the work; nothing
    is delivered. Where a 945, a count or a 997 no longer fits what the simulation sent, a stand-in
    takes its place; how often is told.
    """
    config, partners = load_settings(config_path, mappings)
    step = context.step()
    with (
        closing(step.connection) as history,
        tempfile.TemporaryDirectory(prefix="oms-edi-simulate-") as folder,
    ):
        places = Places(var=Path(folder) / "var")
        folders = folders_below(places.var)
        history.execute("BEGIN")  # one look at it, whatever the daemon does meanwhile
        with fresh_book(places) as book:
            done = Simulation(
                history,
                Archive(step.places.archive, folders),
                book,
                config=config.model_copy(update={"folders": folders}),
                partners=partners,
            ).run(since=since, tell=tell_progress)
            found = difference(history, book)
        history.rollback()
    if as_json:
        emit_json({"simulation": asdict(done), **_plain(found)})
    else:
        _tell(done, found, limit=limit)


def _plain(found: Difference) -> dict[str, object]:
    return {
        "differs": bool(found),
        "summary": [row._asdict() for row in found.summary],
        "shares": [share._asdict() for share in found.shares],
        "lines": [one._asdict() for one in found.moved],
        "documents": [one._asdict() for one in found.documents],
        "exceptions": [one._asdict() for one in found.exceptions],
    }


def _tell(done: Simulated, found: Difference, *, limit: int) -> None:
    rows = [
        (row.name, _number(row.before, row), _number(row.after, row), _change(row))
        for row in found.summary
    ]
    emit_table(("", "as it was", "simulated", "difference"), rows, empty="")
    if not done.is_as_told:
        _tell_other_side(done, limit)
    if not found:
        click.echo("\nnothing differs")
        return
    shares = [share for share in found.shares if share.before != share.after]
    if shares:
        click.echo("\nWho gets more or less")
        told = [
            (s.customer, s.ordered, s.before, s.after, f"{s.after - s.before:+}") for s in shares
        ]
        emit_table(("customer", "ordered", "as it was", "simulated", "difference"), told, empty="")
    if found.moved:
        click.echo(f"\nLines decided otherwise: {len(found.moved)}")
        for one in found.moved[:limit]:
            where = clean(f"{one.order} line {one.line} {one.item}")
            click.echo(f"  {where}: {clean(one.before)} -> {clean(one.after)}")
    _tell_changed("Documents", found.documents, limit)
    _tell_changed("Exceptions", found.exceptions, limit)


def _tell_other_side(done: Simulated, limit: int) -> None:
    click.echo(
        f"\nThe other side: reports that fit nothing here and were set aside, {done.set_aside};"
        f" shipments reported in full by stand-ins, {done.stand_ins};"
        f" counts corrected by what left more or less, {done.corrected}"
    )
    for told in done.refused[:limit]:
        click.echo(f"  does not apply any more: {clean(told)}")


def _tell_changed(title: str, changes: tuple[Changed, ...], limit: int) -> None:
    if not changes:
        return
    counts = {sign: sum(one.sign == sign for one in changes) for sign in "+-~"}
    click.echo(f"\n{title}: {counts['+']} added, {counts['-']} removed, {counts['~']} changed")
    for one in changes[:limit]:
        click.echo(f"  {one.sign} {clean(one.what)}")
        for line in one.told:
            click.echo(f"      {clean(line)}")
    if len(changes) > limit:
        click.echo(f"  and {len(changes) - limit} more; --limit or --json shows them")


def _number(value: float, row: Measure) -> str:
    if row.unit == "cents":
        return f"${value / 100:,.2f}"
    return f"{value:,}{row.unit}"


def _change(row: Measure) -> str:
    change = row.after - row.before
    if not change:
        return ""
    if row.unit == "cents":
        return f"{'-' if change < 0 else '+'}${abs(change) / 100:,.2f}"
    return f"{round(change, 2):+,}{row.unit}"
