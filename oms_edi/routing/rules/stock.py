"""A node without free stock of the item ships none of it."""

from oms_edi.config.node import NodeSettings
from oms_edi.domain.plan import RouteLine
from oms_edi.routing.rules.context import LineContext

#: What a node is out for that would be in with stock.
NO_STOCK = "no free stock"


def check(node: NodeSettings, line: RouteLine, context: LineContext) -> str | None:
    """Refuse a node that has none of the item free."""
    return None if context.free.get((line.item, node.id), 0) > 0 else NO_STOCK
