"""Games that are odd in their luck, in what they do with the principal's action, or in moving by turns."""

from __future__ import annotations

import numpy as np
from pettingzoo import AECEnv

from odd_games.plain import ODD, Plain, odd


@odd
class GlobalLuck(Plain):
    """Draws from NumPy's global generator, which it seeds."""

    def reset(self, seed=None, options=None):
        np.random.seed(seed)
        return super().reset(seed)

    def look(self):
        return np.random.uniform(-1, 1, 2).astype(np.float32)


@odd
class UnseededLuck(Plain):
    def look(self):
        return np.random.default_rng().uniform(-1, 1, 2).astype(np.float32)


@odd
class LeftOver(Plain):
    """A stock that reset does not refill."""

    stock = 100.0

    def step(self, actions):
        self.stock *= 0.999
        observations, rewards, *others = super().step(actions)
        return observations, {agent: reward + self.stock for agent, reward in rewards.items()}, *others


@odd
class ForgetsThePolicy(Plain):
    def reset(self, seed=None, options=None):
        self.pay = np.zeros(2)
        return super().reset(seed)


class InTurns(AECEnv):
    """Agents act one after the other."""

    metadata = {"name": "in turns"}  # noqa: RUF012

    def __init__(self):
        super().__init__()
        self.possible_agents = ["a", "b"]

    def set_policy(self, action):
        self.pay = action


ODD["InTurns"] = InTurns


@odd
class LooksLikeTurns(Plain):
    """An AEC game by its methods, not by its class."""

    def agent_iter(self):
        return iter(self.agents)

    def last(self):
        return None
