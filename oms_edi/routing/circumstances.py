"""What is known beside order, nodes and stock when an order is decided."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from oms_edi.domain.plan import Offer, Purchase, RouteRequest
from oms_edi.domain.workload import Load


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """How busy and how punctual the nodes are, and what the order was promised before."""

    load: Load = field(default_factory=Load)
    #: Late shipments and all shipments lately, by node.
    punctuality: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    #: Ship and delivery day the order has at nodes it is allocated to already.
    promised: Mapping[str, tuple[date, date]] = field(default_factory=dict)
    #: Nodes that are out because the figures of their stock are too old, and why.
    stale: Mapping[str, str] = field(default_factory=dict)
    #: How suppliers sell what they carry, by item and node.
    terms: Mapping[tuple[str, str], Purchase] = field(default_factory=dict)


#: Nothing is known.
PLAIN = Circumstances()


def with_risk(
    request: RouteRequest, offers: tuple[Offer, ...], punctuality: Mapping[str, tuple[int, int]]
) -> tuple[Offer, ...]:
    """Return the offers with the price of being late: the penalty times how likely that is.

    A node that plans to be late is; any other is as it was lately, (late + 1) / (all + 2).
    """
    if not (request.late_penalty_cents and (request.required_by or request.ship_by)):
        return offers
    priced = []
    for offer in offers:
        late, count = punctuality.get(offer.node_id, (0, 0))
        likely = request.late_penalty_cents * (late + 1) / (count + 2)
        cost = request.late_penalty_cents if offer.late else round(likely)
        priced.append(offer._replace(risk_cents=cost))
    return tuple(priced)
