"""Proximal policy optimisation of linear heads on fixed features, with the gradient in closed form.

With a frozen core the heads are a softmax regression and a linear regression. A sample's gradient is the
outer product of d loss / d outputs, a handful of numbers, and its inputs: no automatic differentiation is
needed. The loss of a minibatch is

    mean(max(-A r, -A clip(r, 1 - c, 1 + c)))                        policy, r = p(a) / p_old(a)
    + value_coefficient * mean(max((v - R)^2, (v_clipped - R)^2)) / 2  value
    - entropy_coefficient * mean(H(p))                                entropy

with advantages A normalised over the minibatch and v_clipped = v_old + clip(v - v_old, -c_v, c_v).

The exact arithmetic: everything is float32 but the mean and the deviation of advantages, the norm of the gradient,
and what follows from settings and step count, which are float64. ``compiled.tiles`` has the order of the two
large sums (outputs over features, gradient over samples). A minibatch's samples, and with them its small sums,
come in the order of the shuffle, which is Fisher and Yates', one epoch's going on from the one before it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from policybench.compiled import compiled, fill_uniform
from policybench.compiled.tiles import BLOCK, add_outer_products, copy_block, dot_rows, fetch_row
from policybench.followers.adam import Adam, apply_gradient
from policybench.followers.encoder import FEATURES
from policybench.followers.gae import estimate_advantages
from policybench.followers.minibatch import Minibatch, Workspace
from policybench.followers.network import Policy, set_offsets
from policybench.followers.settings import PPOSettings
from policybench.followers.softmax import softmax_columns
from policybench.followers.trajectory import Trajectory


@compiled
def update(
    policy: Policy,
    adam: Adam,
    trajectory: Trajectory,
    settings: PPOSettings,
    work: Workspace,
    stream: NDArray[np.uint64],
) -> None:
    """Learn from one episode: all epochs over all minibatches; the stream shuffles the samples."""
    write_lessons(policy, trajectory, settings, work)
    order = work.order
    for i in range(len(order)):
        order[i] = i
    for _ in range(settings.epochs):
        shuffle(order, work.luck, stream)
        for start in range(0, len(order), settings.minibatch):
            stop = min(start + settings.minibatch, len(order))
            compute_gradient(policy.heads, trajectory, start, stop, settings, work)
            apply_gradient(policy.heads, adam, work.gradient, work.squares, settings)
    set_offsets(policy.heads, policy.action, policy.offsets)


@compiled
def write_lessons(policy: Policy, trajectory: Trajectory, settings: PPOSettings, work: Workspace) -> None:
    """Write what an episode teaches to ``work.lessons`` and ``work.tails``."""
    estimate_advantages(
        trajectory.rewards,
        trajectory.values,
        settings.discount,
        settings.gae_lambda,
        work.advantages,
        work.returns,
    )
    n_steps, n_players = work.advantages.shape
    for t in range(n_steps):
        for player in range(n_players):
            lesson = work.lessons[t * n_players + player]
            lesson.advantage = work.advantages[t, player]
            lesson.target = work.returns[t, player]
            lesson.probability = trajectory.probabilities[t, player]
            lesson.value = trajectory.values[t, player]
            lesson.action = trajectory.actions[t, player]
            lesson.player = player
    work.tails[:] = 0
    for player in range(n_players):
        work.tails[player, player] = 1
        for k in range(len(policy.action)):
            work.tails[player, n_players + k] = policy.action[k]
        work.tails[player, n_players + len(policy.action)] = 1


@compiled
def shuffle(order: NDArray[np.int32], luck: NDArray[np.float64], stream: NDArray[np.uint64]) -> None:
    """Bring the samples into a random order, every one equally likely (Fisher-Yates)."""
    fill_uniform(stream, luck[1:])
    for last in range(len(order) - 1, 0, -1):
        other = int(luck[len(order) - last] * (last + 1))
        order[last], order[other] = order[other], order[last]


@compiled
def compute_gradient(
    heads: NDArray[np.float32],
    trajectory: Trajectory,
    start: int,
    stop: int,
    settings: PPOSettings,
    work: Workspace,
) -> None:
    """Write the loss's gradient over a minibatch to ``work.gradient``.

    Args:
        heads: the policy's.
        trajectory: the episode.
        start: of the minibatch, in ``work.order``.
        stop: its end.
        settings: of the loss.
        work: ``lessons``, ``tails`` and ``order`` are read, all the rest is written.
    """
    batch, gradient = work.batch, work.gradient
    n, size, n_blocks = stop - start, len(batch.advantages), len(batch.inputs)
    n_outputs, width = heads.shape
    row, block = BLOCK, size * BLOCK
    collect(trajectory, start, stop, work)
    dot_rows(batch.inputs, 0, row, block, n_blocks, n, heads, width, n_outputs, batch.outputs, size)
    softmax_columns(batch.outputs, batch.probabilities, batch.totals)
    compute_errors(batch, n, settings)
    add_outer_products(batch.errors, size, n_outputs, batch.inputs, row, block, n_blocks, n, gradient, width)


@compiled
def collect(trajectory: Trajectory, start: int, stop: int, work: Workspace) -> float:
    """Bring the samples of a minibatch together; returns what their centred advantages were divided by."""
    batch, n, size = work.batch, stop - start, len(work.batch.advantages)
    n_blocks = len(batch.inputs)
    width = work.tails.shape[1]
    mean = 0.0
    for k in range(n):
        ahead = work.order[min(start + size + k, len(work.order) - 1)]
        fetch_row(trajectory.features, ahead * 4 * FEATURES)
        fetch_row(trajectory.features, ahead * 4 * FEATURES + 256)
        sample = work.order[start + k]
        lesson = work.lessons[sample]
        for block in range(FEATURES // BLOCK):
            first = sample * FEATURES + block * BLOCK
            copy_block(trajectory.features, first, batch.inputs, (block * size + k) * BLOCK)
        for block in range(FEATURES // BLOCK, n_blocks):
            first = lesson.player * width + block * BLOCK - FEATURES
            copy_block(work.tails, first, batch.inputs, (block * size + k) * BLOCK)
        batch.advantages[k] = lesson.advantage
        batch.targets[k] = lesson.target
        batch.old_probabilities[k] = lesson.probability
        batch.old_values[k] = lesson.value
        batch.actions[k] = lesson.action
        mean += lesson.advantage
    mean /= n
    squares = 0.0
    for k in range(n):
        squares += (batch.advantages[k] - mean) ** 2
    deviation = np.sqrt(squares / max(n - 1, 1)) + 1e-8
    for k in range(n):
        batch.advantages[k] = np.float32((batch.advantages[k] - mean) / deviation)
    return deviation  # type: ignore[no-any-return]


@compiled
def compute_errors(batch: Minibatch, n: int, settings: PPOSettings) -> None:
    """Write d loss / d outputs of the first n samples of a minibatch."""
    probabilities, pulls, totals = batch.probabilities, batch.pulls, batch.totals
    n_actions = len(probabilities)
    share = np.float32(1 / n)
    low, high = np.float32(1) - np.float32(settings.clip), np.float32(1) + np.float32(settings.clip)
    value_clip = np.float32(settings.value_clip)
    value_share = np.float32(settings.value_coefficient / n)
    entropy_share = np.float32(settings.entropy_coefficient / n)
    zero = np.float32(0)

    # Policy: d p(a) / d logit_j = p(a) (1[j = a] - p_j); a clipped ratio has no gradient.
    for k in range(n):
        pulls[k] = probabilities[batch.actions[k], k]
    for k in range(n):
        ratio, advantage = pulls[k] / batch.old_probabilities[k], batch.advantages[k]
        clipped = (advantage > zero) & (ratio > high) | (advantage < zero) & (ratio < low)
        pulls[k] = zero if clipped else -share * advantage * ratio

    # Entropy: d H / d logit_j = -p_j (log p_j + H) = -p_j (logit_j - sum_i p_i logit_i).
    for k in range(n):
        totals[k] = zero
    for a in range(n_actions):
        for k in range(n):
            totals[k] += probabilities[a, k] * batch.outputs[a, k]
    for a in range(n_actions):
        for k in range(n):
            bonus = entropy_share * (batch.outputs[a, k] - totals[k])
            batch.errors[a, k] = probabilities[a, k] * (bonus - pulls[k])
    for k in range(n):
        batch.errors[batch.actions[k], k] += pulls[k]

    # Value: the gradient of the greater of the two squares; inside the clip they are equal.
    for k in range(n):
        value, old, target = batch.outputs[n_actions, k], batch.old_values[k], batch.targets[k]
        error, change = value - target, value - old
        clipped_error = old + min(max(change, -value_clip), value_clip) - target
        ignored = (abs(change) > value_clip) & (clipped_error * clipped_error > error * error)
        batch.errors[n_actions, k] = zero if ignored else value_share * error
