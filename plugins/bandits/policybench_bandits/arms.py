"""The grid of actions that a bandit's arms stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policybench import InputError
from policybench.actions import grid

if TYPE_CHECKING:
    from gymnasium.spaces import Box

    from policybench import Floats

MOST_ARMS = 1_000_000
"""Far more than any budget can try; a slip in ``levels`` must not fill the memory."""


def arms(space: Box, levels: int) -> Floats:
    """All combinations of equidistant levels in a box, in the order of ``policybench.actions.grid``.

    Args:
        space: the box, shape [action_dim].
        levels: levels a dimension, at least 2.

    Returns:
        [levels ** action_dim, action_dim], of the box's dtype.

    Raises:
        InputError: there would be more than ``MOST_ARMS`` arms.
    """
    (dimensions,) = space.shape
    n_arms = levels**dimensions
    if n_arms > MOST_ARMS:
        most = int(MOST_ARMS ** (1 / dimensions) + 1e-9)
        raise InputError(
            f"-p levels={levels}: {dimensions} action dimensions make {n_arms} arms; "
            f"allowed are {MOST_ARMS} arms, which are {most} levels"
        )
    return grid(space, levels)
