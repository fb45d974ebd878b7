"""Small games, each with one property that the road must get right."""

from __future__ import annotations

import numpy as np
from gymnasium import spaces
from pettingzoo import ParallelEnv

from policybench import Description, Dimension
from policybench.pettingzoo import from_parallel_env

SIGHTS = {
    "vector": spaces.Box(-1.0, 1.0, (2,), np.float32),
    "symbols": spaces.Box(0, 3, (2, 3), np.uint8),
    "image": spaces.Box(0, 255, (16, 16, 3), np.uint8),
    "discrete": spaces.Discrete(5),
}


class Choices(ParallelEnv):
    """In each step an agent picks 0, 1 or 2; the principal pays action[i] for choice i.

    The bound of the agents is the principal's will: nothing else pays. Agent ``b`` leaves after ``leaves`` steps.
    """

    def __init__(self, sight="vector", length=10, leaves=10, render_mode=None, truncates=True):
        self.metadata = {"name": "choices", "render_modes": ["rgb_array"]}
        self.possible_agents = ["a", "b"]
        self.agents = []
        self.space, self.length, self.leaves = SIGHTS[sight], length, leaves
        self.render_mode, self.truncates = render_mode, truncates
        self.pay = np.zeros(3)

    def observation_space(self, agent):
        return self.space

    def action_space(self, agent):
        return spaces.Discrete(3)

    def set_policy(self, action):
        self.pay = action

    def reset(self, seed=None, options=None):
        self.rng = np.random.default_rng(seed)
        self.agents = self.possible_agents[:]
        self.t, self.counts = 0, np.zeros(3)
        return self._see(), {}

    def step(self, actions):
        assert set(actions) == set(self.agents)
        self.t += 1
        rewards = {}
        for agent, action in actions.items():
            self.counts[action] += 1
            rewards[agent] = self.pay[action] + 0.01 * self.rng.normal()
        over = self.t >= self.length
        ended = {agent: agent == "b" and self.t >= self.leaves for agent in self.agents}
        cut = {agent: over and not ended[agent] for agent in self.agents}
        if not self.truncates:
            ended, cut = {agent: ended[agent] or over for agent in self.agents}, dict.fromkeys(self.agents, False)
        observations = self._see()
        self.agents = [agent for agent in self.agents if not ended[agent] and not cut[agent]]
        return observations, rewards, ended, cut, {}

    def render(self):
        return np.full((4, 4, 3), self.t, np.uint8)

    def _see(self):
        space = self.space
        if isinstance(space, spaces.Discrete):
            return {agent: np.int64(self.rng.integers(space.n)) for agent in self.agents}
        if space.dtype == np.float32:
            return {agent: self.rng.uniform(-1, 1, space.shape).astype(np.float32) for agent in self.agents}
        high = int(space.high.max()) + 1
        return {agent: self.rng.integers(0, high, space.shape).astype(np.uint8) for agent in self.agents}


def share_of(episode):
    """What the principal sees: how often each choice was made."""
    counts = episode.env.counts
    return {"chosen": counts / counts.sum()}


def choices(seeds, make=Choices, **settings):
    """The game as an environment; the payoff is how often choice 2 was made."""
    defaults = {
        "action_space": spaces.Box(0.0, 1.0, (3,), np.float64),
        "description": Description(
            "A choice of three.",
            tuple(Dimension(name, f"number {name}") for name in "abc"),
            "share of choice 2",
            {"chosen": "shares"},
        ),
        "observation_space": spaces.Dict({"chosen": spaces.Box(0.0, 1.0, (3,), np.float64)}),
        "payoff": lambda episode: episode.env.counts[2] / episode.env.counts.sum(),
        "observation": share_of,
        "training_episodes": 2,
        "hidden": 16,
    }
    return from_parallel_env(make, seeds, **(defaults | settings))
