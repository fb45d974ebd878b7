"""Proximal policy optimisation of linear heads on fixed features, with the gradient in closed form.

With a frozen core the heads are a softmax regression and a linear regression. A sample's gradient is the
outer product of d loss / d outputs, a handful of numbers, and its inputs: no automatic differentiation is
needed. The loss of a minibatch is

    mean(max(-A r, -A clip(r, 1 - c, 1 + c)))                        policy, r = p(a) / p_old(a)
    + value_coefficient * mean(max((v - R)^2, (v_clipped - R)^2)) / 2  value
    - entropy_coefficient * mean(H(p))                                entropy

with advantages A normalised over the minibatch and v_clipped = v_old + clip(v - v_old, -c_v, c_v).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from policybench.compiled import compiled, integer
from policybench.followers.gae import estimate_advantages
from policybench.followers.linear import BLOCK, FEATURES, LANES, add_products, dot_rows, pad_rows
from policybench.followers.network import Policy, set_offsets
from policybench.followers.settings import PPOSettings
from policybench.followers.softmax import softmax_rows
from policybench.followers.trajectory import Trajectory

_BETA_1, _BETA_2 = 0.9, 0.999


class Adam(NamedTuple):
    """State of the optimiser (Kingma & Ba 2015).

    Attributes:
        first: [n_outputs, n_inputs] float32, mean of gradients.
        second: [n_outputs, n_inputs] float32, mean of their squares.
        powers: [2] float64, beta_1 and beta_2 to the number of steps made.
    """

    first: NDArray[np.float32]
    second: NDArray[np.float32]
    powers: NDArray[np.float64]


class Workspace(NamedTuple):
    """Working memory of an update; ``minibatch`` is rounded up to a multiple of BLOCK.

    Attributes:
        advantages: [n_steps, n_players] float32.
        returns: [n_steps, n_players] float32, the critic's targets.
        order: [n_samples] intp, the samples' indices as an epoch visits them.
        rows: [minibatch] intp, the samples of a minibatch.
        logits: [minibatch, n_actions] float32.
        probabilities: [minibatch, n_actions] float32.
        values: [minibatch] float32.
        errors: [n_outputs, minibatch] float32, d loss / d outputs.
        player_errors: [n_players, n_outputs] float32, their sums over the samples of each follower.
        gradient: [n_outputs, n_inputs] float32.
        squares: [n_inputs] float32.
        lanes: [n_outputs, LANES] float32.
        outputs: [n_outputs] float32.
    """

    advantages: NDArray[np.float32]
    returns: NDArray[np.float32]
    order: NDArray[np.intp]
    rows: NDArray[np.intp]
    logits: NDArray[np.float32]
    probabilities: NDArray[np.float32]
    values: NDArray[np.float32]
    errors: NDArray[np.float32]
    player_errors: NDArray[np.float32]
    gradient: NDArray[np.float32]
    squares: NDArray[np.float32]
    lanes: NDArray[np.float32]
    outputs: NDArray[np.float32]


def make_adam(heads: NDArray[np.float32]) -> Adam:
    """An optimiser that has made no step."""
    return Adam(np.zeros_like(heads), np.zeros_like(heads), np.ones(2))


@compiled
def reset_adam(adam: Adam) -> None:
    """Forget all steps."""
    adam.first[:] = 0
    adam.second[:] = 0
    adam.powers[:] = 1


def make_workspace(policy: Policy, n_steps: int, settings: PPOSettings) -> Workspace:
    """Working memory for episodes of n_steps."""
    n_outputs, n_inputs = policy.heads.shape
    n_players = len(policy.offsets)
    minibatch = -(-settings.minibatch // BLOCK) * BLOCK
    return Workspace(
        advantages=np.zeros((n_steps, n_players), dtype=np.float32),
        returns=np.zeros((n_steps, n_players), dtype=np.float32),
        order=np.arange(n_steps * n_players),
        rows=np.zeros(minibatch, dtype=np.intp),
        logits=np.zeros((minibatch, n_outputs - 1), dtype=np.float32),
        probabilities=np.zeros((minibatch, n_outputs - 1), dtype=np.float32),
        values=np.zeros(minibatch, dtype=np.float32),
        errors=np.zeros((n_outputs, minibatch), dtype=np.float32),
        player_errors=np.zeros((n_players, n_outputs), dtype=np.float32),
        gradient=np.zeros((n_outputs, n_inputs), dtype=np.float32),
        squares=np.zeros(n_inputs, dtype=np.float32),
        lanes=np.zeros((n_outputs, LANES), dtype=np.float32),
        outputs=np.zeros(n_outputs, dtype=np.float32),
    )


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
    estimate_advantages(
        trajectory.rewards,
        trajectory.values,
        settings.discount,
        settings.gae_lambda,
        work.advantages,
        work.returns,
    )
    order = work.order
    for i in range(len(order)):
        order[i] = i
    for _ in range(settings.epochs):
        for last in range(len(order) - 1, 0, -1):
            other = integer(stream, last + 1)
            order[last], order[other] = order[other], order[last]
        for start in range(0, len(order), settings.minibatch):
            samples = order[start : start + settings.minibatch]
            compute_gradient(policy, trajectory, samples, settings, work)
            apply_gradient(policy.heads, adam, settings, work)
            set_offsets(policy.heads, policy.action, policy.offsets)


@compiled
def compute_gradient(
    policy: Policy,
    trajectory: Trajectory,
    samples: NDArray[np.intp],
    settings: PPOSettings,
    work: Workspace,
) -> None:
    """Write the loss's gradient over a minibatch to ``work.gradient``.

    Args:
        policy: its heads and offsets.
        trajectory: the episode.
        samples: [minibatch] indices into its flattened first two axes.
        settings: of the loss.
        work: ``advantages`` and ``returns`` are read, all the rest is written.
    """
    n_players = len(policy.offsets)
    n_samples = len(samples)
    features = trajectory.features.reshape(-1, FEATURES)
    _predict(policy, features, samples, work)
    _compute_errors(trajectory, samples, settings, work)

    # Features: the outer products of errors and features, summed over the samples.
    work.rows[:n_samples] = samples
    padded = pad_rows(work.rows, work.errors, n_samples)
    work.gradient[:] = 0
    add_products(work.errors[:, :padded], features, work.rows[:padded], work.gradient)

    # Index, principal's action and 1: they are the same in all samples of a follower.
    work.player_errors[:] = 0
    for k in range(n_samples):
        player = samples[k] % n_players
        for output in range(len(work.errors)):
            work.player_errors[player, output] += work.errors[output, k]
    after_index = FEATURES + n_players
    for output in range(len(work.errors)):
        total = np.float32(0)
        for player in range(n_players):
            work.gradient[output, FEATURES + player] = work.player_errors[player, output]
            total += work.player_errors[player, output]
        for k in range(len(policy.action)):
            work.gradient[output, after_index + k] = total * policy.action[k]
        work.gradient[output, after_index + len(policy.action)] = total


@compiled
def _predict(policy: Policy, features: NDArray[np.float32], samples: NDArray[np.intp], work: Workspace) -> None:
    """Write present probabilities and values of the samples to the workspace."""
    n_players, n_outputs = policy.offsets.shape
    n_actions = n_outputs - 1
    for k in range(len(samples)):
        offset = policy.offsets[samples[k] % n_players]
        dot_rows(policy.heads, features[samples[k]], work.lanes, work.outputs)
        for a in range(n_actions):
            work.logits[k, a] = work.outputs[a] + offset[a]
        work.values[k] = work.outputs[n_actions] + offset[n_actions]
    softmax_rows(work.logits[: len(samples)], work.probabilities[: len(samples)])


@compiled
def _compute_errors(
    trajectory: Trajectory, samples: NDArray[np.intp], settings: PPOSettings, work: Workspace
) -> None:
    """Write d loss / d outputs of the samples to ``work.errors``."""
    actions = trajectory.actions.reshape(-1)
    old_probabilities = trajectory.probabilities.reshape(-1)
    old_values = trajectory.values.reshape(-1)
    advantages = work.advantages.reshape(-1)
    returns = work.returns.reshape(-1)
    n_actions = work.probabilities.shape[1]
    n = len(samples)

    mean = 0.0
    for sample in samples:
        mean += advantages[sample]
    mean /= n
    squares = 0.0
    for sample in samples:
        squares += (advantages[sample] - mean) ** 2
    deviation = np.sqrt(squares / max(n - 1, 1)) + 1e-8

    share = np.float32(1 / n)
    clip = np.float32(settings.clip)
    value_clip = np.float32(settings.value_clip)
    value_share = np.float32(settings.value_coefficient / n)
    entropy_share = np.float32(settings.entropy_coefficient / n)
    one = np.float32(1)
    for k in range(n):
        sample = samples[k]
        chosen = actions[sample]
        probabilities = work.probabilities[k]

        # Policy: d p(a) / d logit_j = p(a) (1[j = a] - p_j); a clipped ratio has no gradient.
        ratio = probabilities[chosen] / old_probabilities[sample]
        advantage = np.float32((advantages[sample] - mean) / deviation)
        clipped = (advantage > 0 and ratio > one + clip) or (advantage < 0 and ratio < one - clip)
        pull = np.float32(0) if clipped else -share * advantage * ratio

        # Entropy: d H / d logit_j = -p_j (log p_j + H) = -p_j (logit_j - sum_i p_i logit_i).
        logits = work.logits[k]
        mean_logit = np.float32(0)
        for a in range(n_actions):
            mean_logit += probabilities[a] * logits[a]
        for a in range(n_actions):
            bonus = entropy_share * (logits[a] - mean_logit)
            work.errors[a, k] = probabilities[a] * (bonus - pull)
        work.errors[chosen, k] += pull

        # Value: the gradient of the greater of the two squares; inside the clip they are equal.
        value, old = work.values[k], old_values[sample]
        error = value - returns[sample]
        moved = min(max(value - old, -value_clip), value_clip)
        clipped_error = old + moved - returns[sample]
        outside = value - old > value_clip or old - value > value_clip
        ignored = outside and clipped_error * clipped_error > error * error
        work.errors[n_actions, k] = np.float32(0) if ignored else value_share * error


@compiled
def apply_gradient(heads: NDArray[np.float32], adam: Adam, settings: PPOSettings, work: Workspace) -> None:
    """One step of Adam with ``work.gradient``, shortened where it is too long."""
    gradient, squares = work.gradient, work.squares
    n_outputs, n_inputs = gradient.shape
    squares[:] = 0
    for output in range(n_outputs):
        for i in range(n_inputs):
            squares[i] += gradient[output, i] * gradient[output, i]
    norm = 0.0
    for i in range(n_inputs):
        norm += squares[i]
    norm = np.sqrt(norm)
    shorten = np.float32(min(settings.max_gradient_norm / (norm + 1e-6), 1.0))

    adam.powers[0] *= _BETA_1
    adam.powers[1] *= _BETA_2
    rate = np.float32(settings.learning_rate / (1 - adam.powers[0]))
    root = np.float32(1 / np.sqrt(1 - adam.powers[1]))
    epsilon = np.float32(settings.adam_epsilon)
    keep_1, keep_2 = np.float32(_BETA_1), np.float32(_BETA_2)
    new_1, new_2 = np.float32(1 - _BETA_1), np.float32(1 - _BETA_2)
    for output in range(n_outputs):
        weights, slope = heads[output], gradient[output]
        first, second = adam.first[output], adam.second[output]
        for i in range(n_inputs):
            g = slope[i] * shorten
            first[i] = keep_1 * first[i] + new_1 * g
            second[i] = keep_2 * second[i] + new_2 * (g * g)
            weights[i] -= rate * first[i] / (np.sqrt(second[i]) * root + epsilon)
