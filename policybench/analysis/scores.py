"""From recorded rows to scores: one way for runs and submissions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from policybench.analysis import metrics
from policybench.analysis.curve import Curve
from policybench.analysis.statistics import Estimate, mean_with_interval
from policybench.arrays import Floats


@dataclass(frozen=True)
class TargetSummary:
    """How fast one target was reached; runtimes are validation timesteps.

    Attributes:
        share: where the target lies on the way from floor to ceiling.
        payoff: the target.
        success_share: of the seeds.
        expected_running_time: None if no seed reached the target.
        restricted_mean: mean runtime, counted up to the smallest budget of a seed.
        runtimes: each seed's, None where the target was not reached.
    """

    share: float
    payoff: float
    success_share: float
    expected_running_time: float | None
    restricted_mean: Estimate
    runtimes: list[float | None]


@dataclass(frozen=True)
class Scores:
    """Each metric of every seed, [n_seeds]; None where the rows or the references for it are missing."""

    convergence_payoff: Floats | None
    recommended_payoff: Floats | None
    simple_regret: Floats | None
    score: Floats | None
    anytime_score: Floats | None
    targets: list[TargetSummary]


def target_payoffs(floor: float | None, ceiling: float | None) -> list[float]:
    """The payoffs at ``metrics.TARGETS``; none where a reference was never measured."""
    if floor is None or ceiling is None:
        return []
    return [floor + share * (ceiling - floor) for share in metrics.TARGETS]


def score_rows(
    curves: Sequence[Curve], final: Floats | None, floor: float | None, ceiling: float | None
) -> Scores:
    """Score what is recorded.

    Args:
        curves: one a seed.
        final: [n_seeds, n_evaluations], payoffs of the final recommendations; None before the end.
        floor: payoff that scores 0; None if it was never measured.
        ceiling: payoff that scores 1; None if it was never measured.
    """
    done = curves[0].n_steps > 0
    converged = np.array([curve.convergence_payoff() for curve in curves]) if done else None
    recommended = None if final is None else metrics.recommended_payoff(final)
    regret = score = anytime = None
    if floor is not None and ceiling is not None:
        if recommended is not None:
            regret = metrics.simple_regret(recommended, ceiling)
            score = metrics.normalised(recommended, floor, ceiling)
        if done:
            anytime = np.array([curve.anytime_score(floor, ceiling) for curve in curves])
    payoffs = target_payoffs(floor, ceiling) if done else []
    targets = [_target(curves, share, payoff) for share, payoff in zip(metrics.TARGETS, payoffs, strict=False)]
    return Scores(converged, recommended, regret, score, anytime, targets)


def estimate(values: Floats | None) -> Estimate | None:
    """Mean over seeds with its interval, if there are values."""
    return None if values is None else mean_with_interval(values)


def _target(curves: Sequence[Curve], share: float, payoff: float) -> TargetSummary:
    runtimes = np.array([curve.runtime(payoff) for curve in curves])
    budgets = np.array([float(curve.spent[-1]) for curve in curves])
    expected = metrics.expected_running_time(runtimes, budgets)
    return TargetSummary(
        share=share,
        payoff=payoff,
        success_share=metrics.success_share(runtimes),
        expected_running_time=expected if np.isfinite(expected) else None,
        restricted_mean=mean_with_interval(metrics.restricted_runtime(runtimes, float(budgets.min()))),
        runtimes=[float(time) if np.isfinite(time) else None for time in runtimes],
    )
