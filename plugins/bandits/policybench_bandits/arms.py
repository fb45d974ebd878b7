"""The grid of actions that a bandit's arms stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policybench import InputError
from policybench.actions import grid
from policybench_bandits.box import bounds

if TYPE_CHECKING:
    from gymnasium.spaces import Box

    from policybench import Problem
    from policybench.outcome import Floats

MOST_ARMS = 1_000_000
"""Far more than any budget can try; a slip in ``levels`` must not fill the memory."""


def arms(space: Box, levels: int) -> Floats:
    """All combinations of equidistant levels in a bounded box, in the order of ``policybench.actions.grid``.

    Args:
        space: the box, shape [action_dim].
        levels: levels a dimension, at least 2.

    Returns:
        [levels ** action_dim, action_dim], of the box's dtype.

    Raises:
        InputError: the box is unbounded, or there would be more than ``MOST_ARMS`` arms.
    """
    bounds(space)
    (dimensions,) = space.shape
    n_arms = levels**dimensions
    if n_arms > MOST_ARMS:
        most = int(MOST_ARMS ** (1 / dimensions) + 1e-9)
        raise InputError(
            f"-p levels={levels}: {dimensions} action dimensions make {n_arms} arms; "
            f"allowed are {MOST_ARMS} arms, which are {most} levels"
        )
    return grid(space, levels)


def default_levels(problem: Problem, resolution: str) -> int:
    """The problem's own levels a dimension at a resolution, ``fine`` or ``coarse``."""
    try:
        return problem.grid_levels[resolution]
    except KeyError:
        raise InputError(
            f"levels: the environment recommends no {resolution} grid; give -p levels=N, an integer of at least 2"
        ) from None
