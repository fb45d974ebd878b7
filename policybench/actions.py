"""Actions that come from users: checked against the action space, with a message that they can act on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from gymnasium import spaces

from policybench.arrays import Floats
from policybench.errors import InputError


def check_action(given: str, action: Sequence[float], space: spaces.Box) -> Floats:
    """The action as an array, [action_dim].

    Args:
        given: how the user gave it, for the message: ``-p action=0.2,0.5``.
        action: its numbers.
        space: where it must lie.

    Raises:
        InputError: it has the wrong length or lies outside the space.
    """
    bounds = ", ".join(f"[{low:g}, {high:g}]" for low, high in zip(space.low, space.high, strict=True))
    if len(action) != space.shape[0]:
        raise InputError(f"{given}: has {len(action)} numbers, takes {space.shape[0]}, in {bounds}")
    values = np.asarray(action, dtype=np.float64)
    # Compared in the space's own precision: 0.9 is in a float32 box that ends at 0.9.
    if not space.contains(values.astype(space.dtype)):
        raise InputError(f"{given}: out of range, takes {space.shape[0]} numbers in {bounds}")
    return values


def check_actions(actions: Floats, n_seeds: int, space: spaces.Box, name: str = "action") -> Floats:
    """What ``Environment.evaluate`` is given, checked, [n_seeds, action_dim].

    Args:
        actions: [n_seeds, action_dim].
        n_seeds: how many rows there must be.
        space: where each row must lie.
        name: what an action is called, for the message.

    Raises:
        InputError: there are more or fewer rows, or one has the wrong length or lies outside the space.
    """
    if np.ndim(actions) != 2 or len(actions) != n_seeds:
        raise InputError(f"{name}s of shape {np.shape(actions)}: takes one a seed, ({n_seeds}, {space.shape[0]})")
    rows = [check_action(f"{name} {row}", row.tolist(), space) for row in np.asarray(actions)]
    return np.array(rows)


def parse_action(flag: str, text: str, space: spaces.Box) -> Floats:
    """An action from text such as ``0.1,0.5,0.9``; raises ``InputError`` as ``check_action`` does."""
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        raise InputError(f"{flag} {text}: takes {space.shape[0]} numbers separated by commas") from None
    return check_action(f"{flag} {text}", numbers, space)
