"""PPO of linear heads on frozen features, as a differentiable function of the principal's action.

The same algorithm as ``policybench.followers.ppo``, in double precision and in torch. The frozen core makes it
cheap: features are constants, and the gradient of PPO's loss has a closed form, so that what torch keeps of a
minibatch for its way back is little more than the minibatch.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.signal import lfilter

from policybench.arrays import Array, Floats
from policybench.followers.adam import Adam
from policybench.followers.settings import PPOSettings
from policybench.hypergradient.adam import AdamState, adam_step
from policybench.hypergradient.surrogate import Score, differentiate


class TrainingEpisode(NamedTuple):
    """What followers learn from in one training episode, and what they knew before; nothing is changed.

    Attributes:
        action: [action_dim] the principal's, at which ``rewards`` are given.
        heads: [n_actions + 1, n_inputs] before the episode.
        adam: the optimiser before it.
        features: [n_steps, n_players, n_features].
        actions: [n_steps, n_players].
        rewards: [n_steps, n_players].
        reward_slopes: [n_steps, n_players, action_dim], their derivatives by the principal's action, constants.
        orders: [epochs, n_steps * n_players], the samples as each epoch visits them.
        settings: of PPO.
    """

    action: Floats
    heads: Array
    adam: Adam
    features: Array
    actions: Array
    rewards: Array
    reward_slopes: Array
    orders: NDArray[np.intp]
    settings: PPOSettings


class _Samples(NamedTuple):
    """A lesson in tensors: one row a sample, times and players flattened; all but the last are constants.

    Attributes:
        inputs: [n, n_constant] features, one-hot index of the follower, 1.
        actions: [n, 1].
        old_logs: [n] log-probabilities of the actions before the lesson.
        old_values: [n] values before the lesson.
        advantages: [n] not normalised.
    """

    inputs: torch.Tensor
    actions: torch.Tensor
    old_logs: torch.Tensor
    old_values: torch.Tensor
    advantages: torch.Tensor


def learned_heads(lesson: TrainingEpisode, action: torch.Tensor) -> torch.Tensor:
    """The heads after the lesson, [n_actions + 1, n_inputs] float64, as a function of the action, [action_dim].

    The columns are in the kernels' order, and at ``lesson.action`` the numbers are those of the kernels, but for
    rounding.
    """
    n_players, settings = lesson.actions.shape[1], lesson.settings
    n_features, action_dim = lesson.features.shape[2], len(lesson.action)
    first, second = (_split_last(part, n_features + n_players, action_dim) for part in lesson.adam[:2])
    # The kernel remembers the power of beta_1 alone; its logarithm counts the steps.
    steps = round(float(np.log(lesson.adam.powers[0]) / np.log(0.9)))
    state = AdamState(_split_last(lesson.heads, n_features + n_players, action_dim), first, second, steps)
    samples = _prepare(lesson, state.parameters, action)
    for order in lesson.orders:
        rows = torch.from_numpy(order)
        advantages = _normalised(samples.advantages[rows], settings.minibatch)
        for start in range(0, len(order), settings.minibatch):
            batch = rows[start : start + settings.minibatch]
            gradient = _loss_gradient(
                state.parameters, action, samples, batch, advantages[start : start + settings.minibatch], settings
            )
            norm = (gradient * gradient).sum().sqrt()
            gradient = gradient * (settings.max_gradient_norm / (norm + 1e-6)).clamp(max=1.0)
            state = adam_step(state, gradient, settings.learning_rate, settings.adam_epsilon)
    n_constant = n_features + n_players
    theta = state.parameters
    return torch.cat([theta[:, :n_constant], theta[:, n_constant + 1 :], theta[:, n_constant, None]], dim=1)


def score(heads: torch.Tensor, action: torch.Tensor, features: Array, actions: Array, weights: Array) -> Score:
    """Derivatives of weighted sums of log-probabilities in an episode by heads and action.

    Args:
        heads: [n_actions + 1, n_inputs], in the kernels' order.
        action: [action_dim] the principal's.
        features: [n_steps, n_players, n_features].
        actions: [n_steps, n_players].
        weights: [n_steps, 2], those of ``surrogate_weights``.
    """
    heads, action = (part.detach().requires_grad_() for part in (heads, action))
    return differentiate(surrogates(heads, action, features, actions, weights), heads, action)


def surrogates(
    heads: torch.Tensor, action: torch.Tensor, features: Array, actions: Array, weights: Array
) -> torch.Tensor:
    """The sums that ``score`` derives, [2]."""
    n_steps, n_players, n_features = features.shape
    theta = _split_last(heads, n_features + n_players, len(action))[:-1]
    inputs = _constant_inputs(features)
    logs = torch.log_softmax(_outputs(theta, action, inputs), dim=1)
    chosen = logs.gather(1, _column(actions))[:, 0].reshape(n_steps, n_players)
    return chosen.sum(1) @ torch.from_numpy(np.asarray(weights, dtype=np.float64))


def _split_last(heads: Array | torch.Tensor, before: int, action_dim: int) -> torch.Tensor:
    """The columns in another order: those of constant inputs first (the 1 last of them), then the action's."""
    table = heads if isinstance(heads, torch.Tensor) else torch.from_numpy(heads.astype(np.float64))
    return torch.cat([table[:, :before], table[:, -1:], table[:, before : before + action_dim]], dim=1)


def _constant_inputs(features: Array) -> torch.Tensor:
    n_steps, n_players, _ = features.shape
    flat = features.reshape(n_steps * n_players, -1).astype(np.float64)
    index = np.tile(np.eye(n_players), (n_steps, 1))
    return torch.from_numpy(np.hstack([flat, index, np.ones((len(flat), 1))]))


def _column(actions: Array) -> torch.Tensor:
    return torch.from_numpy(actions.reshape(-1, 1).astype(np.int64))


def _outputs(theta: torch.Tensor, action: torch.Tensor, inputs: torch.Tensor) -> torch.Tensor:
    """[n, n_outputs]."""
    n_constant = inputs.shape[1]
    return torch.addmm(theta[:, n_constant:] @ action, inputs, theta[:, :n_constant].T)


def _prepare(lesson: TrainingEpisode, theta: torch.Tensor, action: torch.Tensor) -> _Samples:
    n_steps, n_players, _ = lesson.features.shape
    settings = lesson.settings
    inputs, actions = _constant_inputs(lesson.features), _column(lesson.actions)
    outputs = _outputs(theta, action, inputs)
    old_logs = torch.log_softmax(outputs[:, :-1], dim=1).gather(1, actions)[:, 0]

    # Rewards and old values are affine in the action, and so are advantages: base + slopes @ (action - at).
    at = torch.from_numpy(np.array(lesson.action, dtype=np.float64))
    values = _outputs(theta, at, inputs).detach()[:, -1].numpy().reshape(n_steps, n_players)
    value_slopes = np.broadcast_to(theta[-1, inputs.shape[1] :].detach().numpy(), lesson.reward_slopes.shape)
    base = _advantages(lesson.rewards, values, settings).reshape(-1)
    slopes = _advantages(lesson.reward_slopes, value_slopes, settings).reshape(len(base), -1)
    advantages = torch.from_numpy(base) + torch.from_numpy(slopes) @ (action - at)
    return _Samples(inputs, actions, old_logs, outputs[:, -1], advantages)


def _advantages(rewards: Array, values: Array, settings: PPOSettings) -> NDArray[np.float64]:
    """Generalised advantage estimation over the first axis; linear in its first two arguments."""
    following = np.concatenate([values[1:], np.zeros_like(values[:1])])
    errors = rewards.astype(np.float64) + settings.discount * following - values
    decay = settings.discount * settings.gae_lambda
    backwards: NDArray[np.float64] = lfilter([1.0], [1.0, -decay], errors[::-1], axis=0)
    return backwards[::-1].copy()


def _normalised(advantages: torch.Tensor, minibatch: int) -> torch.Tensor:
    """Mean 0 and deviation 1 in every minibatch of an epoch."""
    whole = len(advantages) // minibatch * minibatch
    parts = [advantages[:whole].reshape(-1, minibatch), advantages[whole:].reshape(1, -1)]
    done = []
    for part in parts:
        if part.numel():
            centred = part - part.mean(1, keepdim=True)
            squares = (centred * centred).sum(1, keepdim=True) / max(part.shape[1] - 1, 1)
            # Advantages that are all equal deviate by 0, where the root has no derivative.
            deviation = torch.where(squares > 0, torch.where(squares > 0, squares, 1.0).sqrt(), 0.0)
            done.append((centred / (deviation + 1e-8)).reshape(-1))
    return torch.cat(done)


def _loss_gradient(
    theta: torch.Tensor,
    action: torch.Tensor,
    samples: _Samples,
    batch: torch.Tensor,
    advantages: torch.Tensor,
    settings: PPOSettings,
) -> torch.Tensor:
    """Derivative of PPO's loss over a minibatch by the heads: ``policybench.followers.ppo`` has the formulas."""
    n, n_constant = len(batch), samples.inputs.shape[1]
    inputs, chosen = samples.inputs[batch], samples.actions[batch]
    old_values, targets = samples.old_values[batch], (samples.advantages + samples.old_values)[batch]
    outputs = _outputs(theta, action, inputs)
    logits, values = outputs[:, :-1], outputs[:, -1]
    logs = torch.log_softmax(logits, dim=1)
    policy = logs.exp()

    ratio = (logs.gather(1, chosen)[:, 0] - samples.old_logs[batch]).exp()
    high, low = 1 + settings.clip, 1 - settings.clip
    clipped = ((advantages > 0) & (ratio > high)) | ((advantages < 0) & (ratio < low))
    pull = torch.where(clipped, 0.0, -advantages * ratio)[:, None]
    mean_logit = (policy * logits).sum(1, keepdim=True)
    bonus = settings.entropy_coefficient * (logits - mean_logit)
    errors = (policy * (bonus - pull)).scatter_add(1, chosen, pull)

    error, moved = values - targets, values - old_values
    near = moved.clamp(-settings.value_clip, settings.value_clip) + old_values - targets
    ignored = (moved.abs() > settings.value_clip) & (near * near > error * error)
    value_errors = torch.where(ignored, 0.0, settings.value_coefficient * error)

    errors = torch.cat([errors, value_errors[:, None]], dim=1) / n
    constant = errors.T @ inputs
    # The last constant input is 1: its column holds the sums that the action's inputs multiply.
    return torch.cat([constant, torch.outer(constant[:, n_constant - 1], action)], dim=1)
