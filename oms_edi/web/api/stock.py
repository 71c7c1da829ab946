"""What can be promised: of items, and of an order that is not placed yet."""

from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from oms_edi.channels import request_json
from oms_edi.channels.order_document import OrderDocument
from oms_edi.domain.vocabulary import HOLDS
from oms_edi.errors import NotThisDocument
from oms_edi.pipeline.decisions import availability as stock
from oms_edi.pipeline.decisions.quote import QuotedLine as Quoted
from oms_edi.pipeline.decisions.quote import quote
from oms_edi.transactions.elements import write_number
from oms_edi.web.api.asking import JsonBody, ReadsStock, answer, answers, settings_of
from oms_edi.web.api.models import (
    Availability,
    Available,
    Coming,
    Promise,
    QuotedLine,
    QuotedPart,
)
from oms_edi.web.api.schema import body_of

router = APIRouter(tags=["stock"])
_MOST_ITEMS = 50


@router.get("/availability", response_model=Availability, responses=answers())
def get_availability(
    request: Request,
    caller: ReadsStock,
    item: Annotated[
        list[Annotated[str, Query(max_length=48)]],
        Query(min_length=1, max_length=_MOST_ITEMS, description="Item numbers, as in an order."),
    ],
    qualifier: Annotated[
        str, Query(max_length=3, description="Whose numbers; empty: as in your orders.")
    ] = "",
) -> Response:
    """Say what can be promised of items, now and as goods come; nothing is kept for who asks."""
    whose = qualifier or settings_of(caller).qualifier
    with caller.reading() as step:
        found = stock.availability(step, caller.profile, [(whose, code) for code in item])
    items = [_available(code, one) for code, one in zip(item, found, strict=True)]
    return answer(request, Availability(as_of=step.at, items=items))


def _available(code: str, found: stock.Availability | None) -> Available:
    if found is None:
        return Available(
            item=code,
            is_known=False,
            description="",
            unit="",
            price=None,
            available=0,
            coming=[],
        )
    return Available(
        item=code,
        is_known=True,
        description=found.description,
        unit=found.unit,
        price=_money(found.price),
        available=found.units,
        coming=[Coming.model_validate({"from": day, "available": n}) for day, n in found.coming],
    )


@router.post(
    "/promises",
    response_model=Promise,
    responses=answers(413, 415),
    openapi_extra=body_of(OrderDocument),
)
def get_promise(caller: ReadsStock, body: JsonBody, request: Request) -> Response:
    """Say what an order would get if it were placed now: days, prices, what would wait.

    The body is that of an order. Nothing is placed and nothing kept: who orders first gets it.
    """
    message, issues = request_json.read_order(
        body, settings_of(caller), max_lines=caller.config.intake.max_order_lines
    )
    if message is None:
        raise NotThisDocument(issues)
    with caller.reading() as step:
        found = quote(step, message, caller.profile)
    return answer(
        request,
        Promise(
            as_of=step.at,
            value=f"{found.value:.2f}",
            notes=list(dict.fromkeys(HOLDS[kind] for kind in found.holds)),
            lines=[_line(line) for line in found.lines],
        ),
    )


def _line(line: Quoted) -> QuotedLine:
    return QuotedLine(
        line=line.line,
        item=line.code,
        is_known=line.item is not None,
        description=line.description,
        quantity=write_number(line.quantity),
        unit=line.unit,
        price=_money(line.price),
        base_units=line.units,
        parts=[
            QuotedPart(quantity=one.units, ships_on=one.ships_on, arrives_on=one.arrives_on)
            for one in line.parts
        ],
        waits=line.waits,
        promised_on=line.promised_on,
    )


def _money(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")
