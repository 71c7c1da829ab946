"""The process of the console: one server, some threads, until SIGTERM."""

import errno
import logging
import os
import signal
import socket
from collections.abc import Callable
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path

import anyio.to_thread
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from oms_edi.errors import Busy, ConfigurationError
from oms_edi.pipeline.frame.step import Places
from oms_edi.store import access
from oms_edi.web.app import make_app
from oms_edi.web.patience import PatientServer
from oms_edi.web.source import Source

log = logging.getLogger(__name__)

_KEEP_ALIVE_S = 15
#: Seconds requests under way may take once a signal came.
_DRAIN_S = 5
#: Connections at a time; more are told to come again.
_MOST = 200


def serve(source: Source, *, host: str, port: int, clock: Callable[[], datetime]) -> None:
    """Serve until SIGTERM or SIGINT; SIGHUP has the settings read again.

    Raises:
        ConfigurationError: it would listen at an address of others without any user.
        Busy: somebody else listens there.
    """
    config, _ = source.settings()
    if not _is_own(host) and not _has_users(Places(var=config.folders.var).access):
        raise ConfigurationError(
            f"without users the console only reads, and only at this machine's own address, not at"
            f" {host}: make a user with `oms-edi users add`, or listen at 127.0.0.1"
        )
    listening = _listening(host, port)
    _step_back(config.web.nice)  # before there are threads: they take it over
    app = make_app(source, clock=clock, is_own=_is_own(host))
    server = PatientServer(
        uvicorn.Config(
            _WithThreads(app, config.web.threads),
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=True,
            proxy_headers=False,  # `oms_edi.web.proxied` does it
            timeout_keep_alive=_KEEP_ALIVE_S,
            timeout_graceful_shutdown=_DRAIN_S,
            limit_concurrency=_MOST,
            ws="none",
            lifespan="on",
        )
    )
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    signal.signal(signal.SIGHUP, lambda *_: source.look_again())
    for number in (signal.SIGTERM, signal.SIGINT):  # the server raises them again once it has ended
        signal.signal(number, lambda *_: None)
    log.info("web.started address=http://%s:%d", host, port)
    server.run(sockets=[listening])
    log.info("web.stopped")


def _listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens there.

    Raises:
        Busy: somebody else does.
        ConfigurationError: this machine has no such address, or this user may not.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        return socket.create_server(found[0][4][:2], family=found[0][0])
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Busy(f"something listens at {host}:{port} already; name another --port") from (
                error
            )
        raise ConfigurationError(f"nothing can listen at {host}:{port}: {error}") from error


def _step_back(nice: int) -> None:
    """Leave the processor to the daemon where both want it; serve all the same if we may not."""
    try:
        os.nice(nice)
    except OSError as error:
        log.warning("web.not_stepped_back nice=%d reason=%s", nice, error.strerror)


def _has_users(path: Path) -> bool:
    if not path.exists():
        return False
    with access.opened(path) as connection:
        return access.has_users(connection)


def _is_own(host: str) -> bool:
    """True for an address only this machine reaches."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


class _WithThreads:
    """Has pages made by so many threads, set once the event loop is there."""

    def __init__(self, app: ASGIApp, threads: int) -> None:
        self._app = app
        self._threads = threads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; at the start set the number."""
        if scope["type"] == "lifespan":
            anyio.to_thread.current_default_thread_limiter().total_tokens = self._threads
        await self._app(scope, receive, send)
