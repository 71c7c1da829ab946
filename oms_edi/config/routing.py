"""`routing:` who ships what."""

from collections.abc import Sequence
from datetime import date
from typing import Literal, Self

from pydantic import Field, model_validator

from oms_edi.config.settings import Settings

Goal = Literal["complete", "on_time", "shipments", "cost"]
SoftRule = Literal["region", "customer", "on_time_only", "capacity", "rejected"]


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
    stockout_cents: int = Field(
        0,
        ge=0,
        description="Price of each unit nobody ships, part of the cost; 0: not priced. It counts "
        "where `complete` is not the first goal: what costs more than this is left.",
    )
    soft_rules: tuple[SoftRule, ...] = Field(
        (), description="Rules dropped for what cannot ship otherwise; the decision tells."
    )
    churn_threshold_cents: int = Field(
        500,
        ge=0,
        description="An order that is allocated and not released moves to other nodes only if that "
        "saves more, or brings it on time.",
    )
    carrier_calendars: tuple[str, ...] = Field(
        (), description="Calendars on whose days freight does not travel."
    )
    carrier_closed_on: tuple[date, ...] = Field(
        (), description="More days on which freight does not travel."
    )
    zones: tuple[FreightZone, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_zones("zones", self.zones)
        if self.soft_rules and "complete" not in self.goals:
            raise ValueError("soft_rules need the goal complete: they are dropped for its sake")
        return self


def check_zones(name: str, zones: Sequence[FreightZone]) -> None:
    """Refuse zones that do not ascend."""
    miles = [zone.up_to_miles for zone in zones]
    if miles != sorted(set(miles)):
        raise ValueError(f"{name} must ascend in up_to_miles")
