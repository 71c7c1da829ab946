"""`allocation:` who gets how much of what is short."""

from typing import Literal

from pydantic import Field

from oms_edi.config.settings import Settings


class TierSettings(Settings):
    """What a tier of customers gets of a scarce item, percent of what is free."""

    floor_percent: int = Field(0, ge=0, le=100, description="At least, before higher tiers.")
    cap_percent: int = Field(100, ge=0, le=100, description="At most, while lower tiers still ask.")


#: How a method is told to people.
METHODS = {
    "max_min": "evenly, by weight",
    "proportional": "in proportion to what was asked for",
    "historical": "by what was shipped before",
    "first_come": "first come, first served",
}


class PoolSettings(Settings):
    """Stock that is kept for some customers."""

    name: str = Field(description="For people.")
    customers: tuple[str, ...] = Field((), description="Partners it is kept for.")
    channels: tuple[str, ...] = Field((), description="Channels it is kept for, such as portal.")
    items: tuple[str, ...] = Field((), description="Items it holds for; empty = all.")
    units: int = Field(0, ge=0, description="Base units of each item.")
    percent: int = Field(0, ge=0, le=100, description="Of what is on hand of each item, added.")
    priority: int = Field(1, ge=1, description="1 is the highest; see `allocation.protect`.")


class Allocation(Settings):
    """Who gets how much where not all can have what they ask for."""

    method: Literal["max_min", "proportional", "historical", "first_come"] = Field(
        "max_min",
        description="max_min levels customers by `orders.weight`; proportional by what they ask; "
        "historical by what they got shipped; first_come fills in order of arrival.",
    )
    history_days: int = Field(90, gt=0, description="How far `historical` looks back.")
    tiers: dict[int, TierSettings] = Field({}, description="By tier number: floors and caps.")
    pools: tuple[PoolSettings, ...] = Field((), description="Stock kept for some customers.")
    protect: Literal["core", "prioritized"] = Field(
        "core",
        description="core: a pool is out of reach for all others; prioritized: only for "
        "those in no pool or in one of lower priority.",
    )
