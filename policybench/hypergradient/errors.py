"""Tangents of PPO's errors: how d loss / d outputs of a minibatch changes with the principal's action.

``policybench.followers.ppo`` has the errors. With logits z, probabilities p, ratio r, the action a that a follower
took, and ' for a derivative by one number of the principal's action,

    (log p_j)' = z_j' - s        s = sum over i of p_i z_i'
    r' = r ((log p_a)' - (log p_old(a))')

for a minibatch's n advantages A, normalised to N = (A - mean A) / d with their deviation d,

    N' = (A' - mean A' - N (sum over the minibatch of N A') / (n - 1)) / d

and the rest is the product rule. What is clipped has no derivative; where the clips begin is held fixed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from policybench.compiled import compiled
from policybench.followers.minibatch import Minibatch
from policybench.followers.settings import PPOSettings


@compiled
def normalise_tangents(tangents: NDArray[np.float32], normalised: NDArray[np.float32], deviation: float) -> None:
    """Turn tangents of advantages into those of normalised advantages, in place; all [n] of a minibatch."""
    n = len(tangents)
    mean = product = 0.0
    for i in range(n):
        mean += tangents[i]
        product += normalised[i] * tangents[i]
    mean /= n
    product /= max(n - 1, 1)
    for i in range(n):
        tangents[i] = np.float32((tangents[i] - mean - normalised[i] * product) / deviation)


@compiled
def compute_error_tangents(
    batch: Minibatch,
    row: int,
    advantages: NDArray[np.float32],
    targets: NDArray[np.float32],
    old_logs: NDArray[np.float32],
    settings: PPOSettings,
) -> None:
    """Write the tangents of ``batch.errors``, after those, by one number of the action.

    Args:
        batch: outputs, their tangents, probabilities and errors are read.
        row: of the outputs and of the errors, where the tangents of both begin.
        advantages: [n] tangents of the normalised advantages.
        targets: [n] tangents of the critic's targets.
        old_logs: [n] tangents of the old log-probabilities.
        settings: of the loss.
    """
    probabilities, outputs, errors = batch.probabilities, batch.outputs, batch.errors
    n, n_actions = len(advantages), len(probabilities)
    share = np.float32(1 / n)
    low, high = np.float32(1) - np.float32(settings.clip), np.float32(1) + np.float32(settings.clip)
    value_clip = np.float32(settings.value_clip)
    value_share = np.float32(settings.value_coefficient / n)
    entropy_share = np.float32(settings.entropy_coefficient / n)
    zero = np.float32(0)
    means = np.zeros(n, dtype=np.float32)
    pulls = np.empty(n, dtype=np.float32)
    mean_logits = np.zeros(n, dtype=np.float32)

    for a in range(n_actions):
        for i in range(n):
            means[i] += probabilities[a, i] * outputs[row + a, i]

    # Policy: the pull is -A r / n.
    for i in range(n):
        a = batch.actions[i]
        ratio, advantage = probabilities[a, i] / batch.old_probabilities[i], batch.advantages[i]
        clipped = (advantage > zero) & (ratio > high) | (advantage < zero) & (ratio < low)
        log_tangent = outputs[row + a, i] - means[i] - old_logs[i]
        pulls[i] = zero if clipped else -share * ratio * (advantages[i] + advantage * log_tangent)

    # Entropy: the bonus is z_j - m, m = sum over i of p_i z_i, so m' = sum over i of p_i (z_i' + z_i (z_i' - s)).
    for a in range(n_actions):
        for i in range(n):
            moved = outputs[row + a, i]
            mean_logits[i] += probabilities[a, i] * (moved + outputs[a, i] * (moved - means[i]))
    for a in range(n_actions):
        for i in range(n):
            moved = outputs[row + a, i]
            bonus = entropy_share * (outputs[a, i] - batch.totals[i])
            bonus_tangent = entropy_share * (moved - mean_logits[i])
            change = (moved - means[i]) * (bonus - batch.pulls[i]) + bonus_tangent - pulls[i]
            errors[row + a, i] = probabilities[a, i] * change
    for i in range(n):
        errors[row + batch.actions[i], i] += pulls[i]

    # Value.
    for i in range(n):
        value, old, target = outputs[n_actions, i], batch.old_values[i], batch.targets[i]
        error, change = value - target, value - old
        clipped_error = old + min(max(change, -value_clip), value_clip) - target
        ignored = (abs(change) > value_clip) & (clipped_error * clipped_error > error * error)
        moved = outputs[row + n_actions, i] - targets[i]
        errors[row + n_actions, i] = zero if ignored else value_share * moved
