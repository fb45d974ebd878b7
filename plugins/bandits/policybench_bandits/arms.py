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
        if most < 2:
            raise InputError(
                f"{dimensions} action dimensions make {2**dimensions} arms with 2 levels each; at most "
                f"{MOST_ARMS} are allowed, so that no bandit can play this environment"
            )
        raise InputError(
            f"-p levels={levels}: {levels} levels in each of {dimensions} dimensions are {n_arms} arms; at most "
            f"{MOST_ARMS} are allowed, which is -p levels=2 to {most} here"
        )
    return grid(space, levels)
