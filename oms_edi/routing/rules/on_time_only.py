"""An order may refuse to be late; otherwise being on time is a goal, not a filter."""

from oms_edi.config.node import NodeSettings
from oms_edi.domain.plan import RouteRequest
from oms_edi.routing.rules.context import NodeContext


def check(node: NodeSettings, request: RouteRequest, context: NodeContext) -> str | None:
    """Refuse a late node if the order says so."""
    return "too late for the day asked for" if request.on_time_only and context.late else None
