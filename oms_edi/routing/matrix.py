"""Lines by nodes: what is free where, why a node cannot ship a line, what buying it costs."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from oms_edi.config.node import NodeSettings
from oms_edi.domain.plan import Offer, Purchase, RouteRequest
from oms_edi.routing.rules import LINE_RULES
from oms_edi.routing.rules.context import LineContext
from oms_edi.routing.rules.stock import NO_STOCK


class Matrix(NamedTuple):
    """Tables of the same shape: a row a line, a column a node."""

    #: Free units, 0 where the node is out.
    free: tuple[tuple[int, ...], ...]
    #: Why the node is out; empty = it is not.
    excluded: tuple[tuple[str, ...], ...]
    #: The soft rule it breaks; empty = none.
    bent: tuple[tuple[str, ...], ...]
    #: Cost of a unit where it is bought, in hundredths of a cent; no rows where nothing is.
    goods: tuple[tuple[int, ...], ...] = ()
    #: Whether the line is bought whole or not at all; no rows where none is.
    whole: tuple[tuple[bool, ...], ...] = ()


def matrix(
    request: RouteRequest,
    nodes: Sequence[NodeSettings],
    offers: Sequence[Offer],
    context: LineContext,
    *,
    soft: Collection[str] = (),
) -> Matrix:
    """Return what can be had where; `bent` has no rows without soft rules."""
    idle = _idle(request, nodes, context)
    if not soft and len(idle) == len(LINE_RULES) - 1:
        found = _stock_only(request, nodes, offers, context)
        return _with_purchases(found, request, nodes, context) if context.terms else found
    hard = [rule for name, rule in LINE_RULES.items() if name not in soft and name not in idle]
    dropped = [rule for name, rule in LINE_RULES.items() if name in soft]
    free: list[tuple[int, ...]] = []
    excluded: list[tuple[str, ...]] = []
    bent: list[tuple[str, ...]] = []
    for line in request.lines:
        row: list[int] = []
        why: list[str] = []
        broken: list[str] = []
        for node, offer in zip(nodes, offers, strict=True):
            out = offer.excluded
            if not out:
                for rule in hard:
                    out = rule(node, line, context) or ""
                    if out:
                        break
            why.append(out)
            row.append(0 if out else context.free[line.item, node.id])
            if soft:
                reasons = (rule(node, line, context) for rule in dropped)
                breaks = offer.bent or next(filter(None, reasons), "")
                broken.append("" if out else breaks)
        free.append(tuple(row))
        excluded.append(tuple(why))
        bent.append(tuple(broken))
    found = Matrix(tuple(free), tuple(excluded), tuple(bent) if soft else ())
    return _with_purchases(found, request, nodes, context) if context.terms else found


def _stock_only(
    request: RouteRequest,
    nodes: Sequence[NodeSettings],
    offers: Sequence[Offer],
    context: LineContext,
) -> Matrix:
    """Return what can be had where for an order no rule but `stock` has anything to say of."""
    ways = [(node.id, offer.excluded) for node, offer in zip(nodes, offers, strict=True)]
    out_anyway = tuple([out for _, out in ways])
    units_of = context.free.get
    free: list[tuple[int, ...]] = []
    excluded: list[tuple[str, ...]] = []
    for line in request.lines:
        item = line.item
        row = [0 if out else units_of((item, node), 0) for node, out in ways]
        if min(row, default=0) < 0:
            row = [max(0, units) for units in row]
        free.append(tuple(row))
        if all(row):  # who is out has none
            excluded.append(out_anyway)
            continue
        why = [
            out or ("" if units else NO_STOCK) for out, units in zip(out_anyway, row, strict=True)
        ]
        excluded.append(tuple(why))
    return Matrix(tuple(free), tuple(excluded), ())


def _idle(
    request: RouteRequest, nodes: Sequence[NodeSettings], context: LineContext
) -> Collection[str]:
    """Return rules that take no node out, whatever the line: most orders meet only `stock`."""
    is_met = {
        "capability": any([line.needs for line in request.lines]),
        "rejected": bool(context.rejected),
        "supplier": any([node.kind == "supplier" for node in nodes]),
    }
    return [name for name, met in is_met.items() if not met]


#: Nothing is bought.
_OWN = Purchase(0)


def _with_purchases(
    found: Matrix, request: RouteRequest, nodes: Sequence[NodeSettings], context: LineContext
) -> Matrix:
    """Add what goods cost at suppliers, and which lines are bought whole."""
    terms = [
        [context.terms.get((line.item, node.id), _OWN) for node in nodes] for line in request.lines
    ]
    whole = tuple(
        tuple(one.is_whole(line) for one in row)
        for line, row in zip(request.lines, terms, strict=True)
    )
    return found._replace(
        goods=tuple(tuple(one.cost for one in row) for row in terms),
        whole=whole if any(any(row) for row in whole) else (),
    )
