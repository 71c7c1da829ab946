"""`import-inbound`: goods that are to come, from CSV."""

from datetime import datetime
from pathlib import Path

import click

from oms_edi.cli.context import Context, pass_context
from oms_edi.cli.imports import import_options, report
from oms_edi.pipeline.master import import_inbound as inbound


@click.command("import-inbound")
@import_options
@pass_context
def import_inbound(
    context: Context, file: Path, by: str, dry_run: bool, as_json: bool, now: datetime | None
) -> None:
    """Import goods that are to come from FILE (CSV), such as open purchase orders.

    Columns: reference, node, item, units (all that was ordered), due_on; optional delivery.
    A new day or number of units corrects what was told before; 0 units: nothing more will come.
    """
    step = context.step(now=now, make=True)
    done = inbound.import_inbound(step, file, actor=by, dry_run=dry_run)
    report(done, dry_run=dry_run, as_json=as_json)
