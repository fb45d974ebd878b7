"""Estimates over seeds; pure functions of arrays.

Intervals and tests are Student's t: ``docs/statistics.md`` measures how often they are right, and compares them
with bootstrap intervals. ``scipy.stats`` takes longer to import than most commands take to run, so only what needs
more of it than a quantile imports it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from policybench.arrays import Floats

_MOST_SEEDS = 10_000
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Estimate:
    """A mean over seeds with its confidence interval.

    Attributes:
        mean: over seeds.
        low: lower end of the interval; None where there is a single seed, and where all seeds are equal: then no
            spread was seen, which does not show that there is none.
        high: upper end.
        seeds: how many.
    """

    mean: float
    low: float | None
    high: float | None
    seeds: int


def mean_with_interval(values: Floats, confidence: float = 0.95) -> Estimate:
    """Mean over seeds with its interval by Student's t.

    Args:
        values: [n_seeds].
        confidence: of the interval.
    """
    mean, count = float(np.mean(values)), len(values)
    width = float(interval_widths(values, confidence))
    if not width:
        return Estimate(mean, None, None, count)
    return Estimate(mean, mean - width, mean + width, count)


def cut_interval(estimate: Estimate, lowest: float, highest: float) -> Estimate:
    """An estimate whose interval ends where the mean itself must end; it then holds the mean as often as before.

    Args:
        estimate: of a mean that lies between the two.
        lowest: the smallest mean that is possible.
        highest: the largest.
    """
    if estimate.low is None or estimate.high is None:
        return estimate
    return replace(estimate, low=max(estimate.low, lowest), high=min(estimate.high, highest))


def interval_widths(values: Floats, confidence: float = 0.95) -> Floats:
    """Half the width of the interval of the mean over the last axis, [..., n_seeds] -> [...].

    Zero where all seeds are equal, or where there is but one.
    """
    count = values.shape[-1]
    if count < 2:
        return np.zeros(values.shape[:-1])
    error = values.std(axis=-1, ddof=1) / math.sqrt(count)
    widths: Floats = np.where(_differ(values), special.stdtrit(count - 1, (1 + confidence) / 2) * error, 0.0)
    return widths


def difference_of_means(one: Floats, other: Floats, confidence: float = 0.95) -> Estimate:
    """Mean of one minus mean of the other for seeds that have nothing in common, [n_one] and [n_other]: Welch's t.

    Where seeds are shared, ``mean_with_interval(one - other)`` is the sharper estimate.
    """
    mean, seeds = float(np.mean(one) - np.mean(other)), min(len(one), len(other))
    if seeds < 2 or not (_differ(one) or _differ(other)):
        return Estimate(mean, None, None, seeds)
    from scipy import stats

    found = stats.ttest_ind(one, other, equal_var=False).confidence_interval(confidence)
    return Estimate(mean, float(found.low), float(found.high), seeds)


def paired_p_values(differences: Floats) -> Floats:
    """Two-sided p-values of the hypothesis that differences have mean zero: the paired t-test.

    Where all differences are equal their spread is unknown, and t would be infinite. There the sign test decides:
    n differences of one sign have probability 2 / 2^n.

    Args:
        differences: [..., n_seeds], n_seeds at least 1.

    Returns:
        [...].
    """
    count = differences.shape[-1]
    mean = differences.mean(axis=-1)
    same = np.where(mean == 0, 1.0, 2.0 ** (1 - count))
    if count < 2:
        return same
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.abs(mean) / (differences.std(axis=-1, ddof=1) / math.sqrt(count))
        p_values: Floats = np.where(_differ(differences), 2 * special.stdtr(count - 1, -ratio), same)
    return p_values


def unpaired_p_value(one: Floats, other: Floats) -> float:
    """The same for seeds that have nothing in common: Welch's t-test."""
    from scipy import stats

    if _differ(one) or _differ(other):
        return float(stats.ttest_ind(one, other, equal_var=False).pvalue)
    return 1.0 if np.mean(one) == np.mean(other) else 2.0 ** (1 - min(len(one), len(other)))


def seeds_needed(differences: Floats, level: float = 0.05, power: float = 0.8) -> int | None:
    """Seeds with which a paired t-test would show this mean difference, if mean and spread are as observed.

    Args:
        differences: [n_seeds], of shared seeds.
        level: of the test.
        power: probability that the test shows it.

    Returns:
        The number of seeds; None if there is no difference, no spread, or more than 10,000 seeds would be needed.
    """
    from scipy import stats

    effect = abs(float(np.mean(differences)))
    if len(differences) < 2 or effect == 0 or not _differ(differences):
        return None
    counts = np.unique(np.geomspace(2, _MOST_SEEDS, 400).round().astype(int))
    critical = stats.t.ppf(1 - level / 2, counts - 1)
    shift = effect / float(np.std(differences, ddof=1)) * np.sqrt(counts)
    enough = np.flatnonzero(stats.nct.sf(critical, counts - 1, shift) >= power)
    return int(counts[enough[0]]) if enough.size else None


def probability_of_improvement(one: Sequence[Floats], other: Sequence[Floats]) -> float:
    """Probability that a random seed of one beats a random seed of the other, mean over environments.

    Ties count half: the Mann-Whitney statistic divided by the number of pairs (Agarwal et al., section 4.3).

    Args:
        one: for each environment the scores of its seeds, [n_one].
        other: the same of the other, [n_other].
    """
    from scipy import stats

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


def _differ(values: Floats) -> Floats:
    """Whether values differ along the last axis by more than the rounding of a sum, [...]."""
    differ: Floats = np.ptp(values, axis=-1) > _ROUNDING * np.abs(values).max(axis=-1)
    return differ
