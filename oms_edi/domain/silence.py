"""When so few files are no chance: the Poisson distribution, pure."""

import math


def at_most(count: int, mean: float) -> float:
    """Return how likely at most `count` arrivals are where `mean` are expected."""
    if mean <= 0:
        return 1.0
    term = total = math.exp(-mean)
    for number in range(1, count + 1):
        term *= mean / number
        total += term
    return min(total, 1.0)


def is_too_few(count: int, mean: float, *, chance: float, least_mean: float) -> bool:
    """True if so few are less likely than `chance`; below `least_mean` nothing is said."""
    return mean >= least_mean and at_most(count, mean) < chance
