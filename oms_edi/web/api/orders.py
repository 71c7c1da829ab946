"""Orders of a customer, as they stand: one, some, lines, what left, what was changed."""

from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from oms_edi.channels.status_json import order_words
from oms_edi.domain.change import Outcome
from oms_edi.domain.lifecycle import order_name, parse_order_name
from oms_edi.domain.order_status import OrderStatus
from oms_edi.errors import NotFound
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.replies.order_words import notes_of
from oms_edi.pipeline.replies.read_status import read_statuses
from oms_edi.store import changes, orders, portal, status
from oms_edi.store.portal import OwnChange, OwnOrder
from oms_edi.web.api.asking import PAGE, Limit, ReadsOrders, answer, answers, more
from oms_edi.web.api.models import (
    Change,
    Changes,
    LineOutcome,
    Lines,
    Load,
    LoadLine,
    Loads,
    Order,
    OrderHead,
    OrderName,
    OrderPage,
)

router = APIRouter(tags=["orders"])
#: Changes of an order that are told.
_MOST_CHANGES = 500


@router.get("/orders", response_model=OrderPage, responses=answers())
def list_orders(
    request: Request,
    caller: ReadsOrders,
    po_number: Annotated[str, Query(max_length=40, description="Only this one.")] = "",
    before: Annotated[
        str, Query(max_length=20, description="Only those older than this order, as `next` says.")
    ] = "",
    limit: Limit = PAGE,
) -> Response:
    """List your orders, newest first."""
    with caller.reading() as step:
        found = portal.own_orders(
            step.connection,
            caller.partner,
            before=(parse_order_name(before) or 0) if before else None,
            limit=limit,
            po_number=po_number or None,
        )
        told = read_statuses(step, [one.order_id for one in found.orders])
    heads = [_head(one, told[one.order_id][1]) for one in found.orders]
    next_page = more(request, before=heads[-1].order) if found.has_more else None
    return answer(request, OrderPage(orders=heads, next=next_page))


def _head(own: OwnOrder, now: OrderStatus) -> OrderHead:
    return OrderHead(
        order=now.order,
        po_number=now.po_number,
        release=now.release_number,
        ordered_on=now.ordered_on,
        received_at=own.received_at,
        status=now.word,
        code=now.code,
    )


@router.get("/orders/{order}", response_model=Order, responses=answers(404))
def get_order(request: Request, caller: ReadsOrders, order: OrderName) -> Response:
    """Say how an order stands: what ships or shipped when, with which carrier, what waits."""
    with caller.reading() as step:
        return answer(request, read_order(step, caller.partner, order))


@router.get("/orders/{order}/lines", response_model=Lines, responses=answers(404))
def get_lines(request: Request, caller: ReadsOrders, order: OrderName) -> Response:
    """Say how the lines of an order stand."""
    with caller.reading() as step:
        found = read_order(step, caller.partner, order)
    return answer(request, Lines(order=found.order, lines=found.lines))


@router.get("/orders/{order}/lines/{line}", response_model=Lines, responses=answers(404))
def get_line(request: Request, caller: ReadsOrders, order: OrderName, line: str) -> Response:
    """Say how a line stands, by the number the order gave it."""
    with caller.reading() as step:
        found = read_order(step, caller.partner, order)
    lines = [one for one in found.lines if one.line == line]
    if not lines:
        raise NotFound("the order has no such line")
    return answer(request, Lines(order=found.order, lines=lines))


@router.get("/orders/{order}/tracking", response_model=Loads, responses=answers(404))
def get_tracking(request: Request, caller: ReadsOrders, order: OrderName) -> Response:
    """Say what left of an order, with tracking numbers and the pages of the carriers."""
    with caller.reading() as step:
        found = read_order(step, caller.partner, order)
    return answer(request, Loads(order=found.order, loads=list(_loads(found))))


def _loads(order: Order) -> Iterable[Load]:
    loads: dict[tuple[Any, ...], Load] = {}
    for line in order.lines:
        for part in line.parts:
            if part.shipped_on is None:
                continue
            numbers = tuple(one.number for one in part.tracking)
            key = (part.shipped_on, part.arrives_on, part.carrier, numbers)
            load = loads.setdefault(
                key,
                Load(
                    shipped_on=part.shipped_on,
                    arrives_on=part.arrives_on,
                    carrier=part.carrier,
                    tracking=part.tracking,
                    lines=[],
                ),
            )
            load.lines.append(LoadLine(line=line.line, quantity=part.quantity, unit=line.unit))
    return loads.values()


@router.get("/orders/{order}/changes", response_model=Changes, responses=answers(404))
def get_changes(request: Request, caller: ReadsOrders, order: OrderName) -> Response:
    """Say what was to be changed or cancelled of an order, and what became of it."""
    with caller.reading() as step:
        return answer(request, read_changes(step, caller.partner, order))


def own(step: Step, partner: str, name: str) -> OwnOrder:
    """Return an order by our number if it is this partner's.

    Raises:
        NotFound: there is none, or it is somebody else's, which is the same to everybody else.
    """
    order_id = parse_order_name(name)
    found = portal.own_order(step.connection, partner, order_id) if order_id else None
    if found is None or order_name(found.order_id) != name:
        raise NotFound("there is no such order")
    return found


def read_order(step: Step, partner: str, name: str) -> Order:
    """Return an order of this partner as it stands."""
    found = own(step, partner, name)
    _, now = read_statuses(step, [found.order_id])[found.order_id]
    notes = notes_of(status.open_exceptions(step.connection, found.order_id))
    words = order_words(now, notes)
    return Order.model_validate({**words, "received_at": found.received_at})


def read_changes(
    step: Step,
    partner: str,
    name: str,
    *,
    of: int | None = None,
    change_id: int | None = None,
) -> Changes:
    """Return the changes and cancels of an order of this partner.

    Only that of one request (`of`), or one of them (`change_id`).
    """
    found = own(step, partner, name)
    names = {
        line.line_id: line.buyer_line
        for line in orders.read_order(step.connection, found.order_id).lines
    }
    told = portal.changes_of(
        step.connection, found.order_id, limit=_MOST_CHANGES, file_id=of, change_id=change_id
    )
    return Changes(order=name, changes=[_change(step, one, names) for one in told])


def _change(step: Step, one: OwnChange, names: dict[int, str]) -> Change:
    wished = changes.read_change(step.connection, one.change_id).change.lines
    lines = []
    for row in changes.read_lines(step.connection, one.change_id):
        line = names.get(row.line_id or 0)
        if line is None and 1 <= row.number <= len(wished):
            line = wished[row.number - 1].buyer_line or None
        is_over = row.outcome in (Outcome.PARTLY, Outcome.REJECTED)
        reason = row.reason if is_over else ""
        lines.append(LineOutcome(line=line, outcome=row.outcome.value, reason=reason))
    return Change(
        number=one.number,
        kind=one.kind,
        asked_at=one.since,
        outcome=_outcome(one, [line.outcome for line in lines]),
        settled_at=one.settled_at,
        lines=lines,
    )


def _outcome(one: OwnChange, lines: list[str]) -> Any:
    """Return what became of a change as a whole."""
    if one.state != "settled":
        return "pending"
    if not lines:
        return "rejected" if one.reason else "accepted"
    return lines[0] if len(set(lines)) == 1 else "partly"
