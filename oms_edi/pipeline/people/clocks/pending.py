"""Orders no warehouse was told to ship yet, and when each of them turns amber and red.

Kept in memory from one look to the next: only orders something happened to are read again, and
only those whose time has come are looked at. A new process reads those that have not much time
left; once a day the horizon is moved on.
"""

import heapq
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Literal, NamedTuple

from oms_edi.pipeline.frame.step import Step
from oms_edi.routing.deadline import Deadline, Place, deadlines, soonest
from oms_edi.store import pending, risk
from oms_edi.store.pending import PendingLine

#: More orders than these at once, and all that is pending is read again.
_MANY = 2000
#: Deadlines remembered; all orders to one place for one day have the same.
_MEMO = 50_000
_DAY = timedelta(days=1)
#: Days ahead a horizon is looked for; nodes so slow, or none at all: all lines are read.
_FARTHEST = 60
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Need(NamedTuple):
    """The most urgent of what an order still needs."""

    order_id: int
    po_number: str
    partner: str
    #: Until when, at the node it is allocated at, or else at the one with most time.
    deadline: Deadline
    #: Another node that has more time than the one it is allocated at.
    other: Deadline | None
    #: Why it is not with a warehouse: "held", "backordered" or "allocated".
    because: str
    is_allocated: bool


class Pending:
    """The needs of all orders, and those that are amber or red."""

    def __init__(self) -> None:
        self._seen: int | None = None
        self._backlog_days: dict[str, int] = {}
        self._needs: dict[int, Need] = {}
        self._due: dict[int, Need] = {}
        self._turns: list[tuple[datetime, int]] = []
        self._memo: dict[tuple[object, ...], tuple[Deadline, ...]] = {}
        #: Until then nothing turns amber that was not read, because all its days are too far off.
        self._read_until = _LONG_AGO

    def due(self, step: Step) -> Iterable[Need]:
        """Return the needs that are amber or red now."""
        last = risk.last_event(step.connection)
        backlog_days = _backlog_days(step)
        touched: list[int] = []
        if self._seen is not None and last > self._seen:
            touched = risk.touched_orders(step.connection, self._seen)
        if (
            self._seen is None
            or step.now >= self._read_until
            or len(touched) > _MANY
            or backlog_days != self._backlog_days
        ):
            self._backlog_days = backlog_days
            for kept in (self._needs, self._due, self._turns, self._memo):
                kept.clear()
            self._read_until = step.now + _DAY
            lines = pending.pending_lines(
                step.connection,
                ship_before=self._horizon(step, "ship_by"),
                deliver_before=self._horizon(step, "deliver_by"),
            )
            self._take(step, lines)
        elif touched:
            for order_id in touched:
                self._needs.pop(order_id, None)
                self._due.pop(order_id, None)
            self._take(step, pending.pending_lines_of(step.connection, touched))
        self._seen = last
        while self._turns and self._turns[0][0] <= step.now:
            turned, order_id = heapq.heappop(self._turns)
            need = self._needs.get(order_id)
            if need is not None and self._amber(step, need) == turned:
                self._due[order_id] = need
        return self._due.values()

    def _horizon(self, step: Step, kind: Literal["ship_by", "deliver_by"]) -> str:
        """Return a day: what must not leave, or arrive, before it has a day until it is amber."""
        warn = timedelta(hours=step.config.watch.warn_h)
        for days in range(_FARTHEST):
            day = step.now.date() + days * _DAY
            first = soonest(
                step.config.nodes,
                step.config.routing,
                ship_by=day if kind == "ship_by" else None,
                deliver_by=day if kind == "deliver_by" else None,
                transfer=_transfer(step),
                backlog_days=self._backlog_days,
            )
            if first is not None and first - warn >= step.now + _DAY:
                return day.isoformat()
        return date.max.isoformat()

    def _amber(self, step: Step, need: Need) -> datetime:
        return need.deadline.release_at - timedelta(hours=step.config.watch.warn_h)

    def _take(self, step: Step, lines: list[PendingLine]) -> None:
        if len(self._memo) > _MEMO:
            self._memo.clear()
        found: dict[int, Need] = {}
        for line in lines:
            need = self._need(step, line)
            if need is None:
                continue
            known = found.get(line.order_id)
            if known is None or need.deadline.release_at < known.deadline.release_at:
                found[line.order_id] = need
        for order_id, need in found.items():
            self._needs[order_id] = need
            heapq.heappush(self._turns, (self._amber(step, need), order_id))

    def _need(self, step: Step, line: PendingLine) -> Need | None:
        key = (line.postal_code[:3], line.state, line.country, line.ship_by, line.deliver_by)
        ways = self._memo.get(key)
        if ways is None:
            ways = deadlines(
                step.config.nodes,
                step.config.routing,
                Place(line.postal_code, line.state, line.country or "US"),
                ship_by=_day(line.ship_by),
                deliver_by=_day(line.deliver_by),
                transfer=_transfer(step),
                backlog_days=self._backlog_days,
            )
            self._memo[key] = ways
        if not ways:
            return None
        own = next((way for way in ways if way.node == line.node), None)
        best = own or ways[0]
        because = "backordered" if line.backordered else "open"
        return Need(
            order_id=line.order_id,
            po_number=line.po_number,
            partner=line.partner,
            deadline=best,
            other=ways[0] if own and ways[0].release_at > own.release_at else None,
            because="held" if line.held else "allocated" if line.node else because,
            is_allocated=bool(line.node),
        )


def _transfer(step: Step) -> timedelta:
    return timedelta(minutes=step.config.watch.transfer_lag_min)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _backlog_days(step: Step) -> dict[str, int]:
    """Return the open days each node needs for what it owes already, where its speed is known."""
    speeds = {node.id: node.capacity.units_per_day for node in step.config.nodes}
    speeds = {node: units for node, units in speeds.items() if units}
    if not speeds:
        return {}
    owed = pending.promised_units(step.connection)
    return {node: owed.get(node, 0) // speed for node, speed in speeds.items()}
