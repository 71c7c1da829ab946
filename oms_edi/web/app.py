"""The console as an ASGI application: every route declared, every answer guarded."""

import logging
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from sqlite3 import DatabaseError
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Scope

from oms_edi.domain.role import Role
from oms_edi.errors import OmsError, StopDaemon
from oms_edi.store.search_index import is_damaged
from oms_edi.web import faults
from oms_edi.web.api.app import make_api
from oms_edi.web.asked import Asked
from oms_edi.web.form import read_form
from oms_edi.web.gate import Gate
from oms_edi.web.guard import Guard, is_from_elsewhere
from oms_edi.web.pages import ROUTES
from oms_edi.web.proxied import Proxied
from oms_edi.web.route import PageRoute
from oms_edi.web.site import WebSite
from oms_edi.web.source import Source
from oms_edi.web.status_pages import status_routes
from oms_edi.web.view import STATIC, View
from oms_edi.web.warm import keep_warm

log = logging.getLogger(__name__)

#: Seconds for which figures may still be counted once nobody is served any more.
_END_S = 2.0


def make_app(
    source: Source,
    *,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    is_own: bool = True,
) -> ASGIApp:
    """Return what a server runs; `is_own`: at an address only this machine reaches."""
    config, _ = source.settings()
    view = View(paths=frozenset(route.path for route in ROUTES))
    gate = Gate(is_own=is_own, sso_header=config.web.sso_header)
    site = WebSite(source=source, clock=clock, gate=gate, view=view)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        ended = threading.Event()
        warming = threading.Thread(target=keep_warm, args=(site, ended), name="warm", daemon=True)
        warming.start()
        try:
            yield
        finally:
            ended.set()
            warming.join(_END_S)

    app = Starlette(
        lifespan=lifespan,
        routes=[
            *(_route(site, route) for route in ROUTES),
            *status_routes(site),
            Mount("/api", make_api(site)),
            Mount("/static", _Kept(directory=STATIC)),
        ],
        exception_handlers={
            HTTPException: faults.handler(site),
            ClientDisconnect: faults.gone,
            Exception: faults.crash_handler(site),
        },
    )
    app.router.redirect_slashes = False
    url = urlsplit(config.web.url)
    hosts = (config.web.host, url.hostname or "", *config.web.hosts)
    guarded = Guard(app, hosts=[host for host in hosts if host], is_tls=url.scheme == "https")
    return Proxied(guarded, proxies=config.web.proxies, sso_header=config.web.sso_header)


class _Kept(StaticFiles):
    """Files of our own; their addresses change with them, so browsers may keep them."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Serve one."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def _route(site: WebSite, declared: PageRoute) -> Route:
    """Return a declared route as the framework has it."""

    async def endpoint(request: Request) -> Response:
        form = FormData()
        if declared.method == "POST":
            if is_from_elsewhere(request.headers):
                raise HTTPException(403, "This form was sent by another site.")
            form = await read_form(request, site, declared.role)
        is_form, is_for_all = declared.method == "POST", declared.role is Role.ANYBODY
        take = site.let_in if is_for_all else site.act
        run = take if is_form else run_in_threadpool
        try:
            return await run(_answer, site, declared, request, form)
        finally:
            await form.close()

    name = f"{declared.method} {declared.path}"
    found: Callable[[Request], Awaitable[Response]] = endpoint
    return Route(declared.path, found, methods=[declared.method], name=name)


def _answer(site: WebSite, declared: PageRoute, request: Request, form: FormData) -> Response:
    """Answer one request, in a thread of its own."""
    config, partners = site.source.settings()
    now = site.clock()
    try:
        visitor = site.gate.visitor(request, config, now)
    except OmsError as error:
        log.error("gate.failed reason=%s", error)
        raise HTTPException(503, "Nobody can be let in just now; try again.") from error
    asked = Asked(
        request=request,
        site=site,
        visitor=visitor,
        config=config,
        partners=partners,
        now=now,
        form=form,
    )
    try:
        if refusal := faults.refusal(asked, declared):
            return refusal
        response = _of_sound_index(asked, declared)
    except OmsError as error:
        response = faults.answer(asked, error)
    finally:
        site.books.let_go()
    return response


def _of_sound_index(asked: Asked, declared: PageRoute) -> Response:
    """Answer; once more where the index of orders was damaged, and is made anew."""
    try:
        return declared.answer(asked)
    except DatabaseError as error:
        path = asked.places.database.with_name("search.db")
        is_look = declared.method == "GET"
        if not (is_look and asked.site.finder.is_made_anew(path, error)):
            if is_damaged(error):
                raise StopDaemon(f"the order book cannot be read: {error}; see `doctor`") from error
            raise
    return declared.answer(asked)
