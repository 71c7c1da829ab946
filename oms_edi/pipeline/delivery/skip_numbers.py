"""After a restore: numbers that partners, warehouses and carriers may have seen are never drawn.

What was sent after the backup is gone from the book, but not from the desks of those who got it. A
control number, SSCC or order number that meant something there must not mean something else.
"""

from collections.abc import Mapping

from oms_edi.pipeline.frame.step import Step
from oms_edi.pipeline.frame.turns import act
from oms_edi.store import numbers
from oms_edi.store.timeline import add_event

#: Highest ISA13; what comes after it is 1.
_LAST_ISA = 999_999_999
_ISA = "isa:"
_GS = "gs:"


@act
def skip_numbers(
    step: Step,
    *,
    seen: dict[str, int],
    last_order: int,
    gap: int,
    actor: str,
    reason: str,
) -> list[str]:
    """Raise every counter past what was seen, and by `gap` more; say so on the timeline.

    `seen` is the highest number known to be used, by counter; `last_order` likewise of orders. A
    group number is drawn with each interchange at most, so it goes on by as much.
    """
    known = numbers.counters(step.connection)
    told = []
    for name in sorted({*known, *(name for name in seen if name.startswith(_ISA))}):
        last = known.get(name, 0)
        used = max(last, seen.get(name, 0))
        if name.startswith(_GS):
            used = max(used, last + _grown(known, seen, _ISA + name.removeprefix(_GS)))
        told.append(_skip(step, name, last, min(used + gap, _LAST_ISA), used, actor, reason))
    last = numbers.last_order(step.connection)
    used = max(last, last_order)
    numbers.set_last_order(step.connection, used + gap)
    told.append(_tell(step, "orders", last, used + gap, used, actor, reason))
    return told


def _grown(known: Mapping[str, int], seen: Mapping[str, int], name: str) -> int:
    return max(0, seen.get(name, 0) - known.get(name, 0))


def _skip(step: Step, name: str, last: int, value: int, used: int, actor: str, reason: str) -> str:
    numbers.set_counter(step.connection, name, max(value, last))
    return _tell(step, name, last, value, used, actor, reason)


def _tell(step: Step, name: str, last: int, value: int, used: int, actor: str, reason: str) -> str:
    seen = f", {used} were seen" if used > last else ""
    text = f"{name}: {last + 1} to {value} are skipped{seen}: {reason}"
    add_event(step.connection, "numbers.skipped", text, at=step.at, actor=actor)
    return text
