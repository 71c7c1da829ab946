"""How a customer changes orders, and how a warehouse takes changes of what it was told."""

from typing import Literal

from pydantic import Field

from oms_edi.config.settings import Settings


class ChangeSettings(Settings):
    """How this customer changes orders, and how we answer."""

    quantity: Literal["new_total", "old_and_new", "delta"] = Field(
        "new_total",
        description="What POC03 of an 860 counts: what is ordered from now on (new_total); what "
        "was, and POC04 what is from now on (old_and_new); for QI and QD the difference (delta).",
    )
    wait_h: int = Field(
        24,
        ge=0,
        description="Hours a change waits for an order we do not have yet; then it is refused.",
    )
    replaces_unknown: Literal["order", "hold"] = Field(
        "order",
        description="What an 850 that replaces (BEG01 05) an order we never had becomes: a new "
        "order, or one that is held (amendment) until a person has asked for the first.",
    )
    without_865: Literal["855", "none"] = Field(
        "855",
        description="What answers a change where `documents` has no 865: an 855 that replaces the "
        "one before, or nothing.",
    )
    answer_pending: bool = Field(
        False,
        description="True writes an 865 at once also while a warehouse is asked, its lines on hold "
        "(IH), and another when it has answered; false only that one.",
    )
    cancel_after: Literal["cancel", "none"] = Field(
        "cancel",
        description="What the end of the cancel-after day does to what has not shipped; none "
        "leaves it to a person.",
    )


class WarehouseSettings(Settings):
    """What this warehouse does with changes of what it was told to ship."""

    changes: tuple[Literal["F", "R", "L", "G"], ...] = Field(
        ("F", "R", "G"),
        description="W0501 of the 940s it takes after the first: F cancels a shipment, R changes "
        "it, L replaces lines (taken before R for quantities), G changes dates or ship-to. Where "
        "it takes none that fits, a person asks it.",
    )
