"""The way of an order as one line, from the file to the delivery: where it is on it. Pure."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal, NamedTuple

from oms_edi.domain.counted import counted
from oms_edi.domain.lifecycle import Status
from oms_edi.pipeline.replies.standing import days_of
from oms_edi.web.words import kind

Row = Mapping[str, Any]
State = Literal["done", "now", "ahead", "over"]


class Stop(NamedTuple):
    """One station."""

    title: str
    #: done, now (it is here, or part of it), ahead, over (it will never come here).
    state: State
    #: When it was, or is to be: an instant, or a day; "" = nobody knows.
    at: str
    #: What of it, in a few words.
    told: str = ""

    @property
    def is_day(self) -> bool:
        """True if `at` is a day of the calendar."""
        return len(self.at) == len("2026-03-02")


def way(
    order: Row,
    *,
    plans: Sequence[Row],
    loads: Sequence[Row],
    source: Row | None,
    suppliers: Collection[str],
    now: datetime,
) -> list[Stop]:
    """Return the stations of an order.

    `order` is a row of `store.queries.order`; the others are of `store.order_facts`.
    """
    stops = [
        Stop("Received", "done", order["received_at"], _from(order, source)),
        _checked(order),
        _decided(order),
        _told(order, plans, suppliers),
        _shipped(order, loads),
        _arrives(order, plans, loads, now.date()),
    ]
    if order["status"] == Status.CANCELLED:
        *done, last = stops
        stops = [
            stop if stop.state == "done" else stop._replace(state="over", told="") for stop in done
        ]
        stops.append(last._replace(state="over", at="", told=""))
    return stops


def _from(order: Row, source: Row | None) -> str:
    if source is None:
        return f"through {order['channel']}"
    return "by phone" if source["kind"] == "order_phone" else str(source["name"])


def _sum(order: Row, *names: str) -> int:
    return sum(line[name] for line in order["lines"] for name in names)


def _checked(order: Row) -> Stop:
    is_open = [hold for hold in order["holds"] if not hold["outcome"]]
    if is_open:
        kinds = dict.fromkeys(kind(hold["kind"]) for hold in is_open)
        return Stop("Checked", "now", is_open[0]["created_at"], ", ".join(kinds))
    ended = [hold["closed_at"] for hold in order["holds"]]
    told = f"after {counted(len(ended), 'hold')}" if ended else "nothing found"
    return Stop("Checked", "done", max(ended, default=order["received_at"]), told)


def _decided(order: Row) -> Stop:
    times = [event["at"] for event in order["timeline"] if event["name"] == "order.decided"]
    short, wanting = _sum(order, "backordered"), _sum(order, "open")
    last = times[-1] if times else ""
    if short:
        return Stop("Decided", "now", last, f"{short:,} wait for stock")
    if wanting:
        return Stop("Decided", "now" if times else "ahead", last, f"{wanting:,} not decided")
    return Stop("Decided", "done" if times else "ahead", last, _nodes(order))


def _nodes(order: Row) -> str:
    nodes = sorted({node for line in order["lines"] for node in line["nodes"]})
    return f"from {', '.join(nodes)}" if nodes else ""


def _told(order: Row, plans: Sequence[Row], suppliers: Collection[str]) -> Stop:
    nodes = {node for line in order["lines"] for node in line["nodes"]}
    where = "At supplier" if nodes and nodes <= set(suppliers) else "At warehouse"
    told = [plan["told_at"] for plan in plans if plan["told_at"]]
    waits = [plan for plan in plans if not plan["told_at"]]
    if waits:
        at = min((plan["release_at"] for plan in waits if plan["release_at"]), default="")
        units = sum(plan["quantity"] for plan in waits)
        return Stop(where, "now", at, f"{units:,} to be released")
    left = _sum(order, "open", "backordered")
    state: State = "done" if told and not left else "now" if told else "ahead"
    return Stop(where, state, max(told, default=""))


def _shipped(order: Row, loads: Sequence[Row]) -> Stop:
    shipped = _sum(order, "shipped")
    left = _sum(order, "open", "allocated", "backordered", "released")
    last = max((load["shipped_on"] for load in loads), default="")
    if shipped and not left:
        return Stop("Shipped", "done", last, counted(shipped, "unit"))
    if shipped:
        return Stop("Shipped", "now", last, f"{shipped:,} of {shipped + left:,} units")
    return Stop("Shipped", "ahead", "")


def _arrives(order: Row, plans: Sequence[Row], loads: Sequence[Row], today: date) -> Stop:
    days = days_of(plans, loads, "deliver_on", "expected_on")
    if not days:
        return Stop("Arrives", "ahead", "")
    is_whole = not _sum(order, "open", "allocated", "backordered", "released")
    is_there = is_whole and max(days) < today
    how = "as planned" if is_there else "planned"
    return Stop("Arrives", "done" if is_there else "ahead", max(days).isoformat(), how)
