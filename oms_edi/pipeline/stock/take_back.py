"""An event took away what was promised: the lowest ranked units no warehouse knows of go back.

They are decided again, at another node or to wait. What a 940 asks for stays promised; the level
shows it as oversold until a document explains it.
"""

from oms_edi.domain.lifecycle import order_name, parse_order_name
from oms_edi.pipeline.frame.attention import attention
from oms_edi.pipeline.frame.step import Step
from oms_edi.store import orders, stock, unreleased
from oms_edi.store.database import write_tx
from oms_edi.store.exceptions import close_exception, open_subjects
from oms_edi.store.timeline import add_event
from oms_edi.store.unreleased import Unreleased


def take_back(step: Step, item: str, node: str, *, why: str) -> int:
    """Give back unreleased units of an item at a node until no more than is there is promised.

    Lowest tier first, then the least urgent, then the latest order; in packs where a line has
    them. An order that ships complete gives back all it has. Returns the units given back.
    """
    missing = stock.read_level(step.connection, item, node).oversold
    if not missing:
        return 0
    found = 0
    whole: set[int] = set()
    for one in unreleased.at_node(step.connection, item, node):
        if found >= missing:
            break
        if one.order_id in whole:
            continue
        if step.partners.by_id(one.partner).orders.ship_complete:
            whole.add(one.order_id)
            parts = unreleased.of_order(step.connection, one.order_id)
            found += sum(p.quantity for p in parts if (p.item, p.node) == (item, node))
            _give_back(step, [(part, part.quantity) for part in parts], item, node, why)
            continue
        packs = -(-(missing - found) // one.unit_factor) * one.unit_factor
        units = min(one.quantity, packs)
        found += units
        _give_back(step, [(one, units)], item, node, why)
    return found


def _give_back(
    step: Step, parts: list[tuple[Unreleased, int]], item: str, node: str, why: str
) -> None:
    first = parts[0][0]
    for part, units in parts:
        stock.give_back(
            step.connection,
            part.item,
            part.node,
            units,
            line_id=part.line_id,
            note=f"oversold by event: {why}",
            at=step.at,
        )
        unreleased.reduce(step.connection, part.allocation_id, units)
        orders.move(step.connection, "allocated", "open", [(part.line_id, units)])
    told = ", ".join(f"{units} {part.item} of {part.node}" for part, units in parts)
    name = order_name(first.order_id)
    add_event(
        step.connection,
        "promise.taken_back",
        f"{told}, {why}; decided again",
        at=step.at,
        order_id=first.order_id,
    )
    attention(
        step,
        "promise_taken_back",
        name,
        f"{name} was promised {told}; {why} left less {item} at {node} than was promised",
        "nothing, if another node has it; else tell the customer. It closes when all is promised",
        order_id=first.order_id,
    )


def watch_taken_back(step: Step) -> None:
    """Close what is open about orders of which nothing waits any more."""
    known = open_subjects(step.connection, "promise_taken_back")
    done = [
        name
        for name in sorted(known)
        if not orders.units_waiting(step.connection, parse_order_name(name) or 0)
    ]
    if done:
        with write_tx(step.connection):
            for name in done:
                close_exception(step.connection, "promise_taken_back", name, at=step.at)
