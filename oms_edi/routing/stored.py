"""A decision as JSON, compact, and back: enough to make it again and explain it in full."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from oms_edi.config import NodeSettings, Routing
from oms_edi.domain.plan import Decision, Offer, RouteLine, RouteRequest, Standing
from oms_edi.routing.decide import decide

#: Version of the layout `to_json` writes.
LAYOUT = 1


def to_json(decision: Decision) -> dict[str, Any]:
    """Return the decision as plain values: the order, stock by line and node, plan, verdicts.

    The shape is described in `docs/routing.md`.
    """
    plan = decision.plan
    return {
        "v": LAYOUT,
        "now": decision.now.isoformat(),
        "goals": list(decision.goals),
        "order": _request(decision.request),
        "nodes": [_offer(one) for one in decision.offers],
        "free": [list(row) for row in decision.free],
        "out": [list(row) for row in decision.excluded],
        "alone": [_standing(one) if one else None for one in decision.alone],
        "plan": {
            "take": [[a.line_id, a.node_id, a.quantity] for a in plan.assignments],
            "short": [[s.line_id, s.quantity] for s in plan.short],
            "ship": [
                [s.node_id, s.units, s.weight_g, s.freight_cents, s.handling_cents]
                for s in plan.shipments
            ],
            "goals": _standing(plan.standing),
        },
        "rejected": sorted(list(pair) for pair in decision.rejected),
        "lost": {one.node_id: [one.gap_cents, one.sentence] for one in decision.alternatives},
    }


def again(document: dict[str, Any], nodes: Sequence[NodeSettings], settings: Routing) -> Decision:
    """Decide a stored decision again under these settings, with every alternative worked out.

    Nodes that were out are stored without their stock, so a node that is eligible only under other
    settings shows none.
    """
    request = _read_request(document["order"])
    names = [row[0] for row in document["nodes"]]
    supply: dict[tuple[str, str], int] = {}
    for line, row in zip(request.lines, document["free"], strict=True):
        for name, units in zip(names, row, strict=True):
            supply[line.item, name] = max(units, supply.get((line.item, name), 0))
    return decide(
        request,
        nodes,
        supply,
        replace_goals(settings, document["goals"]),
        datetime.fromisoformat(document["now"]),
        rejected=frozenset((line, node) for line, node in document["rejected"]),
        explain=True,
    )


def replace_goals(settings: Routing, goals: Sequence[str]) -> Routing:
    """Return the settings with these goals."""
    return Routing.model_validate({**settings.model_dump(), "goals": tuple(goals)})


def _request(request: RouteRequest) -> dict[str, Any]:
    return {
        "id": request.order_id,
        "to": [request.postal_code, request.state, request.country],
        "days": [_day(request.required_by), _day(request.ship_by), _day(request.not_before)],
        "whole": int(request.ship_complete),
        "on_time_only": int(request.on_time_only),
        "lines": [
            [n.line_id, n.item, n.quantity, n.pack, n.weight_g, list(n.needs), n.unit_price_cents]
            for n in request.lines
        ],
    }


def _read_request(document: dict[str, Any]) -> RouteRequest:
    postal_code, state, country = document["to"]
    required_by, ship_by, not_before = map(_read_day, document["days"])
    lines = tuple(
        RouteLine(
            line_id=line_id,
            item=item,
            quantity=quantity,
            pack=pack,
            weight_g=weight_g,
            needs=tuple(needs),
            unit_price_cents=price,
        )
        for line_id, item, quantity, pack, weight_g, needs, price in document["lines"]
    )
    return RouteRequest(
        order_id=document["id"],
        postal_code=postal_code,
        state=state,
        country=country,
        lines=lines,
        required_by=required_by,
        ship_by=ship_by,
        not_before=not_before,
        ship_complete=bool(document["whole"]),
        on_time_only=bool(document["on_time_only"]),
    )


def _offer(one: Offer) -> list[Any]:
    days = [_day(one.ship_on), _day(one.deliver_on)]
    return [one.node_id, *days, one.zone, one.miles, int(one.late), one.excluded]


def _standing(one: Standing) -> list[int]:
    return [one.short_units, one.late_units, one.shipments, one.cost_cents]


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _read_day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
