"""Health: what `oms-edi health` would say now, and how partners' servers do; for administrators.

It reads, and asks no server: `doctor` and `endpoint test` do.
"""

from importlib.metadata import version
from sqlite3 import Connection

from starlette.responses import Response

from oms_edi.domain.role import Role
from oms_edi.store import remote
from oms_edi.upkeep.finding import Checkup, Finding, Level, warn
from oms_edi.upkeep.health import check_daemon, is_running, judge
from oms_edi.web.asked import Asked
from oms_edi.web.route import page

#: How a level is told, and its tone; the worst first.
_LEVELS = {
    Level.FAIL: ("wrong", "bad"),
    Level.WARN: ("see to it", "warn"),
    Level.OK: ("good", "good"),
}


def show(asked: Asked) -> Response:
    """Show what is not well before what is."""

    def make(connection: Connection) -> list[Finding]:
        checkup = Checkup(
            config_path=asked.site.source.path,
            config=asked.config,
            partners=asked.partners,
            book=connection,
            now=asked.now,
            is_running=is_running(asked.places),
        )
        found = [_daemon(checkup), *judge(checkup, is_daemon_wanted=False)]
        return sorted(found, key=lambda finding: list(_LEVELS).index(finding.level))

    servers = {row.partner: row for row in remote.endpoints(asked.connection)}
    return asked.page(
        "health.html",
        findings=asked.kept("health", make),
        levels=_LEVELS,
        servers=[(one, servers.get(one.id)) for one in asked.partners if one.sftp],
        release=version("oms_edi"),
    )


def _daemon(checkup: Checkup) -> Finding:
    """Say whether it runs; where this console is none of its, nobody may want one."""
    found = check_daemon(checkup)
    if found.level == Level.FAIL and not checkup.config.web.enabled:
        return warn(found.check, "none runs now", "start it, unless `run --once` is run by cron")
    return found


ROUTES = (page("/health", show, role=Role.ADMINISTRATOR),)
