"""An environment for tests: the payoff is highest in one place; instant, exact, with or without contexts."""

from __future__ import annotations

import numpy as np
from gymnasium import spaces

from policybench import (
    Description,
    Dimension,
    Environment,
    EnvironmentSpec,
    Option,
    Outcome,
    Problem,
    Timesteps,
    hookimpl,
)
from policybench.streams import generator


class Parabola(Environment):
    """The payoff is minus the squared distance to (0.3, 0.6), and some noise; in context 1 to (0.6, 0.3)."""

    def __init__(self, seeds, *, contexts=False, noise=0.0):
        super().__init__(seeds)
        self.with_contexts, self.noise = contexts, noise
        self.problem = Problem(
            action_space=spaces.Box(np.zeros(2, np.float32), np.array([1.0, 0.9], np.float32)),
            observation_space=spaces.Dict({"slope": spaces.Box(-9.0, 9.0, (40,), np.float64)}),
            steps=30,
            fine_levels=5,
            coarse_levels=3,
            context_space=spaces.MultiBinary(2) if contexts else None,
            description=Description(
                story="A gardener waters two plants.",
                action=(Dimension("fern", "water for the fern"), Dimension("cactus", "water for the cactus")),
                payoff="height of both plants",
                observation={"slope": "growth by day"},
                context="which plant is in bloom" if contexts else "",
            ),
        )

    def contexts(self, step):
        if not self.with_contexts:
            return None
        return np.array([[step % 2, 1 - step % 2] for _ in self.seeds])

    def evaluate(self, step, actions, *, gradient=False):
        return [self._one(seed, step, action) for seed, action in zip(self.seeds, actions, strict=True)]

    def _one(self, seed, step, action):
        best = (0.6, 0.3) if self.with_contexts and step % 2 else (0.3, 0.6)
        noise = self.noise * generator(seed, step, "noise").normal()
        payoff = -float(np.sum((action - best) ** 2)) + noise
        return Outcome(payoff, Timesteps(10, 2), {"slope": np.linspace(0, payoff, 40)})


@hookimpl
def policybench_environments():
    yield EnvironmentSpec(
        "parabola",
        "A parabola.",
        "policybench_parabola:Parabola",
        (
            Option("contexts", bool, False, "whether there are two contexts"),
            Option("noise", float, 0.0, "standard deviation of the payoff"),
        ),
    )
