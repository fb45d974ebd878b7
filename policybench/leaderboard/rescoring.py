"""The metrics of a submission, from its rows alone; the same code scores runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from policybench.analysis.curve import Curve
from policybench.analysis.scores import score_rows
from policybench.analysis.statistics import Estimate, mean_with_interval
from policybench.arrays import Floats
from policybench.leaderboard.schema import (
    CurveRows,
    Interval,
    Metrics,
    Rows,
    SeedMetrics,
    SubmittedReferences,
    TargetMetrics,
)


def curve_of(rows: CurveRows, n_steps: int) -> Curve:
    """The rows as arrays; ``n_steps`` is the budget."""
    return Curve(
        steps=np.array(rows.steps, dtype=np.int64),
        payoffs=np.array(rows.payoffs, dtype=np.float64),
        validation=np.array(rows.validation, dtype=np.int64),
        spent=np.array(rows.spent, dtype=np.int64),
        n_steps=n_steps,
        filled_from=rows.filled_from,
    )


def metrics_of(
    curves: Sequence[CurveRows], final: Sequence[Rows], n_steps: int, reference: SubmittedReferences
) -> Metrics:
    """Score recorded rows.

    Raises:
        ValueError: a metric overflows; pydantic's message names it.
    """
    payoffs = np.array([rows.payoffs for rows in final])
    arrays = [curve_of(rows, n_steps) for rows in curves]
    with np.errstate(all="ignore"):
        scores = score_rows(arrays, payoffs, reference.floor, reference.ceiling)
        converged, recommended = scores.convergence_payoff, scores.recommended_payoff
        if converged is None or recommended is None:
            raise ValueError("nothing is recorded")
        return Metrics(
            convergence_payoff=_interval(mean_with_interval(converged)),
            recommended_payoff=_interval(mean_with_interval(recommended)),
            simple_regret=_over_seeds(scores.simple_regret),
            score=_over_seeds(scores.score),
            anytime_score=_over_seeds(scores.anytime_score),
            targets=[
                TargetMetrics(**{**vars(target), "restricted_mean": _interval(target.restricted_mean)})
                for target in scores.targets
            ],
            per_seed=[
                SeedMetrics(
                    seed=rows.seed,
                    convergence_payoff=float(converged[i]),
                    recommended_payoff=float(recommended[i]),
                    simple_regret=_item(scores.simple_regret, i),
                    score=_item(scores.score, i),
                    anytime_score=_item(scores.anytime_score, i),
                )
                for i, rows in enumerate(curves)
            ],
        )


def _interval(found: Estimate) -> Interval:
    return Interval(**asdict(found))


def _over_seeds(values: Floats | None) -> Interval | None:
    return None if values is None else _interval(mean_with_interval(values))


def _item(values: Floats | None, index: int) -> float | None:
    return None if values is None else float(values[index])
