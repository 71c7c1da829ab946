"""`endpoint`, `hostkey`: partners' SFTP servers, and whether they can be trusted and reached."""

import secrets
import time
from collections.abc import Callable
from typing import TypeVar

import click

from oms_edi.cli.context import Context, json_option, pass_context
from oms_edi.cli.output import clean, emit_json, emit_table
from oms_edi.domain.counted import counted
from oms_edi.errors import EndpointRefused, NotFound, TransientError
from oms_edi.partners.profile import PartnerProfile
from oms_edi.partners.sftp import SftpSettings
from oms_edi.store import remote
from oms_edi.transports.credentials import read_credential
from oms_edi.transports.errand import Secrets
from oms_edi.transports.sftp import Session, session
from oms_edi.transports.ssh import scan_host_keys

T = TypeVar("T")


@click.group()
def endpoint() -> None:
    """Partners' SFTP servers: how visits went, and a visit to try one out."""


@endpoint.command("list")
@json_option
@pass_context
def list_endpoints(context: Context, as_json: bool) -> None:
    """List partners' servers with their last visits."""
    known = {row.partner: row for row in remote.endpoints(context.attach())}
    found = []
    for profile in context.partners:
        if profile.sftp is None:
            continue
        row = known.get(profile.id)
        found.append(
            {
                "partner": profile.id,
                "server": f"{profile.sftp.host}:{profile.sftp.port}",
                "every_s": profile.sftp.every_s,
                "good_at": row.good_at if row else "",
                "failures": row.failures if row else 0,
                "problem": row.problem if row else "",
            }
        )
    if as_json:
        return emit_json(found)
    headers = ("partner", "server", "every_s", "good_at", "failures", "problem")
    empty = "no mapping has an sftp section"
    emit_table(headers, [[row[name] for name in headers] for row in found], empty=empty)
    return None


@endpoint.command("test")
@click.argument("partner")
@pass_context
def test_endpoint(context: Context, partner: str) -> None:
    """Log in at a partner's server, list, and write, rename and remove a small file of ours.

    Nothing of theirs is fetched or removed. Exit 1 if a step fails; it says which setting helps.
    """
    profile = _profile(context, partner)
    settings = profile.sftp
    assert settings is not None
    folder = context.config.folders.credentials
    known = Secrets(
        password=read_credential(settings.password_credential, folder),
        key=read_credential(settings.key_credential, folder),
        passphrase=read_credential(settings.passphrase_credential, folder),
    )
    began = time.monotonic()
    with session(settings, known) as opened:
        _say("connect, host key, login", began)
        _try_fetch(opened, settings)
        _try_put(opened, settings)


def _profile(context: Context, partner: str) -> PartnerProfile:
    profile = context.partners.by_id(partner)
    if profile.sftp is None:
        raise NotFound(f"the mapping of {partner} has no sftp section")
    return profile


def _try_fetch(opened: Session, settings: SftpSettings) -> None:
    fetch = settings.fetch
    if fetch is None:
        return
    found = _timed(
        f"list {fetch.folder}", lambda: opened.list_files(fetch.folder, limit=fetch.max_listed)
    )
    click.echo(f"  {counted(len([file for file in found if file.is_regular]), 'file')} there")


def _try_put(opened: Session, settings: SftpSettings) -> None:
    put = settings.put
    if put is None:
        return
    path = f"{put.folder}/.oms-edi-probe-{secrets.token_hex(4)}"
    _timed(f"write to {put.folder}", lambda: opened.put(path, b"probe\n"))
    if put.mode == "rename":
        _timed("rename", lambda: opened.publish(path, f"{path}.done"))
        path = f"{path}.done"
    if put.takes_at_once:
        click.echo("remove: not tried, their server takes files at once")
    else:
        _timed("remove", lambda: opened.remove(path))


def _timed(what: str, do: Callable[[], T]) -> T:
    began = time.monotonic()
    try:
        result = do()
    except (EndpointRefused, TransientError) as error:
        raise type(error)(f"{what}: {error}") from error
    _say(what, began)
    return result


def _say(what: str, began: float) -> None:
    click.echo(f"{clean(what)}: ok, {(time.monotonic() - began) * 1000:.0f} ms")


@click.group()
def hostkey() -> None:
    """Keys by which partners' SFTP servers are known."""


@hostkey.command("scan")
@click.argument("server", metavar="PARTNER|HOST[:PORT]")
@json_option
@pass_context
def scan(context: Context, server: str, as_json: bool) -> None:
    """Print the host keys a server shows, as they are written into `sftp.host_keys`.

    Compare them with what the partner tells you by another way before you trust them: whoever
    stands between you and the partner would show keys of their own.
    """
    host, port, pinned = _address(context, server)
    found = scan_host_keys(host, port)
    if as_json:
        return emit_json([{"host_key": pin, "pinned": pin in pinned} for pin in found])
    for pin in found:
        click.echo(f"{pin}{'  (pinned)' if pin in pinned else ''}")
    return None


def _address(context: Context, server: str) -> tuple[str, int, tuple[str, ...]]:
    """Return host, port and pins of a partner, or of an address no partner is called by."""
    if context.config_path.exists():
        profile = context.partners.find(server)
        if profile and profile.sftp:
            return profile.sftp.host, profile.sftp.port, profile.sftp.host_keys
    host, _, port = server.rpartition(":") if server.count(":") == 1 else (server, "", "22")
    if not port.isdecimal():
        raise click.BadParameter("a partner with an sftp section, or HOST or HOST:PORT")
    return host, int(port), ()
