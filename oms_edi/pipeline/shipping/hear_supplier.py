"""What suppliers answer: an 855, or a person's word. What they refuse is decided again, elsewhere.

The customer hears of it by the next 855, as of anything that changes what was promised.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal, NamedTuple

from oms_edi.config.node import NodeSettings
from oms_edi.domain.documents import SupplierAnswer
from oms_edi.domain.item import GTIN_QUALIFIERS
from oms_edi.domain.order import BookLine, BookOrder
from oms_edi.errors import NotFound, Refused
from oms_edi.partners.profile import PartnerProfile
from oms_edi.pipeline.frame.attention import attention
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.frame.turns import act
from oms_edi.pipeline.shipping.not_shipped import give_back
from oms_edi.pipeline.shipping.purchase_done import end_late
from oms_edi.pipeline.shipping.supplier_answer import Answer, Asked, read_answer, strangers
from oms_edi.pipeline.shipping.warehouse_said import hear_advice
from oms_edi.pipeline.stock.stock_terms import item_ids
from oms_edi.pipeline.stock.supplier_stock import assume_no_more
from oms_edi.routing.arrival import arrival
from oms_edi.store import files, orders, owed, purchases, shipments
from oms_edi.store.catalog import Catalog
from oms_edi.store.database import write_tx
from oms_edi.store.exceptions import close_exception
from oms_edi.store.shipments import Allocation, Shipment
from oms_edi.store.timeline import add_event

Word = Literal["confirmed", "refused"]


class _Bought(NamedTuple):
    """A shipment a supplier was told to make, as one answer finds it."""

    shipment: Shipment
    node: NodeSettings
    order: BookOrder
    lines: Mapping[int, BookLine]
    parts: list[Allocation]


def book_supplier_answer(
    step: Step,
    catalog: Catalog,
    answer: SupplierAnswer,
    profile: PartnerProfile,
    *,
    document_id: int,
) -> None:
    """Book an 855: what will ship is confirmed, what will not is decided again."""
    subject = f"{profile.id} {answer.po_number}"
    bought = _find(step, answer.po_number, profile)
    if bought is None or bought.shipment.state != "released":
        what = "which was never bought there" if bought is None else "of which nothing is owed"
        text = f"{profile.id} answers {answer.po_number}, {what}"
        attention(step, "unmatched_855", subject, text, partner=profile.id)
        return
    close_exception(step.connection, "unmatched_855", subject, at=step.at)
    shipment = bought.shipment
    files.link_document(
        step.connection, document_id, order_id=shipment.order_id, shipment_id=shipment.shipment_id
    )
    asked = [_asked(catalog, profile, bought, part) for part in bought.parts]
    for line in strangers(answer, asked):
        ids = item_ids(line.items)
        attention(
            step,
            "unmatched_855",
            f"{shipment.depositor_order} {ids}",
            f"{profile.id} answers {ids} in {shipment.depositor_order}, which its 850 has not",
            partner=profile.id,
            order_id=shipment.order_id,
        )
    _book_answers(step, bought, read_answer(answer, asked), said=f"855 {answer.kind}", by="partner")


def _find(step: Step, po_number: str, profile: PartnerProfile) -> _Bought | None:
    """Return what was bought of this supplier under this number, None if nothing was."""
    shipment = shipments.find_shipment(step.connection, po_number)
    node = step.config.node(shipment.node) if shipment else None
    if shipment is None or node is None or node.partner != profile.id:
        return None
    return _bought(step, shipment, node)


def _bought(step: Step, shipment: Shipment, node: NodeSettings) -> _Bought:
    order = orders.read_order(step.connection, shipment.order_id)
    lines = {line.line_id: line for line in order.lines}
    parts = shipments.allocations_of_shipment(step.connection, shipment.shipment_id)
    return _Bought(shipment, node, order, lines, parts)


def _asked(catalog: Catalog, profile: PartnerProfile, bought: _Bought, part: Allocation) -> Asked:
    line = bought.lines[part.line_id]
    item = catalog.item(line.item or "")
    sold = catalog.sellers(line.item or "").get(profile.id)
    names = {line.item or "", sold.supplier_item if sold else ""}
    names |= {code for q, code in line.items if q in GTIN_QUALIFIERS}
    return Asked(
        allocation_id=part.allocation_id,
        number=part.number or 0,
        item=line.item or "",
        names=frozenset(names - {""}),
        units=part.quantity - part.short,
        factors={item.unit: 1, **item.units} if item else {},
    )


def _book_answers(
    step: Step,
    bought: _Bought,
    answers: Mapping[int, Answer | None],
    *,
    said: str,
    by: str,
) -> None:
    """Book what a supplier says of each part of a shipment, in the caller's transaction."""
    shipment = bought.shipment
    told: list[str] = []
    for part in bought.parts:
        answer = answers.get(part.allocation_id)
        item = bought.lines[part.line_id].item or ""
        if answer is None:
            told.append(f"says nothing we can count of {item}")
            continue
        told.append(_book(step, bought, part, answer))
    text = f"{shipment.depositor_order}: {bought.node.partner} {', '.join(told)} ({said})"
    add_event(
        step.connection,
        "purchase.answered",
        text,
        at=step.at,
        actor=by,
        order_id=shipment.order_id,
        shipment_id=shipment.shipment_id,
    )
    owed.set_answer_due(step.connection, shipment.order_id)
    _close_if_done(step, shipment)


def _book(step: Step, bought: _Bought, part: Allocation, answer: Answer) -> str:
    """Book one part; return what was said of it, for the timeline."""
    item = bought.lines[part.line_id].item or ""
    purchases.add_confirmed(
        step.connection, part.allocation_id, max(answer.confirmed, part.shipped)
    )
    told = [f"confirms {answer.confirmed} {item}"] if answer.confirmed else []
    if answer.waiting:
        told.append(f"holds {answer.waiting} {item}")
    cut = part.quantity - part.short - max(answer.confirmed, part.shipped) - answer.waiting
    if cut > 0:
        told.append(f"refuses {cut} {item} ({answer.refusal or 'fewer'})")
        _refuse(step, bought, part, cut, answer.refusal)
    if answer.over:
        attention(
            step,
            "over_confirmed",
            f"{bought.shipment.depositor_order} {item}",
            f"{bought.node.partner} confirms {answer.over} {item} more than"
            f" {bought.shipment.depositor_order} asks for",
            partner=bought.node.partner,
            order_id=bought.order.order_id,
        )
    if answer.confirmed and (answer.ship_on or answer.deliver_on):
        told += _move(step, bought, part, answer)
    if answer.price is not None and part.cost is not None:
        told += _price(step, bought, item, answer.price, Decimal(part.cost))
    return ", ".join(told)


def _refuse(step: Step, bought: _Bought, part: Allocation, units: int, refusal: str) -> None:
    line = bought.lines[part.line_id]
    reason = f"refused by its supplier ({refusal or 'fewer'})"
    wanted = give_back(step, bought.order, line, part, units, note=reason, reason=refusal)
    if not wanted:
        return
    assume_no_more(step, bought.node, line.item or "")
    attention(
        step,
        "supplier_refused",
        f"{bought.shipment.depositor_order} {line.item}",
        f"{bought.node.partner} does not ship {wanted} {line.item} of"
        f" {bought.shipment.depositor_order} ({refusal or 'fewer'}); they are decided again",
        partner=bought.node.partner,
        node=bought.node.id,
        order_id=bought.order.order_id,
        buyer_line=line.buyer_line,
    )


def _move(step: Step, bought: _Bought, part: Allocation, answer: Answer) -> list[str]:
    """Have the promise follow the day a supplier says; tell who must know if it is too late."""
    order, shipment = bought.order, bought.shipment
    planned = date.fromisoformat(part.ship_on) if part.ship_on else None
    until = date.fromisoformat(part.deliver_on) if part.deliver_on else None
    ship_on, deliver_on = answer.ship_on, answer.deliver_on
    place = order.destinations[shipment.destination]
    if ship_on is None and deliver_on is not None:
        later = deliver_on - until if until else timedelta(0)
        ship_on = min(planned + later, deliver_on) if planned else deliver_on
    if ship_on is None or (ship_on, deliver_on or until) == (planned, until):
        return []
    deliver_on = deliver_on or arrival(bought.node, place, ship_on, step.config.routing)
    purchases.move_days(
        step.connection,
        part.allocation_id,
        ship_on=ship_on.isoformat(),
        deliver_on=deliver_on.isoformat(),
    )
    line = bought.lines[part.line_id]
    wanted = min(filter(None, (order.deliver_by, line.requested_on)), default=None)
    leave = min(filter(None, (order.not_after, order.cancel_after)), default=None)
    subject = f"{shipment.depositor_order} {line.item}"
    if (wanted and deliver_on > wanted) or (leave and ship_on > leave):
        limit = f"wanted by {wanted}" if wanted and deliver_on > wanted else f"not after {leave}"
        attention(
            step,
            "supplier_late",
            subject,
            f"{bought.node.partner} ships {line.item} of {shipment.depositor_order} on {ship_on},"
            f" there on {deliver_on}; {limit}",
            partner=bought.node.partner,
            node=bought.node.id,
            order_id=order.order_id,
            buyer_line=line.buyer_line,
        )
    else:
        close_exception(step.connection, "supplier_late", subject, at=step.at)
    return [f"ships it on {ship_on} instead of {planned}" if planned else f"ships it on {ship_on}"]


def _price(step: Step, bought: _Bought, item: str, price: Decimal, cost: Decimal) -> list[str]:
    """Compare the price of an 855 with that of its 850."""
    subject = f"{bought.shipment.depositor_order} {item}"
    limit = cost * (1 + bought.node.supplier.price_tolerance_percent / 100)
    if price <= limit:
        close_exception(step.connection, "supplier_price", subject, at=step.at)
        return [f"at {_price_text(price)} instead of {_price_text(cost)}"] if price != cost else []
    attention(
        step,
        "supplier_price",
        subject,
        f"{bought.node.partner} charges {_price_text(price)} for {item} in"
        f" {bought.shipment.depositor_order}, its 850 says {_price_text(cost)}",
        partner=bought.node.partner,
        order_id=bought.order.order_id,
    )
    return [f"at {_price_text(price)} instead of {_price_text(cost)}"]


def _price_text(price: Decimal) -> str:
    """Return a price with two decimals, or as many as it has, at most six."""
    text = f"{price:.6f}".rstrip("0")
    whole, _, decimals = text.partition(".")
    return f"{whole}.{decimals:0<2}"


def _close_if_done(step: Step, shipment: Shipment) -> None:
    parts = shipments.allocations_of_shipment(step.connection, shipment.shipment_id)
    if all(part.shipped + part.short == part.quantity for part in parts):
        shipments.close_shipment(step.connection, shipment.shipment_id)
        end_late(step, shipment)
    hear_advice(step, shipment)


@act
def supplier_said(
    step: Step, depositor_order: str, word: Word, *, actor: str, reason: str
) -> list[str]:
    """Book what a supplier said of all it still owes of a shipment, where it sends no 855.

    confirmed: it ships as bought; refused: it ships none of it, and it is decided again. What it
    was asked to stop and stops is not wanted any more, and is cancelled.

    Raises:
        NotFound: there is no such shipment.
        Refused: no supplier makes it, or nothing of it is owed.
    """
    with write_tx(step.connection):
        shipment = shipments.find_shipment(step.connection, depositor_order)
        if shipment is None:
            raise NotFound(f"no shipment {depositor_order}; `order` lists those of an order")
        node = step.config.node(shipment.node)
        if node is None or not node.is_supplier:
            raise Refused(f"{depositor_order} ships from {shipment.node}, which is no supplier")
        if shipment.state != "released":
            raise Refused(f"{node.partner} owes nothing of {depositor_order} any more")
        bought = _bought(step, shipment, node)
        answers: dict[int, Answer | None] = {
            part.allocation_id: Answer(confirmed=part.quantity - part.short)
            if word == "confirmed"
            else Answer(confirmed=part.shipped, refusal="told by phone")
            for part in bought.parts
        }
        _book_answers(step, bought, answers, said=reason, by=actor)
    items = ", ".join(sorted({bought.lines[part.line_id].item or "" for part in bought.parts}))
    return [f"{word}: {items}"]
