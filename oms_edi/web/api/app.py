"""The API as an application of its own; the console mounts it at `/api`."""

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from oms_edi.channels.change_document import CancelDocument, ChangeDocument
from oms_edi.channels.order_document import OrderDocument
from oms_edi.errors import OmsError
from oms_edi.web.api import events, orders, others, placing, problem, reference, stock
from oms_edi.web.api.caller import Meter, Needs
from oms_edi.web.api.models import Problem, WantedLink
from oms_edi.web.api.schema import schemas_of

if TYPE_CHECKING:
    from oms_edi.web.site import WebSite

_TITLE = "oms-edi for trading partners"
_VERSION = "1"
_TEXT = """\
Place, change and cancel orders, and hear how they stand, in the words a customer reads: quantities
in parts that add up, days, carriers, tracking. Nobody sees the orders of somebody else.

Every call shows a key, `Authorization: Bearer oms_...`, made by `oms-edi keys add`. What can be
done twice by a lost answer carries an `Idempotency-Key`. Faults are `application/problem+json` and
name the field. Answers carry an `ETag`; lists go on at `next`. Where people have set it up, your
server is told how orders stand by signed calls (`webhooks`)."""
#: Every call stands in one of these.
PARTS = (orders, placing, stock, others, reference)
#: Models no route names, because it reads or writes them itself.
_READ_BY_US = (OrderDocument, ChangeDocument, CancelDocument, WantedLink, Problem)
_KEY = {"type": "http", "scheme": "bearer", "description": "A key made by `oms-edi keys add`."}


def make_api(site: "WebSite | None") -> FastAPI:
    """Return it; without a site it answers nothing but what it is.

    The framework's pages for people would load scripts from elsewhere: ours is `reference`.
    """
    app = FastAPI(
        title=_TITLE,
        docs_url=None,
        redoc_url=None,
        openapi_url="/v1/openapi.json",
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.site = site
    app.state.meter = Meter()
    for part in PARTS:
        app.include_router(part.router, prefix="/v1")
    problem.handle(app)
    app.openapi = lambda: openapi(app)  # type: ignore[method-assign]
    return app


def openapi(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document, the same whoever serves it."""
    if app.openapi_schema is None:
        found = get_openapi(
            title=_TITLE,
            version=_VERSION,
            description=_TEXT,
            routes=app.routes,
            webhooks=events.router.routes,
            servers=[{"url": "/api"}],
        )
        parts = found["components"]
        ours = schemas_of(*_READ_BY_US)
        if doubled := ours.keys() & parts["schemas"].keys():
            raise OmsError(f"two models of the API are called {', '.join(sorted(doubled))}")
        parts["schemas"] |= ours
        parts["securitySchemes"] = {"key": _KEY}
        scopes = _scopes()
        for methods in found["paths"].values():
            for call in methods.values():
                call["security"] = [{"key": scopes[call["operationId"]]}]
        app.openapi_schema = found
    return app.openapi_schema


def _scopes() -> dict[str, list[str]]:
    """Return what a key needs, by call."""
    return {
        route.name: [
            one.call.scope.value
            for one in route.dependant.dependencies
            if isinstance(one.call, Needs)
        ]
        for part in PARTS
        for route in part.router.routes
        if isinstance(route, APIRoute)
    }
