"""Say what money is at risk in what is open. A figure is written only where it changed."""

from oms_edi.domain.exceptions import KINDS, Severity, Units
from oms_edi.domain.exposure import UNKNOWN_SHARE, Fine, exposure_cents
from oms_edi.pipeline.frame.step import Step
from oms_edi.store import risk
from oms_edi.store.database import write_tx
from oms_edi.store.risk import Stake, Until

#: More orders than these at once, and everything open is valued in one go.
_MANY = 2000
#: So much may be read again before it is noted how far the book was read.
_EVENTS_READ_AGAIN = 1000
#: Kinds whose figure follows from how often a node is late.
_BY_NODE = tuple(kind.name for kind in KINDS.values() if kind.penalty)


def value(step: Step) -> int:
    """Value what is new and what changed since the last time; return how many figures changed."""
    before, now = risk.valued_until(step.connection), risk.read_until(step.connection)
    stakes = _stakes(step, before, now)
    late = risk.late_shares(step.connection)
    changed = [
        (cents, stake.exception_id)
        for stake in stakes.values()
        if (cents := _cents(step, stake, late)) != stake.risk_cents or stake.valued == "no"
    ]
    is_far = now.events - before.events > _EVENTS_READ_AGAIN or now.loads != before.loads
    if changed or is_far:
        with write_tx(step.connection):
            risk.set_risks(step.connection, changed)
            risk.set_valued_until(step.connection, now)
    return len(changed)


def _stakes(step: Step, before: Until, now: Until) -> dict[int, Stake]:
    """Return by exception what may have another figure than the one that stands in the book."""
    touched: list[int] = []
    if before.events and now.events > before.events:
        touched = risk.touched_orders(step.connection, before.events)
    if not before.events or len(touched) > _MANY:
        found = risk.all_stakes(step.connection)
    else:
        found = risk.unvalued(step.connection)
        if touched:
            found += risk.stakes_of_orders(step.connection, touched)
        if now.loads != before.loads:
            found += risk.stakes_of_kinds(step.connection, _BY_NODE)
    return {stake.exception_id: stake for stake in found}


def _cents(step: Step, stake: Stake, late: dict[str, float]) -> int:
    kind = KINDS.get(stake.kind)
    if kind is None:  # of an older version
        return stake.risk_cents
    worth = {
        Units.NONE: 0,
        Units.OPEN: stake.open_cents,
        Units.UNRELEASED: stake.unreleased_cents,
        Units.WAITING: stake.waiting_cents,
        Units.RELEASED: stake.released_cents,
    }[kind.units]
    if not kind.penalty:
        return worth
    is_open_question = stake.node and stake.severity != Severity.ERROR
    chance = late.get(stake.node, UNKNOWN_SHARE) if is_open_question else 1.0
    return exposure_cents(worth, fine=fine(step, stake.partner, kind.penalty), chance=chance)


def fine(step: Step, partner: str, penalty: str) -> Fine | None:
    """Return what a partner charges for a failure, None if its mapping says nothing."""
    profile = step.partners.find(partner)
    found = None
    if profile is not None:
        found = next((one for name, one in profile.penalties.items() if name == penalty), None)
    return Fine(found.percent, found.cents) if found else None
