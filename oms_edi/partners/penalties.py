"""`penalties:` of a mapping: what a partner charges us when something goes wrong."""

from decimal import Decimal
from typing import Literal

from pydantic import Field

from oms_edi.config.settings import Settings

#: What a partner may charge for; the registry of exceptions names one of them for a kind.
Penalized = Literal["late_shipment", "late_855", "late_856", "bad_document"]


class PenaltySettings(Settings):
    """What one failure costs: a share of the value of the units affected, and a fixed part."""

    percent: Decimal = Field(
        Decimal(0), ge=0, le=100, description="Of the value of the units affected."
    )
    cents: int = Field(0, ge=0, description="Fixed, for each order or document.")
