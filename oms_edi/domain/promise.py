"""Who may be promised what is still to come: waiting lines in their order, goods by day. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from oms_edi.domain.atp import Dated


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A line that waits for stock."""

    line_id: int
    order_id: int
    item: str
    units: int
    #: Who comes first: smaller is sooner.
    rank: tuple[object, ...]
    #: Nodes that may ship it.
    nodes: frozenset[str]
    #: None of the order ships before all of it can.
    is_whole: bool


class Promise(NamedTuple):
    """When all that waits of a line can leave, as things stand."""

    ready_on: date
    #: The node its last units come from.
    node: str
    #: Enough comes by then for everybody who waits for the item, however it is shared.
    is_certain: bool


def promise_dates(
    waiting: Iterable[Waiting], coming: Mapping[tuple[str, str], Sequence[Dated]]
) -> dict[int, Promise]:
    """Return a promise by line id, for each line of which all can be promised.

    `coming` is what may be promised from a day on, by (item, node), beyond what is free today:
    that was offered, and whoever waits could not use it.
    """
    lines = sorted(waiting, key=lambda line: line.rank)
    left = {key: [one.units for one in dated] for key, dated in coming.items()}
    asked: Counter[str] = Counter()
    for line in lines:
        asked[line.item] += line.units
    found: dict[int, Promise] = {}
    for line in lines:
        taken = _take(line, coming, left)
        if taken:
            day, node = taken
            enough = _until(coming, line.item, day) >= asked[line.item]
            found[line.line_id] = Promise(day, node, enough)
    return _whole_orders(lines, found)


def _take(
    line: Waiting,
    coming: Mapping[tuple[str, str], Sequence[Dated]],
    left: dict[tuple[str, str], list[int]],
) -> tuple[date, str] | None:
    """Take the units of a line, soonest first; return the last day and its node.

    What does not suffice for all of it is left to the lines after it.
    """
    offers = sorted(
        (one.on, node, place)
        for node in line.nodes
        for place, one in enumerate(coming.get((line.item, node), ()))
        if left[line.item, node][place]
    )
    missing = line.units
    taken: list[tuple[str, int, int]] = []
    for day, node, place in offers:
        units = min(missing, left[line.item, node][place])
        taken.append((node, place, units))
        missing -= units
        if not missing:
            for name, at, take in taken:
                left[line.item, name][at] -= take
            return day, node
    return None


def _until(coming: Mapping[tuple[str, str], Sequence[Dated]], item: str, day: date) -> int:
    return sum(
        one.units
        for (name, _), dated in coming.items()
        if name == item
        for one in dated
        if one.on <= day
    )


def _whole_orders(lines: Sequence[Waiting], found: Mapping[int, Promise]) -> dict[int, Promise]:
    """Return the promises; an order that ships complete has the day of its last line, or none."""
    orders: dict[int, list[Waiting]] = {}
    for line in lines:
        if line.is_whole:
            orders.setdefault(line.order_id, []).append(line)
    promises = dict(found)
    for parts in orders.values():
        known = [found[line.line_id] for line in parts if line.line_id in found]
        last = max(known, default=None)
        is_certain = all(promise.is_certain for promise in known)
        for line in parts:
            if last is None or len(known) < len(parts):
                promises.pop(line.line_id, None)
            else:
                promises[line.line_id] = last._replace(is_certain=is_certain)
    return promises
