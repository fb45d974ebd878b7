"""A game whose numbers have different bounds, with an exact gradient: what a relabelling must keep apart."""

from __future__ import annotations

import numpy as np
from gymnasium import spaces

from policybench import (
    Description,
    Dimension,
    Environment,
    EnvironmentSpec,
    Outcome,
    Problem,
    Reference,
    Timesteps,
    check_actions,
    hookimpl,
)

LOW, HIGH = np.array([0.0, -2.0, 1.0]), np.array([1.0, 2.0, 4.0])
PEAK, WEIGHTS = np.array([0.25, 1.5, 2.0]), np.array([1.0, 3.0, 0.5])
NAMES = ("tax", "toll", "fee")


class Uneven(Environment):
    """Pays most at ``PEAK``; a context is drawn and changes nothing."""

    def __init__(self, seeds):
        super().__init__(seeds)
        self.problem = Problem(
            action_space=spaces.Box(LOW, HIGH, dtype=np.float64),
            observation_space=spaces.Dict({"met": spaces.Box(-5.0, 5.0, (3,), np.float64)}),
            context_space=spaces.MultiBinary(1),
            steps=10,
            fine_levels=5,
            coarse_levels=3,
            description=Description(
                story="Three numbers are set.",
                action=(
                    Dimension("tax", "tax rate", Dimension("share kept", "what is kept: 1 minus the tax rate")),
                    Dimension("toll", "toll on the road"),
                    Dimension("fee", "fee at the gate"),
                ),
                payoff="closeness",
                observation={"met": "what was set, in the order tax, toll, fee"},
                context="says nothing",
            ),
            floor=Reference(-10.0, 0.1, "a guess"),
            ceiling=Reference(0.0, 0.1, "known", {"1": tuple(PEAK.tolist())}),
            has_gradient=True,
        )

    def contexts(self, step):
        return np.ones((len(self.seeds), 1), dtype=np.int8)

    def evaluate(self, step, actions, *, gradient=False):
        actions = check_actions(actions, len(self.seeds), self.problem.action_space)
        return [self._one(action, gradient) for action in actions]

    def _one(self, action, gradient):
        slopes = -2 * WEIGHTS * (action - PEAK)
        payoff = -float((WEIGHTS * (action - PEAK) ** 2).sum())
        parts = (slopes, np.arange(1.0, 4.0)) if gradient else (None, None)
        return Outcome(payoff, Timesteps(0, 1), {"met": action.copy()}, *parts)


SPEC = EnvironmentSpec("uneven", "Numbers with different bounds.", Uneven)


@hookimpl
def policybench_environments():
    yield SPEC
