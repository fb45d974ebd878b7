"""Adam (Kingma and Ba 2015, algorithm 1), compiled, on a flat vector."""

from __future__ import annotations

import numpy as np

from policybench.compiled import compiled
from policybench_escape_room.mlp import Floats32

BETA1, BETA2 = 0.9, 0.999

_TINY = np.float32(1e-15)
"""Gradients and moments below this count as 0: beside epsilon they move nothing, but their squares lie beyond
float32's normal numbers, where a processor takes many times as long."""


@compiled
def adam_step(
    theta: Floats32, gradient: Floats32, m: Floats32, v: Floats32, t: int, learning_rate: float, epsilon: float
) -> None:
    """Descend by one step.

    Args:
        theta: [n] parameters, changed.
        gradient: [n] of the loss.
        m: [n] first moments, changed; zeros before the first step.
        v: [n] second moments, changed; zeros before the first step.
        t: the number of this step, from 1.
        learning_rate: alpha.
        epsilon: keeps the divisor from 0.
    """
    rate = np.float32(learning_rate / (1 - BETA1**t))
    scale = np.float32(1 / np.sqrt(1 - BETA2**t))
    eps = np.float32(epsilon)
    beta1, beta2 = np.float32(BETA1), np.float32(BETA2)
    rest1, rest2 = np.float32(1 - BETA1), np.float32(1 - BETA2)
    for i in range(theta.size):
        g = gradient[i] if abs(gradient[i]) > _TINY else np.float32(0)
        moment = beta1 * m[i] + rest1 * g
        m[i] = moment if abs(moment) > _TINY else np.float32(0)
        v[i] = beta2 * v[i] + rest2 * g * g
        theta[i] -= rate * m[i] / (np.sqrt(v[i]) * scale + eps)
