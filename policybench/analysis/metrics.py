"""What a seed is measured by; pure functions of arrays. The definitions stand in the docstrings.

``payoffs`` is always [n_seeds, n_steps], one row per seed, in the order of principal steps. Time is counted in
principal steps. Sample efficiency is ``sample_efficiency``, convergence ``convergence_payoff``; ``normalised``
puts payoffs on the scale of scores.
"""

from __future__ import annotations

import math

import numpy as np

from policybench.arrays import Floats

TARGETS = (0.5, 0.75, 0.9, 0.95)
"""Where the targets lie, as shares of the way from floor to ceiling."""

TRAILING_STEPS = 10
"""Steps that a payoff is averaged over before it counts as having reached a target."""

EARLY_STEPS = (10, 100)
"""Numbers of first steps over which sample efficiency is stated beside that of the whole budget."""


def normalised(payoffs: Floats, floor: float, ceiling: float) -> Floats:
    """Payoffs on a scale where uniformly random actions score 0 and the best known action scores 1."""
    return (payoffs - floor) / (ceiling - floor)


def sample_efficiency(payoffs: Floats, first: int | None = None) -> Floats:
    """Mean payoff over all steps, or over the first few: sample efficiency, in payoffs unless they are normalised.

    With the ceiling as the best payoff, the normalised mean over T steps is one minus the mean regret of T steps.

    Args:
        payoffs: [n_seeds, n_steps], n_steps at least 1.
        first: steps to average over; all if there are fewer, or if it is None.

    Returns:
        [n_seeds].
    """
    mean: Floats = payoffs[:, :first].mean(axis=1)
    return mean


def ranking_payoff(payoffs: Floats) -> Floats:
    """The payoff whose normalised value orders tables, [n_seeds].

    The mean over all steps; where the budget is longer than 100 steps, the mean of that and of the mean over the
    first 100, since a mean over thousands of steps hides the first twenty.
    """
    return (sample_efficiency(payoffs) + sample_efficiency(payoffs, EARLY_STEPS[-1])) / 2


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


def runtime(payoffs: Floats, target: float, window: int = TRAILING_STEPS) -> Floats:
    """Principal steps until the trailing mean of a seed's payoffs first reaches a target.

    Args:
        payoffs: [n_seeds, n_steps].
        target: payoff.
        window: steps of the trailing mean, which exists once that many steps are done.

    Returns:
        [n_seeds]; infinity where the target was not reached within the budget (a censored seed).
    """
    if payoffs.shape[1] < window:
        return np.full(len(payoffs), np.inf)
    trailing: Floats = np.lib.stride_tricks.sliding_window_view(payoffs, window, axis=1).mean(axis=2)
    reached = trailing >= target
    runtimes: Floats = np.where(reached.any(axis=1), reached.argmax(axis=1) + float(window), np.inf)
    return runtimes


def success_share(runtimes: Floats) -> float:
    """Share of seeds that reached the target."""
    return float(np.isfinite(runtimes).mean())


def expected_running_time(runtimes: Floats, budget: int) -> float:
    """All steps spent, divided by the number of successes (ERT; Hansen et al. 2021, COCO, section 6).

    Args:
        runtimes: [n_seeds], infinity for censored seeds.
        budget: steps after which an unsuccessful seed stopped.

    Returns:
        Principal steps; infinity if no seed succeeded.
    """
    successes = int(np.isfinite(runtimes).sum())
    return float(restricted_runtime(runtimes, budget).sum() / successes) if successes else math.inf


def restricted_runtime(runtimes: Floats, budget: int) -> Floats:
    """Runtimes cut at the budget, [n_seeds]; their mean is the restricted mean survival time.

    The budget is the protocol's, so that the means of different runs can be compared.
    """
    return np.minimum(runtimes, budget)


def runtime_ecdf(runtimes: Floats) -> tuple[Floats, Floats]:
    """Share of targets reached within so many steps: the runtime ECDF over all seeds and targets.

    Args:
        runtimes: [n_seeds, n_targets], infinity where a target was not reached within the budget.

    Returns:
        The steps at which a target was reached, [n], rising, and the share of all pairs of seed and target that
        were reached by then, [n].
    """
    times, counts = np.unique(runtimes[np.isfinite(runtimes)], return_counts=True)
    return times, counts.cumsum() / runtimes.size
