"""`link`: addresses of status pages, for people who wait and have no log-in."""

from datetime import datetime

import click

from oms_edi.cli.context import (
    Context,
    by_option,
    json_option,
    limit_option,
    now_option,
    partner_option,
    pass_context,
)
from oms_edi.cli.output import emit_json, emit_table
from oms_edi.domain.lifecycle import order_name
from oms_edi.errors import NotFound, Refused
from oms_edi.pipeline.people.acts import find_order
from oms_edi.store import access, orders, status_links
from oms_edi.store.status_links import StatusLink
from oms_edi.store.timeline import stamp
from oms_edi.web import links as acts

_days_option = click.option(
    "--days",
    type=click.IntRange(1, acts.MAX_DAYS),
    default=30,
    show_default=True,
    help="How long it lasts.",
)


@click.group()
def link() -> None:
    """Addresses of status pages, for people who wait; they expire and can be revoked."""


@link.command()
@click.argument("order")
@_days_option
@by_option
@now_option
@pass_context
def order(context: Context, order: str, days: int, by: str, now: datetime | None) -> None:
    """Make a link to how ORDER (PO or order number) stands, in its customer's words."""
    step = context.step(now=now)
    order_id = find_order(step, order)
    partner = orders.partner_of(step.connection, order_id)
    _make(context, partner, order_id, days=days, by=by, now=step.now)


@link.command()
@click.argument("partner")
@_days_option
@by_option
@now_option
@pass_context
def partner(context: Context, partner: str, days: int, by: str, now: datetime | None) -> None:
    """Make a link to how all orders of PARTNER stand, those to come included."""
    profile = context.partners.find(partner)
    if profile is None:
        raise NotFound(f"no partner {partner}")
    if profile.role != "customer":
        raise Refused(f"{partner} is a {profile.role}, which orders nothing")
    _make(context, partner, None, days=days, by=by, now=context.step(now=now).now)


def _make(
    context: Context, partner: str, order_id: int | None, *, days: int, by: str, now: datetime
) -> None:
    made = acts.make(
        context.config,
        context.places.access,
        partner=partner,
        order_id=order_id,
        days=days,
        by=by,
        now=now,
    )
    click.echo(f"link {made.link_id}, until {made.expires_at}; it is not shown again:", err=True)
    click.echo(made.url)


@link.command("list")
@partner_option
@limit_option
@json_option
@now_option
@pass_context
def list_links(
    context: Context, partner: str | None, limit: int, as_json: bool, now: datetime | None
) -> None:
    """List links, newest first; none of them can be shown again."""
    context.check_partner(partner)
    found = []
    if context.places.access.exists():
        with access.opened(context.places.access) as connection:
            found = status_links.links(connection, partner=partner, limit=limit)
    at = stamp(context.step(now=now).now)
    if as_json:
        return emit_json([{**one._asdict(), "state": _state(one, at)} for one in found])
    return emit_table(
        ("link", "partner", "order", "state", "until", "made by", "made"),
        [
            (
                one.link_id,
                one.partner,
                "all" if one.order_id is None else order_name(one.order_id),
                _state(one, at),
                one.expires_at,
                one.created_by,
                one.created_at,
            )
            for one in found
        ],
        empty="there are no links",
    )


def _state(one: StatusLink, at: str) -> str:
    if one.revoked_at:
        return "revoked"
    return "expired" if one.expires_at <= at else "in force"


@link.command()
@click.argument("link", type=int)
@by_option
@now_option
@pass_context
def revoke(context: Context, link: int, by: str, now: datetime | None) -> None:
    """Have LINK (its number) show nothing any more, at once."""
    if not context.places.access.exists():
        raise NotFound("there are no links yet")
    acts.revoke(context.places.access, link, by=by, now=context.step(now=now).now)
    click.echo(f"link {link} shows nothing any more")
