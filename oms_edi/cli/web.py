"""`oms-edi web`: the console, until a signal ends it."""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import click

from oms_edi.cli.context import Context, Instant, pass_context
from oms_edi.log import configure
from oms_edi.web.serve import serve
from oms_edi.web.source import Source


@click.command()
@click.option("--host", help="The address to listen at; default: web.host.")
@click.option("--port", type=click.IntRange(1, 65535), help="Default: web.port.")
@click.option("--until-eof", is_flag=True, hidden=True, help="End when standard input does.")
@click.option("--now", type=Instant(), help="Pretend it is this instant at the start.")
@pass_context
def web(
    context: Context, host: str | None, port: int | None, until_eof: bool, now: datetime | None
) -> None:
    """Serve the console: pages for people, status pages for customers, an API for programs.

    Without a user (`users add`) it only reads, and only at this machine's own address. A changed
    configuration is read by itself, or at once on SIGHUP.
    """
    configure(context.config.log_format, level=logging.INFO)
    if until_eof:
        threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    source = Source(context.load, context.config_path)
    serve(
        source,
        host=host or context.config.web.host,
        port=port or context.config.web.port,
        clock=_clock_from(now) if now else (lambda: datetime.now(UTC)),
    )


def _clock_from(now: datetime) -> Callable[[], datetime]:
    """Return a clock that goes on from an instant."""
    began = time.monotonic()
    return lambda: now + timedelta(seconds=time.monotonic() - began)


def _end_with_parent() -> None:
    """End this process when the one that started it does, however it does."""
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
