"""Tell the warehouses: what is allocated, due and not held goes into 940s, at a supplier into 850s.

Done with the decision where it is due then, and as step 4 for what was held, or is told later.
One shipment for an order, node, destination and day asked for; its number is the key the 945
returns.
"""

from datetime import date
from decimal import Decimal
from functools import lru_cache

from oms_edi.config.node import NodeSettings
from oms_edi.domain.counted import counted
from oms_edi.domain.documents import ShippingOrder, ShippingOrderLine
from oms_edi.domain.item import GTIN_QUALIFIERS
from oms_edi.domain.lifecycle import order_name
from oms_edi.domain.order import BookLine, BookOrder
from oms_edi.domain.party import Party
from oms_edi.errors import NotFound
from oms_edi.pipeline.frame.each_order import Batch, Job, each_order
from oms_edi.pipeline.frame.node_party import node_party
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.shipping.buy import buy
from oms_edi.store import backlog, orders, shipments
from oms_edi.store.catalog import Catalog
from oms_edi.store.shipments import Allocation
from oms_edi.store.timeline import add_event
from oms_edi.transactions import t940_shipping_order

#: Item qualifiers a label needs as the buyer's own number.
_BUYER_QUALIFIERS = ("IN", "BP", "CB", "PI", "SK")


def release(step: Step) -> int:
    """Release everything that is allocated and free to go; return how many orders that were."""
    due = [Job(order_id) for order_id in backlog.orders_to_release(step.connection, at=step.at)]
    return each_order(step, due, {"release": release_order})


def release_order(batch: Batch, job: Job) -> bool:
    """Write a 940 for each node, destination and day that has allocated units of this order.

    False if nothing of it is due and not held.

    Raises:
        NotFound: a node it is allocated at is not in the configuration any more.
    """
    step, order_id = batch.step, job.order_id
    order = batch.orders[order_id]
    lines = {line.line_id: line for line in order.lines}
    legs: dict[tuple[int, date | None, str], list[Allocation]] = {}
    before: set[int] = set()
    for allocation in batch.allocations[order_id]:
        if allocation.shipment_id is not None:
            before.add(allocation.shipment_id)
        elif not lines[allocation.line_id].held and (
            allocation.release_at is None or allocation.release_at <= step.at
        ):
            line = lines[allocation.line_id]
            key = (line.destination, line.requested_on, allocation.node)
            legs.setdefault(key, []).append(allocation)
    first = len(before) + 1
    for number, ((destination, _, node_id), parts) in enumerate(legs.items(), start=first):
        node = step.config.node(node_id)
        if node is None:
            raise NotFound(f"node {node_id} is not in the configuration any more")
        depositor_order = f"{order_name(order_id)}-{number}"
        shipment_id = shipments.put_shipment(
            step.connection,
            order_id=order_id,
            destination=destination,
            node=node_id,
            depositor_order=depositor_order,
            allocations=parts,
            at=step.at,
        )
        orders.move_later(
            step.connection, "allocated", "released", [(a.line_id, a.quantity) for a in parts]
        )
        if node.is_supplier:
            buy(batch, order, node, depositor_order, destination, parts, shipment_id)
        else:
            _order(batch, order, node, depositor_order, destination, parts, shipment_id)
        add_event(
            step.connection,
            "shipment.released",
            f"{depositor_order}: {counted(sum(a.quantity for a in parts), 'unit')} from {node_id}"
            + (f", bought of {node.partner}" if node.is_supplier else ""),
            at=step.at,
            order_id=order_id,
            shipment_id=shipment_id,
        )
    return bool(legs)


def _order(
    batch: Batch,
    order: BookOrder,
    node: NodeSettings,
    depositor_order: str,
    destination: int,
    parts: list[Allocation],
    shipment_id: int,
) -> None:
    """Owe a warehouse the 940 of a shipment."""
    step = batch.step
    lines = {line.line_id: line for line in order.lines}
    value = shipping_order(
        step, batch.catalog, order, lines, node, depositor_order, destination, parts
    )
    warehouse = step.partners.by_id(node.partner)
    version = warehouse.x12.version if warehouse.x12 else "004010"
    batch.outgoing.add(
        warehouse,
        "940",
        t940_shipping_order.write(value, version=version),
        order_id=order.order_id,
        shipment_id=shipment_id,
    )


def shipping_order(
    step: Step,
    catalog: Catalog,
    order: BookOrder,
    lines: dict[int, BookLine],
    node: NodeSettings,
    depositor_order: str,
    destination: int,
    parts: list[Allocation],
) -> ShippingOrder:
    """Return the 940 of a shipment as a new one; `parts` are what it is to carry."""
    profile = step.partners.by_id(order.partner)
    company = step.config.company
    ship_on = max((a.ship_on for a in parts if a.ship_on), default=None)
    return ShippingOrder(
        status="N",
        depositor_order=depositor_order,
        po_number=order.po_number,
        ship_to=order.destinations[destination],
        warehouse=node_party(node),
        depositor=Party(role="DE", name=company.name, id_qualifier="91", id_code=company.gs_id),
        ordered_on=order.ordered_on or step.now.date(),
        ship_on=date.fromisoformat(ship_on) if ship_on else None,
        deliver_by=lines[parts[0].line_id].requested_on or order.deliver_by,
        cancel_after=order.cancel_after,
        references=order.references,
        notes=order.notes,
        carrier_name=order.routing or profile.orders.carrier,
        scac=profile.orders.scac,
        lines=tuple(
            _order_line(catalog, lines[a.line_id], a, number)
            for number, a in enumerate(parts, start=1)
        ),
    )


@lru_cache(maxsize=4096)
def _labels(items: tuple[tuple[str, str], ...]) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return the buyer's own number of an item, and its GTIN as a pair, where there is one."""
    buyer_item = next((code for q, code in items if q in _BUYER_QUALIFIERS), "")
    return buyer_item, tuple(pair for pair in items if pair[0] in GTIN_QUALIFIERS)[:1]


def _order_line(
    catalog: Catalog, line: BookLine, allocation: Allocation, number: int
) -> ShippingOrderLine:
    item = catalog.item(line.item or "")
    buyer_item, gtin = _labels(line.items)
    return ShippingOrderLine(
        number=number,
        quantity=Decimal(allocation.quantity),
        unit=item.unit if item else line.buyer_unit,
        items=(("VN", line.item or ""), *gtin),
        description=item.description if item else line.description,
        buyer_item=buyer_item,
    )
