"""Tangents of a step of Adam with a gradient whose length is bounded.

``policybench.followers.adam`` has the step. With G the gradient, c the bound of its length, and ' for a derivative
by one number of the principal's action,

    g = s G,    s = min(c / (|G| + 1e-6), 1),    s' = -s <G, G'> / (|G| (|G| + 1e-6)) where s < 1, else 0
    m' <- b1 m' + (1 - b1) g',    v' <- b2 v' + (1 - b2) 2 g g'
    theta' <- theta' - rate (m' / d - m root v' / (2 sqrt(v) d^2)),    d = sqrt(v) root + epsilon

with m, v, rate and root as they are after the step. What has never had a gradient, v = 0, has no derivative.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from policybench.compiled import compiled
from policybench.followers.adam import BETA_1, BETA_2, gradient_norm
from policybench.followers.settings import PPOSettings
from policybench.hypergradient.tangents import Learner


@compiled
def apply_gradient_tangents(
    learner: Learner,
    gradient: NDArray[np.float32],
    squares: NDArray[np.float32],
    settings: PPOSettings,
) -> None:
    """Change the tangents of heads and moments, after ``followers.adam.apply_gradient`` changed the values.

    Args:
        learner: changed.
        gradient: [(1 + action_dim) * n_outputs, width], the gradient and its tangents, not shortened.
        squares: [LANES], working memory.
        settings: of the step.
    """
    n_outputs, width = learner.heads.shape
    adam = learner.adam
    norm = gradient_norm(gradient[:n_outputs], squares)
    bound = settings.max_gradient_norm / (norm + 1e-6)
    shorten = np.float32(min(bound, 1.0))
    rate = np.float32(settings.learning_rate / (1 - adam.powers[0]))
    root = np.float32(1 / np.sqrt(1 - adam.powers[1]))
    epsilon = np.float32(settings.adam_epsilon)
    keep_1, keep_2 = np.float32(BETA_1), np.float32(BETA_2)
    new_1, new_2 = np.float32(1 - BETA_1), np.float32(2 * (1 - BETA_2))
    zero, half = np.float32(0), np.float32(0.5)
    for begin in range(n_outputs, len(gradient), n_outputs):
        shorten_tangent = zero
        if bound < 1:
            product = 0.0
            for output in range(n_outputs):
                for i in range(width):
                    product += gradient[output, i] * gradient[begin + output, i]
            shorten_tangent = np.float32(-bound * product / (norm * (norm + 1e-6)))
        for output in range(n_outputs):
            row = begin + output
            for i in range(width):
                g = gradient[output, i]
                g_tangent = shorten * gradient[row, i] + shorten_tangent * g
                first = keep_1 * learner.first[row, i] + new_1 * g_tangent
                second = keep_2 * learner.second[row, i] + new_2 * (shorten * g * g_tangent)
                learner.first[row, i] = first
                learner.second[row, i] = second
                deviation = np.sqrt(adam.second[output, i])
                divisor = deviation * root + epsilon
                still = deviation == zero
                slowed = half * adam.first[output, i] * root * second / (deviation * divisor)
                learner.table[row, i] -= zero if still else rate * (first - slowed) / divisor
