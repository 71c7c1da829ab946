"""Who gets how much of what is short: claims from the book and terms from the settings in."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from oms_edi.config.allocation import PoolSettings
from oms_edi.domain.share import Claim, Pool, Terms, TierTerms
from oms_edi.pipeline.frame.feeds import keep, shipping
from oms_edi.pipeline.frame.step import Step
from oms_edi.routing.share_out import share_out
from oms_edi.store import backlog, stock
from oms_edi.store.backlog import Asked
from oms_edi.store.timeline import stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """What lines may have of items that do not suffice; any other line may have what it wants."""

    #: Base units by line id.
    units: Mapping[int, int]
    #: Lines that share, by order.
    lines: Mapping[int, Sequence[Asked]]
    #: How each item was shared, to be kept: item, method, supply, kept, claims.
    rows: Sequence[tuple[str, str, int, object, object]]

    def write(self, step: Step) -> None:
        """Keep how it was shared, in the caller's transaction."""
        stock.put_shares(step.connection, self.rows, at=step.at)


def share(
    step: Step, asked: Mapping[str, int], claims_of: Callable[[Sequence[str]], Sequence[Asked]]
) -> Shares:
    """Share the items of which more is asked than is free.

    `asked` is units by item, `claims_of` returns the lines that ask for some items. Lines of a
    customer whose mapping is gone have no share; nothing can be decided for them.
    """
    free = stock.free_units(step.connection, list(asked), nodes=shipping(step), keep=keep(step))
    pools = _pools(step, free)
    scarce = [
        item
        for item, units in sorted(asked.items())
        if units > free[item].units - sum(pool.units for pool in pools.get(item, ()))
    ]
    rows = [row for row in claims_of(scarce) if step.partners.find(row.partner)] if scarce else []
    if not rows:
        return Shares(units={}, lines={}, rows=())
    supply = {item: free[item].units for item in scarce}
    claims = [
        _claim(step, row, weights) for weights in [_weights(step, scarce, rows)] for row in rows
    ]
    given = share_out(claims, supply, pools, _terms(step))
    lines: dict[int, list[Asked]] = {}
    for row in rows:
        lines.setdefault(row.order_id, []).append(row)
    return Shares(units=given, lines=lines, rows=_told(step, claims, given, supply, pools))


def _claim(step: Step, row: Asked, weights: Mapping[tuple[str, str], int]) -> Claim:
    settings = step.partners.by_id(row.partner).orders
    first_come = step.config.allocation.method == "first_come"
    return Claim(
        line_id=row.line_id,
        order_id=row.order_id,
        item=row.item,
        customer=row.partner,
        tier=row.tier,
        quantity=row.units,
        pack=row.unit_factor,
        weight=weights.get((row.item, row.partner), settings.weight),
        urgency=("" if first_come else row.last_day, row.order_id),
        least=row.units
        if settings.ship_complete
        else -(-row.units * settings.line_minimum_percent // 100),
        is_whole=settings.ship_complete,
    )


def _weights(
    step: Step, items: Sequence[str], rows: Sequence[Asked]
) -> Mapping[tuple[str, str], int]:
    """Return weights by (item, customer) where the method has its own."""
    allocation = step.config.allocation
    if allocation.method == "proportional":
        asked: Counter[tuple[str, str]] = Counter()
        for row in rows:
            asked[row.item, row.partner] += row.units
        return asked
    if allocation.method == "historical":
        since = stamp(step.now - timedelta(days=allocation.history_days))
        shipped = stock.shipped_units(step.connection, items, since=since)
        return {
            (row.item, row.partner): max(1, shipped.get((row.item, row.partner), 0)) for row in rows
        }
    return {}


def _terms(step: Step) -> Terms:
    allocation = step.config.allocation
    return Terms(
        tiers={
            tier: TierTerms(named.floor_percent, named.cap_percent)
            for tier, named in allocation.tiers.items()
        },
        prioritized=allocation.protect == "prioritized",
        first_come=allocation.method == "first_come",
    )


def _pools(step: Step, free: Mapping[str, stock.Free]) -> dict[str, list[Pool]]:
    """Return what is still kept of these items: what its customers were promised is taken off."""
    found: dict[str, list[Pool]] = {}
    for one in pools_of(step, free):
        if one.kept > one.taken:
            pool = Pool(one.pool.name, one.kept - one.taken, one.customers, one.pool.priority)
            found.setdefault(one.item, []).append(pool)
    return found


class PoolStanding(NamedTuple):
    """How a pool stands with one item."""

    pool: PoolSettings
    item: str
    #: Partner ids.
    customers: frozenset[str]
    #: Base units that are kept for them in all.
    kept: int
    #: Base units they were promised and did not get shipped yet.
    taken: int


def pools_of(step: Step, free: Mapping[str, stock.Free]) -> Iterator[PoolStanding]:
    """Return how every pool stands with these items."""
    for pool in step.config.allocation.pools:
        items = [item for item in free if not pool.items or item in pool.items]
        members = [
            partner.id
            for partner in step.partners
            if partner.id in pool.customers or partner.channel in pool.channels
        ]
        taken = backlog.promised_to(step.connection, items, members)
        for item in items:
            kept = pool.units + free[item].on_hand * pool.percent // 100
            yield PoolStanding(pool, item, frozenset(members), kept, taken.get(item, 0))


def _told(
    step: Step,
    claims: Sequence[Claim],
    given: Mapping[int, int],
    supply: Mapping[str, int],
    pools: Mapping[str, Sequence[Pool]],
) -> list[tuple[str, str, int, object, object]]:
    """Return the rows that say how items were shared, by customer."""
    sums: dict[str, dict[tuple[int, str, int], list[int]]] = {item: {} for item in supply}
    for claim in claims:
        key = (claim.tier, claim.customer, claim.weight)
        line = sums[claim.item].setdefault(key, [0, 0, 0])
        line[0] += 1
        line[1] += claim.quantity
        line[2] += given[claim.line_id]
    method = step.config.allocation.method
    return [
        (
            item,
            method,
            units,
            [[pool.name, pool.units] for pool in pools.get(item, ())],
            [
                [customer, tier, weight, *told]
                for (tier, customer, weight), told in sorted(sums[item].items())
            ],
        )
        for item, units in supply.items()
    ]
