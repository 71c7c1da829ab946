"""How busy the nodes are, as one write transaction knows it."""

from collections import Counter
from datetime import date
from functools import cached_property

from oms_edi.domain.plan import Plan, PlannedShipment
from oms_edi.domain.workload import Load, Used
from oms_edi.pipeline.frame.step import Step
from oms_edi.routing.calendars import local_day
from oms_edi.store import workload


class Workload:
    """What nodes with a capacity have to do; only those are asked about.

    Begin with a new one in every transaction, and after a rollback to a savepoint.
    """

    def __init__(self, step: Step) -> None:
        self._days: dict[tuple[str, date], Used] = {}
        self._backlog: dict[str, Used] = {}
        self._orders: set[tuple[str, date, int]] = set()
        today = {n.id: local_day(n, step.now) for n in step.config.nodes if n.capacity.is_limited}
        self._limited = frozenset(today)
        if today:
            self._read(step, today)

    @cached_property
    def load(self) -> Load:
        """What nodes ship already; it grows with what is added."""
        return Load(self._days, self._backlog)

    def add(self, order_id: int, plan: Plan) -> None:
        """Count what was just promised."""
        if self._limited:
            lines = Counter(part.node_id for part in plan.assignments)
            for shipment in plan.shipments:
                if shipment.node_id in self._limited:
                    self._add(order_id, shipment, lines[shipment.node_id])

    def _add(self, order_id: int, shipment: PlannedShipment, lines: int) -> None:
        key = (shipment.node_id, shipment.ship_on, order_id)
        more = Used(int(key not in self._orders), lines, shipment.units)
        self._orders.add(key)
        self._days[key[:2]] = self._days.get(key[:2], Used()).plus(more)

    def without(self, taken: dict[tuple[str, date], Used]) -> Load:
        """Return what nodes ship beside what is taken off."""
        days = dict(self._days)
        for key, used in taken.items():
            days[key] = days.get(key, Used()).less(used)
        return Load(days, self._backlog)

    def _read(self, step: Step, today: dict[str, date]) -> None:
        nodes = list(today)
        since, until = min(today.values()), max(today.values())
        for (node, day), used in workload.to_leave(
            step.connection, nodes, since=since.isoformat()
        ).items():
            if day >= today[node]:
                self._days[node, day] = used
        for (node, day), used in workload.behind(
            step.connection, nodes, until=until.isoformat()
        ).items():
            if day < today[node]:
                self._backlog[node] = self._backlog.get(node, Used()).plus(used)
