"""Hard filters, one file each: a rule returns why a node is out, or None.

A new rule is a new file and one line here. What a rule needs to know beyond node and order is in
its context; no rule looks anything up.
"""

from collections.abc import Callable

from oms_edi.config.node import NodeSettings
from oms_edi.domain.plan import RouteLine, RouteRequest
from oms_edi.routing.rules import (
    capability,
    closed,
    customer,
    feed_stale,
    no_open_day,
    on_time_only,
    region,
    rejected,
    stock,
    supplier,
)
from oms_edi.routing.rules.context import LineContext, NodeContext

NodeRule = Callable[[NodeSettings, RouteRequest, NodeContext], str | None]
LineRule = Callable[[NodeSettings, RouteLine, LineContext], str | None]

#: Takes the node out for the whole order; the first reason is kept.
NODE_RULES: dict[str, NodeRule] = {
    "closed": closed.check,
    "feed_stale": feed_stale.check,
    "customer": customer.check,
    "region": region.check,
    "no_open_day": no_open_day.check,
    "on_time_only": on_time_only.check,
}

#: Takes the node out for one line; the first reason is kept. `stock` comes last, so that a node
#: that is out for it alone would be in if it had some.
LINE_RULES: dict[str, LineRule] = {
    "capability": capability.check,
    "rejected": rejected.check,
    "supplier": supplier.check,
    "stock": stock.check,
}
