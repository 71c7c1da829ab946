"""Links to status pages: made for an order or a partner, shown once, expiring, revocable.

An address holds a random number, the day it ends and a signature over both, nothing else: it tells
nothing, a guess is refused without a look at any table, and of the number only its hash is kept.
Where a program asks under an idempotency key the number follows from that key and from what
addresses are signed with, so that a request whose answer was lost is answered with the same link.
"""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from oms_edi.config.config import Config
from oms_edi.errors import KeyUsed, NotFound, Refused
from oms_edi.store import access, status_links
from oms_edi.store.access import Entry
from oms_edi.store.status_links import StatusLink
from oms_edi.store.timeline import stamp

#: Where status pages lie.
PLACE = "/s/"
#: A link lasts at most so long; who needs more makes another one.
MAX_DAYS = 400
_ID_BYTES, _END_BYTES, _SIGN_BYTES = 16, 4, 16


class MadeLink(NamedTuple):
    """A link as it is shown, once."""

    link_id: int
    url: str
    expires_at: str
    #: True if it was made before, under this idempotency key.
    is_replayed: bool


class Expired(NotFound):
    """This link has ended; ask whoever sent it for a new one."""


def make(
    config: Config,
    path: Path,
    *,
    partner: str,
    order_id: int | None,
    days: int,
    by: str,
    now: datetime,
    asked_at: str = "",
    key: str = "",
) -> MadeLink:
    """Make a link to how one order of a partner stands, or all of them (`order_id` None).

    `asked_at` is the address whoever asks for it used; it counts where none is configured. `key`
    is the idempotency key of a program: asked again with it, this returns the link that is there.

    Raises:
        Refused: it would last too long, or not at all; or what the key made was revoked.
        KeyUsed: the key made a link to something else, or for another time.
    """
    if not 1 <= days <= MAX_DAYS:
        raise Refused(f"a link lasts 1 to {MAX_DAYS} days")
    link = StatusLink(0, partner, order_id, stamp(now), by, stamp(now + timedelta(days=days)), None)
    with access.opened(path) as connection, access.changed(connection):
        signing = status_links.signing_key(connection)
        number = _number_of(signing, partner, key) if key else secrets.token_bytes(_ID_BYTES)
        known = status_links.find_link(connection, _sha(number)) if key else None
        if known is None:
            link_id = status_links.add_link(connection, link, token_sha=_sha(number))
            about = "all orders" if order_id is None else f"order {order_id}"
            text = f"link {link_id} to {about}, until {link.expires_at}"
            access.note(connection, Entry(stamp(now), "link.added", partner, by, "", text))
        else:
            _check_same(known, link)
            link_id, link = known.link_id, known
    signed = number + int(_instant(link.expires_at).timestamp()).to_bytes(_END_BYTES, "big")
    token = base64.urlsafe_b64encode(signed + _signature(signing, signed)).decode()
    url = f"{config.web.url or asked_at or address(config)}{PLACE}{token}"
    return MadeLink(link_id, url, link.expires_at, is_replayed=known is not None)


def _number_of(signing: bytes, partner: str, key: str) -> bytes:
    """Return the number of a key's link: always the same, and to everybody else a random one."""
    told = b"link of a key " + json.dumps([partner, key]).encode()
    return hmac.new(signing, told, hashlib.sha256).digest()[:_ID_BYTES]


def _check_same(known: StatusLink, wanted: StatusLink) -> None:
    """Refuse to answer a request with the link of another one.

    Raises:
        KeyUsed: it was another request.
        Refused: the link was revoked.
    """
    if (known.order_id, _lasts(known)) != (wanted.order_id, _lasts(wanted)):
        raise KeyUsed()
    if known.revoked_at:
        raise Refused("the link of this request was revoked; ask for another one with a new key")


def _lasts(link: StatusLink) -> timedelta:
    return _instant(link.expires_at) - _instant(link.created_at)


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def revoke(path: Path, link_id: int, *, by: str, now: datetime) -> StatusLink:
    """Have a link show nothing any more, at once.

    Raises:
        NotFound: there is none with this number.
        Refused: it is revoked already.
    """
    with access.opened(path) as connection, access.changed(connection):
        link = status_links.read_link(connection, link_id)
        if link is None:
            raise NotFound(f"there is no link {link_id}; `link list` names them")
        if link.revoked_at:
            raise Refused(f"link {link_id} was revoked {link.revoked_at}")
        status_links.revoke_link(connection, link_id, at=stamp(now))
        entry = Entry(stamp(now), "link.revoked", link.partner, by, "", f"link {link_id}")
        access.note(connection, entry)
    return link


def follow(path: Path, token: str, *, now: datetime) -> StatusLink:
    """Return what a link shows.

    Raises:
        NotFound: it is none of ours, or was changed on its way.
        Expired: it was one; it ended, or was revoked.
    """
    signed, given = _taken_apart(token)
    if not path.exists():
        raise NotFound("there is no such page")
    with access.opened(path) as connection:
        made = _signature(status_links.signing_key(connection), signed)
        if not hmac.compare_digest(made, given):
            raise NotFound("there is no such page")
        if int.from_bytes(signed[_ID_BYTES:], "big") <= now.timestamp():
            raise Expired()
        link = status_links.find_link(connection, _sha(signed[:_ID_BYTES]))
    if link is None:
        raise NotFound("there is no such page")
    if link.revoked_at or link.expires_at <= stamp(now):
        raise Expired()
    return link


def address(config: Config) -> str:
    """Return how people reach this console, without a slash at the end."""
    web = config.web
    return web.url or f"http://{web.host}:{web.port}"


def _taken_apart(token: str) -> tuple[bytes, bytes]:
    """Return what is signed, and the signature; one address is written in one way only."""
    size = _ID_BYTES + _END_BYTES
    try:
        raw = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != size + _SIGN_BYTES or base64.urlsafe_b64encode(raw).decode() != token:
        raise NotFound("there is no such page")
    return raw[:size], raw[size:]


def _sha(number: bytes) -> str:
    return hashlib.sha256(number).hexdigest()


def _signature(key: bytes, signed: bytes) -> bytes:
    return hmac.new(key, b"status link " + signed, hashlib.sha256).digest()[:_SIGN_BYTES]
