"""Ask warehouses to ship otherwise than told: one more 940 for what is asked now, by W0501.

F where nothing of the shipment is wanted any more, R (or L) where less of it is, G where only its
dates or its ship-to are others. F lists every line as it was told, the others with what is left to
ship of it, 0 for a line that is not wanted. A warehouse that takes none of these, and a supplier,
is asked by a person.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from oms_edi.errors import NotFound
from oms_edi.partners.profile import PartnerProfile
from oms_edi.pipeline.frame.each_order import Batch, Job, each_order
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.shipping.release import shipping_order
from oms_edi.store import requests, shipments
from oms_edi.store.requests import Request
from oms_edi.store.shipments import Allocation
from oms_edi.store.timeline import add_event
from oms_edi.transactions import t940_shipping_order


def ask_warehouses(step: Step) -> int:
    """Write the 940 of every request that has none; return how many requests were settled so."""
    last = {request.shipment_id: request for request in requests.untold_requests(step.connection)}
    due = [Job(request.order_id, request.request_id) for request in last.values()]
    return each_order(step, due, {"change of a shipment": _ask})


def _ask(batch: Batch, job: Job) -> None:
    step = batch.step
    request = requests.read_request(step.connection, job.part)
    if request.told or request.state != "requested":
        return
    shipment = shipments.read_shipment(step.connection, request.shipment_id)
    node = step.config.node(shipment.node)
    if node is None:
        raise NotFound(f"node {shipment.node} is not in the configuration any more")
    warehouse = step.partners.by_id(node.partner)
    left = _left(step, request)
    asked = [
        one
        for one in requests.open_requests(step.connection, request.shipment_id)
        if not one.told and one.request_id <= request.request_id
    ]
    terms = {key: value for one in asked for key, value in one.terms.items()}
    has_stops = any(one.has_stops for one in asked)
    status = _status(warehouse, left, has_stops=has_stops, terms=terms) if warehouse.x12 else ""
    for one in asked[:-1]:  # one document asks for all of it
        requests.set_told(step.connection, one.request_id, "next" if status else "none")
    requests.set_told(step.connection, request.request_id, status or "none")
    if not status or warehouse.x12 is None:
        return
    order = batch.orders[job.order_id]
    parts = [part for part, _ in left]
    lines = {line.line_id: line for line in order.lines}
    value = shipping_order(
        step,
        batch.catalog,
        order,
        lines,
        node,
        shipment.depositor_order,
        shipment.destination,
        parts,
    )
    place = order.destinations[int(terms.get("destination", shipment.destination))]
    value = value._replace(
        status=status,
        ship_to=place,
        ship_on=_day(terms.get("ship_on")) or value.ship_on,
        deliver_by=_day(terms.get("deliver_by")) or value.deliver_by,
        cancel_after=_day(terms.get("cancel_after")) or value.cancel_after,
        lines=tuple(
            line._replace(
                number=part.number or line.number,
                quantity=line.quantity if status == "F" else Decimal(units),
            )
            for line, (part, units) in zip(value.lines, left, strict=True)
        ),
    )
    batch.outgoing.add(
        warehouse,
        "940",
        t940_shipping_order.write(value, version=warehouse.x12.version),
        order_id=order.order_id,
        shipment_id=shipment.shipment_id,
    )
    add_event(
        step.connection,
        "change.asked",
        f"{shipment.depositor_order}: 940 {status} to {warehouse.id}",
        at=step.at,
        order_id=order.order_id,
        shipment_id=shipment.shipment_id,
    )


def _left(step: Step, request: Request) -> list[tuple[Allocation, int]]:
    """Return what is to ship of each line of the shipment if this request is agreed to."""
    stops = requests.stops_of_shipment(step.connection, request.shipment_id)
    found = []
    for part in shipments.allocations_of_shipment(step.connection, request.shipment_id):
        asked = sum(
            stop.units - stop.stopped
            for stop in stops
            if stop.allocation_id == part.allocation_id and stop.request_id <= request.request_id
        )
        found.append((part, part.quantity - part.short - asked))
    return found


def _status(
    warehouse: PartnerProfile,
    left: list[tuple[Allocation, int]],
    *,
    has_stops: bool,
    terms: Mapping[str, Any],
) -> str:
    """Return the W0501 that asks for it; "" if this partner takes none that does."""
    if warehouse.role == "supplier":
        return ""
    takes = warehouse.warehouse.changes
    if not any(units for _, units in left):
        wanted: tuple[str, ...] = ("F",)
    elif has_stops:
        wanted = ("R",) if terms else ("L", "R")
    else:
        wanted = ("G", "R")
    return next((code for code in wanted if code in takes), "")


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
