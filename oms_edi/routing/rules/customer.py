"""A customer may refuse nodes, or take goods from some nodes only."""

from oms_edi.config.node import NodeSettings
from oms_edi.domain.plan import RouteRequest
from oms_edi.routing.rules.context import NodeContext


def check(node: NodeSettings, request: RouteRequest, context: NodeContext) -> str | None:
    """Refuse a node the customer's mapping rules out."""
    if node.id in request.never_nodes:
        return "must not ship to this customer"
    if request.only_nodes and node.id not in request.only_nodes:
        return f"this customer takes from {', '.join(request.only_nodes)} only"
    return None
