"""Lines by nodes: what is free where, and why a node cannot ship a line."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from oms_edi.config.node import NodeSettings
from oms_edi.domain.plan import Offer, RouteRequest
from oms_edi.routing.rules import LINE_RULES
from oms_edi.routing.rules.context import LineContext


class Matrix(NamedTuple):
    """Three tables of the same shape: a row a line, a column a node."""

    #: Free units, 0 where the node is out.
    free: tuple[tuple[int, ...], ...]
    #: Why the node is out; empty = it is not.
    excluded: tuple[tuple[str, ...], ...]
    #: The soft rule it breaks; empty = none.
    bent: tuple[tuple[str, ...], ...]


def matrix(
    request: RouteRequest,
    nodes: Sequence[NodeSettings],
    offers: Sequence[Offer],
    context: LineContext,
    *,
    soft: Collection[str] = (),
) -> Matrix:
    """Return what can be had where; `bent` has no rows without soft rules."""
    hard = [rule for name, rule in LINE_RULES.items() if name not in soft]
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
    return Matrix(tuple(free), tuple(excluded), tuple(bent) if soft else ())
