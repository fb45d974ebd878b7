"""A run in a few numbers: metrics of its seeds, estimates over them, and what it cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from policybench import metrics
from policybench.outcome import Floats
from policybench.statistics import Estimate, mean_with_interval
from policybench.store import load_run


@dataclass(frozen=True)
class SeedSummary:
    """One seed's numbers; the recommendation is None until the run is finished."""

    seed: int
    convergence_payoff: float
    recommended_payoff: float | None
    recommended_action: list[float] | None


@dataclass(frozen=True)
class TargetSummary:
    """How fast one target was reached; runtimes are validation timesteps.

    Attributes:
        share: where the target lies on the way from floor to ceiling.
        payoff: the target.
        success_share: of the seeds.
        expected_running_time: None if no seed reached the target.
        restricted_mean: mean runtime, with unsuccessful seeds counted at the budget.
        runtimes: each seed's, None where the target was not reached.
    """

    share: float
    payoff: float
    success_share: float
    expected_running_time: float | None
    restricted_mean: Estimate
    runtimes: list[float | None]


@dataclass(frozen=True)
class Summary:
    """One run's numbers; estimates over seeds carry a 95% interval.

    ``score`` and ``anytime_score`` are on a scale from 0, uniformly random actions, to 1, the best known action;
    they and the targets are missing where the environment's references were never measured.
    """

    run: str
    status: str
    principal: str
    environment: str
    protocol: str
    seeds: int
    steps: int
    steps_done: int
    convergence_payoff: Estimate | None
    recommended_payoff: Estimate | None
    simple_regret: Estimate | None
    score: Estimate | None
    anytime_score: Estimate | None
    targets: list[TargetSummary]
    training_timesteps: int
    validation_timesteps: int
    seconds: float
    per_seed: list[SeedSummary]


def summarise(path: Path) -> Summary:
    """Read a run and score it.

    Raises:
        InputError: there is no run, or a file of it is damaged.
    """
    stored = load_run(path)
    manifest, seeds = stored.manifest, stored.manifest.protocol.seeds
    done = len(stored.steps) // len(seeds)
    rows = stored.steps[: done * len(seeds)]
    payoffs = _by_seed([row.payoff for row in rows], len(seeds))
    timesteps = _by_seed([row.timesteps.validation for row in rows], len(seeds))
    converged = metrics.convergence_payoff(payoffs) if done else None
    recommended = None
    if stored.final:
        recommended = metrics.recommended_payoff(_by_seed([row.payoff for row in stored.final], len(seeds)))

    floor, ceiling = manifest.reference.floor, manifest.reference.ceiling
    regret = score = anytime = None
    targets = []
    if floor is not None and ceiling is not None:
        if recommended is not None:
            regret = mean_with_interval(metrics.simple_regret(recommended, ceiling))
            score = mean_with_interval(metrics.normalised(recommended, floor, ceiling))
        if done:
            anytime = mean_with_interval(metrics.anytime_score(payoffs, timesteps, floor, ceiling))
            targets = [_target(payoffs, timesteps, floor, ceiling, share) for share in metrics.TARGETS]
    return Summary(
        run=str(path),
        status=manifest.status,
        principal=manifest.principal.variant,
        environment=manifest.environment.variant,
        protocol=manifest.protocol.label,
        seeds=len(seeds),
        steps=manifest.protocol.steps,
        steps_done=done,
        convergence_payoff=None if converged is None else mean_with_interval(converged),
        recommended_payoff=None if recommended is None else mean_with_interval(recommended),
        simple_regret=regret,
        score=score,
        anytime_score=anytime,
        targets=targets,
        training_timesteps=sum(row.timesteps.training for row in rows),
        validation_timesteps=sum(row.timesteps.validation for row in rows),
        seconds=sum(row.seconds for row in rows),
        per_seed=[
            SeedSummary(
                seed,
                float(converged[i]),
                None if recommended is None else float(recommended[i]),
                stored.final[i].action if stored.final else None,
            )
            for i, seed in enumerate(seeds)
            if converged is not None
        ],
    )


def _target(payoffs: Floats, timesteps: Floats, floor: float, ceiling: float, share: float) -> TargetSummary:
    payoff = floor + share * (ceiling - floor)
    runtimes = metrics.runtime(payoffs, timesteps, payoff)
    budgets = timesteps.sum(axis=1)
    expected = metrics.expected_running_time(runtimes, budgets)
    return TargetSummary(
        share=share,
        payoff=payoff,
        success_share=metrics.success_share(runtimes),
        expected_running_time=expected if np.isfinite(expected) else None,
        restricted_mean=mean_with_interval(metrics.restricted_runtime(runtimes, float(budgets.max()))),
        runtimes=[float(time) if np.isfinite(time) else None for time in runtimes],
    )


def _by_seed(values: Sequence[float], n_seeds: int) -> Floats:
    """[n_seeds, n] from values that are ordered by step, then seed."""
    return np.reshape(np.asarray(values, dtype=np.float64), (-1, n_seeds)).T
