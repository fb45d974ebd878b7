"""What an actor decides: independent choices among categories, and independent normal numbers."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

_IMPOSSIBLE = -1e9
"""Logit of what cannot be chosen: its probability is exactly 0, and derivatives stay finite."""


class Decision(NamedTuple):
    """Distributions of n actions.

    Attributes:
        log_probabilities: [n, n_choices, width] of the categories.
        means: [n, n_numbers].
        log_deviation: [n_numbers].
    """

    log_probabilities: Tensor
    means: Tensor
    log_deviation: Tensor

    @classmethod
    def of(cls, logits: Tensor, allowed: Tensor, means: Tensor, log_deviation: Tensor) -> Decision:
        """Logits [n, n_choices, width], of which only those ``allowed`` (of a shape that broadcasts) count."""
        return cls(torch.log_softmax(logits.masked_fill(~allowed, _IMPOSSIBLE), dim=2), means, log_deviation)

    def log_probability(self, choices: Tensor, numbers: Tensor) -> Tensor:
        """[n], of actions that consist of choices [n, n_choices] and numbers [n, n_numbers]."""
        total = torch.zeros(len(choices), device=choices.device)
        if choices.shape[1]:
            total = total + self.log_probabilities.gather(2, choices[:, :, None]).squeeze(2).sum(dim=1)
        if numbers.shape[1]:
            distance = (numbers - self.means) / self.log_deviation.exp()
            each = -0.5 * distance**2 - self.log_deviation - 0.5 * math.log(2 * math.pi)
            total = total + each.sum(dim=1)
        return total

    def entropy(self) -> Tensor:
        """[n], summed over choices and numbers."""
        total = -(self.log_probabilities.exp() * self.log_probabilities).sum(dim=(1, 2))
        if self.means.shape[1]:
            total = total + (self.log_deviation + 0.5 * math.log(2 * math.pi * math.e)).sum()
        return total


def sample(
    decision: Decision, uniform: NDArray[np.float64], normal: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Actions for given luck, so that it may come from any generator.

    Args:
        decision: of n actions.
        uniform: [n, n_choices] in [0, 1).
        normal: [n, n_numbers], of the standard normal distribution.

    Returns:
        Choices [n, n_choices] and numbers [n, n_numbers].
    """
    cumulated = np.cumsum(decision.log_probabilities.exp().cpu().numpy(), axis=2, dtype=np.float64)
    # Slightly less than all of it, so that rounding never reaches an impossible category at the end.
    target = uniform[:, :, None] * (cumulated[:, :, -1:] * (1 - 1e-12))
    choices: NDArray[np.int64] = (cumulated <= target).sum(axis=2)
    spread = decision.log_deviation.exp().cpu().numpy()
    numbers: NDArray[np.float32] = (decision.means.cpu().numpy() + spread * normal).astype(np.float32)
    return choices, numbers
