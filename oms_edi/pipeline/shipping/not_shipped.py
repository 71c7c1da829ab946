"""What a node was told to ship and will not: decided again, and never at the same node."""

from oms_edi.domain.lifecycle import Place
from oms_edi.domain.order import BookLine, BookOrder
from oms_edi.pipeline.changes.withdraw import book_stops
from oms_edi.pipeline.frame.step import Step
from oms_edi.store import orders, requests, shipments, stock
from oms_edi.store.shipments import Allocation


def give_back(
    step: Step,
    order: BookOrder,
    line: BookLine,
    part: Allocation,
    units: int,
    *,
    note: str,
    reason: str,
    target: Place = Place.OPEN,
) -> int:
    """Take units off what a node is to ship; return how many of them are still wanted.

    What it was asked not to ship is not decided again: it is not wanted any more.
    """
    if not units:
        return 0
    stops = requests.stops_of_shipment(step.connection, part.shipment_id or 0)
    if stops:
        units -= book_stops(step, order, line, part, stops, units, note=note)
    if not units:
        return 0
    shipments.add_shipped(step.connection, part.allocation_id, shipped=0, short=units)
    stock.give_back(
        step.connection,
        line.item or "",
        part.node,
        units,
        line_id=line.line_id,
        note=note,
        at=step.at,
    )
    orders.move(step.connection, Place.RELEASED, target, [(line.line_id, units)])
    shipments.put_rejection(step.connection, part.line_id, part.node, reason)
    return units
