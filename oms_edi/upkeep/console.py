"""Checks of the console: does it answer, who may log in."""

import http.client
from collections.abc import Iterator

from oms_edi.store import access
from oms_edi.upkeep.finding import Checkup, Finding, fail, ok, warn

#: Seconds it may take to answer.
_WITHIN_S = 3


def check_console(checkup: Checkup) -> Iterator[Finding]:
    """It answers where it should, and nobody reads who should not."""
    web = checkup.config.web
    if not web.enabled:
        return
    where = f"http://{web.host}:{web.port}"
    if not checkup.is_running:
        yield warn("console", "it runs with the daemon, which does not", "systemctl status oms-edi")
    elif (status := _status(web.host, web.port)) is None:
        yield fail("console", f"nothing answers at {where}", "see the log of the daemon")
    elif status >= http.client.INTERNAL_SERVER_ERROR:
        yield fail("console", f"{where} answers {status}", "see the log of the daemon")
    else:
        yield ok("console", f"it answers at {where}")


def check_users(checkup: Checkup) -> Iterator[Finding]:
    """Somebody may act, where the console is to be acted with."""
    if not checkup.config.web.enabled:
        return
    path = checkup.places.access
    users = []
    if path.exists():
        with access.opened(path) as connection:
            users = access.users(connection)
    if not users:
        yield warn(
            "users", "none: the console only reads", "oms-edi users add NAME --role operator"
        )
    else:
        yield ok("users", f"{len(users)} may log in to the console")


def _status(host: str, port: int) -> int | None:
    """Return what a page answers, None where nobody does."""
    own = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    connection = http.client.HTTPConnection(own, port, timeout=_WITHIN_S)
    try:
        connection.request("GET", "/log-in", headers={"Host": "localhost"})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
