"""When waiting units will ship, from goods that are to come; customers hear what is certain.

What a receipt brings is still shared by rule when it comes: a promise is the day by which enough
is there, not a reservation.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from functools import cache, partial

from oms_edi.config.node import NodeSettings
from oms_edi.domain.atp import Available, Dated, available_to_promise, increments
from oms_edi.domain.promise import Promise, Waiting, promise_dates
from oms_edi.pipeline.frame.feeds import keep, shipping
from oms_edi.pipeline.frame.step import Step
from oms_edi.routing.calendars import local_day, ship_date
from oms_edi.store import inbound, owed, promises
from oms_edi.store.database import write_tx
from oms_edi.store.promises import WaitingLine


def promise(step: Step) -> None:
    """Promise waiting lines a day as far as goods are to come; have moved promises told."""
    items = inbound.items_to_come(step.connection) | promises.promised_items(step.connection)
    if not items:
        return
    lines = [
        line
        for line in promises.waiting_lines(step.connection, sorted(items))
        if step.partners.find(line.partner)
    ]
    found = _promises(step, lines, sorted({line.item for line in lines}))
    before = promises.read_all(step.connection)
    fresh = {
        line.line_id: (day.isoformat(), made.is_certain)
        for line in lines
        if (made := found.get(line.line_id)) and (day := _ships_on(step, line, made))
    }
    if fresh == before:
        return
    told = {
        line_id for line_id in before | fresh if _told(before, line_id) != _told(fresh, line_id)
    }
    with write_tx(step.connection):
        promises.drop(step.connection, before.keys() - fresh.keys())
        promises.put(
            step.connection,
            [(line_id, *made) for line_id, made in fresh.items() if before.get(line_id) != made],
        )
        for order_id in sorted({line.order_id for line in lines if line.line_id in told}):
            owed.set_answer_due(step.connection, order_id)


def would_promise(step: Step, lines: Sequence[WaitingLine]) -> dict[int, date]:
    """Return the day what waits of an order about to be placed would ship, by line id; reads only.

    Who waits already goes before it. A line of which not all can be promised for certain is left
    out. Line ids must be nobody's.
    """
    asked = {item: 0 for item in inbound.items_to_come(step.connection)}
    for line in lines:
        if line.item in asked:
            asked[line.item] += line.units
    items = _enough_for_all(step, {item: units for item, units in asked.items() if units})
    if not items:
        return {}
    waiting = [
        line
        for line in promises.waiting_lines(step.connection, items)
        if step.partners.find(line.partner)
    ]
    found = _promises(step, [*waiting, *lines], items)
    return {
        line.line_id: day
        for line in lines
        if (made := found.get(line.line_id))
        and made.is_certain
        and (day := _ships_on(step, line, made))
    }


def _enough_for_all(step: Step, asked: Mapping[str, int]) -> list[str]:
    """Return the items of which more comes than all wait for: of no other a day is certain.

    So nobody reads the thousands of lines that may wait for what is scarce.
    """
    left = {item: -units for item, units in asked.items()}
    for item, units in promises.waiting_units(step.connection, asked).items():
        left[item] -= units
    for (item, _), coming in to_promise(step, sorted(asked)).items():
        left[item] += sum(one.units for one in coming)
    return sorted(item for item, units in left.items() if units >= 0)


def _told(made: Mapping[int, tuple[str, bool]], line_id: int) -> str:
    """Return the day a customer is told: only a certain one."""
    day, is_certain = made.get(line_id, ("", False))
    return day if is_certain else ""


def _promises(step: Step, lines: Sequence[WaitingLine], items: Sequence[str]) -> dict[int, Promise]:
    pooled = {item for pool in step.config.allocation.pools for item in pool.items or ("*",)}
    first_come = step.config.allocation.method == "first_come"
    coming = to_promise(step, items)
    nodes_for = cache(partial(_nodes_for, step, shipping(step)))
    waiting = [
        _waiting(step, line, nodes_for(line.partner, line.state, line.needs), first_come)
        for line in lines
    ]
    found = promise_dates(waiting, coming)
    item_of = {line.line_id: line.item for line in lines}
    return {
        line_id: made._replace(is_certain=False) if {"*", item_of[line_id]} & pooled else made
        for line_id, made in found.items()
    }


def _nodes_for(
    step: Step, open_nodes: Collection[str], partner: str, state: str, needs: tuple[str, ...]
) -> frozenset[str]:
    """Return the nodes that may ship such an item to a customer in a state."""
    sourcing = step.partners.by_id(partner).orders.sourcing
    return frozenset(
        node.id
        for node in step.config.nodes
        if node.id in open_nodes
        and (not node.states or state in node.states)
        and set(needs) <= set(node.capabilities)
        and (not sourcing.only_nodes or node.id in sourcing.only_nodes)
        and node.id not in sourcing.never_nodes
    )


def _waiting(step: Step, line: WaitingLine, nodes: frozenset[str], first_come: bool) -> Waiting:
    urgency = "" if first_come else line.last_day
    return Waiting(
        line_id=line.line_id,
        order_id=line.order_id,
        item=line.item,
        units=line.units,
        rank=(line.tier, urgency, line.order_id, line.line_id),
        nodes=nodes - line.rejected,
        is_whole=step.partners.by_id(line.partner).orders.ship_complete,
    )


def _ships_on(step: Step, line: WaitingLine, made: Promise) -> date | None:
    """Return the day the node ships what is ready on another, not before the order allows."""
    node = step.config.node(made.node)
    asked = date.fromisoformat(line.not_before) if line.not_before else made.ready_on
    return ship_date(node, step.now, max(made.ready_on, asked)) if node else None


def to_promise(step: Step, items: Sequence[str]) -> dict[tuple[str, str], list[Dated]]:
    """Return by (item, node) what can be promised from a coming day on, beside what is free now.

    What is promised already counts as gone, whatever its day, as whoever reserves counts it; so no
    line is read for it. Late goods are not in it, as in `projections`.
    """
    supply = _supply(step, items)
    kept = keep(step)
    found = {}
    free = {
        (item, node): units - reserved
        for item, node, units, reserved in promises.levels(step.connection, items)
    }
    for key, coming in supply.items():
        node = step.config.node(key[1])
        if node:
            today = local_day(node, step.now)
            left = free.get(key, 0) - kept.units(*key)
            steps = available_to_promise(left, coming, (), today=today)
            found[key] = [one for one in increments(steps) if one.on > today]
    return found


def _supply(step: Step, items: Sequence[str]) -> dict[tuple[str, str], list[Dated]]:
    """Return what comes by (item, node), on the day it can be shipped."""
    nodes = {node.id: node for node in step.config.nodes}
    supply: dict[tuple[str, str], list[Dated]] = {}
    for one in inbound.still_to_come(step.connection, items):
        node = nodes.get(one.node)
        due = date.fromisoformat(one.due_on)
        if node is None or one.held or due < local_day(node, step.now):
            continue
        ready = due + timedelta(days=node.stock_feed.dock_days)
        supply.setdefault((one.item, one.node), []).append(Dated(ready, one.left))
    return supply


def projections(
    step: Step,
    items: Sequence[str],
    *,
    committed: Sequence[tuple[str, str, str, int]] | None = None,
) -> dict[tuple[str, str], tuple[date, list[Available]]]:
    """Return by (item, node) the day it is there and how its stock stands from then on.

    What is kept back, held or doubted is not in it, nor are goods that are late: nobody knows when
    they come. `committed` is what is promised and has not left, where somebody knows it.
    """
    kept = keep(step)
    sellable = {
        (item, node): units for item, node, units, _ in promises.levels(step.connection, items)
    }
    nodes = {node.id: node for node in step.config.nodes}
    supply = _supply(step, items)
    leaving: dict[tuple[str, str], list[Dated]] = {}
    promised = promises.committed(step.connection, items) if committed is None else committed
    for item, node_id, ship_on, units in promised:
        day = date.fromisoformat(ship_on) if ship_on else date.min
        leaving.setdefault((item, node_id), []).append(Dated(day, units))
    found = {}
    for key in sorted(sellable.keys() | supply.keys()):
        place = nodes.get(key[1])
        if place:
            found[key] = _project(step, place, key, sellable, supply, leaving, kept.units(*key))
    return found


def _project(
    step: Step,
    node: NodeSettings,
    key: tuple[str, str],
    sellable: Mapping[tuple[str, str], int],
    supply: Mapping[tuple[str, str], Sequence[Dated]],
    leaving: Mapping[tuple[str, str], Sequence[Dated]],
    kept: int,
) -> tuple[date, list[Available]]:
    today = local_day(node, step.now)
    steps = available_to_promise(
        sellable.get(key, 0) - kept, supply.get(key, ()), leaving.get(key, ()), today=today
    )
    return today, steps
