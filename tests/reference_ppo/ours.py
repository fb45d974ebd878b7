"""Followers of policybench."""

from __future__ import annotations

import numpy as np
from gymnasium import spaces

from policybench import Description, Dimension
from policybench.pettingzoo import from_parallel_env

NOTHING = np.zeros((1, 1))


def environment(game, seed, *, episodes, validation=1, **settings):
    """The game under a principal whose action does nothing, and of which followers are told nothing."""
    return from_parallel_env(
        game.make,
        [seed],
        action_space=spaces.Box(0.0, 1.0, (1,), np.float64),
        description=Description("", (Dimension("nothing", "nothing"),), "", {"returns": ""}),
        training_episodes=episodes,
        validation_episodes=validation,
        sees_action=False,
        **(game.settings | settings),
    )


def learned(game, seed, *, episodes, validation):
    """The mean return of an agent in ``validation`` episodes after learning from ``episodes``, and their steps."""
    playing = environment(game, seed, episodes=episodes, validation=validation, workers=0)
    (outcome,) = playing.evaluate(0, NOTHING)
    playing.close()
    return outcome.payoff, outcome.timesteps.training
