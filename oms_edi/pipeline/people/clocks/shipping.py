"""Clocks of warehouses: a 945 due, an answer to a change due, more promised than is there."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.people.clocks.clock import Clock, Finding, Memory
from oms_edi.store import due, risk, shipments, stock
from oms_edi.store.shipments import Shipment

#: A day is over somewhere on Earth so long after it began in UTC.
_FIRST_MIDNIGHT = timedelta(hours=10)


def _unreported(step: Step, memory: Memory) -> Iterator[Finding]:
    """Shipments whose day is over and of which no 945, or not the last one, has come."""
    hours = [node.reports_within_h for node in step.config.nodes if node.reports_within_h]
    soonest = step.now - timedelta(hours=min(hours, default=0)) - _FIRST_MIDNIGHT
    for shipment in shipments.released_until(step.connection, soonest.date().isoformat()):
        end = _report_due(step, shipment)
        if end is None or step.now <= end:
            continue
        node = step.config.node(shipment.node)
        who = "supplier" if node and node.is_supplier else "warehouse"
        yield Finding(
            subject=shipment.depositor_order,
            text=f"{shipment.depositor_order} was to leave {shipment.node} on {shipment.ship_on};"
            f" the {who} has not reported all of it",
            action=f"ask the supplier; supplier-said {shipment.depositor_order} refused has what"
            " does not come decided again; it closes with the 856"
            if who == "supplier"
            else "",
            node=shipment.node,
            order_id=shipment.order_id,
            due=end,
        )


def _report_due(step: Step, shipment: Shipment) -> datetime | None:
    node = step.config.node(shipment.node)
    if node is None or not node.reports_within_h or not shipment.ship_on:
        return None
    day = date.fromisoformat(shipment.ship_on) + timedelta(days=1)
    over = datetime.combine(day, time.min, tzinfo=ZoneInfo(node.timezone))
    return over + timedelta(hours=node.reports_within_h)


def _unanswered(step: Step, memory: Memory) -> Iterator[Finding]:
    """Shipments a warehouse was asked to change, or not to ship, and has not answered about."""
    for asked in due.unanswered_requests(step.connection, step.at):
        node = step.config.node(asked.node)
        if node is None or not node.reports_within_h:
            continue
        end = datetime.fromisoformat(asked.since) + timedelta(hours=node.reports_within_h)
        if step.now < end:
            continue
        name = asked.depositor_order
        said = f"supplier-said {name} refused" if node.is_supplier else f"warehouse-said {name}"
        yield Finding(
            subject=name,
            text=f"{asked.node} was asked at {asked.since} to ship {name} otherwise, or not to,"
            " and has not answered",
            action=f"call the supplier; {said} if the goods do not come"
            if node.is_supplier
            else f"call it before the truck leaves, then {said} agreed, or refused",
            node=asked.node,
            order_id=asked.order_id,
            due=end,
        )


def _oversold(step: Step, memory: Memory) -> Iterator[Finding]:
    """More is promised than is there, whatever event took it away."""
    found = stock.oversold(step.connection)
    prices = risk.list_price_cents(step.connection, sorted({row[0] for row in found}))
    for item, node, on_hand, reserved in found:
        yield Finding(
            subject=f"{node} {item}",
            text=f"{node} has {on_hand} {item}, but {reserved} are promised",
            node=node,
            risk_cents=max(0, reserved - on_hand) * prices.get(item, 0),
        )


SHIPPING = (
    Clock(kind="shipment_overdue", find=_unreported),
    Clock(kind="change_unanswered", find=_unanswered),
    Clock(kind="oversold", find=_oversold),
)
