"""Scarce stock: who asks for how much, what is kept for whom, who gets what.

Values only. `oms_edi.routing.share_out` decides; all quantities are base units.
"""

from typing import NamedTuple


class Claim(NamedTuple):
    """One order line that asks for stock of an item."""

    line_id: int
    order_id: int
    item: str
    #: Partner id; lines of one customer share what the customer gets.
    customer: str
    #: 1 goes first.
    tier: int
    #: Base units wanted, at least 1.
    quantity: int
    #: Base units in a pack: only whole packs are given, and the odd rest as the line's last.
    pack: int = 1
    #: A customer's share of its tier is in proportion to it.
    weight: int = 1
    #: A customer's lines are served in this order: last day to leave, arrival.
    urgency: tuple[str, int] = ("", 0)
    #: Fewer units than this are of no use.
    least: int = 0
    #: The order ships with all its claims filled or not at all.
    is_whole: bool = False


class Pool(NamedTuple):
    """Units of an item that are kept for some customers."""

    name: str
    #: Not yet taken by the customers it is kept for.
    units: int
    #: Partner ids.
    customers: frozenset[str]
    #: 1 is the highest; counts only where pools are `prioritized`.
    priority: int = 1


class TierTerms(NamedTuple):
    """What a tier gets at least, and at most while lower tiers still ask: percent of the supply."""

    floor_percent: int = 0
    cap_percent: int = 100


class Terms(NamedTuple):
    """The rules of sharing that hold for every item."""

    tiers: dict[int, TierTerms]
    #: True: a pool is kept from whoever has a lower priority; False: from everybody else.
    prioritized: bool = False
    #: True: no levelling, whoever is first in urgency is filled first.
    first_come: bool = False
