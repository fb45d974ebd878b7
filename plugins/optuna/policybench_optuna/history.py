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

_RESOLUTIONS = (64, 48, 32, 24, 16, 12, 8, 6, 4, 3, 2, 1)


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
        self._points: list[Points] = []
        self._payoffs: list[float] = []
        self._dimensions = dimensions

    def __len__(self) -> int:
        """Number of payoffs."""
        return len(self._payoffs)

    @property
    def points(self) -> Points:
        """[n, dimensions]."""
        return np.reshape(np.array(self._points, dtype=np.float64), (-1, self._dimensions))

    @property
    def payoffs(self) -> Points:
        """[n]."""
        return np.array(self._payoffs, dtype=np.float64)

    def add(self, point: Points, payoff: float) -> None:
        """Take in one payoff."""
        self._points.append(point)
        self._payoffs.append(payoff)

    def merge(self, other: History) -> None:
        """Take in all payoffs of another history."""
        self._points += other._points
        self._payoffs += other._payoffs


def summarise(points: Points, payoffs: Points, most: int) -> Summary:
    """Payoffs merged by place, at most ``most`` places.

    Equal points are always merged, which loses nothing. If they are too many, the cube is cut into the finest
    grid that leaves few enough occupied cells, and each cell becomes the mean of its points with the mean of its
    payoffs. No payoff decides what is merged, so means stay unbiased.

    Args:
        points: [n, dim] in the unit cube.
        payoffs: [n].
        most: at least 1.

    >>> summarise(np.array([[0.1], [0.9], [0.1]]), np.array([1.0, 5.0, 2.0]), most=2).means.tolist()
    [1.5, 5.0]
    """
    labels: Points = points
    for resolution in (None, *_RESOLUTIONS):
        if resolution is not None:
            labels = np.minimum(np.floor(points * resolution), resolution - 1)
        _, cell = np.unique(labels, axis=0, return_inverse=True)
        cell = cell.ravel()
        counts = np.bincount(cell)
        if len(counts) <= most:
            break
    means = np.bincount(cell, payoffs) / counts
    centres = np.stack([np.bincount(cell, column) / counts for column in points.T], axis=1)
    return Summary(np.clip(centres, 0, 1), means, counts.astype(np.float64))


class Histories:
    """A history for each context; contexts are told apart by their values."""

    def __init__(self, dimensions: int) -> None:
        self._dimensions = dimensions
        self._known: dict[str, tuple[Array | None, History]] = {}

    def __getitem__(self, context: Array | None) -> History:
        """The context's history; an empty one if the context was never told of."""
        known = self._known.get(context_key(context))
        return History(self._dimensions) if known is None else known[1]

    def add(self, context: Array | None, point: Points, payoff: float) -> None:
        """Take in one payoff."""
        _, history = self._known.setdefault(context_key(context), (context, History(self._dimensions)))
        history.add(point, payoff)

    def pooled(self) -> History:
        """All payoffs, whatever their context."""
        pooled = History(self._dimensions)
        for _, history in self._known.values():
            pooled.merge(history)
        return pooled

    def state_dict(self) -> list[dict[str, Any]]:
        """The histories in the order in which their contexts first came."""
        return [
            {"context": context, "points": history.points, "payoffs": history.payoffs}
            for context, history in self._known.values()
        ]

    def load_state_dict(self, state: Iterable[Mapping[str, Any]]) -> None:
        """Continue from what ``state_dict`` returned."""
        self._known = {}
        for saved in state:
            for point, payoff in zip(saved["points"], saved["payoffs"].tolist(), strict=True):
                self.add(saved["context"], point, payoff)
