"""How far luck can go: what bounds of payoffs are made of, where things grow at random."""

from __future__ import annotations

import math

ONCE_IN = 1e12
"""Luck that comes once in so many episodes is taken to be impossible."""


def most_successes(trials: int, probability: float) -> int:
    """Successes in independent trials that luck exceeds less than once in 10^12 times, by Bernstein's inequality.

    It holds as well where the probability of some trials is lower, whatever that depends on.

    Args:
        trials: how many.
        probability: the highest that a trial succeeds with.
    """
    if probability == 0:
        return 0
    mean, rare = trials * probability, math.log(ONCE_IN)
    return min(trials, math.ceil(mean + rare / 3 + math.sqrt(rare**2 / 9 + 2 * rare * mean)))
