"""What an episode leaves behind, for followers to learn from."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from policybench.followers.encoder import FEATURES


class Trajectory(NamedTuple):
    """One episode of one game; the first two axes are game steps and followers.

    Attributes:
        views: [n_steps, n_players, height, width] uint8, symbols.
        poses: [n_steps, n_players] int32, where each follower stood and faced; rows of ``Encoder.ground``.
        features: [n_steps, n_players, 128] float32, the core's.
        actions: [n_steps, n_players] uint8.
        probabilities: [n_steps, n_players] float32, of the actions taken.
        values: [n_steps, n_players] float32, the critic's.
        rewards: [n_steps, n_players] float32, what followers learn from.
    """

    views: NDArray[np.uint8]
    poses: NDArray[np.int32]
    features: NDArray[np.float32]
    actions: NDArray[np.uint8]
    probabilities: NDArray[np.float32]
    values: NDArray[np.float32]
    rewards: NDArray[np.float32]


def make_trajectory(n_steps: int, n_players: int, view: tuple[int, int]) -> Trajectory:
    """An empty trajectory; ``view`` is the height and width of a view."""
    shape = (n_steps, n_players)
    return Trajectory(
        views=np.zeros((*shape, *view), dtype=np.uint8),
        poses=np.zeros(shape, dtype=np.int32),
        features=np.zeros((*shape, FEATURES), dtype=np.float32),
        actions=np.zeros(shape, dtype=np.uint8),
        probabilities=np.ones(shape, dtype=np.float32),
        values=np.zeros(shape, dtype=np.float32),
        rewards=np.zeros(shape, dtype=np.float32),
    )
