"""Optuna's Gaussian process sampler."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import torch  # noqa: F401 - the sampler imports it late, after `one_thread` has looked for it
from optuna.samplers import GPSampler

from policybench_optuna.black_box import BlackBox
from policybench_optuna.study import add_payoffs, new_study, suggestion

if TYPE_CHECKING:
    from policybench import Array, Problem
    from policybench_optuna.history import History, Points


class OptunaGP(BlackBox):
    """Fits a Gaussian process and takes the action of the largest logarithm of expected improvement.

    Runs ``optuna.samplers.GPSampler`` on the payoffs of the context, merged where they are more than
    ``max_points``. Its improvement is measured from the highest payoff, whether it was luck or not.
    """

    def __init__(self, problem: Problem, *, rng: np.random.Generator, startup: int, max_points: int) -> None:
        super().__init__(problem, rng=rng)
        self._startup, self._max_points = startup, max_points

    def suggest(self, context: Array | None, history: History) -> Points:
        """What the sampler suggests."""
        if len(history) < self._startup:
            return self.rng.random(self.dimensions)
        study = new_study()
        points, payoffs = history.points, history.payoffs
        if len(history) > self._max_points:
            points, payoffs, _ = history.summary(self._max_points, self.dimensions)
        add_payoffs(study, points, payoffs)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            sampler = GPSampler(n_startup_trials=1, seed=self.draw_seed())
            return suggestion(study, sampler, self.dimensions)
