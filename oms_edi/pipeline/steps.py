"""The steps of a pass by their names: what the daemon does, and a replay does again."""

from collections.abc import Callable

from oms_edi.pipeline.changes.answer_change import answer_changes
from oms_edi.pipeline.changes.expire import expire
from oms_edi.pipeline.changes.settle_changes import settle_changes
from oms_edi.pipeline.changes.take_change import match_waiting
from oms_edi.pipeline.decisions.fulfill import fulfill
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.frame.turns import turn
from oms_edi.pipeline.orders.cure import look_again
from oms_edi.pipeline.people.watch import watch
from oms_edi.pipeline.replies.report_status import report_status
from oms_edi.pipeline.shipping.ask_warehouse import ask_warehouses
from oms_edi.pipeline.shipping.notify import notify
from oms_edi.pipeline.shipping.release import release
from oms_edi.store.database import begin
from oms_edi.store.journal import data_version

#: In the order of a pass; `settings` is done when a process begins. Each is a function of the
#: order book, the settings and the clock, and of nothing else.
STEPS: dict[str, Callable[[Step], int | None]] = {
    "settings": look_again,
    "match_changes": match_waiting,
    "expire": expire,
    "fulfill": fulfill,
    "release": release,
    "ask_warehouses": ask_warehouses,
    "notify": notify,
    "settle_changes": settle_changes,
    "answer_changes": answer_changes,
    "report_status": report_status,
    "watch": watch,
}

#: A pass after its files, the booking of deliveries with it.
PASS = (*(name for name in STEPS if name not in ("settings", "watch")), "book_delivery", "watch")


def do_step(step: Step, name: str, *, first: bool = False, left: int | None = None) -> int:
    """Do one step as a turn; return what it counted.

    With `first` nobody else can write until its first transaction is over; `left` is for a replay.

    Raises:
        Stale: somebody else wrote since it began to read; what it committed before stays.
        TurnOver: in a replay, it would write more than it wrote once.
    """
    with turn(step, kind="step", name=name, body={}, left=left) as mine:
        if first:
            begin(step.connection)
            mine.is_begun = True
        mine.seen = data_version(step.connection)
        return STEPS[name](step) or 0
