"""A node as a party of a document."""

from oms_edi.config.node import NodeSettings
from oms_edi.domain.party import Party


def node_party(node: NodeSettings, role: str = "WH") -> Party:
    """Return a node as a party of a document."""
    return Party(
        role=role,
        name=node.name,
        id_qualifier="91",
        id_code=node.id,
        street=(node.street,) if node.street else (),
        city=node.city,
        state=node.state,
        postal_code=node.postal_code,
        country=node.country,
    )
