"""`nodes.stock_feed:` how far a node's own figures of its stock are trusted, and for how long."""

from typing import Literal, Self

from pydantic import Field, model_validator

from oms_edi.config.settings import Settings


class FeedSettings(Settings):
    """Counts a node sends (846, CSV): what they mean, how far off they may be, how old."""

    basis: Literal["", "on_hand", "available"] = Field(
        "", description="What counts of this node mean; empty: as `stock_basis` of its mapping."
    )
    believe: Literal["always", "within_tolerance"] = Field(
        "always",
        description="always: a count is booked whatever it says, for nodes that tell receipts and "
        "losses by counts only. within_tolerance: beyond it, the lower of count and ledger is "
        "promised from until a document explains the difference.",
    )
    tolerance_units: int = Field(
        0, ge=0, description="A count that differs by no more is booked; the larger of both holds."
    )
    tolerance_percent: int = Field(0, ge=0, le=100, description="The same, of what was expected.")
    lag_min: int = Field(
        0, ge=0, description="Minutes a count without a time of its own is older than its file."
    )
    max_age_h: int = Field(
        0, ge=0, description="Hours after which the last count is stale; 0: it never is."
    )
    when_stale: Literal["warn", "safety_stock", "exclude"] = Field(
        "warn",
        description="Besides an exception: keep `stale_safety_stock` more of each item, or take "
        "the node out of routing.",
    )
    stale_safety_stock: int = Field(
        0, ge=0, description="Units of each item kept on top while stale."
    )
    dock_days: int = Field(
        1, ge=0, le=30, description="Days from the dock to the shelf, for goods that are to come."
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.when_stale == "safety_stock" and not self.stale_safety_stock:
            raise ValueError("when_stale: safety_stock needs stale_safety_stock")
        if self.when_stale != "warn" and not self.max_age_h:
            raise ValueError(f"when_stale: {self.when_stale} needs max_age_h")
        return self
