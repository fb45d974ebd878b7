"""Estimates over seeds and environments; pure functions of arrays.

The intervals are bootstrap intervals (Efron 1987), the aggregates those of Agarwal et al. (2021), "Deep
reinforcement learning at the edge of the statistical precipice". ``scores`` is [n_seeds, n_environments].
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from policybench.outcome import Floats

RESAMPLES = 9999


@dataclass(frozen=True)
class Estimate:
    """A number with its confidence interval; without one (None) where there are too few values."""

    mean: float
    low: float | None
    high: float | None


def mean_with_interval(values: Floats, confidence: float = 0.95, resamples: int = RESAMPLES) -> Estimate:
    """Mean over seeds with its interval.

    Args:
        values: [n_seeds].
        confidence: of the interval.
        resamples: of the bootstrap.
    """
    return _estimate([values], np.mean, confidence, resamples)


def difference_of_means(
    one: Floats, other: Floats, confidence: float = 0.95, resamples: int = RESAMPLES
) -> Estimate:
    """Mean of one minus mean of the other, for seeds that have nothing in common; [n_one] and [n_other].

    Where seeds are shared, ``mean_with_interval(one - other)`` is the sharper estimate.
    """
    return _estimate([one, other], lambda x, y, axis: x.mean(axis=axis) - y.mean(axis=axis), confidence, resamples)


def interquartile_mean(scores: Floats) -> float:
    """Mean of the middle half of all scores, whatever their environment (Agarwal et al., section 4.3)."""
    return float(stats.trim_mean(scores, 0.25, axis=None))


def interquartile_mean_with_interval(
    scores: Sequence[Floats], confidence: float = 0.95, resamples: int = RESAMPLES
) -> Estimate:
    """Interquartile mean with an interval from resampling the seeds of each environment apart (stratified).

    Args:
        scores: for each environment the scores of its seeds, [n_seeds].
        confidence: of the interval.
        resamples: of the bootstrap.
    """
    return _estimate(scores, _interquartile_mean, confidence, resamples)


@dataclass(frozen=True)
class Aggregates:
    """Scores over environments in the four ways of Agarwal et al. (section 4.3 and appendix A).

    Attributes:
        interquartile_mean: mean of the middle half of all scores.
        median: of the environments' mean scores.
        mean: of the environments' mean scores.
        optimality_gap: how far scores stay below 1 on average; what lies above 1 counts as 1.
    """

    interquartile_mean: Estimate
    median: Estimate
    mean: Estimate
    optimality_gap: Estimate


def aggregates(scores: Sequence[Floats], confidence: float = 0.95, resamples: int = RESAMPLES) -> Aggregates:
    """All aggregates, with intervals from resampling the seeds of each environment apart (stratified).

    Args:
        scores: for each environment the normalised scores of its seeds, [n_seeds]; n_seeds may differ.
        confidence: of the intervals.
        resamples: of the bootstrap.
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


def probability_of_improvement(one: Sequence[Floats], other: Sequence[Floats]) -> float:
    """Probability that a random seed of one beats a random seed of the other, mean over environments.

    Ties count half: the Mann-Whitney statistic divided by the number of pairs (Agarwal et al., section 4.3).

    Args:
        one: for each environment the scores of its seeds, [n_one].
        other: the same of the other, [n_other].
    """
    shares = [stats.mannwhitneyu(x, y).statistic / (len(x) * len(y)) for x, y in zip(one, other, strict=True)]
    return float(np.mean(shares))


def signal_to_noise(payoffs: Floats) -> float:
    """How much actions differ, compared with how much one action's payoff differs from evaluation to evaluation.

    The ratio is the variance between actions' true means over the variance of a single payoff around its action's
    mean. Both are estimated by a two-way analysis of variance, action by seed, with random effects and a payoff
    each (Searle, Casella and McCulloch 1992, Variance components, chapter 4). What the true means do not explain
    of the variance between actions' sample means is the interaction's mean square, divided by the number of seeds.
    Luck that a seed brings to all actions alike is no part of it, since it moves all means together; but it is
    noise to a principal, which meets new luck at every step. Without shared luck the estimates are as unbiased.

    Args:
        payoffs: [n_actions, n_seeds], at least 2 of each; a column is one seed, step or any other draw of luck.

    Returns:
        The ratio: about 0, or slightly below it, where actions do not differ; infinite where there is no noise.
    """
    n_actions, n_seeds = payoffs.shape
    means = payoffs.mean(axis=1)
    residuals = payoffs - means[:, None] - payoffs.mean(axis=0) + payoffs.mean()
    interaction = np.square(residuals).sum() / ((n_actions - 1) * (n_seeds - 1))
    noise = payoffs.var(axis=1, ddof=1).mean()  # the seeds' variance component plus the interaction
    return float((means.var(ddof=1) - interaction / n_seeds) / noise) if noise > 0 else math.inf


def _interquartile_mean(*samples: Floats, axis: int) -> Any:
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
    """A statistic with a BCa interval where one exists, else a percentile interval; its stream is fixed."""
    value = float(statistic(*samples, axis=-1))
    if min(map(len, samples)) < 2:
        return Estimate(value, None, None)
    if all(np.ptp(sample) == 0 for sample in samples):
        return Estimate(value, value, value)
    for method in ("BCa", "percentile"):
        with warnings.catch_warnings(), np.errstate(invalid="ignore", divide="ignore"):
            warnings.simplefilter("ignore", stats.DegenerateDataWarning)  # answered by the other method
            interval = stats.bootstrap(
                samples,
                statistic,
                confidence_level=confidence,
                n_resamples=resamples,
                method=method,
                vectorized=True,
                rng=np.random.default_rng(0),
            ).confidence_interval
        if np.isfinite(interval.low) and np.isfinite(interval.high):
            break
    return Estimate(value, float(interval.low), float(interval.high))
