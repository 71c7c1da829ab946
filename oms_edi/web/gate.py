"""Who is asking: known by a session, or by a proxy that has logged them in.

Without users everybody may look, as long as nothing but this machine can ask. A session is a random
token in a cookie no script reads and no other site sends; only its hash is kept.
"""

import hashlib
import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from sqlite3 import Connection

from starlette.requests import Request
from starlette.responses import Response

from oms_edi.config.config import Config
from oms_edi.domain.role import Role
from oms_edi.errors import ConfigurationError
from oms_edi.pipeline.frame.step import Places
from oms_edi.store import access, sessions
from oms_edi.store.access import Entry
from oms_edi.store.sessions import Session
from oms_edi.store.timeline import stamp
from oms_edi.web import log_in
from oms_edi.web.visitor import Visitor

#: Before somebody is known: what ties a log-in form to who asked for it.
_VISIT = "oms_visit"
_SESSION = "oms_session"
#: What a proxy adds; where one does, it is not this machine that asks.
_FORWARDED = (
    *("x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "forwarded", "via"),
    *("x-real-ip", "x-forwarded-server", "x-forwarded-port", "cf-connecting-ip"),
)
#: A session in use is noted so often, not at every page.
_SEEN_EVERY = timedelta(minutes=1)


class Gate:
    """Knows visitors."""

    def __init__(self, *, is_own: bool, sso_header: str) -> None:
        """`is_own`: only this machine reaches the address that is listened at.

        `sso_header` is the one `Proxied` takes off of others' requests: no other is believed, even
        if the settings name one by now.
        """
        self._is_own = is_own
        self._sso_header = sso_header
        #: True once there were users; that their file is gone, or empty, then opens nothing.
        self._is_guarded = False

    def visitor(self, request: Request, config: Config, now: datetime) -> Visitor:
        """Return who asks."""
        visit = request.cookies.get(_VISIT, "")
        is_new = len(visit) < 20
        visit = secrets.token_urlsafe(24) if is_new else visit
        nobody = Visitor(
            name="", role=Role.ANYBODY, csrf=_csrf(visit), visit=visit if is_new else ""
        )
        path = Places(var=config.folders.var).access
        if not path.exists():
            if self._is_guarded:
                raise ConfigurationError(f"{path} is gone, and the users with it")
            return self._without_users(nobody, request, config)
        with access.opened(path) as connection:
            if not access.has_users(connection):
                return self._without_users(nobody, request, config)
            self._is_guarded = True
            nobody = replace(nobody, is_guarded=True)
            found = self._session(connection, request, config, now)
            token = request.cookies.get(_SESSION, "")
            if config.web.sso_header and config.web.sso_header == self._sso_header:
                name = request.headers.get(config.web.sso_header, "").strip().casefold()
                if found and (found.user != name and (name or found.how == "sso")):
                    found = None
                if name and not found:
                    return _by_proxy(connection, nobody, name, request, now)
            user = access.user(connection, found.user) if found else None
            if found is None or user is None or user.locked_at:
                return nobody
            if now - datetime.fromisoformat(found.seen_at) > _SEEN_EVERY:
                sessions.see(connection, found, stamp(now))
        return Visitor(
            name=user.name, role=Role(user.role), csrf=_csrf(token), is_guarded=True, visit=""
        )

    def _without_users(self, nobody: Visitor, request: Request, config: Config) -> Visitor:
        """Return a visitor who may look, if nobody but this machine can be asking."""
        is_proxied = bool(config.web.proxies) or any(name in request.headers for name in _FORWARDED)
        is_open = self._is_own and not is_proxied and not self._is_guarded
        return replace(nobody, role=Role.VIEWER) if is_open else nobody

    @staticmethod
    def _session(
        connection: Connection, request: Request, config: Config, now: datetime
    ) -> Session | None:
        token = request.cookies.get(_SESSION, "")
        found = sessions.session(connection, token) if token else None
        if found is None:
            return None
        rest = timedelta(hours=config.web.idle_h)
        is_old = stamp(now - timedelta(hours=config.web.session_h)) > found.created_at
        # As far ahead as back: a clock that was wrong and set right would keep it for as long.
        is_idle = not stamp(now - rest) <= found.seen_at <= stamp(now + rest)
        return None if is_old or is_idle else found

    @staticmethod
    def log_out(request: Request, path_of_access: Places, now: datetime) -> None:
        """End the session of who asks."""
        token = request.cookies.get(_SESSION, "")
        with access.opened(path_of_access.access) as connection:
            found = sessions.session(connection, token) if token else None
            if found is None:
                return
            with access.changed(connection):
                sessions.end_session(connection, found)
                entry = Entry(stamp(now), "session.ended", found.user, found.user, "", "logged out")
                access.note(connection, entry)


def _by_proxy(
    connection: Connection, nobody: Visitor, name: str, request: Request, now: datetime
) -> Visitor:
    """Return a user whom a trusted proxy names, under a session that begins now."""
    user = access.user(connection, name)
    if user is None or user.locked_at:
        return nobody
    with access.changed(connection):
        begun = log_in.begin(connection, user=name, how="sso", address=address_of(request), now=now)
    return Visitor(
        name=name,
        role=Role(user.role),
        csrf=_csrf(begun.token),
        is_guarded=True,
        visit="",
        session=begun.token,
    )


def address_of(request: Request) -> str:
    """Return from where somebody asks."""
    return request.client.host if request.client else ""


def keep(response: Response, visitor: Visitor, *, is_secure: bool) -> None:
    """Give a visitor the cookies that are new."""
    for name, value in ((_VISIT, visitor.visit), (_SESSION, visitor.session)):
        if value:
            response.set_cookie(
                name, value, path="/", httponly=True, samesite="strict", secure=is_secure
            )


def forget(response: Response) -> None:
    """Take the cookies back."""
    for name in (_VISIT, _SESSION):
        response.delete_cookie(name, path="/", httponly=True, samesite="strict")


def _csrf(token: str) -> str:
    """Return what a form of this visitor must bring along; it tells nothing of the token."""
    return hashlib.sha256(f"form {token}".encode()).hexdigest()[:40]
