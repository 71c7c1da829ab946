"""What changes orders: place, change, cancel. Each is an act, once for each idempotency key."""

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from oms_edi.channels import request_json
from oms_edi.channels.change_document import CancelDocument, ChangeDocument
from oms_edi.channels.order_document import OrderDocument
from oms_edi.domain.issue import Issue
from oms_edi.domain.lifecycle import order_name
from oms_edi.errors import NotThisDocument
from oms_edi.pipeline.intake.api_orders import Done, api_cancel, api_change, api_order
from oms_edi.web.api.asking import (
    PLACE,
    REPLAYED,
    IdempotencyKey,
    JsonBody,
    WritesOrders,
    answers,
    settings_of,
)
from oms_edi.web.api.caller import Caller
from oms_edi.web.api.models import Change, Order, OrderName
from oms_edi.web.api.orders import read_changes, read_order
from oms_edi.web.api.schema import body_of

router = APIRouter(tags=["orders"])
_FAULTS = answers(404, 409, 413, 415)


@router.post(
    "/orders",
    status_code=201,
    response_model=Order,
    responses={
        200: {"model": Order, "description": "The order was in the book already."},
        **answers(409, 413, 415),
    },
    openapi_extra=body_of(OrderDocument),
)
async def place_order(
    caller: WritesOrders, body: JsonBody, idempotency_key: IdempotencyKey
) -> Response:
    """Place an order. It goes the way of your files: the same checks, holds and states.

    201: it is in the book, durably, and its decision follows in a moment. Asked again with the same
    key the answer is the order as it stands then, with `Idempotency-Replayed: true`; whatever
    happened to the first answer, there is one order.
    """
    return await caller.site.act(_place, caller, body, idempotency_key)


def _place(caller: Caller, body: bytes, key: str) -> Response:
    limit = caller.config.intake.max_order_lines
    _check(request_json.read_order(body, settings_of(caller), max_lines=limit))
    done = _do(api_order, caller, body, key=key)
    name = order_name(done.order_id)
    with caller.reading() as step:
        found = read_order(step, caller.partner, name)
    is_known = not done.is_new and not done.is_replayed
    return _answer(
        found.model_dump_json(by_alias=True),
        200 if is_known else 201,
        done,
        location=f"{PLACE}/orders/{name}",
    )


@router.post(
    "/orders/{order}/changes",
    status_code=201,
    response_model=Change,
    responses=_FAULTS,
    openapi_extra=body_of(ChangeDocument),
)
async def change_order(
    caller: WritesOrders, order: OrderName, body: JsonBody, idempotency_key: IdempotencyKey
) -> Response:
    """Change an order: quantities, dates, prices, places, lines added or taken away.

    What no warehouse has is changed at once. Of what one has it is asked, and the change is
    `pending` until it has answered; what shipped is refused.
    """
    return await caller.site.act(_change, caller, order, body, idempotency_key)


def _change(caller: Caller, order: str, body: bytes, key: str) -> Response:
    _check(request_json.read_change(body, max_lines=caller.config.intake.max_order_lines))
    return _last_change(caller, _do(api_change, caller, body, order=order, key=key))


@router.post(
    "/orders/{order}/cancel",
    status_code=201,
    response_model=Change,
    responses={200: {"model": Change, "description": "It was asked for already."}, **_FAULTS},
    openapi_extra=body_of(CancelDocument),
)
async def cancel_order(
    caller: WritesOrders, order: OrderName, body: JsonBody, idempotency_key: IdempotencyKey
) -> Response:
    """Cancel an order, or lines of it. By stage, as a change: nobody says cancelled while a truck
    is loading.

    200: warehouses are asked to stop all of it already; the answer is how that request stands.
    """
    return await caller.site.act(_cancel, caller, order, body, idempotency_key)


def _cancel(caller: Caller, order: str, body: bytes, key: str) -> Response:
    _check(request_json.read_cancel(body))
    return _last_change(caller, _do(api_cancel, caller, body, order=order, key=key))


def _check(read: tuple[object | None, Sequence[Issue]]) -> None:
    """Refuse a body before anybody waits for the order book.

    Raises:
        NotThisDocument: it is no such document.
    """
    document, issues = read
    if document is None:
        raise NotThisDocument(issues)


def _do(act: Callable[..., Done], caller: Caller, body: bytes, **arguments: Any) -> Done:
    """Do an act with a body as its file."""
    with TemporaryDirectory(prefix="oms-edi-") as folder:
        path = Path(folder) / "request.json"
        path.write_bytes(body)
        return act(caller.acting(), path, partner=caller.partner, actor=caller.actor, **arguments)


def _last_change(caller: Caller, done: Done) -> Response:
    """Answer with the change a request made."""
    name = order_name(done.order_id)
    is_asked = done.change_id is not None
    with caller.reading() as step:
        found = read_changes(
            step,
            caller.partner,
            name,
            of=None if is_asked else done.file_id,
            change_id=done.change_id,
        ).changes
    return _answer(
        found[0].model_dump_json(by_alias=True),
        200 if is_asked else 201,
        done,
        location=f"{PLACE}/orders/{name}/changes",
    )


def _answer(content: str, status: int, done: Done, *, location: str) -> Response:
    headers = {"Location": location, "Cache-Control": "no-store"}
    if done.is_replayed:
        headers[REPLAYED] = "true"
    return Response(content, status, headers, media_type="application/json")
