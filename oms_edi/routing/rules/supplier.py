"""A supplier ships what it carries, in quantities it sells."""

from oms_edi.config.node import NodeSettings
from oms_edi.domain.plan import RouteLine
from oms_edi.routing.rules.context import LineContext

#: What a supplier is out for that sells other items only.
NOT_CARRIED = "does not carry it"


def check(node: NodeSettings, line: RouteLine, context: LineContext) -> str | None:
    """Refuse a supplier that does not carry the item, or sells no such quantity of it."""
    if not node.is_supplier:
        return None
    terms = context.terms.get((line.item, node.id))
    if terms is None:
        return NOT_CARRIED
    if line.quantity < terms.minimum:
        return f"sells at least {terms.minimum}"
    if line.quantity % terms.multiple:
        return f"sells by {terms.multiple}"
    return None
