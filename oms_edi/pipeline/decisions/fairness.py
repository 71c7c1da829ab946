"""How customers fared with what was short, and how the pools that are kept for some stand."""

from datetime import datetime, timedelta
from typing import Any

from oms_edi.pipeline.decisions.share import pools_of
from oms_edi.pipeline.frame.feeds import keep, shipping
from oms_edi.pipeline.frame.step import Step
from oms_edi.store import stock
from oms_edi.store.fairness import fairness
from oms_edi.store.timeline import stamp


def fairness_report(
    step: Step, *, item: str | None, since: datetime | None = None
) -> dict[str, list[dict[str, Any]]]:
    """Return what each customer asked, got, waits for and was promised, with its rule, and pools.

    Of items that were short since then, at first `allocation.history_days` ago. Customers by item;
    `filled_percent` is of what was asked and not cancelled.
    """
    since = since or step.now - timedelta(days=step.config.allocation.history_days)
    found = fairness(step.connection, item=item, since=stamp(since))
    items = sorted({row.item for row in found})
    customers = []
    for row in found:
        profile = step.partners.find(row.customer)
        terms = {"tier": profile.orders.tier, "weight": profile.orders.weight} if profile else {}
        customers.append(
            {
                **row._asdict(),
                "filled_percent": row.got * 100 // row.asked,
                "channel": profile.channel if profile else "",
                **terms,
                "method": step.config.allocation.method,
            }
        )
    free = stock.free_units(step.connection, items, nodes=shipping(step), keep=keep(step))
    pools = [
        {
            "pool": one.pool.name,
            "item": one.item,
            "channels": list(one.pool.channels),
            "customers": sorted(one.customers),
            "kept": one.kept,
            "taken": min(one.kept, one.taken),
            "left": max(0, one.kept - one.taken),
        }
        for one in pools_of(step, free)
    ]
    return {"customers": customers, "pools": pools}
