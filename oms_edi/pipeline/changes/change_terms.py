"""Another day or place for a line: what no warehouse has is decided anew, what one has is asked."""

from datetime import date
from typing import Any

from oms_edi.domain.order import BookLine
from oms_edi.domain.party import Party
from oms_edi.pipeline.changes.applying import Applying, Parts
from oms_edi.pipeline.changes.compare_change import Wish
from oms_edi.pipeline.orders.find_place import find_place
from oms_edi.pipeline.orders.findings import Findings
from oms_edi.pipeline.orders.holding import place_hold
from oms_edi.store import order_terms, shipments
from oms_edi.store.requests import Before


def move_day(applying: Applying, wish: Wish, line: BookLine, parts: Parts) -> None:
    """Have a line ship for another day."""
    q, on = line.quantities, wish.requested_on
    if applying.live(line) == q.shipped:
        parts.refused.append(f"all {q.shipped} units have shipped")
        return
    parts.told.append(f"for {on} instead of {line.requested_on or 'any day'}")
    if q.released and not _ask_day(applying, line, on):
        parts.refused.append("a warehouse ships it together with other lines")
        return
    if q.released:
        parts.pending.append(f"a warehouse is asked to ship on {on}")
    else:
        parts.done += 1
    order_terms.set_line_terms(
        applying.step.connection, line.line_id, destination=line.destination, requested_on=on
    )
    applying.decide_anew(line.line_id)


def _ask_day(applying: Applying, line: BookLine, on: date | None) -> bool:
    """Ask for another day of the shipments of a line; False if other lines are in them."""
    asked = applying.asked
    owing = {
        part.shipment_id
        for part in asked.allocations
        if part.shipment_id is not None
        and part.quantity > part.shipped + part.short
        and part.line_id == line.line_id
    }
    together = {part.line_id for part in asked.allocations if part.shipment_id in owing}
    if together != {line.line_id} or on is None:
        return False
    was = line.requested_on.isoformat() if line.requested_on else None
    for shipment_id in owing:
        asked.terms.setdefault(shipment_id, {})["deliver_by"] = on.isoformat()
        asked.before.setdefault(shipment_id, {})[str(line.line_id)] = (was, on.isoformat())
    return True


def move_place(applying: Applying, wanted: Party, line: BookLine, parts: Parts) -> None:
    """Have a line ship elsewhere, as long as no warehouse has any of it."""
    q = line.quantities
    if q.released or q.shipped:
        where = "have shipped" if q.shipped else "are at a warehouse"
        parts.refused.append(f"{q.shipped or q.released} units {where}, to the old place")
        return
    number = _add_place(applying, wanted)
    order_terms.set_line_terms(
        applying.step.connection,
        line.line_id,
        destination=number,
        requested_on=line.requested_on,
    )
    applying.decide_anew(line.line_id)
    parts.told.append(f"to {wanted.id_code or wanted.name or wanted.city}")
    parts.done += 1


def _add_place(applying: Applying, wanted: Party) -> int:
    """Add a place to the order, held if nobody can find it; return its number."""
    step, order = applying.step, applying.asked.order
    findings = Findings()
    place = find_place(wanted, applying.profile, applying.catalog, findings)
    if place in order.destinations:
        return order.destinations.index(place)
    number = len(order.destinations)
    order_terms.set_destination(step.connection, order.order_id, number, place)
    for hold in findings.holds:
        place_hold(step, order.order_id, None, hold.kind, hold.reason, po_number=order.po_number)
    applying.asked.refresh()
    return number


def open_shipments(applying: Applying) -> list[shipments.Shipment]:
    """Return the shipments of the order that a warehouse has not reported in full."""
    found = shipments.shipments_of_order(applying.step.connection, applying.asked.order.order_id)
    return [shipment for shipment in found if shipment.state == "released"]


def ask_terms(applying: Applying, terms: dict[str, Any], before: Before | None = None) -> int:
    """Ask every warehouse that has some of the order for other terms; return how many shipments."""
    found = open_shipments(applying)
    for shipment in found:
        applying.asked.terms.setdefault(shipment.shipment_id, {}).update(terms)
        applying.asked.before.setdefault(shipment.shipment_id, {}).update(before or {})
    return len(found)
