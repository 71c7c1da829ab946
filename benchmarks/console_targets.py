"""Everything the console, the status pages and the API are asked for: for `benchmarks.console`.

`uncovered` names the routes nobody asks for, so that none is forgotten.
"""

import json
import random
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any, NamedTuple, cast
from urllib.parse import quote, urlencode

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import Route, compile_path

from benchmarks.console_samples import Samples, Shown
from benchmarks.made_book import NOW
from oms_edi.domain.exceptions import Queue, Severity
from oms_edi.domain.lifecycle import Status
from oms_edi.store.stock_page import WHICH
from oms_edi.web.api.app import PARTS, make_api
from oms_edi.web.order_filters import AGES
from oms_edi.web.pages import ROUTES
from oms_edi.web.pages.acknowledgments import TABS
from oms_edi.web.pages.files import STATES
from oms_edi.web.pages.imports import KINDS
from oms_edi.web.site import WebSite
from oms_edi.web.status_pages import status_routes

_API = "/api/v1"
_JSON, _FORM = "application/json", "application/x-www-form-urlencoded"
_MONTH = timedelta(days=30)
#: Months back an item is looked at, in the year the book goes over.
_MONTHS = range(13)


class Target(NamedTuple):
    """Something to be asked for again and again."""

    name: str
    paths: list[str]
    headers: dict[str, str]
    #: What is sent; None = it is only asked for.
    body: Callable[[], str] | None = None
    #: True if orders are placed there, or changed.
    is_act: bool = False

    @property
    def method(self) -> str:
        """How it is asked for."""
        return "POST" if self.body else "GET"


def targets(samples: Samples, shown: Shown, partner: str, *, csrf: str) -> list[Target]:
    """Return every page and call; `csrf` stands in the forms of the session."""
    looks = {"Cookie": f"oms_session={shown.session}"}
    calls = {"Authorization": f"Bearer {shown.key}"}
    return [
        *(Target(name, paths, looks) for name, paths in _pages(samples, partner).items()),
        *_forms(partner, looks, csrf),
        *(Target(name, paths, {}) for name, paths in _status_pages(samples, shown).items()),
        *(Target(f"API {name}", paths, calls) for name, paths in _reads(samples).items()),
        *_sends(samples, calls),
    ]


def uncovered(asked: Iterable[Target]) -> set[str]:
    """Return the pages and status pages, and the calls of the API, that are in no target."""
    routes = list(_routes())
    left = {name for name, *_ in routes}
    for target in asked:
        for path in target.paths:
            plain = path.partition("?")[0]
            for name, method, matches in routes:
                if method == target.method and matches(plain):
                    left.discard(name)
                    break
    return {name for name in left if name.startswith("GET") or "/api/" in name}


def _routes() -> Iterator[tuple[str, str, Callable[[str], object]]]:
    """Yield what is served, in the order in which it is looked for."""
    for page in ROUTES:
        yield _route(page.method, page.path)
    site = cast(WebSite, None)  # nobody is answered
    for one in status_routes(site):
        yield _route("GET", one.path)
    for served in (make_api(None), *(part.router for part in PARTS)):
        prefix = "/api" if isinstance(served, FastAPI) else _API
        for call in served.routes:
            if isinstance(call, Route | APIRoute):
                for method in (call.methods or set()) - {"HEAD"}:
                    yield _route(method, f"{prefix}{call.path}")


def _route(method: str, path: str) -> tuple[str, str, Callable[[str], object]]:
    return f"{method} {path}", method, compile_path(path)[0].match


def _query(path: str, **values: object) -> str:
    return f"{path}?{urlencode(values)}"


def _each(path: str, key: str, values: Iterable[object]) -> dict[str, list[str]]:
    """Return a target for each value of a filter."""
    asked = [_query(path, **{key: value}) for value in values]
    return {one: [one] for one in asked}


def _pages(s: Samples, partner: str) -> dict[str, list[str]]:
    """Return the pages of the console, by name."""
    plain = ("/", "/orders", "/exceptions", "/files", "/sent", "/acknowledgments", "/partners")
    more = ("/stock", "/simulation", "/imports", "/users", "/health", "/orders/new", "/log-in")
    return {
        **{path: [path] for path in (*plain, *more)},
        **_order_pages(s, partner),
        **_lists(s, partner),
        **_stock_pages(s),
        "/imports?what=": [_query("/imports", what=kind) for kind in KINDS],
        "/simulation/{number}": [f"/simulation/{s.simulation}"],
        "/partners/{partner}": [f"/partners/{partner}"],
        "/partners/{warehouse}": ["/partners/wh"],
        "/partners/{partner}/access": [f"/partners/{partner}/access"],
        "/partners/{partner}/guide/{set}": [
            f"/partners/{one}" for one in (f"{partner}/guide/850", "wh/guide/940", "wh/guide/945")
        ],
    }


def _order_pages(s: Samples, partner: str) -> dict[str, list[str]]:
    """Return pages of orders, and about one of them."""
    number = [_query("/orders", q=one) for one in (*s.orders, *s.pos)]
    found = {
        **_each("/orders", "status", Status),
        **_each("/orders", "age", (age.name for age in AGES)),
        **_each("/orders", "node", [s.hot[1]]),
        **_each("/orders", "partner", [partner, "rare"]),
        **_each("/orders", "exceptions", ["yes"]),
        **_each("/orders", "q", ["4711", "store", "tulsa", f"bench {s.hot[0].lower()}", "nowhere"]),
    }
    mixed = {"status": "released", "node": s.hot[1], "partner": partner, "age": "7d"}
    rare = {"node": s.hot[1], "partner": "rare"}
    pages = ("status=shipped", f"node={s.hot[1]}", f"partner={partner}", "q=store", "age=older-30d")
    ids = [int(name[2:]) - 100_000 for name in s.orders]
    return {
        **found,
        "/orders?{several}": [_query("/orders", **mixed)],
        "/orders?{rare and node}": [_query("/orders", **rare)],
        "/orders?{rare and shipped}": [_query("/orders", status="shipped", partner="rare")],
        "/orders?{rare and held}": [_query("/orders", status="held", partner="rare")],
        "/orders?q={number}": number,
        "/orders?q={part of a number}": [_query("/orders", q=one[:-2]) for one in s.pos],
        "/orders?q={tracking}": [_query("/orders", q=one) for one in s.tracking],
        "/orders?q={item}": [_query("/orders", q=one) for one in s.items],
        "/orders?before=": [f"/orders?before={one}" for one in ids],
        **{f"/orders?{one}&before=": [f"/orders?{one}&before={id}" for id in ids] for one in pages},
        "/orders/{order}": [f"/orders/{name}" for name in s.orders],
        "/orders/{waiting}": [f"/orders/{name}" for name in s.waiting],
        "/orders/{order}?line=": [f"/orders/{name}?line=1" for name in s.waiting],
        "/orders/{order}/links": [f"/orders/{name}/links" for name in s.orders],
        "/orders/{order}/documents/{document}": [
            f"/orders/{name}/documents/{number}" for name, number in s.documents
        ],
        "/orders/new?who=": ["/orders/new?who=buyer"],
        "/orders/new?customer=": [f"/orders/new?customer={partner}"],
    }


def _lists(s: Samples, partner: str) -> dict[str, list[str]]:
    """Return exceptions, files and what was sent: filtered, further on, one of them."""
    found: dict[str, list[str]] = {}
    filters: dict[str, dict[str, Iterable[object]]] = {
        "/exceptions": {
            "queue": Queue,
            "severity": Severity,
            "state": ("over", "asleep"),
            "owner": ("me", "nobody"),
            "partner": (partner, "rare"),
            "kind": ("backordered", "item_unknown", "ack_overdue"),
        },
        "/files": {"state": STATES, "partner": (partner, "rare", "wh")},
        "/sent": {"partner": (partner, "rare", "wh"), "waiting": ("yes",)},
        "/acknowledgments": {"verdict": [name for name, _ in TABS], "partner": (partner, "rare")},
    }
    for path, keys in filters.items():
        for key, values in keys.items():
            found |= _each(path, key, values)
    over = {"state": "over", "partner": "rare"}
    return {
        **found,
        "/exceptions?{rare and over}": [_query("/exceptions", **over)],
        "/exceptions?after=": [f"/exceptions?after={one}" for one in s.exceptions],
        "/exceptions?{partner}&after=": [
            f"/exceptions?partner={partner}&after={one}" for one in s.exceptions
        ],
        "/exceptions/{number}": [f"/exceptions/{one}" for one in s.exceptions],
        "/files?before=": [f"/files?before={one}" for one in s.files],
        "/files?{rejected}&before=": [f"/files?state=rejected&before={one}" for one in s.files],
        "/files/{file}": [f"/files/{one}" for one in s.files],
        "/files/{file}/raw": [f"/files/{one}/raw" for one in s.files],
        "/sent?before=": [f"/sent?before={one}" for one in s.sent],
        "/sent?{rare}&before=": [f"/sent?partner=rare&before={one}" for one in s.sent],
        "/sent/{sent}": [f"/sent/{one}" for one in s.sent],
        "/sent/{sent}/raw": [f"/sent/{one}/raw" for one in s.sent],
        "/acknowledgments?{several}": [
            _query("/acknowledgments", verdict=verdict, partner=one)
            for verdict, _ in TABS
            for one in (partner, "rare", "wh")
        ],
    }


def _stock_pages(s: Samples) -> dict[str, list[str]]:
    """Return stock: narrowed, one item, its past, its ledger further back."""
    item, node = s.hot
    hot = f"/stock/{quote(item)}"
    past = [f"{NOW - _MONTH * month:%Y-%m-%dT%H:%M}" for month in _MONTHS]
    return {
        **_each("/stock", "which", WHICH),
        **_each("/stock", "q", ["it", "nothing of it"]),
        "/stock?after=": [_query("/stock", after=one) for one in s.items],
        "/stock/{item}": [f"/stock/{quote(one)}" for one in s.items],
        "/stock/{longest ledger}": [hot],
        "/stock/{longest ledger}?at=": [_query(hot, at=one) for one in past],
        "/stock/{longest ledger}?node=": [_query(hot, node=node)],
        "/stock/{longest ledger}?before=": [
            _query(hot, node=node, before=f"{at} {number}") for at, number in s.entries
        ],
    }


def _forms(partner: str, headers: dict[str, str], csrf: str) -> list[Target]:
    """Return what the form of a new order asks before it is saved."""
    values = {"customer": partner, "po_number": "BENCH-1", "csrf": csrf, "back": "/orders/new"}
    place = {"name": "STORE", "city": "TULSA", "state": "OK", "postal_code": "74133"}
    asked: dict[str, dict[str, Any]] = {
        "{find}": {"do": "find", "words": "it 00"},
        "{add}": {"do": "add:IT-0001"},
        "{check}": {
            "do": "check",
            **place,
            **{name: [""] * 4 for name in ("unit", "unit_price")},
            "item": ["IT-0001", "IT-0037", "IT-0117", "IT-0159"],
            "quantity": ["12", "24", "400000", "3"],
        },
    }
    sent = headers | {"Content-Type": _FORM}

    def body(form: dict[str, Any]) -> Callable[[], str]:
        return lambda: urlencode(values | form, doseq=True)

    return [
        Target(f"POST /orders/new {name}", ["/orders/new"], sent, body(form))
        for name, form in asked.items()
    ]


def _status_pages(s: Samples, shown: Shown) -> dict[str, list[str]]:
    every = f"/s/{shown.all_of_it}"
    return {
        "/s/{order}": [f"/s/{token}" for token in shown.links],
        "/s/{partner}": [every, *(f"{every}?before={name}" for name in s.orders)],
        "/s/{partner}?po=": [f"{every}?po={one}" for one in s.pos],
        "/s/{partner}/{order}": [f"{every}/{name}" for name in s.orders],
    }


def _reads(s: Samples) -> dict[str, list[str]]:
    """Return what a program of the partner reads."""
    orders = [f"/orders/{name}" for name in s.orders]
    found = {
        "/orders": ["/orders", *(f"/orders?before={name}" for name in s.orders)],
        "/orders?limit=200": ["/orders?limit=200"],
        "/orders?po_number=": [f"/orders?po_number={one}" for one in s.pos],
        "/orders/{order}": orders,
        **{
            f"/orders/{{order}}/{part}": [f"{one}/{part}" for one in orders]
            for part in ("lines", "lines/1", "tracking", "changes")
        },
        "/availability": [f"/availability?item=BIT-{n * 5:04d}&qualifier=IN" for n in range(40)],
        "/availability of 50": [
            "/availability?" + "&".join(f"item=BIT-{n:04d}" for n in range(50)) + "&qualifier=IN"
        ],
        "/exceptions": ["/exceptions", *(f"/exceptions?after={one}" for one in s.exceptions)],
        "/exceptions?limit=200": ["/exceptions?limit=200"],
        "/webhooks": ["/webhooks"],
        "/openapi.json": ["/openapi.json"],
        "/docs": ["/docs"],
    }
    return {name: [f"{_API}{path}" for path in paths] for name, paths in found.items()}


def _sends(s: Samples, headers: dict[str, str]) -> list[Target]:
    """Return what a program of the partner sends."""
    sent = headers | {"Content-Type": _JSON}
    waiting = [f"{_API}/orders/{name}" for name in s.waiting]
    changed = [f"{one}/changes" for one in waiting[::2]]
    cancelled = [f"{one}/cancel" for one in waiting[1::2]]
    linked = [f"{_API}/orders/{name}/links" for name in s.orders]
    return [
        Target("API POST /orders", [f"{_API}/orders"], sent, _order, is_act=True),
        Target("API POST /promises", [f"{_API}/promises"], sent, _order),
        Target("API POST /orders/{order}/changes", changed, sent, _change, is_act=True),
        Target("API POST /orders/{order}/cancel", cancelled, sent, lambda: "{}", is_act=True),
        Target("API POST /orders/{order}/links", linked, sent, lambda: "{}", is_act=True),
    ]


def _order() -> str:
    """Return an order as a portal places it."""
    place = {"name": "STORE", "city": "TULSA", "state": "OK", "postal_code": "74133"}
    lines = [
        {"item": f"BIT-{random.randrange(150):04d}", "item_qualifier": "IN", "quantity": 12}
        for _ in range(3)
    ]
    number = f"W{random.randrange(10**12)}"
    return json.dumps({"po_number": number, "ship_to": place, "lines": lines})


def _change() -> str:
    """Return a change of the first line, to a quantity it hardly has."""
    return json.dumps({"lines": [{"line": "1", "quantity": random.randrange(1, 10**5)}]})
