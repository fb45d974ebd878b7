"""Followers that share one network, learning by PPO (Schulman et al. 2017), with the settings of the paper's code.

Actor and critic are linear heads on one body; its inputs are the observation and, one-hot, which follower looks.
After each episode, 4 epochs of the clipped objective with clipped values, entropy bonus, generalised advantage
estimation (Schulman et al. 2016) and normalised advantages. A minibatch of the paper's size, 128, would hold all
25 samples of an episode, so that every epoch is one step. The end of an episode is terminal: nothing comes after
it.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from policybench.compiled import compiled
from policybench.followers import PPOSettings, estimate_advantages, softmax_rows
from policybench.streams import generator
from policybench_escape_room.adam import adam_step
from policybench_escape_room.episode import Episode, make_episode, make_samples, play, sample_of
from policybench_escape_room.game import Rules, n_places, observation_size
from policybench_escape_room.mlp import Batch, Floats32, Shape, backward, forward, layers, n_parameters


class Rollout(NamedTuple):
    """The decisions of an episode, that an update starts from: all [max_steps, n_followers].

    Attributes:
        samples: int64, where in the batch the follower's view of the step is.
        actions: int64.
        probabilities: float32, of the actions.
        rewards: float32, with incentives.
        values: float32.
        advantages: float32, normalised.
        returns: float32, the targets of the values.
    """

    samples: NDArray[np.int64]
    actions: NDArray[np.int64]
    probabilities: Floats32
    rewards: Floats32
    values: Floats32
    advantages: Floats32
    returns: Floats32


def make_shape(rules: Rules) -> Shape:
    """One network with two hidden layers of 64; its outputs are the logits of the actions, then the value."""
    return Shape(1, observation_size(rules) + rules.n_followers, 64, 64, n_places(rules) + 1)


def starting_parameters(shape: Shape, seed: int) -> Floats32:
    """Orthogonal weights (gain sqrt 2 in the body, 0.01 in the actor, 1 in the critic); biases are 0."""
    rng = generator(seed, 0, "starting parameters")
    theta = np.zeros(n_parameters(shape), np.float32)
    net = layers(shape, theta)
    actor, critic = net.w3[0, :-1], net.w3[0, -1:]
    for weights, gain in ((net.w1[0], math.sqrt(2)), (net.w2[0], math.sqrt(2)), (actor, 0.01), (critic, 1.0)):
        rows = rng.standard_normal((min(weights.shape), max(weights.shape)))
        make_orthonormal(rows)
        weights[:] = gain * (rows if weights.shape == rows.shape else rows.T)
    return theta


@compiled
def make_orthonormal(rows: NDArray[np.float64]) -> None:
    """Turn independent rows into orthonormal ones (Gram and Schmidt)."""
    for i in range(rows.shape[0]):
        for j in range(i):
            overlap = 0.0
            for k in range(rows.shape[1]):
                overlap += rows[i, k] * rows[j, k]
            for k in range(rows.shape[1]):
                rows[i, k] -= overlap * rows[j, k]
        squared = 0.0
        for k in range(rows.shape[1]):
            squared += rows[i, k] * rows[i, k]
        for k in range(rows.shape[1]):
            rows[i, k] /= math.sqrt(squared)


@compiled
def learn(
    rules: Rules,
    active: int,
    incentives: NDArray[np.float64],
    settings: PPOSettings,
    shape: Shape,
    theta: Floats32,
    n_episodes: int,
    stream: NDArray[np.uint64],
) -> int:
    """Train the followers; arguments and result as for ``independent.learn``."""
    batch, episode = make_samples(rules, shape), make_episode(rules)
    rollout = make_rollout(rules)
    gradient, m, v = np.zeros_like(theta), np.zeros_like(theta), np.zeros_like(theta)
    net, d_net = layers(shape, theta), layers(shape, gradient)
    timesteps, updates = 0, 0
    for _ in range(n_episodes):
        steps = play(rules, active, shape, net, stream, batch, episode)
        timesteps += steps
        fill_rollout(rules, incentives, settings, shape, batch, episode, steps, rollout)
        n_samples = (episode.views[steps - 1] + 1) * rules.n_followers
        for _ in range(settings.epochs):
            forward(net, 0, batch, 0, n_samples)
            softmax_rows(batch.outputs[:n_samples, :-1], episode.policy[:n_samples])
            ppo_gradient(settings, rollout, steps, batch, episode.policy)
            gradient[:] = 0
            backward(net, 0, batch, 0, n_samples, d_net)
            clip_norm(gradient, settings.max_gradient_norm)
            updates += 1
            adam_step(theta, gradient, m, v, updates, settings.learning_rate, settings.adam_epsilon)
    return timesteps


@compiled
def make_rollout(rules: Rules) -> Rollout:
    """Room for the decisions of an episode."""
    size = (rules.max_steps, rules.n_followers)
    return Rollout(
        np.zeros(size, np.int64),
        np.zeros(size, np.int64),
        np.zeros(size, np.float32),
        np.zeros(size, np.float32),
        np.zeros(size, np.float32),
        np.zeros(size, np.float32),
        np.zeros(size, np.float32),
    )


@compiled
def fill_rollout(
    rules: Rules,
    incentives: NDArray[np.float64],
    settings: PPOSettings,
    shape: Shape,
    batch: Batch,
    episode: Episode,
    steps: int,
    rollout: Rollout,
) -> None:
    """Gather what an episode of so many steps says, and estimate its advantages."""
    for step in range(steps):
        for follower in range(rules.n_followers):
            sample = sample_of(rules, shape, episode.views[step], follower)
            action = episode.places[step + 1, follower]
            rollout.samples[step, follower] = sample
            rollout.actions[step, follower] = action
            rollout.probabilities[step, follower] = episode.policy[sample, action]
            rollout.rewards[step, follower] = episode.rewards[step, follower] + incentives[action]
            rollout.values[step, follower] = batch.outputs[sample, -1]
    estimate_advantages(
        rollout.rewards[:steps],
        rollout.values[:steps],
        settings.discount,
        settings.gae_lambda,
        rollout.advantages[:steps],
        rollout.returns[:steps],
    )
    normalise(rollout.advantages[:steps])


@compiled
def normalise(x: Floats32) -> None:
    """Mean 0 and standard deviation 1, that of a sample, over both axes."""
    mean = 0.0
    for row in x:
        for value in row:
            mean += value / x.size
    squares = 0.0
    for row in x:
        for value in row:
            squares += (value - mean) ** 2
    deviation = math.sqrt(squares / (x.size - 1)) + 1e-8
    for row in x:
        for i in range(row.size):
            row[i] = (row[i] - mean) / deviation


@compiled
def ppo_gradient(settings: PPOSettings, rollout: Rollout, steps: int, batch: Batch, policy: Floats32) -> None:
    """Write the derivative of PPO's loss by the networks' outputs to ``batch.d_outputs``.

    In double precision, so that nothing but the clip makes clipped and unclipped terms differ. The loss is the
    mean over decisions of - min(r A, clip(r) A) - c_H H + c_v / 2 max((v - R)^2, (v' - R)^2) with the probability
    ratio r, the entropy H, and v', the value within ``value_clip`` of what it was.

    Args:
        settings: the coefficients.
        rollout: the decisions.
        steps: of how many steps.
        batch: as ``forward`` left it.
        policy: [n_samples, n_places] the present probabilities.
    """
    n_followers, n_places = rollout.actions.shape[1], policy.shape[1]
    n = steps * n_followers
    batch.d_outputs[:] = 0
    for step in range(steps):
        for follower in range(n_followers):
            sample, action = rollout.samples[step, follower], rollout.actions[step, follower]

            # Policy: d log p(a) / d logit_j = 1[j = a] - p_j; beyond the clip there is no gradient.
            ratio = np.float64(policy[sample, action]) / rollout.probabilities[step, follower]
            advantage = np.float64(rollout.advantages[step, follower])
            clipped = min(max(ratio, 1 - settings.clip), 1 + settings.clip)
            pull = ratio * advantage if ratio * advantage <= clipped * advantage else 0.0

            # Entropy: d H / d logit_j = - p_j (logit_j - sum_i p_i logit_i).
            mean_logit = 0.0
            for place in range(n_places):
                mean_logit += policy[sample, place] * batch.outputs[sample, place]
            for place in range(n_places):
                chosen = 1.0 if place == action else 0.0
                d_policy = pull * (policy[sample, place] - chosen)
                d_entropy = policy[sample, place] * (mean_logit - batch.outputs[sample, place])
                batch.d_outputs[sample, place] += (d_policy - settings.entropy_coefficient * d_entropy) / n

            # Value: the derivative of the greater of the two squares; within the clip they are equal.
            value, old = np.float64(batch.outputs[sample, -1]), np.float64(rollout.values[step, follower])
            target = np.float64(rollout.returns[step, follower])
            near = min(max(value, old - settings.value_clip), old + settings.value_clip)
            error = value - target if (value - target) ** 2 >= (near - target) ** 2 else 0.0
            batch.d_outputs[sample, -1] += settings.value_coefficient * error / n


@compiled
def clip_norm(gradient: Floats32, longest: float) -> None:
    """Shorten a gradient that is longer than ``longest``."""
    squared = 0.0
    for i in range(gradient.size):
        squared += np.float64(gradient[i]) ** 2
    if squared > longest**2:
        factor = np.float32(longest / math.sqrt(squared))
        for i in range(gradient.size):
            gradient[i] *= factor
