"""What warehouses and suppliers shipped: the 945, their 856. Facts win over plans."""

from dataclasses import replace
from datetime import date
from typing import Literal

from oms_edi.domain.counted import counted
from oms_edi.domain.documents import AdviceLine, ShippingAdvice
from oms_edi.domain.lifecycle import Place
from oms_edi.domain.order import BookLine, BookOrder
from oms_edi.partners.profile import PartnerProfile
from oms_edi.pipeline.frame.attention import attention
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.shipping.not_shipped import give_back
from oms_edi.pipeline.shipping.packing import Packed, into_packs, pack
from oms_edi.pipeline.shipping.purchase_done import end_late
from oms_edi.pipeline.shipping.warehouse_said import hear_advice
from oms_edi.pipeline.stock.stock_terms import settle_count, when_moved
from oms_edi.pipeline.stock.supplier_stock import assume_again, assume_no_more
from oms_edi.routing.arrival import arrival
from oms_edi.store import dispatches, files, orders, owed, shipments, stock
from oms_edi.store.catalog import Catalog
from oms_edi.store.exceptions import close_exception
from oms_edi.store.shipments import Allocation, Shipment
from oms_edi.store.timeline import add_event

#: Kinds of a report of a shipment nobody asked for.
UNMATCHED = {"945": "unmatched_945", "856": "unmatched_856"}
REPEATED = {"945": "repeated_945", "856": "repeated_856"}
UNMATCHED_LINE = {"945": "unmatched_945_line", "856": "unmatched_856_line"}
#: BSN05 of notices that cannot tell a carton with two items.
_CARTONS_BELOW_ITEMS = "0002"
#: W1201 codes after which the rest of the line still comes from the same 940.
_MORE_FOLLOWS = frozenset({"BP", "PR", "BO", "SS"})
#: Element 892 reasons after which nobody can ship it: discontinued, withdrawn.
_GIVEN_UP = frozenset({"17", "24"})


def book_advice(
    step: Step,
    catalog: Catalog,
    advice: ShippingAdvice,
    profile: PartnerProfile,
    *,
    document_id: int,
    set_id: Literal["945", "856"] = "945",
) -> None:
    """Book a 945, or a supplier's 856: units leave stock and line, the rest is decided again."""
    shipment = _find(step, advice, profile)
    name = advice.depositor_order or advice.po_number or advice.warehouse_shipment
    known = shipment is not None
    if shipment and shipment.state != "released":
        if not any(line.shipped for line in advice.lines):
            files.link_document(
                step.connection,
                document_id,
                order_id=shipment.order_id,
                shipment_id=shipment.shipment_id,
            )
            return  # nothing of it left, as the book says already
        shipment = None
    if shipment is None:
        attention(
            step,
            UNMATCHED[set_id],
            f"{profile.id} {name}",
            f"{profile.id} reports a shipment of {name}, which"
            f" {'is closed already' if known else 'fits none we ordered'}; nothing was booked",
            partner=profile.id,
        )
        return
    close_exception(step.connection, UNMATCHED[set_id], f"{profile.id} {name}", at=step.at)
    files.link_document(
        step.connection, document_id, order_id=shipment.order_id, shipment_id=shipment.shipment_id
    )
    parts = shipments.allocations_of_shipment(step.connection, shipment.shipment_id)
    order = orders.read_order(step.connection, shipment.order_id)
    lines = {line.line_id: line for line in order.lines}
    packed = _book_lines(
        step, catalog, advice, profile, shipment, lines, parts, document_id, set_id
    )
    if packed:
        _dispatch(step, catalog, advice, shipment, order, packed, document_id)
    _close_if_done(step, shipment)


def with_rest(step: Step, advice: ShippingAdvice, profile: PartnerProfile) -> ShippingAdvice:
    """Return a supplier's 856 with what it means for the rest of lines where it does not say so."""
    shipment = shipments.find_shipment(step.connection, advice.depositor_order)
    node = step.config.node(shipment.node) if shipment else None
    follows = node is not None and node.supplier.rest_of_line == "follows"
    lines = tuple(
        replace(line, status=line.status or ("PR" if follows else "CC")) for line in advice.lines
    )
    return replace(advice, lines=lines)


def tell_repeated_advice(
    step: Step,
    advice: ShippingAdvice,
    profile: PartnerProfile,
    *,
    set_id: Literal["945", "856"] = "945",
) -> None:
    """Say that the same 945 or 856 came again in a new envelope; nothing ships twice."""
    name = advice.depositor_order or advice.po_number or advice.warehouse_shipment
    attention(
        step,
        REPEATED[set_id],
        f"{profile.id} {name}",
        f"{profile.id} sent the {set_id} of {name} again; it was not booked twice",
        partner=profile.id,
    )


def _find(step: Step, advice: ShippingAdvice, profile: PartnerProfile) -> Shipment | None:
    """Match by our number; without one, by PO if only one that is not closed fits."""
    nodes = {node.id for node in step.config.nodes if node.partner == profile.id}
    for key in (advice.depositor_order, advice.warehouse_shipment):
        found = shipments.find_shipment(step.connection, key) if key else None
        if found and found.node in nodes:
            return found
    if not advice.depositor_order and advice.po_number:
        fits = [
            shipment
            for node in sorted(nodes)
            for shipment in shipments.find_released_by_po(step.connection, node, advice.po_number)
        ]
        return fits[0] if len(fits) == 1 else None
    return None


def _book_lines(
    step: Step,
    catalog: Catalog,
    advice: ShippingAdvice,
    profile: PartnerProfile,
    shipment: Shipment,
    lines: dict[int, BookLine],
    parts: list[Allocation],
    document_id: int,
    set_id: str,
) -> list[Packed]:
    open_units = {part.allocation_id: part.quantity - part.shipped - part.short for part in parts}
    packed: list[Packed] = []
    final: dict[str, AdviceLine] = {}
    unfinished: set[str] = set()
    for told in advice.lines:
        item = _item(catalog, told, profile)
        fits = [part for part in parts if item and lines[part.line_id].item == item]
        counted = _units(catalog, item, told)
        if item is not None and counted is None:
            unfinished.add(item)
        if not fits or counted is None:
            _uncountable(step, told, profile, shipment, UNMATCHED_LINE[set_id])
            continue
        units = counted
        takes: list[tuple[int, int]] = []
        for part in fits:
            take = min(units, open_units[part.allocation_id])
            if take:
                _ship(step, part, item or "", take, advice.shipped_on, document_id)
                open_units[part.allocation_id] -= take
                units -= take
                takes.append((part.allocation_id, take))
        packed += into_packs(catalog, item or "", takes, told.packs)
        if units:
            _over(step, advice, profile, shipment, item or "", units, document_id)
        if told.status in _MORE_FOLLOWS:
            unfinished.add(item or "")
        elif told.reason or item not in final:
            final[item or ""] = told
    # An item may stand in several W12, one per carton or line: what is missing shows at the end.
    for item, told in final.items():
        if item not in unfinished:
            fits = [part for part in parts if lines[part.line_id].item == item]
            _short(step, told, shipment, fits, open_units, lines)
    return packed


def _uncountable(
    step: Step, told: AdviceLine, profile: PartnerProfile, shipment: Shipment, kind: str
) -> None:
    ids = ", ".join(f"{q} {code}" for q, code in told.items)
    attention(
        step,
        kind,
        f"{shipment.depositor_order} {ids}",
        f"{profile.id} reports {told.shipped} {told.unit} of {ids} in"
        f" {shipment.depositor_order}, which we cannot count there",
        node=shipment.node,
        order_id=shipment.order_id,
    )


def _over(
    step: Step,
    advice: ShippingAdvice,
    profile: PartnerProfile,
    shipment: Shipment,
    item: str,
    units: int,
    document_id: int,
) -> None:
    """Take from stock what left beyond what was asked for, and tell a person."""
    node = step.config.node(shipment.node)
    moved_at = when_moved(step, node, item, advice.shipped_on, -units) if node else ""
    stock.lose(
        step.connection,
        stock.Movement(
            item=item,
            node=shipment.node,
            kind="adjustment",
            at=step.at,
            moved_at=moved_at,
            on_hand=-units,
            document_id=document_id,
            note=f"{shipment.depositor_order} shipped more than it asked for",
        ),
    )
    if node:
        settle_count(step, node, item, moved_at=moved_at)
        assume_again(step, node, item, units)
    attention(
        step,
        "over_shipped",
        f"{shipment.depositor_order} {item}",
        f"{profile.id} shipped {units} {item} more than {shipment.depositor_order} asked",
        node=shipment.node,
        order_id=shipment.order_id,
    )


def _units(catalog: Catalog, item: str | None, told: AdviceLine) -> int | None:
    """Return W1203 in base units; None if it is no whole number of them."""
    known = catalog.item(item) if item else None
    factor = known.factor(told.unit or known.unit) if known else None
    if factor is None or told.shipped * factor % 1:
        return None
    return int(told.shipped * factor)


def _item(catalog: Catalog, told: AdviceLine, profile: PartnerProfile) -> str | None:
    for qualifier, code in told.items:
        item = catalog.find(profile.id, qualifier, code)
        if item:
            return item
    return None


def _ship(
    step: Step, part: Allocation, item: str, units: int, shipped_on: date | None, document_id: int
) -> None:
    shipments.add_shipped(step.connection, part.allocation_id, shipped=units, short=0)
    node = step.config.node(part.node)
    moved_at = when_moved(step, node, item, shipped_on, -units) if node else step.at
    stock.ship(
        step.connection,
        item,
        part.node,
        units,
        line_id=part.line_id,
        at=step.at,
        moved_at=moved_at,
        document_id=document_id,
    )
    if node:
        settle_count(step, node, item, moved_at=moved_at)
        assume_again(step, node, item, units)
    orders.move(step.connection, "released", "shipped", [(part.line_id, units)])


def _short(
    step: Step,
    told: AdviceLine,
    shipment: Shipment,
    fits: list[Allocation],
    open_units: dict[int, int],
    lines: dict[int, BookLine],
) -> None:
    """Decide again what the warehouse did not ship, and never at the same node.

    What it was asked not to ship is not decided again: it is not wanted any more.
    """
    missing = 0
    item = lines[fits[0].line_id].item or ""
    order = orders.read_order(step.connection, shipment.order_id)
    for part in fits:
        units = open_units[part.allocation_id]
        open_units[part.allocation_id] = 0
        missing += give_back(
            step,
            order,
            lines[part.line_id],
            part,
            units,
            note=f"not shipped, reason {told.reason or 'none'}",
            reason=told.reason,
            target=Place.CANCELLED if told.reason in _GIVEN_UP else Place.OPEN,
        )
    owed.set_answer_due(step.connection, shipment.order_id)
    if missing:
        node = step.config.node(shipment.node)
        if node is not None and node.is_supplier:
            assume_no_more(step, node, item)
        text = (
            f"{shipment.node} did not ship {missing} {item} of {shipment.depositor_order}"
            f" (reason {told.reason or 'not given'})"
        )
        add_event(
            step.connection,
            "shipment.short",
            text,
            at=step.at,
            order_id=shipment.order_id,
            shipment_id=shipment.shipment_id,
        )
        attention(
            step,
            "short_shipped",
            f"{shipment.depositor_order} {item}",
            text,
            node=shipment.node,
            order_id=shipment.order_id,
        )


def _dispatch(
    step: Step,
    catalog: Catalog,
    advice: ShippingAdvice,
    shipment: Shipment,
    order: BookOrder,
    packed: list[Packed],
    document_id: int,
) -> None:
    shipped_on = advice.shipped_on or step.now.date()
    dispatch_id = dispatches.put_dispatch(
        step.connection,
        dispatches.NewDispatch(
            shipment_id=shipment.shipment_id,
            document_id=document_id,
            warehouse_shipment=advice.warehouse_shipment,
            shipped_on=shipped_on.isoformat(),
            carrier_name=advice.carrier_name,
            scac=advice.scac,
            transport=advice.transport,
            bill_of_lading=advice.bill_of_lading,
            tracking=advice.tracking,
            weight=None if advice.weight is None else format(advice.weight, "f"),
            expected_on=_expected_on(step, advice, shipment, order, shipped_on),
            notice_due=True,
        ),
    )
    buyer = step.partners.find(order.partner)
    mixed = buyer is None or buyer.orders.asn_structure != _CARTONS_BELOW_ITEMS
    pack(step, catalog, dispatch_id, packed, mixed=mixed)
    units = sum(part.units for part in packed)
    carrier = advice.carrier_name or advice.scac or "an unnamed carrier"
    add_event(
        step.connection,
        "shipment.shipped",
        f"{shipment.depositor_order}: {counted(units, 'unit')} left {shipment.node} with {carrier}"
        + (f", tracking {advice.tracking}" if advice.tracking else ""),
        at=step.at,
        order_id=shipment.order_id,
        shipment_id=shipment.shipment_id,
    )


def _expected_on(
    step: Step, advice: ShippingAdvice, shipment: Shipment, order: BookOrder, shipped_on: date
) -> str | None:
    """Return the day a load arrives: as it says, else as planned, later if it left later."""
    if advice.due_on and advice.due_on >= shipped_on:
        return advice.due_on.isoformat()
    node = step.config.node(shipment.node)
    if node is None or not shipment.ship_on or shipped_on.isoformat() <= shipment.ship_on:
        return shipment.deliver_on
    place = order.destinations[shipment.destination]
    arrives = arrival(node, place, shipped_on, step.config.routing).isoformat()
    return max(arrives, shipment.deliver_on or "")


def _close_if_done(step: Step, shipment: Shipment) -> None:
    parts = shipments.allocations_of_shipment(step.connection, shipment.shipment_id)
    if all(part.shipped + part.short == part.quantity for part in parts):
        shipments.close_shipment(step.connection, shipment.shipment_id)
        end_late(step, shipment)
    hear_advice(step, shipment)
