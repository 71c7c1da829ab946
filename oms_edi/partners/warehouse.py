"""`stock:` of a warehouse's mapping: what its receipts and adjustments mean."""

from typing import Literal

from pydantic import Field

from oms_edi.config.settings import Settings
from oms_edi.domain.adjustment import Effect


class StockSettings(Settings):
    """How a warehouse tells what arrived (944) and what changed (947)."""

    received: Literal["all", "good"] = Field(
        "all",
        description="W0701 counts all that arrived, or the good units only; damaged and blocked "
        "ones (W13) are then on top.",
    )
    reasons: dict[str, Effect] = Field(
        {},
        description="W1901: what it does there, where it is not what docs/stock.md says: quantity, "
        "down, hold, unhold, status, loss, ignore.",
    )
