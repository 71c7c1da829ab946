"""A line a change adds: enriched like one of a new order, then part of the order it joins."""

from collections.abc import Iterable
from decimal import Decimal

from oms_edi.domain.change import LineChange
from oms_edi.domain.holds import HoldKind
from oms_edi.domain.message import Destination, LineMessage, OrderMessage, Purpose
from oms_edi.domain.order import BookLine, BookOrder, NewLine
from oms_edi.domain.party import Party
from oms_edi.pipeline.changes.applying import Applying, Parts
from oms_edi.pipeline.changes.compare_change import Wish
from oms_edi.pipeline.orders.enrich import enrich
from oms_edi.pipeline.orders.findings import Findings
from oms_edi.store import order_terms, orders


def add_line(applying: Applying, wish: Wish) -> Parts:
    """Add a line to the order, with the holds a line of a new order would have."""
    step, order, poc = applying.step, applying.asked.order, wish.poc
    if not poc.quantity:
        return Parts(refused=["it tells no quantity"])
    names_place = poc.ship_to or any(share.ship_to for share in poc.shares)
    if len(order.destinations) > 1 and not names_place:
        reason = f"the order goes to {len(order.destinations)} places and it names none"
        return Parts(refused=[reason])
    message = _message(order, poc)
    new = enrich(message, applying.profile, applying.catalog, today=step.now.date())
    places = list(order.destinations)
    for place in new.destinations:
        if place not in places:
            order_terms.set_destination(step.connection, order.order_id, len(places), place)
            places.append(place)
    lines = [
        line._replace(destination=places.index(new.destinations[line.destination]))
        for line in new.lines
    ]
    line_ids = orders.add_lines(step.connection, order.order_id, lines)
    parts = Parts(told=[f"{sum(line.quantity for line in lines)} units more, {_name(lines)}"])
    found = Findings(
        # the dates of the order are the header's to judge
        holds=[
            hold for hold in new.holds if hold.line is not None or hold.kind == HoldKind.ADDRESS
        ],
        warnings=list(new.warnings),
        settled=list(new.settled),
    )
    named = [line.buyer_line for line in lines]
    applying.note(found, list(zip(line_ids, named, strict=True)), parts)
    parts.done += 1
    is_otherwise = found.holds or len(places) > len(order.destinations)
    applying.asked.refresh(*(() if is_otherwise else line_ids))
    return parts


def _name(lines: Iterable[NewLine]) -> str:
    return next(iter(lines)).item or "item unknown"


def _message(order: BookOrder, poc: LineChange) -> OrderMessage:
    """Return the added line as an order that has nothing else."""
    shares, quantity = poc.shares, poc.quantity or Decimal(0)
    if not shares and (poc.ship_to or poc.requested_on):
        on = poc.requested_on
        shares = (Destination(quantity=quantity, ship_to=poc.ship_to, requested_on=on),)
    place = order.destinations[0] if order.destinations else Party(role="ST")
    line = LineMessage(
        buyer_line=poc.buyer_line or _free_number(order.lines),
        quantity=quantity,
        unit=poc.unit,
        unit_price=poc.unit_price,
        price_basis=poc.price_basis,
        items=poc.items,
        description=poc.description,
        destinations=shares,
        notes=poc.notes,
    )
    return OrderMessage(
        purpose=Purpose.ORIGINAL,
        po_number=order.po_number,
        parties=(place._replace(role="ST"),),
        lines=(line,),
    )


def _free_number(lines: Iterable[BookLine]) -> str:
    """Return a line number the order has not."""
    used = [int(line.buyer_line) for line in lines if line.buyer_line.isdecimal()]
    return str(max(used, default=0) + 1)
