"""The order of several runs, and which of them beat which.

A run beats another if the paired t-test on shared seeds says so at 5%, after Holm's (1979) correction for all
pairs of the table: among runs that are all equal, the probability that any is said to beat another is at most 5%.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from policybench.analysis.statistics import paired_p_values
from policybench.arrays import Floats

LEVEL = 0.05
"""Probability that equal runs of a table are ranked apart."""

FEWEST_SEEDS = 5
"""With fewer seeds no run is ranked, and no claim is made about two."""


@dataclass(frozen=True)
class Ranking:
    """Runs in order.

    Attributes:
        order: [n], indices of the runs, the best mean first.
        ranks: [n], in the same order; None where too few seeds allow no claim.
        beats: [n, n], whether run i beats run j, by the runs' own indices.
    """

    order: list[int]
    ranks: list[int | None]
    beats: NDArray[np.bool_]


def rank(scores: Floats) -> Ranking:
    """Rank runs: one more than the number of runs that beat one, but never better than a run above it.

    Args:
        scores: [n_runs, n_seeds], column k of all runs of the same seed.
    """
    means = scores.mean(axis=1)
    order = np.argsort(-means, kind="stable").tolist()
    n_runs, n_seeds = scores.shape
    beats = np.zeros((n_runs, n_runs), dtype=bool)
    if n_seeds < FEWEST_SEEDS:
        return Ranking(order, [None] * n_runs, beats)
    one, other = np.triu_indices(n_runs, 1)
    apart = holm(paired_p_values(scores[one] - scores[other])) <= LEVEL
    first_wins = means[one] > means[other]
    beats[one, other] = apart & first_wins
    beats[other, one] = apart & ~first_wins
    ranks = np.maximum.accumulate(1 + beats.sum(axis=0)[order])
    return Ranking(order, ranks.tolist(), beats)


def holm(p_values: Floats) -> Floats:
    """P-values adjusted for their number (Holm 1979), [n] -> [n].

    >>> holm(np.array([0.01, 0.04, 0.03])).round(2).tolist()
    [0.03, 0.06, 0.06]
    """
    adjusted = np.empty(len(p_values))
    order: Any = np.argsort(p_values)
    factors = np.arange(len(p_values), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(p_values[order] * factors), 1.0)
    return adjusted
