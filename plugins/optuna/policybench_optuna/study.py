"""Optuna's studies of the unit cube. Samplers are made anew for every question, so payoffs are all their state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, FloatDistribution
from optuna.samplers import BaseSampler, RandomSampler
from optuna.trial import TrialState, create_trial

if TYPE_CHECKING:
    from policybench_optuna.history import Points

optuna.logging.set_verbosity(optuna.logging.ERROR)


def new_study() -> optuna.Study:
    """An empty one, in memory."""
    return optuna.create_study(direction="maximize", sampler=RandomSampler(seed=0))


def add_payoffs(study: optuna.Study, points: Points, payoffs: Points) -> None:
    """Add a trial for each payoff: points [n, dimensions], payoffs [n]."""
    space = _space(points.shape[1])
    study.add_trials(
        [
            create_trial(params=dict(zip(space, point, strict=True)), distributions=space, value=payoff)
            for point, payoff in zip(points.tolist(), payoffs.tolist(), strict=True)
        ]
    )


def suggestion(study: optuna.Study, sampler: BaseSampler, dimensions: int) -> Points:
    """What a sampler suggests next, [dimensions]; its trial is closed at once, its payoff added as another one."""
    study.sampler = sampler
    space = _space(dimensions)
    trial = study.ask(space)
    study.tell(trial, state=TrialState.FAIL)
    return np.array([trial.params[name] for name in space])


def _space(dimensions: int) -> dict[str, BaseDistribution]:
    # Optuna orders dimensions by name.
    return {f"x{dimension:06}": FloatDistribution(0.0, 1.0) for dimension in range(dimensions)}
