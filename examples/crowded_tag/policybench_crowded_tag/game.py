"""The game, its bonus and its fine, and what the principal is told; ``policybench.pettingzoo`` does the rest.

Three pursuers chase a runner, who is faster (``mpe2.simple_tag_v3``). They see other things than the runner does,
so they are two roles. The public wants the runner in view; it suffers when pursuers crowd. The game pays for
touching the runner alone: the principal sets what pursuers get for having it in view, and what they pay for
crowding.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from gymnasium import spaces
from mpe2 import simple_tag_v3
from numpy.typing import NDArray
from pettingzoo.utils import BaseParallelWrapper

from policybench import Description, Dimension, Environment, load_references
from policybench.pettingzoo import from_parallel_env

from . import OPTIONS

PURSUERS = 3
MAX_STEPS = 25
NEAR = 0.5
"""Who is closer has another agent in view, or crowds it; the place is 2 wide."""

REFERENCE = Path(__file__).with_name("reference.json")


class CrowdedTag(BaseParallelWrapper):  # type: ignore[misc]
    """Simple Tag in which pursuers get a bonus for watching the runner, and are fined for crowding one another."""

    def __init__(self) -> None:
        super().__init__(
            simple_tag_v3.parallel_env(
                num_good=1, num_adversaries=PURSUERS, max_cycles=MAX_STEPS, render_mode="rgb_array"
            )
        )
        self.bonus = self.fine = 0.0

    def set_policy(self, action: NDArray[np.float64]) -> None:
        """Set bonus and fine, [2]; they hold for all episodes that follow."""
        self.bonus, self.fine = action.tolist()

    def reset(self, seed: int | None = None, options: dict[str, Any] | None = None) -> Any:
        """Begin an episode."""
        self.watched = self.crowding = self.steps = 0
        return super().reset(seed=seed, options=options)

    def step(self, actions: dict[str, int]) -> Any:
        """As in the game, but pursuers also get the bonus and pay the fine."""
        observations, rewards, terminations, truncations, infos = super().step(actions)
        places = np.array([agent.state.p_pos for agent in self.unwrapped.world.agents])
        close = np.linalg.norm(places[:, None] - places[None], axis=2) < NEAR
        watches = close[:PURSUERS, PURSUERS]
        others = close[:PURSUERS, :PURSUERS].sum(axis=1) - 1
        self.watched += int(watches.any())
        self.crowding += int(others.sum()) // 2
        self.steps += 1
        pay = self.bonus * watches - self.fine * others
        for agent, extra in zip(self.possible_agents[:PURSUERS], pay.tolist(), strict=True):
            if agent in rewards:
                rewards[agent] += extra
        return observations, rewards, terminations, truncations, infos

    def payoff(self) -> float:
        """What the episode was worth to the public."""
        return float(self.watched - self.crowding)

    def principal_observation(self) -> dict[str, NDArray[np.float64]]:
        """What the principal sees of the episode."""
        return {
            "watched": np.array([self.watched / self.steps]),
            "crowding": np.array([self.crowding / self.steps]),
        }


def crowded_tag(seeds: Sequence[int], **followers: Any) -> Environment:
    """The factory of the spec; floor and ceiling hold for the default options."""
    measured = all(followers[option.name] == option.default for option in OPTIONS)
    floor, ceiling = load_references(REFERENCE) if measured else (None, None)
    return from_parallel_env(
        CrowdedTag,
        seeds,
        action_space=spaces.Box(0.0, 8.0, (2,), np.float64),
        observation_space=spaces.Dict(
            {
                "watched": spaces.Box(0.0, 1.0, (1,), np.float64),
                "crowding": spaces.Box(0.0, PURSUERS * (PURSUERS - 1) / 2, (1,), np.float64),
            }
        ),
        description=Description(
            story=(
                "Three pursuers chase a runner, who is faster, for 25 steps. They get 10 whenever one of them "
                "touches it, which costs the runner 10, and a bonus and a fine that the principal sets before all "
                "of them learn. The public gains 1 in each step in which a pursuer is near the runner, and loses "
                "1 for each pair of pursuers that are near each other."
            ),
            action=(
                Dimension("bonus", "what a pursuer gets for each step in which it is near the runner"),
                Dimension("fine", "what a pursuer pays in each step for each other pursuer that is near it"),
            ),
            payoff="1 a step in which the runner is watched, less 1 a step for each pair that crowds; per episode",
            observation={
                "watched": "share of steps in which a pursuer is near the runner",
                "crowding": "pairs of pursuers that are near each other, per step",
            },
        ),
        steps=200,
        floor=floor,
        ceiling=ceiling,
        payoff_bounds=(-MAX_STEPS * PURSUERS * (PURSUERS - 1) / 2, MAX_STEPS),
        **followers,
    )
