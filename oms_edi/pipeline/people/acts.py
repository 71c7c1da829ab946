"""The few acts a person needs; each is one transaction, with who and why on the timeline."""

from collections.abc import Sequence

from oms_edi.domain.holds import HoldKind
from oms_edi.domain.lifecycle import order_name, parse_order_name
from oms_edi.domain.order import BookLine, BookOrder
from oms_edi.domain.party import Party
from oms_edi.errors import NotFound, Refused
from oms_edi.partners.checks import PlaceSettings
from oms_edi.pipeline.changes.cancel import cancel_order
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.frame.turns import act
from oms_edi.pipeline.orders.cure import settle_places
from oms_edi.pipeline.orders.find_place import find_place
from oms_edi.pipeline.orders.findings import Findings
from oms_edi.pipeline.orders.holding import end_holds, place_hold
from oms_edi.pipeline.stock.stock_terms import when_moved
from oms_edi.store import order_terms, orders, stock
from oms_edi.store.catalog import Catalog
from oms_edi.store.database import write_tx
from oms_edi.store.timeline import OpenHold, add_event, open_holds


def find_order(step: Step, name: str) -> int:
    """Return the id of the order with this PO number or our number.

    Raises:
        NotFound: there is none, or a PO number fits several.
    """
    own = parse_order_name(name)
    found = [own] if own is not None and orders.exists(step.connection, own) else []
    found = found or orders.find_by_po(step.connection, name)
    if not found:
        raise NotFound(f"no order with PO or number {name}")
    if len(found) > 1:
        names = ", ".join(order_name(order_id) for order_id in found)
        raise NotFound(f"PO {name} fits several orders: {names}; name one of them")
    return found[0]


@act
def release_holds(
    step: Step, name: str, *, kinds: Sequence[str], actor: str, reason: str
) -> list[str]:
    """Release the holds of an order (all, or some kinds); return what was released.

    Raises:
        Refused: nothing is held, or what is missing is still missing.
    """
    with write_tx(step.connection):
        order_id = find_order(step, name)
        wanted = set(kinds)
        holds = [
            hold
            for hold in open_holds(step.connection, order_id)
            if not wanted or hold.kind in wanted
        ]
        if not holds:
            raise Refused(f"{order_name(order_id)} has no such hold; `order` lists those it has")
        order = orders.read_order(step.connection, order_id)
        for hold in holds:
            _check_cured(step, order, hold)
        end_holds(step, order_id, holds, outcome="released", actor=actor, reason=reason)
    return [f"{hold.kind}: {hold.reason}" for hold in holds]


def _check_cured(step: Step, order: BookOrder, hold: OpenHold) -> None:
    """Refuse to release what still could not go on."""
    if hold.kind in (HoldKind.ITEM_UNKNOWN, HoldKind.UNIT):
        raise Refused(f"{hold.reason}: import the item or unit; the line then goes on by itself")
    if hold.kind == HoldKind.ADDRESS and not settle_places(step, order, PlaceSettings()):
        raise Refused(f"{hold.reason}: import the store, or say where it goes")


@act
def hold(step: Step, name: str, *, buyer_line: str | None, actor: str, reason: str) -> int:
    """Hold an order, or one line, until somebody releases it; return the order id.

    What a warehouse has already is not stopped by it.

    Raises:
        Refused: a person holds it already, or nothing of it is left to hold.
    """
    with write_tx(step.connection):
        order_id = find_order(step, name)
        order = orders.read_order(step.connection, order_id)
        lines = _lines(order, buyer_line) if buyer_line is not None else []
        told = order_name(order_id) + (f" line {buyer_line}" if buyer_line is not None else "")
        wanted: list[int | None] = [line.line_id for line in lines] or [None]
        known = {h.line_id for h in open_holds(step.connection, order_id) if h.kind == "manual"}
        if known & {*wanted, None}:
            raise Refused(f"{told} is held by a person already")
        if not any(_holdable(line) for line in lines or order.lines):
            raise Refused(f"{told} has nothing that is not with a warehouse, shipped or cancelled")
        for line_id in wanted:
            place_hold(
                step,
                order_id,
                line_id,
                HoldKind.MANUAL,
                f"{actor}: {reason}",
                po_number=order.po_number,
                buyer_line=buyer_line or "",
            )
    return order_id


def _holdable(line: BookLine) -> int:
    q = line.quantities
    return q.open + q.backordered + q.allocated


@act
def ship_to(step: Step, name: str, place: Party, *, number: int, actor: str, reason: str) -> int:
    """Say where an order goes, or its ship-to `number` from 1; return the order id.

    Raises:
        Refused: the place cannot be found, or units are on their way to the old one.
    """
    with write_tx(step.connection):
        order_id = find_order(step, name)
        order = orders.read_order(step.connection, order_id)
        if not 1 <= number <= len(order.destinations):
            raise NotFound(f"{order_name(order_id)} has ship-tos 1 to {len(order.destinations)}")
        findings = Findings()
        profile = step.partners.by_id(order.partner)
        lookups = Catalog(step.connection)
        found = find_place(place, profile, lookups, findings, rule=PlaceSettings())
        if findings.holds:
            raise Refused(findings.holds[0].reason)
        for line in order.lines:
            q = line.quantities
            if line.destination == number - 1 and q.allocated + q.released + q.shipped:
                raise Refused(f"line {line.buyer_line} is allocated or left already; cancel it")
        order_terms.set_destination(step.connection, order_id, number - 1, found)
        told = " ".join(filter(None, (found.name, found.city, found.state, found.postal_code)))
        add_event(
            step.connection,
            "order.ship_to",
            f"ship-to {number} is {told}: {reason}",
            at=step.at,
            actor=actor,
            order_id=order_id,
        )
        if settle_places(step, orders.read_order(step.connection, order_id), PlaceSettings()):
            holds = [h for h in open_holds(step.connection, order_id) if h.kind == HoldKind.ADDRESS]
            end_holds(step, order_id, holds, outcome="released", actor=actor, reason=reason)
    return order_id


@act
def cancel(
    step: Step, name: str, *, buyer_line: str | None, actor: str, reason: str
) -> tuple[int, int]:
    """Cancel an order, or one line; of what a warehouse has, whatever does not ship.

    Returns the order id and the units that are released: a warehouse must be asked to stop them.

    Raises:
        NotFound: there is no such order or line, or a PO number fits several.
        Refused: nothing is left to cancel.
    """
    with write_tx(step.connection):
        order_id = find_order(step, name)
        order = orders.read_order(step.connection, order_id)
        lines = _lines(order, buyer_line)
        if not any(_cancellable(line) for line in lines):
            raise Refused(f"{order_name(order_id)} has nothing left to cancel")
        ids = None if buyer_line is None else {line.line_id for line in lines}
        cancel_order(step, order_id, source="person", actor=actor, reason=reason, line_ids=ids)
    return order_id, sum(line.quantities.released for line in lines)


def _lines(order: BookOrder, buyer_line: str | None) -> list[BookLine]:
    lines = [line for line in order.lines if buyer_line is None or line.buyer_line == buyer_line]
    if not lines:
        raise NotFound(f"{order_name(order.order_id)} has no line {buyer_line}")
    return lines


def _cancellable(line: BookLine) -> int:
    q = line.quantities
    return q.open + q.backordered + q.allocated + q.released


@act
def receive(
    step: Step, item: str, node: str, units: int, *, actor: str, reason: str
) -> stock.Level:
    """Book goods that arrived at a node; waiting lines are offered them in the next run.

    Raises:
        NotFound: there is no such node or item.
    """
    place = step.config.node(node)
    if place is None:
        raise NotFound(f"no node {node}; there are {', '.join(n.id for n in step.config.nodes)}")
    with write_tx(step.connection):
        if Catalog(step.connection).item(item) is None:
            raise NotFound(f"no item {item}")
        note = f"{actor}: {reason}"
        moved_at = when_moved(step, place, item, None, units)
        stock.receive(
            step.connection,
            stock.Movement(
                item=item,
                node=node,
                kind="receipt",
                at=step.at,
                moved_at=moved_at,
                on_hand=units,
                note=note,
            ),
        )
        add_event(
            step.connection,
            "stock.received",
            f"{units} {item} at {node}: {reason}",
            at=step.at,
            actor=actor,
        )
        return stock.read_level(step.connection, item, node)
