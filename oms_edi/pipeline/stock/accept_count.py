"""A person believes a count that documents do not explain."""

from oms_edi.errors import NotFound
from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.frame.turns import act
from oms_edi.pipeline.stock.take_back import take_back
from oms_edi.store import counts, stock
from oms_edi.store.database import write_tx
from oms_edi.store.exceptions import close_exception
from oms_edi.store.timeline import add_event


@act
def accept_count(step: Step, item: str, node: str, *, actor: str, reason: str) -> stock.Level:
    """Book what the last count of an item at a node says, whatever documents say.

    Raises:
        NotFound: there is no count that is not explained.
    """
    with write_tx(step.connection):
        note = f"accepted by {actor}: {reason}"
        settled = counts.believe(step.connection, item, node, note=note, at=step.at)
        if settled is None:
            raise NotFound(f"no count of {item} at {node} that is not explained; see exceptions")
        close_exception(
            step.connection, "stock_drift", f"{node} {item}", at=step.at, by=actor, why=reason
        )
        take_back(step, item, node, why=f"the count as of {settled.as_of}")
        add_event(
            step.connection,
            "stock.count_accepted",
            f"{settled.counted} {item} at {node} as of {settled.as_of}: {reason}",
            at=step.at,
            actor=actor,
        )
    return stock.read_level(step.connection, item, node)
