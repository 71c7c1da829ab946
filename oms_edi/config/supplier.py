"""`nodes.supplier:` how a node is bought from that is a supplier: it ships to customers itself."""

from decimal import Decimal
from typing import Literal, Self

from pydantic import Field, model_validator

from oms_edi.config.settings import Settings


class SupplierSettings(Settings):
    """What a supplier has, how it answers our purchase orders (850), what its documents mean."""

    stock: Literal["told", "assumed"] = Field(
        "told",
        description="told: what its 846 (or an import) says, trusted as `stock_feed` says. "
        "assumed: `assumed_units` of each item it carries, until it refuses some.",
    )
    assumed_units: int = Field(
        0, ge=0, description="Base units of each item that may be bought and not shipped at a time."
    )
    acknowledges_within_h: float = Field(
        24,
        ge=0,
        description="Hours after its 850 within which its 855 is in; later an exception opens. "
        "0: it sends none.",
    )
    price_tolerance_percent: Decimal = Field(
        Decimal(0),
        ge=0,
        description="A price in its 855 that is higher by more is put in front of a person.",
    )
    order_type: Literal["DS", "SA"] = Field("DS", description="BEG02 of its 850: drop ship or not.")
    rest_of_line: Literal["cancelled", "follows"] = Field(
        "cancelled",
        description="What an 856 that ships less of a line than was bought, and says nothing else "
        "(SN108, TD506), means for the rest.",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.stock == "assumed") != (self.assumed_units > 0):
            raise ValueError("stock: assumed and assumed_units need each other")
        return self
