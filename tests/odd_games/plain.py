"""A plain game, and what makes odd ones of it."""

from __future__ import annotations

import numpy as np
from gymnasium import spaces
from pettingzoo import ParallelEnv

from policybench import Description
from policybench.pettingzoo import from_parallel_env

NOTHING = np.zeros(2, np.float32)
ODD = {}


def odd(game):
    ODD[game.__name__] = game
    return game


class Plain(ParallelEnv):
    """Two agents choose 0 or 1, and are paid what the principal set for it; nothing is odd about it."""

    metadata = {"name": "plain"}  # noqa: RUF012 - as in the documentation of PettingZoo
    render_mode = None
    length = 6
    sight = spaces.Box(-1.0, 1.0, (2,), np.float32)

    def __init__(self):
        self.possible_agents = ["a", "b"]
        self.agents = []
        self.pay = np.zeros(2)

    def observation_space(self, agent):
        return self.sight

    def action_space(self, agent):
        return spaces.Discrete(2)

    def set_policy(self, action):
        self.pay = action

    def look(self):
        return NOTHING

    def reset(self, seed=None, options=None):
        self.rng = np.random.default_rng(seed)
        self.agents = self.possible_agents[:]
        self.time = 0
        return {agent: self.look() for agent in self.agents}, {agent: {} for agent in self.agents}

    def step(self, actions):
        self.time += 1
        agents, over = self.agents[:], self.time >= self.length
        rewards = {agent: float(self.pay[actions[agent]]) for agent in agents}
        if over:
            self.agents = []
        return (
            {agent: self.look() for agent in agents},
            rewards,
            dict.fromkeys(agents, False),
            dict.fromkeys(agents, over),
            {agent: {} for agent in agents},
        )


def changes(*places):
    """A game whose steps return other things at these places of the five."""

    def decorate(change):
        def step(self, actions):
            result = list(Plain.step(self, actions))
            for place in places:
                result[place] = change(self, result[place])
            return tuple(result)

        return odd(type(change.__name__, (Plain,), {"step": step}))

    return decorate


def shows(name, value, sight=Plain.sight):
    """A game that shows something special."""
    look = value if callable(value) else lambda self: value
    return odd(type(name, (Plain,), {"look": look, "sight": sight}))


def odd_environment(game, **settings):
    """The game as an environment of one seed, with little learning."""
    defaults = {
        "action_space": spaces.Box(0.0, 1.0, (2,), np.float64),
        "description": Description("A choice.", ("for 0", "for 1"), "mean return", {"returns": "of each agent"}),
        "training_episodes": 2,
        "hidden": 8,
    }
    return from_parallel_env(ODD.get(game, game), settings.pop("seeds", [0]), **(defaults | settings))
