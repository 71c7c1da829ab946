"""Money at risk: what the units are worth, or what the partner fines, times how likely it is."""

from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

#: A node nobody knows anything of is as often late as not: (0 + 1) / (0 + 2).
UNKNOWN_SHARE = 0.5


class Fine(NamedTuple):
    """What a partner charges for a failure."""

    #: Of the value of the units affected.
    percent: Decimal
    #: Fixed.
    cents: int


def exposure_cents(value_cents: int, *, fine: Fine | None, chance: float) -> int:
    """Return the money at risk of units worth `value_cents`.

    With a fine it is what the partner would charge, without one the units themselves: they may
    be cancelled. `chance` is how likely that is, 0 to 1. Rounded to the cent, halves up.
    """
    lost = Decimal(value_cents)
    if fine is not None:
        lost = lost * fine.percent / 100 + fine.cents
    return int((lost * Decimal(str(chance))).quantize(Decimal(1), rounding=ROUND_HALF_UP))
