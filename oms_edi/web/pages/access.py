"""Keys of a customer's programs, and links to status pages: made, shown once, revoked."""

from starlette.responses import Response

from oms_edi.domain.lifecycle import order_name
from oms_edi.domain.role import Role
from oms_edi.domain.scope import Scope
from oms_edi.errors import NotFound, Refused
from oms_edi.partners.profile import PartnerProfile
from oms_edi.pipeline.people.acts import find_order
from oms_edi.store import access, api_keys, orders, outbox, status_links
from oms_edi.store.status_links import StatusLink
from oms_edi.store.timeline import stamp
from oms_edi.web import keys, links
from oms_edi.web.asked import Asked
from oms_edi.web.route import act, page

#: Rows of a table.
_ROWS = 50
_PER_MINUTE, _MOST_PER_MINUTE, _MOST_DAYS = 600, 100_000, 3650
_DAYS = 30


def _customer(asked: Asked) -> PartnerProfile:
    profile = asked.partners.find(str(asked.path["partner"]))
    if profile is None or profile.role != "customer":
        raise NotFound(f"there is no customer {str(asked.path['partner'])[:40]}")
    return profile


def _number(asked: Asked, name: str, *, most: int, default: int | None) -> int | None:
    """Return a number of a form.

    Raises:
        Refused: it is none, or too large.
    """
    if not asked.text(name):
        return default
    value = asked.number(name)
    if not value or value > most:
        raise Refused(f"{name.replace('_', ' ')} is a number from 1 to {most}")
    return value


def show(asked: Asked) -> Response:
    """Show the keys and links of a customer, and how its webhook stands."""
    profile = _customer(asked)
    found_keys: list[api_keys.ApiKey] = []
    found_links: list[StatusLink] = []
    if asked.places.access.exists():
        with access.opened(asked.places.access) as connection:
            found_keys = api_keys.keys(connection, partner=profile.id, limit=_ROWS)
            found_links = status_links.links(connection, partner=profile.id, limit=_ROWS)
    return asked.page(
        "access.html",
        profile=profile,
        keys=[(key, keys.state_of(key, asked.now)) for key in found_keys],
        links=[_told(asked, link) for link in found_links],
        scopes=list(Scope),
        hook=outbox.call_state(asked.connection, profile.id) if profile.webhook else None,
        per_minute=_PER_MINUTE,
        days=_DAYS,
        most_days=links.MAX_DAYS,
    )


def _told(asked: Asked, link: StatusLink) -> tuple[StatusLink, str, str]:
    """Return a link with its state, and the order it is about."""
    state = "expired" if link.expires_at <= stamp(asked.now) else "in force"
    return (
        link,
        "revoked" if link.revoked_at else state,
        order_name(link.order_id) if link.order_id else "",
    )


def add_key(asked: Asked) -> Response:
    """Make a key; it stands on the page that answers, this once."""
    profile = _customer(asked)
    known = {scope.value for scope in Scope}
    made = keys.add(
        asked.places.access,
        profile.id,
        asked.text("name"),
        scopes=[Scope(one) for one in asked.texts("scope") if one in known],
        per_minute=_number(asked, "per_minute", most=_MOST_PER_MINUTE, default=_PER_MINUTE) or 1,
        days=_number(asked, "days", most=_MOST_DAYS, default=None),
        by=asked.actor,
        now=asked.now,
    )
    return asked.page(
        "shown_once.html",
        what=f"Key {made.key_id} of {profile.id}",
        label="Key",
        value=made.secret,
        back=f"/partners/{profile.id}/access",
    )


def revoke_key(asked: Asked) -> Response:
    """Have a key open nothing any more."""
    key = keys.revoke(asked.places.access, asked.numbered("key"), by=asked.actor, now=asked.now)
    told = f"Key {key.key_id}, {key.name}, opens nothing any more."
    return asked.go(f"/partners/{key.partner}/access", told=told)


def add_link(asked: Asked) -> Response:
    """Make a link to all orders of a customer."""
    return _make(asked, _customer(asked).id, None, back="access")


def show_links(asked: Asked) -> Response:
    """Show the links to the status page of an order."""
    step = asked.looking()
    order_id = find_order(step, str(asked.path["order"]))
    found: list[StatusLink] = []
    if asked.places.access.exists():
        with access.opened(asked.places.access) as connection:
            found = status_links.links(connection, limit=_ROWS, order_id=order_id)
    return asked.page(
        "order_links.html",
        order=order_name(order_id),
        partner=orders.partner_of(asked.connection, order_id),
        links=[_told(asked, link) for link in found],
        days=_DAYS,
        most_days=links.MAX_DAYS,
    )


def add_order_link(asked: Asked) -> Response:
    """Make a link to one order; its address stands on the page that answers, this once."""
    order_id = find_order(asked.looking(), str(asked.path["order"]))
    partner = orders.partner_of(asked.connection, order_id)
    return _make(asked, partner, order_id, back="")


def _make(asked: Asked, partner: str, order_id: int | None, *, back: str) -> Response:
    made = links.make(
        asked.config,
        asked.places.access,
        partner=partner,
        order_id=order_id,
        days=_number(asked, "days", most=links.MAX_DAYS, default=_DAYS) or _DAYS,
        by=asked.actor,
        now=asked.now,
        asked_at=str(asked.request.base_url).rstrip("/"),
    )
    about = f"all orders of {partner}" if order_id is None else order_name(order_id)
    return asked.page(
        "shown_once.html",
        what=f"Link {made.link_id} to {about}, until {made.expires_at[:10]}",
        label="Address",
        value=made.url,
        back=f"/partners/{partner}/{back}"
        if back
        else f"/orders/{order_name(order_id or 0)}/links",
    )


def revoke_link(asked: Asked) -> Response:
    """Have a link show nothing any more."""
    link = links.revoke(asked.places.access, asked.numbered("link"), by=asked.actor, now=asked.now)
    return asked.go(asked.back, told=f"Link {link.link_id} shows nothing any more.")


ROUTES = (
    page("/partners/{partner}/access", show, role=Role.ADMINISTRATOR),
    act("/partners/{partner}/keys", add_key, role=Role.ADMINISTRATOR),
    act("/keys/{key}/revoke", revoke_key, role=Role.ADMINISTRATOR),
    act("/partners/{partner}/links", add_link, role=Role.ADMINISTRATOR),
    page("/orders/{order}/links", show_links, role=Role.OPERATOR),
    act("/orders/{order}/links", add_order_link, role=Role.OPERATOR),
    act("/links/{link}/revoke", revoke_link, role=Role.OPERATOR),
)
