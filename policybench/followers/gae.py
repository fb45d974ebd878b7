"""Generalised advantage estimation (Schulman et al. 2016)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from policybench.compiled import compiled


@compiled
def estimate_advantages(
    rewards: NDArray[np.float32],
    values: NDArray[np.float32],
    discount: float,
    gae_lambda: float,
    advantages: NDArray[np.float32],
    returns: NDArray[np.float32],
) -> None:
    """Write advantages and, as the critic's target, advantages + values; all [n_steps, n_players].

    The last step ends the episode: what follows it is worth 0.
    """
    gamma = np.float32(discount)
    decay = np.float32(discount * gae_lambda)
    n_steps, n_players = rewards.shape
    for player in range(n_players):
        next_value = np.float32(0)
        advantage = np.float32(0)
        for t in range(n_steps - 1, -1, -1):
            value = values[t, player]
            advantage = rewards[t, player] + gamma * next_value - value + decay * advantage
            advantages[t, player] = advantage
            returns[t, player] = advantage + value
            next_value = value
