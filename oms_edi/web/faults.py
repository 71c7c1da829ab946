"""What a person reads when something is not there, not theirs, or went wrong."""

import logging
from collections.abc import Callable
from datetime import datetime
from hmac import compare_digest
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from oms_edi.domain.role import Role
from oms_edi.errors import ConfigurationError, NotFound, OmsError, Refused, TransientError
from oms_edi.web.api import problem
from oms_edi.web.asked import Asked
from oms_edi.web.route import PageRoute
from oms_edi.web.site import WebSite

log = logging.getLogger(__name__)

_TITLES = {
    403: "Not for you",
    404: "Not found",
    405: "Not found",
    409: "Refused",
    411: "Not read",
    413: "Too large",
    415: "Not read",
    503: "Not now",
}
_NOT_NOW = "This cannot be done just now; the log of the console says why."
_CRASHED = (
    "Something went wrong here; the log of the console has it. A form may be sent again: what was"
    " done is not done twice."
)


def refusal(asked: Asked, declared: PageRoute) -> Response | None:
    """Return why this visitor may not, None if they may."""
    visitor, request = asked.visitor, asked.request
    if declared.method == "POST" and not _is_ours(asked.text("csrf"), visitor.csrf):
        return _no(asked, "This form is too old; load its page again, and send it anew.")
    if visitor.may(declared.role):
        return None
    if not visitor.is_guarded:
        where = "at this machine's own address " if not visitor.may(Role.VIEWER) else ""
        return _no(
            asked, f"Without users the console only reads {where}; `oms-edi users add` makes one."
        )
    if visitor.name:
        return _no(asked, f"This needs the role {declared.role}; {visitor.name} is {visitor.role}.")
    if declared.method == "POST":
        return _no(asked, "You are not logged in any more.")
    if request.headers.get("sec-fetch-site") == "cross-site":
        # A link elsewhere: browsers keep our cookie back, once.
        return asked.page("again.html")
    return asked.go(f"/log-in?{urlencode({'to': asked.here})}")


def _is_ours(csrf: str, expected: str) -> bool:
    return compare_digest(csrf.encode(), expected.encode())


def _no(asked: Asked, text: str) -> Response:
    return asked.page("fault.html", status=403, title=_TITLES[403], text=text)


def answer(asked: Asked, error: OmsError) -> Response:
    """Say what an error means for a person; after a form, on the page it stood on."""
    may_know = asked.visitor.may(Role.VIEWER)
    is_form = asked.request.method == "POST"
    if is_form and may_know and isinstance(error, (Refused, NotFound, TransientError)):
        return asked.go(asked.back, told=str(error), is_fault=True)
    status = 500
    for kind, code in ((NotFound, 404), (Refused, 409), (TransientError, 503)):
        if isinstance(error, kind):
            status = code
    if isinstance(error, ConfigurationError):
        status = 503
    if status in (500, 503):
        log.error("page.failed path=%s reason=%s", asked.request.url.path, error)
    title = _TITLES.get(status, "Failed")
    # Names of files and what is wrong with them are for who may see the rest, too.
    text = str(error) if may_know else _NOT_NOW
    return asked.page("fault.html", status=status, title=title, text=text)


def handler(site: WebSite) -> Callable[[Request, Exception], Response]:
    """Return what answers a path nobody declared."""

    def handle(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if request.url.path.startswith("/api/"):
            return problem.plain(request, error)
        code = error.status_code
        text = error.detail if code not in (404, 405) else "There is no such page."
        return _bare(site, code, _TITLES.get(code, "Failed"), text, site.clock())

    return handle


def gone(request: Request, error: Exception) -> Response:
    """Answer somebody who hung up in the middle of a form: nobody hears it."""
    return Response(status_code=400)


def crash_handler(site: WebSite) -> Callable[[Request, Exception], Response]:
    """Return what answers a fault of our own; the framework logs and raises it."""

    def handle(request: Request, error: Exception) -> Response:
        return _bare(site, 500, "Failed", _CRASHED, site.clock())

    return handle


def _bare(site: WebSite, status: int, title: str, text: str, now: datetime) -> Response:
    """Return a page that knows of no visitor and no book."""
    html = site.view.render("bare.html", asked=None, now=now, title=title, text=text)
    return HTMLResponse(html, status_code=status)
