"""`oms-edi`: every command and the exit codes."""

import logging
import sqlite3
import sys
from importlib import import_module
from pathlib import Path

import click

from oms_edi.cli.context import Context
from oms_edi.errors import OmsError, StopDaemon
from oms_edi.log import for_journal, is_journal

_EPILOG = """
Exit codes: 0 done; 1 not found, refused, or `verify` and `check` found something; 2 wrong usage;
74 the storage failed; 75 another oms-edi works on this order book, try again; 78 the configuration
is wrong.
"""


#: Every command: the module of `cli/` it stands in, and its name there.
COMMANDS = {
    "init": "start.init",
    "completion": "start.completion",
    "run": "run.run",
    "web": "web.web",
    "users": "users.users",
    "keys": "keys.keys",
    "link": "link.link",
    "webhook": "webhook.webhook",
    "check": "check.check",
    "orders": "orders.orders",
    "order": "orders.order",
    "exceptions": "exceptions.exceptions",
    "notifications": "notifications.notifications",
    "files": "documents.files",
    "documents": "documents.documents",
    "acks": "documents.acks",
    "stock": "stock.stock",
    "partners": "partners.partners",
    "changes": "orders.changes",
    "trace": "orders.trace",
    "shares": "stock.shares",
    "accept-count": "stock.accept_count",
    "verify": "verify.verify",
    "quarantine": "quarantine.quarantine",
    "resend": "send_again.resend",
    "reissue": "send_again.reissue",
    "doctor": "doctor.doctor",
    "health": "doctor.health",
    "backup": "backup.backup",
    "restore": "backup.restore",
    "purge": "purge.purge",
    "template": "template.template",
    "replay": "replay.replay",
    "simulate": "simulate.simulate",
    "items": "master_data.items",
    "prices": "master_data.prices",
    "customers": "master_data.customers",
    "suppliers": "suppliers.suppliers",
    "import-items": "imports.import_items",
    "import-prices": "imports.import_prices",
    "import-stock": "imports.import_stock",
    "import-supplier-items": "imports.import_supplier_items",
    "import-inbound": "inbound.import_inbound",
    "release": "act.release",
    "hold": "act.hold",
    "cancel": "act.cancel",
    "warehouse-said": "act.warehouse_said",
    "supplier-said": "act.supplier_said",
    "ship-to": "act.ship_to",
    "receive": "act.receive",
    "resolve": "see_to.resolve",
    "assign": "see_to.assign",
    "snooze": "see_to.snooze",
    "x12": "x12.x12",
    "guide": "guide.guide",
    "install-service": "install.install_service",
    "partner": "install.partner",
    "endpoint": "endpoints.endpoint",
    "hostkey": "endpoints.hostkey",
}


class _Commands(click.Group):
    """Commands whose modules are loaded when one is asked for: `orders` needs no SFTP."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return every name, in the order of `--help`."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return one command, None if there is none."""
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name].split(".")
        command: click.Command = getattr(import_module(f"oms_edi.cli.{module}"), name)
        return command


@click.group(
    cls=_Commands, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]}
)
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

    Orders arrive as X12, CSV, JSON or order forms in inbox folders, or by phone; they are
    acknowledged, stored, routed to warehouses, and their ship notices written to outbox folders.
    Start with `init` and `run`.
    """
    context.obj = Context(config_path=config_path)


def main() -> None:
    """Run the command line; a known error becomes one clear line and its exit code."""
    logging.captureWarnings(True)
    try:
        cli(prog_name="oms-edi")
    except OmsError as error:
        _say_last(f"oms-edi: {error}")
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.exit(0)
    except (OSError, sqlite3.DatabaseError) as error:
        logging.getLogger(__name__).debug("storage failed", exc_info=True)
        _say_last(f"oms-edi: the storage failed: {error}")
        sys.exit(StopDaemon.exit_code)


def _say_last(text: str) -> None:
    if is_journal():
        text = for_journal(text, "ERROR")
    click.secho(text, fg="red", err=True)
