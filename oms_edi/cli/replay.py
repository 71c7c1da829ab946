"""`replay`: the order book made again from the archive and the journal, and compared."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

import click

from oms_edi.cli.context import Context, Instant, json_option, pass_context
from oms_edi.cli.output import emit_json
from oms_edi.errors import Refused
from oms_edi.pipeline.frame.step import Places, Step
from oms_edi.pipeline.history.replay import Replayed, what_is_missing
from oms_edi.pipeline.history.replay import replay as make_again

#: A line of progress after so many turns.
_TOLD_EVERY = 1000


@click.command()
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep the new book in this empty folder, with a configuration to look at it.",
)
@click.option("--until", type=Instant(), help="Only what was done up to this instant.")
@click.option("--dry-run", is_flag=True, help="Only see whether all that is needed is there.")
@json_option
@pass_context
def replay(
    context: Context, into: Path | None, until: datetime | None, dry_run: bool, as_json: bool
) -> None:
    """Make the order book again from archive and journal on a fresh database, and compare.

    Exit 0 if both have the same content hash; else 1, and the first table and row that differ are
    named. No inbox, outbox folder or partner is touched. --until rebuilds the book as it was.
    """
    step = context.step()
    with closing(step.connection):
        if dry_run:
            return _dry_run(step, as_json=as_json)
        with _folder(into) as root:
            places = Places(var=root / "var")
            done = make_again(
                step.connection, step.places.archive, places, until=until, tell=tell_progress
            )
            if into:
                _furnish(step, root)
    _tell(done, until=until, as_json=as_json)
    if not done.is_same:
        raise SystemExit(1)
    return None


def tell_progress(done: int) -> None:
    """Say on stderr how far a long history is."""
    if done % _TOLD_EVERY == 0:
        click.echo(f"{done:,} turns done", err=True)


def _dry_run(step: Step, *, as_json: bool) -> None:
    missing, turns = what_is_missing(step.connection, step.places.archive)
    if as_json:
        emit_json({"missing": missing, "turns": dict(turns)})
    else:
        click.echo(f"would replay {_counted(turns)}")
        for one in missing:
            click.secho(f"  missing: {one}", fg="red")
    if missing:
        raise SystemExit(1)


@contextmanager
def _folder(into: Path | None) -> Iterator[Path]:
    if into is None:
        with tempfile.TemporaryDirectory(prefix="oms-edi-replay-") as folder:
            yield Path(folder)
        return
    if into.exists() and any(into.iterdir()):
        raise Refused(f"{into} is not empty; name a folder that is, or is not there yet")
    into.mkdir(parents=True, exist_ok=True)
    yield into


def _furnish(step: Step, root: Path) -> None:
    """Add what makes the new book a place of its own: configuration, mappings, archive.

    JSON is YAML, too.
    """
    folders = {name: name for name in ("inbox", "outbox", "mappings", "var")}
    config = {**json.loads(step.config.canonical()), "folders": folders}
    (root / "config.yaml").write_text(json.dumps(config, indent=2) + "\n")
    (root / "mappings").mkdir(exist_ok=True)
    for profile in step.partners:
        text = profile.model_dump_json(indent=2) + "\n"
        (root / "mappings" / f"{profile.id}.yaml").write_text(text)
        for box in ("inbox", "outbox"):
            (root / box / profile.id).mkdir(parents=True, exist_ok=True)
    target = root / "var" / "archive"
    for path in step.places.archive.glob("??/[!.]*"):
        copy = target / path.parent.name / path.name
        if not copy.exists():
            copy.parent.mkdir(exist_ok=True)
            _link_or_copy(path, copy)


def _link_or_copy(path: Path, copy: Path) -> None:
    try:
        os.link(path, copy)
    except OSError:
        shutil.copyfile(path, copy)


def _counted(turns: dict[str, int]) -> str:
    names = {"file": "files", "act": "acts", "step": "steps"}
    return ", ".join(f"{turns.get(kind, 0):,} {name}" for kind, name in names.items())


def _tell(done: Replayed, *, until: datetime | None, as_json: bool) -> None:
    if as_json:
        emit_json(
            {
                "turns": dict(done.turns),
                "same": done.is_same,
                "difference": done.difference,
                "astray": done.astray,
                "content_sha256": done.content,
            }
        )
        return
    click.echo(f"replayed {_counted(done.turns)}")
    if done.astray:
        click.secho(f"went astray: {done.astray}", fg="red")
    if done.difference:
        click.secho(f"NOT THE SAME: {done.difference}", fg="red")
    elif done.is_same and until is None:
        click.echo(f"the same order book; content {done.content[:16]}")
    elif done.is_same:
        click.echo(f"the order book as of {until:%Y-%m-%dT%H:%M:%SZ}; content {done.content[:16]}")
