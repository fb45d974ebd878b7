"""The game, its tax, and what the principal is told; ``policybench.pettingzoo`` makes an environment of it.

Three agents shall spread over three landmarks (``mpe2.simple_spread_v3``). A step in which an agent pushes itself
costs the public 1, which the agents do not feel; the principal's action is the tax that makes them feel it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from gymnasium import spaces
from mpe2 import simple_spread_v3
from numpy.typing import NDArray
from pettingzoo.utils import BaseParallelWrapper

from policybench import Description, Dimension, Environment
from policybench.pettingzoo import from_parallel_env

N_AGENTS = 3
NOTHING = 0
PUBLIC_COST = 1.0
MAX_STEPS = 25


class TaxedSpread(BaseParallelWrapper):  # type: ignore[misc]
    """Simple Spread with a tax on moving; the principal wants what the game pays less what moving costs."""

    def __init__(self) -> None:
        super().__init__(simple_spread_v3.parallel_env(N=N_AGENTS, max_cycles=MAX_STEPS, render_mode="rgb_array"))
        self.tax = np.zeros(1)

    def set_policy(self, action: NDArray[np.float64]) -> None:
        """Set the tax, [1], for a step in which an agent pushes itself; it holds for all episodes that follow."""
        self.tax = action

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> Any:
        """Begin an episode."""
        self.paid = self.moves = self.steps = 0.0
        return super().reset(seed=seed, options=options)

    def step(self, actions: dict[str, int]) -> Any:
        """As in the game, but agents are paid what is left after the tax."""
        observations, rewards, terminations, truncations, infos = super().step(actions)
        moving = {agent: action != NOTHING for agent, action in actions.items()}
        self.paid += sum(rewards.values()) / N_AGENTS
        self.moves += sum(moving.values()) / N_AGENTS
        self.steps += 1
        taxed = {agent: reward - self.tax[0] * moving[agent] for agent, reward in rewards.items()}
        return observations, taxed, terminations, truncations, infos

    def payoff(self) -> float:
        """What the episode was worth to the principal."""
        return self.paid - PUBLIC_COST * self.moves

    def principal_observation(self) -> dict[str, NDArray[np.float64]]:
        """What the principal sees of the episode."""
        return {"moving": np.array([self.moves / self.steps])}


def taxed_spread(seeds: Sequence[int], **followers: Any) -> Environment:
    """The factory of the spec: agents that learn by PPO under the tax."""
    return from_parallel_env(
        TaxedSpread,
        seeds,
        action_space=spaces.Box(-2.0, 2.0, (1,), np.float64),
        observation_space=spaces.Dict({"moving": spaces.Box(0.0, 1.0, (1,), np.float64)}),
        description=Description(
            story="Three agents shall spread over three landmarks; moving costs the public 1 a step and is taxed.",
            action=(
                Dimension(
                    "tax on pushing", "tax for each step in which an agent pushes itself; negative: a payment"
                ),
            ),
            payoff="what the game pays an agent in an episode, less 1 for each step in which it pushes itself",
            observation={"moving": "share of steps in which agents push themselves"},
        ),
        steps=200,
        **followers,
    )
