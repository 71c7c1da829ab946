"""`routing:` who ships what."""

from typing import Literal

from pydantic import Field

from oms_edi.config.settings import Settings

Goal = Literal["complete", "on_time", "shipments", "cost"]


class FreightZone(Settings):
    """Freight for a distance: a base for a shipment and a rate by weight."""

    up_to_miles: int = Field(gt=0, description="Great-circle miles; zones must ascend.")
    transit_days: int = Field(ge=1, description="Business days on the road.")
    base_cents: int = Field(ge=0, description="For each shipment.")
    cents_per_lb: int = Field(ge=0, description="For each pound, rounded to the cent.")


class Routing(Settings):
    """Who ships what: goals in order, limits, prices."""

    goals: tuple[Goal, ...] = Field(
        ("complete", "on_time", "shipments", "cost"),
        description="Lexicographic: the first decides, the next breaks its ties.",
    )
    max_shipments: int = Field(2, ge=1, le=5, description="At most so many nodes for one order.")
    split_penalty_cents: int = Field(0, ge=0, description="Price of each shipment after the first.")
    zones: tuple[FreightZone, ...] = Field(min_length=1)
