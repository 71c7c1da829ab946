"""What calls have in common: who asks, the body, the answer with its mark, pages by key."""

import hashlib
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Header, Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from oms_edi.domain.scope import Scope
from oms_edi.partners.documents import JsonSettings
from oms_edi.web.api.caller import Caller, Needs
from oms_edi.web.api.problem import MEDIA_TYPE, Problem

#: Where the API lies.
PLACE = "/api/v1"
#: Told where nothing was done because it was done before.
REPLAYED = "Idempotency-Replayed"
#: Rows of a page, unless asked otherwise, and at most.
PAGE, MOST = 50, 200
_KEY = r"^[A-Za-z0-9._:-]{1,100}$"

ReadsOrders = Annotated[Caller, Depends(Needs(Scope.ORDERS_READ))]
WritesOrders = Annotated[Caller, Depends(Needs(Scope.ORDERS_WRITE))]
ReadsStock = Annotated[Caller, Depends(Needs(Scope.STOCK_READ))]
ReadsExceptions = Annotated[Caller, Depends(Needs(Scope.EXCEPTIONS_READ))]
ReadsWebhooks = Annotated[Caller, Depends(Needs(Scope.WEBHOOKS_READ))]
MakesLinks = Annotated[Caller, Depends(Needs(Scope.LINKS_WRITE))]

Limit = Annotated[int, Query(ge=1, le=MOST, description="Rows of the page.")]
IdempotencyKey = Annotated[
    str,
    Header(
        pattern=_KEY,
        description="New for each request, the same for each try of it: whoever asks again with"
        " it gets what was done, and nothing is done twice.",
        examples=["3f1c0b7e-6d0e-4b57-9f53-0c1c8f1f6b0a"],
    ),
]
_PROBLEM = {"content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
_TEXTS = {
    401: "No key, or none in force.",
    403: "The key has not the scope.",
    404: "There is no such thing, or it is somebody else's.",
    409: "It cannot be done any more.",
    411: "The body's length is not told.",
    413: "The body is too large.",
    415: "The body is not application/json.",
    422: "A parameter or the body is not valid; `errors` names each field.",
    429: "Too many calls; `Retry-After` says when to go on.",
    500: "A fault of this program; ask again with the same idempotency key.",
    503: "Not now; try again, with the same idempotency key.",
}


def answers(*codes: int) -> dict[int | str, dict[str, Any]]:
    """Return how a call may fail, for the reference; every one may in some ways."""
    return {
        code: {"description": _TEXTS[code], **_PROBLEM}
        for code in sorted({401, 403, 422, 429, 500, 503, *codes})
    }


async def json_body(request: Request) -> bytes:
    """Return the body of a call, which is JSON and not too large.

    Raises:
        Problem: it is not.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Problem(415, "send the body as application/json")
    limit = request.app.state.site.source.settings()[0].web.max_body_bytes
    too_large = Problem(413, f"the body may have {limit} bytes")
    length = request.headers.get("content-length", "")
    if length.isdecimal() and len(length) < 16 and int(length) > limit:
        raise too_large
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > limit:
            raise too_large
    return bytes(body)


JsonBody = Annotated[bytes, Depends(json_body)]


def settings_of(caller: Caller) -> JsonSettings:
    """Return how orders of this customer are read: as its JSON files."""
    return caller.profile.order_json or JsonSettings()


def answer(request: Request, found: BaseModel) -> Response:
    """Answer with a mark of what it says; who has that already gets 304."""
    content = found.model_dump_json(by_alias=True).encode()
    mark = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": mark, "Cache-Control": "private, no-cache", "Vary": "Authorization"}
    known = [one.strip().removeprefix("W/") for one in _known(request).split(",")]
    if mark in known or known == ["*"]:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type="application/json", headers=headers)


def _known(request: Request) -> str:
    return request.headers.get("if-none-match", "")


def more(request: Request, **changed: object) -> str:
    """Return where a list goes on."""
    kept = [(name, value) for name, value in request.query_params.multi_items()]
    kept = [(name, value) for name, value in kept if name not in changed]
    return f"{request.url.path}?{urlencode([*kept, *changed.items()])}"
