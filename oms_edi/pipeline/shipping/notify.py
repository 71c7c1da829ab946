"""Step 5: tell the customer what left. One 856 for each 945, from its facts, never from plans."""

from collections import Counter
from datetime import date
from decimal import Decimal
from functools import partial

from oms_edi.domain.documents import NoticeItem, NoticePack, ShipNotice
from oms_edi.domain.order import BookLine, BookOrder
from oms_edi.domain.quantity import Method, to_buyer
from oms_edi.errors import NotFound, Unsendable
from oms_edi.partners.profile import PartnerProfile
from oms_edi.pipeline.frame.each_order import Batch, Job, each_order
from oms_edi.pipeline.frame.node_party import node_party
from oms_edi.pipeline.frame.step import Step
from oms_edi.store import dispatches, shipments
from oms_edi.store.dispatches import Dispatch
from oms_edi.store.shipments import Shipment
from oms_edi.store.timeline import add_event
from oms_edi.transactions import t856_ship_notice


def notify(step: Step) -> int:
    """Write every 856 that is owed; return how many were written or settled without one."""
    due = [Job(order_id, part) for part, order_id in dispatches.notices_due(step.connection)]
    return each_order(step, due, {"ship notice": _notify_one})


def _notify_one(batch: Batch, job: Job) -> None:
    step = batch.step
    dispatch = dispatches.read_dispatch(step.connection, job.part)
    shipment = shipments.read_shipment(step.connection, dispatch.shipment_id)
    order = batch.orders[job.order_id]
    profile = step.partners.by_id(order.partner)
    dispatches.set_noticed(step.connection, dispatch.dispatch_id)
    if profile.x12 is None or "856" not in profile.orders.documents:
        return
    problem = _mismatch(step, dispatch, shipment)
    if problem:
        raise Unsendable(f"856 of {shipment.depositor_order}: {problem}")
    notice = _notice(step, dispatch, shipment, order, profile)
    body = t856_ship_notice.write(notice, version=profile.x12.version)
    batch.outgoing.add(
        profile, "856", body, order_id=order.order_id, shipment_id=shipment.shipment_id
    )
    add_event(
        step.connection,
        "notice.written",
        f"{notice.shipment}: ship notice, cartons: {len(notice.packs)}",
        at=step.at,
        order_id=order.order_id,
        shipment_id=shipment.shipment_id,
    )


def _mismatch(step: Step, dispatch: Dispatch, shipment: Shipment) -> str:
    """Return where cartons and 945s disagree; "" if every shipped unit is in one carton."""
    packed = dispatches.packed_units(step.connection, shipment.shipment_id)
    for part in shipments.allocations_of_shipment(step.connection, shipment.shipment_id):
        units = packed.get(part.allocation_id, 0)
        if units != part.shipped:
            return f"line {part.number} of the 940: {part.shipped} shipped, {units} in cartons"
    return "" if dispatch.packages else "no units are packed"


def _notice(
    step: Step,
    dispatch: Dispatch,
    shipment: Shipment,
    order: BookOrder,
    profile: PartnerProfile,
) -> ShipNotice:
    node = step.config.node(shipment.node)
    if node is None:
        raise NotFound(f"node {shipment.node} is not in the configuration any more")
    return ShipNotice(
        shipment=f"{shipment.depositor_order}-{dispatch.dispatch_id}",
        created_at=step.now,
        shipped_on=date.fromisoformat(dispatch.shipped_on),
        expected_on=date.fromisoformat(dispatch.expected_on) if dispatch.expected_on else None,
        structure=profile.orders.asn_structure,
        po_number=order.po_number,
        release_number=order.release_number,
        ordered_on=order.ordered_on,
        references=order.references,
        ship_from=node_party(node, "SF"),
        ship_to=order.destinations[shipment.destination],
        scac=dispatch.scac or profile.orders.scac,
        carrier_name=dispatch.carrier_name,
        transport=dispatch.transport,
        bill_of_lading=dispatch.bill_of_lading,
        tracking=dispatch.tracking,
        weight=Decimal(dispatch.weight) if dispatch.weight else None,
        packs=_packs(dispatch, order, profile.orders.quantity_method),
    )


def _packs(dispatch: Dispatch, order: BookOrder, method: Method) -> tuple[NoticePack, ...]:
    lines = {line.line_id: line for line in order.lines}
    broken: Counter[int] = Counter()
    return tuple(
        NoticePack(
            sscc=package.sscc,
            tracking=package.tracking,
            items=tuple(
                NoticeItem(
                    buyer_line=lines[line_id].buyer_line,
                    items=lines[line_id].items,
                    shipped=_shipped(lines[line_id], units, method, broken),
                    unit=lines[line_id].buyer_unit,
                    ordered=lines[line_id].buyer_quantity,
                )
                for line_id, units in package.contents
            ),
        )
        for package in dispatch.packages
    )


def _shipped(line: BookLine, units: int, method: Method, broken: Counter[int]) -> Decimal:
    """Return the units of a carton as the buyer writes them.

    Parts of a case are rounded so that those of all cartons add up; `broken` counts them by line.
    """
    told = partial(to_buyer, method=method, factor=line.unit_factor)
    rest = units % line.unit_factor
    if not rest or method == "unit_and_pieces":
        return told(units)
    before = broken[line.line_id]
    broken[line.line_id] += rest
    return told(units - rest) + told(before + rest) - told(before)
