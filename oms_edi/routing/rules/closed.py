"""A node that is closed ships nothing."""

from oms_edi.config.node import NodeSettings
from oms_edi.domain.plan import RouteRequest
from oms_edi.routing.rules.context import NodeContext


def check(node: NodeSettings, request: RouteRequest, context: NodeContext) -> str | None:
    """Refuse a node the configuration has closed."""
    return "node is closed" if node.closed else None
