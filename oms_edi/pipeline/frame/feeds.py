"""How old each node's figures of its stock are, and what that costs it: safety stock or its place.

Evaluated at the clock of the step, so that a decision never rests on figures that are too old.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from oms_edi.config.node import NodeSettings
from oms_edi.domain.stock import Keep
from oms_edi.pipeline.frame.attention import attention
from oms_edi.pipeline.frame.step import Step
from oms_edi.store import backlog, counts
from oms_edi.store.database import write_tx
from oms_edi.store.exceptions import close_exception, open_subjects


class Stale(NamedTuple):
    """A node whose last count is too old."""

    node: NodeSettings
    #: Why, for people and for the decision.
    reason: str


def stale_feeds(step: Step) -> dict[str, Stale]:
    """Return the nodes whose last count is older than agreed, by id."""
    watched = [node for node in step.config.nodes if node.stock_feed.max_age_h]
    if not watched:
        return {}
    last = counts.feeds(step.connection)
    found = {}
    for node in watched:
        limit = node.stock_feed.max_age_h
        as_of = last.get(node.id)
        if as_of is None:
            found[node.id] = Stale(node, f"never told its stock (agreed: every {limit} h)")
        elif step.now - datetime.fromisoformat(as_of) > timedelta(hours=limit):
            found[node.id] = Stale(node, f"last told its stock {as_of} (agreed: every {limit} h)")
    return found


def excluded(step: Step) -> dict[str, str]:
    """Return nodes that are out of routing until they tell their stock again, and why."""
    return {
        node_id: one.reason
        for node_id, one in stale_feeds(step).items()
        if one.node.stock_feed.when_stale == "exclude"
    }


def keep(step: Step) -> Keep:
    """Return what every node keeps of each item, more of it where its figures are too old."""
    by_node = {node.id: node.safety_stock for node in step.config.nodes}
    by_item = {
        (one.item, node.id): one.units for node in step.config.nodes for one in node.safety_stock_of
    }
    for node_id, one in stale_feeds(step).items():
        if one.node.stock_feed.when_stale == "safety_stock":
            more = one.node.stock_feed.stale_safety_stock
            by_node[node_id] += more
            for key in by_item:
                by_item[key] += more if key[1] == node_id else 0
    return Keep(by_node=by_node, by_item=by_item)


def shipping(step: Step) -> set[str]:
    """Return the nodes that ship: neither closed nor out for old figures."""
    out = excluded(step)
    return {node.id for node in step.config.nodes if not node.closed and node.id not in out}


def watch_feeds(step: Step) -> None:
    """Open an exception for each node with too old figures; close it, and offer again, after."""
    stale = stale_feeds(step)
    known = open_subjects(step.connection, "stale_feed")
    if known == stale.keys():
        return
    with write_tx(step.connection):
        for node_id in sorted(known - stale.keys()):
            close_exception(step.connection, "stale_feed", node_id, at=step.at)
            backlog.restock_waiting(step.connection)
        for node_id in sorted(stale.keys() - known):
            one = stale[node_id]
            costs = {
                "warn": "it goes on being promised from",
                "safety_stock": f"{one.node.stock_feed.stale_safety_stock} more of each item are"
                " kept there",
                "exclude": "nothing is sent there",
            }[one.node.stock_feed.when_stale]
            attention(step, "stale_feed", node_id, f"{node_id} {one.reason}; {costs}", node=node_id)
