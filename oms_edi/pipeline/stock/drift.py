"""A count that documents do not explain: which document is likely missing, said in one sentence."""

from oms_edi.config.node import NodeSettings
from oms_edi.pipeline.frame.attention import attention
from oms_edi.pipeline.frame.step import Step
from oms_edi.store import drift_clues, inbound
from oms_edi.store.counts import Settled
from oms_edi.store.exceptions import close_exception

#: Clues told; more do not help.
_TOLD = 3


def tell_drift(step: Step, node: NodeSettings, item: str, settled: Settled) -> None:
    """Open, refresh or close the exception about the last count of an item."""
    subject = f"{node.id} {item}"
    if not settled.drift:
        close_exception(step.connection, "stock_drift", subject, at=step.at)
        return
    units = abs(settled.drift)
    word = "fewer" if settled.drift < 0 else "more"
    clues = _fewer(step, node, item, settled) if settled.drift < 0 else _more(step, node, item)
    exact = [text for text, told in clues if told == units]
    others = [text for text, told in clues if told != units]
    likely = [f"{text}, exactly so many" for text in exact] + others
    fallback = f"947 of {node.partner}"
    attention(
        step,
        "stock_drift",
        subject,
        f"{node.id} counted {settled.counted} {item} as of {settled.as_of}, {units} {word} than"
        f" documents say; {min(settled.counted, settled.expected)} are promised from."
        f" Likely missing: {'; '.join(likely[:_TOLD]) or fallback}",
        node=node.id,
    )


def _fewer(step: Step, node: NodeSettings, item: str, settled: Settled) -> list[tuple[str, int]]:
    """Return what may have left, or never came: text and units, 0 where they are not known."""
    found = [
        (f"945 of {name} ({units} {item}, to leave {ship_on or 'any day'})", units)
        for name, units, ship_on in drift_clues.unreported(
            step.connection, item, node.id, by=settled.as_of
        )
    ]
    found += [
        (f"a match for the 945 {subject}, which no shipment fits", 0)
        for subject in drift_clues.unmatched_advices(step.connection, node.partner)
    ]
    found += [
        (f"nothing: the 945 of {name} ({units} {item}) may have left before the count", units)
        for name, units in drift_clues.left_after(
            step.connection, item, node.id, since=settled.as_of
        )
    ]
    found += [
        (f"nothing: {first} and {second} both brought {units} {item}, perhaps one truck", units)
        for first, second, units in drift_clues.twin_receipts(step.connection, item, node.id)
    ]
    return found


def _more(step: Step, node: NodeSettings, item: str) -> list[tuple[str, int]]:
    """Return what may have come and was not told."""
    return [
        (f"944 of {one.reference} ({one.left} {item}, due {one.due_on})", one.left)
        for one in inbound.still_to_come(step.connection, [item])
        if one.node == node.id
    ]
