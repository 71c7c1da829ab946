"""The clock of suppliers: an 855 due after its 850."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.people.clocks.clock import Clock, Finding, Memory
from oms_edi.store import purchases
from oms_edi.store.timeline import stamp


def _unanswered(step: Step, memory: Memory) -> Iterator[Finding]:
    """Shipments a supplier has not confirmed, or refused, in full."""
    limits = {
        node.id: timedelta(hours=node.supplier.acknowledges_within_h)
        for node in step.config.suppliers
        if node.supplier.acknowledges_within_h
    }
    if not limits:
        return
    soonest = stamp(step.now - min(limits.values()))
    for one in purchases.unconfirmed(step.connection, sorted(limits), soonest):
        end = datetime.fromisoformat(one.released_at) + limits[one.node]
        if step.now <= end:
            continue
        node = step.config.node(one.node)
        supplier = node.partner if node else ""
        said = f"supplier-said {one.depositor_order}"
        yield Finding(
            subject=one.depositor_order,
            text=f"{supplier} was to answer the 850 of {one.depositor_order} until {stamp(end)};"
            f" of {one.units} units nobody knows whether they ship",
            action=f"call {supplier}, then {said} confirmed; or {said} refused, which has them"
            " decided again elsewhere",
            partner=supplier,
            node=one.node,
            order_id=one.order_id,
            due=end,
        )


SUPPLIERS = Clock(kind="supplier_unanswered", find=_unanswered)
