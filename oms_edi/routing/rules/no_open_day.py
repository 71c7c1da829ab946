"""A node that never opens ships nothing."""

from oms_edi.config.node import NodeSettings
from oms_edi.domain.plan import RouteRequest
from oms_edi.routing.rules.context import NodeContext


def check(node: NodeSettings, request: RouteRequest, context: NodeContext) -> str | None:
    """Refuse a node without an open day within a year."""
    return "no open day within a year" if context.ship_on is None else None
