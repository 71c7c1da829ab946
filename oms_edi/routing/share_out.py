"""Share scarce stock by rule. Pure.

1. What is kept for others is out of reach.
2. Tiers go in order: first every tier's floor, then up to its cap, then what is left.
3. Within a tier customers are levelled: the next pack goes to whoever has least for its weight.
   Customers, not lines: to ask for more, or in more orders, gains nothing.
4. A line gets at least what is of use to it, or nothing. An order that ships whole gets all its
   lines or none: of those that got some, the worst served gives it back first.

Filling pack by pack is the same as sorting all packs by what their customer has before them, so
the bulk is found by bisection and only the rest is given pack by pack.
"""

import heapq
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import accumulate, groupby

from oms_edi.domain.share import Claim, Pool, Terms, TierTerms

_NO_TERMS = TierTerms()


def share_out(
    claims: Sequence[Claim],
    supply: Mapping[str, int],
    pools: Mapping[str, Sequence[Pool]],
    terms: Terms,
) -> dict[int, int]:
    """Return units by line id; who gets nothing is in it with 0.

    `supply` is free units by item, `pools` what is kept of it; an item not in them has none.
    """
    by_item: dict[str, list[Claim]] = {}
    for claim in claims:
        by_item.setdefault(claim.item, []).append(claim)
    given = dict.fromkeys((claim.line_id for claim in claims), 0)
    changed = set(by_item)
    while changed:
        for item in sorted(changed):
            given.update(_fill(by_item[item], supply.get(item, 0), pools.get(item, ()), terms))
        out = _half_served(by_item, given)
        changed = {claim.item for claim in out}
        for claim in out:
            by_item[claim.item].remove(claim)
            given[claim.line_id] = 0
    return given


def _half_served(by_item: Mapping[str, Sequence[Claim]], given: Mapping[int, int]) -> list[Claim]:
    """Return the claims of the order that ships whole and is served worst, if one is in part."""
    whole: dict[int, list[Claim]] = {}
    for claims in by_item.values():
        for claim in claims:
            if claim.is_whole:
                whole.setdefault(claim.order_id, []).append(claim)
    worst: tuple[float, int] = (1.0, 0)
    out: list[Claim] = []
    for order_id, claims in whole.items():
        got = sum(given[claim.line_id] for claim in claims)
        ratio = got / sum(claim.quantity for claim in claims)
        if 0 < ratio < 1 and (ratio, -order_id) < worst:
            worst, out = (ratio, -order_id), claims
    return out


class _Customer:
    """One customer's claims on one item in the order they are served, and how far that is."""

    def __init__(self, claims: Sequence[Claim]) -> None:
        self.claims = sorted(claims, key=lambda claim: (claim.urgency, claim.line_id))
        self.weight = claims[0].weight
        self.name = claims[0].customer
        #: Units asked for by the first n claims.
        self.sums = list(accumulate((claim.quantity for claim in self.claims), initial=0))
        self.given = [0] * len(self.claims)
        self.total = 0
        self.at = 0
        #: True once a claim was passed over, so that what is given is no prefix any more.
        self.has_gap = False

    @property
    def level(self) -> float:
        """What it has for its weight."""
        return self.total / self.weight

    @property
    def urgency(self) -> tuple[str, int]:
        """How urgent the claim at hand is."""
        return self.claims[self.at].urgency

    def next_pack(self) -> int:
        """Return the size of the next pack it wants, 0 if it wants none."""
        if self.at == len(self.claims):
            return 0
        claim, had = self.claims[self.at], self.given[self.at]
        return _boundary(claim, had + 1) - had

    def take(self, units: int) -> None:
        """Give it the next pack."""
        self.given[self.at] += units
        self.total += units
        self._to_unfilled()

    def skip(self) -> None:
        """Pass over the claim at hand: its pack is larger than what is left."""
        self.has_gap = True
        self.at += 1
        self._to_unfilled()

    def restart(self) -> None:
        """Begin again with the first claim that wants something."""
        self.at = 0
        self._to_unfilled()

    def _to_unfilled(self) -> None:
        while self.at < len(self.claims) and self.given[self.at] == self.claims[self.at].quantity:
            self.at += 1

    def reach(self, units: int) -> int:
        """Return what it has once packs were given while it had less than `units`."""
        if units <= self.total:
            return self.total
        if units >= self.sums[-1]:
            return self.sums[-1]
        place = bisect_left(self.sums, units)
        before = self.sums[place - 1]
        return before + _boundary(self.claims[place - 1], units - before)

    def jump(self, total: int) -> None:
        """Give it everything up to `total`, a boundary of packs."""
        while self.at < len(self.claims) and self.sums[self.at + 1] <= total:
            self.given[self.at] = self.claims[self.at].quantity
            self.at += 1
        if self.at < len(self.claims):
            self.given[self.at] = max(self.given[self.at], total - self.sums[self.at])
        self.total = total


def _boundary(claim: Claim, units: int) -> int:
    """Return the fewest units that are at least `units`, of use, and whole packs of a claim."""
    packs = -(-max(units, claim.least) // claim.pack)
    return min(packs * claim.pack, claim.quantity)


class _Stock:
    """What is left of an item, and for whom."""

    def __init__(self, units: int, pools: Sequence[Pool], *, prioritized: bool) -> None:
        self.left = units
        self.pools = pools
        self.kept = [pool.units for pool in pools]
        self._prioritized = prioritized

    def free_for(self, customer: str) -> int:
        """Return units this customer may take now."""
        if not self.pools:
            return self.left
        own = min((pool.priority for pool in self.pools if customer in pool.customers), default=0)
        kept = 0
        for pool, units in zip(self.pools, self.kept, strict=True):
            higher = not own or pool.priority < own
            if customer not in pool.customers and (higher or not self._prioritized):
                kept += units
        return self.left - kept

    def take(self, customer: str, units: int) -> None:
        """Give units to a customer; what is kept for it shrinks by them."""
        self.left -= units
        for place, pool in enumerate(self.pools):
            if customer in pool.customers:
                self.kept[place] = max(0, self.kept[place] - units)


def _fill(
    claims: Sequence[Claim], supply: int, pools: Sequence[Pool], terms: Terms
) -> dict[int, int]:
    """Share one item."""
    stock = _Stock(supply, pools, prioritized=terms.prioritized)
    tiers: dict[int, list[_Customer]] = {}
    ranked = sorted(claims, key=lambda claim: (claim.tier, claim.customer))
    for (tier, _), own in groupby(ranked, key=lambda claim: (claim.tier, claim.customer)):
        tiers.setdefault(tier, []).append(_Customer(list(own)))
    for phase in ("floor", "cap", "rest") if terms.tiers else ("rest",):
        for tier, customers in tiers.items():
            named = terms.tiers.get(tier, _NO_TERMS)
            percent = {"floor": named.floor_percent, "cap": named.cap_percent, "rest": 100}[phase]
            had = sum(customer.total for customer in customers)
            _level(customers, stock, supply * percent // 100 - had, terms)
    return {
        claim.line_id: units
        for customers in tiers.values()
        for customer in customers
        for claim, units in zip(customer.claims, customer.given, strict=True)
    }


def _level(customers: Sequence[_Customer], stock: _Stock, budget: int, terms: Terms) -> None:
    """Give packs to whoever has least for its weight, as long as budget and stock suffice."""
    budget = min(budget, stock.left)
    for customer in customers:
        customer.restart()
    if not (stock.pools or terms.first_come or any(c.has_gap for c in customers)):
        budget -= _bulk(customers, stock, budget)

    def turn(customer: _Customer) -> tuple[float, tuple[str, int], str, _Customer]:
        level = 0.0 if terms.first_come else customer.level
        return level, customer.urgency, customer.name, customer

    heap = [turn(customer) for customer in customers if customer.next_pack()]
    heapq.heapify(heap)
    while heap and budget > 0:
        customer = heapq.heappop(heap)[-1]
        pack = customer.next_pack()
        if pack <= min(budget, stock.free_for(customer.name)):
            customer.take(pack)
            stock.take(customer.name, pack)
            budget -= pack
        else:
            customer.skip()
        if customer.next_pack():
            heapq.heappush(heap, turn(customer))


def _bulk(customers: Sequence[_Customer], stock: _Stock, budget: int) -> int:
    """Bring everybody to the highest whole level that fits; return the units that took."""

    def wanted(level: int) -> int:
        return sum(c.reach(level * c.weight) - c.total for c in customers)

    low, high = 0, 1 + max((c.sums[-1] // c.weight + 1 for c in customers), default=0)
    while high - low > 1:
        middle = (low + high) // 2
        if wanted(middle) <= budget:
            low = middle
        else:
            high = middle
    given = 0
    for customer in customers:
        total = customer.reach(low * customer.weight)
        stock.take(customer.name, total - customer.total)
        given += total - customer.total
        customer.jump(total)
    return given
