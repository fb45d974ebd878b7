"""One array of an observation, and reading it from what a game gave: what is not in its space is refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

LARGEST_NUMBER = 1e15
"""An observation with larger numbers is refused."""


Path = tuple[str | int, ...]


class BadObservationError(Exception):
    """An observation that is not in its space; ``row`` says which one, the message what is wrong with it."""

    def __init__(self, row: int, message: str) -> None:
        self.row = row
        super().__init__(message)


class Leaf(NamedTuple):
    """One array of an observation.

    Attributes:
        path: keys and positions that lead to it through dicts and tuples.
        kind: ``numbers``, ``symbols`` or ``image``.
        shape: as the game gives it.
        low: [n_entries] smallest values.
        high: [n_entries] largest values.
        axes: of an image, the order of its axes that puts [..., height, width] last.
    """

    path: Path
    kind: str
    shape: tuple[int, ...]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    axes: tuple[int, ...] = ()

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Channels, height and width of an image."""
        *channels, height, width = (self.shape[axis] for axis in self.axes)
        return int(np.prod(channels)), height, width


def gather(leaf: Leaf, observations: Sequence[Any]) -> NDArray[Any]:
    """[n, *shape] of what the game gave; raises ``BadObservationError`` if it is no such array of numbers."""
    try:
        parts = [_descend(observation, leaf.path) for observation in observations] if leaf.path else observations
        values = np.array(parts)
    except (ValueError, TypeError, LookupError):
        values = np.empty(0)
    if values.shape != (len(observations), *leaf.shape) or values.dtype.kind not in "biuf":
        _explain(leaf, observations)
        raise BadObservationError(0, f"it holds {values.dtype} instead of numbers{_where(leaf)}")
    return values


def _explain(leaf: Leaf, observations: Sequence[Any]) -> None:
    """Find the observation that has another shape, or is none."""
    for row, observation in enumerate(observations):
        try:
            part = _descend(observation, leaf.path)
        except (TypeError, LookupError):
            raise BadObservationError(row, f"it has no entry {_named(leaf.path)}") from None
        try:
            values = np.asarray(part, dtype=np.float64)
        except (ValueError, TypeError):
            raise BadObservationError(row, f"it is {_short(part)} instead of numbers{_where(leaf)}") from None
        if values.shape != leaf.shape:
            raise BadObservationError(
                row, f"its shape is {values.shape} instead of {leaf.shape}, as its space says{_where(leaf)}"
            )


def _descend(observation: Any, path: Path) -> Any:
    for key in path:
        observation = observation[key]
    return observation


def checked_symbols(leaf: Leaf, flat: NDArray[Any]) -> NDArray[np.int64]:
    """Symbols counted from 0, [n, n_entries]; raises ``BadObservationError`` if one is none of the space's."""
    wrong = ~((flat >= leaf.low) & (flat <= leaf.high))
    counted: NDArray[np.int64] = np.where(wrong, 0, flat).astype(np.int64)
    if flat.dtype.kind == "f":
        wrong |= counted != flat
    if wrong.any():
        row, entry = np.argwhere(wrong)[0]
        allowed = f"integers from {leaf.low[entry]:g} to {leaf.high[entry]:g}"
        raise BadObservationError(
            int(row), f"entry {_entry(leaf, int(entry))} is {flat[row, entry]}; its space has {allowed}"
        )
    return counted - leaf.low.astype(np.int64)


def checked_numbers(leaf: Leaf, flat: NDArray[Any]) -> NDArray[np.float64]:
    """Numbers [n, n_entries]; raises ``BadObservationError`` if one is not finite or far out of bounds."""
    numbers: NDArray[np.float64] = flat.astype(np.float64)
    # Games exceed their bounds by rounding; far beyond them, scaling by the bounds would be wrong.
    slack = np.where(np.isfinite(leaf.high - leaf.low), leaf.high - leaf.low, 0.0)
    fine = (numbers >= np.maximum(leaf.low - slack, -LARGEST_NUMBER)) & (
        numbers <= np.minimum(leaf.high + slack, LARGEST_NUMBER)
    )
    if not fine.all():
        row, entry = np.argwhere(~fine)[0]
        value = numbers[row, entry]
        reason = f"its space has numbers from {leaf.low[entry]:g} to {leaf.high[entry]:g}"
        if not np.isfinite(value):
            reason = "followers can only learn from finite numbers"
        elif leaf.low[entry] <= value <= leaf.high[entry]:
            reason = f"at most {LARGEST_NUMBER:g} is supported"
        raise BadObservationError(int(row), f"entry {_entry(leaf, int(entry))} is {value:g}; {reason}")
    return numbers


def image(leaf: Leaf, values: NDArray[Any]) -> NDArray[Any]:
    """Images [n, channels, height, width], 0 to 255; raises ``BadObservationError`` if a number is not finite."""
    if values.dtype != np.uint8:
        flat = values.reshape(len(values), -1).astype(np.float32)
        low, high = np.float32(leaf.low[0]), np.float32(leaf.high[0])
        if not np.isfinite(flat).all():
            row, entry = np.argwhere(~np.isfinite(flat))[0]
            raise BadObservationError(int(row), f"entry {_entry(leaf, int(entry))} is {flat[row, entry]:g}")
        values = ((flat - low) * (np.float32(255) / (high - low))).reshape(values.shape)
    moved = values.transpose(0, *(axis + 1 for axis in leaf.axes))
    return np.ascontiguousarray(moved.reshape(len(values), *leaf.image_shape))


def _entry(leaf: Leaf, flat: int) -> str:
    place = [int(i) for i in np.unravel_index(flat, leaf.shape)] if leaf.shape else []
    return "".join(f"[{key!r}]" for key in (*leaf.path, *place)) or "0"


def _named(path: Path) -> str:
    return "".join(f"[{key!r}]" for key in path)


def _where(leaf: Leaf) -> str:
    return f" (entry {_named(leaf.path)})" if leaf.path else ""


def _short(value: Any) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= 60 else f"{text[:60]}..."
