"""What a run is measured by: one way for runs and submissions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from policybench.analysis import metrics
from policybench.analysis.curves import Curves
from policybench.analysis.formats import estimate_text
from policybench.analysis.statistics import Estimate, cut_interval, mean_with_interval
from policybench.arrays import Floats


@dataclass(frozen=True, repr=False)
class Measure:
    """A mean payoff over some of a run's evaluations, for each seed, in two units.

    Printed, it shows the means over seeds with their 95% intervals.

    >>> Measure([1.0, 3.0], Estimate(2.0, -10.7, 14.7, 2), [0.25, 0.75], Estimate(0.5, -2.68, 3.68, 2))
    <Measure: score 0.5 [-2.68, 3.68], payoff 2 [-10.7, 14.7], 2 seeds>

    Attributes:
        payoffs: [n_seeds], in the environment's own unit.
        payoff: their mean over seeds.
        scores: [n_seeds], the same from 0, uniformly random actions, to 1, the best known action; None where these
            references were never measured.
        score: their mean over seeds.
    """

    payoffs: list[float]
    payoff: Estimate
    scores: list[float] | None
    score: Estimate | None

    def __repr__(self) -> str:
        """Both means, with their intervals."""
        seeds = f"{self.payoff.seeds} seed{'s' * (self.payoff.seeds != 1)}"
        score = "" if self.score is None else f"score {estimate_text(self.score, '.3g')}, "
        return f"<Measure: {score}payoff {estimate_text(self.payoff)}, {seeds}>"

    @property
    def values(self) -> Floats:
        """Scores, or payoffs where there are no references, [n_seeds]: what runs are compared by."""
        return np.array(self.payoffs if self.scores is None else self.scores)

    @property
    def estimate(self) -> Estimate:
        """Their mean over seeds."""
        return self.payoff if self.score is None else self.score


@dataclass(frozen=True)
class Target:
    """How fast one target was reached, in principal steps.

    Attributes:
        share: where the target lies on the way from floor to ceiling.
        payoff: the target.
        success_share: of the seeds.
        expected_running_time: None if no seed reached the target.
        restricted_mean: mean runtime, counted up to the budget, with an interval that ends at 0 and at the budget
            where it would go beyond; None before the end of the run.
        runtimes: each seed's, None where the target was not reached.
    """

    share: float
    payoff: float
    success_share: float
    expected_running_time: float | None
    restricted_mean: Estimate | None
    runtimes: list[int | None]


@dataclass(frozen=True)
class Scores:
    """All measures of a run; ``docs/statistics.md`` says what each is for. None before there are rows for it.

    Attributes:
        ranking: what tables are ordered by (``metrics.ranking_payoff``).
        sample_efficiency: over all steps.
        sample_efficiency_10: over the first ten; None unless there are more.
        sample_efficiency_100: over the first hundred; None unless there are more.
        convergence: over the last 10% of the steps.
        recommended: of the final recommendation, evaluated afresh: search without a price for exploring.
        targets: of the way from floor to ceiling; none without these references.
    """

    ranking: Measure | None
    sample_efficiency: Measure | None
    sample_efficiency_10: Measure | None
    sample_efficiency_100: Measure | None
    convergence: Measure | None
    recommended: Measure | None
    targets: list[Target]


def score(
    curves: Curves, final: Floats | None, budget: int, floor: float | None = None, ceiling: float | None = None
) -> Scores:
    """Measure what is recorded.

    Args:
        curves: the steps that are done.
        final: [n_seeds, n_evaluations], payoffs of the final recommendations; None before the end.
        budget: steps of the protocol.
        floor: payoff that scores 0; None if it was never measured.
        ceiling: payoff that scores 1; None if it was never measured.
    """
    references = None if floor is None or ceiling is None else (floor, ceiling)
    ten, hundred = (
        _measure(metrics.sample_efficiency(curves.payoffs, first), references) if curves.n_steps > first else None
        for first in metrics.EARLY_STEPS
    )
    recommended = None if final is None else _measure(final.mean(axis=1), references)
    if not curves.n_steps:
        return Scores(None, None, None, None, None, recommended, [])
    return Scores(
        _measure(metrics.ranking_payoff(curves.payoffs), references),
        _measure(metrics.sample_efficiency(curves.payoffs), references),
        ten,
        hundred,
        _measure(metrics.convergence_payoff(curves.payoffs), references),
        recommended,
        [_target(curves, share, payoff, budget) for share, payoff in target_payoffs(floor, ceiling).items()],
    )


def target_payoffs(floor: float | None, ceiling: float | None) -> dict[float, float]:
    """The payoffs at ``metrics.TARGETS``, by share; none where a reference was never measured."""
    if floor is None or ceiling is None:
        return {}
    return {share: floor + share * (ceiling - floor) for share in metrics.TARGETS}


def _measure(payoffs: Floats, references: tuple[float, float] | None) -> Measure:
    payoff = mean_with_interval(payoffs)
    if references is None:
        return Measure(payoffs.tolist(), payoff, None, None)
    scores = metrics.normalised(payoffs, *references)
    return Measure(payoffs.tolist(), payoff, scores.tolist(), mean_with_interval(scores))


def _target(curves: Curves, share: float, payoff: float, budget: int) -> Target:
    runtimes = metrics.runtime(curves.payoffs, payoff)
    expected = metrics.expected_running_time(runtimes, curves.n_steps)
    restricted = mean_with_interval(metrics.restricted_runtime(runtimes, budget))
    return Target(
        share=share,
        payoff=payoff,
        success_share=metrics.success_share(runtimes),
        expected_running_time=expected if np.isfinite(expected) else None,
        restricted_mean=cut_interval(restricted, 0, budget) if curves.n_steps == budget else None,
        runtimes=[int(time) if np.isfinite(time) else None for time in runtimes],
    )
