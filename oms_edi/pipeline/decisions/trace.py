"""Why a line ships from where it does: the stored decision, worked out in full again."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from oms_edi.config.allocation import METHODS
from oms_edi.domain.lifecycle import order_name
from oms_edi.domain.order import BookOrder
from oms_edi.domain.plan import Candidate, Decision
from oms_edi.errors import NotFound
from oms_edi.pipeline.frame.step import Step
from oms_edi.routing.alternatives import with_alternatives
from oms_edi.routing.explain import explain, line_decisions, verdicts
from oms_edi.routing.stored import from_json
from oms_edi.store import fairness, orders, queries
from oms_edi.store.promised_before import promised_before

#: Columns of a trace; costs are dollars of its shipment in the plan, or of the one it would make
#: alone.
COLUMNS = (
    "node",
    "free",
    "takes",
    "goods",
    "freight",
    "handling",
    "late_risk",
    "full_day",
    "alone",
    "arrives",
    "why_not",
)
#: Orders named as the ones that have the stock.
_OTHERS = 5
#: Rounds of sharing an item that are looked at.
_ROUNDS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One decision about one line, for people."""

    title: str
    #: A row a node, its columns as in `COLUMNS`.
    candidates: tuple[tuple[object, ...], ...]
    sentences: tuple[str, ...]
    #: Those of them that say what a row of `candidates` says, too.
    in_rows: frozenset[str] = frozenset()

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "title": self.title,
            "candidates": [
                dict(zip(COLUMNS, candidate, strict=True)) for candidate in self.candidates
            ],
            "sentences": list(self.sentences),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Routed:
    """One decision about one line in a row: from where, and why not from elsewhere."""

    order: str
    po_number: str
    line: str
    item: str
    #: Base units that were to be routed, and how many of them found no stock.
    units: int
    short: int
    nodes: tuple[str, ...]
    #: Town, or name, of the ship-to.
    to: str
    decided_at: str
    #: `RNO, HBG: no free stock`, one for each reason.
    why: tuple[str, ...]


def routed_lines(step: Step, order_id: int) -> list[Routed]:
    """Return every decision about every line of an order, oldest first."""
    order = orders.read_order(step.connection, order_id)
    names = {line.line_id: line.buyer_line for line in order.lines}
    return [
        Routed(
            order=order_name(order_id),
            po_number=order.po_number,
            line=names[line.line_id],
            item=line.item,
            units=line.quantity,
            short=line.short,
            nodes=line.nodes,
            to=place.city or place.name,
            decided_at=row["at"],
            why=_why(line.candidates),
        )
        for row in queries.decisions(step.connection, order_id)
        if (place := order.destinations[row["destination"]])
        for line in line_decisions(with_alternatives(from_json(json.loads(row["decision"]))))
    ]


def _why(candidates: Iterable[Candidate]) -> tuple[str, ...]:
    """Say why the nodes that ship nothing of a line do not, equal reasons together."""
    nodes: dict[str, list[str]] = {}
    for one in candidates:
        if not one.chosen:
            reason = one.excluded or one.lost.rpartition(": ")[2]
            nodes.setdefault(reason, []).append(one.node_id)
    return tuple(f"{', '.join(some)}: {reason}" for reason, some in nodes.items() if reason)


def trace_line(step: Step, order_id: int, buyer_line: str) -> list[Trace]:
    """Return every decision made about a line of an order, oldest first.

    Raises:
        NotFound: there is no such line, or nothing was decided about it yet.
    """
    order = orders.read_order(step.connection, order_id)
    lines = {line.line_id: line for line in order.lines if line.buyer_line == buyer_line}
    if not lines:
        known = ", ".join(dict.fromkeys(line.buyer_line for line in order.lines))
        raise NotFound(f"{order_name(order_id)} has no line {buyer_line}; it has {known}")
    names = {line.line_id: line.buyer_line for line in order.lines}
    items = {line.item for line in lines.values() if line.item}
    rounds = _rounds(step, order, items)
    found = []
    for row in queries.decisions(step.connection, order_id):
        decision = with_alternatives(from_json(json.loads(row["decision"])))
        for line in line_decisions(decision):
            if line.line_id not in lines:
                continue
            place = order.destinations[row["destination"]]
            sentences = explain(decision, names=names)
            told = _shared(rounds.pop((line.item, row["at"]), None))
            if line.short or told:
                sentences = told + sentences + _promised(step, line.item, row["decision_id"])
            found.append(
                Trace(
                    title=f"{order_name(order_id)} line {buyer_line}: {line.quantity} {line.item}"
                    f" to {place.city or place.name} {place.postal_code}, decided {row['at']}",
                    candidates=tuple(_candidate(candidate) for candidate in line.candidates),
                    sentences=tuple(sentences),
                    in_rows=_in_rows(decision, line.candidates),
                )
            )
    name = f"{order_name(order_id)} line {buyer_line}"
    found += [
        Trace(
            title=f"{name}: nothing of {item} for it, decided {at}",
            candidates=(),
            sentences=tuple(_shared(row)),
        )
        for (item, at), row in rounds.items()
    ]
    if not found:
        raise NotFound(f"nothing was decided about line {buyer_line} of {order_name(order_id)} yet")
    return found


def _rounds(
    step: Step, order: BookOrder, items: Iterable[str]
) -> dict[tuple[str, str], queries.Row]:
    """Return, by item and instant, the rounds in which this customer shared these items."""
    return {
        (row["item"], row["at"]): row
        for item in sorted(items)
        for row in fairness.shares(step.connection, item=item, limit=_ROUNDS)
        if any(claim["customer"] == order.partner for claim in row["claims"])
        and row["at"] >= order.received_at
    }


def _shared(row: queries.Row | None) -> list[str]:
    """Say how a scarce item was shared."""
    if row is None:
        return []
    asked = sum(claim["asked"] for claim in row["claims"])
    kept = "".join(f", {one['units']} of them kept for {one['pool']}" for one in row["kept"])
    told = "; ".join(
        f"{claim['customer']} (tier {claim['tier']}, weight {claim['weight']})"
        f" {claim['given']} of {claim['asked']}"
        for claim in row["claims"]
    )
    return [
        f"{row['item']} was short: {asked} asked for, {row['supply']} free{kept};"
        f" shared {METHODS.get(row['method'], row['method'])}: {told}."
    ]


def _promised(step: Step, item: str, decision_id: int) -> list[str]:
    """Say who has the units that were missing."""
    before = promised_before(step.connection, item, decision_id)
    told = [
        f"{order_name(row['order_id'])} ({row['partner']}, tier {row['tier']}) {row['units']}"
        for row in before.orders[:_OTHERS]
    ]
    left = len(before.orders) - _OTHERS
    many = f"{'' if before.is_all else 'at least '}{left} more orders"
    more = f" and {many}" if left > 0 else ""
    return [f"Before it {item} was promised to {', '.join(told)}{more}."] if told else []


def _in_rows(decision: Decision, candidates: Iterable[Candidate]) -> frozenset[str]:
    """Return the sentences about nodes whose rows say why they lost."""
    told = verdicts(decision)
    weighed = [one.node_id for one in candidates if one.excluded or one.lost or one.wish]
    return frozenset(told[node] for node in weighed if node in told)


def _candidate(candidate: Candidate) -> tuple[object, ...]:
    ship = candidate.shipment
    costs: tuple[object, ...] = ("", "", "", "", "")
    if ship is not None:
        costs = tuple(
            _dollars(cents)
            for cents in (
                ship.goods_cents,
                ship.freight_cents,
                ship.handling_cents,
                ship.risk_cents,
                ship.capacity_cents,
            )
        )
    return (
        candidate.node_id,
        candidate.free,
        candidate.chosen or "",
        *costs,
        "" if candidate.cost_cents is None else _dollars(candidate.cost_cents),
        candidate.deliver_on or "",
        "; ".join(filter(None, (candidate.excluded or candidate.lost, candidate.wish))),
    )


def _dollars(cents: int) -> str:
    return f"{cents / 100:.2f}"
