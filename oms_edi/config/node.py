"""`nodes:` places that ship."""

from datetime import date, time
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field

from oms_edi.config.settings import Settings

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError("no IANA time zone such as America/Chicago") from error
    return name


class NodeSettings(Settings):
    """A place that ships: an own warehouse or a 3PL."""

    id: str = Field(pattern=r"^[A-Z0-9_-]{1,12}$", description="Short id, such as DAL.")
    name: str = Field(description="As it stands in a 940 (N1*WH) and an 856 (N1*SF).")
    kind: Literal["own", "third_party"] = Field("own", description="Whose house it is.")
    partner: str = Field(description="Mapping that gets its 940s and sends its 945s.")
    street: str = Field("", description="N301.")
    city: str = Field("", description="N401.")
    state: str = Field("", description="N402, two letters.")
    postal_code: str = Field(
        pattern=r"^[0-9]{5}$", description="Decides distance and freight zone."
    )
    country: str = Field("US", description="N404.")
    timezone: Annotated[str, AfterValidator(_zone)] = Field(
        "America/Chicago", description="IANA zone of its cutoff."
    )
    cutoff: time = Field(time(14, 0), description="Orders released later ship the next open day.")
    open_days: tuple[Weekday, ...] = Field(
        ("mon", "tue", "wed", "thu", "fri"), description="Days on which it ships."
    )
    closed_on: tuple[date, ...] = Field((), description="Holidays of this node.")
    closed: bool = Field(False, description="True takes the node out of routing.")
    rank: int = Field(100, description="Lower wins where everything else is equal.")
    shipment_cost_cents: int = Field(0, ge=0, description="Handling of one shipment.")
    unit_cost_cents: int = Field(0, ge=0, description="Handling of one base unit.")
    capabilities: tuple[str, ...] = Field((), description="What it may ship, such as hazmat.")
    states: tuple[str, ...] = Field((), description="Ships only to these states; empty = all.")
    reports_within_h: int = Field(
        24,
        ge=0,
        description="Hours after the planned ship day within which its 945s are in; later an "
        "exception opens. 0: they may come whenever.",
    )
    safety_stock: int = Field(0, ge=0, description="Units of each item never promised.")
