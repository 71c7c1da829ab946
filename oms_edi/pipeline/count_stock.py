"""What warehouses count: an 846 or a stock CSV becomes levels. Promises are never touched."""

from collections import Counter
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from oms_edi.config.node import NodeSettings
from oms_edi.domain.documents import StockCount, StockReport
from oms_edi.partners.profile import PartnerProfile
from oms_edi.pipeline.attention import attention
from oms_edi.pipeline.step import Step
from oms_edi.store import shipments, stock
from oms_edi.store.catalog import Catalog
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
    node = _node(step, report, profile)
    if node is None:
        attention(
            step,
            "unknown_node",
            f"{profile.id} {report.node}",
            f"{profile.id} reports stock of {report.node or 'no node'}, which it does not run",
            partner=profile.id,
        )
        return
    as_of = stamp(_counted_at(step, report, node))
    units: Counter[str] = Counter()
    available: set[str] = set()
    for count in report.counts:
        item, counted = _known(catalog, count, profile)
        ids = ", ".join(f"{q} {code}".strip() for q, code in count.items)
        subject = f"{node.id} {ids}"
        if item is None or counted is None:
            attention(
                step,
                "unknown_stock_item",
                subject,
                f"{node.id} reports {ids} in {count.unit or 'no unit'}, which we cannot count",
                partner=profile.id,
                node=node.id,
            )
            continue
        close_exception(step.connection, "unknown_stock_item", subject, at=step.at)
        units[item] += counted
        if (count.basis if profile.stock_basis == "as_told" else profile.stock_basis) != "on_hand":
            available.add(item)
    older = 0
    for item, counted in units.items():
        if (
            item in available
        ):  # the warehouse took off what it has our orders for: that is there, too
            counted += shipments.ordered_units(step.connection, item, node.id, before=as_of)
        older += not stock.snapshot(
            step.connection,
            item,
            node.id,
            max(0, counted),
            as_of=as_of,
            file_id=file_id,
            note="",
            at=step.at,
        )
    text = f"{node.id}: {len(units) - older} counts as of {as_of}"
    if older:
        text += f", {older} left out: newer counts of these items are known"
    add_event(step.connection, "stock.counted", text, at=step.at, file_id=file_id)


def _node(step: Step, report: StockReport, profile: PartnerProfile) -> NodeSettings | None:
    nodes = [node for node in step.config.nodes if node.partner == profile.id]
    named = [node for node in nodes if node.id == report.node]
    if named or len(nodes) == 1:
        return (named or nodes)[0]
    return None


def _known(
    catalog: Catalog, count: StockCount, profile: PartnerProfile
) -> tuple[str | None, int | None]:
    """Return our item and its base units; None for what we do not know."""
    for qualifier, code in count.items:
        item = catalog.item(catalog.find(profile.id, qualifier, code) or "")
        if item:
            factor = item.factor(count.unit or item.unit)
            whole = factor is not None and not count.quantity * factor % 1
            return item.item, int(count.quantity * factor) if factor and whole else None
    return None, None


def _counted_at(step: Step, report: StockReport, node: NodeSettings) -> datetime:
    """Return when the counts were true: told in the node's time, never later than now.

    A day without a time means its end.
    """
    if report.counted_on is None:
        return step.now
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
