"""A decision as JSON, compact, and back. What was weighed is in it, so it can be explained later
by the terms of then, whatever the configuration says by now.

The layout is described in `docs/routing.md`.
"""

from datetime import date, datetime
from functools import lru_cache
from typing import Any

from oms_edi.domain.plan import (
    Assignment,
    Before,
    Decision,
    Offer,
    Plan,
    PlannedShipment,
    RouteLine,
    RouteRequest,
    Short,
    Standing,
)

#: Version of the layout `to_json` writes.
LAYOUT = 2


def to_json(decision: Decision) -> dict[str, Any]:
    """Return the decision as plain values; equal decisions give equal documents.

    Alternatives are not in it: they follow from the rest.
    """
    plan, before = decision.plan, decision.before
    return {
        "v": LAYOUT,
        "now": decision.now.isoformat(),
        "goals": list(decision.goals),
        "limits": [decision.max_shipments, decision.split_cents, decision.stockout_cents],
        "order": _request(decision.request),
        "nodes": [*_offers(decision.offers)],
        "free": [list(row) for row in decision.free],
        "out": [list(row) for row in decision.excluded],
        "alone": [_standing(one) if one else None for one in decision.alone],
        "plan": {
            "take": [[a.line_id, a.node_id, a.quantity] for a in plan.assignments],
            "short": [[s.line_id, s.quantity] for s in plan.short],
            "ship": [_shipment(one) for one in plan.shipments],
            "goals": _standing(plan.standing),
        },
        "rejected": sorted([list(pair) for pair in decision.rejected]),
        "dropped": list(decision.dropped),
        "bent": [list(row) for row in decision.bent],
        **_purchases(decision),
        "before": before and [list(before.nodes), _standing(before.standing)],
    }


def from_json(document: dict[str, Any]) -> Decision:
    """Return the decision `to_json` wrote."""
    offers = tuple(_read_offer(row) for row in document["nodes"])
    max_shipments, split_cents, stockout_cents = document["limits"]
    before = document["before"]
    return Decision(
        request=_read_request(document["order"]),
        now=datetime.fromisoformat(document["now"]),
        goals=tuple(document["goals"]),
        max_shipments=max_shipments,
        split_cents=split_cents,
        stockout_cents=stockout_cents,
        plan=_read_plan(document["plan"], {one.node_id: one for one in offers}),
        offers=offers,
        free=tuple(tuple(row) for row in document["free"]),
        excluded=tuple(tuple(row) for row in document["out"]),
        alone=tuple(_read_standing(row) if row else None for row in document["alone"]),
        rejected=frozenset((line, node) for line, node in document["rejected"]),
        dropped=tuple(document["dropped"]),
        bent=tuple(tuple(row) for row in document["bent"]),
        goods=tuple(tuple(row) for row in document.get("goods", ())),
        whole=tuple(tuple(map(bool, row)) for row in document.get("whole", ())),
        before=before and Before(nodes=tuple(before[0]), standing=_read_standing(before[1])),
    )


def _purchases(decision: Decision) -> dict[str, Any]:
    """Return what is bought how, where anything is."""
    found: dict[str, Any] = {}
    if decision.goods:
        found["goods"] = [list(row) for row in decision.goods]
    if decision.whole:
        found["whole"] = [list(map(int, row)) for row in decision.whole]
    return found


def _shipment(one: PlannedShipment) -> list[Any]:
    known = [one.node_id, one.units, one.weight_g, one.freight_cents, one.handling_cents]
    return [*known, one.goods_cents] if one.goods_cents else known


def _request(request: RouteRequest) -> dict[str, Any]:
    return {
        "id": request.order_id,
        "to": [request.postal_code, request.state, request.country],
        "days": [_day(request.required_by), _day(request.ship_by), _day(request.not_before)],
        "whole": int(request.ship_complete),
        "on_time_only": int(request.on_time_only),
        "nodes": [list(request.only_nodes), list(request.never_nodes)],
        "penalty": request.late_penalty_cents,
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
        only_nodes=tuple(document["nodes"][0]),
        never_nodes=tuple(document["nodes"][1]),
        late_penalty_cents=document["penalty"],
    )


@lru_cache(maxsize=1024)
def _offers(offers: tuple[Offer, ...]) -> tuple[list[Any], ...]:
    """Return offers as rows: many orders go to the same place."""
    return tuple([_offer(one) for one in offers])


def _offer(one: Offer) -> list[Any]:
    days = [_day(one.ship_on), _day(one.deliver_on)]
    freight = [one.base_cents, one.cents_per_lb]
    handling = [one.shipment_cost_cents, one.unit_cost_cents]
    way = [one.zone, one.miles, int(one.late)]
    known = [one.node_id, one.excluded, *days, *way, *freight, *handling, one.rank]
    if one.risk_cents or one.capacity_cents or one.full_on or one.bent:
        known += [one.risk_cents, one.capacity_cents, _day(one.full_on), one.bent]
    return known


def _read_offer(row: list[Any]) -> Offer:
    return Offer(
        node_id=row[0],
        excluded=row[1],
        ship_on=_read_day(row[2]),
        deliver_on=_read_day(row[3]),
        zone=row[4],
        miles=row[5],
        late=bool(row[6]),
        base_cents=row[7],
        cents_per_lb=row[8],
        shipment_cost_cents=row[9],
        unit_cost_cents=row[10],
        rank=row[11],
        risk_cents=row[12] if len(row) > 12 else 0,
        capacity_cents=row[13] if len(row) > 12 else 0,
        full_on=_read_day(row[14]) if len(row) > 12 else None,
        bent=row[15] if len(row) > 12 else "",
    )


def _read_plan(document: dict[str, Any], offers: dict[str, Offer]) -> Plan:
    return Plan(
        assignments=tuple(
            Assignment(line_id=line, node_id=node, quantity=units)
            for line, node, units in document["take"]
        ),
        short=tuple(Short(line_id=line, quantity=units) for line, units in document["short"]),
        shipments=tuple(_read_shipment(row, offers[row[0]]) for row in document["ship"]),
        standing=_read_standing(document["goals"]),
    )


def _read_shipment(row: list[Any], offer: Offer) -> PlannedShipment:
    assert offer.ship_on is not None
    assert offer.deliver_on is not None
    return PlannedShipment(
        node_id=offer.node_id,
        ship_on=offer.ship_on,
        deliver_on=offer.deliver_on,
        zone=offer.zone,
        miles=offer.miles,
        late=offer.late,
        units=row[1],
        weight_g=row[2],
        freight_cents=row[3],
        handling_cents=row[4],
        risk_cents=offer.risk_cents,
        capacity_cents=offer.capacity_cents,
        goods_cents=row[5] if len(row) > 5 else 0,
    )


def _standing(one: Standing) -> list[int]:
    return list(one if one.bent_units else one[:4])


def _read_standing(row: list[int]) -> Standing:
    return Standing(*row)


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _read_day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
