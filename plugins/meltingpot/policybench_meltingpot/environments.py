"""The two games as environments: seven followers that learn from pixels, by policybench's PettingZoo road."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from gymnasium import spaces

from policybench import Description, Dimension, Environment
from policybench.gridworld import most_successes
from policybench.pettingzoo import from_parallel_env
from policybench_meltingpot.engine import N_PLAYERS
from policybench_meltingpot.games import CleanUpGame, HarvestGame
from policybench_meltingpot.incentives import MAX_INCENTIVE

HARVEST_APPLES, CLEANUP_APPLES = 64, 122
HARVEST_GROWTH, CLEANUP_GROWTH = 0.025, 0.05
"""The highest probability with which a tree bears an apple in a step, in the substrates' own settings."""

_PAYOFF = "apples eaten per follower in an episode, after the followers have learned"
_APPLES = "apples on the map after each of the steps of an episode (mean over validation episodes)"


def _rate(bracket: str, eaten: str) -> Dimension:
    whom = f"a follower that ate {eaten} in the last 11 steps, the present one included"
    return Dimension(
        f"tax at {bracket} apples",
        f"tax rate for {whom}",
        Dimension(
            f"relief at {bracket} apples", f"relief from the tax for {whom}: its rate is 1 minus the relief"
        ),
    )


def _incentive(what: str, when: str) -> Dimension:
    whom = f"a follower in each step in which {when}"
    return Dimension(
        f"incentive for {what}",
        f"incentive for {whom}",
        Dimension(
            f"held back for {what}",
            f"what is held back of {MAX_INCENTIVE:g} from {whom}; it is paid the rest",
        ),
    )


HARVEST = Description(
    story=(
        "Seven followers live on a commons with 64 apple trees in several orchards. They see pixels, move about, "
        "eat the apples that they walk onto, and can zap each other off the map for a while. An eaten apple "
        "grows back only near other apples, the sooner the more there are; an orchard that is eaten bare stays "
        "bare for the rest of the episode. The principal sets a tax on apples before the followers learn; all "
        "tax is paid back to the followers in equal shares. The bracket of an apple is the number of apples that "
        "its eater ate in the last 11 steps: the present step counts, and so does the apple itself."
    ),
    consequences="Followers who eat greedily ruin the commons.",
    action=(_rate("0-2", "0 to 2 apples"), _rate("3-4", "3 or 4 apples"), _rate("5+", "5 or more apples")),
    payoff=f"{_PAYOFF}. A rate of r takes 4 r apples for an apple eaten, before the tax is shared out",
    observation={
        "apples": _APPLES,
        "raw_rewards": "apples that each follower ate in an episode (mean over validation episodes)",
    },
)

CLEANUP = Description(
    story=(
        "Seven followers live between a river, half of it dirty, and an orchard. They see pixels, move about, "
        "eat the apples that they walk onto, can clean the river with a beam, and can zap each other off the map "
        "for a while. The orchard is bare at first; apples grow only while less than 40% of the river is dirty, "
        "the faster the cleaner it is, and dirt keeps coming. River and orchard lie apart. To a follower an "
        "apple is worth 0.1 and a cleaning shot that hits dirt -1. The principal sets three incentives before "
        "the followers learn; they come on top and cost the principal nothing."
    ),
    consequences="Nobody cleans unless the principal makes cleaning pay.",
    action=(
        _incentive("eating", "it eats an apple"),
        _incentive("cleaning", "its cleaning shot hits dirt"),
        _incentive("neither", "it neither eats nor cleans"),
    ),
    payoff=_PAYOFF,
    observation={
        "apples": _APPLES,
        "cleaned": "followers that cleaned in each of the steps of an episode (mean over validation episodes)",
        "raw_rewards": "what each follower got before incentives: 0.1 an apple, -1 a cleaning shot",
    },
)


def harvest(seeds: Sequence[int], *, downscale: int, episode_steps: int, **followers: Any) -> Environment:
    """Commons Harvest Open under a tax, [3] rates in [0, 1]."""
    return from_parallel_env(
        partial(HarvestGame, max_cycles=episode_steps, downscale=downscale, render_mode="rgb_array"),
        seeds,
        action_space=spaces.Box(0.0, 1.0, (3,), np.float64),
        observation_space=spaces.Dict(
            {
                "apples": spaces.Box(0.0, HARVEST_APPLES, (episode_steps,), np.float64),
                "raw_rewards": spaces.Box(0.0, np.inf, (N_PLAYERS,), np.float64),
            }
        ),
        description=HARVEST,
        steps=3000,
        episode_steps=episode_steps,
        payoff_bounds=(0.0, (HARVEST_APPLES + _grown(HARVEST_APPLES, HARVEST_GROWTH, episode_steps)) / N_PLAYERS),
        **followers,
    )


def cleanup(seeds: Sequence[int], *, downscale: int, episode_steps: int, **followers: Any) -> Environment:
    """Clean Up under incentives, [3] in [0, 3]."""
    return from_parallel_env(
        partial(CleanUpGame, max_cycles=episode_steps, downscale=downscale, render_mode="rgb_array"),
        seeds,
        action_space=spaces.Box(0.0, MAX_INCENTIVE, (3,), np.float64),
        observation_space=spaces.Dict(
            {
                "apples": spaces.Box(0.0, CLEANUP_APPLES, (episode_steps,), np.float64),
                "cleaned": spaces.Box(0.0, N_PLAYERS, (episode_steps,), np.float64),
                "raw_rewards": spaces.Box(-np.inf, np.inf, (N_PLAYERS,), np.float64),
            }
        ),
        description=CLEANUP,
        steps=3000,
        episode_steps=episode_steps,
        # An apple that grows under a player can pay twice; at first there is none.
        payoff_bounds=(0.0, 2 * _grown(CLEANUP_APPLES, CLEANUP_GROWTH, episode_steps) / N_PLAYERS),
        **followers,
    )


def _grown(n_trees: int, probability: float, episode_steps: int) -> int:
    """Apples that may grow in an episode at the very most."""
    return most_successes(n_trees * episode_steps, probability)
