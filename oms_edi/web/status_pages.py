"""Status pages: what a signed link shows to whoever has it, without a log-in.

Beside the console, with nothing of it: no session, no cookie, no navigation, and none of our words.
The page is `oms_edi.channels.status_html`'s, the one customers get as a file.
"""

import base64
import hashlib
import logging
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from oms_edi.channels import status_html
from oms_edi.channels.markup import Html
from oms_edi.domain.lifecycle import order_name, parse_order_name
from oms_edi.errors import NotFound, OmsError
from oms_edi.pipeline.frame.step import Places, Step
from oms_edi.pipeline.replies.order_words import notes_of
from oms_edi.pipeline.replies.read_status import read_statuses
from oms_edi.store import portal, status
from oms_edi.store.status_links import StatusLink
from oms_edi.web import links
from oms_edi.web.site import WebSite

log = logging.getLogger(__name__)

_ROWS = 30
_PO_CHARACTERS = 40
_STYLE = base64.b64encode(hashlib.sha256(status_html.STYLE.encode()).digest()).decode()
_HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE}';"
    " form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}
_NOT_THERE = "There is no such page. Please check that the whole link was copied."
_ENDED = "This link has ended. Whoever sent it can send a new one."
_NOT_NOW = "This cannot be shown just now. Please try again in a moment."


def status_routes(site: WebSite) -> list[Route]:
    """Return the routes of status pages."""

    def served(show: Callable[[_Asked], Html]) -> Callable[[Request], object]:
        async def endpoint(request: Request) -> Response:
            return await run_in_threadpool(_answer, site, request, show)

        return endpoint

    return [
        Route(links.PLACE + "{token}", served(_link), methods=["GET"]),
        Route(links.PLACE + "{token}/{order}", served(_one_of_many), methods=["GET"]),
    ]


class _Asked:
    """One look at a status page, by somebody whose link is in force."""

    def __init__(self, request: Request, step: Step, link: StatusLink) -> None:
        self.request = request
        self.step = step
        self.link = link
        self.here = f"{links.PLACE}{request.path_params['token']}"

    @property
    def company(self) -> str:
        """Who we are."""
        return self.step.config.company.name

    def query(self, name: str) -> str:
        """Return a value of the query."""
        return self.request.query_params.get(name, "").strip()[:_PO_CHARACTERS]


def _answer(site: WebSite, request: Request, show: Callable[[_Asked], Html]) -> Response:
    config, partners = site.source.settings()
    places, now = Places(var=config.folders.var), site.clock()
    try:
        link = links.follow(places.access, request.path_params["token"], now=now)
        step = Step(
            connection=site.books.for_others(places.database),
            config=config,
            partners=partners,
            now=now,
        )
        html = show(_Asked(request, step, link))
    except links.Expired:
        return _plain(410, "This link has ended", _ENDED)
    except NotFound:
        return _plain(404, "Not found", _NOT_THERE)
    except OmsError as error:
        log.error("status_page.failed reason=%s", error)
        return _plain(503, "Not now", _NOT_NOW)
    finally:
        site.books.let_go()
    return HTMLResponse(html, headers=_HEADERS)


def _plain(code: int, title: str, text: str) -> Response:
    return HTMLResponse(status_html.notice(title, text), code, _HEADERS)


def _link(asked: _Asked) -> Html:
    """Show what the link leads to: an order, or all of a partner."""
    if asked.link.order_id is None:
        return _all_orders(asked)
    return _order(asked, asked.link.order_id, is_alone=True)


def _one_of_many(asked: _Asked) -> Html:
    """Show one order of a link to all of a partner."""
    name = asked.request.path_params["order"]
    order_id = parse_order_name(name)
    if asked.link.order_id is not None or order_id is None or order_name(order_id) != name:
        raise NotFound
    return _order(asked, order_id, is_alone=False)


def _order(asked: _Asked, order_id: int, *, is_alone: bool) -> Html:
    step = asked.step
    own = portal.own_order(step.connection, asked.link.partner, order_id)
    found = read_statuses(step, [order_id]) if own else {}
    if order_id not in found:
        raise NotFound
    now = found[order_id][1]
    title = status_html.name_of(now)
    parts = [status_html.heading(title, asked.company)]
    if not is_alone:
        parts.append(status_html.way_back(asked.here))
    notes = notes_of(status.open_exceptions(step.connection, order_id))
    parts.append(status_html.order(now, notes))
    return status_html.page(title, *parts, at=step.now)


def _all_orders(asked: _Asked) -> Html:
    step, before, po_number = asked.step, asked.query("before"), asked.query("po")
    found = portal.own_orders(
        step.connection,
        asked.link.partner,
        before=(parse_order_name(before) or 0) if before else None,
        limit=_ROWS,
        po_number=po_number or None,
    )
    page = found.orders
    told = read_statuses(step, [one.order_id for one in page])
    rows = [
        (f"{asked.here}/{order_name(one.order_id)}", told[one.order_id][1])
        for one in page
        if one.order_id in told
    ]
    more = f"{asked.here}?before={order_name(page[-1].order_id)}" if found.has_more else ""
    title = "Your orders"
    return status_html.page(
        title,
        status_html.heading(title, asked.company),
        status_html.search(asked.here, po_number),
        status_html.orders(rows, more=more, is_first=not before and not po_number, here=asked.here),
        at=step.now,
    )
