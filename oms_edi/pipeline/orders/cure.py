"""Try again what waits for master data or settings, as soon as they change."""

import hashlib

from oms_edi.domain.holds import HoldKind
from oms_edi.domain.order import BookLine, BookOrder
from oms_edi.partners.checks import PlaceSettings
from oms_edi.partners.profile import PartnerProfile
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.frame.turns import settings_of
from oms_edi.pipeline.orders.enrich import our_price, resolve, settle_price, sold_quantity
from oms_edi.pipeline.orders.find_place import find_place
from oms_edi.pipeline.orders.findings import Findings
from oms_edi.pipeline.orders.holding import end_holds, place_hold
from oms_edi.pipeline.orders.money import KINDS as MONEY
from oms_edi.pipeline.orders.money import cure_money, judge_again
from oms_edi.pipeline.replies.report_status import follow
from oms_edi.pipeline.stock.supplier_stock import assume
from oms_edi.store import backlog, order_terms, orders, risk, workload
from oms_edi.store.catalog import Catalog
from oms_edi.store.database import write_tx
from oms_edi.store.journal import last_settings
from oms_edi.store.timeline import OpenHold, add_event, has_open_holds, open_holds_of


def look_again(step: Step) -> None:
    """After a change of nodes, routing or mappings, decide again what waits."""
    follow(step)
    mark = _mark(step)
    before = backlog.settings_mark(step.connection)
    if mark == before and last_settings(step.connection) == settings_of(step):
        return
    with write_tx(step.connection):
        backlog.set_settings_mark(step.connection, mark)
        risk.value_again(step.connection)
        if before and mark != before:
            why = "the configuration was changed"
            cured = cure_waiting(step, actor="daemon", why=why)
            assume(step)
            waiting = backlog.restock_waiting(step.connection)
            workload.note_everything(step.connection)
            text = f"{why}: {waiting} items are offered again, {cured} holds ended"
            add_event(step.connection, "configuration.changed", text, at=step.at)


def _mark(step: Step) -> str:
    """Hash what decisions depend on: not folders, limits or how files are taken."""
    digest = hashlib.sha256(step.config.model_dump_json(include={"nodes", "routing"}).encode())
    for profile in step.partners:
        digest.update(profile.model_dump_json(include={"id", "orders", "penalties"}).encode())
    return digest.hexdigest()


def cure_waiting(step: Step, *, actor: str, why: str) -> int:
    """Try every order and line that waits for master data again, in the caller's transaction.

    One import of a cross-reference, unit or price releases everything that waited on it.
    Returns how many holds ended.
    """
    cured = _cure_lines(step, actor, why) + _cure_places(step, actor, why)
    return cured + cure_money(step, actor=actor, why=why)


def free_money(step: Step) -> int:
    """Let go on what money held and no longer would: the order was changed, others left."""
    if not any(has_open_holds(step.connection, kind) for kind in MONEY):
        return 0
    with write_tx(step.connection):
        return cure_money(step, actor="daemon", why="its worth or the customer's credit changed")


def _cure_places(step: Step, actor: str, why: str) -> int:
    cured = 0
    for hold in open_holds_of(step.connection, (HoldKind.ADDRESS,)):
        order = orders.read_order(step.connection, hold.order_id)
        if step.partners.find(order.partner) and settle_places(step, order):
            end_holds(step, order.order_id, [hold], outcome="released", actor=actor, reason=why)
            cured += 1
    return cured


def settle_places(step: Step, order: BookOrder, rule: PlaceSettings | None = None) -> bool:
    """Look up the ship-tos of an order again; False if one of them is still not as it must be.

    `rule` as in `find_place`.
    """
    profile = step.partners.by_id(order.partner)
    lookups = Catalog(step.connection)
    findings = Findings()
    for number, place in enumerate(order.destinations):
        found = find_place(place, profile, lookups, findings, rule=rule)
        if found != place:
            order_terms.set_destination(step.connection, order.order_id, number, found)
    return not findings.holds


#: Orders read together while lines are cured.
_TOGETHER = 500


def _cure_lines(step: Step, actor: str, why: str) -> int:
    """Try the lines that wait for an item, a unit, a price or a quantity again, order by order."""
    kinds = (HoldKind.ITEM_UNKNOWN, HoldKind.UNIT, HoldKind.PRICE, HoldKind.PACK)
    waiting: dict[int, list[OpenHold]] = {}
    for hold in open_holds_of(step.connection, kinds):
        waiting.setdefault(hold.order_id, []).append(hold)
    catalog = Catalog(step.connection)
    cured = 0
    ids = list(waiting)
    for start in range(0, len(ids), _TOGETHER):
        book = orders.read_orders(step.connection, ids[start : start + _TOGETHER])
        for order in book.values():
            ended = _cure_order(step, catalog, order, waiting[order.order_id], actor, why)
            cured += ended
            if ended:
                judge_again(step, order)
    return cured


def _cure_order(
    step: Step, catalog: Catalog, order: BookOrder, holds: list[OpenHold], actor: str, why: str
) -> int:
    profile = step.partners.find(order.partner)
    if profile is None:
        return 0
    lines = {line.line_id: line for line in order.lines}
    by_line: dict[int | None, list[OpenHold]] = {}
    for hold in holds:
        by_line.setdefault(hold.line_id, []).append(hold)
    ended = 0
    for line_id, held in by_line.items():
        line = lines.get(line_id or 0)
        if line is not None:
            ended += _cure_line(step, catalog, profile, order, line, held, actor, why)
    return ended


def _cure_line(
    step: Step,
    catalog: Catalog,
    profile: PartnerProfile,
    order: BookOrder,
    line: BookLine,
    holds: list[OpenHold],
    actor: str,
    why: str,
) -> int:
    """Try one line again: end the holds whose reason is gone, place those that came up."""
    found = resolve(line.items, line.buyer_unit, line.buyer_quantity, profile, catalog)
    if found.item is None or found.problem:
        return 0
    ours = our_price(profile, found, catalog)
    price, dear = settle_price(line.buyer_price, ours, profile.orders)
    units, odd = sold_quantity(found, catalog.terms(profile.id, found.item.item), profile)
    due = {
        kind: text
        for kind, action, text in (
            (HoldKind.PRICE, profile.orders.price.action, dear),
            (HoldKind.PACK, profile.orders.quantity.action, odd),
        )
        if text and action == "hold"
    }
    over = [hold for hold in holds if hold.kind not in due]
    if not over:
        return 0
    order_terms.set_line_item(
        step.connection,
        line.line_id,
        item=found.item.item,
        unit_factor=found.factor,
        quantity=units,
        price=price,
    )
    end_holds(step, order.order_id, over, outcome="released", actor=actor, reason=why)
    known = {hold.kind for hold in holds}
    first_look = any(h.kind in (HoldKind.ITEM_UNKNOWN, HoldKind.UNIT) for h in over)
    new = [kind for kind in due if kind not in known] if first_look else []
    for kind in new:
        place_hold(
            step,
            order.order_id,
            line.line_id,
            kind,
            f"line {line.buyer_line}: {due[kind]}",
            po_number=order.po_number,
            buyer_line=line.buyer_line,
        )
    return 0 if new else len(over)
