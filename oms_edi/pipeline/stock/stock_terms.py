"""What every document about stock needs: which node, which item, how many units, since when."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from oms_edi.config.node import NodeSettings
from oms_edi.domain.stock import Tolerance, day_began, moved_at
from oms_edi.partners.profile import PartnerProfile
from oms_edi.pipeline.frame.attention import attention
from oms_edi.pipeline.frame.step import Step
from oms_edi.store import counts
from oms_edi.store.catalog import Catalog
from oms_edi.store.exceptions import close_exception
from oms_edi.store.timeline import stamp

#: So many unknown items of one count are an exception each; more are one together.
_EACH = 5


def node_named(step: Step, code: str, profile: PartnerProfile) -> NodeSettings | None:
    """Return the node of this partner a document names, or its only one; None is for a person."""
    nodes = [node for node in step.config.nodes if node.partner == profile.id]
    named = [node for node in nodes if code and (node.id == code or code in node.codes)]
    if named or len(nodes) == 1:
        return (named or nodes)[0]
    attention(
        step,
        "unknown_node",
        f"{profile.id} {code}",
        f"{profile.id} reports stock of {code or 'no node'}, which it does not run",
        "correct the node's partner or codes in config.yaml, or ask the warehouse",
    )
    return None


def known_item(
    catalog: Catalog,
    profile: PartnerProfile,
    items: Iterable[tuple[str, str]],
    quantity: Decimal,
    unit: str,
) -> tuple[str | None, int | None]:
    """Return our item and the quantity in its base units; None for what we do not know."""
    for qualifier, code in items:
        item = catalog.item(catalog.find(profile.id, qualifier, code) or "")
        if item:
            factor = item.factor(unit or item.unit)
            whole = factor is not None and not quantity * factor % 1
            return item.item, int(quantity * factor) if factor and whole else None
    return None, None


def unknown_item(
    step: Step, node: NodeSettings, items: Iterable[tuple[str, str]], unit: str
) -> None:
    """Put an item or unit a document names and nobody knows in front of a person."""
    ids = item_ids(items)
    attention(
        step,
        "unknown_stock_item",
        f"{node.id} {ids}",
        f"{node.id} reports {ids} in {unit or 'no unit'}, which we cannot count",
        "import the item or its cross-reference, then have the report sent again",
        node=node.id,
        partner=node.partner,
    )


def unknown_items(
    step: Step, node: NodeSettings, found: Sequence[tuple[Iterable[tuple[str, str]], str]]
) -> None:
    """Put what a count names and nobody knows in front of a person: a few each, many as one.

    A warehouse that counts other owners' goods as well names thousands, every day.
    """
    if len(found) <= _EACH:
        for items, unit in found:
            unknown_item(step, node, items, unit)
        close_exception(step.connection, "unknown_stock_item", node.id, at=step.at)
        return
    named = "; ".join(f"{item_ids(items)} in {unit or 'no unit'}" for items, unit in found[:_EACH])
    attention(
        step,
        "unknown_stock_item",
        node.id,
        f"{node.id} reports {len(found)} items that we cannot count: {named}; and"
        f" {len(found) - _EACH} more",
        "import the items or their cross-references and have the report sent again, or ask the"
        " warehouse to count our goods only",
        node=node.id,
        partner=node.partner,
    )


def known_again(step: Step, node: NodeSettings, items: Iterable[tuple[str, str]]) -> None:
    """Close what `unknown_item` opened."""
    subject = f"{node.id} {item_ids(items)}"
    close_exception(step.connection, "unknown_stock_item", subject, at=step.at)


def item_ids(items: Iterable[tuple[str, str]]) -> str:
    """Return item ids as people read them."""
    return ", ".join(f"{qualifier} {code}".strip() for qualifier, code in items)


def tolerance_of(node: NodeSettings) -> Tolerance | None:
    """Return how far a count of this node may be off; None: it is believed whatever it says."""
    feed = node.stock_feed
    if feed.believe == "always":
        return None
    return Tolerance(units=feed.tolerance_units, percent=feed.tolerance_percent)


def when_moved(step: Step, node: NodeSettings, item: str, day: date | None, units: int) -> str:
    """Return when units came (or went, below 0) of which a document tells the day.

    A count of that very day that differs by as much has them in it already: then they moved
    before it, or the same units would be counted twice.
    """
    latest = stamp(moved_at(day, zone=node.timezone, told_at=step.now))
    last = counts.last_drift(step.connection, item, node.id)
    if last is None or day is None or not units or last.as_of > step.at:
        return latest
    earliest = stamp(day_began(day, zone=node.timezone, told_at=step.now))
    unexplained = last.drift + last.booked
    if earliest < last.as_of <= latest and unexplained * units >= units * units:
        return stamp(datetime.fromisoformat(last.as_of) - timedelta(seconds=1))
    return latest


def settle_count(step: Step, node: NodeSettings, item: str, *, moved_at: str) -> None:
    """Compare the last count again after something was booked that moved before it."""
    last = counts.last_drift(step.connection, item, node.id)
    if last is None or moved_at >= last.as_of or last.as_of > step.at:
        return
    settled = counts.settle(
        step.connection,
        item,
        node.id,
        tolerance=tolerance_of(node),
        at=step.at,
        note=f"moved before the count of {last.as_of}, told after it",
    )
    if settled and not settled.drift:
        close_exception(step.connection, "stock_drift", f"{node.id} {item}", at=step.at)


def document_sha(value: object) -> str:
    """Hash what a document says, whatever its envelope."""
    return hashlib.sha256(repr(value).encode()).hexdigest()
