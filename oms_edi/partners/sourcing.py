"""`orders.sourcing:` from where a customer is served."""

from pydantic import Field

from oms_edi.config.settings import Settings


class SourcingSettings(Settings):
    """From where this customer is served, and whether late is too late."""

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
