"""Some items need a node that may handle them."""

from oms_edi.config.node import NodeSettings
from oms_edi.domain.plan import RouteLine
from oms_edi.routing.rules.context import LineContext


def check(node: NodeSettings, line: RouteLine, context: LineContext) -> str | None:
    """Refuse a node that lacks a capability the item needs."""
    for need in line.needs:
        if need not in node.capabilities:
            return f"not able to ship {need}"
    return None
