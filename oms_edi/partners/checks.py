"""What each check of a customer's orders does when it finds something.

none says nothing, warn tells a person and goes on, hold waits for one; accept_theirs and
accept_ours settle it and put it on the order's timeline.
"""

from decimal import Decimal
from typing import Literal

from pydantic import Field

from oms_edi.config.settings import Settings

#: What to do about a deviation: say nothing, tell a person, or hold the order until one decides.
Action = Literal["none", "warn", "hold"]


class PriceSettings(Settings):
    """What a price that is not ours does."""

    tolerance_percent: Decimal = Field(
        Decimal(0), ge=0, description="Of our price; a difference up to it is taken as theirs."
    )
    action: Action | Literal["accept_theirs", "accept_ours"] = Field(
        "hold",
        description="Beyond the tolerance: hold the line, or invoice theirs (accept_theirs, told "
        "on the timeline; warn, told to a person; none, told nobody) or ours (accept_ours).",
    )


class QuantitySettings(Settings):
    """What a quantity does that is below what we sell at least, or no multiple of it."""

    action: Action | Literal["accept_ours"] = Field(
        "none", description="Hold the line, or round it up (accept_ours): the 855 says so."
    )
    whole_packs: bool = Field(
        True,
        description="The item's pack is what we sell it by, where `prices` name no `multiple`.",
    )


class DateSettings(Settings):
    """What dates do that cannot all be true, or leave too little time."""

    action: Action = Field(
        "hold", description="Not before later than not after, deliver by or cancel after passed."
    )
    lead_days: int = Field(
        0, ge=0, le=365, description="Days we need from the order to its delivery or last ship day."
    )
    lead_action: Action = Field("hold", description="Less time than `lead_days`.")


class PlaceSettings(Settings):
    """What a ship-to does that is not as our master data has it."""

    unknown: Literal["accept_theirs", "warn", "hold"] = Field(
        "accept_theirs", description="A code we do not know, with an address in the order."
    )
    differs: Action | Literal["accept_theirs", "accept_ours"] = Field(
        "none",
        description="A code we know with another postal code in the order: ours is taken (none, "
        "warn, accept_ours) or theirs (accept_theirs).",
    )


class MoneySettings(Settings):
    """What an order may be worth; `customers import` sets the amounts of a customer in the book."""

    minimum: Decimal = Field(Decimal(0), ge=0, description="An order of less is not worth it.")
    minimum_action: Action = Field("hold", description="An order below the minimum.")
    approval_above: Decimal | None = Field(
        None, ge=0, description="An order of more waits for a person's approval. Absent: none does."
    )
    approval_action: Action = Field("hold", description="An order above `approval_above`.")
    credit_limit: Decimal | None = Field(
        None,
        ge=0,
        description="What the customer may owe: its balance, its open orders (released ones too) "
        "and this one. Absent: no limit. Orders held for credit do not count.",
    )
    credit_action: Action = Field("hold", description="An order that exceeds the limit.")
