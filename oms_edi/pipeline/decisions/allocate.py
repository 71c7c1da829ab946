"""Reserve what a decision says, and note when its nodes are to be told."""

from collections.abc import Iterable, Mapping
from datetime import date
from types import MappingProxyType

from oms_edi.domain.plan import Assignment, Decision, Plan, Purchase, RouteRequest
from oms_edi.pipeline.frame.each_order import Batch
from oms_edi.pipeline.frame.step import Step
from oms_edi.routing.calendars import release_at
from oms_edi.routing.circumstances import Circumstances
from oms_edi.store import shipments, stock
from oms_edi.store.timeline import stamp

#: Of a cent in a dollar.
_HUNDREDTHS = 10_000


def circumstances(batch: Batch, request: RouteRequest) -> Circumstances:
    """Return what is known of the nodes, as far as it matters for this order."""
    if not (request.late_penalty_cents or batch.suppliers):
        return batch.plain
    return Circumstances(
        load=batch.workload.load,
        punctuality=batch.punctuality if request.late_penalty_cents else {},
        stale=batch.stale,
        terms=_terms(batch, request) if batch.suppliers else {},
    )


def _terms(batch: Batch, request: RouteRequest) -> dict[tuple[str, str], Purchase]:
    """Return how suppliers sell what the order asks for, by item and node."""
    found = {}
    for line in request.lines:
        sellers = batch.catalog.sellers(line.item)
        for node in batch.suppliers if sellers else ():
            one = sellers.get(node.partner)
            if one is not None:
                cost = int(one.cost * _HUNDREDTHS)
                found[line.item, node.id] = Purchase(cost, one.minimum, one.multiple)
    return found


def reserve(batch: Batch, order_id: int, decision: Decision) -> None:
    """Reserve what the plan says, and note when its nodes are to be told."""
    plan = decision.plan
    items = {line.line_id: line.item for line in decision.request.lines}
    batch.shelf.reserve(
        [
            stock.Reservation(items[part.line_id], part.node_id, part.quantity, part.line_id)
            for part in plan.assignments
        ],
        at=batch.step.at,
    )
    batch.workload.add(order_id, plan)
    put_allocations(batch, order_id, plan, plan.assignments)


def put_allocations(
    batch: Batch,
    order_id: int,
    plan: Plan,
    parts: Iterable[Assignment],
    *,
    due: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Allocate parts of a plan, each to be released when its node is to be told.

    `due` is that instant for nodes that have one already.
    """
    step = batch.step
    told = {
        s.node_id: (
            s.ship_on.isoformat(),
            s.deliver_on.isoformat(),
            due.get(s.node_id) or _release_at(step, s.node_id, s.ship_on),
        )
        for s in plan.shipments
    }
    known = batch.allocations[order_id]
    known += shipments.put_allocations(
        step.connection, [(p.line_id, p.node_id, p.quantity, *told[p.node_id]) for p in parts]
    )


def _release_at(step: Step, node_id: str, ship_on: date) -> str | None:
    node = step.told_later.get(node_id)
    if node is None:
        return None
    at = release_at(node, step.now, ship_on)
    return stamp(at) if at > step.now else None
