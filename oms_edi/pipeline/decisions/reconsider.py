"""Until its nodes are told, an order may move to a better plan as stock comes.

Those who wait for the stock were offered it before. What was released is never touched, and an
order keeps the units it has: only where they come from changes.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from oms_edi.domain.order import BookLine, BookOrder
from oms_edi.domain.plan import Assignment, Decision
from oms_edi.domain.workload import Used
from oms_edi.pipeline.decisions.allocate import circumstances, put_allocations
from oms_edi.pipeline.decisions.decide_order import Leg, request_for
from oms_edi.pipeline.frame.each_order import Batch, Job, each_order
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.replies.acknowledge_order import answer_unless_promised
from oms_edi.routing.alternatives import money
from oms_edi.routing.change import change, gain
from oms_edi.routing.decide import NO_REJECTIONS, decide
from oms_edi.routing.stored import to_json
from oms_edi.store import owed, shipments, workload
from oms_edi.store.database import write_tx
from oms_edi.store.shipments import Allocation
from oms_edi.store.stock import Reservation
from oms_edi.store.timeline import add_event

Parts = Sequence[tuple[BookLine, Allocation]]


def reconsider(step: Step) -> int:
    """Look again at allocated orders whose items came; return how many were looked at.

    At most `limits.orders_reconsidered`; the next call goes on with the rest.
    """
    if not workload.is_to_reconsider(step.connection):
        return 0
    limit = step.config.limits.orders_reconsidered
    due = workload.to_reconsider(step.connection, limit=limit)
    until = due[-1] if len(due) == limit else None

    def close() -> None:
        workload.set_reconsidered(step.connection, until=until)

    if not due:
        with write_tx(step.connection):
            close()
        return 0
    acts = {"reconsideration": _reconsider, "answer": answer_unless_promised}
    return each_order(step, [Job(order_id) for order_id in due], acts, closing=close)


def _reconsider(batch: Batch, job: Job) -> None:
    """Move each leg of an order that is worth it."""
    order = batch.orders[job.order_id]
    lines = {line.line_id: line for line in order.lines}
    legs: dict[tuple[int, date | None], list[tuple[BookLine, Allocation]]] = defaultdict(list)
    for part in batch.allocations[job.order_id]:
        if part.shipment_id is None:
            line = lines[part.line_id]
            legs[line.destination, line.requested_on].append((line, part))
    for (destination, requested_on), parts in sorted(
        legs.items(), key=lambda leg: (leg[0][1] or date.min, leg[0][0])
    ):
        if _could_gain(batch, parts):
            _move(batch, order, destination, requested_on, parts)


def _could_gain(batch: Batch, parts: Parts) -> bool:
    """True if a node has stock for a line it does not ship."""
    nodes: dict[str, set[str]] = defaultdict(set)
    for line, part in parts:
        nodes[line.item or ""].add(part.node)
    supply = batch.shelf.supply(list(nodes))
    return any(
        units and item in nodes and nodes[item] != {node} for (item, node), units in supply.items()
    )


def _move(
    batch: Batch, order: BookOrder, destination: int, requested_on: date | None, parts: Parts
) -> None:
    step = batch.step
    units: Counter[int] = Counter()
    held: Counter[tuple[int, str]] = Counter()
    for line, part in parts:
        units[line.line_id] += part.quantity
        held[line.line_id, part.node] += part.quantity
    lines = {line.line_id: line for line, _ in parts}
    leg = Leg(destination, requested_on, [(line, units[key]) for key, line in lines.items()])
    profile = step.partners.by_id(order.partner)
    request = request_for(batch.catalog, order, profile, leg)
    own = [Reservation(line.item or "", p.node, p.quantity, p.line_id) for line, p in parts]
    decision = decide(
        request,
        step.config.nodes,
        batch.shelf.with_returned(own),
        step.config.routing,
        step.now,
        rejected=batch.rejected.get(order.order_id, NO_REJECTIONS),
        circumstances=replace(
            circumstances(batch, request),
            load=batch.workload.without(_load(parts)),
            promised=_promised(step, parts),
        ),
    )
    threshold = step.config.routing.churn_threshold_cents
    found = change(decision, held, threshold_cents=threshold)
    if found is not None:
        _apply(batch, order, destination, found, parts)


def _load(parts: Parts) -> dict[tuple[str, date], Used]:
    """Return what these parts make nodes do."""
    found: dict[tuple[str, date], Used] = {}
    for _, part in parts:
        if part.ship_on:
            key = (part.node, date.fromisoformat(part.ship_on))
            first = key not in found
            found[key] = found.get(key, Used()).plus(Used(int(first), 1, part.quantity))
    return found


def _promised(step: Step, parts: Parts) -> dict[str, tuple[date, date]]:
    """Return the days of nodes that will be told in time for them."""
    return {
        part.node: (date.fromisoformat(part.ship_on), date.fromisoformat(part.deliver_on))
        for _, part in parts
        if part.ship_on and part.deliver_on and part.release_at and part.release_at > step.at
    }


def _apply(
    batch: Batch, order: BookOrder, destination: int, decision: Decision, parts: Parts
) -> None:
    """Give back what moves, reserve where it moves to, and tell."""
    step = batch.step
    held: Counter[tuple[int, str]] = Counter()
    wanted: Counter[tuple[int, str]] = Counter()
    items = {line.line_id: line.item or "" for line, _ in parts}
    due: dict[str, str] = {}
    for _, part in parts:
        held[part.line_id, part.node] += part.quantity
        if part.release_at:
            due[part.node] = min(part.release_at, due.get(part.node, part.release_at))
    for line_id, node, units in decision.plan.assignments:
        wanted[line_id, node] += units
    moving = {key for key in held | wanted if held[key] != wanted[key]}
    note = "moved to a better plan"
    batch.shelf.return_units(_reservations(held, moving, items), note=note, at=step.at)
    batch.shelf.reserve(_reservations(wanted, moving, items), at=step.at)
    gone = [part for _, part in parts if (part.line_id, part.node) in moving]
    for part in gone:
        shipments.drop_allocation(step.connection, part.allocation_id)
        batch.allocations[order.order_id].remove(part)
    new = [Assignment(*key, wanted[key]) for key in sorted(moving) if wanted[key]]
    put_allocations(batch, order.order_id, decision.plan, new, due=due)
    batch.busy = None
    shipments.put_decision(
        step.connection, order.order_id, destination, to_json(decision), at=step.at
    )
    assert decision.before is not None
    before, after = decision.before, decision.plan
    then, now = " + ".join(before.nodes), " + ".join(s.node_id for s in after.shipments)
    add_event(
        step.connection,
        "order.rerouted",
        f"{then} ({money(before.standing.cost_cents)}) -> {now} ({money(after.total_cents)}):"
        f" {gain(before.standing, after.standing)}",
        at=step.at,
        order_id=order.order_id,
    )
    if order.answers:  # dates may have moved; an 855 that says nothing new is not sent
        owed.set_answer_due(step.connection, order.order_id)
        batch.orders[order.order_id] = order._replace(answer_due=True)


def _reservations(
    units: Mapping[tuple[int, str], int],
    moving: set[tuple[int, str]],
    items: Mapping[int, str],
) -> list[Reservation]:
    return [
        Reservation(items[line_id], node, units[line_id, node], line_id)
        for line_id, node in sorted(moving)
        if units.get((line_id, node))
    ]
