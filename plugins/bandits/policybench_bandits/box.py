"""What the principals here need to know of an action space."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from policybench import InputError

if TYPE_CHECKING:
    from gymnasium.spaces import Box

    from policybench.outcome import Floats


def bounds(space: Box) -> tuple[Floats, Floats]:
    """Lowest and highest action, [action_dim] float64 each; raises ``InputError`` if they are not finite."""
    low, high = space.low.astype(np.float64), space.high.astype(np.float64)
    if not (np.isfinite(low).all() and np.isfinite(high).all()):
        raise InputError(
            f"the environment's actions lie between {low.tolist()} and {high.tolist()}; "
            f"this principal needs finite bounds"
        )
    return low, high


def middle(space: Box) -> Floats:
    """The centre of a bounded box, [action_dim]: the recommendation of those who know nothing."""
    low, high = bounds(space)
    return (low + (high - low) / 2).astype(space.dtype)
