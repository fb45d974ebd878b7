"""A noisy quadratic whose gradient is known exactly."""

from __future__ import annotations

import numpy as np
from gymnasium import spaces

from policybench import (
    Description,
    Dimension,
    Environment,
    Outcome,
    Problem,
    Timesteps,
)
from policybench.streams import generator

BEST = np.array([[0.5, 2.4], [1.7, 1.2]])
"""The best action without context or in the first context, and in the second."""


class Quadratic(Environment):
    """Pays 10 less the squared distance to the best action, which may depend on a context, and noise."""

    def __init__(self, seeds, *, context, noise, control):
        super().__init__(seeds)
        self._context, self._noise, self._control = context, noise, control
        self.problem = Problem(
            action_space=spaces.Box(0.0, 3.0, (2,), np.float64),
            observation_space=spaces.Dict(
                {"payoff": spaces.Box(-20.0, 20.0, (1,)), "unbounded": spaces.Box(-np.inf, np.inf, (2,))}
            ),
            steps=300,
            fine_levels=7,
            coarse_levels=4,
            description=Description(story="", action=(Dimension("x", ""),) * 2, payoff=""),
            context_space=spaces.MultiBinary(2) if context else None,
            has_gradient=True,
        )

    def _active(self, step):
        if not self._context:
            return [0] * len(self.seeds)
        return [int(generator(seed, step, "context").integers(2)) for seed in self.seeds]

    def contexts(self, step):
        return np.eye(2, dtype=np.int8)[self._active(step)] if self._context else None

    def evaluate(self, step, actions, *, gradient=False):
        outcomes = []
        for seed, action, active in zip(self.seeds, actions, self._active(step), strict=True):
            luck = generator(seed, step, "noise").normal(size=5)
            payoff = 10 - float(((action - BEST[active]) ** 2).sum()) + self._noise * luck[0]
            slope = -2 * (action - BEST[active]) + self._noise * luck[1:3]
            # With control: an estimate that is useless unless the baseline is subtracted from it.
            control = 20 * luck[3:] if self._control else None
            outcomes.append(
                Outcome(
                    payoff,
                    Timesteps(10, 10),
                    {"payoff": np.array([payoff]), "unbounded": luck[:2]},
                    gradient=(slope + payoff * control if self._control else slope) if gradient else None,
                    baseline_gradient=control if gradient else None,
                )
            )
        return outcomes
