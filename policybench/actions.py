"""Actions: grids of them, and a check of those that come from users, with a message that they can act on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from gymnasium import spaces

from policybench.arrays import Array, Floats
from policybench.errors import InputError

__all__ = ["check_action", "check_actions", "grid", "grid_sample", "parse_action"]


def grid(space: spaces.Box, levels: int, chosen: Array | None = None) -> Floats:
    """Combinations of equidistant levels in a bounded box, its ends included.

    The first combination is the box's lowest corner; the last dimension counts fastest.

    Args:
        space: the box, of shape [action_dim], with finite bounds.
        levels: levels a dimension, at least 2.
        chosen: [n], the numbers of the combinations that are wanted; all ``levels ** action_dim`` by default.

    Returns:
        [n, action_dim], of the box's dtype.

    >>> grid(spaces.Box(0, 1, (2,)), levels=2).tolist()
    [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
    """
    (dimensions,) = space.shape
    values = np.linspace(space.low.astype(np.float64), space.high.astype(np.float64), levels)
    numbers = np.arange(levels**dimensions) if chosen is None else chosen
    digits = np.unravel_index(numbers, (levels,) * dimensions)
    # Stored column by column, which makes comparing every action with one of them some 20 times faster.
    columns: Floats = np.stack([values[digit, i] for i, digit in enumerate(digits)]).astype(space.dtype)
    return columns.T


def grid_sample(space: spaces.Box, levels: int, count: int, rng: np.random.Generator) -> Floats:
    """Different combinations of a grid, drawn at random, [n, action_dim]; all of it if ``count`` allows.

    Args:
        space: as for ``grid``.
        levels: as for ``grid``.
        count: how many combinations there may be.
        rng: what draws them.
    """
    total = levels ** space.shape[0]
    return grid(space, levels, rng.choice(total, count, replace=False) if total > count else None)


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
    """An action, [action_dim], from text: ``0.1,0.5,0.9``; raises ``InputError`` as ``check_action`` does."""
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        raise InputError(f"{flag} {text}: takes {space.shape[0]} numbers separated by commas") from None
    return check_action(f"{flag} {text}", numbers, space)
