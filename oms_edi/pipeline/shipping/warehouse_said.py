"""What a warehouse answers when it is asked to ship otherwise: by a 945, or by a person's word."""

from collections.abc import Sequence
from datetime import date
from typing import Literal

from oms_edi.domain.holds import HoldKind
from oms_edi.domain.lifecycle import Place
from oms_edi.domain.order import BookOrder
from oms_edi.errors import NotFound, Refused
from oms_edi.pipeline.changes.bring_back_dates import bring_back_dates
from oms_edi.pipeline.changes.withdraw import asking, book_stops, withdraw
from oms_edi.pipeline.frame.attention import attention
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.frame.turns import act
from oms_edi.pipeline.orders.holding import end_holds
from oms_edi.store import order_terms, orders, owed, requests, shipments
from oms_edi.store.database import write_tx
from oms_edi.store.exceptions import close_exception
from oms_edi.store.requests import Request, Stop
from oms_edi.store.shipments import Shipment
from oms_edi.store.timeline import add_event, open_holds

Word = Literal["agreed", "refused"]


@act
def warehouse_said(
    step: Step, depositor_order: str, word: Word, *, actor: str, reason: str
) -> list[str]:
    """Book what a warehouse said of all it is asked about a shipment; return what that was.

    Raises:
        NotFound: there is no such shipment.
        Refused: it is asked nothing.
    """
    with write_tx(step.connection):
        shipment = shipments.find_shipment(step.connection, depositor_order)
        if shipment is None:
            raise NotFound(f"no shipment {depositor_order}; `order` lists those of an order")
        asked = requests.open_requests(step.connection, shipment.shipment_id)
        if not asked:
            raise Refused(f"{shipment.node} is asked nothing about {depositor_order}")
        if word == "agreed":
            _stop_all(step, shipment, note=f"{actor}: {reason}")
        for request in reversed(asked):  # the last first: it undoes what the one before it wished
            _settle(step, shipment, request, word, actor=actor, reason=reason)
        _close_if_done(step, shipment)
        owed.set_answer_due(step.connection, shipment.order_id)
    return [f"{word}: what {request.since} was asked" for request in asked]


def _stop_all(step: Step, shipment: Shipment, *, note: str) -> None:
    order = orders.read_order(step.connection, shipment.order_id)
    lines = {line.line_id: line for line in order.lines}
    stops = requests.stops_of_shipment(step.connection, shipment.shipment_id)
    for part in shipments.allocations_of_shipment(step.connection, shipment.shipment_id):
        owed = part.quantity - part.shipped - part.short
        book_stops(step, order, lines[part.line_id], part, stops, owed, note=note)


def hear_advice(step: Step, shipment: Shipment) -> None:
    """Settle what a 945 decided: units that left or did not, terms that came too late."""
    asked = requests.open_requests(step.connection, shipment.shipment_id)
    if not asked:
        return
    owed = {
        part.allocation_id: part.quantity - part.shipped - part.short
        for part in shipments.allocations_of_shipment(step.connection, shipment.shipment_id)
    }
    stops = requests.stops_of_shipment(step.connection, shipment.shipment_id)
    for request in reversed(asked):
        mine = [stop for stop in stops if stop.request_id == request.request_id]
        if request.terms and any(owed.values()):
            continue
        if any(owed[stop.allocation_id] for stop in mine):
            continue
        stopped = sum(stop.stopped for stop in mine)
        word: Word = "agreed" if stopped and not request.terms else "refused"
        _settle(step, shipment, request, word, actor="warehouse", reason="its 945")


def _settle(
    step: Step, shipment: Shipment, request: Request, word: Word, *, actor: str, reason: str
) -> None:
    """Note the answer to one request, with what follows for terms and for a person."""
    requests.settle_request(step.connection, request.request_id, word, at=step.at)
    for kind in ("cancel_requested", "change_requested"):
        if not requests.open_requests(step.connection, shipment.shipment_id):
            subject = shipment.depositor_order
            close_exception(step.connection, kind, subject, at=step.at, by=actor, why=reason)
    stops = [
        stop
        for stop in requests.stops_of_change(step.connection, request.change_id)
        if stop.request_id == request.request_id
    ]
    asked, stopped = sum(s.units for s in stops), sum(s.stopped for s in stops)
    told = [f"{stopped} of {asked} units were stopped"] if stops else []
    taken = _take_back(step, shipment, request, stops)
    if taken:
        told.append(f"{taken} units the buyer wanted again are taken back, for they ship")
    if request.terms:
        told.append(f"other {' and '.join(request.terms)} {word}")
        _settle_terms(step, shipment, request, word, actor=actor)
    text = f"{shipment.node} on {shipment.depositor_order}: {', '.join(told)} ({reason})"
    add_event(
        step.connection,
        f"change.{word}",
        text,
        at=step.at,
        actor=actor,
        order_id=shipment.order_id,
        shipment_id=shipment.shipment_id,
    )
    if asked > stopped + taken or (request.terms and word == "refused"):
        attention(
            step,
            "shipped_anyway",
            shipment.depositor_order,
            text,
            "call the customer before the truck arrives, then close it",
            order_id=shipment.order_id,
        )


def _take_back(step: Step, shipment: Shipment, request: Request, stops: Sequence[Stop]) -> int:
    """Take back what the buyer wanted again, where it ships all the same; return how many units.

    It was added to the line when it was to be stopped, and would leave twice. The warehouse that
    ships is not asked for it again.
    """
    wanted = [(stop, min(stop.again, stop.units - stop.stopped)) for stop in stops]
    wanted = [(stop, units) for stop, units in wanted if units]
    if not wanted:
        return 0
    order = orders.read_order(step.connection, shipment.order_id)
    reason = f"{shipment.node} ships what it was asked to stop"
    asked = asking(step, order, request.change_id, reason)
    lines = {part.allocation_id: part.line_id for part in asked.allocations}
    for part in asked.allocations:
        if part.shipment_id == shipment.shipment_id:
            asked.stopping[part.allocation_id] = part.quantity
    taken = 0
    for stop, units in wanted:
        line = asked.line(lines[stop.allocation_id])
        gone = withdraw(asked, line, units, target=Place.OUTSIDE, number=stop.number)
        taken += gone.now + gone.requested
        asked.refresh(line.line_id)
    asked.write()
    return taken


def _settle_terms(
    step: Step, shipment: Shipment, request: Request, word: Word, *, actor: str
) -> None:
    """Have shipment and lines follow the terms a warehouse agreed to."""
    order = orders.read_order(step.connection, shipment.order_id)
    terms = request.terms
    if word == "agreed":
        destination = int(terms.get("destination", shipment.destination))
        parts = shipments.allocations_of_shipment(step.connection, shipment.shipment_id)
        has_left = any(part.shipped for part in parts)  # a load is late by the day it was to leave
        shipments.set_shipment_terms(
            step.connection,
            shipment.shipment_id,
            destination=destination,
            ship_on=shipment.ship_on if has_left else terms.get("ship_on", shipment.ship_on),
            deliver_on=terms.get("deliver_by", shipment.deliver_on),
        )
        _move_lines(step, order, shipment, destination)
    else:
        bring_back_dates(step, request.change_id, order, reason=f"{shipment.node} refused")
    if "destination" in terms:
        ended = [
            hold
            for hold in open_holds(step.connection, order.order_id)
            if hold.kind == HoldKind.AMENDMENT and hold.line_id is not None
        ]
        outcome = "released"
        why = f"the warehouse {word}"
        end_holds(step, order.order_id, ended, outcome=outcome, actor=actor, reason=why)


def _move_lines(step: Step, order: BookOrder, shipment: Shipment, destination: int) -> None:
    parts = shipments.allocations_of_shipment(step.connection, shipment.shipment_id)
    moved = {part.line_id for part in parts}
    for line in order.lines:
        if line.line_id in moved and line.destination != destination:
            on: date | None = line.requested_on
            order_terms.set_line_terms(
                step.connection, line.line_id, destination=destination, requested_on=on
            )


def _close_if_done(step: Step, shipment: Shipment) -> None:
    parts = shipments.allocations_of_shipment(step.connection, shipment.shipment_id)
    if all(part.shipped + part.short == part.quantity for part in parts):
        shipments.close_shipment(step.connection, shipment.shipment_id)
