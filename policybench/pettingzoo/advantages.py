"""Generalised advantage estimation (Schulman et al. 2016) where agents come and go."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from policybench.arrays import Floats


def estimate_advantages(
    rewards: Floats,
    values: Floats,
    continues: NDArray[np.bool_],
    bootstrap: Floats,
    track: NDArray[Any],
    *,
    discount: float,
    gae_lambda: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Advantages and, as the critic's target, advantages + values; all arrays are [n_samples].

    Args:
        rewards: for the sample's action.
        values: the critic's, before the action.
        continues: whether the same agent acts again in the next step, so that the next sample of its track
            follows this one.
        bootstrap: what follows a sample that does not continue: 0 where the agent terminated, the critic's value
            of its last observation where it was truncated.
        track: the agent (of a game) that a sample belongs to; a track's samples come in the order of time.
        discount: gamma.
        gae_lambda: lambda.
    """
    order = np.argsort(track, kind="stable")
    reward, value, following = (column[order].tolist() for column in (rewards, values, bootstrap))
    chained = continues[order].tolist()
    advantages = np.empty(len(rewards))
    next_value = advantage = 0.0
    for i in range(len(reward) - 1, -1, -1):
        if not chained[i]:
            next_value, advantage = following[i], 0.0
        advantage = reward[i] + discount * next_value - value[i] + discount * gae_lambda * advantage
        advantages[i] = advantage
        next_value = value[i]
    unsorted = np.empty_like(advantages)
    unsorted[order] = advantages
    return unsorted, unsorted + values
