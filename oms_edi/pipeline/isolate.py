"""Do one order's share of a step so that its failure costs no other order anything."""

import logging
from collections.abc import Callable
from sqlite3 import OperationalError

from oms_edi.domain.lifecycle import order_name
from oms_edi.errors import OmsError, StopDaemon, TransientError, Unsendable
from oms_edi.pipeline.outgoing import Outgoing
from oms_edi.pipeline.step import Step
from oms_edi.store.database import savepoint
from oms_edi.store.timeline import NewException, close_order_exceptions, open_exception

log = logging.getLogger(__name__)


def isolated(
    step: Step, outgoing: Outgoing, order_id: int, what: str, act: Callable[[], None]
) -> bool:
    """Run `act`, the part `what` of a step, for one order; False if it was undone.

    What failed stays due: every later run tries it again, and says so once.

    Raises:
        StopDaemon, TransientError: it is not this order's fault.
    """
    mark = outgoing.mark()
    subject = f"{order_name(order_id)} {what}"
    try:
        with savepoint(step.connection, "one_order"):
            act()
    except (StopDaemon, TransientError, OperationalError):
        raise
    except Exception as error:
        outgoing.rollback(mark)
        known = isinstance(error, OmsError)
        if not known:
            log.exception("order.failed order=%d step=%s", order_id, what)
        reason = str(error) if known else "an internal fault; the log has the details"
        open_exception(
            step.connection,
            NewException(
                kind="document_refused" if isinstance(error, Unsendable) else "order_stuck",
                severity="error",
                subject=subject,
                text=f"{what} failed: {reason}",
                action="correct the order, the mapping or the configuration; every run tries again",
                order_id=order_id,
            ),
            at=step.at,
        )
        return False
    close_order_exceptions(step.connection, order_id, subject, at=step.at)
    return True
