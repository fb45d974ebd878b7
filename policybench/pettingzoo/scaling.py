"""Scales: observed numbers and returns enter and leave networks in units of their own size."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from policybench.pettingzoo.observation_spaces import LARGEST_BOUND

_LARGEST = 10.0
"""Scaled numbers are clipped to this, so that a rare one does not swamp the others."""

_SMALLEST_DEVIATION = 1e-6


class RunningMoments(nn.Module):
    """Mean and variance of all rows so far (Chan et al. 1979), in float64; they are saved with the network.

    Attributes:
        count: of rows.
        mean: [size].
        squares: [size], the sum of squared distances from the mean.
    """

    count: Tensor
    mean: Tensor
    squares: Tensor

    def __init__(self, size: int) -> None:
        super().__init__()
        self.register_buffer("count", torch.zeros((), dtype=torch.float64))
        self.register_buffer("mean", torch.zeros(size, dtype=torch.float64))
        self.register_buffer("squares", torch.zeros(size, dtype=torch.float64))

    def _apply(self, fn: Any, recurse: bool = True) -> RunningMoments:
        """Stay in the processor's memory: not every device has float64."""
        return self

    def forget(self) -> None:
        """Begin anew."""
        for buffer in (self.count, self.mean, self.squares):
            buffer.zero_()

    def update(self, rows: Tensor) -> None:
        """Take in rows [n, size] of float64."""
        n = len(rows)
        mean = rows.mean(dim=0)
        apart = mean - self.mean
        total = self.count + n
        self.squares += ((rows - mean) ** 2).sum(dim=0) + apart**2 * (self.count * n / total)
        self.mean += apart * (n / total)
        self.count.copy_(total)

    def deviation(self) -> Tensor:
        """[size]; 1 where nothing is known, or all was equal."""
        deviation = (self.squares / self.count.clamp(min=1)).sqrt()
        tiny = _SMALLEST_DEVIATION * self.mean.abs().clamp(min=1e-12)
        return torch.where(deviation > tiny, deviation, torch.ones_like(deviation))


class NumberScale(nn.Module):
    """Numbers are scaled by their finite bounds to [-1, 1], or else by mean and deviation of what was seen."""

    def __init__(self, low: NDArray[np.float64], high: NDArray[np.float64]) -> None:
        """Bounds [n_numbers]."""
        super().__init__()
        bounded = (np.abs(low) <= LARGEST_BOUND) & (np.abs(high) <= LARGEST_BOUND)
        self.open = torch.from_numpy(np.flatnonzero(~bounded))
        centre, half = np.zeros_like(low), np.ones_like(low)
        centre[bounded] = (low[bounded] + high[bounded]) / 2
        wide = bounded & (low < high)
        half[wide] = (high[wide] - low[wide]) / 2
        self.all_open = bool(not bounded.any())
        self.centre, self.spread = torch.from_numpy(centre), torch.from_numpy(half)
        self.moments = RunningMoments(len(self.open))
        self._current: tuple[Tensor, Tensor] | None = None

    def forget(self) -> None:
        """Begin anew."""
        self.moments.forget()
        self._current = None

    def forward(self, numbers: Tensor, learn: bool) -> Tensor:
        """Numbers [n, n_numbers] of float64 as inputs of float32.

        Args:
            numbers: as the game gives them.
            learn: whether they count among what was seen.
        """
        if not numbers.shape[1]:
            return numbers.float()
        if len(self.open) and learn:
            self.moments.update(numbers if self.all_open else numbers[:, self.open])
            self._current = None
        if self._current is None:
            self._current = self._scale()
        centre, half = self._current
        return ((numbers - centre) / half).clamp_(-_LARGEST, _LARGEST).float()

    def _scale(self) -> tuple[Tensor, Tensor]:
        if not len(self.open):
            return self.centre, self.spread
        if self.all_open:
            return self.moments.mean.clone(), self.moments.deviation()
        centre, half = self.centre.clone(), self.spread.clone()
        centre[self.open], half[self.open] = self.moments.mean, self.moments.deviation()
        return centre, half
