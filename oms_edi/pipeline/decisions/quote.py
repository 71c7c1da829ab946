"""What an order would get if it were placed now: prices, days, what would wait. Reads only.

The same enrichment, rules and router as of an order that is placed; nothing is reserved, so who
orders first gets it. A customer reads of no node, and not of what is kept for others.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from oms_edi.domain.holds import HoldKind
from oms_edi.domain.lifecycle import Quantities
from oms_edi.domain.message import OrderMessage
from oms_edi.domain.order import BookLine, BookOrder, NewOrder
from oms_edi.partners.profile import PartnerProfile
from oms_edi.pipeline.decisions.allocate import circumstances
from oms_edi.pipeline.decisions.availability import reach
from oms_edi.pipeline.decisions.decide_order import legs_of, request_for
from oms_edi.pipeline.decisions.promise import would_promise
from oms_edi.pipeline.frame.each_order import Batch
from oms_edi.pipeline.frame.feeds import excluded, keep
from oms_edi.pipeline.frame.outgoing import Outgoing
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.orders.enrich import enrich
from oms_edi.pipeline.orders.money import judge_new, value_of
from oms_edi.routing.decide import decide
from oms_edi.store.catalog import Catalog
from oms_edi.store.promises import WaitingLine
from oms_edi.store.stock import Shelf

#: An order nobody has: it comes after all that wait.
_ORDER_ID = 1 << 62


class QuotedPart(NamedTuple):
    """Units of a line that would leave together."""

    units: int
    ships_on: date
    arrives_on: date


class Sourced(NamedTuple):
    """Units of a line from one node: for us, no customer reads of it."""

    node: str
    units: int
    ships_on: date
    arrives_on: date
    #: True if it misses the day the order asks for.
    late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotedLine:
    """A line as it would enter the book, and what it would get."""

    line: str
    #: As they call it.
    code: str
    #: Ours; None while unknown.
    item: str | None
    description: str
    quantity: Decimal
    unit: str
    #: For one `unit`; None if nobody named one.
    price: Decimal | None
    #: Base units in one `unit`.
    unit_factor: int
    #: Base units.
    units: int
    parts: tuple[QuotedPart, ...]
    #: The same by node, as `parts` does not say it.
    sources: tuple[Sourced, ...]
    #: Base units that would wait for stock.
    waits: int
    #: The day those would ship, where that is certain.
    promised_on: date | None
    #: A hold keeps it from being decided: nothing is known of its days.
    held: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What an order would get."""

    lines: tuple[QuotedLine, ...]
    value: Decimal
    #: What would hold it.
    holds: tuple[HoldKind, ...]


def quote(
    step: Step,
    message: OrderMessage,
    profile: PartnerProfile,
    *,
    ignoring: Collection[HoldKind] = (),
) -> Quote:
    """Return what would become of an order, were it released from the holds in `ignoring`."""
    catalog = Catalog(step.connection)
    new = enrich(message, profile, catalog, today=step.now.date())
    money = judge_new(step, catalog, profile, new.lines)
    held = [hold.kind for hold in new.holds] + [m.kind for m in money if m.action == "hold"]
    stopping = [hold for hold in new.holds if hold.kind not in ignoring]
    order = _as_booked(step, new._replace(holds=tuple(stopping)), profile)
    decidable = [line for line in order.lines if line.item and not line.held]
    if HoldKind.ADDRESS in held:
        decidable = []
    sources = _decided(step, catalog, order, decidable, profile)
    short = {
        line.line_id: line.quantities.open - sum(part.units for part in sources[line.line_id])
        for line in decidable
    }
    if profile.orders.ship_complete and any(short.values()):
        sources = dict.fromkeys(sources, ())
        short = {line.line_id: line.quantities.open for line in decidable}
    waiting = [_waiting(catalog, order, line, short[line.line_id]) for line in decidable]
    days = would_promise(step, [line for line in waiting if line.units])
    return Quote(
        lines=tuple(
            QuotedLine(
                line=line.buyer_line,
                code=line.items[0][1] if line.items else "",
                item=line.item,
                description=line.description,
                quantity=line.buyer_quantity,
                unit=line.buyer_unit,
                price=line.price,
                unit_factor=line.unit_factor,
                units=line.quantities.ordered,
                parts=_by_day(sources.get(line.line_id, ())),
                sources=sources.get(line.line_id, ()),
                waits=short.get(line.line_id, line.quantities.ordered),
                promised_on=days.get(line.line_id),
                held=line.line_id not in short,
            )
            for line in order.lines
        ),
        value=value_of(new.lines)[0],
        holds=tuple(dict.fromkeys(held)),
    )


def _as_booked(step: Step, new: NewOrder, profile: PartnerProfile) -> BookOrder:
    """Return an order as it would stand in the book, with line ids from -1 down."""
    held = {hold.line for hold in new.holds if hold.line is not None}
    message = new.message
    return BookOrder(
        order_id=_ORDER_ID,
        partner=profile.id,
        po_number=message.po_number,
        release_number=message.release_number,
        ordered_on=message.ordered_on,
        ship_on=message.ship_on,
        not_before=message.not_before,
        not_after=message.not_after,
        deliver_by=message.deliver_by,
        cancel_after=message.cancel_after,
        tier=new.tier,
        routing=message.routing,
        references=message.references,
        notes=message.notes,
        received_at=step.at,
        answer_due=False,
        answers=0,
        answer_sha="",
        destinations=new.destinations,
        lines=tuple(
            BookLine(
                line_id=-1 - index,
                buyer_line=line.buyer_line,
                destination=line.destination,
                item=line.item,
                items=line.items,
                description=line.description,
                buyer_quantity=line.buyer_quantity,
                buyer_unit=line.buyer_unit,
                unit_factor=line.unit_factor,
                buyer_price=line.buyer_price,
                price=line.price,
                price_basis=line.price_basis,
                requested_on=line.requested_on,
                quantities=Quantities(ordered=line.quantity, open=line.quantity),
                held=index in held,
            )
            for index, line in enumerate(new.lines)
        ),
    )


def _decided(
    step: Step,
    catalog: Catalog,
    order: BookOrder,
    lines: Sequence[BookLine],
    profile: PartnerProfile,
) -> dict[int, tuple[Sourced, ...]]:
    """Return what the router would give each line now."""
    found: dict[int, tuple[Sourced, ...]] = {line.line_id: () for line in lines}
    batch = Batch(
        step=step,
        outgoing=Outgoing(step),
        catalog=catalog,
        orders={},
        shelf=Shelf(step.connection, keep=keep(step)),
        rejected={},
        told_to_wait=set(),
        stale=excluded(step),
    )
    left = dict(batch.shelf.supply([line.item or "" for line in lines]))
    limits = _within(lines, reach(step, profile, sorted({line.item or "" for line in lines})))
    for leg in legs_of(lines, limits):
        request = request_for(catalog, order, profile, leg)
        if not request.lines:
            continue
        decision = decide(
            request,
            step.config.nodes,
            left,
            step.config.routing,
            step.now,
            circumstances=circumstances(batch, request),
        )
        items = {line.line_id: line.item for line in request.lines}
        days = {
            one.node_id: (one.ship_on, one.deliver_on, one.late) for one in decision.plan.shipments
        }
        for part in decision.plan.assignments:
            left[items[part.line_id], part.node_id] -= part.quantity
            sourced = Sourced(part.node_id, part.quantity, *days[part.node_id])
            found[part.line_id] = (*found[part.line_id], sourced)
    return found


def _by_day(sources: Iterable[Sourced]) -> tuple[QuotedPart, ...]:
    """Return parts by their days: what leaves and arrives together is one, whatever its node."""
    units: dict[tuple[date, date], int] = {}
    for one in sources:
        days = (one.ships_on, one.arrives_on)
        units[days] = units.get(days, 0) + one.units
    return tuple(QuotedPart(some, *days) for days, some in sorted(units.items()))


def _within(lines: Iterable[BookLine], reached: Mapping[str, int]) -> dict[int, int]:
    """Return what each line may have of what this customer may be promised."""
    left = dict(reached)
    found = {}
    for line in lines:
        item = line.item or ""
        found[line.line_id] = min(line.quantities.open, left[item])
        left[item] -= found[line.line_id]
    return found


def _waiting(catalog: Catalog, order: BookOrder, line: BookLine, units: int) -> WaitingLine:
    item = catalog.item(line.item or "")
    last = order.not_after or order.cancel_after or order.deliver_by
    return WaitingLine(
        line_id=line.line_id,
        order_id=order.order_id,
        item=line.item or "",
        partner=order.partner,
        tier=order.tier,
        units=units,
        last_day=last.isoformat() if last else "9999",
        not_before=order.not_before.isoformat() if order.not_before else None,
        state=order.destinations[line.destination].state,
        needs=item.needs if item else (),
        rejected=frozenset(),
    )
