"""`doctor`, `health`: is everything as it should be, and what to do where it is not."""

import sqlite3
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime

import click

from oms_edi.cli.context import Context, json_option, now_option, pass_context
from oms_edi.cli.output import clean, emit_json
from oms_edi.errors import OmsError
from oms_edi.upkeep.doctor import examine
from oms_edi.upkeep.finding import Checkup, Finding, Level, exit_code
from oms_edi.upkeep.health import is_running, judge

_COLORS = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "red"}


@click.command()
@click.option("--quiet", is_flag=True, help="Only what is not as it should be.")
@json_option
@now_option
@pass_context
def doctor(context: Context, quiet: bool, as_json: bool, now: datetime | None) -> None:
    """Check machine, folders, order book, backups and partners' servers, each with its remedy.

    Run it as the user of the daemon. Exit 0: all is well; 1: something should be seen to; 2:
    something is wrong.
    """
    _report(examine(_checkup(context, now)), quiet=quiet, as_json=as_json)


@click.command()
@click.option("--without-daemon", is_flag=True, help="For sites where cron runs `run --once`.")
@json_option
@now_option
@pass_context
def health(context: Context, without_daemon: bool, as_json: bool, now: datetime | None) -> None:
    """Say in a moment whether all is well: exit 0 good, 1 degraded, 2 bad. `doctor` says more."""
    findings = judge(_checkup(context, now), is_daemon_wanted=not without_daemon)
    _report(findings, quiet=True, as_json=as_json)


def _checkup(context: Context, now: datetime | None) -> Checkup:
    book = None
    with suppress(OmsError, sqlite3.DatabaseError):
        book = context.attach()
    return Checkup(
        config_path=context.config_path,
        config=context.config,
        partners=context.partners,
        book=book,
        now=now or datetime.now(UTC),
        is_running=is_running(context.places),
    )


def _report(findings: Iterable[Finding], *, quiet: bool, as_json: bool) -> None:
    found = list(findings)
    levels = [finding.level for finding in found]
    code = exit_code(levels)
    if as_json:
        emit_json(
            {
                "status": ("good", "degraded", "bad")[code],
                "findings": [
                    {"level": f.level, "check": f.check, "text": f.text, "remedy": f.remedy}
                    for f in found
                ],
            }
        )
    else:
        for finding in found:
            if quiet and finding.level == Level.OK:
                continue
            level = click.style(f"{finding.level:<5}", fg=_COLORS[finding.level])
            click.echo(f"{level} {finding.check:<16} {clean(finding.text)}")
            if finding.remedy:
                click.echo(f"{'':<22} -> {clean(finding.remedy)}")
        click.echo(("good", "degraded", "bad")[code])
    raise SystemExit(code)
