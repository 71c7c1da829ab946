"""Do a step for many orders: together while all goes well, one by one where an order fails.

A batch is one transaction. If anything in it fails it is undone and done again with a savepoint
around each act, so that the failure of one order costs no other anything. What failed stays due:
every later run tries it again.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from sqlite3 import OperationalError
from typing import Any, NamedTuple

from oms_edi.config.node import NodeSettings
from oms_edi.domain.lifecycle import order_name
from oms_edi.domain.order import BookOrder
from oms_edi.errors import OmsError, StopDaemon, TransientError, Unsendable
from oms_edi.pipeline.frame.attention import FAILED, attention
from oms_edi.pipeline.frame.feeds import excluded, keep
from oms_edi.pipeline.frame.outgoing import Outgoing
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.frame.workload import Workload
from oms_edi.routing.circumstances import Circumstances
from oms_edi.store import changes, inbound, orders, owed, promises, shipments, status, workload
from oms_edi.store.catalog import Catalog
from oms_edi.store.database import savepoint, write_tx
from oms_edi.store.exceptions import close_exceptions, close_order_exceptions, orders_with_open
from oms_edi.store.shipments import Allocation
from oms_edi.store.stock import Shelf

log = logging.getLogger(__name__)


class Job(NamedTuple):
    """One thing to do for one order."""

    order_id: int
    #: What it is about where an order has several, such as a dispatch; 0 = the order itself.
    part: int = 0


class _Mark(NamedTuple):
    """What a batch knew of an order before an act."""

    outgoing: dict[tuple[str, str, str], int]
    order: BookOrder | None
    answered: str | None
    #: None: nobody had asked for any yet.
    allocations: list[Allocation] | None
    #: Sets of a batch, what may be in them, and whether it was.
    notes: list[tuple[set[Any], object, bool]]


@dataclass
class Batch:
    """What one transaction works with."""

    step: Step
    outgoing: Outgoing
    catalog: Catalog
    #: Orders as they were when the batch began, or as an earlier act of the job left them.
    orders: dict[int, BookOrder]
    shelf: Shelf
    #: (line id, node) pairs not to be tried again, by order.
    rejected: dict[int, frozenset[tuple[int, str]]]
    #: Orders of which an exception says that they wait for stock.
    told_to_wait: set[int]
    #: Nodes that are out of routing because their figures are too old, and why.
    stale: Mapping[str, str]
    #: Orders that got their 855 and the hash of it; noted in the book when the batch ends.
    answered: dict[int, str] = field(default_factory=dict)
    #: Orders that were decided again and got no answer yet; noted likewise.
    owing: set[int] = field(default_factory=set)
    #: Orders of which nobody is owed an answer any more; noted likewise.
    quiet: set[int] = field(default_factory=set)
    #: (partner, order id) of which a customer may have to hear; noted likewise.
    news: set[tuple[str, int]] = field(default_factory=set)
    #: Orders that waited for stock and do not any more; noted likewise.
    served: set[int] = field(default_factory=set)

    #: How busy nodes are; read when first asked for.
    busy: Workload | None = None
    _plain: Circumstances | None = None

    @property
    def workload(self) -> Workload:
        """How busy the nodes with a capacity are."""
        self.busy = self.busy or Workload(self.step)
        return self.busy

    @cached_property
    def punctuality(self) -> dict[str, tuple[int, int]]:
        """Late loads and all loads, by node."""
        return workload.punctuality(self.step.connection)

    @property
    def plain(self) -> Circumstances:
        """What is known of the nodes where being late costs nothing and nothing is bought."""
        load = self.workload.load
        if self._plain is None or self._plain.load is not load:
            self._plain = Circumstances(load=load, stale=self.stale)
        return self._plain

    @cached_property
    def suppliers(self) -> tuple[NodeSettings, ...]:
        """Nodes goods are bought at."""
        return self.step.config.suppliers

    @cached_property
    def items_to_come(self) -> set[str]:
        """Items of which goods are on their way."""
        return inbound.items_to_come(self.step.connection)

    @cached_property
    def promised(self) -> dict[int, date]:
        """The day what waits will ship, where that is certain, by line id."""
        found = promises.certain(self.step.connection, list(self.orders))
        return {line_id: date.fromisoformat(day) for line_id, day in found.items()}

    @cached_property
    def changing(self) -> set[int]:
        """Orders with a change whose partner is still to be told."""
        return changes.orders_being_changed(self.step.connection)

    @cached_property
    def allocations(self) -> dict[int, list[Allocation]]:
        """Allocations of the orders, oldest first; what is allocated in the batch is put here."""
        return shipments.allocations_of_orders(self.step.connection, list(self.orders))

    def mark(self, order_id: int) -> _Mark:
        """Return what is noted of an order now, for `undo`."""
        order = self.orders.get(order_id)
        partner = order.partner if order else ""
        known: dict[int, list[Allocation]] | None = self.__dict__.get("allocations")
        notes: list[tuple[set[Any], object]] = [
            (self.owing, order_id),
            (self.quiet, order_id),
            (self.served, order_id),
            (self.news, (partner, order_id)),
        ]
        return _Mark(
            self.outgoing.mark(),
            order,
            self.answered.get(order_id),
            None if known is None else list(known.get(order_id, ())),
            [(noted, one, one in noted) for noted, one in notes],
        )

    def undo(self, order_id: int, mark: _Mark) -> None:
        """Forget what an act that was undone left here of an order, and nothing before it."""
        self.outgoing.rollback(mark.outgoing)
        if mark.order is not None:
            self.orders[order_id] = mark.order
        self.answered.pop(order_id, None)
        if mark.answered is not None:
            self.answered[order_id] = mark.answered
        for noted, one, was_noted in mark.notes:
            (noted.add if was_noted else noted.discard)(one)
        self.shelf = _shelf(self.step, ())
        self.busy = None
        if mark.allocations is None:
            self.__dict__.pop("allocations", None)
        else:  # those of the others are as they were
            self.allocations[order_id] = mark.allocations


#: False: there was nothing of it to do yet, so what failed of it before is not settled.
Act = Callable[[Batch, Job], bool | None]


def each_order(
    step: Step,
    jobs: Sequence[Job],
    acts: Mapping[str, Act],
    *,
    opening: Callable[[], None] | None = None,
    closing: Callable[[], None] | None = None,
    size: int = 0,
) -> int:
    """Do `acts`, by their names and in their order, for each job; return how many jobs succeeded.

    A later act that fails does not undo an earlier one. `opening` is done in the transaction of the
    first jobs before them, `closing` in that of the last jobs after them; either may be done again.
    `size` is the number of jobs in a transaction, 0 as configured.

    Raises:
        StopDaemon, TransientError: it is no order's fault.
    """
    done = 0
    catalog = Catalog(step.connection)
    batches = list(_batches(jobs, size or step.config.limits.orders_per_transaction))
    for number, some in enumerate(batches, start=1):
        frame = _Frame(
            opening if number == 1 and opening else _nothing,
            closing if number == len(batches) and closing else _nothing,
        )
        try:
            done += _together(step, catalog, some, acts, frame)
        except (StopDaemon, TransientError, OperationalError):
            raise
        except Exception as error:
            log.warning("batch.failed orders=%d error=%s: one by one now", len(some), error)
            done += _one_by_one(step, catalog, some, acts, frame)
    return done


class _Frame(NamedTuple):
    """What is done in a transaction before and after the jobs."""

    opening: Callable[[], None]
    closing: Callable[[], None]


def _nothing() -> None:
    pass


def _batches(jobs: Sequence[Job], size: int) -> Iterator[Sequence[Job]]:
    for start in range(0, len(jobs), size):
        yield jobs[start : start + size]


def _begin(step: Step, catalog: Catalog, jobs: Sequence[Job]) -> Batch:
    ids = list({job.order_id: None for job in jobs})
    found = orders.read_orders(step.connection, ids)
    return Batch(
        step=step,
        outgoing=Outgoing(step),
        catalog=catalog,
        orders=found,
        shelf=_shelf(step, found.values()),
        rejected=shipments.rejections(step.connection, ids),
        told_to_wait=orders_with_open(step.connection, ("backordered",), ids),
        stale=excluded(step),
    )


def _shelf(step: Step, found: Iterable[BookOrder]) -> Shelf:
    likely = (line.item for order in found for line in order.lines if line.quantities.open)
    return Shelf(step.connection, keep=keep(step), likely=filter(None, likely))


def _together(
    step: Step, catalog: Catalog, jobs: Sequence[Job], acts: Mapping[str, Act], frame: _Frame
) -> int:
    with write_tx(step.connection):
        frame.opening()
        batch = _begin(step, catalog, jobs)
        idle = {
            (job, name) for job in jobs for name, act in acts.items() if act(batch, job) is False
        }
        failed = orders_with_open(step.connection, FAILED, list(batch.orders))
        for job in jobs if failed else ():
            if job.order_id in failed:
                for name in acts:
                    if (job, name) not in idle:
                        _settled(step, job, name)
        _end(batch)
        frame.closing()
    return len(jobs)


def _one_by_one(
    step: Step, catalog: Catalog, jobs: Sequence[Job], acts: Mapping[str, Act], frame: _Frame
) -> int:
    done = 0
    with write_tx(step.connection):
        frame.opening()
        batch = _begin(step, catalog, jobs)
        for job in jobs:
            done += all(_isolated(batch, job, name, act) for name, act in acts.items())
        _end(batch)
        frame.closing()
    return done


def _end(batch: Batch) -> None:
    connection, at = batch.step.connection, batch.step.at
    owed.clear_answer_due(connection, batch.quiet)
    owed.set_answered(connection, batch.answered)
    owed.set_answers_due(connection, batch.owing)
    status.set_due(connection, sorted(batch.news))
    served = [order_name(order_id) for order_id in batch.served]
    close_exceptions(connection, "backordered", served, at=at)
    batch.outgoing.flush()


def _isolated(batch: Batch, job: Job, name: str, act: Act) -> bool:
    """Run one act in a savepoint; False if it failed and was undone."""
    step = batch.step
    mark = batch.mark(job.order_id)
    try:
        with savepoint(step.connection, "one_order"):
            did = act(batch, job)
    except (StopDaemon, TransientError, OperationalError):
        raise
    except Exception as error:
        batch.undo(job.order_id, mark)
        known = isinstance(error, OmsError)
        if not known:
            log.exception("order.failed order=%d act=%s", job.order_id, name)
        reason = str(error) if known else "an internal fault; the log has the details"
        attention(
            step,
            "document_refused" if isinstance(error, Unsendable) else "order_stuck",
            _subject(job, name),
            f"{name} failed: {reason}",
            order_id=job.order_id,
        )
        return False
    if did is not False:
        _settled(step, job, name)
    return True


def _settled(step: Step, job: Job, name: str) -> None:
    close_order_exceptions(step.connection, job.order_id, _subject(job, name), at=step.at)


def _subject(job: Job, name: str) -> str:
    part = f" {job.part}" if job.part else ""
    return f"{order_name(job.order_id)} {name}{part}"
