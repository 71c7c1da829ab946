"""Take units of a line back: at once where no warehouse knows of them, else by asking it.

What a warehouse was told to ship stays released until its answer: a 945, or a person's word.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from oms_edi.domain.counted import counted
from oms_edi.domain.lifecycle import Place
from oms_edi.domain.order import BookLine, BookOrder
from oms_edi.domain.quantity import to_buyer
from oms_edi.pipeline.frame.attention import attention
from oms_edi.pipeline.frame.step import Step
from oms_edi.store import order_lines, order_terms, orders, requests, shipments, stock
from oms_edi.store.requests import Before, NewStop, Stop
from oms_edi.store.shipments import Allocation
from oms_edi.store.timeline import add_event


class Withdrawn(NamedTuple):
    """Where the units went that a line is to have less."""

    #: Taken back at once.
    now: int
    #: A warehouse is asked not to ship them.
    requested: int
    #: They shipped already.
    left: int


@dataclass(slots=True)
class Asking:
    """What one change asks of warehouses, written together when it was gone through."""

    step: Step
    order: BookOrder
    change_id: int
    #: For people: who wants it and why.
    reason: str
    #: Of the order, as they were before the change.
    allocations: list[Allocation]
    #: Units by allocation that warehouses were asked not to ship.
    stopping: dict[int, int]
    stops: dict[int, list[NewStop]] = field(default_factory=dict)
    terms: dict[int, dict[str, Any]] = field(default_factory=dict)
    #: Dates that are as before again if a shipment's warehouse refuses.
    before: dict[int, Before] = field(default_factory=dict)

    def refresh(self, *line_ids: int) -> None:
        """Read the order again after something of it changed: all of it, or some of its lines.

        A change has as many lines as the order, and one of thousands is not read once for each.
        """
        connection, order_id = self.step.connection, self.order.order_id
        if not line_ids:
            self.order = orders.read_order(connection, order_id)
            self.allocations = shipments.allocations_of_orders(connection, [order_id])[order_id]
            return
        self.order = order_lines.reread_lines(connection, self.order, line_ids)
        others = [part for part in self.allocations if part.line_id not in line_ids]
        fresh = shipments.allocations_of_lines(connection, line_ids)
        self.allocations = sorted([*others, *fresh], key=lambda part: part.allocation_id)

    def line(self, line_id: int) -> BookLine:
        """Return a line of the order as it stands."""
        return self.order.lines[order_lines.place_of(self.order.lines, line_id)]

    def stop(self, part: Allocation, number: int, units: int, target: Place) -> None:
        """Ask for units of a released allocation."""
        if part.shipment_id is None:
            return
        self.stopping[part.allocation_id] = self.stopping.get(part.allocation_id, 0) + units
        self.stops.setdefault(part.shipment_id, []).append(
            NewStop(part.allocation_id, number, units, target)
        )

    def write(self) -> None:
        """Write a request for each shipment; tell the timeline and a person."""
        step, at = self.step, self.step.at
        for shipment_id in sorted({*self.stops, *self.terms}):
            stops, terms = self.stops.get(shipment_id, []), self.terms.get(shipment_id, {})
            requests.put_request(
                step.connection,
                self.change_id,
                shipment_id,
                stops=stops,
                terms=terms,
                before=self.before.get(shipment_id, {}),
                at=at,
            )
            shipment = shipments.read_shipment(step.connection, shipment_id)
            fewer = counted(sum(stop.units for stop in stops), "unit")
            wants = [f"not to ship {fewer}"] if stops else []
            wants += [f"to ship with other {' and '.join(sorted(terms))}"] if terms else []
            text = f"{shipment.node} is asked {' and '.join(wants)} of {shipment.depositor_order}"
            add_event(
                step.connection,
                "change.requested",
                f"{text}: {self.reason}",
                at=at,
                order_id=shipment.order_id,
                shipment_id=shipment_id,
            )
            is_cancel = all(stop.target == Place.CANCELLED for stop in stops) and bool(stops)
            attention(
                step,
                "cancel_requested" if is_cancel else "change_requested",
                shipment.depositor_order,
                f"PO {self.order.po_number}: {text}: {self.reason}",
                "its 945 decides; if it sends none, ask it and tell its answer at the order",
                order_id=shipment.order_id,
            )


def asking(step: Step, order: BookOrder, change_id: int, reason: str) -> Asking:
    """Begin to ask for a change of this order."""
    return Asking(
        step=step,
        order=order,
        change_id=change_id,
        reason=reason,
        allocations=shipments.allocations_of_orders(step.connection, [order.order_id])[
            order.order_id
        ],
        stopping=requests.stopping_units(step.connection, order.order_id),
    )


def live_units(asked: Asking, line: BookLine) -> int:
    """Return the units of a line that ship or shipped unless something happens."""
    stopping = sum(
        asked.stopping.get(part.allocation_id, 0)
        for part in asked.allocations
        if part.line_id == line.line_id
    )
    return line.quantities.ordered - line.quantities.cancelled - stopping


def withdraw(asked: Asking, line: BookLine, units: int, *, target: Place, number: int) -> Withdrawn:
    """Take `units` of a line to `target`: first what is farthest from leaving."""
    step, q = asked.step, line.quantities
    left, now = units, 0
    for source in (Place.BACKORDERED, Place.OPEN):
        take = min(left, getattr(q, source))
        if take:
            orders.move(step.connection, source, target, [(line.line_id, take)])
            left, now = left - take, now + take
    parts = [part for part in asked.allocations if part.line_id == line.line_id]
    take = min(left, q.allocated)
    if take:
        _give_back(asked, line, parts, take)
        orders.move(step.connection, Place.ALLOCATED, target, [(line.line_id, take)])
        left, now = left - take, now + take
    requested = 0
    for part in reversed(parts):
        owed = part.quantity - part.shipped - part.short
        free = 0 if part.shipment_id is None else owed
        take = min(left, free - asked.stopping.get(part.allocation_id, 0))
        if take > 0:
            asked.stop(part, number, take, target)
            left, requested = left - take, requested + take
    if now and target is Place.OUTSIDE:
        _fit_quantity(step, asked.order, line)
    return Withdrawn(now, requested, left)


def _reopen(asked: Asking, line: BookLine) -> None:
    """Have allocated units of a line decided anew; their stock goes back on offer."""
    units = line.quantities.allocated
    if units:
        parts = [part for part in asked.allocations if part.line_id == line.line_id]
        _give_back(asked, line, parts, units)
        moves = [(line.line_id, units)]
        orders.move(asked.step.connection, Place.ALLOCATED, Place.OPEN, moves)


def decide_anew(asked: Asking, line_id: int) -> None:
    """Put what no warehouse has of a line up for decision."""
    line = asked.line(line_id)
    _reopen(asked, line)
    waits = line.quantities.backordered
    if waits:
        moves = [(line_id, waits)]
        orders.move(asked.step.connection, Place.BACKORDERED, Place.OPEN, moves)
    asked.refresh(line_id)


def _give_back(asked: Asking, line: BookLine, parts: Sequence[Allocation], units: int) -> None:
    """Free reserved stock of unreleased allocations, the last ones first."""
    step = asked.step
    for part in reversed(parts):
        take = min(units, part.quantity) if part.shipment_id is None else 0
        if not take:
            continue
        stock.give_back(
            step.connection,
            line.item or "",
            part.node,
            take,
            line_id=line.line_id,
            note=asked.reason,
            at=step.at,
        )
        if take == part.quantity:
            shipments.drop_allocation(step.connection, part.allocation_id)
        else:
            shipments.cut_allocation(step.connection, part.allocation_id, take)
        units -= take


def _fit_quantity(step: Step, order: BookOrder, line: BookLine) -> None:
    """Write the quantity of a line in the buyer's unit after its base units changed."""
    method = step.partners.by_id(order.partner).orders.quantity_method
    units = order_terms.ordered_units(step.connection, line.line_id)
    text = to_buyer(units, method=method, factor=line.unit_factor)
    order_terms.resize_line(step.connection, line.line_id, buyer_quantity=text, delta=0)


def book_stops(
    step: Step,
    order: BookOrder,
    line: BookLine,
    part: Allocation,
    stops: Sequence[Stop],
    units: int,
    *,
    note: str,
) -> int:
    """Book units a warehouse did not ship as stopped, oldest request first; return how many."""
    done = 0
    for stop in stops:
        take = min(units - done, stop.units - stop.stopped)
        if stop.allocation_id != part.allocation_id or take <= 0:
            continue
        requests.add_stopped(step.connection, stop, take)
        shipments.add_shipped(step.connection, part.allocation_id, shipped=0, short=take)
        stock.give_back(
            step.connection,
            line.item or "",
            part.node,
            take,
            line_id=line.line_id,
            note=note,
            at=step.at,
        )
        orders.move(step.connection, Place.RELEASED, stop.target, [(line.line_id, take)])
        if stop.target == Place.OUTSIDE:
            _fit_quantity(step, order, line)
        done += take
    return done
