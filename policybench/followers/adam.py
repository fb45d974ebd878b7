"""Adam (Kingma & Ba 2015) on gradients whose length is bounded, in float32."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from policybench.compiled import compiled
from policybench.followers.settings import PPOSettings

BETA_1, BETA_2 = 0.9, 0.999

LANES = 16
"""Sums that make up the squared length of a gradient."""


class Adam(NamedTuple):
    """State of the optimiser.

    Attributes:
        first: [n_outputs, n_inputs] float32, mean of gradients.
        second: [n_outputs, n_inputs] float32, mean of their squares.
        powers: [2] float64, beta_1 and beta_2 to the number of steps made.
    """

    first: NDArray[np.float32]
    second: NDArray[np.float32]
    powers: NDArray[np.float64]


def make_adam(heads: NDArray[np.float32]) -> Adam:
    """An optimiser that has made no step."""
    return Adam(np.zeros_like(heads), np.zeros_like(heads), np.ones(2))


@compiled
def reset_adam(adam: Adam) -> None:
    """Forget all steps."""
    adam.first[:] = 0
    adam.second[:] = 0
    adam.powers[:] = 1


@compiled
def apply_gradient(
    heads: NDArray[np.float32],
    adam: Adam,
    gradient: NDArray[np.float32],
    squares: NDArray[np.float32],
    settings: PPOSettings,
) -> None:
    """One step with a gradient, shortened where it is too long.

    Args:
        heads: [n_outputs, n_inputs], changed.
        adam: changed.
        gradient: [n_outputs, n_inputs].
        squares: [LANES], working memory.
        settings: of the step.
    """
    shorten = np.float32(min(settings.max_gradient_norm / (gradient_norm(gradient, squares) + 1e-6), 1.0))
    adam.powers[0] *= BETA_1
    adam.powers[1] *= BETA_2
    rate = np.float32(settings.learning_rate / (1 - adam.powers[0]))
    root = np.float32(1 / np.sqrt(1 - adam.powers[1]))
    epsilon = np.float32(settings.adam_epsilon)
    keep_1, keep_2 = np.float32(BETA_1), np.float32(BETA_2)
    new_1, new_2 = np.float32(1 - BETA_1), np.float32(1 - BETA_2)
    for output in range(len(heads)):
        for i in range(heads.shape[1]):
            g = gradient[output, i] * shorten
            first = keep_1 * adam.first[output, i] + new_1 * g
            second = keep_2 * adam.second[output, i] + new_2 * (g * g)
            adam.first[output, i] = first
            adam.second[output, i] = second
            heads[output, i] -= rate * first / (np.sqrt(second) * root + epsilon)


@compiled
def gradient_norm(gradient: NDArray[np.float32], squares: NDArray[np.float32]) -> float:
    """The length of a gradient; squares are summed up in 16 lanes of each row, then over these."""
    n_outputs, n_inputs = gradient.shape
    whole = n_inputs // LANES * LANES
    squares[:] = 0
    for output in range(n_outputs):
        for start in range(0, whole, LANES):
            for lane in range(LANES):
                squares[lane] += gradient[output, start + lane] * gradient[output, start + lane]
        for i in range(whole, n_inputs):
            squares[i - whole] += gradient[output, i] * gradient[output, i]
    total = 0.0
    for lane in range(LANES):
        total += squares[lane]
    return np.sqrt(total)  # type: ignore[no-any-return]
