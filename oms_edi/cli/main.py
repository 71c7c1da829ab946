"""`oms-edi`: every command and the exit codes."""

import logging
import sqlite3
import sys
from pathlib import Path

import click

from oms_edi.cli import (
    act,
    check,
    documents,
    endpoints,
    exceptions,
    guide,
    imports,
    inbound,
    master_data,
    new_order,
    notifications,
    orders,
    partners,
    replay,
    run,
    see_to,
    start,
    stock,
    template,
    verify,
    x12,
)
from oms_edi.cli.context import Context
from oms_edi.errors import OmsError, StopDaemon

_EPILOG = """
Exit codes: 0 done; 1 not found, refused, or `verify` and `check` found something; 2 wrong usage;
74 the storage failed; 75 another oms-edi works on this order book, try again; 78 the configuration
is wrong.
"""


@click.group(epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path),
    envvar="OMS_EDI_CONFIG",
    default=Path("config.yaml"),
    show_default=True,
    help="The configuration; also OMS_EDI_CONFIG.",
)
@click.version_option(package_name="oms-edi")
@click.pass_context
def cli(context: click.Context, config_path: Path) -> None:
    """Order management that speaks files.

    Orders arrive as X12 850 or CSV in inbox folders; they are acknowledged, stored, routed to
    warehouses, and their ship notices written to outbox folders. Start with `init` and `run`.
    """
    context.obj = Context(config_path=config_path)


for _command in (
    start.init,
    start.completion,
    run.run,
    check.check,
    orders.orders,
    orders.order,
    exceptions.exceptions,
    notifications.notifications,
    documents.files,
    documents.documents,
    documents.acks,
    stock.stock,
    partners.partners,
    orders.changes,
    orders.trace,
    stock.shares,
    stock.accept_count,
    verify.verify,
    template.template,
    replay.replay,
    master_data.items,
    master_data.prices,
    master_data.customers,
    imports.import_items,
    imports.import_prices,
    imports.import_stock,
    inbound.import_inbound,
    act.release,
    act.cancel,
    act.warehouse_said,
    act.ship_to,
    act.receive,
    see_to.resolve,
    see_to.assign,
    see_to.snooze,
    x12.x12,
    guide.guide,
    endpoints.endpoint,
    endpoints.hostkey,
):
    cli.add_command(_command)


orders.orders.add_command(new_order.new)


def main() -> None:
    """Run the command line; a known error becomes one clear line and its exit code."""
    logging.captureWarnings(True)
    try:
        cli(prog_name="oms-edi")
    except OmsError as error:
        click.secho(f"oms-edi: {error}", fg="red", err=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.exit(0)
    except (OSError, sqlite3.DatabaseError) as error:
        logging.getLogger(__name__).debug("storage failed", exc_info=True)
        click.secho(f"oms-edi: the storage failed: {error}", fg="red", err=True)
        sys.exit(StopDaemon.exit_code)
