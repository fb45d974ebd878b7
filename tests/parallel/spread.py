"""Somebody else's game with a principal: Simple Spread of MPE2, where moving costs the public and is taxed.

Three agents shall spread over three landmarks (``mpe2.simple_spread_v3``). A step in which an agent pushes itself
costs the public 1, which the agents do not feel; the principal's action is the tax that makes them feel it.
"""

from __future__ import annotations

import numpy as np
from gymnasium import spaces
from mpe2 import simple_spread_v3
from pettingzoo.utils import BaseParallelWrapper

from policybench import Description
from policybench.followers import from_parallel_env

NOTHING = 0
PUBLIC_COST = 1.0
MAX_STEPS = 25


class TaxedSpread(BaseParallelWrapper):
    """Simple Spread with a tax on moving; the principal wants what the game pays less what moving costs."""

    def __init__(self):
        super().__init__(simple_spread_v3.parallel_env(N=3, max_cycles=MAX_STEPS))
        self.tax = np.zeros(1)

    def set_policy(self, action):
        self.tax = action

    def reset(self, seed=None, options=None):
        self.paid = self.moves = self.steps = 0
        return super().reset(seed=seed, options=options)

    def step(self, actions):
        observations, rewards, terminations, truncations, infos = super().step(actions)
        moving = {agent: action != NOTHING for agent, action in actions.items()}
        self.paid += sum(rewards.values()) / 3
        self.moves += sum(moving.values()) / 3
        self.steps += 1
        taxed = {agent: reward - self.tax[0] * moving[agent] for agent, reward in rewards.items()}
        return observations, taxed, terminations, truncations, infos

    def payoff(self):
        return self.paid - PUBLIC_COST * self.moves

    def principal_observation(self):
        return {"moving": np.array([self.moves / self.steps])}


def taxed_spread(seeds, **followers):
    """The factory of a spec."""
    return from_parallel_env(
        TaxedSpread,
        seeds,
        action_space=spaces.Box(-2.0, 2.0, (1,), np.float64),
        observation_space=spaces.Dict({"moving": spaces.Box(0.0, 1.0, (1,), np.float64)}),
        description=Description(
            story="Three agents shall spread over three landmarks; moving costs the public 1 a step and is taxed.",
            action=("tax for each step in which an agent pushes itself; negative: a payment",),
            payoff="what the game pays an agent in an episode, less 1 for each step in which it pushes itself",
            observation={"moving": "share of steps in which agents push themselves"},
        ),
        **followers,
    )
