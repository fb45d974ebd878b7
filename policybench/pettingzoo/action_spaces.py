"""What followers do: an action space taken apart into choices among categories, and real numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from policybench.errors import InputError

MAX_CATEGORIES = 1024
"""More categories of one choice are refused."""


class BadMaskError(Exception):
    """An action mask that cannot be obeyed; the message says why."""


@dataclass(frozen=True)
class ActionView:
    """How the actions of a role look: ``n_choices`` choices, then ``n_numbers`` real numbers.

    Attributes:
        space: the game's.
        counts: how many categories each choice has.
        low: [n_numbers] lower bounds of numbers.
        high: [n_numbers] upper bounds of numbers.
    """

    space: spaces.Space[Any]
    counts: tuple[int, ...]
    low: NDArray[np.float64]
    high: NDArray[np.float64]

    @property
    def n_choices(self) -> int:
        """How many choices an action consists of."""
        return len(self.counts)

    @property
    def n_numbers(self) -> int:
        """How many real numbers an action consists of."""
        return len(self.low)

    @cached_property
    def width(self) -> int:
        """Categories of the largest choice; smaller ones are padded to it."""
        return max(self.counts, default=0)

    @cached_property
    def possible(self) -> NDArray[np.bool_]:
        """[n_choices, width], which categories there are."""
        exists: NDArray[np.bool_] = np.arange(self.width) < np.array(self.counts, dtype=np.int64)[:, None]
        return exists

    def decode(self, choices: NDArray[np.int64], numbers: NDArray[np.float64]) -> Any:
        """The action as the game takes it.

        Args:
            choices: [n_choices], counted from 0.
            numbers: [n_numbers], in units in which bounds are -1 and 1; those outside are moved to the bounds.
        """
        space = self.space
        if isinstance(space, spaces.Discrete):
            return int(choices[0]) + int(space.start)
        values = np.clip(self._centre + self._half * numbers, self.low, self.high) if len(self.low) else numbers
        place = [0, 0]
        return _decoded(space, choices, values, place)

    def read_mask(self, given: Any) -> NDArray[np.bool_]:
        """An action mask of the game as [n_choices, width].

        The game gives one array for a single choice; for several, an array each in a tuple, or these joined.

        Raises:
            BadMaskError: it has another size, or allows nothing.
        """
        if self.n_numbers or not self.n_choices:
            raise BadMaskError(f"an action mask is for Discrete and MultiDiscrete actions, not for {self.space}")
        try:
            parts = given if isinstance(given, tuple | list) and self.n_choices > 1 else [given]
            flat = np.concatenate([np.asarray(part, dtype=np.float64).ravel() for part in parts])
        except (TypeError, ValueError):
            raise BadMaskError(f"the action mask is {type(given).__name__} instead of an array") from None
        if len(flat) != sum(self.counts):
            raise BadMaskError(f"the action mask has {len(flat)} entries; there are {sum(self.counts)} actions")
        mask = np.zeros_like(self.possible)
        mask[self.possible] = flat != 0
        if not mask.any(axis=1).all():
            which = f" for choice {int(np.argmin(mask.any(axis=1)))}" if self.n_choices > 1 else ""
            raise BadMaskError(f"the action mask allows no action{which}")
        return mask

    @cached_property
    def _centre(self) -> NDArray[np.float64]:
        """Where numbers are 0: the middle of the bounds; 1 beside the only bound; 0 without bounds."""
        low, high = np.isfinite(self.low), np.isfinite(self.high)
        centre = np.zeros_like(self.low)
        centre[low & high] = (self.low[low & high] + self.high[low & high]) / 2
        centre[low & ~high] = self.low[low & ~high] + 1
        centre[high & ~low] = self.high[high & ~low] - 1
        return centre

    @cached_property
    def _half(self) -> NDArray[np.float64]:
        bounded = np.isfinite(self.low) & np.isfinite(self.high)
        width: NDArray[np.float64] = np.ones_like(self.low)
        width[bounded] = (self.high - self.low)[bounded] / 2
        return width


def action_view_of(space: spaces.Space[Any]) -> ActionView:
    """How actions from a space look; raises ``InputError`` if they are not supported.

    >>> action_view_of(spaces.MultiDiscrete([3, 2])).counts
    (3, 2)
    >>> view = action_view_of(spaces.Box(0.0, 10.0, (2,), np.float32))
    >>> view.decode(np.zeros(0, np.int64), np.array([0.0, 1.5])).tolist()
    [5.0, 10.0]
    """
    counts: list[int] = []
    low: list[float] = []
    high: list[float] = []
    for part in _elementary(space):
        if isinstance(part, spaces.Box) and not _is_integer(part):
            low += part.low.astype(np.float64).ravel().tolist()
            high += part.high.astype(np.float64).ravel().tolist()
        else:
            counts += _counts(part)
    if not counts and not low:
        raise InputError(f"action space {space}: it holds no action.")
    if max(counts, default=0) > MAX_CATEGORIES:
        raise InputError(f"action space {space}: at most {MAX_CATEGORIES} categories a choice are supported.")
    return ActionView(space, tuple(counts), np.array(low), np.array(high))


def _elementary(space: spaces.Space[Any]) -> Iterator[spaces.Space[Any]]:
    if isinstance(space, spaces.Dict):
        for part in space.spaces.values():
            yield from _elementary(part)
    elif isinstance(space, spaces.Tuple):
        for part in space.spaces:
            yield from _elementary(part)
    elif isinstance(space, spaces.Discrete | spaces.MultiDiscrete | spaces.MultiBinary | spaces.Box):
        yield space
    else:
        raise InputError(
            f"action space {space}: supported are Discrete, MultiDiscrete, MultiBinary and Box, and Dict and "
            "Tuple of these."
        )


def _counts(space: spaces.Space[Any]) -> list[int]:
    if isinstance(space, spaces.Discrete):
        return [int(space.n)]
    if isinstance(space, spaces.MultiDiscrete):
        return [int(n) for n in space.nvec.ravel()]
    if isinstance(space, spaces.MultiBinary):
        return [2] * int(np.prod(space.shape))
    assert isinstance(space, spaces.Box)
    widths = space.high.astype(np.int64) - space.low.astype(np.int64) + 1
    return [int(width) for width in widths.ravel()]


def _is_integer(space: spaces.Box) -> bool:
    return bool(np.issubdtype(space.dtype, np.integer) or space.dtype == np.bool_)


def _decoded(
    space: spaces.Space[Any], choices: NDArray[np.int64], numbers: NDArray[np.float64], place: list[int]
) -> Any:
    """What belongs to this space, from ``place`` on, which is moved behind it."""
    if isinstance(space, spaces.Dict):
        return {name: _decoded(part, choices, numbers, place) for name, part in space.spaces.items()}
    if isinstance(space, spaces.Tuple):
        return tuple(_decoded(part, choices, numbers, place) for part in space.spaces)
    real = isinstance(space, spaces.Box) and not _is_integer(space)
    n = int(np.prod(space.shape)) if space.shape else 1
    values: NDArray[Any] = (numbers if real else choices)[place[real] : place[real] + n]
    place[real] += n
    if isinstance(space, spaces.Discrete):
        return int(values[0]) + int(space.start)
    if isinstance(space, spaces.MultiDiscrete):
        values = values + space.start.ravel()
    elif isinstance(space, spaces.Box) and not real:
        values = values + space.low.astype(np.int64).ravel()
    return values.astype(space.dtype).reshape(space.shape)
