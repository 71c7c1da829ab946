"""A node whose figures of its stock are too old ships nothing, where the configuration says so."""

from oms_edi.config.node import NodeSettings
from oms_edi.domain.plan import RouteRequest
from oms_edi.routing.rules.context import NodeContext


def check(node: NodeSettings, request: RouteRequest, context: NodeContext) -> str | None:
    """Refuse a node that has not told its stock for too long."""
    return f"stock feed is stale: {context.stale_feed}" if context.stale_feed else None
