"""Try again what waits for master data or settings, as soon as they change."""

import hashlib

from oms_edi.domain.holds import Hold, HoldKind
from oms_edi.domain.order import BookOrder
from oms_edi.pipeline.enrich import find_place, our_price, resolve, settle_price
from oms_edi.pipeline.holding import end_holds, place_hold
from oms_edi.pipeline.step import Step
from oms_edi.pipeline.turns import settings_of
from oms_edi.store import orders
from oms_edi.store.catalog import Catalog
from oms_edi.store.database import write_tx
from oms_edi.store.journal import last_settings
from oms_edi.store.timeline import add_event, open_holds_of


def look_again(step: Step) -> None:
    """After a change of nodes, routing or mappings, decide again what waits."""
    mark = _mark(step)
    before = orders.settings_mark(step.connection)
    if mark == before and last_settings(step.connection) == settings_of(step):
        return
    with write_tx(step.connection):
        orders.set_settings_mark(step.connection, mark)
        if before and mark != before:
            why = "the configuration was changed"
            cured = cure_waiting(step, actor="daemon", why=why)
            waiting = orders.restock_waiting(step.connection)
            text = f"{why}: {waiting} items are offered again, {cured} holds ended"
            add_event(step.connection, "configuration.changed", text, at=step.at)


def _mark(step: Step) -> str:
    """Hash what decisions depend on: not folders, limits or how files are taken."""
    digest = hashlib.sha256(step.config.model_dump_json(include={"nodes", "routing"}).encode())
    for profile in step.partners:
        digest.update(profile.model_dump_json(include={"id", "orders"}).encode())
    return digest.hexdigest()


def cure_waiting(step: Step, *, actor: str, why: str) -> int:
    """Try every order and line that waits for master data again, in the caller's transaction.

    One import of a cross-reference, unit or price releases everything that waited on it.
    Returns how many holds ended.
    """
    return _cure_lines(step, actor, why) + _cure_places(step, actor, why)


def _cure_places(step: Step, actor: str, why: str) -> int:
    cured = 0
    for hold in open_holds_of(step.connection, (HoldKind.ADDRESS,)):
        order = orders.read_order(step.connection, hold.order_id)
        if step.partners.find(order.partner) and settle_places(step, order):
            end_holds(step, order.order_id, [hold], outcome="released", actor=actor, reason=why)
            cured += 1
    return cured


def settle_places(step: Step, order: BookOrder) -> bool:
    """Look up the ship-tos of an order again; False if one of them is still nowhere."""
    settings = step.partners.by_id(order.partner).orders
    problems: list[Hold] = []
    for number, place in enumerate(order.destinations):
        found = find_place(place, settings, problems)
        if found != place:
            orders.set_destination(step.connection, order.order_id, number, found)
    return not problems


def _cure_lines(step: Step, actor: str, why: str) -> int:
    catalog = Catalog(step.connection)
    cured = 0
    kinds = (HoldKind.ITEM_UNKNOWN, HoldKind.UNIT, HoldKind.PRICE)
    for hold in open_holds_of(step.connection, kinds):
        order = orders.read_order(step.connection, hold.order_id)
        line = next((line for line in order.lines if line.line_id == hold.line_id), None)
        profile = step.partners.find(order.partner)
        if line is None or profile is None:
            continue
        found = resolve(line.items, line.buyer_unit, line.buyer_quantity, profile, catalog)
        if found.item is None or found.problem:
            continue
        ours = our_price(profile, found, catalog)
        price, complaint = settle_price(line.buyer_price, ours, profile.orders)
        disputed = bool(complaint) and profile.orders.price.action == "hold"
        if disputed and hold.kind == HoldKind.PRICE:
            continue
        orders.set_line_item(
            step.connection,
            line.line_id,
            item=found.item.item,
            unit_factor=found.factor,
            quantity=found.units,
            price=price,
        )
        end_holds(step, order.order_id, [hold], outcome="released", actor=actor, reason=why)
        if disputed:
            place_hold(
                step,
                order.order_id,
                line.line_id,
                HoldKind.PRICE,
                f"line {line.buyer_line}: {complaint}",
                po_number=order.po_number,
                buyer_line=line.buyer_line,
            )
        else:
            cured += 1
    return cured
