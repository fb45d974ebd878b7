"""Scores over environments, as Agarwal et al. (2021) aggregate them.

"Deep reinforcement learning at the edge of the statistical precipice". Intervals come from a bootstrap that
resamples the seeds of each environment apart (stratified).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from policybench.analysis.statistics import Estimate
from policybench.arrays import Floats

RESAMPLES = 9999


@dataclass(frozen=True)
class Aggregates:
    """Scores over environments in the four ways of Agarwal et al. (section 4.3 and appendix A).

    Attributes:
        interquartile_mean: mean of the middle half of all scores, whatever their environment.
        median: of the environments' mean scores.
        mean: of the environments' mean scores.
        optimality_gap: how far scores stay below 1 on average; what lies above 1 counts as 1.
    """

    interquartile_mean: Estimate
    median: Estimate
    mean: Estimate
    optimality_gap: Estimate


def aggregates(scores: Sequence[Floats], confidence: float = 0.95, resamples: int = RESAMPLES) -> Aggregates:
    """All aggregates, with percentile intervals.

    Args:
        scores: for each environment the normalised scores of its seeds, [n_seeds]; n_seeds may differ.
        confidence: of the intervals.
        resamples: of the bootstrap; its random stream is fixed.
    """
    return Aggregates(
        *(
            _estimate(scores, statistic, confidence, resamples)
            for statistic in (_interquartile_mean, _median, _mean, _optimality_gap)
        )
    )


def performance_profile(scores: Sequence[Floats], thresholds: Floats) -> Floats:
    """Share of seeds that score above each threshold, mean over environments (Agarwal et al., section 4.2).

    Args:
        scores: for each environment the normalised scores of its seeds, [n_seeds].
        thresholds: [n].

    Returns:
        [n], falling.
    """
    shares = [(np.asarray(values)[:, None] > thresholds).mean(axis=0) for values in scores]
    profile: Floats = np.mean(shares, axis=0)
    return profile


def _interquartile_mean(*samples: Floats, axis: int) -> Any:
    from scipy import stats  # longer to import than to use, and few commands come here

    return stats.trim_mean(np.concatenate(samples, axis=axis), 0.25, axis=axis)


def _median(*samples: Floats, axis: int) -> Any:
    return np.median([sample.mean(axis=axis) for sample in samples], axis=0)


def _mean(*samples: Floats, axis: int) -> Any:
    return np.mean([sample.mean(axis=axis) for sample in samples], axis=0)


def _optimality_gap(*samples: Floats, axis: int) -> Any:
    return np.mean([1 - np.minimum(sample, 1).mean(axis=axis) for sample in samples], axis=0)


def _estimate(
    samples: Sequence[Floats], statistic: Callable[..., Any], confidence: float, resamples: int
) -> Estimate:
    from scipy import stats

    value, seeds = float(statistic(*samples, axis=-1)), min(map(len, samples))
    if seeds < 2 or all(np.ptp(sample) == 0 for sample in samples):
        return Estimate(value, None, None, seeds)
    interval = stats.bootstrap(
        samples,
        statistic,
        confidence_level=confidence,
        n_resamples=resamples,
        method="percentile",
        vectorized=True,
        rng=np.random.default_rng(0),
    ).confidence_interval
    return Estimate(value, float(interval.low), float(interval.high), seeds)
