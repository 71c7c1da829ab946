"""`oms-edi run`: the daemon, or one run until nothing is left."""

import logging
import sys
from datetime import UTC, datetime

import click

from oms_edi.cli.context import Context, now_option, pass_context
from oms_edi.cli.output import clean
from oms_edi.daemon.serve import serve
from oms_edi.daemon.signals import handled
from oms_edi.log import configure
from oms_edi.pipeline.people.tell import tell
from oms_edi.pipeline.run import Runner, owner
from oms_edi.upkeep.premises import check_disk


@click.command()
@click.option("--once", is_flag=True, help="Collect, decide, deliver until nothing is left; exit.")
@now_option
@pass_context
def run(context: Context, once: bool, now: datetime | None) -> None:
    """Watch the inboxes and do the whole job; SIGTERM ends it after the file at hand.

    With --once: do everything there is to do now, then exit 0.
    """
    if now and not once:
        raise click.UsageError("--now needs --once: a daemon lives in real time")
    configure(context.config.log_format, level=logging.WARNING if once else logging.INFO)
    config, partners = context.config, context.partners
    check_disk(config.folders.var)
    if not once:
        serve(context.load, console=_console(context))
        return
    with owner(config), handled() as signals:
        runner = Runner(
            config=config,
            partners=partners,
            clock=(lambda: now) if now else (lambda: datetime.now(UTC)),
            stopping=signals.is_stopping,
        )
        done = runner.once()
        runner.stop()
        tell(config, runner.connection, clock=runner.clock)
    click.echo(str(done))
    for path, reason in sorted(runner.settling.waiting.items()):
        click.echo(f"waits: {clean(path.parent.name)}/{clean(path.name)}: {reason}")


def _console(context: Context) -> tuple[str, ...]:
    """Return the command that serves the console, with the Python that runs us, as it does."""
    isolated = ("-I",) if sys.flags.isolated else ()
    config = str(context.config_path.resolve())
    return (sys.executable, *isolated, "-m", "oms_edi", "--config", config, "web", "--until-eof")
