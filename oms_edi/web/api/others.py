"""Beside orders: what is not as planned of them, where the customer is called, status links."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import ValidationError
from starlette.responses import JSONResponse, Response

from oms_edi.channels import request_json
from oms_edi.domain.lifecycle import order_name
from oms_edi.domain.vocabulary import EXCEPTIONS
from oms_edi.errors import NotThisDocument
from oms_edi.pipeline.delivery.calls import is_gone
from oms_edi.store import outbox, portal
from oms_edi.web import links
from oms_edi.web.api.asking import (
    PAGE,
    REPLAYED,
    IdempotencyKey,
    JsonBody,
    Limit,
    MakesLinks,
    ReadsExceptions,
    ReadsWebhooks,
    answer,
    answers,
    more,
)
from oms_edi.web.api.models import (
    ExceptionNote,
    Exceptions,
    Link,
    OrderName,
    WantedLink,
    Webhook,
    Webhooks,
)
from oms_edi.web.api.orders import own
from oms_edi.web.api.problem import faulty
from oms_edi.web.api.schema import body_of

router = APIRouter()
_EVENTS = ["order.status"]
_LAST = 2**62


@router.get("/exceptions", response_model=Exceptions, responses=answers(), tags=["exceptions"])
def list_exceptions(
    request: Request,
    caller: ReadsExceptions,
    after: Annotated[int, Query(ge=0, le=_LAST, description="As `next` says.")] = 0,
    limit: Limit = PAGE,
) -> Response:
    """List what is not as planned of your orders, oldest first: late, short, waiting for stock."""
    with caller.reading() as step:
        found = portal.own_exceptions(step.connection, caller.partner, after=after, limit=limit + 1)
    page = found[:limit]
    told = [
        ExceptionNote(
            order=order_name(one.order_id),
            po_number=one.po_number,
            line=one.buyer_line or None,
            since=one.opened_at,
            note=EXCEPTIONS[one.kind],
        )
        for one in page
    ]
    next_page = more(request, after=page[-1].exception_id) if len(found) > limit else None
    return answer(request, Exceptions(exceptions=told, next=next_page))


@router.get("/webhooks", response_model=Webhooks, responses=answers(), tags=["webhooks"])
def list_webhooks(request: Request, caller: ReadsWebhooks) -> Response:
    """Say where your server is called, and how that stands; it is set up by people."""
    settings, hook = caller.profile.orders.status, caller.profile.webhook
    if hook is None or "webhook" not in settings.send:
        return answer(request, Webhooks(webhooks=[]))
    with caller.reading() as step:
        state = outbox.call_state(step.connection, caller.partner)
        is_over = is_gone(step.connection, caller.profile)
    told = Webhook(
        url=hook.url,
        events=_EVENTS,
        when=settings.when,
        pending=state.pending,
        oldest_pending_at=state.oldest_at,
        last_taken_at=state.taken_at,
        is_gone=is_over,
    )
    return answer(request, Webhooks(webhooks=[told]))


@router.post(
    "/orders/{order}/links",
    status_code=201,
    response_model=Link,
    responses=answers(404, 409, 413, 415),
    openapi_extra=body_of(WantedLink),
    tags=["links"],
)
def make_link(
    request: Request,
    caller: MakesLinks,
    order: OrderName,
    body: JsonBody,
    idempotency_key: IdempotencyKey,
) -> Response:
    """Make a link to the status page of an order, for your own customer; no log-in is needed.

    Asked again with the same key the answer is the same link, with `Idempotency-Replayed: true`.
    """
    with caller.reading() as step:
        found = own(step, caller.partner, order)
    value, issues = request_json.read_object(body)
    if issues:
        raise NotThisDocument(issues)
    try:
        wanted = WantedLink.model_validate(value)
    except ValidationError as error:
        return faulty([_fault(one) for one in error.errors()])
    made = links.make(
        caller.config,
        caller.places.access,
        partner=caller.partner,
        order_id=found.order_id,
        days=wanted.days,
        by=caller.actor,
        now=caller.now,
        asked_at=f"{request.url.scheme}://{request.url.netloc}",
        key=idempotency_key,
    )
    content = Link(url=made.url, expires_at=made.expires_at).model_dump(mode="json")
    headers = {"Cache-Control": "no-store"} | ({REPLAYED: "true"} if made.is_replayed else {})
    return JSONResponse(content, 201, headers)


def _fault(one: Any) -> dict[str, str]:
    return {"in": "body", "pointer": request_json.locate(one["loc"]), "detail": one["msg"]}
