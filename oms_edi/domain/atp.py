"""Available to promise over time: what may be promised for a day without breaking a later promise.

Projected balance B(s) = on hand + supply until s - commitments until s, and
ATP(t) = max(0, min over s >= t of B(s)): one pass backwards. Pure, whole base units.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple


class Dated(NamedTuple):
    """Units that come, or are to leave, on a day."""

    on: date
    units: int


class Available(NamedTuple):
    """How it stands from a day on, until the next one."""

    on: date
    #: Projected balance at the end of that day.
    balance: int
    #: Units that may be promised for it.
    atp: int


def available_to_promise(
    on_hand: int, supply: Iterable[Dated], commitments: Iterable[Dated], *, today: date
) -> list[Available]:
    """Return the balance and ATP from today on, one entry for each day something changes.

    What is dated before today counts as of today. ATP never falls with time.
    """
    moves: dict[date, int] = {today: 0}
    for one in supply:
        day = max(one.on, today)
        moves[day] = moves.get(day, 0) + one.units
    for one in commitments:
        day = max(one.on, today)
        moves[day] = moves.get(day, 0) - one.units
    balance = on_hand
    balances: list[tuple[date, int]] = []
    for day in sorted(moves):
        balance += moves[day]
        balances.append((day, balance))
    found: list[Available] = []
    lowest = balances[-1][1]
    for day, balance in reversed(balances):
        lowest = min(lowest, balance)
        found.append(Available(day, balance, max(0, lowest)))
    return found[::-1]


def increments(steps: Sequence[Available]) -> list[Dated]:
    """Return what may be promised more than the day before, by day."""
    before = 0
    found = []
    for step in steps:
        if step.atp > before:
            found.append(Dated(step.on, step.atp - before))
            before = step.atp
    return found
