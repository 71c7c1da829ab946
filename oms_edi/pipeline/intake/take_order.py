"""Put one order message into the book: new, repeated, changed or cancelled.

The table of what is a duplicate is in the documentation of the order book (docs/architecture.md).
"""

from dataclasses import replace
from typing import NamedTuple

from oms_edi.domain.change import change_of
from oms_edi.domain.counted import counted
from oms_edi.domain.holds import Hold, HoldKind
from oms_edi.domain.lifecycle import order_name
from oms_edi.domain.message import OrderMessage, Purpose
from oms_edi.partners.profile import PartnerProfile
from oms_edi.pipeline.changes.take_change import take_change
from oms_edi.pipeline.frame.attention import attention
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.orders.enrich import enrich
from oms_edi.pipeline.orders.holding import place_hold
from oms_edi.pipeline.orders.money import judge_new
from oms_edi.store import orders
from oms_edi.store.catalog import Catalog
from oms_edi.store.timeline import add_event


class Taken(NamedTuple):
    """What became of a message."""

    order_id: int | None
    #: For the file's story: "new order", "duplicate of SO100004, ignored", ...
    text: str


def take_order(
    step: Step,
    catalog: Catalog,
    message: OrderMessage,
    profile: PartnerProfile,
    *,
    file_id: int,
    origin: str,
    channel: str,
) -> Taken:
    """Decide what `message` is and write it into the book, inside the caller's transaction.

    `channel` is how it came: edi, csv, json, xlsx, phone or api.
    """
    known = orders.orders_with_po(
        step.connection, profile.id, message.po_number, message.release_number
    )
    replaces_nothing = message.purpose is Purpose.REPLACE and not known
    if message.purpose is not Purpose.ORIGINAL and not replaces_nothing:
        change = change_of(message)
        changed = take_change(step, catalog, change, profile, source="850", file_id=file_id)
        return Taken(order_id=changed.order_id, text=changed.text)
    if replaces_nothing:  # what it was to replace may still come, saying the same
        message = replace(message, purpose=Purpose.ORIGINAL)
    order = enrich(message, profile, catalog, today=step.now.date())
    alive = [one for one in known if one.is_alive]  # a PO that was cancelled may be ordered anew
    extra: list[Hold] = []
    if alive:
        is_same = any(one.content_sha == order.content_sha for one in alive)
        first_id = alive[0].order_id
        if is_same and profile.orders.duplicate_po == "ignore":
            _event(step, "order.repeated", f"{origin}: same PO again, ignored", first_id)
            return Taken(order_id=first_id, text=f"duplicate of {order_name(first_id)}, ignored")
        extra += _again(step, message, profile, first_id, is_same=is_same)
    elif replaces_nothing and profile.orders.changes.replaces_unknown == "hold":
        extra.append(Hold(kind=HoldKind.AMENDMENT, reason="it replaces an order we never had"))
    money = judge_new(step, catalog, profile, order.lines)
    extra += [Hold(kind=one.kind, reason=one.text) for one in money if one.action == "hold"]
    order_id, line_ids = orders.put_order(
        step.connection, order, partner=profile.id, channel=channel, at=step.at
    )
    lines = counted(len(line_ids), "line")
    _event(
        step,
        "order.received",
        f"PO {message.po_number} from {profile.id}: {lines}, {origin}",
        order_id,
        file_id=file_id,
    )
    if replaces_nothing:
        text = f"it replaces PO {message.po_number}, which we never had; taken as a new order"
        _event(step, "order.replaces_unknown", text, order_id, file_id=file_id)
    for hold in (*order.holds, *extra):
        place_hold(
            step,
            order_id,
            None if hold.line is None else line_ids[hold.line],
            hold.kind,
            hold.reason,
            po_number=message.po_number,
            buyer_line="" if hold.line is None else order.lines[hold.line].buyer_line,
        )
    for text in order.settled:
        _event(step, "order.settled", text, order_id)
    warnings = [*order.warnings, *(one.text for one in money if one.action == "warn")]
    if warnings:
        _warn(step, order_id, f"PO {message.po_number} {'; '.join(warnings)}")
    return Taken(order_id=order_id, text="new order")


def _again(
    step: Step, message: OrderMessage, profile: PartnerProfile, first_id: int, *, is_same: bool
) -> list[Hold]:
    """Return the holds of an order whose PO is in the book as `first_id`; warn where so set."""
    first = order_name(first_id)
    if not is_same:
        reason = f"same PO as {first} with other content: possible amendment"
        return [Hold(kind=HoldKind.AMENDMENT, reason=reason)]
    if profile.orders.duplicate_po == "hold":
        return [Hold(kind=HoldKind.DUPLICATE, reason=f"same PO and content as {first}")]
    if profile.orders.duplicate_po == "warn":
        _warn(step, first_id, f"PO {message.po_number} came again with the same content")
    return []


def _warn(step: Step, order_id: int, text: str) -> None:
    attention(step, "warning", order_name(order_id), text, order_id=order_id)


def _event(
    step: Step,
    name: str,
    text: str,
    order_id: int,
    *,
    line_id: int | None = None,
    file_id: int | None = None,
) -> None:
    add_event(
        step.connection,
        name,
        text,
        at=step.at,
        order_id=order_id,
        line_id=line_id,
        file_id=file_id,
    )
