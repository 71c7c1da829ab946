"""A solution in integers as a plan with nodes, days and money."""

from collections.abc import Sequence

from oms_edi.domain.plan import (
    Assignment,
    Offer,
    Plan,
    PlannedShipment,
    RouteRequest,
    Short,
    Standing,
)
from oms_edi.routing.problem import GRAM, cents
from oms_edi.routing.solver import Solution

#: Cost of buying a unit, by line and node; None = nothing is bought.
Goods = Sequence[Sequence[int]] | None


def nothing(request: RouteRequest, *, stockout_cents: int = 0) -> Plan:
    """Return the plan that ships nothing."""
    short = tuple(Short(line_id=line.line_id, quantity=line.quantity) for line in request.lines)
    units = sum(one.quantity for one in short)
    cost = stockout_cents * units
    standing = Standing(short_units=units, late_units=0, shipments=0, cost_cents=cost)
    return Plan(assignments=(), short=short, shipments=(), standing=standing)


def plan_of(
    request: RouteRequest,
    offers: Sequence[Offer],
    best: Solution | None,
    *,
    split_cents: int,
    stockout_cents: int,
    goods: Goods = None,
) -> Plan:
    """Return `best` as a plan; `offers` and `goods` are those of the problem's nodes."""
    if best is None:
        return nothing(request, stockout_cents=stockout_cents)
    open_units = [line.quantity for line in request.lines]
    for at, _, take in best.takes:
        open_units[at] -= take
    shipments = planned_shipments(request, offers, best, goods)
    total = sum([one.total_cents for one in shipments])
    total += split_cents * (len(shipments) - 1) + stockout_cents * best.values[0]
    short, late, count, _, bent = best.values
    return Plan(
        assignments=tuple(
            [
                Assignment(request.lines[at].line_id, offers[node].node_id, take)
                for at, node, take in best.takes
            ]
        ),
        short=tuple(
            [
                Short(line_id=line.line_id, quantity=units)
                for line, units in zip(request.lines, open_units, strict=True)
                if units
            ]
        ),
        shipments=shipments,
        standing=Standing(short, late, count, total, bent),
    )


def planned_shipments(
    request: RouteRequest, offers: Sequence[Offer], found: Solution, goods: Goods
) -> tuple[PlannedShipment, ...]:
    """Return what each node of a solution ships, and what that costs."""
    units = dict.fromkeys(found.nodes, 0)
    grams = dict.fromkeys(found.nodes, 0)
    for at, node, take in found.takes:
        units[node] += take
        grams[node] += take * request.lines[at].weight_g
    bought = dict.fromkeys(found.nodes, 0)
    if goods:
        for at, node, take in found.takes:
            bought[node] += take * goods[at][node]
    return tuple([_shipment(offers[n], units[n], grams[n], bought[n]) for n in found.nodes])


def _shipment(offer: Offer, units: int, weight_g: int, bought: int) -> PlannedShipment:
    assert offer.ship_on is not None
    assert offer.deliver_on is not None
    by_weight = weight_g * offer.cents_per_lb * GRAM
    return PlannedShipment(
        node_id=offer.node_id,
        ship_on=offer.ship_on,
        deliver_on=offer.deliver_on,
        zone=offer.zone,
        miles=offer.miles,
        late=offer.late,
        units=units,
        weight_g=weight_g,
        freight_cents=offer.base_cents + cents(by_weight),
        handling_cents=offer.shipment_cost_cents + units * offer.unit_cost_cents,
        risk_cents=offer.risk_cents,
        capacity_cents=offer.capacity_cents,
        goods_cents=cents(bought),
    )
