"""Adam (Kingma and Ba 2015) as a differentiable function."""

from __future__ import annotations

from typing import NamedTuple

import torch

BETA_1, BETA_2 = 0.9, 0.999


class AdamState(NamedTuple):
    """Parameters and what the optimiser remembers; tensors of one shape.

    Attributes:
        parameters: theta.
        first: mean of gradients.
        second: mean of their squares.
        steps: how many were made.
    """

    parameters: torch.Tensor
    first: torch.Tensor
    second: torch.Tensor
    steps: int


def adam_step(state: AdamState, gradient: torch.Tensor, learning_rate: float, epsilon: float) -> AdamState:
    """One step of descent; what has never had a gradient stays, and has no derivative."""
    steps = state.steps + 1
    first = BETA_1 * state.first + (1 - BETA_1) * gradient
    second = BETA_2 * state.second + (1 - BETA_2) * gradient * gradient
    rate, scale = learning_rate / (1 - BETA_1**steps), (1 - BETA_2**steps) ** -0.5
    # The root has no derivative at 0.
    still = second <= 0
    root = torch.where(still, 1.0, second).sqrt()
    move = torch.where(still, 0.0, rate * first / (root * scale + epsilon))
    return AdamState(state.parameters - move, first, second, steps)
