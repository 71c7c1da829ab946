"""`users`: who may log in to the console, with which role."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from oms_edi.cli.context import Context, by_option, json_option, limit_option, pass_context
from oms_edi.cli.output import clean, emit_json, emit_table
from oms_edi.domain.role import ROLES, Role
from oms_edi.errors import NotFound, Refused
from oms_edi.store import access
from oms_edi.web import users as acts

_ROLES = click.Choice([role.value for role in ROLES])
_PASSWORD_CHARACTERS = 2000


@click.group()
def users() -> None:
    """Who may log in to the console; passwords are asked for, never an argument."""


@users.command()
@click.argument("name")
@click.option("--role", type=_ROLES, required=True, help="viewer looks, operator acts.")
@click.option("--no-password", is_flag=True, help="They come by single sign-on only.")
@by_option
@pass_context
def add(context: Context, name: str, role: str, no_password: bool, by: str) -> None:
    """Add NAME; the password is asked for, or read from standard input."""
    password = "" if no_password else _asked()
    made = acts.add(context.places.access, name, Role(role), password, by=by, now=_now())
    click.echo(f"{made.name} is {role}")


@users.command("list")
@json_option
@pass_context
def list_users(context: Context, as_json: bool) -> None:
    """List who may log in."""
    found: list[access.User] = []
    if context.places.access.exists():
        with access.opened(context.places.access) as connection:
            found = access.users(connection)
    rows = [
        (one.name, one.role, "yes" if one.password else "", one.created_at, one.locked_at or "")
        for one in found
    ]
    names = ("name", "role", "password", "added", "locked")
    if as_json:
        return emit_json([dict(zip(names, row, strict=True)) for row in rows])
    return emit_table(names, rows, empty="there are no users: the console only reads")


@users.command()
@click.argument("name")
@click.argument("role", type=_ROLES)
@by_option
@pass_context
def role(context: Context, name: str, role: str, by: str) -> None:
    """Give NAME another role, from their next page on."""
    acts.set_role(_there(context), name, Role(role), by=by, now=_now())
    click.echo(f"{clean(name)} is {role}")


@users.command()
@click.argument("name")
@by_option
@pass_context
def password(context: Context, name: str, by: str) -> None:
    """Give NAME another password; their sessions end."""
    acts.set_password(_there(context), name, _asked(), by=by, now=_now())
    click.echo(f"{clean(name)} has another password, and is logged out")


@users.command()
@click.argument("name")
@click.option("--open", "is_open", is_flag=True, help="Let them in again.")
@by_option
@pass_context
def lock(context: Context, name: str, is_open: bool, by: str) -> None:
    """Lock NAME out, at once."""
    acts.set_locked(_there(context), name, not is_open, by=by, now=_now())
    click.echo(f"{clean(name)} {'may log in again' if is_open else 'is locked out'}")


@users.command()
@click.argument("name")
@by_option
@pass_context
def remove(context: Context, name: str, by: str) -> None:
    """Remove NAME; what they did stays on timelines."""
    acts.remove(_there(context), name, by=by, now=_now())
    click.echo(f"{clean(name)} is removed")


@users.command()
@click.option("--user", default="", help="Only about this user.")
@limit_option
@json_option
@pass_context
def log(context: Context, user: str, limit: int, as_json: bool) -> None:
    """Show who logged in, was refused, or changed users, newest first."""
    found: list[access.Entry] = []
    if context.places.access.exists():
        with access.opened(context.places.access) as connection:
            found = access.entries(connection, limit=limit, user=user)
    if as_json:
        return emit_json([entry._asdict() for entry in found])
    return emit_table(access.Entry._fields, found, empty="nothing yet")


def _there(context: Context) -> Path:
    path = context.places.access
    if not path.exists():
        raise NotFound("there are no users yet; `users add` makes one")
    return path


def _now() -> datetime:
    return datetime.now(UTC)


def _asked() -> str:
    """Ask for a password, twice; a program writes it to standard input."""
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    text = sys.stdin.readline(_PASSWORD_CHARACTERS).rstrip("\r\n")
    if not text:
        raise Refused("write the password to standard input, one line")
    return text
