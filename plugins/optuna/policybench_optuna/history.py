"""What was tried and what it paid, a history for each context."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from policybench import context_key

if TYPE_CHECKING:
    from policybench import Array

Points = NDArray[np.float64]

_RESOLUTIONS = (None, 64, 48, 32, 24, 16, 12, 8, 6, 4, 3, 2, 1)
"""Cells a side of the grids, finest first; in the first of all only equal points share a cell."""


class Summary(NamedTuple):
    """Payoffs by place: points [n, dim], mean payoffs [n] and how many payoffs each is the mean of, [n]."""

    points: Points
    means: Points
    counts: Points


class History:
    """Points of the unit cube and their payoffs, in the order in which they came.

    Args:
        dimensions: of the cube.
    """

    def __init__(self, dimensions: int) -> None:
        self._rows: Points = np.empty((16, dimensions + 1))
        self._size = 0
        self._grids: dict[tuple[int, int], int] = {}

    def __len__(self) -> int:
        """Number of payoffs."""
        return self._size

    @property
    def points(self) -> Points:
        """[n, dimensions], in memory that is written to no more."""
        return self._rows[: self._size, :-1]

    @property
    def payoffs(self) -> Points:
        """[n], in memory that is written to no more."""
        return self._rows[: self._size, -1]

    def add(self, point: Points, payoff: float) -> None:
        """Take in one payoff."""
        if self._size == len(self._rows):
            # Twice the room each time: so a payoff is copied about once, however many there will be.
            self._rows = np.concatenate([self._rows, np.empty_like(self._rows)])
        self._rows[self._size, :-1] = point
        self._rows[self._size, -1] = payoff
        self._size += 1

    def summary(self, most: int, dimensions: int) -> Summary:
        """The payoffs merged by place (``summarise``), at most ``most`` places in the first dimensions."""
        key = (most, dimensions)
        # More points never fill fewer cells: what was too fine once remains so.
        grid = finest_grid(self.points[:, :dimensions], most, self._grids.get(key, 0))
        self._grids[key] = grid
        return summarise(self.points[:, :dimensions], self.payoffs, grid)


def finest_grid(points: Points, most: int, start: int = 0) -> int:
    """The first grid, counted from ``start``, in which points [n, dim] fill at most ``most`` cells, at least 1."""
    for grid in range(start, len(_RESOLUTIONS) - 1):
        if len(np.unique(_cells(points, grid), axis=0)) <= most:
            return grid
    return len(_RESOLUTIONS) - 1


def summarise(points: Points, payoffs: Points, grid: int = 0) -> Summary:
    """Payoffs merged by place: each cell is the mean of its points with the mean of its payoffs.

    Equal points are always merged, which loses nothing; in the grid 0 nothing else is. No payoff decides what is
    merged, so means stay unbiased.

    Args:
        points: [n, dim] in the unit cube.
        payoffs: [n].
        grid: that of ``finest_grid``.

    >>> summarise(np.array([[0.1], [0.9], [0.1]]), np.array([1.0, 5.0, 2.0])).means.tolist()
    [1.5, 5.0]
    """
    _, cell = np.unique(_cells(points, grid), axis=0, return_inverse=True)
    cell = cell.ravel()
    counts = np.bincount(cell)
    means = np.bincount(cell, payoffs) / counts
    centres = np.stack([np.bincount(cell, column) / counts for column in points.T], axis=1)
    return Summary(np.clip(centres, 0, 1), means, counts.astype(np.float64))


def _cells(points: Points, grid: int) -> Points:
    """[n, dim], equal for points in one cell."""
    resolution = _RESOLUTIONS[grid]
    return points if resolution is None else np.minimum(np.floor(points * resolution), resolution - 1)


class Histories:
    """A history for each context; contexts are told apart by their values."""

    def __init__(self, dimensions: int) -> None:
        self.dimensions = dimensions
        self._known: dict[str, tuple[Array | None, History]] = {}

    def __getitem__(self, context: Array | None) -> History:
        """The context's history; an empty one if the context was never told of."""
        known = self._known.get(context_key(context))
        return History(self.dimensions) if known is None else known[1]

    def add(self, context: Array | None, point: Points, payoff: float) -> None:
        """Take in one payoff."""
        _, history = self._known.setdefault(context_key(context), (context, History(self.dimensions)))
        history.add(point, payoff)

    def pooled(self) -> History:
        """All payoffs, whatever their context."""
        pooled = History(self.dimensions)
        for _, history in self._known.values():
            for point, payoff in zip(history.points, history.payoffs.tolist(), strict=True):
                pooled.add(point, payoff)
        return pooled

    def state_dict(self) -> list[dict[str, Any]]:
        """The histories in the order in which their contexts first came."""
        return [
            {"context": context, "points": history.points.copy(), "payoffs": history.payoffs.copy()}
            for context, history in self._known.values()
        ]

    def load_state_dict(self, state: Iterable[Mapping[str, Any]]) -> None:
        """Continue from what ``state_dict`` returned."""
        self._known = {}
        for saved in state:
            for point, payoff in zip(saved["points"], saved["payoffs"].tolist(), strict=True):
                self.add(saved["context"], point, payoff)
