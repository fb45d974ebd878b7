"""An environment whose contexts are hard to tell apart."""

from __future__ import annotations

import numpy as np
from gymnasium import spaces

from policybench import Description, Dimension, Environment, EnvironmentSpec, Option, Outcome, Problem, Timesteps
from policybench.plugins import Plugin
from policybench.streams import generator


class Nearby(Environment):
    """Two contexts that differ in the ninth digit; in one of them high actions pay, in the other low ones.

    With ``continuous`` every context is a real number that never comes again.
    """

    def __init__(self, seeds, continuous):
        super().__init__(seeds)
        self.continuous = continuous
        self.problem = Problem(
            action_space=spaces.Box(0.0, 1.0, (1,), np.float64),
            observation_space=spaces.Dict({}),
            steps=10,
            fine_levels=21,
            coarse_levels=11,
            description=Description("", (Dimension("toll", ""),), ""),
            context_space=spaces.Box(0.0, 2.0, (1,), np.float64),
        )

    def contexts(self, step):
        streams = [generator(seed, step, "context") for seed in self.seeds]
        if self.continuous:
            return np.array([[stream.random()] for stream in streams])
        return np.array([[1 + 1e-8 * stream.integers(2)] for stream in streams])

    def evaluate(self, step, actions, *, gradient=False):
        signs = np.where(self.contexts(step)[:, 0] > 1, 1, -1)
        return [Outcome(float(payoff), Timesteps(1, 1)) for payoff in signs * actions[:, 0]]


SPEC = EnvironmentSpec(
    "nearby",
    "contexts that differ in the ninth digit",
    Nearby,
    options=(Option("continuous", bool, False, "Contexts never come again."),),
)
PLUGIN = Plugin(SPEC, "policybench-nearby", "0")
LOW, HIGH = "1", "1.00000001"
"""Keys of the contexts in which low and in which high actions pay."""
