"""`install-service`, `partner`: what root sets up once; `--dry-run` shows the commands."""

from pathlib import Path
from typing import TextIO

import click

from oms_edi.cli.context import Context, pass_context
from oms_edi.errors import NotFound
from oms_edi.host import partner as partners
from oms_edi.host import service
from oms_edi.host.plan import Change, make, shell

_dry_run = click.option("--dry-run", is_flag=True, help="Print the commands and change nothing.")


@click.command("install-service")
@_dry_run
def install_service(dry_run: bool) -> None:
    """Set up user, folders, a starter configuration and the systemd units of this installation.

    What is there stays: a configuration is never overwritten, and it can be run again.
    """
    _do(service.plan(is_systemd=_is_systemd()), dry_run=dry_run)
    if not dry_run:
        click.echo(
            f"now put your settings into {service.ETC}, then: systemctl enable --now oms-edi"
            " oms-edi-backup.timer"
        )


@click.group()
def partner() -> None:
    """Set up trading partners on this machine."""


@partner.command("add")
@click.argument("name")
@click.option("--sftp", is_flag=True, help="The partner visits us by SFTP.")
@click.option("--key", type=click.File(), help="The partner's public key; - is standard input.")
@click.option("--owner", default=service.USER, show_default=True, help="User of the daemon.")
@_dry_run
@pass_context
def add(
    context: Context, name: str, sftp: bool, key: TextIO | None, owner: str, dry_run: bool
) -> None:
    """Make the folders of partner NAME, and with --sftp its login, key and jail.

    Its mapping must be there. Only root can; --dry-run prints the commands instead. Folders of a
    daemon that runs as yourself need nothing but mkdir.
    """
    if context.partners.find(name) is None:
        raise NotFound(f"there is no mapping {name}.yaml yet; copy one and adapt it first")
    folders = context.config.folders
    if not sftp:
        changes = partners.folders_of(name, inbox=folders.inbox, outbox=folders.outbox, owner=owner)
    elif key is None:
        raise click.UsageError("--sftp needs the partner's public key: --key FILE")
    else:
        changes = partners.sftp_of(
            name,
            inbox=folders.inbox,
            outbox=folders.outbox,
            public_key=key.read(),
            is_systemd=_is_systemd(),
            daemon=owner,
        )
    _do(changes, dry_run=dry_run)
    if not dry_run:
        click.echo(f"{name} is set up" + (f"; it logs in as {partners.user_of(name)}" * sftp))


def _is_systemd() -> bool:
    """True where systemd runs this machine."""
    return Path("/run/systemd/system").is_dir()


def _do(changes: list[Change], *, dry_run: bool) -> None:
    if dry_run:
        click.echo(shell(changes), nl=False)
    else:
        make(changes)
