"""The income tax of Saez (2001), as the AI Economist papers estimate it from what agents earned.

It is optimal for social weights of inverse income and a constant elasticity, not for equality times mean coin.

For each of a hundred bins of income z, the optimal marginal rate is

    (1 - g) / (1 - g + a e)

with g the mean social weight of those who earn more, relative to that of all; a = z f(z) / (1 - F(z)), the local
Pareto parameter of the distribution F of incomes with density f; and e the elasticity of income with respect to
what a marginal rate leaves of it. Above the last bin, which ends at 510.3, one more rate holds, with
a = m / (m - 510.3) and m the mean income there. A bracket's rate is the mean of that schedule over the bracket.

Two things are as the papers' engine has them. If nobody earns more than 510.3 coins, a is 0 there, and the top
rate is 1. A bin that nobody is in has a rate on the line between its neighbours': so rates change evenly from the
highest income to the top rate.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from policybench import Floats
from policybench_gather_trade_build.rules import BRACKETS, N_BRACKETS

MEMORY = 500
"""How many incomes, with their marginal rates, an estimate rests on."""

FIRST_ELASTICITY = 0.5

_SMOOTHING = 0.98
_TOP = BRACKETS[-1]
_N_BINS = 100
_EDGES = np.linspace(0.0, _TOP, _N_BINS + 1)
_WIDTH = _TOP / _N_BINS
_CENTRES = (_EDGES[1:] + _EDGES[:-1]) / 2
_TINY = 1e-9


def next_elasticity(elasticity: float, incomes: Floats, marginal_rates: Floats) -> float:
    """A running estimate of the elasticity of income with respect to what a marginal rate leaves of it.

    Args:
        elasticity: the estimate so far.
        incomes: [n], before tax.
        marginal_rates: [n], at those incomes.

    Returns:
        0.98 of the estimate and 0.02 of the slope of log income over log (1 - rate), by least squares, or of 0 if
        that is negative. Incomes of at most 0 and rates of 1 are left out; if fewer than ten are left, or their
        rates hardly differ, the estimate is unchanged.
    """
    use = (incomes > 0) & (marginal_rates < 1)
    if use.sum() < 10 or marginal_rates[use].std() < 1e-6:
        return elasticity
    kept = np.log(np.maximum(1 - marginal_rates[use], _TINY))
    slope = np.linalg.lstsq(
        np.stack([kept, np.ones_like(kept)], axis=1), np.log(np.maximum(incomes[use], _TINY)), rcond=None
    )[0][0]
    return float(_SMOOTHING * elasticity + (1 - _SMOOTHING) * max(slope, 0.0))


def saez_rates(incomes: Floats, elasticity: float, *, uniform_weights: bool = False) -> Floats:
    """Marginal rates for the seven brackets, [7] in [0, 1].

    Args:
        incomes: [n] of a period, before tax.
        elasticity: of income.
        uniform_weights: whether all count alike, or each by the inverse of its income.
    """

    def weight(of: Floats) -> Floats:
        return np.ones_like(of) if uniform_weights else 1 / np.maximum(of, 1.0)

    above, below = incomes[incomes > _TOP], incomes[incomes < 0]
    counts = np.histogram(incomes, _EDGES)[0]
    share = counts / len(incomes)
    top_share, share_below = len(above) / len(incomes), len(below) / len(incomes)

    weights = np.append(counts * weight(_CENTRES), weight(above).sum())
    weights = weights / (weights.sum() + weight(np.maximum(below, 0.0)).sum() + _TINY)
    social = _sums_from_here_up(weights) / (_sums_from_here_up(np.append(share, top_share)) + _TINY)

    reached = np.minimum(share_below + np.cumsum(share), 1.0)
    beyond = np.clip(1 - reached + share / 2, 0, 1)
    shape = np.where(share > 0, _CENTRES * share / (beyond + _TINY) / _WIDTH, np.nan)
    mean_above = above.mean() if len(above) else 0.0
    top_shape = mean_above / (mean_above - _TOP + _TINY) if len(above) else 0.0

    binned = _optimal_rates((social[:-1] + social[1:]) / 2, shape, elasticity)
    top = float(_optimal_rates(social[-1:], np.array([top_shape]), elasticity)[0])
    return _brackets(_fill_gaps(np.append(binned, top)))


def _sums_from_here_up(values: Floats) -> Floats:
    sums: Floats = np.cumsum(values[::-1])[::-1]
    return sums


def _optimal_rates(social: Floats, shape: Floats, elasticity: float) -> Floats:
    rates: Floats = (1 - social) / (1 - social + shape * elasticity + _TINY)
    return rates


def _fill_gaps(rates: Floats) -> Floats:
    """Rates of bins that nobody is in, between those of their neighbours; before the first one, from 0."""
    known = np.flatnonzero(~np.isnan(rates))
    filled: Floats = np.interp(np.arange(len(rates)), np.append(-1, known), np.append(0.0, rates[known]))
    return filled


def _brackets(rates: Floats) -> Floats:
    """What a schedule by bins takes of each bracket; the last one is taxed at the top rate."""
    taken = []
    for low, high in pairwise(BRACKETS):
        inside = np.clip(np.minimum(_EDGES[1:], high) - np.maximum(_EDGES[:-1], low), 0, None)
        taken.append(max((rates[:-1] * inside).sum(), 0.0) / (high - low))
    assert len(taken) == N_BRACKETS - 1
    schedule: Floats = np.clip(np.array([*taken, rates[-1]]), 0, 1)
    return schedule
