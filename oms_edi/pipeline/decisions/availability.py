"""What a customer may be promised of items, now and as goods come: nothing that is kept for others.

Of nodes, and of what others have, a customer reads nothing.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from oms_edi.partners.profile import PartnerProfile
from oms_edi.pipeline.decisions.promise import to_promise
from oms_edi.pipeline.decisions.share import pools_of
from oms_edi.pipeline.frame.feeds import keep, shipping
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.orders.enrich import find_item
from oms_edi.store import promises, stock
from oms_edi.store.catalog import Catalog


class Availability(NamedTuple):
    """What a customer may be promised of an item."""

    item: str
    description: str
    unit: str
    #: Of one base unit; None if nobody named one.
    price: Decimal | None
    #: Base units that can be promised now.
    units: int
    #: (day, base units that can be promised from then on, those of before included).
    coming: tuple[tuple[date, int], ...]


def reach(step: Step, profile: PartnerProfile, items: Sequence[str]) -> dict[str, int]:
    """Return what a customer may be promised now of each item, nothing that is kept for others."""
    if not items:
        return {}
    free = stock.free_units(step.connection, items, nodes=_nodes(step, profile), keep=keep(step))
    found = {item: one.units for item, one in free.items()}
    everywhere = stock.free_units(step.connection, items, nodes=shipping(step), keep=keep(step))
    pools = list(pools_of(step, everywhere))
    own = [one.pool.priority for one in pools if profile.id in one.customers]
    is_prioritized = step.config.allocation.protect == "prioritized"
    for one in pools:
        is_open = is_prioritized and own and min(own) < one.pool.priority
        if profile.id in one.customers or is_open:
            continue
        kept = max(0, one.kept - one.taken)
        found[one.item] = min(found[one.item], max(0, everywhere[one.item].units - kept))
        everywhere[one.item] = everywhere[one.item]._replace(
            units=max(0, everywhere[one.item].units - kept)
        )
    return found


def _nodes(step: Step, profile: PartnerProfile) -> set[str]:
    """Return the nodes that ship, as far as this customer may be served from them."""
    sourcing = profile.orders.sourcing
    return {
        node
        for node in shipping(step)
        if (not sourcing.only_nodes or node in sourcing.only_nodes)
        and node not in sourcing.never_nodes
    }


def availability(
    step: Step, profile: PartnerProfile, ids: Sequence[tuple[str, str]]
) -> list[Availability | None]:
    """Return what a customer may be promised of items, by (qualifier, code); None: no such item."""
    catalog = Catalog(step.connection)
    found = [find_item((one,), profile, catalog) for one in ids]
    items = sorted({one.item for one in found if one})
    now = reach(step, profile, items)
    coming = _coming(step, profile, items)
    return [
        None
        if one is None
        else Availability(
            item=one.item,
            description=one.description,
            unit=one.unit,
            price=catalog.price(profile.id, one.item),
            units=now[one.item],
            coming=tuple((day, now[one.item] + more) for day, more in coming.get(one.item, ())),
        )
        for one in found
    ]


def _coming(
    step: Step, profile: PartnerProfile, items: Sequence[str]
) -> dict[str, list[tuple[date, int]]]:
    """Return by item what can be promised more from a day on; who waits has it first."""
    nodes = _nodes(step, profile)
    days: dict[str, dict[date, int]] = {}
    for (item, node), coming in to_promise(step, items).items():
        if node in nodes:
            for one in coming:
                more = days.setdefault(item, {})
                more[one.on] = more.get(one.on, 0) + one.units
    asked = promises.waiting_units(step.connection, days)
    found: dict[str, list[tuple[date, int]]] = {}
    for item, more in days.items():
        total = -asked.get(item, 0)
        for day in sorted(more):
            total += more[day]
            if total > 0:
                found.setdefault(item, []).append((day, total))
    return found
