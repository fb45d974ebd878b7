"""Derivatives through followers whose learning is written in torch: Adam, and two ways for a derivative to go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from policybench.errors import InputError
from policybench.hypergradient.surrogate import Hypergradient

try:
    import torch
except ImportError as _error:
    raise InputError(
        "the gradient of the payoff needs torch, which is not installed: pip install 'policybench[gradient]'"
    ) from _error

# The matrices are too small for threads to share one, and seeds are spread over threads already.
torch.set_num_threads(1)

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
    """One step of descent by Adam (Kingma and Ba 2015) as a differentiable function.

    What has never had a gradient stays, and has no derivative.
    """
    steps = state.steps + 1
    first = BETA_1 * state.first + (1 - BETA_1) * gradient
    second = BETA_2 * state.second + (1 - BETA_2) * gradient * gradient
    rate, scale = learning_rate / (1 - BETA_1**steps), (1 - BETA_2**steps) ** -0.5
    # The root has no derivative at 0.
    still = second <= 0
    root = torch.where(still, 1.0, second).sqrt()
    move = torch.where(still, 0.0, rate * first / (root * scale + epsilon))
    return AdamState(state.parameters - move, first, second, steps)


class Score(NamedTuple):
    """Derivatives of the surrogate and of the control variate by what the followers' policy depends on.

    Attributes:
        parameters: two tensors of the shape of theta.
        action: two tensors [action_dim].
    """

    parameters: tuple[torch.Tensor, torch.Tensor]
    action: tuple[torch.Tensor, torch.Tensor]


def differentiate(sums: torch.Tensor, parameters: torch.Tensor, action: torch.Tensor) -> Score:
    """Derivatives of both of the sums, [2], by the two leaves of their graph."""
    by_parameters, by_action = [], []
    for kind in range(2):
        slopes = torch.autograd.grad(
            sums[kind], (parameters, action), retain_graph=kind == 0, materialize_grads=True
        )
        by_parameters.append(slopes[0])
        by_action.append(slopes[1])
    return Score((by_parameters[0], by_parameters[1]), (by_action[0], by_action[1]))


def through_learning(scores: Sequence[Score], learned: torch.Tensor, action: torch.Tensor) -> Hypergradient:
    """The mean of some validation episodes' derivatives, carried back through what was learned.

    Args:
        scores: one a validation episode.
        learned: theta', with its graph down to ``action``; a constant if there was nothing to learn from.
        action: [action_dim], the leaf.
    """
    gradients = []
    for kind in range(2):
        direct = torch.stack([score.action[kind] for score in scores]).mean(0)
        if learned.requires_grad:
            by_parameters = torch.stack([score.parameters[kind] for score in scores]).mean(0)
            (indirect,) = torch.autograd.grad(
                learned, action, by_parameters, retain_graph=kind == 0, materialize_grads=True
            )
            direct = direct + indirect
        gradients.append(direct.detach().numpy().copy())
    return Hypergradient(*gradients)
