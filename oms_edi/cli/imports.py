"""Master data from CSV files: import-items, -prices, -stock, -supplier-items."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from oms_edi.cli.context import Context, by_option, json_option, now_option, pass_context
from oms_edi.cli.output import clean, emit_json
from oms_edi.domain.counted import counted
from oms_edi.pipeline.master import import_supplier_items as supplier_items
from oms_edi.pipeline.master import imports

_SHOWN = 20


def import_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what every import takes: the file, who, a dry run, JSON."""
    command = json_option(command)
    command = click.option("--dry-run", is_flag=True, help="Only show what would change.")(command)
    command = by_option(command)
    command = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))(
        command
    )
    return now_option(command)


def report(done: imports.Imported, *, dry_run: bool, as_json: bool) -> None:
    """Print what an import changed, or would."""
    if as_json:
        return emit_json({"dry_run": dry_run, **asdict(done)})
    for change in done.changes[:_SHOWN]:
        before = f"{clean(change.before)} -> " if change.before else "new: "
        click.echo(f"  {clean(change.what)}: {before}{clean(change.after)}")
    if len(done.changes) > _SHOWN:
        click.echo(f"  and {len(done.changes) - _SHOWN} more")
    verb = "would change" if dry_run else "changed"
    click.echo(f"{counted(done.rows, 'row')} read, {len(done.changes)} {verb}")
    if done.cured:
        cured = counted(done.cured, "waiting order or line", "waiting orders or lines")
        click.echo(f"{cured} went on")
    return None


@click.command("import-items")
@import_options
@pass_context
def import_items(
    context: Context, file: Path, by: str, dry_run: bool, as_json: bool, now: datetime | None
) -> None:
    """Import items, units and cross-references from FILE (CSV).

    Columns: item, description, unit, weight_g, pack; optional gtin, units (CA=12;DZ=12),
    needs (hazmat), ids (partner:IN=4711;partner:BP=99). Lines that waited for them go on.
    """
    step = context.step(now=now, make=True)
    done = imports.import_items(step, file, actor=by, dry_run=dry_run)
    report(done, dry_run=dry_run, as_json=as_json)


@click.command("import-prices")
@import_options
@pass_context
def import_prices(
    context: Context, file: Path, by: str, dry_run: bool, as_json: bool, now: datetime | None
) -> None:
    """Import prices of one base unit from FILE (CSV).

    Columns: partner (empty = everyone), item, price; optional minimum and multiple: base units of
    it sold at least, and by how many.
    """
    step = context.step(now=now, make=True)
    done = imports.import_prices(step, file, actor=by, dry_run=dry_run)
    report(done, dry_run=dry_run, as_json=as_json)


@click.command("import-stock")
@import_options
@pass_context
def import_stock(
    context: Context, file: Path, by: str, dry_run: bool, as_json: bool, now: datetime | None
) -> None:
    """Import counts as of now from FILE (CSV): node, item, on_hand. Promises stay."""
    step = context.step(now=now, make=True)
    done = imports.import_stock(step, file, actor=by, dry_run=dry_run)
    report(done, dry_run=dry_run, as_json=as_json)


@click.command("import-supplier-items")
@import_options
@pass_context
def import_supplier_items(
    context: Context, file: Path, by: str, dry_run: bool, as_json: bool, now: datetime | None
) -> None:
    """Import all that suppliers sell us from FILE (CSV).

    Columns: supplier, item, supplier_item, cost (of one base unit); optional minimum and multiple:
    base units of a line it sells at least, and by how many. What a supplier in it sold before and
    is not in it is not bought any more.
    """
    step = context.step(now=now, make=True)
    done = supplier_items.import_supplier_items(step, file, actor=by, dry_run=dry_run)
    report(done, dry_run=dry_run, as_json=as_json)
