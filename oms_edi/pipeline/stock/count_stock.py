"""What warehouses count: an 846 or a stock CSV is compared with what documents say, and booked.

Released promises are never touched; a count that leaves too little takes back unreleased ones.
"""

from collections import Counter
from datetime import datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from oms_edi.config.node import NodeSettings
from oms_edi.domain.counted import counted
from oms_edi.domain.documents import StockCount, StockReport
from oms_edi.partners.profile import PartnerProfile
from oms_edi.pipeline.frame.attention import attention
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.stock.drift import tell_drift
from oms_edi.pipeline.stock.stock_terms import (
    known_again,
    known_item,
    node_named,
    tolerance_of,
    unknown_items,
)
from oms_edi.pipeline.stock.take_back import take_back
from oms_edi.store import counts, shipments, stock
from oms_edi.store.catalog import Catalog
from oms_edi.store.counts import Count, Settled
from oms_edi.store.exceptions import close_exception
from oms_edi.store.timeline import add_event, stamp

#: A warehouse's clock may be ahead of ours by so much.
_CLOCKS_DIFFER = timedelta(minutes=15)


def book_stock(
    step: Step,
    catalog: Catalog,
    report: StockReport,
    profile: PartnerProfile,
    *,
    file_id: int,
) -> None:
    """Book a snapshot of one node: all lots of an item together, each item on its own."""
    node = node_named(step, report.node, profile)
    if node is None:
        return
    as_of = stamp(_counted_at(step, report, node))
    told = _Told(Counter(), Counter(), set(), set(), [])
    for count in report.counts:
        _add(step, catalog, profile, node, count, told)
    unknown_items(step, node, told.unknown)
    results = [
        _take(step, profile, node, item, told, as_of=as_of, file_id=file_id) for item in told.units
    ]
    counts.put_feed(step.connection, node.id, as_of=as_of, at=step.at)
    settled = [one for one in results if one]
    text = f"{node.id}: {counted(len(settled), 'count')} as of {as_of}"
    booked, open_ = sum(1 for one in settled if one.booked), sum(1 for one in settled if one.drift)
    text += f", {booked} booked" if booked else ""
    text += f", {open_} not explained" if open_ else ""
    if len(settled) < len(results):
        older = len(results) - len(settled)
        text += f", {older} left out: newer counts of these items are known"
    add_event(step.connection, "stock.counted", text, at=step.at, file_id=file_id)


class _Told(NamedTuple):
    """A report by item, in base units."""

    units: Counter[str]
    blocked: Counter[str]
    #: Items of which blocked units are told at all.
    tells_blocked: set[str]
    #: Items whose units are what the warehouse owes nobody.
    available: set[str]
    #: Item ids and units nobody knows.
    unknown: list[tuple[tuple[tuple[str, str], ...], str]]


def _add(
    step: Step,
    catalog: Catalog,
    profile: PartnerProfile,
    node: NodeSettings,
    count: StockCount,
    told: _Told,
) -> None:
    item, units = known_item(catalog, profile, count.items, count.quantity, count.unit)
    if item is None or units is None:
        told.unknown.append((count.items, count.unit))
        return
    known_again(step, node, count.items)
    told.units[item] += units
    if count.blocked is not None:
        _, blocked = known_item(catalog, profile, count.items, count.blocked, count.unit)
        told.blocked[item] += blocked or 0
        told.tells_blocked.add(item)
    basis = node.stock_feed.basis or profile.stock_basis
    if (count.basis if basis == "as_told" else basis) != "on_hand":
        told.available.add(item)


def _take(
    step: Step,
    profile: PartnerProfile,
    node: NodeSettings,
    item: str,
    told: _Told,
    *,
    as_of: str,
    file_id: int,
) -> Settled | None:
    """Take the count of one item; to what is available comes what the warehouse had orders for."""
    units = counted = max(0, told.units[item])
    held = told.blocked[item] if item in told.tells_blocked else None
    is_available = item in told.available
    if is_available:
        answers = profile.x12 is not None and profile.x12.acknowledged_within_h > 0
        counted += shipments.ordered_units(
            step.connection, item, node.id, by=as_of, acknowledged=answers
        )
        if held is None:
            counted += stock.read_level(step.connection, item, node.id).held
        else:
            counted += held
    settled = counts.take_count(
        step.connection,
        Count(
            item=item,
            node=node.id,
            as_of=as_of,
            told=units,
            basis="available" if is_available else "on_hand",
            counted=counted,
            held=held,
            file_id=file_id,
        ),
        tolerance=tolerance_of(node),
        at=step.at,
    )
    if settled:
        tell_drift(step, node, item, settled)
        if settled.booked < 0 or settled.drift < 0 or held:
            take_back(step, item, node.id, why=f"the count as of {as_of}")
    return settled


def _counted_at(step: Step, report: StockReport, node: NodeSettings) -> datetime:
    """Return when the counts were true: told in the node's time, never later than now.

    A day without a time means its end.
    """
    if report.counted_on is None:
        return step.now - timedelta(minutes=node.stock_feed.lag_min)
    clock = report.counted_at or time.max
    told = datetime.combine(report.counted_on, clock, tzinfo=ZoneInfo(node.timezone))
    if report.counted_at and told > step.now + _CLOCKS_DIFFER:
        attention(
            step,
            "count_from_the_future",
            node.id,
            f"{node.id} counted at {told:%Y-%m-%d %H:%M} {node.timezone}, which is yet to come;"
            " it was booked as of now",
            partner=node.partner,
            node=node.id,
        )
    else:
        close_exception(step.connection, "count_from_the_future", node.id, at=step.at)
    return min(told, step.now)
