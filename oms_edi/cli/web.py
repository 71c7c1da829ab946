"""`oms-edi web`: the console, until a signal ends it."""

import logging
from datetime import UTC, datetime

import click

from oms_edi.cli.context import Context, now_option, pass_context
from oms_edi.log import configure
from oms_edi.web.serve import serve
from oms_edi.web.source import Source


@click.command()
@click.option("--host", help="The address to listen at; default: web.host.")
@click.option("--port", type=click.IntRange(1, 65535), help="Default: web.port.")
@now_option
@pass_context
def web(context: Context, host: str | None, port: int | None, now: datetime | None) -> None:
    """Serve the console: pages for people, status pages for customers, an API for programs.

    Without a user (`users add`) it only reads, and only at this machine's own address. A changed
    configuration is read by itself, or at once on SIGHUP.
    """
    configure(context.config.log_format, level=logging.INFO)
    source = Source(context.load, context.config_path)
    serve(
        source,
        host=host or context.config.web.host,
        port=port or context.config.web.port,
        clock=(lambda: now) if now else (lambda: datetime.now(UTC)),
    )
