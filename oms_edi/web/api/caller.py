"""Whose program asks: known by its key, held to its scopes and to so many calls a minute."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, get_origin

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from oms_edi.config.config import Config
from oms_edi.domain.scope import Scope
from oms_edi.errors import OmsError
from oms_edi.partners.book import PartnerBook
from oms_edi.partners.profile import PartnerProfile
from oms_edi.pipeline.frame.step import Places, Step
from oms_edi.store import access, api_keys
from oms_edi.store.api_keys import ApiKey
from oms_edi.store.timeline import stamp
from oms_edi.web import keys
from oms_edi.web.api.problem import Problem

if TYPE_CHECKING:
    from oms_edi.web.site import WebSite

_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="oms-edi"'}
_NO_KEY = "send `Authorization: Bearer` with a key that is in force"
#: A key in use is noted so often, not at every call.
_SEEN_EVERY = timedelta(hours=1)
_LONGEST_KEY = 200
_LONGEST_NAME = 60


class _Bucket(NamedTuple):
    """Calls a key has left, as of an instant."""

    left: float
    at_s: float


class Meter:
    """Counts calls by key: so many a minute, and no more than those at once."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: dict[int, _Bucket] = {}

    def take(self, key: ApiKey) -> float:
        """Take a call; return the seconds to wait until there is one, 0 if it was taken."""
        now = self._clock()
        with self._lock:
            known = self._buckets.get(key.key_id, _Bucket(key.per_minute, now))
            left = min(key.per_minute, known.left + (now - known.at_s) * key.per_minute / 60)
            is_taken = left >= 1
            self._buckets[key.key_id] = _Bucket(left - is_taken, now)
            return 0.0 if is_taken else (1 - left) * 60 / key.per_minute


@dataclass(frozen=True, kw_only=True)
class Caller:
    """One call, of a partner's program that may make it."""

    site: "WebSite"
    config: Config
    partners: PartnerBook
    profile: PartnerProfile
    key: ApiKey
    now: datetime

    @property
    def partner(self) -> str:
        """Whose orders these are."""
        return self.profile.id

    @property
    def actor(self) -> str:
        """Who acts, for the timeline."""
        return f"key {self.key.key_id} ({self.key.name})"

    @property
    def places(self) -> Places:
        """The folders below `var/`."""
        return Places(var=self.config.folders.var)

    @contextmanager
    def reading(self) -> Iterator[Step]:
        """Look at one state of the book; nothing can be written."""
        connection = self.site.books.for_others(self.places.database)
        try:
            yield self._step(connection)
        finally:
            self.site.books.let_go()

    def acting(self) -> Step:
        """Return the surroundings of one act."""
        book = self.site.books.for_others(self.places.database, acts_at=self.now)
        return self._step(book)

    def _step(self, connection: Any) -> Step:
        return Step(
            connection=connection,
            config=self.config,
            partners=self.partners,
            now=self.now,
            memory=self.site.books.memory(),
        )


class Needs:
    """Asks for a key with a scope, and counts the call."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    async def __call__(self, request: Request) -> Caller:
        """Return who asks.

        Raises:
            Problem: nobody we know, not allowed, or too often.
        """
        kind, _, secret = request.headers.get("authorization", "").partition(" ")
        secret = secret.strip()
        is_ours = secret.startswith(keys.PREFIX) and len(secret) <= _LONGEST_KEY
        if kind.lower() != "bearer" or not is_ours:
            raise Problem(401, _NO_KEY, headers=_CHALLENGE)
        found = await run_in_threadpool(_find, request.app.state.site, secret)
        wait_s = request.app.state.meter.take(found.key)
        if wait_s:
            detail = f"this key makes {found.key.per_minute} calls a minute"
            raise Problem(429, detail, headers={"Retry-After": str(int(wait_s) + 1)})
        if self.scope not in found.key.scopes:
            raise Problem(403, f"this key has not the scope {self.scope}")
        _check_query(request)
        return found


def _check_query(request: Request) -> None:
    """Refuse a parameter nobody reads: a misspelt filter would be no filter.

    Raises:
        Problem: there is such a one, or one that may stand once stands twice.
    """
    known = {one.alias: one for one in request.scope["route"].dependant.query_params}
    for name in request.query_params:
        fault = ""
        if name not in known:
            fault = "is no parameter of this call"
        elif len(request.query_params.getlist(name)) > 1:
            is_list = get_origin(known[name].field_info.annotation) is list
            fault = "" if is_list else "stands twice"
        if fault:
            error = {"in": "query", "name": name[:_LONGEST_NAME], "detail": fault}
            raise Problem(422, "a parameter is not valid", errors=[error])


def _find(site: "WebSite", secret: str) -> Caller:
    """Return who shows this key.

    Raises:
        Problem: it is none, is over, or its partner is no customer any more.
    """
    config, partners = site.source.settings()
    now = site.clock()
    path = Places(var=config.folders.var).access
    if not path.exists():
        raise Problem(401, _NO_KEY, headers=_CHALLENGE)
    try:
        with access.opened(path) as connection:
            key = api_keys.find_key(connection, secret)
            if key is None or keys.state_of(key, now) != "in force":
                raise Problem(401, _NO_KEY, headers=_CHALLENGE)
            if not key.seen_at or key.seen_at < stamp(now - _SEEN_EVERY):
                api_keys.see_key(connection, key.key_id, at=stamp(now))
    except OmsError as error:
        raise Problem(503, "no key can be read now", headers={"Retry-After": "5"}) from error
    profile = partners.find(key.partner)
    if profile is None or profile.role != "customer":
        raise Problem(403, "the partner of this key is no customer any more")
    return Caller(site=site, config=config, partners=partners, profile=profile, key=key, now=now)
