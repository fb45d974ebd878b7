"""What followers see: an observation space taken apart into numbers, symbols and images."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from policybench.errors import InputError
from policybench.pettingzoo.leaves import Leaf, Path, checked_numbers, checked_symbols, gather, image

MAX_SYMBOLS = 64
"""An integer box with at most so many values an entry is one of symbols."""

MAX_CATEGORIES = 4096
"""A ``Discrete`` with more values than this is a number."""

LARGEST_BOUND = 1e9
"""A bound that is larger counts as none: nobody fills such a box evenly."""


MIN_IMAGE_SIDE = 16
"""A box of real numbers, [height, width, channels], is an image from this size on."""

ACTION_MASK = "action_mask"


class Seen(NamedTuple):
    """Observations of n followers; arrays of numpy, or tensors.

    Attributes:
        numbers: [n, n_numbers].
        symbols: [n, n_symbols] int64, each counted from 0.
        images: each [n, channels, height, width], uint8 or float32 from 0 to 255.
    """

    numbers: Any
    symbols: Any
    images: tuple[Any, ...]


@dataclass(frozen=True)
class ObservationView:
    """How the observations of a role look.

    Attributes:
        leaves: all arrays but the action mask.
        has_mask: whether the observation holds an action mask, under ``action_mask``.
    """

    leaves: tuple[Leaf, ...]
    has_mask: bool = False

    def of_kind(self, kind: str) -> list[Leaf]:
        """The leaves of one kind."""
        return [leaf for leaf in self.leaves if leaf.kind == kind]

    @property
    def low(self) -> NDArray[np.float64]:
        """[n_numbers], the lower bounds of numbers."""
        return np.concatenate([np.zeros(0), *(leaf.low for leaf in self.of_kind("numbers"))])

    @property
    def high(self) -> NDArray[np.float64]:
        """[n_numbers], the upper bounds of numbers."""
        return np.concatenate([np.zeros(0), *(leaf.high for leaf in self.of_kind("numbers"))])

    @property
    def symbol_counts(self) -> NDArray[np.int64]:
        """[n_symbols], how many values each symbol can have."""
        parts = [(leaf.high - leaf.low + 1).astype(np.int64) for leaf in self.of_kind("symbols")]
        return np.concatenate([np.zeros(0, dtype=np.int64), *parts])

    def stack(self, observations: Sequence[Any]) -> Seen:
        """Observations as the game gave them, as arrays; numbers are float64 and not yet scaled.

        Raises:
            BadObservationError: one is not in the space.
        """
        numbers, symbols, images = [], [], []
        for leaf in self.leaves:
            values = gather(leaf, observations)
            if leaf.kind == "image":
                images.append(image(leaf, values))
                continue
            flat = values.reshape(len(observations), -1)
            if leaf.kind == "symbols":
                symbols.append(checked_symbols(leaf, flat))
            else:
                numbers.append(checked_numbers(leaf, flat))
        return Seen(
            _joined(numbers, len(observations), np.float64),
            _joined(symbols, len(observations), np.int64),
            tuple(images),
        )


def view_of(space: spaces.Space[Any]) -> ObservationView:
    """How observations from a space look; raises ``InputError`` if they are not supported.

    >>> [leaf.kind for leaf in view_of(spaces.Box(0, 255, (3, 88, 88), np.uint8)).leaves]
    ['image']
    >>> view_of(spaces.Box(-1, 8, (2, 2), np.int8)).symbol_counts.tolist()
    [10, 10, 10, 10]
    >>> both = spaces.Dict({"stock": spaces.Box(0.0, np.inf, (3,)), "season": spaces.Discrete(4)})
    >>> [(leaf.path, leaf.kind) for leaf in view_of(both).leaves]
    [(('season',), 'symbols'), (('stock',), 'numbers')]
    """
    has_mask = isinstance(space, spaces.Dict) and ACTION_MASK in space.spaces
    leaves = (leaf for leaf in _leaves(space, ()) if not (has_mask and leaf.path == (ACTION_MASK,)))
    return ObservationView(tuple(leaves), has_mask)


def _leaves(space: spaces.Space[Any], path: Path) -> Iterator[Leaf]:
    if isinstance(space, spaces.Dict):
        for name, part in space.spaces.items():
            yield from _leaves(part, (*path, name))
    elif isinstance(space, spaces.Tuple):
        for place, part in enumerate(space.spaces):
            yield from _leaves(part, (*path, place))
    elif isinstance(space, spaces.Discrete):
        kind = "symbols" if space.n <= MAX_CATEGORIES else "numbers"
        yield _leaf(path, kind, (), space.start, space.start + space.n - 1)
    elif isinstance(space, spaces.MultiDiscrete):
        last = space.start + space.nvec - 1
        kind = "symbols" if space.nvec.max(initial=0) <= MAX_CATEGORIES else "numbers"
        yield _leaf(path, kind, tuple(space.shape), space.start, last)
    elif isinstance(space, spaces.MultiBinary):
        yield _leaf(path, "numbers", tuple(space.shape), 0, 1)
    elif isinstance(space, spaces.Box):
        yield _box(space, path)
    else:
        raise InputError(
            f"observation space {space}: supported are Box, Discrete, MultiDiscrete and MultiBinary, and Dict and "
            "Tuple of these."
        )


def _box(space: spaces.Box, path: Path) -> Leaf:
    shape = tuple(space.shape)
    integer = np.issubdtype(space.dtype, np.integer) or space.dtype == np.bool_
    low, high = space.low.astype(np.float64), space.high.astype(np.float64)
    if integer and np.all(high - low < MAX_SYMBOLS):
        return _leaf(path, "symbols", shape, low, high)
    pixels = space.dtype == np.uint8 and len(shape) in (2, 3, 4)
    even = bool(low.size and np.all(np.isfinite(low) & np.isfinite(high)) and np.ptp(low) == np.ptp(high) == 0)
    axes = _image_axes(shape) if len(shape) in (2, 3, 4) else ()
    drawn = even and len(shape) in (3, 4) and min(shape[axis] for axis in axes[-2:]) >= MIN_IMAGE_SIDE
    if (pixels and low.size) or drawn:
        return _leaf(path, "image", shape, low, high)._replace(axes=axes)
    return _leaf(path, "numbers", shape, low, high)


def _image_axes(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Channels are the shorter one of the outer axes; of four axes, the first counts frames.

    >>> _image_axes((84, 84, 4)), _image_axes((3, 84, 84)), _image_axes((4, 84, 84, 3))
    ((2, 0, 1), (0, 1, 2), (0, 3, 1, 2))
    """
    frames = tuple(range(len(shape) - 3))
    if len(shape) == 2:
        return (0, 1)
    first = len(frames)
    if shape[first] < shape[-1]:
        return tuple(range(len(shape)))
    return (*frames, len(shape) - 1, first, first + 1)


def _leaf(path: Path, kind: str, shape: tuple[int, ...], low: Any, high: Any) -> Leaf:
    low, high = (np.broadcast_to(np.asarray(bound, np.float64), shape).ravel() for bound in (low, high))
    return Leaf(path, kind, shape, low, high)


def _joined(parts: list[NDArray[Any]], n: int, dtype: Any) -> NDArray[Any]:
    if len(parts) == 1:
        return parts[0]
    return np.concatenate(parts, axis=1) if parts else np.zeros((n, 0), dtype=dtype)
