"""A node that refused a line is not asked again, or re-routing would loop."""

from oms_edi.config.node import NodeSettings
from oms_edi.domain.plan import RouteLine
from oms_edi.routing.rules.context import LineContext


def check(node: NodeSettings, line: RouteLine, context: LineContext) -> str | None:
    """Refuse a node that rejected this line before."""
    return "rejected this line before" if (line.line_id, node.id) in context.rejected else None
