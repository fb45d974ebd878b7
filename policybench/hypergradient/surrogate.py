"""The weights of log-probabilities in the surrogate, and derivatives that go two ways: see the package."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from policybench.arrays import Array, Floats


class Hypergradient(NamedTuple):
    """The derivative of the payoff by one action, with its control variate.

    Attributes:
        gradient: [action_dim] of the surrogate, mean over validation episodes.
        baseline_gradient: [action_dim] of the control variate.
    """

    gradient: Floats
    baseline_gradient: Floats


def surrogate_weights(payoffs: Array, longest: int) -> NDArray[np.float64]:
    """What log-probabilities are multiplied by, in the surrogate and in the control variate, [n_steps, 2].

    Args:
        payoffs: [n_steps] what each step of a validation episode paid.
        longest: steps of the longest possible episode.

    >>> surrogate_weights(np.array([3.0, 0.0, 1.0]), longest=4)
    array([[4.  , 1.  ],
           [1.  , 0.75],
           [1.  , 0.5 ]])
    """
    to_go = np.cumsum(np.asarray(payoffs, dtype=np.float64)[::-1])[::-1]
    return np.column_stack([to_go, 1 - np.arange(len(to_go)) / longest])


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
