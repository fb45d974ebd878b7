"""Two games to learn in: balancing a pole alone, and three agents that spread over landmarks."""

from __future__ import annotations

from typing import NamedTuple

import gymnasium
from mpe2 import simple_spread_v3
from pettingzoo import ParallelEnv


class Pole(ParallelEnv):
    """CartPole of Gymnasium as a game of one agent."""

    metadata = {"name": "pole"}  # noqa: RUF012 - as in the documentation of PettingZoo
    render_mode = None

    def __init__(self):
        self.game = gymnasium.make("CartPole-v1")
        self.possible_agents, self.agents = ["cart"], []

    def observation_space(self, agent):
        return self.game.observation_space

    def action_space(self, agent):
        return self.game.action_space

    def set_policy(self, action):
        pass

    def reset(self, seed=None, options=None):
        self.agents = ["cart"]
        observation, info = self.game.reset(seed=seed)
        return {"cart": observation}, {"cart": info}

    def step(self, actions):
        results = self.game.step(actions["cart"])
        if results[2] or results[3]:
            self.agents = []
        return tuple({"cart": result} for result in results)


def spread():
    game = simple_spread_v3.parallel_env(N=3, max_cycles=25)
    game.set_policy = lambda action: None
    return game


class Game(NamedTuple):
    """A game, and how PPO learns in it.

    Attributes:
        make: makes it.
        episodes: that followers learn from.
        steps: of both between two updates, in each copy, where no episode has ended before.
        settings: of PPO and of the followers, by our names.
    """

    make: object
    episodes: int
    steps: int
    settings: dict


_COMMON = {
    "hidden": 64,
    "learning_rate": 1e-3,
    "gae_lambda": 0.95,
    "clip": 0.2,
    "max_gradient_norm": 0.5,
    "value_coefficient": 0.5,
    "entropy_coefficient": 0.01,
}
GAMES = {
    "pole": Game(Pole, 160, 128, _COMMON | {"games": 8, "discount": 0.98, "epochs": 8, "minibatch": 128}),
    "simple_spread": Game(
        spread, 960, 25, _COMMON | {"games": 12, "discount": 0.9, "epochs": 4, "minibatch": 128}
    ),
}
