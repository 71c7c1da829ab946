"""Step 3: decide where open lines ship from, reserve the stock, answer the buyer, tell the nodes.

Scarce stock is shared first; then orders go by tier, urgency, arrival. Those that are allocated and
not released yet are looked at again as stock comes. One transaction a batch:
reservations with their ledger rows, moved quantities, the decision with its reasons, the 855, the
940s of nodes that are told at once, and their numbers.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from oms_edi.pipeline.decisions.decide_order import decide_order
from oms_edi.pipeline.decisions.promise import promise
from oms_edi.pipeline.decisions.reconsider import reconsider
from oms_edi.pipeline.decisions.share import Shares, share
from oms_edi.pipeline.frame.each_order import Act, Batch, Job, each_order
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.orders.cure import free_money
from oms_edi.pipeline.replies.acknowledge_order import answer, answer_unless_promised
from oms_edi.pipeline.shipping.release import release_order
from oms_edi.store import backlog, orders, workload
from oms_edi.store.backlog import Asked
from oms_edi.store.database import write_tx

#: Orders that share scarce stock are decided in one transaction, as far as there are not more.
_TOGETHER = 20_000


def fulfill(step: Step) -> int:
    """Decide and answer everything that can be; return how many orders were looked at.

    Those who wait are offered what came before anybody new is.
    """
    free_money(step)
    whole = [partner.id for partner in step.partners if partner.orders.ship_complete]
    done = _offer(step, whole)
    done += _decide_new(step, whole)
    done += reconsider(step)
    while backlog.restocked(step.connection):  # what some could not use is offered to the others
        done += _offer(step, whole)
    promise(step)
    settled = [Job(order_id) for order_id in backlog.orders_to_answer(step.connection, whole=whole)]
    return done + each_order(step, settled, {"answer": answer})


def _offer(step: Step, whole: Sequence[str]) -> int:
    """Offer restocked items to the lines that wait for them; who gets none is not touched."""
    items = backlog.restocked(step.connection)
    if not items:
        return 0
    rows = [
        row
        for row in backlog.waiting(step.connection, list(items), whole=whole)
        if row.line_id not in items.get(row.item, ())
    ]
    asked: Counter[str] = Counter()
    for row in rows:
        asked[row.item] += row.units
    shares = share(step, asked, lambda scarce: [row for row in rows if row.item in scarce])
    offers: dict[int, list[Asked]] = {}
    refused: set[int] = set()
    for row in rows:
        if shares.units.get(row.line_id, row.units):
            offers.setdefault(row.order_id, []).append(row)
        elif row.partner in whole:
            refused.add(row.order_id)
    for order_id in refused & offers.keys():
        del offers[order_id]
    jobs = [Job(order_id) for order_id in offers]
    turn = _Turn(step, shares, offers=offers, offered=items)
    if not jobs:
        with write_tx(step.connection):
            turn.end()
    return turn.take(jobs)


def _decide_new(step: Step, whole: Sequence[str]) -> int:
    """Decide what is open; orders that share scarce stock together, before the others."""
    due = backlog.orders_to_decide(step.connection, whole=whole)
    if not due:
        return 0
    asked = backlog.asked_units(step.connection)
    shares = share(step, asked, lambda items: backlog.asking(step.connection, items, whole=whole))
    others: list[Job] = []
    sharing = [Job(order_id) for order_id in due]
    if len(due) > step.config.limits.orders_per_transaction:
        others = [job for job in sharing if job.order_id not in shares.lines]
        sharing = [job for job in sharing if job.order_id in shares.lines]
    turn = _Turn(step, shares)
    return turn.take(sharing) + each_order(step, others, turn.acts)


class _Turn:
    """One round of decisions: the shares it goes by, and who could not use theirs."""

    def __init__(
        self,
        step: Step,
        shares: Shares,
        *,
        offers: Mapping[int, Sequence[Asked]] = MappingProxyType({}),
        offered: Mapping[str, set[int]] = MappingProxyType({}),
    ) -> None:
        self._step = step
        self._shares = shares
        self._offers = offers
        self._offered = offered
        #: Scarce items with the lines that could not use their share.
        self._left: dict[str, set[int]] = {}
        #: What is done for each order, in this order.
        self.acts: dict[str, Act] = {
            "decision": self._decide,
            "answer": answer_unless_promised,
            "release": self._release,
        }

    def take(self, jobs: Sequence[Job]) -> int:
        """Decide those that share in one transaction; return how many orders were looked at.

        Where something is scarce, more of it may be found for them yet: they are released by the
        next step. Where there are very many, they are answered, too, a batch after the other:
        nobody else can write to the book while they share.
        """
        acts = dict(self.acts)
        is_long = len(jobs) > self._step.config.limits.orders_per_transaction
        if self._shares.lines or is_long:
            del acts["release"]
        if is_long:
            del acts["answer"]
        return each_order(
            self._step, jobs, acts, opening=self.begin, closing=self.end, size=_TOGETHER
        )

    def begin(self) -> None:
        """Keep how it was shared; put the waiting lines that are offered something up for decision.

        An order whose decision fails stays up for it: every later run tries again.
        """
        self._left.clear()
        self._shares.write(self._step)
        rows = (row for offered in self._offers.values() for row in offered)
        moves = [(row.line_id, row.units) for row in rows]
        orders.move(self._step.connection, "backordered", "open", moves)

    def end(self) -> None:
        """Note that these items were offered; what was left of a share is offered to others."""
        backlog.set_offered(self._step.connection, self._offered)
        if self._step.told_later:
            workload.note_restocked(self._step.connection, self._offered)
        passed = {
            item: self._offered.get(item, set()) | lines for item, lines in self._left.items()
        }
        backlog.restock(self._step.connection, passed)

    def _release(self, batch: Batch, job: Job) -> bool:
        """Tell the nodes of an order, unless lines of it are to be decided yet."""
        lines = batch.orders[job.order_id].lines
        if any(line.quantities.open and not line.held for line in lines):
            return False
        return release_order(batch, job)

    def _decide(self, batch: Batch, job: Job) -> None:
        """Decide one order within its shares."""
        offered = self._offers.get(job.order_id)
        refused = decide_order(
            batch,
            batch.orders[job.order_id],
            shares=self._shares.units,
            only=None if offered is None else {row.line_id for row in offered},
        )
        for row in self._shares.lines.get(job.order_id, ()):
            if row.line_id in refused:
                self._left.setdefault(row.item, set()).add(row.line_id)
