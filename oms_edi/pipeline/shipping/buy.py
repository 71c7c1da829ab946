"""Buy what a supplier ships to the customer itself: the 850 of a shipment."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from oms_edi.config.node import NodeSettings
from oms_edi.domain.documents import PurchaseLine, PurchaseOrder
from oms_edi.domain.item import GTIN_QUALIFIERS
from oms_edi.domain.order import BookLine, BookOrder
from oms_edi.domain.party import Party
from oms_edi.errors import NotFound
from oms_edi.pipeline.frame.each_order import Batch
from oms_edi.pipeline.frame.node_party import node_party
from oms_edi.pipeline.frame.step import Step
from oms_edi.store import purchases
from oms_edi.store.catalog import Catalog
from oms_edi.store.shipments import Allocation
from oms_edi.store.supplier_items import SupplierItem
from oms_edi.transactions import t850_purchase_order

#: References of a customer that mean nothing to a supplier, and the one we write ourselves.
_OUR_OWN = ("IA", "CO")


def buy(
    batch: Batch,
    order: BookOrder,
    node: NodeSettings,
    po_number: str,
    destination: int,
    parts: Sequence[Allocation],
    shipment_id: int,
) -> None:
    """Owe the supplier of a node the 850 for these allocations, and keep what it says they cost.

    Raises:
        NotFound: it does not carry an item any more.
    """
    lines = {line.line_id: line for line in order.lines}
    sold = {
        part.allocation_id: _sold(batch.catalog, node, lines[part.line_id].item or "")
        for part in parts
    }
    purchases.set_costs(
        batch.step.connection, [(key, format(one.cost, "f")) for key, one in sold.items()]
    )
    value = _purchase(batch.step, batch.catalog, order, node, po_number, destination, parts, sold)
    supplier = batch.step.partners.by_id(node.partner)
    version = supplier.x12.version if supplier.x12 else "004010"
    batch.outgoing.add(
        supplier,
        "850",
        t850_purchase_order.write(value, version=version),
        order_id=order.order_id,
        shipment_id=shipment_id,
    )


def _sold(catalog: Catalog, node: NodeSettings, item: str) -> SupplierItem:
    found = catalog.sellers(item).get(node.partner)
    if found is None:
        raise NotFound(
            f"{node.partner} does not carry {item} any more; import its items, or cancel the line"
        )
    return found


def _purchase(
    step: Step,
    catalog: Catalog,
    order: BookOrder,
    node: NodeSettings,
    po_number: str,
    destination: int,
    parts: Sequence[Allocation],
    sold: Mapping[int, SupplierItem],
) -> PurchaseOrder:
    profile = step.partners.by_id(order.partner)
    company = step.config.company
    lines = {line.line_id: line for line in order.lines}
    ship_on = max((part.ship_on for part in parts if part.ship_on), default=None)
    own = [pair for pair in order.references if pair[0] not in _OUR_OWN]
    return PurchaseOrder(
        order_type=node.supplier.order_type,
        po_number=po_number,
        ordered_on=step.now.date(),
        buyer=Party(role="BY", name=company.name, id_qualifier="92", id_code=company.gs_id),
        supplier=node_party(node, "VN")._replace(id_qualifier="92"),
        ship_to=order.destinations[destination],
        ship_on=date.fromisoformat(ship_on) if ship_on else None,
        deliver_by=lines[parts[0].line_id].requested_on or order.deliver_by,
        cancel_after=order.cancel_after,
        references=(("CO", order.po_number), *own),
        notes=order.notes,
        scac=profile.orders.scac,
        carrier_name=order.routing or profile.orders.carrier,
        lines=tuple(
            _line(catalog, lines[part.line_id], part, sold[part.allocation_id], number)
            for number, part in enumerate(parts, start=1)
        ),
    )


def _line(
    catalog: Catalog, line: BookLine, part: Allocation, sold: SupplierItem, number: int
) -> PurchaseLine:
    item = catalog.item(sold.item)
    gtin = tuple(pair for pair in line.items if pair[0] in GTIN_QUALIFIERS)[:1]
    return PurchaseLine(
        number=number,
        quantity=Decimal(part.quantity),
        unit=item.unit if item else line.buyer_unit,
        cost=sold.cost,
        items=(("VN", sold.supplier_item), ("BP", sold.item), *gtin),
        description=item.description if item else line.description,
    )
