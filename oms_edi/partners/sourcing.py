"""`orders.sourcing:` from where a customer is served, and what being late costs."""

from pydantic import Field

from oms_edi.config.settings import Settings


class SourcingSettings(Settings):
    """From where this customer is served, and what being late costs."""

    only_nodes: tuple[str, ...] = Field(
        (), description="Nodes that may ship to this customer; empty: all."
    )
    never_nodes: tuple[str, ...] = Field(
        (), description="Nodes that must not ship to this customer."
    )
    on_time_only: bool = Field(
        False,
        description="A node that would be late ships nothing; otherwise being on time is a goal.",
    )
    late_penalty_cents: int = Field(
        0,
        ge=0,
        description="What a late shipment costs us; times how likely a node is late, it is part of "
        "the cost of a plan.",
    )
