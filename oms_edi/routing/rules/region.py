"""A node may serve some states only."""

from oms_edi.config.node import NodeSettings
from oms_edi.domain.plan import RouteRequest
from oms_edi.routing.rules.context import NodeContext


def check(node: NodeSettings, request: RouteRequest, context: NodeContext) -> str | None:
    """Refuse a node that does not ship to the state of the order."""
    if not node.states or request.state in node.states:
        return None
    return f"does not ship to {request.state or 'an unknown state'}"
