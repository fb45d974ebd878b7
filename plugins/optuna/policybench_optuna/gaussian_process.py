"""Gaussian process regression that knows how many payoffs each of its values is the mean of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import linalg, optimize

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from policybench_optuna.history import Points, Summary

_ROOT5 = np.sqrt(5.0)
_JITTER = 1e-8
_PRIOR_MEAN = (np.log(0.5), 0.0, np.log(0.1))
_PRIOR_WIDTH = (1.0, 1.0, 2.0)
"""Of the logarithms of each length, of the variance, and of the noise: weak, for few or flat payoffs."""
_LOWEST, _HIGHEST = (np.log(0.02), np.log(0.01), np.log(1e-6)), (np.log(20.0), np.log(100.0), np.log(100.0))


@dataclass(frozen=True)
class _Data:
    """Payoffs on the scale of their own mean and spread."""

    points: Points
    targets: Points
    counts: Points
    centre: float
    spread: float


class GaussianProcess:
    """Payoffs as a smooth function of the point plus independent noise of one variance.

    The kernel is Matern 5/2 with a length for each dimension; lengths, variance and noise maximise the marginal
    likelihood times a weak log-normal prior (Rasmussen & Williams 2006, sections 2.2 and 5.4). The mean of k
    payoffs has a k-th of the noise variance.

    Args:
        summary: the payoffs; at least one.
        logs: [dim + 2], logarithms of lengths, variance and noise variance; None to fit them.
        start: [dim + 2], where fitting begins; None for the prior's middle.

    Attributes:
        logs: those in use.
    """

    def __init__(self, summary: Summary, *, logs: Points | None = None, start: Points | None = None) -> None:
        total = summary.counts.sum()
        centre = float(summary.counts @ summary.means / total)
        spread = float(np.sqrt(summary.counts @ (summary.means - centre) ** 2 / total)) or 1.0
        targets = (summary.means - centre) / spread
        self._data = _Data(summary.points, targets, summary.counts, centre, spread)
        self.logs: Points = self._fit(start) if logs is None else logs
        lengths, variance, noise = _split(self.logs)
        kernel = _matern(_squares(self._data.points, self._data.points) @ lengths**-2.0, variance)
        self._cholesky = linalg.cho_factor(_noisy(kernel, noise, self._data.counts), lower=True)
        self._weights: Points = linalg.cho_solve(self._cholesky, self._data.targets)

    def predict(self, points: Points) -> tuple[Points, Points]:
        """Mean and standard deviation of the payoff without noise, [n] each, at points [n, dim]."""
        lengths, variance, _ = _split(self.logs)
        cross = _matern(_squares(points, self._data.points) @ lengths**-2.0, variance)
        mean = cross @ self._weights
        explained = linalg.solve_triangular(self._cholesky[0], cross.T, lower=True)
        deviation = np.sqrt(np.maximum(variance - (explained**2).sum(axis=0), 1e-12))
        return self._data.centre + self._data.spread * mean, self._data.spread * deviation

    def mean(self, points: Points) -> Points:
        """What points [n, dim] are believed to pay, [n]; cheaper than ``predict``."""
        lengths, variance, _ = _split(self.logs)
        cross = _matern(_squares(points, self._data.points) @ lengths**-2.0, variance)
        believed: Points = self._data.centre + self._data.spread * (cross @ self._weights)
        return believed

    def _fit(self, start: Points | None) -> Points:
        dimensions = self._data.points.shape[1]
        squares = _squares(self._data.points, self._data.points)
        prior, low, high = (_spread_out(values, dimensions) for values in (_PRIOR_MEAN, _LOWEST, _HIGHEST))
        found: Any = optimize.minimize(
            self._loss,
            prior if start is None else start,
            args=(squares,),
            jac=True,
            method="L-BFGS-B",
            bounds=list(zip(low, high, strict=True)),
            options={"maxiter": 60},
        )
        logs: Points = found.x
        return logs

    def _loss(self, logs: Points, squares: NDArray[np.float64]) -> tuple[float, Points]:
        """Minus the logarithm of the posterior of ``logs``, up to a constant, and its gradient."""
        data, dimensions = self._data, squares.shape[2]
        lengths, variance, noise = _split(logs)
        distances = squares @ lengths**-2.0
        kernel = _matern(distances, variance)
        factor = linalg.cho_factor(_noisy(kernel, noise, data.counts), lower=True)
        weights = linalg.cho_solve(factor, data.targets)
        prior, width = _spread_out(_PRIOR_MEAN, dimensions), _spread_out(_PRIOR_WIDTH, dimensions)
        surprise = (logs - prior) / width
        loss = data.targets @ weights / 2 + np.log(np.diag(factor[0])).sum() + surprise @ surprise / 2
        # d loss / d K, of which each parameter's derivative is the trace with d K / d log.
        outer = (linalg.cho_solve(factor, np.eye(len(weights))) - np.outer(weights, weights)) / 2
        roots = _ROOT5 * np.sqrt(distances)
        steepness = variance * 5 / 3 * (1 + roots) * np.exp(-roots)
        gradient = np.empty_like(logs)
        gradient[:-2] = np.tensordot(outer * steepness, squares, axes=2) * lengths**-2.0
        gradient[-2] = (outer * kernel).sum()
        gradient[-1] = noise * (np.diag(outer) / data.counts).sum()
        return float(loss), gradient + surprise / width


def _split(logs: Points) -> tuple[Points, float, float]:
    """Lengths, variance and noise variance."""
    return np.exp(logs[:-2]), float(np.exp(logs[-2])), float(np.exp(logs[-1]))


def _spread_out(values: tuple[float, float, float], dimensions: int) -> Points:
    return np.array([values[0]] * dimensions + list(values[1:]), dtype=np.float64)


def _squares(one: Points, other: Points) -> NDArray[np.float64]:
    """Squared differences by dimension, [n, m, dim]."""
    squares: NDArray[np.float64] = (one[:, None, :] - other[None, :, :]) ** 2
    return squares


def _matern(distances: Points, variance: float) -> Points:
    """Matern 5/2 of squared scaled distances."""
    roots = _ROOT5 * np.sqrt(distances)
    kernel: Points = variance * (1 + roots + roots**2 / 3) * np.exp(-roots)
    return kernel


def _noisy(kernel: Points, noise: float, counts: Points) -> Points:
    return kernel + np.diag(noise / counts + _JITTER)
