"""What a run is scored by; pure functions of arrays. The definitions stand in the docstrings.

``payoffs`` is always [n_seeds, n_steps], a row a seed, in the order of principal steps.
"""

from __future__ import annotations

import math
import warnings

import numpy as np
from scipy import stats
from scipy.integrate import trapezoid

from policybench.arrays import Floats

TARGETS = (0.5, 0.75, 0.9, 0.95)
"""Where the targets of sample efficiency lie, as shares of the way from floor to ceiling."""

TRAILING_STEPS = 10
"""Steps that a payoff is averaged over before it counts as having reached a target."""


def last_tenth(n_steps: int) -> int:
    """How many steps are the last 10% of so many: at least one."""
    return math.ceil(n_steps / 10)


def convergence_payoff(payoffs: Floats) -> Floats:
    """Mean payoff over the last 10% of a seed's steps: the dashed lines of the paper's figure 4.

    Args:
        payoffs: [n_seeds, n_steps], n_steps at least 1.

    Returns:
        [n_seeds].
    """
    mean: Floats = payoffs[:, -last_tenth(payoffs.shape[1]) :].mean(axis=1)
    return mean


def recommended_payoff(payoffs: Floats) -> Floats:
    """Mean payoff of a seed's final recommendation.

    Args:
        payoffs: [n_seeds, n_evaluations], of evaluations at steps beyond the budget.

    Returns:
        [n_seeds].
    """
    mean: Floats = payoffs.mean(axis=1)
    return mean


def normalised(payoffs: Floats, floor: float, ceiling: float) -> Floats:
    """Payoffs on a scale where uniformly random actions score 0 and the best known action scores 1."""
    return (payoffs - floor) / (ceiling - floor)


def simple_regret(recommended: Floats, ceiling: float) -> Floats:
    """What the recommendation pays less than the best known action; negative if it pays more."""
    return ceiling - recommended


def runtime(
    payoffs: Floats,
    timesteps: Floats,
    target: float,
    window: int = TRAILING_STEPS,
    steps: Floats | None = None,
) -> Floats:
    """Validation timesteps until the trailing mean of a seed's payoffs first reaches a target.

    Args:
        payoffs: [n_seeds, n_steps].
        timesteps: [n_seeds, n_steps], validation timesteps of each step.
        target: payoff.
        window: steps of the trailing mean, which exists once that many steps are done.
        steps: [n_seeds, n_steps], the number of each step, where some are left out; a trailing mean is then
            taken only over steps that follow each other, and ``timesteps`` counts those left out before a step.

    Returns:
        [n_seeds]; infinity where the target was not reached within the budget (a censored seed).
    """
    spent = np.cumsum(timesteps, axis=1, dtype=np.float64)
    if payoffs.shape[1] < window:
        return np.full(len(payoffs), np.inf)
    trailing: Floats = np.lib.stride_tricks.sliding_window_view(payoffs, window, axis=1).mean(axis=2)
    reached = trailing >= target
    if steps is not None:
        reached &= steps[:, window - 1 :] - steps[:, : 1 - window or None] == window - 1
    first = np.where(reached.any(axis=1), reached.argmax(axis=1), 0) + window - 1
    runtimes: Floats = np.where(
        reached.any(axis=1), np.take_along_axis(spent, first[:, None], axis=1)[:, 0], np.inf
    )
    return runtimes


def success_share(runtimes: Floats) -> float:
    """Share of seeds that reached the target."""
    return float(np.isfinite(runtimes).mean())


def expected_running_time(runtimes: Floats, budgets: Floats) -> float:
    """All timesteps spent, divided by the number of successes (ERT; Hansen et al. 2021, COCO, section 6).

    Args:
        runtimes: [n_seeds], infinity for censored seeds.
        budgets: [n_seeds], timesteps after which an unsuccessful seed stopped.

    Returns:
        Timesteps; infinity if no seed succeeded.
    """
    successes = int(np.isfinite(runtimes).sum())
    return float(np.minimum(runtimes, budgets).sum() / successes) if successes else math.inf


def restricted_runtime(runtimes: Floats, budget: float) -> Floats:
    """Runtimes cut at a common budget, [n_seeds]; their mean is the restricted mean survival time.

    The budget must be one that no seed stopped short of.
    """
    return np.minimum(runtimes, budget)


def runtime_ecdf(
    runtimes: Floats, budgets: Floats, confidence: float = 0.95
) -> tuple[Floats, Floats, Floats, Floats]:
    """Share of targets reached within so many timesteps: the runtime ECDF over all seeds and targets.

    Seeds that stopped without success are censored there, so this is one minus the Kaplan-Meier estimate of
    survival; with equal budgets it is the plain share.

    Args:
        runtimes: [n_seeds, n_targets], infinity where a target was not reached.
        budgets: [n_seeds], timesteps after which a seed stopped.
        confidence: of the band, from Greenwood's formula on the log-log scale. It takes pairs of seed and target
            for independent; with several targets a seed they are not, and the band is too narrow.

    Returns:
        Times [n], shares [n] reached by then, and the band's two edges [n]; NaN where there is no band.
    """
    reached = np.isfinite(runtimes)
    times = np.where(reached, runtimes, np.broadcast_to(np.asarray(budgets)[:, None], runtimes.shape))
    if not reached.any():
        nothing = np.zeros(1)
        return np.array([times.max()]), nothing, nothing, np.full(1, np.nan)
    cdf = stats.ecdf(stats.CensoredData.right_censored(times.ravel(), ~reached.ravel())).cdf
    with np.errstate(divide="ignore", invalid="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # no band before the first success and after the last
        band = cdf.confidence_interval(confidence, method="log-log")
    return cdf.quantiles, cdf.probabilities, band.low.probabilities, band.high.probabilities


def anytime_score(payoffs: Floats, timesteps: Floats, floor: float, ceiling: float) -> Floats:
    """Mean normalised payoff of a seed's curve, with timesteps on a logarithmic scale.

    The area under the curve by the trapezoidal rule over log timesteps, divided by the length of that axis;
    early payoffs therefore count more than late ones. A single step scores its own normalised payoff.

    Args:
        payoffs: [n_seeds, n_steps].
        timesteps: [n_seeds, n_steps], validation timesteps of each step, positive.
        floor: payoff that scores 0.
        ceiling: payoff that scores 1.

    Returns:
        [n_seeds].
    """
    scores = normalised(payoffs, floor, ceiling)
    if payoffs.shape[1] == 1:
        return scores[:, 0]
    axis = np.log(np.cumsum(timesteps, axis=1, dtype=np.float64))
    area: Floats = trapezoid(scores, axis, axis=1)
    score: Floats = area / (axis[:, -1] - axis[:, 0])
    return score
