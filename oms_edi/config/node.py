"""`nodes:` places that ship."""

from datetime import date, time
from typing import Literal, Self

from pydantic import Field, model_validator

from oms_edi.config.feed import FeedSettings
from oms_edi.config.routing import FreightZone, check_zones
from oms_edi.config.settings import Settings
from oms_edi.config.supplier import SupplierSettings
from oms_edi.config.time_zone import TimeZone

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class CapacitySettings(Settings):
    """What a node ships on one day; an order goes where all it could get of it fits."""

    orders_per_day: int = Field(0, ge=0, description="0: no limit.")
    lines_per_day: int = Field(0, ge=0, description="0: no limit.")
    units_per_day: int = Field(0, ge=0, description="Base units; 0: no limit.")
    when_full: Literal["next_day", "refuse", "price"] = Field(
        "next_day",
        description="next_day: it ships on the next open day with room; refuse: another node must; "
        "price: it ships that day for `price_cents` more.",
    )
    price_cents: int = Field(
        0, ge=0, description="Price of a shipment on a day that is full, with `when_full: price`."
    )

    @property
    def is_limited(self) -> bool:
        """True if there is a limit at all."""
        return bool(self.orders_per_day or self.lines_per_day or self.units_per_day)


class ReleaseSettings(Settings):
    """When a node is told to ship what is allocated; until then a better plan may replace it."""

    after_min: int = Field(
        0, ge=0, description="Minutes after the decision. 0 without the others: at once."
    )
    at: tuple[time, ...] = Field(
        (), description="Only at these times of day in the node's zone, the next one then."
    )
    days_ahead: int | None = Field(
        None,
        ge=1,
        description="Not more than so many days before it must be picked; empty: however early.",
    )


class ItemSafetyStock(Settings):
    """What a node keeps of one item."""

    item: str = Field(description="Our item number.")
    units: int = Field(ge=0, description="Base units never promised.")


class NodeSettings(Settings):
    """A place that ships: an own warehouse, a 3PL, or a supplier."""

    id: str = Field(pattern=r"^[A-Z0-9_-]{1,12}$", description="Short id, such as DAL.")
    name: str = Field(description="As it stands in a 940 (N1*WH) and an 856 (N1*SF).")
    kind: Literal["own", "third_party", "supplier"] = Field(
        "own",
        description="Whose house it is. A supplier gets an 850 where a warehouse gets a 940, and "
        "ships to the customer itself; `processing_days` is its lead time.",
    )
    partner: str = Field(description="Mapping that gets its 940s or 850s and sends its reports.")
    street: str = Field("", description="N301.")
    city: str = Field("", description="N401.")
    state: str = Field("", description="N402, two letters.")
    postal_code: str = Field(
        pattern=r"^[0-9]{5}$", description="Decides distance and freight zone."
    )
    country: str = Field("US", description="N404.")
    timezone: TimeZone = Field("America/Chicago", description="IANA zone of its cutoff.")
    cutoff: time = Field(time(14, 0), description="Orders released later ship the next open day.")
    open_days: tuple[Weekday, ...] = Field(
        ("mon", "tue", "wed", "thu", "fri"), description="Days on which it ships."
    )
    closed_on: tuple[date, ...] = Field((), description="Holidays of this node.")
    calendars: tuple[str, ...] = Field(
        (), description="Calendars, by name, on whose days it is closed, too."
    )
    processing_days: int = Field(
        0, ge=0, le=60, description="Open days between release and the day it ships."
    )
    capacity: CapacitySettings = CapacitySettings()
    release: ReleaseSettings = ReleaseSettings()
    closed: bool = Field(False, description="True takes the node out of routing.")
    rank: int = Field(100, description="Lower wins where everything else is equal.")
    shipment_cost_cents: int = Field(0, ge=0, description="Handling of one shipment.")
    unit_cost_cents: int = Field(0, ge=0, description="Handling of one base unit.")
    zones: tuple[FreightZone, ...] = Field(
        (), description="Freight from this node where it has its own; empty: `routing.zones`."
    )
    capabilities: tuple[str, ...] = Field((), description="What it may ship, such as hazmat.")
    states: tuple[str, ...] = Field((), description="Ships only to these states; empty = all.")
    reports_within_h: int = Field(
        24,
        ge=0,
        description="Hours after the planned ship day within which its 945s are in; later an "
        "exception opens. 0: they may come whenever.",
    )
    safety_stock: int = Field(0, ge=0, description="Units of each item never promised.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_zones("zones", self.zones)
        if self.kind != "supplier" and self.supplier != SupplierSettings():
            raise ValueError("supplier: only a node of kind supplier has these settings")
        return self

    @property
    def is_supplier(self) -> bool:
        """True if goods are bought there, and never were ours."""
        return self.kind == "supplier"

    safety_stock_of: tuple[ItemSafetyStock, ...] = Field(
        (), description="Items with a safety stock of their own, instead of `safety_stock`."
    )
    codes: tuple[str, ...] = Field(
        (), description="Other codes documents name this node by (N104), such as a DUNS number."
    )
    stock_feed: FeedSettings = FeedSettings()
    supplier: SupplierSettings = SupplierSettings()
