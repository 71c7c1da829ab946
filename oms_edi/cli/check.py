"""`oms-edi check`: what a file is, whose, and what would happen to it. No effects."""

import tempfile
from pathlib import Path

import click

from oms_edi.cli.context import Context, json_option, pass_context
from oms_edi.cli.output import clean, emit_json
from oms_edi.domain.counted import counted
from oms_edi.domain.issue import Severity
from oms_edi.errors import NotFound
from oms_edi.pipeline.check import Checked, check_file


@click.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--partner", help="Whose file it is; default: the sender in it, or its folder.")
@click.option("--config", "config_only", is_flag=True, help="Check configuration and mappings.")
@json_option
@pass_context
def check(
    context: Context,
    files: tuple[Path, ...],
    partner: str | None,
    config_only: bool,
    as_json: bool,
) -> None:
    """Say what each of FILES is, whose, what would happen, and every issue in it. No effects.

    Exit 1 if a file, or any part of it, would not be taken as it is.
    """
    if bool(files) == config_only:
        raise click.UsageError("name FILES, or --config")
    if config_only:
        return _told_of_config(context, as_json=as_json)
    if partner and context.partners.find(partner) is None:
        raise NotFound(f"there is no mapping {partner}.yaml")
    found = [_try(context, path, partner) for path in files]
    if as_json:
        emit_json([checked.to_json() for checked in found])
    else:
        for checked in found:
            _print(checked)
    if any(checked.state != "accepted" or _faulty(checked) for checked in found):
        raise SystemExit(1)
    return None


def _told_of_config(context: Context, *, as_json: bool) -> None:
    """Load everything and say how much it is; what is wrong is an error before."""
    nodes, partners = len(context.config.nodes), len(list(context.partners))
    if as_json:
        emit_json({"config": context.config_path, "nodes": nodes, "partners": partners})
    else:
        told = f"{counted(nodes, 'node')}, {counted(partners, 'partner')}"
        click.echo(f"{context.config_path}: {told}")


def _try(context: Context, path: Path, partner: str | None) -> Checked:
    with tempfile.TemporaryDirectory(prefix="oms-edi-check-") as scratch:
        return check_file(
            context.config, context.partners, path, partner=partner, scratch=Path(scratch)
        )


def _faulty(checked: Checked) -> bool:
    return any(issue.severity is not Severity.NOTE for issue in checked.issues)


def _print(checked: Checked) -> None:
    click.secho(
        f"{clean(checked.path)}: {checked.kind} of {checked.partner or 'nobody we know'}:"
        f" {checked.state}",
        bold=True,
    )
    if checked.reason:
        click.echo(f"  {clean(checked.reason)}")
    for issue in checked.issues:
        code = f" (code {issue.code})" if issue.code else ""
        click.echo(f"  {issue.severity}: {clean(issue)}{code}")
    for text in checked.effects:
        click.echo(f"  would: {clean(text)}")
